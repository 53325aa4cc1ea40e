"""A class gets the same records one by one, and many at a time beside busy processes.

The small form of `tests/benchmarks/busy.py`. Nothing here compares times: how busy the machine is does not matter.
"""

import sys

import pytest
from msgspec.structs import replace

from grader.course.cut import build_exercises
from grader.course.registry import load_course
from grader.metering.processes import usable_cores
from grader.records import Isolation, Speed, TestRecord, Verdict
from tests.benchmarks.busy import Condition, Graded, differences, graded, hand_in_solutions
from tests.toy_course import make_course, write

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere limits are held by the clock on the wall")

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


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tmp_path_factory.mktemp("busy")
    made = make_course(root)
    write(made.root / "solutions/counts/count.py", SLOW)
    write(made.root / "tests/hidden/counts/test_count.py", HIDDEN)
    build_exercises(made.root, made)
    return load_course(made.root)


def test_the_same_class_gets_the_same_records(course, tmp_path, monkeypatch):
    monkeypatch.setenv("DEEPGRADE_SECRET", "busy")
    folder = hand_in_solutions(course, ["counts"], STUDENTS, tmp_path)
    conditions = (Condition("quiet", 1, 0), Condition("busy", STUDENTS, 2 * usable_cores()))
    quiet, busy = (graded(course, folder, condition, tier=Isolation.SELF, units=["counts"]) for condition in conditions)
    assert quiet.verdicts == {"passed": len(quiet.records)}
    assert quiet.earned == quiet.points > 0
    assert differences(quiet, busy) == []


RECORD = TestRecord("u", "t", "f.t", "t", True, 2.0, 2.0, Verdict.PASSED, seconds=1.0)
RACE = replace(RECORD, speed=Speed(0.5, 0.4, 0.6, 9, "one thread", "gold"))


def grading(record):
    return Graded(Condition("x", 1, 0), 1.0, 0.0, 2.0, 2.0, {}, {("s", "u", "f.t"): record})


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        (RECORD, replace(RECORD, seconds=9.0), 0),
        (RECORD, replace(RECORD, verdict=Verdict.TIMED_OUT, earned=0.0), 1),
        (RECORD, replace(RECORD, verdict=Verdict.NOT_MEASURED, earned=0.0), 1),
        (RACE, replace(RACE, speed=replace(RACE.speed, ratio=0.55)), 0),
        (RACE, replace(RACE, verdict=Verdict.FAILED, earned=1.0), 1),
        (RACE, replace(RACE, verdict=Verdict.TOO_NOISY, earned=0.0), 0),
    ],
)
def test_only_times_and_noise_may_differ(one, other, count):
    assert len(differences(grading(one), grading(other))) == count
