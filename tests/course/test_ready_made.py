"""Ready-made functions of earlier units: gathered with what they need, each once, and only of units in `opens`."""

import ast
import subprocess
import sys

import pytest

from grader.course.cut import build_exercises, stale_files, stub_text
from grader.course.lint import lint
from grader.course.ready_made import filled_solution
from grader.course.registry import load_course
from grader.errors import CourseError
from grader.proof.mutation.search import mutants_of
from tests.tiny_course import COUNT, write

BLOCK = "### BEGIN READY lines.line: {names}\n### END READY\n"


def opening(root, *blocks, opens="lines", count=COUNT):
    """Give the second unit blocks of ready-made code, and return the course and the file."""
    unit_file = root / "exercises/counting/unit.toml"
    unit_file.write_text(f'opens = ["{opens}"]\n' * bool(opens) + unit_file.read_text(encoding="utf-8"), "utf-8")
    head, rest = count.split("\n\n\n", maxsplit=1)
    path = write(root / "solutions/counting/count.py", head + "\n\n" + "\n\n\n".join([*map(str.strip, blocks), rest]))
    return load_course(root), path


def line_file(root, *, old="", new=""):
    path = root / "solutions/lines/line.py"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1) if old else text + new, encoding="utf-8")


def namespace(text):
    names = {}
    exec(compile(text, "count.py", "exec"), names)
    return names


def test_a_block_is_filled_with_the_function_and_what_it_needs(root):
    course, path = opening(root, BLOCK.format(names="residuals"))
    assert build_exercises(root, course) == [path, root / "exercises/counting/count.py"]
    text = path.read_text(encoding="utf-8")
    assert [node.name for node in ast.parse(text).body if hasattr(node, "name")] == [
        "slope",
        "_predicted",
        "residuals",
        "Counter",
    ]
    assert text.count("### BEGIN SOLUTION") == COUNT.count("### BEGIN SOLUTION")
    assert text.startswith(
        '"""Counting."""\n\nimport numpy as np\nfrom jaxtyping import Float\nfrom numpy import ndarray'
    )
    names = namespace(text)
    x = names["np"].array([1.0, 2.0])
    assert names["residuals"](x, 2 * x).tolist() == [0.0, 0.0]
    assert stale_files(root, course) == []


def test_the_stub_has_the_code_with_comments_in_place_of_the_markers(root):
    course, _ = opening(root, BLOCK.format(names="slope residuals"))
    build_exercises(root, course)
    stub = (root / "exercises/counting/count.py").read_text(encoding="utf-8")
    assert "###" not in stub
    heading = "# Ready-made: `slope` and `residuals`, which you have written yourself in the unit lines.\n"
    assert heading in stub
    assert "products_with_the_inputs" in stub
    assert 'raise NotImplementedError("counting.Counter.show")' in stub
    assert stub_text(root, "counting", "count") == stub


def test_what_two_blocks_need_stands_there_once(root):
    course, path = opening(root, BLOCK.format(names="residuals"), BLOCK.format(names="slope"))
    build_exercises(root, course)
    text = path.read_text(encoding="utf-8")
    assert text.count("def slope(") == 1
    assert text.count("import numpy as np") == 1


def test_docstrings_keep_what_a_caller_needs(root):
    docstring = '''"""Return the slope.

    It is a story.

    Parameters
    ----------
    x : inputs

    Returns
    -------
    a : the slope

    References
    ----------
    Legendre (1805).
    """
'''
    line_file(root, old='"""Return the slope of the least-squares line through the origin.', new=docstring + '    """')
    course, path = opening(root, BLOCK.format(names="slope residuals"))
    build_exercises(root, course)
    kept = "Return the slope.\n\nParameters\n----------\nx : inputs\n\nReturns\n-------\na : the slope"
    assert namespace(path.read_text(encoding="utf-8"))["slope"].__doc__.replace("    ", "").strip() == kept


@pytest.mark.parametrize("names", ["slope", "residuals", "area", "Line", "chosen"])
def test_a_formatter_and_a_linter_have_nothing_to_say(root, names):
    more = '''

# metres
WIDTH = 2.0
BY_NAME = {"slope": slope}


def area(x):
    """Return an area."""
    return WIDTH * x


class Line:
    """A line."""

    def at(self, x):
        """Return its height."""
        return area(x)


def chosen(name, x, y):
    """Return what has a name."""
    WIDTH = 3
    return math.floor(BY_NAME[name](x, y) * WIDTH)
'''
    line_file(root, new=more)
    line_file(root, old="from jaxtyping", new="import math\n\nfrom jaxtyping")
    course, path = opening(root, BLOCK.format(names=names))
    build_exercises(root, course)
    stub = root / "exercises/counting/count.py"
    for command in (
        ["format", "--check", "--line-length=120"],
        ["check", "--select=E,F,W,I", "--ignore=F722,F821,E501"],
    ):
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", str(path), str(stub)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
    text = path.read_text(encoding="utf-8")
    assert ("WIDTH = 2.0" in text) is (names in ("area", "Line"))
    assert ("import math" in text) is (names == "chosen")


def test_helpers_of_other_files_of_the_earlier_unit_come_along(root):
    write(
        root / "solutions/lines/scale.py", '"""Scales."""\n\n\ndef scaled(x):\n    """Return it."""\n    return 2 * x\n'
    )
    line_file(root, old="from jaxtyping", new="from .scale import scaled\n\nfrom jaxtyping")
    line_file(root, old="return a * x", new="return scaled(a * x) / 2")
    course, path = opening(root, BLOCK.format(names="residuals"))
    build_exercises(root, course)
    text = path.read_text(encoding="utf-8")
    assert text.index("def scaled") < text.index("def _predicted")
    assert "from .scale" not in text


def test_types_may_differ_and_helpers_may_not(root):
    line_file(root, old="def slope(", new="Kind = float\n\n\ndef slope(")
    line_file(root, old="-> float:", new="-> Kind:")
    mine = COUNT.replace("\n\n\nclass", "\n\n\nKind = int\n\n\nclass")
    course, path = opening(root, BLOCK.format(names="slope"), count=mine)
    text = filled_solution(root, course, course.unit("counting"), "count")
    assert "Kind = float" not in text
    path.write_text(path.read_text(encoding="utf-8") + "\n\ndef _predicted():\n    return 1\n", encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace(": slope", ": residuals"), encoding="utf-8")
    with pytest.raises(CourseError, match=r'"_predicted" of solutions/lines/line\.py is another one') as error:
        filled_solution(root, course, course.unit("counting"), "count")
    assert error.value.where == "solutions/counting/count.py, line 3"


def test_an_edit_of_the_earlier_solution_makes_the_block_stale(root):
    course, path = opening(root, BLOCK.format(names="slope"))
    build_exercises(root, course)
    line_file(root, old="float(np.dot(x, x))\n", new="float(x @ x)\n")
    assert stale_files(root, course) == [path, root / "exercises/counting/count.py"]
    problems = [(one.where, one.what) for one in lint(course) if "count.py" in one.where]
    assert ("solutions/counting/count.py", "is not up to date: grade build") in problems


@pytest.mark.parametrize(
    ("block", "opens", "problem"),
    [
        (
            BLOCK.format(names="slop"),
            "lines",
            '"slop" is no function of solutions/lines/line.py; did you mean "slope"?',
        ),
        (BLOCK.format(names="np"), "lines", '"np" is no function'),
        ("### BEGIN READY lines.curve: slope\n### END READY\n", "lines", 'lines has no solution "curve"'),
        (BLOCK.format(names="slope"), "", "gives away solutions of lines, which has to be closed before counting"),
    ],
)
def test_what_cannot_be_ready_made_is_reported_with_its_line(root, block, opens, problem):
    course, _ = opening(root, block, opens=opens)
    assert any(one.where == "solutions/counting/count.py, line 3" and problem in one.what for one in lint(course))


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ("### BEGIN READY lines.line slope\n### END READY\n", "is no marker"),
        ("### begin ready\n", "is no marker"),
        ("### END READY\n", "without a beginning"),
        ("### BEGIN READY lines.line: slope\n", "is never closed"),
        ("### BEGIN READY lines.line: slope\n### BEGIN READY lines.line: slope\n### END READY\n", "inside the block"),
        ("def f():\n    ### BEGIN READY lines.line: slope\n    ### END READY\n    return 1\n", "at module level"),
        ("### BEGIN SOLUTION ONLY\nx = 1\n" + BLOCK.format(names="slope") + "### END SOLUTION ONLY\n", "overlap"),
        ('TEXT = """\n### BEGIN READY lines.line: slope\n"""\n', "stands inside a string"),
        ("x = 1  ### END READY\n", "must stand alone"),
    ],
)
def test_misplaced_markers_are_refused(root, block, problem):
    course, _ = opening(root, block)
    with pytest.raises(CourseError, match=problem):
        build_exercises(root, course)


def test_a_unit_opens_after_earlier_ones_only(root):
    for name in ("counting", "line"):
        with pytest.raises(CourseError, match=f'"{name}" is no unit that stands earlier in the course') as error:
            opening(root, opens=name)
        assert error.value.where == "exercises/counting/unit.toml, line 1"
        unit_file = root / "exercises/counting/unit.toml"
        unit_file.write_text(unit_file.read_text(encoding="utf-8").split("\n", 1)[1], encoding="utf-8")


def test_ready_made_code_has_no_mutants(root):
    course, path = opening(root, BLOCK.format(names="slope residuals"))
    build_exercises(root, course)
    mutants = mutants_of(root, course.unit("counting"))
    assert {mutant.owner for mutant in mutants} == {"Counter.show"}
    end = path.read_text(encoding="utf-8").split("### END READY")[0].count("\n")
    assert all(mutant.line > end for mutant in mutants)


def test_the_tiny_course_with_ready_made_code_has_no_problems(root):
    course, _ = opening(root, BLOCK.format(names="slope residuals"))
    build_exercises(root, course)
    assert lint(course) == []


def test_a_broken_block_hides_no_stale_file_of_another_unit(root):
    course, _ = opening(root, BLOCK.format(names="slop"))
    (root / "exercises/lines/line.py").write_text("x = 1\n", encoding="utf-8")
    assert {one.where for one in lint(course)} >= {"exercises/lines/line.py", "solutions/counting/count.py, line 3"}
