"""Facts read from a suite without importing it: what tests look at, misconceptions' sources, a unit's points."""

import pytest

from grader.course import layout, suite
from grader.course.model import Task, Unit
from grader.course.suite import unit_points
from tests.toy_course import write

ABOUT = """\
@task("slope", points=1, about="float32, an empty batch")
def test_other_types(student): ...


@task("slope", points=1)
def test_the_rest(student): ...
"""

WRONG = """\
@misconception("slope", "It is upside down.", source="https://example.org/thread")
def upside_down(x, y): ...


@misconception("slope", "It is negative.")
def negative(x, y): ...
"""


def test_what_a_hidden_test_looks_at_is_read(tmp_path):
    path = write(tmp_path / "test_line.py", ABOUT)
    assert [test.about for test in suite.tests_of(tmp_path, path)] == ["float32, an empty batch", ""]


def test_properties_of_hidden_tests_are_told_by_task_and_once(tmp_path):
    for file, words in (("line", "float32, an empty batch"), ("more", "an empty batch, no argument changed")):
        test = f'@task("slope", points=1, about="{words}")\ndef test_{file}(student): ...\n'
        write(
            layout.hidden_test(tmp_path, "lines", file), test + '@task("rest", points=1)\ndef test_rest(student): ...\n'
        )
    unit = Unit(
        "lines", "Lines", tasks=tuple(Task(name, "line", name, 5, 1, ("a", "b", "c")) for name in ("rest", "slope"))
    )
    assert suite.hidden_properties(tmp_path, unit) == {"slope": ("float32", "an empty batch", "no argument changed")}


def test_the_source_of_a_misconception_is_read(tmp_path):
    write(layout.misconceptions(tmp_path, "lines"), WRONG)
    misconceptions = suite.misconceptions_of(tmp_path, "lines")
    assert [wrong.source for wrong in misconceptions] == ["https://example.org/thread", ""]


POINTS = """\
import pytest
from grader.judge import task


@task("slope", points=2.5)
def test_one(student): ...


@task("slope", points=1)
@pytest.mark.parametrize("n", [1, 2, 3])
def test_three(student, n): ...
"""


@pytest.fixture
def unit(tmp_path):
    for folder in ("exercises/lines", "tests/hidden/lines"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "test_line.py").write_text(POINTS, encoding="utf-8")
    return Unit("lines", "Lines", tasks=(Task("slope", "line", "Slope", 5, 1, ("a", "b", "c")),))


def test_visible_and_hidden_tests_count_with_all_their_cases(tmp_path, unit):
    assert unit_points(tmp_path, unit) == 11.0


def test_what_is_left_out_does_not_count(tmp_path, unit):
    assert unit_points(tmp_path, unit, without=["line.test_three"]) == 5.0


def test_a_task_that_cannot_be_run_here_does_not_count(tmp_path, unit, monkeypatch):
    monkeypatch.setattr("grader.course.suite.cannot_run", lambda unit: {"slope": "Triton is not installed"})
    assert unit_points(tmp_path, unit) == 0.0
