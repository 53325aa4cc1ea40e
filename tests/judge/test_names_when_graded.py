"""Requires: a mistake has its name when a worker is graded, too, however large its answers, however tight its limits.

Catches: answers that are forgotten because the request was large, and names that depend on the submission's limits.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from grader.judge.client import WarmJudge
from grader.records import TestRecord, Verdict
from tests.judge.conftest import LIMITS, by_test, job, with_double

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forked judges are Linux's")

LARGE_TESTS = '''
"""Tests with answers of 720 kB, which come back with their arguments."""

import numpy as np

from grader.judge import check, task


@task("double", points=1)
def test_doubles_a_large_array(student, rng):
    x = rng.standard_normal((300, 300))
    check(student.double.keeping_arguments(x)).equals(2 * x)


@task("noise", points=1)
def test_comes_last(student):
    check(len(student.noise(4, np.random.default_rng(5)))).equals(4)
'''

SLOW_MISCONCEPTIONS = '''
"""A wrong answer that keeps the judge at work for longer than a submission may."""

import time

from grader.judge import misconception

SECONDS = 3.0


@misconception("double", "It triples.")
def triples(x):
    start = time.process_time()
    while time.process_time() - start < SECONDS:
        pass
    return 3 * x


@misconception("double", "It is four times as much.")
def quadruples(x):
    return 4 * x
'''

TIGHT = replace(LIMITS, call_seconds=0.5, test_seconds=0.5, submission_seconds=1.0)


@pytest.fixture(scope="module")
def judge(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmJudge]:
    root = tmp_path_factory.mktemp("names") / "course"
    shutil.copytree(toy, root)
    (root / "exercises/toy/test_first.py").unlink()
    (root / "tests/hidden/toy/test_first.py").write_text(LARGE_TESTS, encoding="utf-8")
    (root / "tests/hidden/toy/misconceptions.py").write_text(SLOW_MISCONCEPTIONS, encoding="utf-8")
    with WarmJudge(root, ["toy"], "a secret") as started:
        started.wait_until_ready()
        yield started


@pytest.mark.parametrize(("body", "name"), [("3 * x", "It triples."), ("4 * x", "It is four times as much.")])
def test_a_mistake_in_large_answers_is_named_whatever_the_limits(judge: WarmJudge, body: str, name: str) -> None:
    records: list[TestRecord] = []
    judge.grade(replace(job(with_double(f"return {body}")), limits=TIGHT), records.append)
    graded = by_test(records)
    assert graded["test_doubles_a_large_array"].verdict is Verdict.FAILED
    assert graded["test_doubles_a_large_array"].feedback.likely == name
    assert graded["test_comes_last"].verdict is Verdict.PASSED
