"""What a unit is worth is read from its tests, visible and hidden, without running any of them."""

import pytest

from grader.course.decorators import unit_points
from grader.course.model import Task, Unit

TESTS = """\
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
        (tmp_path / folder / "test_line.py").write_text(TESTS, encoding="utf-8")
    return Unit("lines", "Lines", tasks=(Task("slope", "line", "Slope", 5, 1, ("a", "b", "c")),))


def test_visible_and_hidden_tests_count_with_all_their_cases(tmp_path, unit):
    assert unit_points(tmp_path, unit) == 11.0


def test_what_is_left_out_does_not_count(tmp_path, unit):
    assert unit_points(tmp_path, unit, without=["line.test_three"]) == 5.0


def test_a_task_that_cannot_be_run_here_does_not_count(tmp_path, unit, monkeypatch):
    monkeypatch.setattr("grader.course.decorators.cannot_run", lambda unit: {"slope": "Triton is not installed"})
    assert unit_points(tmp_path, unit) == 0.0
