"""Units side by side: results in the order of the units, steps and errors passed on, a killed process told."""

import os
import signal

import pytest

from grader.errors import CourseError, DeepgradeError
from grader.proof.by_unit import run_by_unit


def process_of(course, unit, on_progress):
    on_progress(f"{unit}: begun")
    return unit, len(course.units), os.getpid()


def broken(course, unit, on_progress):
    raise CourseError(f"{unit} is broken", "grade check", "course.toml")


def killed(course, unit, on_progress):
    os.kill(os.getpid(), signal.SIGKILL)


def test_several_units_run_in_processes_of_their_own(course):
    steps = []
    results = run_by_unit(course, ["lines", "counts"], process_of, 2, steps.append)
    assert [unit for unit, _, _ in results] == ["lines", "counts"]
    assert {count for _, count, _ in results} == {len(course.units)}
    assert os.getpid() not in {process for _, _, process in results}
    assert sorted(steps) == ["counts: begun", "lines: begun"]


@pytest.mark.parametrize(("units", "jobs"), [(["lines"], 2), (["lines", "counts"], 1)])
def test_one_unit_or_one_job_needs_no_other_process(course, units, jobs):
    results = run_by_unit(course, units, process_of, jobs, lambda step: None)
    assert {process for _, _, process in results} == {os.getpid()}


def test_an_error_keeps_its_next_command_on_the_way(course):
    with pytest.raises(CourseError, match=r"course\.toml: lines is broken") as raised:
        run_by_unit(course, ["lines", "counts"], broken, 2, lambda step: None)
    assert (raised.value.hint, raised.value.where) == ("grade check", "course.toml")


def test_a_killed_process_is_told(course):
    with pytest.raises(DeepgradeError, match="a process that ran lines, counts was killed") as raised:
        run_by_unit(course, ["lines", "counts"], killed, 2, lambda step: None)
    assert "--jobs 1" in raised.value.hint
