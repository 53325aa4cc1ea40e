"""Work that a student's answer causes in the judge is bounded, and is the student's failure: never a grader error."""

import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from grader.autograde.again import BROKEN_TWICE, settled
from grader.judge.budget import Overspent, working_for
from grader.judge.client import JudgeBroke, WarmJudge
from grader.judge.judges import RevivedJudge, broken_off
from grader.records import Isolation, Result, Status, TestRecord, Verdict
from tests.judge.conftest import SOLUTION, by_test, job

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forked judges are Linux's")

GREEDY = '''
"""Tests that trust an answer more than they should."""

import os
import sys

import numpy as np

from grader.judge import check, task


def number(student):
    return student.apply(lambda value: value, 3)


@task("noise", points=1)
def test_comes_first(student):
    check(len(student.noise(4, np.random.default_rng(5)))).equals(4)


@task("apply", points=1)
def test_counts_up_to_it(student):
    total = 0
    while total < number(student):
        for _ in range(number(student)):
            total += 1
    check(total).equals(4)


@task("apply", points=1)
def test_makes_so_many_zeros(student):
    check(len(np.zeros(number(student)).tolist())).equals(4)


@task("apply", points=1)
def test_adds_inside_a_library(student):
    check(sum(range(number(student)))).equals(6)


@task("apply", points=1)
def test_calls_itself_so_often(student):
    def down(left):
        return 0 if left == 0 else 1 + down(left - 1)

    sys.setrecursionlimit(2000)
    check(down(number(student))).equals(4)


@task("apply", points=1)
def test_divides_by_it(student):
    check(12 / number(student)).equals(3.0)


@task("apply", points=1)
def test_ends_the_process(student):
    if number(student) == 666:
        os.kill(os.getpid(), 9)
    check(number(student)).equals(4)


@task("noise", points=1)
def test_comes_last(student):
    check(len(student.noise(4, np.random.default_rng(5)))).equals(4)
'''


@pytest.fixture(scope="module")
def greedy(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a course like the toy's, with other hidden tests and no visible ones."""
    import shutil

    root = tmp_path_factory.mktemp("greedy") / "course"
    shutil.copytree(toy, root)
    (root / "exercises/toy/test_first.py").unlink()
    (root / "tests/hidden/toy/test_first.py").write_text(GREEDY, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def judge(greedy: Path) -> Iterator[RevivedJudge]:
    started = RevivedJudge(greedy, ["toy"], "a secret", Isolation.SELF)
    yield started
    started.close()


def graded(judge: RevivedJudge, answer: str, *tests: str) -> dict[str, TestRecord]:
    records: list[TestRecord] = []
    assert "return function(x) + 1" in SOLUTION
    text = SOLUTION.replace("return function(x) + 1", f"return {answer}")
    judge.grade(job(text, tests=tuple(f"first.test_{name}" for name in tests)), records.append)
    return {name.removeprefix("test_"): record for name, record in by_test(records).items()}


def test_the_right_answer_passes(judge: RevivedJudge) -> None:
    records = graded(judge, "function(x) + 1")
    assert {name for name, record in records.items() if record.verdict is not Verdict.PASSED} == set()


@pytest.mark.parametrize(
    ("answer", "test", "verdict", "message"),
    [
        ("10**15", "counts_up_to_it", Verdict.TIMED_OUT, "the grader worked on what your code answered for more than"),
        ("10**10", "makes_so_many_zeros", Verdict.FAILED, "the test cannot work with what apply returned (MemoryErr"),
        ("10**12", "makes_so_many_zeros", Verdict.FAILED, "the test cannot work with what apply returned ("),
        ("2**4000", "makes_so_many_zeros", Verdict.FAILED, "the test cannot work with what apply returned ("),
        ("0", "divides_by_it", Verdict.FAILED, "the test cannot work with what apply returned (ZeroDivisionError"),
        ("'4'", "divides_by_it", Verdict.FAILED, "the test cannot work with what apply returned (TypeError"),
        ("{}", "makes_so_many_zeros", Verdict.FAILED, "the test cannot work with what apply returned (TypeError"),
        ("50_000", "calls_itself_so_often", Verdict.FAILED, "the test cannot work with what apply returned (Recurs"),
        ("666", "ends_the_process", Verdict.NOT_MEASURED, "the grader's process ended while it looked at what"),
        ("10**15", "adds_inside_a_library", Verdict.NOT_MEASURED, "the grader's process ended while it looked at"),
    ],
)
def test_whatever_an_answer_makes_the_judge_do_is_held_against_it(
    judge: RevivedJudge, answer: str, test: str, verdict: Verdict, message: str
) -> None:
    start = time.perf_counter()
    records = graded(judge, answer, "comes_first", test, "comes_last")
    assert time.perf_counter() - start < 120  # of CPU time much less; the machine may be busy
    assert (records[test].verdict, records[test].earned) == (verdict, 0.0)
    assert records[test].feedback.message.startswith(message)
    assert len(records) == 3
    assert not any(record.verdict.meaning.costs_nothing for record in records.values())
    assert [records[name].verdict for name in ("comes_first", "comes_last")] == [Verdict.PASSED] * 2
    assert judge.notes == ()


def test_what_breaks_the_judge_twice_has_failed_and_is_listed() -> None:
    record = TestRecord("toy", "apply", "first.test_x", "x", True, 1.0, 0.0, Verdict.NOT_MEASURED)
    broken = broken_off(record, "the judge ended without an answer")
    result = settled(Result("anna", "toy", Status.GRADED, tests=(broken,)))
    assert result.tests[0].verdict is Verdict.FAILED
    assert (result.earned, result.measured) == (0.0, 1.0)
    assert result.review == (f"apply: {BROKEN_TWICE}",)


def test_a_judge_says_what_it_had_still_to_run(greedy: Path) -> None:
    records: list[TestRecord] = []
    text = SOLUTION.replace("return function(x) + 1", "return 666")
    with WarmJudge(greedy, ["toy"], "a secret") as warm:
        warm.wait_until_ready()
        with pytest.raises(JudgeBroke) as broke:
            warm.grade(
                replace(job(text), tests=("first.test_divides_by_it", "first.test_ends_the_process")), records.append
            )
    assert [record.test for record in records] == ["first.test_divides_by_it"]
    assert [record.test for record in broke.value.left] == ["first.test_ends_the_process"]


def test_time_in_the_judge_is_its_own_cpu_time() -> None:
    with working_for(0.2, hard=False):
        time.sleep(0.5)
    with pytest.raises(Overspent), working_for(0.2, hard=False):
        sum(number for number in range(10**12))
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
