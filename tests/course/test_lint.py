"""`grade check` finds what an author forgot: every rule is broken once, and told at its place."""

import pytest

from grader.course.cut import build_exercises
from grader.course.lint import Problem, counts, lint
from grader.course.registry import load_course
from tests.tiny_course import write


def problems(root):
    return [f"{problem.where}: {problem.what}" for problem in lint(load_course(root))]


def change(path, old, new):
    text = path.read_text()
    assert old in text
    write(path, text.replace(old, new))


def test_a_whole_course_has_no_problems(course):
    assert lint(course) == []


def test_everything_is_counted(course):
    assert counts(course) == {
        "units": 2,
        "tasks": 3,
        "visible_tests": 3,
        "hidden_tests": 6,
        "misconceptions": 4,
        "variants": 6,
    }


UNIT, COUNTING = "exercises/lines/unit.toml", "exercises/counting/unit.toml"
LINE = "solutions/lines/line.py"
STUB = "exercises/lines/line.py"
VISIBLE = "exercises/lines/test_line.py"
HIDDEN = "tests/hidden/lines/test_line.py"
WRONG = "tests/hidden/lines/misconceptions.py"
VARIANTS = "tests/hidden/lines/variants.py"
PICTURE = "solutions/lines/picture.py"
HANDOUT = "exercises/lines/README.md"


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (UNIT, '"What does the slope say?"', '" "', "lines.slope: hint 1 is not written"),
        (UNIT, '"What does the slope say?"', '"TODO"', "lines.slope: hint 1 is not written"),
        (UNIT, '"What does the slope say?"', '"Try `a = x @ y`."', "lines.slope: hint 1 gives code"),
        (UNIT, '"What does the slope say?"', '"It is `dot(x, y)`."', "lines.slope: hint 1 gives code"),
        (UNIT, '"What does the slope say?"', '"Call np.dot(x, y)."', "lines.slope: hint 1 gives code"),
        (UNIT, '"What does the slope say?"', '"Write `return x`."', "lines.slope: hint 1 gives code"),
        (UNIT, '"Predict first."', '"Mind the sign."', "lines.residuals: two hints say the same"),
        (UNIT, '"Mind the sign."', '"Which sign?"', "lines.residuals: the last hint ends with a question"),
        (COUNTING, '"A counter"', '"TODO"', "counting.Counter: the title still says TODO"),
        (COUNTING, '"Counting"', '"TODO"', f"{COUNTING}: title or milestone still says TODO"),
        (
            UNIT,
            'requires = ["slope"]\n',
            "",
            'lines.residuals: its solution calls slope: add it to "requires"',
        ),
        (LINE, "def residuals", "def rest", f"lines.residuals: {LINE} has no function or class residuals"),
        (LINE, "def residuals", "def rest", f"{LINE}, line 33: rest is no task of line.py, but has a solution region"),
        (LINE, '    """Return what', '    # """Return what', f"{LINE}, line 31: residuals has no docstring"),
        (LINE, ">>> slope", "slope", f"{LINE}: has no example in a docstring: write one with >>>"),
        (LINE, '"""Straight lines through the origin."""', "", f"{LINE}: has no docstring"),
        (LINE, "import numpy as np", "from ..counting import count", "imports from another unit"),
        (LINE, "import numpy as np", "import solutions.counting.count", f"{LINE}, line 7: imports from another unit"),
        (LINE, "import numpy as np", "from tests.hidden import x", f"{LINE}, line 7: imports from another unit"),
        (LINE, "### END SOLUTION\n\n", "\n\n", f"{LINE}, line 23: "),
        (LINE, "import numpy as np", "import numpy as np  # TODO", f"{LINE}, line 7: still says TODO"),
        (STUB, "raise", "### BEGIN SOLUTION\n    raise", f"{STUB}, line 18: a stub holds a solution's marker"),
        (STUB, "def slope", "def slop", f"lines.slope: {STUB} has no function or class slope"),
        (STUB, "def slope", "def slop", f"{STUB}: is not up to date: grade build"),
        (STUB, "def slope", "def slope(:", f"{STUB}, line 12: not valid Python"),
        (VISIBLE, '@task("slope"', '@task("residuals"', f"lines.slope: {VISIBLE} has no test of it"),
        (VISIBLE, '@task("slope"', '@task("slop"', 'worked_example is a test of "slop", no task of this unit'),
        (VISIBLE, '@task("slope", points=1)', "", 'test_matches_the_worked_example has no @task("name", points=...)'),
        (VISIBLE, "example_too", "example", "test_matches_the_worked_example exists twice in this file"),
        (HIDDEN, '"slope", points=2.5', '"slope", points=0', "must be worth more than nothing"),
        (HIDDEN, '"slope", points=2.5', '"slope", points=-1.5', "must say its points as a plain number"),
        (HIDDEN, '"slope", points=2.5', '"slope", points=N', "must say its points as a plain number"),
        (HIDDEN, '"slope", points=2.5', '"slope"', "must say its points as a plain number"),
        (HIDDEN, '@judge.task("slope"', '@judge.task("Counter"', 'a test of "Counter", no task of this unit'),
        (
            HIDDEN,
            "test_slope_refuses_bad_input",
            "test_matches_the_worked_example",
            "exists twice among the tests of slope",
        ),
        (HIDDEN, '"""Hidden tests."""', '"""TODO"""', f"{HIDDEN}, line 1: still says TODO"),
        (WRONG, '"slope"', '"slop"', 'to "slop", no task of this unit; did you mean "slope"?'),
        (WRONG, '"slope"', '"wave"', 'to "wave", no task of this unit; delete it, or name a task of the unit'),
        (
            WRONG,
            "The slope has the wrong sign altogether.",
            "A vertical line gets a slope. It must be refused.",
            "slope_with_wrong_sign must name the exception",
        ),
        (WRONG, "Swap what is divided by what.", "Use np.divide.", "names np.divide: say what to compute"),
        (HIDDEN, "test_slope_refuses", "test_slope_of_ten_thousand_refuses", "gives its case away: ten_thousand"),
        (HIDDEN, "test_slope_refuses", "test_1e4_refuses", "gives its case away: 1e4"),
        (HIDDEN, 'points=2.5, about="random numbers"', 'points=2.5, about="scores of 1e4"', "gives its case away: 1e4"),
        (HIDDEN, 'points=2.5, about="random numbers"', "points=2.5", "does not say what it looks at: about="),
        (HIDDEN, "def test_slope_refuses", "def slope_refuses", "slope_refuses_bad_input has @task, but is never run"),
        (WRONG, '"slope"', '"slop"', "lines.slope: has 0 of at least two misconceptions"),
        (WRONG, "slope_with_wrong_sign", "slope_upside_down", f"{WRONG}, line 6: slope_upside_down exists twice"),
        (
            WRONG,
            "The slope has the wrong sign altogether.",
            "",
            "slope_with_wrong_sign has no sentence for the student",
        ),
        (
            VARIANTS,
            "def slope__from_the_end",
            "def slop__from_the_end",
            'is a variant of "slop", no task of this unit; did you mean "slope"?',
        ),
        (VARIANTS, "slope__from_the_end", "slope_from_the_end", "lines.slope: has 1 of at least two variants"),
        (VARIANTS, "slope__from_the_end", "slope__by_half_lengths", "slope__by_half_lengths exists twice"),
        (
            VARIANTS,
            "def _helper__of_its_own(): ...",
            "slope__x = _helper = 3",
            f"{VARIANTS}, line 16: slope__x is named",
        ),
        (HANDOUT, "## References", "## Reading", f'{HANDOUT}: lacks the section "## References"'),
        (HANDOUT, "## A worked example", "## Example", f'{HANDOUT}: lacks a heading with "worked example"'),
        (HANDOUT, "<!-- tasks:", "<!-- task:", f"{HANDOUT}: lacks the block <!-- tasks: generated by grade build -->"),
        (HANDOUT, "<!-- mistakes:", "<!-- none:", f"{HANDOUT}: lacks the block <!-- mistakes:"),
        (
            HANDOUT,
            ">>> np",
            "np",
            f"{HANDOUT}: its worked example is not run: write its numbers into a block of ```python",
        ),
        (HANDOUT, "Legendre", "TODO", f"{HANDOUT}, line 46: still says TODO"),
        (HANDOUT, "(picture.svg)", "(curve.png)", f"{HANDOUT}: does not show its picture: ![](picture.svg)"),
        (HANDOUT, "A straight line", "A curve", f"{HANDOUT}: is not up to date: grade build"),
        (PICTURE, "[0, 2]", "[0, 3]", "exercises/lines/picture.svg: is not up to date: grade build"),
        (
            PICTURE,
            '"""A straight line\nthrough the origin.\n\nIts slope is 2.\n"""',
            "",
            f"{PICTURE}: has no docstring; its first paragraph describes",
        ),
        (PICTURE, "from matplotlib", "from .line", f"{PICTURE}, line 7: imports .line.figure; a picture needs NumPy"),
        (PICTURE, "from matplotlib.figure", "import torch.", f"{PICTURE}, line 7: not valid Python"),
        (HANDOUT, "The slope has the wrong", "TODO", f"{HANDOUT}: is not up to date: grade build"),
        (PICTURE, "the line.", "TODO", f"{PICTURE}, line 11: still says TODO"),
    ],
)
def test_a_broken_rule_is_told_at_its_place(root, file, old, new, expected):
    change(root / file, old, new)
    assert any(expected in problem for problem in problems(root)), problems(root)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (LINE, "solutions/lines/line.py: is missing"),
        (STUB, "exercises/lines/line.py: is not up to date: grade build"),
        (VISIBLE, f"{VISIBLE}: is missing"),
        (HIDDEN, f"{HIDDEN}: is missing"),
        (WRONG, "lines.slope: has 0 of at least two misconceptions"),
        (VARIANTS, f"{VARIANTS}: is missing"),
        (HANDOUT, f"{HANDOUT}: is missing"),
        ("solutions/lines/milestone.py", "solutions/lines/milestone.py: is missing"),
        (PICTURE, f"{PICTURE}: is missing"),
        ("exercises/lines/picture.svg", "exercises/lines/picture.svg: is not up to date: grade build"),
    ],
)
def test_a_missing_file_is_told(root, file, expected):
    (root / file).unlink()
    assert any(expected in problem for problem in problems(root)), problems(root)


@pytest.mark.parametrize("file", [LINE, VISIBLE, HIDDEN, WRONG, VARIANTS])
def test_a_file_that_does_not_parse_is_told_with_its_line(root, file):
    write(root / file, "x = 1\ndef broken(:\n")
    assert any(problem.startswith(f"{file}, line 2: not valid Python") for problem in problems(root))


def test_a_picture_that_is_too_large_is_told(root):
    picture = root / "exercises/lines/picture.svg"
    write(picture, picture.read_text() + " " * 150_000)
    assert problems(root) == ["exercises/lines/picture.svg: has 150 kB, more than 150; draw fewer points or shapes"]


def test_a_solution_that_is_not_marked_would_reach_the_students(root):
    text = "".join(line for line in (root / LINE).read_text().splitlines(keepends=True) if "### " not in line)
    write(root / LINE, text)
    assert "lines.slope: its solution is not marked: students would get it" in problems(root)


def test_one_line_of_solution_needs_no_misconception(root):
    assert not any("residuals" in problem and "misconceptions" in problem for problem in problems(root))


SOLUTION_RENAMED = '''
def slope__with_other_names(first, second):
    """Say something else."""
    inner: float = float(np.dot(first, second))
    return inner / float(np.dot(first, first))
'''


@pytest.mark.parametrize(
    ("text", "of"),
    [
        (SOLUTION_RENAMED, "the solution"),
        ("\ndef slope__again(*v):\n    return sum(one / 2 for one in v)\n", "slope__by_half_lengths"),
        ("\ndef residuals__sibling(a, b):\n    d = slope(a, b)\n    return b - d * a\n", "residuals__by_subtraction"),
    ],
)
def test_a_variant_that_differs_in_names_only_is_told(root, text, of):
    write(root / VARIANTS, (root / VARIANTS).read_text() + text)
    (problem,) = problems(root)
    name = text.partition("def ")[2].partition("(")[0]
    assert problem.startswith(f"{VARIANTS}, line ")
    assert problem.endswith(f": {name} is {of} but for its names")


def test_a_variant_of_another_task_may_be_the_same(root):
    write(root / VARIANTS, (root / VARIANTS).read_text() + SOLUTION_RENAMED.replace("slope__", "residuals__"))
    assert problems(root) == []


def test_a_hint_that_names_a_function_of_the_solution_is_told(root):
    change(root / LINE, "np.dot", "np.vdot")
    change(root / UNIT, '"What does the slope say?"', '"NumPy has a vdot for that."')
    build_exercises(root, load_course(root))
    assert problems(root) == ["lines.slope: hint 1 names vdot, which the solution calls"]


def test_words_of_mathematics_are_no_names_of_functions(root):
    change(root / UNIT, '"What does the slope say?"', '"Which dot products are there?"')
    assert problems(root) == []


def test_a_mistake_that_names_its_exception_and_a_test_without_its_case_are_in_order(root):
    change(root / WRONG, "The slope has the wrong sign altogether.", "It must be refused: raise a ValueError.")
    change(root / HIDDEN, "test_slope_refuses", "test_slope_of_float32_and_90_percent_refuses")
    build_exercises(root, load_course(root))
    assert problems(root) == []


def test_ordinary_hints_are_no_code(root):
    change(root / UNIT, '"What does the slope say?"', '"Rows times filters is `(N*HO*WO, F)`; think of `x @ w`."')
    assert problems(root) == []


def test_a_call_through_a_sibling_module_counts_as_building_on_it(root):
    change(root / UNIT, 'requires = ["slope"]\n', "")
    change(root / LINE, "slope(x, y))", "line.slope(x, y))")
    assert any("its solution calls slope" in problem for problem in problems(root))


@pytest.mark.parametrize(
    "path",
    [
        "exercises/lines/notes.py",
        "exercises/lines/misconceptions.py",
        "exercises/lines/variants.py",
        "solutions/lines/misconceptions.py",
        "solutions/counting/line.py",
        "tests/hidden/lines/test_lines.py",
        "tests/hidden/lines/line.ipynb",
    ],
)
def test_a_stray_file_is_told(root, path):
    write(root / path, "")
    assert problems(root) == [f"{path}: belongs to no task: rm {path}"]


@pytest.mark.parametrize(
    "path",
    [
        "exercises/lines/curve.png",
        "exercises/lines/__pycache__/line.pyc",
        "exercises/lines/strategies.py",
        "exercises/lines/.keep",
        "solutions/lines/README.md",
        "tests/hidden/lines/cases.py",
        "tests/hidden/lines/strategies.py",
        "tests/hidden/__pycache__/x.pyc",
        "exercises/README.md",
    ],
)
def test_a_usual_file_is_no_stray(root, path):
    write(root / path, "")
    assert problems(root) == []


@pytest.mark.parametrize("folder", ["exercises", "solutions", "tests/hidden"])
def test_a_folder_that_the_registry_does_not_know_is_told(root, folder):
    write(root / folder / "wave/line.py", "")
    what = f'is no unit of course.toml: rm -r {folder}/wave, or write "wave" into its list `units`'
    assert problems(root) == [f"{folder}/wave: {what}"]


def test_a_unit_without_tasks_is_told(root):
    change(root / "course.toml", '"counting"]', '"counting", "empty"]')
    write(root / "exercises/empty/unit.toml", 'title = "Empty"\n')
    assert "exercises/empty/unit.toml: has no tasks: grade new --task empty.NAME --file FILE" in problems(root)


def test_tests_in_a_file_that_pytest_does_not_collect_are_told(root):
    write(root / "tests/hidden/lines/strategies.py", '@task("slope", points=1)\ndef test_slope(student): ...\n')
    what = "test_slope has @task, but is never run: tests belong in files named test_..."
    assert problems(root) == [f"tests/hidden/lines/strategies.py, line 2: {what}"]


def test_an_equivalent_mutant_of_a_function_that_is_gone_is_told(root):
    entry = '[[equivalent]]\nmutant = "{}.sign.0a1b2c3d"\nreason = "It is squared."\n\n'
    write(root / "tests/hidden/lines/equivalents.toml", entry.format("slope") + entry.format("_predicted"))
    write(root / "tests/hidden/counting/equivalents.toml", entry.format("Counter.show") + entry.format("Counter.hide"))
    assert problems(root) == [
        "tests/hidden/counting/equivalents.toml, line 5: Counter.hide.sign.0a1b2c3d is a mutant of Counter.hide, which "
        "no solution of the unit has: delete the entry"
    ]
    write(root / "tests/hidden/counting/equivalents.toml", "[[equivalent]]\nmutant = 3\n")
    (problem,) = problems(root)
    assert problem.startswith("tests/hidden/counting/equivalents.toml, line 2: expected `str`, got `int`")


def test_what_is_generated_into_the_handout_is_told_where_it_is_written(root):
    change(root / WRONG, "The slope has the wrong sign", "TODO")
    change(root / UNIT, "The slope through the origin", "TODO")
    build_exercises(root, load_course(root))
    assert {problem.where for problem in lint(load_course(root))} == {f"{WRONG}, line 11", "lines.slope"}


def test_no_problem_is_told_twice(root):
    write(root / LINE, "def broken(:\n")
    left = lint(load_course(root))
    assert len(left) == len(set(left))
    assert Problem(f"{LINE}, line 1", "not valid Python: invalid syntax") in left


def test_options_of_a_choice_are_worth_the_same(root):
    text = (root / UNIT).read_text()
    write(root / UNIT, f'{text}\n[[choice]]\ntitle = "One"\nchoose = 1\noptions = [["slope"], ["residuals"]]\n')
    build_exercises(root, load_course(root))
    assert problems(root) == []
    visible = (root / VISIBLE).read_text()
    write(root / VISIBLE, visible.replace("points=1", "points=2", 1))
    unequal = [problem for problem in problems(root) if "unequal points" in problem]
    assert unequal
    assert "lines.slope: the choice 'One' has options of unequal points in visible tests: slope " in unequal[0]
