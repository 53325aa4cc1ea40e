"""The instructor's desk: results of a run that was interrupted count, and decisions are stored with their author."""

from datetime import UTC, datetime

import pytest

from grader.autograde.journal import NAME, Journal
from grader.desk.class_files import ClassFiles
from grader.desk.decisions import Author, adjustments, decide, take_back
from grader.errors import DeepgradeError, NotFoundError
from grader.records import Result, Status, TestRecord, Verdict
from grader.records.grades import AdjustmentKind
from grader.records.run import RunFacts
from grader.report.data_files import write_json
from tests.toy_course import make_course

AUTHOR = Author("tom", datetime(2027, 2, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("course"))


def result(student, earned):
    test = TestRecord("counts", "total", "count.test_total", "total", True, 3.0, earned, Verdict.FAILED)
    return Result(student, "counts", Status.GRADED, tests=(test,))


@pytest.fixture
def out(course, tmp_path):
    """Return a folder with tables of a run, and a later run that was stopped after one of two."""
    folder = tmp_path / "results"
    with Journal(folder / NAME) as journal:
        for name in ("ada", "ben"):
            journal.put(result(name, 1.0))
        write_json(course, journal.results(), folder)
        with journal.noting(RunFacts("x", total=2, reused=0), [("ada", "counts"), ("ben", "counts")]):
            journal.put(result("ada", 2.0))
    return folder


def test_what_an_interrupted_run_has_graded_counts(course, out):
    files = ClassFiles(course, out)
    assert [(one.student, one.earned) for one in files.results] == [("ada", 2.0), ("ben", 1.0)]


def test_a_decision_tells_points_before_and_after_and_writes_the_tables(course, out):
    files = ClassFiles(course, out)
    values = {AdjustmentKind.POINTS: 0.5}
    decided = decide(files, list(adjustments("ada", "counts", values, AUTHOR, reason="question 2")))
    assert decided.lines == ("+0.5 by tom (question 2)",)
    assert decided.change == "2/3 → 2.5/3"
    assert {path.name for path in decided.written} == {"results.csv", "tests.csv", "results.json"}
    undone = take_back(files, "ada", "counts", AUTHOR)
    assert undone.change == "2.5/3 → 2/3"
    comment = decide(files, list(adjustments("ada", "counts", {}, AUTHOR, comment="well done")))
    assert comment.change == "2/3, as before"


@pytest.mark.parametrize(
    ("values", "reason", "message"),
    [
        ({}, "", "nothing to adjust"),
        ({AdjustmentKind.BONUS: 1.0}, " ", "needs its reason"),
        ({AdjustmentKind.POINTS: float("nan")}, "why", "not a number of points"),
    ],
)
def test_a_decision_without_reason_or_number_is_refused(values, reason, message):
    with pytest.raises(DeepgradeError, match=message):
        list(adjustments("ada", "counts", values, AUTHOR, reason=reason))


def test_nobody_unknown_is_decided_on(course, out):
    made = list(adjustments("adda", "counts", {AdjustmentKind.BONUS: 1.0}, AUTHOR, reason="why"))
    with pytest.raises(NotFoundError, match='did you mean "ada"'):
        decide(ClassFiles(course, out), made)
