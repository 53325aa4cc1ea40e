"""Examples of docstrings and handouts are run, and what they do not give is told with its line."""

import pytest

from grader.course.cut import build_exercises
from grader.course.registry import load_course
from grader.judge.local_students import importing_from
from grader.proof.examples import example_problems
from tests.tiny_course import texts, write

LINE, HANDOUT = "solutions/lines/line.py", "exercises/lines/README.md"


@pytest.fixture
def root(tmp_path):
    for name, text in texts().items():
        write(tmp_path / name, text)
    build_exercises(tmp_path, load_course(tmp_path))
    return tmp_path


def problems(root):
    course = load_course(root)
    with importing_from(root):
        return [
            f"{problem.where}: {problem.what}" for unit in course.units for problem in example_problems(course, unit)
        ]


def test_examples_that_hold_are_no_problem(root):
    assert problems(root) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            LINE,
            "    2.0\n",
            "    3.0\n",
            "line 14: slope(np.array([1.0, 2.0]), np.array([2.0, 4.0])) gives 2.0, not 3.0",
        ),
        (LINE, "slope(np", "sloop(np", "raises NameError: name 'sloop' is not defined, not 2.0"),
        (HANDOUT, "np.int64(3)", "np.int64(4)", "line 8: np.add(1, 2) gives np.int64(3), not np.int64(4)"),
        (HANDOUT, "np.add(1, 2)", "slope(np.ones(2), 2 * np.ones(2))", "gives 2.0, not np.int64(3)"),
        (HANDOUT, ">>> np", ">>> 1\n>>>np", "line 8: an example cannot be read"),
    ],
)
def test_an_example_that_gives_something_else_is_told_with_its_line(root, file, old, new, message):
    text = (root / file).read_text(encoding="utf-8")
    assert old in text
    write(root / file, text.replace(old, new, 1))
    (problem,) = problems(root)
    assert problem.startswith(f"{file}, line ")
    assert message in problem


def test_blocks_of_a_handout_share_their_names_and_plain_code_is_not_run(root):
    text = (root / HANDOUT).read_text(encoding="utf-8")
    more = "```python\n>>> x = 3\n```\n\n```python\n>>> x\n3\n```\n\n```python\nno_such_name()\n```\n\n## References"
    write(root / HANDOUT, text.replace("## References", more))
    assert problems(root) == []
