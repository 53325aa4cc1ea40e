"""Grading of notebooks: one judge for many, another one where the course has changed, none that is in doubt."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.course.cut import stub_text
from grader.course.model import Course
from grader.gradebook.schema import NAME
from grader.gradebook.store import Gradebook
from grader.judge.client import JudgeFailed
from grader.nbgrader import grading
from grader.records import Isolation, Result, Status, TestRecord, Timing, Verdict
from grader.submissions.notebooks import notebook_text
from tests.toy_course import make_course, write


class StubJudge:
    """Gives full points; fails, or is closed by its run, if the code says so."""

    notes = ()

    def __init__(self) -> None:
        self.graded: list[str] = []
        self.closed = False

    def grade(self, job, on_record) -> Timing:
        assert not self.closed
        text = job.submission.files["count"]
        self.graded.append(text)
        on_record(TestRecord("counts", "total", "count.test", "test", True, 3.0, 3.0, Verdict.PASSED))
        if "# fail" in text:
            raise JudgeFailed("the judge ended without an answer")
        return Timing()

    def suite_faults(self):
        return ()

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def judges(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[StubJudge]]:
    opened: list[StubJudge] = []
    monkeypatch.setattr(grading, "open_judge", lambda *asked: opened.append(StubJudge()) or opened[-1])
    yield opened
    grading._JUDGES.end()


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return make_course(tmp_path / "toy")


def graded(course: Course, student: str, text: str, stamp: bytes = b"") -> Result:
    notebook = notebook_text("Counting", {"count": text}).encode()
    out = course.root / "results"
    return grading.grade_notebook(course, "counts", student, notebook, results=out, tier=Isolation.SELF, stamp=stamp)


def test_one_judge_grades_one_notebook_after_the_other(course: Course, judges: list[StubJudge]) -> None:
    stub = stub_text(course.root, "counts", "count")
    results = [graded(course, student, f"{stub}# {student}\n") for student in ("anna", "ben")]
    assert [(result.student, result.status, result.earned) for result in results] == [
        ("anna", Status.GRADED, 3.0),
        ("ben", Status.GRADED, 3.0),
    ]
    (judge,) = judges
    assert len(judge.graded) == 2
    assert not judge.closed


def test_an_equal_notebook_is_not_graded_twice(course: Course, judges: list[StubJudge]) -> None:
    stub = stub_text(course.root, "counts", "count")
    assert graded(course, "anna", stub) == graded(course, "anna", stub)
    assert len(judges[0].graded) == 1


def test_a_changed_suite_has_another_judge(course: Course, judges: list[StubJudge]) -> None:
    stub = stub_text(course.root, "counts", "count")
    graded(course, "anna", stub)
    path = course.root / "tests/hidden/counts/test_count.py"
    write(path, path.read_text(encoding="utf-8") + "\n# changed\n")
    graded(course, "anna", stub)
    assert [judge.closed for judge in judges] == [True, False]


def test_a_judge_that_failed_is_not_asked_again(course: Course, judges: list[StubJudge]) -> None:
    stub = stub_text(course.root, "counts", "count")
    assert graded(course, "anna", f"{stub}# fail\n").status is Status.GRADER_ERROR
    assert graded(course, "ben", stub).status is Status.GRADED
    assert [judge.closed for judge in judges] == [True, False]


def test_a_notebook_without_the_unit_s_files_is_refused(course: Course, judges: list[StubJudge]) -> None:
    notebook = notebook_text("Nothing", {}).encode()
    result = grading.grade_notebook(
        course, "counts", "anna", notebook, results=course.root / "results", tier=Isolation.SELF
    )
    assert result.status is Status.REJECTED
    assert "count.py" in result.remark
    assert judges == []


def test_the_time_of_handing_in_is_nbgrader_s(course: Course, judges: list[StubJudge]) -> None:
    graded(course, "anna", stub_text(course.root, "counts", "count"), b"2027-02-01 12:00:00 UTC")
    with Gradebook(course.root / "results" / NAME) as book:
        (attempt,) = book.attempts()
    assert attempt.source == "nbgrader"
    assert attempt.handed_in.isoformat() == "2027-02-01T12:00:00+00:00"
