"""On a machine with sixteen busy processes a class gets the grades that it gets on a quiet one."""

import subprocess
import sys
from pathlib import Path

import pytest

from grader.course.cut import build_exercises
from grader.course.registry import Course, load_course
from grader.metering.processes import usable_cores
from grader.proof.expectation import expectation_path
from grader.records import Isolation
from tests.benchmarks.busy import Condition, busy_processes, differences, graded, hand_in_solutions
from tests.toy_course import make_course, write

ROOT = Path(__file__).parents[2]
BUSY = 16
UNIT = ("--unit", "perceptron")
SLOW = '''\
"""Counting, as slowly as the limit allows on a machine of one's own: 0.4 s of the 1 s that a call may take."""

import time


def total(x):
    """Add up all numbers."""
    end = time.thread_time() + 0.4
    while time.thread_time() < end:
        pass
    return float(x.sum())
'''
HIDDEN = '''\
"""One call per test: what a test may take is not in question."""

import numpy as np
import torch

from grader.judge import check, task


@task("total", points=2)
def test_adds_up(student):
    x = np.arange(12.0)
    check(student.total(x)).equals(torch.from_numpy(x).sum())


@task("total", points=1)
def test_adds_up_again(student):
    x = np.arange(5.0)
    check(student.total(x)).equals(torch.from_numpy(x).sum())
'''
STUDENTS = 4  # all at a time, beside twice as many busy processes as there are cores: on two, each gets a quarter


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def grade(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return run("-c", "from grader.cli import main; main()", *arguments)


def test_a_made_up_class_gets_the_grades_that_it_must_get(tmp_path: Path) -> None:
    folder, out = tmp_path / "submissions", tmp_path / "results"
    made = grade("simulate", str(folder), "--students", "6", *UNIT)
    assert made.returncode == 0, made.stdout + made.stderr
    with busy_processes(BUSY):
        done = grade("autograde", str(folder), "--out", str(out), "--expect", str(expectation_path(folder)), *UNIT)
    assert "every grade as expected" in done.stdout, done.stdout + done.stderr


def test_a_class_of_right_solutions_has_the_same_records() -> None:
    done = run("-m", "tests.benchmarks.busy", "--students", "3", "--jobs", "6", "--dry-run", *UNIT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def slow_course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    root = tmp_path_factory.mktemp("busy")
    made = make_course(root)
    write(made.root / "solutions/counts/count.py", SLOW)
    write(made.root / "tests/hidden/counts/test_count.py", HIDDEN)
    build_exercises(made.root, made)
    return load_course(made.root)


def test_calls_near_their_limit_get_the_same_records_many_at_a_time_beside_busy_processes(
    slow_course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEEPGRADE_SECRET", "busy")
    folder = hand_in_solutions(slow_course, ["counts"], STUDENTS, tmp_path)
    conditions = (Condition("quiet", 1, 0), Condition("busy", STUDENTS, 2 * usable_cores()))
    quiet, busy = (
        graded(slow_course, folder, condition, tier=Isolation.SELF, units=["counts"]) for condition in conditions
    )
    assert quiet.verdicts == {"passed": len(quiet.records)}
    assert quiet.earned == quiet.points > 0
    assert differences(quiet, busy) == []
