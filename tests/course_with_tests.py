"""The toy course with a task in which students write tests: those of `total`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.course.cut import build_exercises
from grader.course.registry import Course, load_course
from grader.judge.client import WarmJudge
from grader.judge.protocol import Job
from grader.records import Isolation, TestRecord
from grader.submissions.intake import Submission
from tests.toy_course import make_course, write

TASK = """\

[[task]]
name = "test_total"
file = "my_tests"
title = "Tests of the sum"
minutes = 10
difficulty = 2
tests = "total"
hints = ["What could go wrong?", "One row hides something.", "Compare a sum with one by hand."]
"""

SOLUTION = '''\
"""Tests of the sum.

>>> float(total(np.array([[1.0, 2.0], [3.0, 4.0]])))
10.0
"""

import numpy as np
import pytest

from .count import total


def test_total():
    """Compare sums with sums made by hand."""
    ### BEGIN SOLUTION
    x = np.array([[1.0, 2.0], [3.0, 4.5]])
    kept = x.copy()
    assert total(x) == pytest.approx(10.5)
    assert (x == kept).all()
    ### END SOLUTION
'''

VISIBLE = '''\
"""What the tests of the sum should catch, shown on three wrong ones."""

import torch

from grader.judge import task, to_torch
from grader.judge.written_tests import Examiner


def right(x):
    return float(to_torch(x).sum())


def mean_in_place_of_the_sum(x):
    """Divides by the count."""
    return float(to_torch(x).mean())


def last_row_left_out(x):
    return float(to_torch(x)[:-1].sum())


def one_too_many(x):
    return right(x) + 1.0


SUMS = Examiner("total", right, public=True)


@task("test_total", points=0.5)
def test_a_mean_is_caught(student):
    SUMS.require_caught(student, mean_in_place_of_the_sum)


@task("test_total", points=0.5)
def test_two_other_wrong_sums_are_caught(student):
    SUMS.require_caught(student, last_row_left_out, one_too_many)
'''

HIDDEN = '''\
"""What the tests of the sum catch."""

from grader.judge import task
from grader.judge.written_tests import Examiner
from solutions.counts import count
from tests.hidden.counts import misconceptions as wrong
from tests.hidden.counts import variants as right

SUMS = Examiner("total", count.total, right.total__exactly_rounded, right.total__row_by_row)


@task("test_total", points=0.5, about="nothing is divided")
def test_means_are_caught(student):
    SUMS.require_caught(student, wrong.the_mean)


@task("test_total", points=0.5, about="more than one row")
def test_one_row_is_caught(student):
    SUMS.require_caught(student, wrong.first_row)
'''


def make_course_with_tests(root: Path) -> Course:
    """Write the course into a folder, its exercises built."""
    make_course(root)
    unit = root / "exercises" / "counts" / "unit.toml"
    write(unit, unit.read_text("utf-8") + TASK)
    write(root / "solutions" / "counts" / "my_tests.py", SOLUTION)
    write(root / "exercises" / "counts" / "test_my_tests.py", VISIBLE)
    write(root / "tests" / "hidden" / "counts" / "test_my_tests.py", HIDDEN)
    course = load_course(root)
    build_exercises(root, course)
    return course


Grade = Callable[[str], dict[str, TestRecord]]
WRONG_COUNT = "def total(x):\n    return 0.0\n\n\nhelper = total\n"  # the student's own, which has no part in it


@contextmanager
def grading_tests(root: Path) -> Iterator[Grade]:
    """Yield a function that grades a file of tests in sealed workers, beside a wrong `total` of the student's own."""
    course = make_course_with_tests(root)
    with WarmJudge(root, ["counts"], "a secret", Isolation.SEALED) as judge:

        def graded(text: str) -> dict[str, TestRecord]:
            records: list[TestRecord] = []
            submission = Submission("counts", {"my_tests": text, "count": WRONG_COUNT})
            judge.grade(Job(submission, course.limits, "a secret", tasks=("test_total",)), records.append)
            return {record.test.removeprefix("my_tests.test_"): record for record in records}

        yield graded


def earned(records: dict[str, TestRecord]) -> float:
    """Return the points of some tests."""
    return sum(record.earned for record in records.values())
