"""Runs: refused, missing and failed work becomes results; a judge that dies is replaced once."""

import os
import signal
import sys
from pathlib import Path

import pytest

from grader.autograde import executor, run
from grader.autograde.again import NO_CORE_TWICE, WALL_NOTE
from grader.autograde.journal import NAME, Journal
from grader.autograde.run import autograde
from grader.course.registry import Limits
from grader.errors import CourseError, NotFoundError, UnavailableError
from grader.judge import judges
from grader.judge.client import JudgeFailed
from grader.judge.judges import RevivedJudge, open_judge, require_walls
from grader.judge.protocol import Job
from grader.records import Isolation, Status, TestRecord, Timing, Verdict
from grader.records.run import Finished, Interrupted, Started
from grader.sandbox.isolation import is_visible
from grader.submissions.intake import Submission
from tests.toy_course import COUNT, make_course, write

PASSED = TestRecord("counts", "total", "count.test", "test", True, 2.0, 2.0, Verdict.PASSED)


class StubJudge:
    """Gives full points, or does what a submission's first line says."""

    notes = ("a stub",)

    def __init__(self):
        self.graded = []
        self.earned = 2.0
        self.closed = False
        self.faults = ()

    def grade(self, job, on_record):
        text = job.submission.files["count"]
        self.graded.append(text)
        on_record(TestRecord("counts", "total", "count.test", "test", True, 2.0, self.earned, Verdict.PASSED))
        if text.startswith("# fail"):
            raise JudgeFailed("the judge ended without an answer")
        if text.startswith("# raise"):
            raise ZeroDivisionError("of the grader's own")
        return Timing(0.1, 0.2, 0.3, 0.6)

    def suite_faults(self):
        return self.faults

    def close(self):
        self.closed = True


@pytest.fixture
def judge(monkeypatch):
    stub = StubJudge()
    monkeypatch.setattr(run, "open_judge", lambda root, units, secret, tier: stub)
    return stub


@pytest.fixture
def toy(tmp_path):
    return make_course(tmp_path / "toy")


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "class/s001/counts/count.py", "# good\n")
    write(tmp_path / "class/s002/counts/count.py", "# fail\n")
    write(tmp_path / "class/s003/counts/count.txt", "refused\n")
    write(tmp_path / "class/s004/lines/line.py", "pass\n")
    return tmp_path / "class"


def grade(toy, folder, tmp_path, **options):
    return autograde(toy, folder, out=tmp_path / "out", units=["counts"], jobs=2, **options)


def test_the_judge_is_told_that_files_have_been_tried_on_the_parser(toy, folder, tmp_path, judge, monkeypatch):
    bomb = f"x = {'-' * 17_000}1\n"
    write(folder / "s005/counts/count.py", bomb)
    jobs, grade_one = [], judge.grade
    monkeypatch.setattr(judge, "grade", lambda job, take: jobs.append(job) or grade_one(job, take))
    grade(toy, folder, tmp_path)
    assert jobs
    assert all(job.is_readable for job in jobs)
    assert bomb not in [job.submission.files["count"] for job in jobs]


def test_every_way_to_end_becomes_a_result(toy, folder, tmp_path, judge):
    outcome = grade(toy, folder, tmp_path)
    statuses = {result.student: result.status for result in outcome.results}
    assert statuses == {
        "s001": Status.GRADED,
        "s002": Status.GRADER_ERROR,
        "s003": Status.REJECTED,
        "s004": Status.MISSING,
    }
    assert judge.closed


def test_a_mistake_of_the_graders_own_is_told_and_has_no_points(toy, folder, tmp_path, judge):
    failed = grade(toy, folder, tmp_path).results[1]
    assert failed.remark == "grader error: the judge ended without an answer"
    assert (failed.tests, failed.measured) == ((), 0)


def test_the_outcome_sums_up_what_ran(toy, folder, tmp_path, judge):
    outcome = grade(toy, folder, tmp_path)
    assert (outcome.ran, outcome.reused, outcome.notes) == (1, 0, ("a stub",))
    assert outcome.timing == Timing(0.1, 0.2, 0.3, 0.6)
    assert outcome.per_second == pytest.approx(1 / outcome.seconds)


def test_events_tell_how_far_it_is(toy, folder, tmp_path, judge):
    events = []
    grade(toy, folder, tmp_path, on_event=events.append)
    assert events[0] == Started(total=3, reused=0)
    assert sorted(event.result.student for event in events[1:] if type(event) is Finished) == ["s001", "s002", "s003"]
    events.clear()
    grade(toy, folder, tmp_path, on_event=events.append)
    assert events[0] == Started(total=3, reused=2)


def test_who_looks_at_the_database_meanwhile_sees_how_far_it_is(toy, folder, tmp_path, judge):
    seen = []

    def look(event):
        if type(event) is Finished:
            with Journal(tmp_path / "out" / NAME, read_only=True) as journal:
                seen.append(journal.progress())

    grade(toy, folder, tmp_path, on_event=look)
    assert [(len(progress.done), len(progress.waiting), progress.ended) for progress in seen] == [
        (1, 2, ""),
        (2, 1, ""),
        (3, 0, ""),
    ]
    assert {seen[-1].facts.folder, seen[-1].facts.total, seen[-1].facts.reused} == {str(folder), 3, 0}
    assert Status.GRADER_ERROR in {step.status for step in seen[-1].done}


def test_only_what_failed_or_changed_is_graded_anew(toy, folder, tmp_path, judge):
    grade(toy, folder, tmp_path)
    write(folder / "s001/counts/count.py", "# better\n")
    judge.graded.clear()
    grade(toy, folder, tmp_path)
    assert sorted(judge.graded) == ["# better\n", "# fail\n"]


def test_a_regrade_grades_everything_and_tells_changed_scores(toy, folder, tmp_path, judge):
    grade(toy, folder, tmp_path)
    judge.earned = 1.0
    outcome = grade(toy, folder, tmp_path, regrade=True)
    assert outcome.reused == 0
    (change,) = outcome.changes
    assert (change.student, change.what, change.before, change.after) == ("s001", "total", "2/2", "1/2")
    assert change.why == "it was measured again"


def test_a_failed_regrade_does_not_take_the_place_of_a_score(toy, folder, tmp_path, judge, monkeypatch):
    grade(toy, folder, tmp_path)
    monkeypatch.setattr(judge, "grade", _always_failing)
    assert grade(toy, folder, tmp_path, regrade=True).results[0].status is Status.GRADER_ERROR
    assert grade(toy, folder, tmp_path).results[0].earned == 2.0


def _always_failing(job, on_record):
    raise JudgeFailed("no")


def test_ctrl_c_is_told_with_what_is_kept(toy, folder, tmp_path, judge):
    def stop(event):
        if type(event) is Finished and event.result.status is Status.GRADED:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="of 3 submissions are graded and kept") as caught:
        grade(toy, folder, tmp_path, on_event=stop)
    assert caught.value.exit_code == 130
    assert judge.closed
    judge.graded.clear()
    grade(toy, folder, tmp_path)
    assert judge.graded == ["# fail\n"]


def test_a_student_bundle_cannot_grade(toy, folder, tmp_path):
    (toy.root / "release.json").write_text("{}")
    with pytest.raises(CourseError, match="student bundle"):
        grade(toy, folder, tmp_path)


def test_a_missing_folder_is_told(toy, tmp_path):
    with pytest.raises(NotFoundError, match="no folder"):
        grade(toy, tmp_path / "nothing", tmp_path)


def job(text=COUNT):
    return Job(Submission("counts", {"count": text}), Limits(call_seconds=1), "secret")


def test_a_course_among_what_workers_can_read_is_refused(course, monkeypatch):
    assert is_visible(Path(sys.base_prefix) / "courses")
    assert not is_visible(course.root)
    monkeypatch.setattr("grader.sandbox.probe.is_visible", lambda root: True)
    monkeypatch.setattr("grader.sandbox.probe.require", lambda tier: None)
    with pytest.raises(UnavailableError, match="where sealed workers can read"):
        require_walls(course.root, Isolation.SEALED)
    require_walls(course.root, Isolation.SELF)


def test_a_judge_that_dies_is_replaced_once(course):
    judge = RevivedJudge(course.root, ["counts"], "secret", Isolation.SELF)
    try:
        _kill(judge)
        records = []
        judge.grade(job(), records.append)
        assert [record.verdict for record in records] == [Verdict.PASSED] * 2
        assert judge.notes == ("the judge ended in the middle of the run, and was started once more",)
        _kill(judge)
        with pytest.raises(JudgeFailed, match="and so did the one"):
            judge.grade(job(), records.append)
        assert len(records) == 2
    finally:
        judge.close()


def _kill(judge):
    os.kill(judge._judge._process.pid, signal.SIGKILL)
    judge._judge._process.wait()


def test_where_nothing_forks_a_judge_is_started_for_every_submission(course, monkeypatch):
    monkeypatch.setattr(judges.sys, "platform", "win32")
    judge = open_judge(course.root, ["counts"], "secret", Isolation.SELF)
    assert judge.notes == (judges.COLD_NOTE,)
    monkeypatch.undo()
    records = []
    judge.grade(job("def total(x):\n    return float(x.mean())\n"), records.append)
    judge.close()
    assert [record.verdict for record in records] == [Verdict.FAILED] * 2
    assert records[0].feedback.likely == "It is the mean. Nothing is divided here."


def test_suites_that_cannot_be_collected_stop_the_run(toy):
    write(toy.root / "tests/hidden/counts/test_count.py", "import nothing_of_this_name\n")
    with pytest.raises(CourseError, match="cannot be collected"):
        open_judge(toy.root, ["counts"], "secret", Isolation.SELF).close()


class NoisyJudge(StubJudge):
    """Cannot measure one of two tests until it is asked for it alone."""

    def __init__(self, tries):
        super().__init__()
        self.asked, self.tries = [], tries

    def grade(self, job, on_record):
        self.asked.append(job.tests)
        for test in ("count.gold", "count.other"):
            if not job.tests or test in job.tests:
                noisy = test == "count.other" and len(self.asked) <= self.tries
                earned, verdict = (0.0, Verdict.TOO_NOISY) if noisy else (2.0, Verdict.PASSED)
                on_record(TestRecord("counts", "total", test, "test", True, 2.0, earned, verdict))
        return Timing()


@pytest.fixture
def one_student(tmp_path):
    write(tmp_path / "class/s001/counts/count.py", "# good\n")
    return tmp_path / "class"


def test_a_test_that_was_too_noisy_is_tried_again_alone_in_the_same_run(toy, one_student, tmp_path, monkeypatch):
    judge = NoisyJudge(tries=1)
    monkeypatch.setattr(run, "open_judge", lambda *asked: judge)
    events = []
    outcome = grade(toy, one_student, tmp_path, on_event=events.append)
    assert judge.asked == [(), ("count.other",)]
    assert outcome.results[0].earned == 4.0
    assert len(events) == 2


def test_a_rerun_measures_the_noisy_test_and_keeps_the_gold_of_its_neighbour(toy, one_student, tmp_path, monkeypatch):
    judge = NoisyJudge(tries=2)
    monkeypatch.setattr(run, "open_judge", lambda *asked: judge)
    assert grade(toy, one_student, tmp_path).results[0].earned == 2.0
    assert grade(toy, one_student, tmp_path).results[0].earned == 4.0
    assert judge.asked == [(), ("count.other",), ("count.other",)]
    assert grade(toy, one_student, tmp_path).reused == 1


def test_a_noisy_regrade_does_not_take_a_sound_record_away(toy, one_student, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "open_judge", lambda *asked: NoisyJudge(tries=0))
    assert grade(toy, one_student, tmp_path).results[0].earned == 4.0
    monkeypatch.setattr(run, "open_judge", lambda *asked: NoisyJudge(tries=9))
    assert grade(toy, one_student, tmp_path, regrade=True).results[0].earned == 4.0


BOMB = f"# good\nx = {'-' * 17_000}1\n"


def test_a_file_that_the_parser_gives_up_on_is_listed_and_ends_nothing(toy, folder, tmp_path, judge):
    write(folder / "s001/counts/count.py", BOMB)
    outcome = grade(toy, folder, tmp_path)
    assert len(outcome.results) == 4
    assert outcome.results[0].review == ("count.py cannot be read by Python's parser: nested too deep, line 2",)


def test_what_goes_wrong_with_one_submission_is_its_own_affair(toy, folder, tmp_path, judge, monkeypatch):
    def stumble(files, libraries):
        if files["count"].startswith("# odd"):
            raise RecursionError("maximum recursion depth exceeded")
        return []

    monkeypatch.setattr(executor, "to_review", stumble)
    write(folder / "s001/counts/count.py", "# odd\n")
    write(folder / "s002/counts/count.py", "# raise\n")
    write(folder / "s005/counts/count.py", "# good\n")
    results = {result.student: result for result in grade(toy, folder, tmp_path).results}
    assert (results["s001"].status, results["s005"].status) == (Status.GRADED, Status.GRADED)
    assert "could not be looked through (RecursionError" in results["s001"].review[0]
    assert results["s002"].remark == "grader error: ZeroDivisionError: of the grader's own"


class StarvedJudge(StubJudge):
    """Has no core for one of two tests, as often as it is told."""

    def __init__(self, tries, *, by_wall=False):
        super().__init__()
        self.asked, self.tries, self.by_wall = [], tries, by_wall

    def grade(self, job, on_record):
        self.asked.append(job.tests)
        for test in ("count.quick", "count.slow"):
            if not job.tests or test in job.tests:
                starved = test == "count.slow" and len(self.asked) <= self.tries
                earned, verdict = (0.0, Verdict.NOT_MEASURED) if starved else (2.0, Verdict.PASSED)
                on_record(TestRecord("counts", "total", test, "test", True, 2.0, earned, verdict))
        return Timing(by_wall=self.by_wall)


@pytest.mark.parametrize(("tries", "earned", "review"), [(1, 4.0, ()), (2, 2.0, (f"total: {NO_CORE_TWICE}",))])
def test_a_test_without_a_core_is_tried_once_more_alone(tries, earned, review, toy, one_student, tmp_path, monkeypatch):
    judge = StarvedJudge(tries)
    monkeypatch.setattr(run, "open_judge", lambda *asked: judge)
    result = grade(toy, one_student, tmp_path).results[0]
    assert (result.earned, result.measured, result.review) == (earned, 4.0, review)
    assert judge.asked == [(), ("count.slow",)]
    assert grade(toy, one_student, tmp_path).reused == 1


def test_results_say_that_only_the_wall_was_read(toy, one_student, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "open_judge", lambda *asked: StarvedJudge(0, by_wall=True))
    outcome = grade(toy, one_student, tmp_path)
    assert outcome.notes == ("a stub", WALL_NOTE)
    assert outcome.results[0].timing.by_wall


def test_a_student_s_exception_does_not_write_the_class_table(toy, tmp_path, monkeypatch):
    monkeypatch.setenv("DEEPGRADE_SECRET", "geheim")
    imitation = 'raise RuntimeError("the file grader.py is missing")\n'
    write(tmp_path / "class/s001/counts/count.py", imitation)
    write(tmp_path / "class/s002/counts/count.py", COUNT + imitation.replace("raise", "def total(x): raise"))
    outcome = grade(toy, tmp_path / "class", tmp_path)
    loading, calling = (result.remark for result in outcome.results)
    assert loading == "count.py does not load: RuntimeError"
    assert calling == "wrong: total"
    assert all("grader.py is missing" in result.tests[0].feedback.message for result in outcome.results)
