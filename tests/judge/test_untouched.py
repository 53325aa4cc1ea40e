"""Whoever hands in untouched stubs gets the records of the first who did, and only who does."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from grader.course import layout
from grader.course.cut import stub_text
from grader.judge.judges import RevivedJudge
from grader.judge.protocol import Job
from grader.judge.untouched import UntouchedStubs
from grader.records import Isolation, Speed, TestRecord, Timing, Verdict
from grader.submissions.intake import Submission
from tests.judge.conftest import DOUBLE, SOLUTION, TOY, job

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="forked judges are Linux's")
TESTS = ("first.test_agrees_with_torch", "first.test_sums_and_keeps")


@pytest.fixture(scope="module")
def cut_toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a toy course whose stub leaves the body of `double` out."""
    root = tmp_path_factory.mktemp("course") / "toy"
    shutil.copytree(TOY, root)
    region = f"    ### BEGIN SOLUTION\n{DOUBLE}    ### END SOLUTION\n"
    layout.solution_path(root, "toy", "first").write_text(SOLUTION.replace(DOUBLE, region), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def stub(cut_toy: Path) -> str:
    return stub_text(cut_toy, "toy", "first")


@pytest.fixture(scope="module")
def judge(cut_toy: Path) -> Iterator[RevivedJudge]:
    started = RevivedJudge(cut_toy, ["toy"], "a secret", Isolation.SELF)
    yield started
    started.close()


def record(verdict: Verdict, **fields: Any) -> TestRecord:
    return TestRecord("toy", "double", "first.test", "test", True, 1.0, 0.0, verdict, **fields)


def graded(judge: RevivedJudge, asked: Job) -> tuple[list[TestRecord], Timing]:
    records: list[TestRecord] = []
    timing = judge.grade(asked, records.append)
    return records, timing


@LINUX
def test_untouched_stubs_are_graded_once(judge: RevivedJudge, stub: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Job] = []
    ask = judge._ask
    monkeypatch.setattr(judge, "_ask", lambda warm, job, take: asked.append(job) or ask(warm, job, take))
    untouched = job(stub, tests=TESTS)
    first, timing = graded(judge, untouched)
    assert [found.verdict for found in first] == [Verdict.NOT_ATTEMPTED, Verdict.PASSED]
    assert timing.workers == 1
    again = replace(untouched, submission=replace(untouched.submission, student="somebody else"))
    assert graded(judge, again) == (first, Timing())
    assert len(asked) == 1
    for other in (job(stub + "\n", tests=TESTS), job(SOLUTION, tests=TESTS), job(stub, tests=TESTS[1:])):
        graded(judge, other)
    assert len(asked) == 4


@LINUX
def test_what_is_kept_is_what_grading_gives_again(judge: RevivedJudge, cut_toy: Path, stub: str) -> None:
    first, _ = graded(judge, job(stub, tests=TESTS))
    kept, _ = graded(judge, job(stub, tests=TESTS))
    other = RevivedJudge(cut_toy, ["toy"], "a secret", Isolation.SELF)
    try:
        anew, _ = graded(other, job(stub, tests=TESTS))
    finally:
        other.close()
    assert kept == first
    assert [replace(test, seconds=0.0) for test in anew] == [replace(test, seconds=0.0) for test in kept]


@pytest.mark.parametrize("verdict", [*Verdict])
def test_only_verdicts_that_come_out_again_are_kept(cut_toy: Path, stub: str, verdict: Verdict) -> None:
    stubs = UntouchedStubs(cut_toy)
    key = stubs.key(job(stub))
    assert key is not None
    stubs.keep(key, [record(Verdict.NOT_ATTEMPTED), record(verdict)])
    settled = verdict in {Verdict.PASSED, Verdict.FAILED, Verdict.NOT_ATTEMPTED, Verdict.SKIPPED}
    assert bool(stubs.records(key)) is settled


def test_a_measured_speed_is_not_kept(cut_toy: Path, stub: str) -> None:
    stubs = UntouchedStubs(cut_toy)
    key = stubs.key(job(stub))
    assert key is not None
    speed = Speed(1.0, 0.9, 1.1, 8, "cpu")
    stubs.keep(key, [record(Verdict.PASSED, speed=speed)])
    assert not stubs.records(key)


def test_no_other_files_are_untouched_stubs(cut_toy: Path, stub: str) -> None:
    stubs, untouched = UntouchedStubs(cut_toy), job(stub)
    for files in ({}, {"first": stub, "other": ""}, {"other": stub}, {"first": ""}, {"first": stub.rstrip("\n")}):
        assert stubs.key(replace(untouched, submission=Submission("toy", files))) is None
    assert stubs.key(replace(untouched, submission=Submission("nowhere", {"first": stub}))) is None


def test_options_make_another_key_and_names_do_not(cut_toy: Path, stub: str) -> None:
    stubs = UntouchedStubs(cut_toy)
    plain = stubs.key(job(stub))
    assert stubs.key(job(stub, visible_only=True)) not in (plain, None)
    by_name = replace(job(stub), submission=Submission("toy", {"first": stub}, student="s1", ignored=("notes.txt",)))
    assert stubs.key(by_name) == plain
