"""A machine that grades for others: what it says of itself, and answers to everything, with a pretended judge."""

import pytest

from grader.cluster import node
from grader.cluster.node import GradingNode
from grader.cluster.sheets import Failed, GradedSheet, Rehearsed, Sheet, Unfit, read_sheet, sealed_job, written
from grader.course.registry import Limits
from grader.errors import CourseError, UnavailableError
from grader.judge.client import JudgeFailed
from grader.judge.protocol import Fault, Job
from grader.records import Isolation, TestRecord, Timing, Verdict
from grader.submissions.intake import Submission
from tests.toy_course import make_course, write

JOB = sealed_job(Job(Submission("counts", {"count": "x = 1"}, "anna"), Limits(), "a secret"))
SHEET = Sheet(("counts",), Isolation.SELF, JOB)
PASSED = TestRecord("counts", "total", "count.test", "test", True, 2.0, 2.0, Verdict.PASSED)


class PretendedJudge:
    """Gives full points and remembers the secret."""

    notes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    def __init__(self):
        self.secrets, self.closed, self.error = [], False, None

    def grade(self, job, on_record):
        if self.error is not None:
            raise self.error
        self.secrets.append(job.secret)
        on_record(PASSED)
        return Timing()

    def suite_faults(self):
        return self.faults

    def close(self):
        self.closed = True


@pytest.fixture
def opened(monkeypatch):
    opened = []

    def open_judge(root, units, secret, tier):
        opened.append(PretendedJudge())
        return opened[-1]

    monkeypatch.setattr(node, "open_judge", open_judge)
    return opened


@pytest.fixture
def root(tmp_path):
    write(tmp_path / "course/.course-secret", "of this test\n")
    return make_course(tmp_path / "course").root


def test_a_job_gets_the_secret_of_this_machine(root, opened):
    member = GradingNode(root, Isolation.SELF, 2)
    assert member.answer(SHEET) == GradedSheet((PASSED,), Timing())
    assert member.answer(Sheet(("counts",), Isolation.SELF)) == Rehearsed()
    assert [judge.secrets for judge in opened] == [["of this test"]]
    member.close()
    assert opened[0].closed


def test_another_runs_units_replace_an_idle_judge(root, opened):
    member = GradingNode(root, Isolation.SELF, 2)
    member.answer(SHEET)
    member.answer(Sheet(("counts", "lines"), Isolation.SELF))
    assert [judge.closed for judge in opened] == [True, False]
    opened[1].notes = ("the judge ended in the middle of the run, and was started once more",)
    member.answer(Sheet(("counts", "lines"), Isolation.SELF))
    assert [judge.closed for judge in opened] == [True, True, False]


def test_whatever_fails_is_an_answer(root, opened):
    member = GradingNode(root, Isolation.SELF, 2)
    member.answer(SHEET)
    for error, answer in (
        (JudgeFailed("it hung", "grade check"), Failed("it hung", "grade check")),
        (ZeroDivisionError("by us"), Failed("ZeroDivisionError: by us")),
    ):
        opened[0].error = error
        assert member.answer(SHEET) == answer


def left(member):
    """Return whether the worker was taken from its scheduler, after the next answer."""
    gone = []
    member.leave = lambda: gone.append(True)
    return member.answer(SHEET), bool(gone)


def test_a_machine_whose_files_changed_leaves(root, opened):
    member = GradingNode(root, Isolation.SELF, 2)
    write(root / "tests/hidden/counts/more.txt", "new\n")
    assert left(member) == (
        Unfit("its course or its software changed while it ran: start its worker again"),
        True,
    )
    assert opened == []


def test_a_machine_on_which_the_solutions_fail_leaves(root, opened, monkeypatch):
    monkeypatch.setattr(PretendedJudge, "faults", (Fault("counts", "count.test_total", Verdict.FAILED, "no"),))
    answer, has_left = left(GradingNode(root, Isolation.SELF, 2))
    assert answer == Unfit("the solutions do not pass the same tests there as elsewhere: counts.count.test_total")
    assert has_left


@pytest.mark.parametrize(
    ("error", "answer", "leaves"),
    [
        (UnavailableError("no walls"), Unfit("its judge did not start: no walls"), True),
        (CourseError("torn", "grade check"), Failed("torn", "grade check"), False),
    ],
)
def test_a_judge_that_does_not_start(root, monkeypatch, error, answer, leaves):
    def open_judge(*arguments):
        raise error

    monkeypatch.setattr(node, "open_judge", open_judge)
    assert left(GradingNode(root, Isolation.SELF, 2)) == (answer, leaves)


def test_a_copy_without_the_secret_makes_none_up(root):
    (root / ".course-secret").unlink()
    member = GradingNode(root, Isolation.SELF, 2)
    with pytest.raises(UnavailableError, match="this copy of the course has no secret") as refused:
        member.require_fit()
    assert "scp -p" in refused.value.hint
    assert not (root / ".course-secret").exists()
    assert member.introduction.resources == {}


def test_a_worker_of_nobody_answers_too(monkeypatch):
    monkeypatch.setattr(node, "_NODE", [])
    assert node.grade(written(SHEET)) == written(Unfit(node.NO_NODE))
    assert read_sheet(written(SHEET)) == SHEET
