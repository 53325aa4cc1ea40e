"""A run on other machines with a pretended scheduler: lost schedulers, unfit and lying workers, and Ctrl-C."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from grader.autograde.journal import NAME, Journal
from grader.autograde.run import autograde
from grader.cluster.cluster_judge import ClusterJudge
from grader.cluster.sheets import Failed, GradedSheet, Rehearsed, Unfit, read_sheet, written
from grader.judge.client import JudgeFailed, JudgesGone
from grader.judge.protocol import Fault
from grader.records import Isolation, Status, TestRecord, Timing, Verdict
from tests.toy_course import COUNT, write

STUDENTS = ("anna", "ben", "cleo", "dora")
PASSED = TestRecord("counts", "total", "count.test", "test", True, 2.0, 2.0, Verdict.PASSED)


def graded(sheet):
    return written(Rehearsed() if sheet.job is None else GradedSheet((PASSED,), Timing(total=1.0)))


class PretendedLine:
    """Answers at once, by a list of surprises first; counts what happens."""

    def __init__(self, *surprises):
        self.surprises = list(surprises)
        self.sent, self.notes, self.renewed = [], [], 0
        self._lock = threading.Lock()

    def send(self, text, key, *, timed):
        future, sheet = Future(), read_sheet(text)
        with self._lock:
            self.sent.append((key, sheet, timed))
            surprise = self.surprises.pop(0) if self.surprises and sheet.job is not None else None
        if surprise == "lost":
            future.cancel()
            future.set_running_or_notify_cancel()
        elif isinstance(surprise, Exception):
            future.set_exception(surprise)
        elif surprise != "never":
            future.set_result(surprise or graded(sheet))
        return future

    def generation(self):
        return self.renewed

    def renew(self, generation):
        with self._lock:
            self.renewed += generation == self.renewed

    def reason_of(self, error):
        return f"in other words: {error}"

    def note_unfit(self, reason):
        self.notes.append(reason)

    @property
    def keys(self):
        return [key for key, sheet, _ in self.sent if sheet.job is not None]


@pytest.fixture
def run(course, tmp_path):
    for name in STUDENTS:
        write(tmp_path / f"class/{name}/counts/count.py", COUNT)

    def run(line, **options):
        def opened(root, units, secret, tier):
            return ClusterJudge(course, line, units, tier)

        folder, out = tmp_path / "class", tmp_path / "out"
        return autograde(
            course, folder, out=out, jobs=2, opener=opened, units=["counts"], machine=("there",), **options
        )

    return run


def kept(tmp_path):
    with Journal(tmp_path / "out" / NAME, read_only=True) as journal:
        return {result.student: result.status for result in journal.results()}


def test_a_class_is_graded_elsewhere(run, monkeypatch, tmp_path):
    monkeypatch.setenv("DEEPGRADE_SECRET", "of this test")
    line = PretendedLine()
    outcome = run(line)
    assert [result.earned for result in outcome.results] == [2.0] * 4
    assert len({*line.keys}) == 4
    assert all(not sheet.job.secret and not sheet.job.submission.student for _, sheet, _ in line.sent if sheet.job)
    assert set(kept(tmp_path).values()) == {Status.GRADED}


def test_a_job_goes_to_the_scheduler_that_came_back_under_its_key(run):
    line = PretendedLine("lost", "lost")
    assert [result.status for result in run(line).results] == [Status.GRADED] * 4
    assert len(line.keys) == 6
    assert len({*line.keys}) == 4
    assert line.renewed in (1, 2)


def test_a_scheduler_that_does_not_come_back_ends_the_run_and_blames_nobody(run, tmp_path, monkeypatch):
    def gone(self, generation):
        raise JudgesGone("the scheduler did not come back", "start it again")

    monkeypatch.setattr(PretendedLine, "renew", gone)
    line = PretendedLine(None, None, *["lost"] * 9)
    with pytest.raises(JudgesGone):
        run(line)
    assert {*kept(tmp_path).values()} <= {Status.GRADED}
    assert [result.status for result in run(PretendedLine()).results] == [Status.GRADED] * 4


def test_the_jobs_of_a_worker_that_is_unfit_go_to_others_under_new_keys(run):
    line = PretendedLine(written(Unfit("no walls any more")))
    assert [result.status for result in run(line).results] == [Status.GRADED] * 4
    assert line.notes == ["no walls any more"]
    assert len({*line.keys}) == 5


@pytest.mark.parametrize(
    ("surprise", "remark"),
    [
        (written(Failed("the judge hung")), "grader error: the judge hung"),
        (RuntimeError("4 workers ended"), "grader error: in other words: 4 workers ended"),
        ({"a": "pickle"}, "grader error: a worker answered with dict"),
    ],
)
def test_one_bad_answer_costs_one_result_which_the_next_run_makes_good(run, surprise, remark):
    results = run(PretendedLine(surprise)).results
    failed = [result for result in results if result.status is Status.GRADER_ERROR]
    assert [result.remark.startswith(remark) for result in failed] == [True]
    assert [result.status for result in run(PretendedLine()).results] == [Status.GRADED] * 4


def test_faults_of_one_machine_go_with_each_job_to_the_others(course):
    fault = Fault("counts", "count.test_total", Verdict.FAILED, "no")
    line = PretendedLine()
    judge = ClusterJudge(course, line, ["counts"], Isolation.SEALED)
    line.send = lambda text, key, *, timed: done(written(Rehearsed((fault,))))
    assert judge.suite_faults() == (fault,)
    assert judge._faults == (fault,)


def done(text):
    future = Future()
    future.set_result(text)
    return future


def test_closing_gives_up_what_is_out(course):
    line = PretendedLine("never")
    judge = ClusterJudge(course, line, ["counts"], Isolation.SEALED)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(judge._answer, read_sheet(SHEET))
        while not judge._running:
            pass
        judge.close()
        assert isinstance(waiting.exception(), JudgeFailed)
    with pytest.raises(JudgeFailed):
        judge.suite_faults()


SHEET = b'{"units":["counts"],"tier":"sealed","job":{"submission":{"unit":"counts"},"limits":{},"secret":""}}'
