"""Files for spreadsheets and programs: complete, atomic, and harmless to open."""

import csv
import io
import json

import msgspec
import pytest

from grader import atomic
from grader.atomic import write_atomically
from grader.course.registry import Course, Unit
from grader.errors import DeepgradeError
from grader.gradebook.book import ClassBook
from grader.records import Feedback, Result, Status, TestRecord, Timing, Verdict
from grader.records.grades import Adjustment, AdjustmentKind, Person
from grader.records.run import Change, Outcome
from grader.report.data_files import changes_csv, details_csv, number, plain, results_csv, results_json, write_results
from grader.report.scores import unsettled
from grader.report.table import to_settle

COURSE = Course(".", "demo", "Demo", units=(Unit("lines", "Lines"), Unit("counts", "Counts")))


def record(unit, earned, verdict=Verdict.PASSED, **feedback):
    return TestRecord(unit, "slope", "line.test", "test", True, 2.5, earned, verdict, Feedback(**feedback), 0.25)


RESULTS = (
    Result("s001", "lines", Status.GRADED, tests=(record("lines", 2.5),), timing=Timing(total=1.0)),
    Result("s001", "counts", Status.GRADED, tests=(record("counts", 1 / 3, Verdict.FAILED),), remark="odd"),
    Result("s002", "lines", Status.MISSING, remark="not submitted"),
    Result("s002", "counts", Status.GRADER_ERROR, remark="grader error: x"),
    Result(
        "=cmd|x",
        "lines",
        Status.GRADED,
        tests=(record("lines", 0, Verdict.FAILED, message='-1 instead\nof 2\x1b[31m, "so"', likely="@all"),),
        remark="+evil",
    ),
)


def table(text):
    return list(csv.reader(io.StringIO(text)))


def column(text, name):
    heading, *rows = table(text)
    return {row[0]: row[heading.index(name)] for row in rows}


def test_one_row_per_student():
    heading, *rows = table(results_csv(COURSE, RESULTS))
    assert heading == [
        *("student", "lines", "lines_points", "counts", "counts_points", "total", "total_points", "remarks"),
        *("lines_status", "counts_status"),
        *("lines_final", "lines_late_days", "lines_penalty", "lines_by_hand"),
        *("counts_final", "counts_late_days", "counts_penalty", "counts_by_hand"),
        *("final", "final_points", "name", "section"),
    ]
    assert [row[:10] for row in rows] == [
        [
            *("=cmd|x", "0.00", "2.50", "", "", "0.00", "2.50", "lines: +evil; counts: not submitted"),
            *("graded", "not submitted"),
        ],
        ["s001", "2.50", "2.50", "0.33", "2.50", "2.83", "5.00", "counts: odd", "graded", "graded"],
        [
            *("s002", "0.00", "2.50", "", "", "0.00", "2.50", "lines: not submitted; counts: grader error: x"),
            *("not submitted", "not measured"),
        ],
    ]
    assert rows[1][10:] == ["2.50", "0", "0.00", "", "0.33", "0", "0.00", "", "2.83", "5.00", "", ""]
    assert rows[2][10:] == ["0.00", "0", "0.00", "", "", "0", "0.00", "", "0.00", "2.50", "", ""]


def test_final_points_follow_from_the_gradebook():
    people = (Person("s001", "=Anna", section="A", line=2), Person("s003", withdrawn=True, line=3))
    extra = Adjustment("s001", "counts", AdjustmentKind.POINTS, 1, "-1 was wrong", "tom", number=1)
    excused = Adjustment("s002", "counts", AdjustmentKind.EXCUSE, 0, "ill", "tom", number=2)
    book = ClassBook(people, (extra, excused))
    text = results_csv(COURSE, RESULTS, grades=book.grades(COURSE, RESULTS))
    assert column(text, "counts_final") == {"=cmd|x": "0.00", "s001": "1.33", "s002": "", "s003": ""}
    assert column(text, "counts") == {"=cmd|x": "", "s001": "0.33", "s002": "", "s003": ""}
    assert column(text, "counts_by_hand")["s001"] == "'+1 by tom (-1 was wrong)"
    assert column(text, "name")["s001"] == "'=Anna"
    assert column(text, "final") == {"=cmd|x": "0.00", "s001": "3.83", "s002": "0.00", "s003": ""}
    assert column(text, "counts_status")["s002"] == "excused"
    assert column(text, "remarks") == {
        "=cmd|x": "not in the roster; lines: +evil; counts: not submitted",
        "s001": "counts: +1 by tom (-1 was wrong); odd",
        "s002": "not in the roster; lines: not submitted; counts: excused by tom (ill); grader error: x",
        "s003": "withdrawn",
    }
    assert unsettled(RESULTS, book.grades(COURSE, RESULTS)) == []
    assert len(unsettled(RESULTS)) == 1


def test_every_cell_is_quoted_and_ids_stand_as_they_are():
    results = [Result(name, "lines", Status.MISSING) for name in (" s1 ", "007", "=1+1", "Zoë;=2")]
    lines = results_csv(COURSE, results).splitlines()
    assert all(line.startswith('"') and line.endswith('"') and line.count('"') == 30 for line in lines)
    assert [line.split(",")[0] for line in lines[1:]] == ['" s1 "', '"007"', '"=1+1"', '"Zoë;=2"']


def test_a_spreadsheet_gets_a_byte_order_mark_and_ids_that_it_does_not_compute(tmp_path):
    results = [Result("=1+1", "lines", Status.MISSING), Result("Zoë", "lines", Status.MISSING)]
    outcome = Outcome(tuple(results), seconds=1.0, ran=0, reused=0)
    for path in write_results(COURSE, outcome, tmp_path, for_spreadsheet=True)[:3]:
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert [row[0] for row in table((tmp_path / "results.csv").read_text(encoding="utf-8-sig"))[1:]] == ["'=1+1", "Zoë"]
    assert not write_results(COURSE, outcome, tmp_path)[0].read_bytes().startswith(b"\xef\xbb\xbf")


REFUSED = Result("s001", "lines", Status.REJECTED, remark="line.py is a link")
GRADED = Result("s002", "lines", Status.GRADED, tests=(record("lines", 2.5),))


@pytest.mark.parametrize(
    ("student", "shown"),
    [("anna", "anna/lines"), ("anna ", '"anna /lines"'), (" anna", '" anna/lines"'), ("a  b", '"a  b/lines"')],
)
def test_what_is_to_be_settled_stands_as_zero_takes_it(student, shown):
    assert to_settle([msgspec.structs.replace(REFUSED, student=student)])[1] == f"{shown}: line.py is a link"


def test_what_others_have_to_be_settled_is_counted_where_one_student_is_named():
    assert to_settle([REFUSED], {"s002"}) == ["1 of other students not settled, see results.csv"]
    assert to_settle([REFUSED], {"s001"})[1:] == ["s001/lines: line.py is a link"]


def test_what_was_refused_is_blank_with_its_reason_until_a_person_says_zero():
    _, row, _ = table(results_csv(COURSE, [REFUSED, GRADED]))
    assert row[:8] == ["s001", "", "", "", "", "refused: line.py is a link", "refused", ""]
    _, row, _ = table(results_csv(COURSE, [msgspec.structs.replace(REFUSED, zero=True), GRADED]))
    assert row[1:5] == ["0.00", "2.50", "0.00", "2.50"]
    assert row[5:8] == ["refused, counts as zero: line.py is a link", "refused", "0.00"]


def test_a_total_says_what_it_was_measured_without():
    short = Result("s001", "lines", Status.GRADED, tests=(record("lines", 2.5),), without=("line.test_x",))
    full = msgspec.structs.replace(GRADED, tests=(record("lines", 2.5), record("lines", 2.5)))
    _, row, _ = table(results_csv(COURSE, [short, full]))
    assert row[5] == "measured 2.5 of 5 points, too few for a grade; without line.test_x"


def test_changes_say_who_what_from_to_and_why():
    change = Change("=x", "lines", "slope", "1/2", "2/2", "the submission changed")
    assert table(changes_csv([("2031-05-01T12:00:00+00:00", change)])) == [
        ["when", "student", "unit", "what", "from", "to", "why"],
        ["2031-05-01T12:00:00+00:00", "=x", "lines", "slope", "1/2", "2/2", "the submission changed"],
    ]


def test_one_row_per_test():
    heading, *rows = table(details_csv(RESULTS))
    assert heading == ["student", "unit", "task", "test", "hidden", "points", "earned", "verdict", "likely", "message"]
    assert rows[0] == ["s001", "lines", "slope", "line.test", "yes", "2.50", "2.50", "passed", "", ""]
    assert rows[2][0] == "=cmd|x"
    assert rows[2][7:] == ["failed", "'@all", '\'-1 instead of 2\\x1b[31m, "so"']
    assert len(rows) == 3


@pytest.mark.parametrize(
    "text",
    [*("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n-1", "＝1+1", "＋1", "－1", "＠SUM(A1)"), '"=1'],
)
def test_no_text_of_a_students_is_computed_by_a_spreadsheet(text):
    assert not plain(text).lstrip('"').startswith(tuple("=+-@＝＋－＠\t\r\n "))


@pytest.mark.parametrize("text", ["a;=1+1", "a; =1+1", 'a;"=1+1&"', "a\t=1", "a;\t+1", "a;＝1", "=a;=b;-c", "a;;@x"])
def test_no_text_is_computed_where_a_semicolon_ends_a_cell(text):
    cells = [cell.strip(' "') for cell in plain(text).split(";")]
    assert not any(cell.startswith(tuple("=+-@＝＋－＠")) for cell in cells)


@pytest.mark.parametrize("text", ["s001", "größer = gleich", "1 - 2", ""])
def test_other_text_stays_as_it_is(text):
    assert plain(text) == text


def test_numbers_are_plain():
    texts = [number(value) for value in (0.0, 38.0, 2.5, 1 / 3, 1e6, 100.0)]
    assert texts == ["0.00", "38.00", "2.50", "0.33", "1000000.00", "100.00"]


def test_json_has_everything_and_can_be_read_back():
    document = json.loads(results_json(COURSE, RESULTS))
    assert document["version"] == 2
    assert document["course"] == {"name": "demo", "title": "Demo"}
    assert tuple(msgspec.convert(document["results"], list[Result])) == RESULTS
    assert document["results"][0]["earned"] == 2.5
    assert document["students"][1]["total"] == {"earned": pytest.approx(17 / 6), "points": 5.0, "known": True}


def test_json_holds_nothing_that_steers_a_terminal():
    name = "s\x1b[2J\x9b31m\u202e"
    text = results_json(COURSE, [Result(name, "lines", Status.REJECTED, remark=name)])
    assert text.isascii()
    assert all(character.isprintable() or character == "\n" for character in text)
    assert json.loads(text)["results"][0]["student"] == name


def test_all_files_are_written(tmp_path):
    outcome = Outcome(RESULTS, seconds=1.0, ran=3, reused=0)
    names = [path.name for path in write_results(COURSE, outcome, tmp_path / "new")]
    assert names == ["results.csv", "tests.csv", "changes.csv", "results.json"]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(names)
    assert (tmp_path / "new/results.csv").read_bytes() == results_csv(COURSE, RESULTS).encode()


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = write_atomically(tmp_path / "results.csv", b"old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(DeepgradeError, match="no room left on the disk for"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["results.csv"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DeepgradeError, match="cannot be written"):
        write_atomically(tmp_path / "file" / "results.csv", b"")
