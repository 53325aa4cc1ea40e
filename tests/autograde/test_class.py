"""The class as the journal knows it: all units ever graded, one student or task alone, and what a person decides."""

import pytest

from grader.autograde import run
from grader.autograde.run import autograde
from grader.course.registry import load_course
from grader.errors import DeepgradeError, NotFoundError
from grader.judge.client import JudgeFailed
from grader.records import Status, TestRecord, Timing, Verdict
from grader.report.scores import rows, unsettled
from tests.toy_course import make_course, write


class Judge:
    """Gives each task's one test as many points as the file's first line says."""

    notes = ()

    def __init__(self):
        self.asked, self.fails = [], False

    def grade(self, job, on_record):
        self.asked.append((job.unit, job.tasks))
        if self.fails:
            raise JudgeFailed("no")
        for task in job.tasks or {"lines": ("slope", "residuals"), "counts": ("total",)}[job.unit]:
            earned = float(next(iter(job.submission.files.values())).split()[1])
            on_record(TestRecord(job.unit, task, f"x.test_{task}", "t", True, 2.0, earned, Verdict.PASSED))
        return Timing()

    def suite_faults(self):
        return ()

    def close(self):
        pass


@pytest.fixture
def judge(monkeypatch):
    stub = Judge()
    monkeypatch.setattr(run, "open_judge", lambda *asked: stub)
    return stub


@pytest.fixture
def grade(tmp_path, judge):
    root = make_course(tmp_path / "toy").root
    write(tmp_path / "class/anna/lines/line.py", "# 1\n")
    write(tmp_path / "class/anna/counts/count.py", "# 2\n")
    write(tmp_path / "class/bert/lines/notes.txt", "refused\n")

    def start(**options):
        return autograde(load_course(root), tmp_path / "class", out=tmp_path / "out", jobs=1, **options)

    start.course = load_course(root)
    return start


def table(outcome):
    return {(result.student, result.unit): result.status.value for result in outcome.everybody}


def test_one_unit_after_the_other_brings_the_whole_class(grade):
    assert table(grade(units=["lines"])) == {("anna", "lines"): "graded", ("bert", "lines"): "rejected"}
    both = grade(units=["counts"])
    assert table(both) == {
        ("anna", "lines"): "graded",
        ("anna", "counts"): "graded",
        ("bert", "lines"): "rejected",
        ("bert", "counts"): "missing",
    }
    assert len(both.results) == 2


def test_what_is_handed_in_and_in_no_run_yet_is_neither_zero_nor_missing(grade, tmp_path):
    grade()
    write(tmp_path / "class/carl/lines/line.py", "# 1\n")
    outcome = grade(units=["counts"])
    assert table(outcome)["carl", "lines"] == "waiting"
    (carl,) = [row for row in rows(grade.course, outcome.everybody) if row.student == "carl"]
    assert (carl.units["lines"].known, carl.statuses["lines"]) == (False, "not graded yet")


def test_a_result_stays_when_the_hand_in_is_gone_and_a_note_says_so(grade, tmp_path):
    grade()
    (tmp_path / "class/anna/lines/line.py").unlink()
    (tmp_path / "class/anna/lines").rmdir()
    outcome = grade()
    assert table(outcome)["anna", "lines"] == "graded"
    assert any("no longer in the folder (they stay as they were): anna lines" in note for note in outcome.notes)


def test_only_the_named_student_is_graded(grade, judge, tmp_path):
    write(tmp_path / "class/carl/lines/line.py", "# 1\n")
    outcome = grade(students=["carl"], units=["lines"])
    assert judge.asked == [("lines", ())]
    assert {result.student for result in outcome.results} == {"carl"}
    with pytest.raises(NotFoundError, match='no folder of a student "Carl"; did you mean "carl"'):
        grade(students=["Carl"])


def test_only_the_named_task_is_run_anew_and_the_others_stand(grade, judge, tmp_path):
    first = grade(units=["lines"])
    judge.asked.clear()
    again = grade(tasks=["residuals"], regrade=True)
    assert judge.asked == [("lines", ("residuals",))]
    assert next(result for result in again.everybody if result.student == "anna").tests == first.results[0].tests
    write(tmp_path / "class/anna/lines/line.py", "# 2\n")
    changed = grade(tasks=["lines.slope"])
    assert judge.asked[-1] == ("lines", ()), "another submission is graded whole"
    assert {(change.what, change.before, change.after, change.why) for change in changed.changes} == {
        ("slope", "1/2", "2/2", "the submission changed"),
        ("residuals", "1/2", "2/2", "the submission changed"),
    }


def test_a_change_of_the_suite_is_named_as_the_reason(grade, judge, tmp_path):
    grade(units=["lines"])
    write(tmp_path / "toy/tests/hidden/lines/strategies.py", "x = 1\n")
    judge.grade = lambda job, on_record, given=judge.grade: given(job, lambda test: on_record(lowered(test)))
    outcome = grade(units=["lines"])
    assert {change.why for change in outcome.changes} == {"the suite changed"}
    assert [change for _, change in grade(units=["lines"]).history] == list(outcome.changes)


def lowered(test):
    return TestRecord(test.unit, test.task, test.test, "t", True, 2.0, 0.0, Verdict.FAILED)


def test_what_was_refused_is_nobodys_zero_until_a_person_says_so(grade, tmp_path):
    assert [(result.student, result.unit) for result in unsettled(grade().everybody)] == [("bert", "lines")]
    outcome = grade(zero=["bert/lines"])
    assert unsettled(outcome.everybody) == []
    assert [(change.before, change.after, change.why) for change in outcome.changes] == [
        ("refused", "0", "a person said so")
    ]
    assert unsettled(grade(regrade=True).everybody) == [], "the word stands"
    write(tmp_path / "class/bert/lines/notes.txt", "refused as well\n")
    write(tmp_path / "class/bert/lines/more.txt", "another hand-in\n")
    assert len(unsettled(grade().everybody)) == 1, "another hand-in needs another word"
    with pytest.raises(DeepgradeError, match="anna/lines is not a refused hand-in"):
        grade(zero=["anna/lines"])
    with pytest.raises(NotFoundError, match='"bert" names no hand-in'):
        grade(zero=["bert"])


def test_a_failed_grading_never_takes_a_score_away(grade, judge):
    grade(units=["lines"])
    judge.fails = True
    outcome = grade(units=["lines"], regrade=True)
    assert table(outcome)["anna", "lines"] == Status.GRADED
    assert any("anna lines could not be graded anew, its result of before stays" in note for note in outcome.notes)


def test_a_unit_that_the_course_no_longer_has_stays_in_the_journal_and_in_no_total(grade, tmp_path):
    grade()
    text = (tmp_path / "toy/course.toml").read_text(encoding="utf-8")
    write(tmp_path / "toy/course.toml", text.replace(', "counts"', ""))
    course = load_course(tmp_path / "toy")
    outcome = autograde(course, tmp_path / "class", out=tmp_path / "out", jobs=1)
    assert {result.unit for result in outcome.everybody} == {"lines"}
    assert any("the course no longer has counts" in note for note in outcome.notes)
    write(tmp_path / "toy/course.toml", text)
    assert table(grade())["anna", "counts"] == "graded", "with the unit back, its results are back"
