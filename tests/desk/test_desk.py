"""The instructor's desk: results of a run that was interrupted count, and decisions are stored with their author."""

import codecs
import json
import os
import time
from datetime import UTC, datetime

import msgspec
import pytest

from grader.autograde.journal import NAME, Journal
from grader.autograde.saved_results import past_results
from grader.desk.class_files import ClassFiles
from grader.desk.decisions import Author, adjustments, decide, take_back
from grader.errors import DeepgradeError, NotFoundError
from grader.records import Result, Status, TestRecord, Verdict
from grader.records.grades import AdjustmentKind
from grader.records.run import Outcome, RunFacts
from grader.report.data_files import write_json, write_results
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


@pytest.fixture
def settled(course, tmp_path):
    """Return a folder whose tables have everything of the latest run, which ended a minute before."""
    folder = tmp_path / "settled"
    with Journal(folder / NAME) as journal:
        with journal.noting(RunFacts("x", total=3, reused=0), [(name, "counts") for name in ("ada", "ben", "zoë")]):
            for name in ("ada", "ben", "zoë"):
                journal.put(result(name, 1.0))
        everybody = journal.results()
    outcome = Outcome(everybody, seconds=1.0, ran=3, reused=0, everybody=everybody)
    write_results(course, outcome, folder, for_spreadsheet=True)
    in_a_minute = time.time() + 60
    os.utime(folder / "results.json", (in_a_minute, in_a_minute))
    return folder


def half_a_point(student="ada"):
    return list(adjustments(student, "counts", {AdjustmentKind.POINTS: 0.5}, AUTHOR, reason="question 2"))


def test_a_decision_writes_only_what_it_changes_and_reads_no_test(course, settled, monkeypatch):
    before = (settled / "tests.csv").stat()
    monkeypatch.setattr("grader.desk.class_files._results", lambda out: pytest.fail("all tests were read"))
    decided = decide(ClassFiles(course, settled), half_a_point())
    assert [path.name for path in decided.written] == ["results.csv", "results.json"]
    assert decided.change == "1/3 → 1.5/3"
    assert (settled / "tests.csv").stat() == before
    assert (settled / "results.csv").read_bytes().startswith(codecs.BOM_UTF8), "written for a spreadsheet before"


def test_what_is_written_anew_is_what_a_run_would_have_written(course, settled):
    decide(ClassFiles(course, settled), half_a_point("zoë"))
    in_parts = (settled / "results.json").read_bytes()
    assert past_results(settled) == tuple(result(name, 1.0) for name in ("ada", "ben", "zoë"))
    files = ClassFiles(course, settled)
    assert len(files.results[0].tests) == 1, "everything is read now, and so everything is written"
    assert [path.name for path in files.write()] == ["results.csv", "tests.csv", "results.json"]
    assert (settled / "results.json").read_bytes() == in_parts


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: os.utime(folder / "results.json", (1, 1)),
        lambda folder: (folder / "results.json").unlink(),
        lambda folder: (folder / "results.json").write_text(
            (folder / "results.json").read_text().replace("key", "kez")
        ),
    ],
    ids=["older than the journal", "missing", "of other hand-ins"],
)
def test_tables_that_lack_results_are_all_written_anew(course, settled, spoil):
    with Journal(settled / NAME) as journal:
        journal.put(msgspec.structs.replace(result("ada", 2.0), key="a new hand-in"))
    spoil(settled)
    decided = decide(ClassFiles(course, settled), half_a_point())
    assert [path.name for path in decided.written] == ["results.csv", "tests.csv", "results.json"]
    assert decided.change == "2/3 → 2.5/3"


def test_results_that_a_formatter_has_joined_to_one_line_are_written_whole(course, settled):
    path = settled / "results.json"
    whole = json.loads(path.read_bytes())
    path.write_text(json.dumps(whole), encoding="utf-8")
    os.utime(path, (time.time() + 120, time.time() + 120))
    files = ClassFiles(course, settled)
    assert files.write()
    assert json.loads(path.read_bytes())["results"] == whole["results"]


def test_two_who_decide_at_once_both_stand_in_the_table(course, settled, monkeypatch):
    first, second = ClassFiles(course, settled), ClassFiles(course, settled)
    written = first._written

    def slowly():
        paths = written()
        monkeypatch.setattr(first, "_written", written)
        decide(second, half_a_point("ben"))
        written()  # the first one's, without what the second one has decided
        return paths

    monkeypatch.setattr(first, "_written", slowly)
    decide(first, half_a_point("ada"))
    table = (settled / "results.csv").read_text("utf-8-sig")
    assert table.count("+0.5 by tom (question 2)") == 4, "in remarks and decisions of both"


def test_nobody_unknown_is_decided_on(course, out):
    made = list(adjustments("adda", "counts", {AdjustmentKind.BONUS: 1.0}, AUTHOR, reason="why"))
    with pytest.raises(NotFoundError, match='did you mean "ada"'):
        decide(ClassFiles(course, out), made)
