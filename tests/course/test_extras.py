"""Tasks whose library is not installed: which they are, why, and what of a unit loads all the same."""

import pytest

from grader.course import model
from grader.course.lint import lint
from grader.course.registry import load_course
from grader.errors import CourseError
from tests.tiny_course import LINES_UNIT, write

TASK = """
[[task]]
name = "kernel"
file = "kernel"
title = "A kernel (optional)"
minutes = 10
difficulty = 3
library = "triton"
hints = ["How many?", "All at once.", "In which order?"]
"""
REASON = "Triton is not installed: pip install 'deepgrade[triton]'"


@pytest.fixture
def unit(root):
    """Return the tiny course's first unit, with an optional task."""
    write(root / "exercises/lines/unit.toml", LINES_UNIT + TASK)
    return load_course(root).units[0]


def without_triton(monkeypatch):
    monkeypatch.setattr(model, "find_spec", lambda name: None)


def test_a_missing_library_is_told_with_the_command_that_brings_it(monkeypatch):
    without_triton(monkeypatch)
    assert model.missing("triton") == REASON
    assert (model.missing("numpy"), model.missing("torch")) == ("", "")


def test_only_tasks_of_a_missing_library_cannot_be_run(unit, monkeypatch):
    without_triton(monkeypatch)
    assert model.cannot_run(unit) == {"kernel": REASON}
    assert (unit.files, model.files_that_load(unit)) == (("line", "kernel"), ("line",))


def test_with_the_library_all_tasks_can_be_run(unit, monkeypatch):
    monkeypatch.setattr(model, "find_spec", lambda name: name)
    assert model.cannot_run(unit) == {}
    assert model.files_that_load(unit) == unit.files


def test_tasks_of_that_library_are_optional_and_no_others(unit):
    assert [task.name for task in unit.tasks if task.optional] == ["kernel"]


def test_kernels_of_the_suite_have_a_file_of_their_own(root, unit):
    for name in ("lines", "counting"):
        write(root / f"tests/hidden/{name}/kernels.py", '"""Kernels."""\n')
    stray = [problem.where for problem in lint(load_course(root)) if problem.what.startswith("belongs to no task")]
    assert stray == ["tests/hidden/counting/kernels.py"]


def test_an_optional_task_is_linted_like_any_other(root, unit):
    problems = [problem.what for problem in lint(load_course(root)) if problem.where == "lines.kernel"]
    assert "has 0 of at least two variants" in problems


def test_the_registry_knows_three_libraries(root, unit):
    text = (root / "exercises/lines/unit.toml").read_text(encoding="utf-8")
    write(root / "exercises/lines/unit.toml", text.replace('library = "triton"', 'library = "numba"'))
    with pytest.raises(CourseError, match='expected one of "numpy", "torch", "triton"'):
        load_course(root)
