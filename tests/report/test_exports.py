"""Exports are read back by readers that know only the platform's documented form, not the writer."""

import csv
import io
import json
from datetime import UTC, datetime
from xml.etree import ElementTree

import jsonschema
import pytest
from msgspec.structs import replace

from grader.errors import DeepgradeError
from grader.records import Feedback, Result, Status, TestRecord, Verdict
from grader.records.grades import Adjustment, AdjustmentKind, Grade, GradeStatus, Person, UnitGrade
from grader.report.exports.by_test import Submission50, classroom50_json, gradescope_json, junit_xml
from grader.report.exports.document import grades_json, grades_schema
from grader.report.exports.gradebooks import canvas_csv, moodle_csv

TITLES = {"rnn": "Unit 7: RNN", "convolution": "Unit 6"}


def person(name, number, **fields):
    ids = {"canvas_id": f"9{number}", "sis_login": f"{name}@x", "moodle_id": f"40{number}"}
    return Person(name, name.title(), f"{name}@example.org", platforms=ids, line=number, **fields)


def grade(whose, **finals):
    units = {
        unit: points
        if isinstance(points, UnitGrade)
        else UnitGrade(whose.id, unit, GradeStatus.GRADED, points, 40.0, 40.0, points)
        for unit, points in finals.items()
    }
    return Grade(whose, units, 1.0, 2.0, True)


EXCUSED = UnitGrade("cem", "rnn", GradeStatus.EXCUSED, out_of=40.0)
BLANK = UnitGrade("dea", "rnn", GradeStatus.NOT_MEASURED, out_of=40.0)
LATE = UnitGrade(
    "eva",
    "rnn",
    GradeStatus.GRADED,
    30.0,
    40.0,
    40.0,
    29.0,
    penalty=4.0,
    late_days=2,
    free_days=1,
    adjustments=(Adjustment("eva", "rnn", AdjustmentKind.POINTS, 3.0, "=the test was unclear", "ta"),),
)
CLASS = (
    grade(person("ada", 1), rnn=38.25, convolution=1 / 3),
    grade(person("cem", 2), rnn=EXCUSED, convolution=0.0),
    grade(person("dea", 3), rnn=BLANK, convolution=12.0),
    grade(person("eva", 4), rnn=LATE, convolution=40.0),
    grade(person("fay", 5, withdrawn=True), rnn=20.0, convolution=20.0),
)
CANVAS = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Unit 6 (771),Unit 7: RNN (772),Final Score\n"
    ",,,,,Manual Posting,,(read only)\n"
    "    Points Possible,,,,,40.00,40.00,(read only)\n"
    '"Ada, the first",91,,ada@x,A,,,\n'
    "Cem,92,,cem@x,A,,,\n"
    "Dea,93,,dea@x,A,,11.00,\n"
    "Eva,,,eva@example.org,B,,,\n"
    "Fay,95,,fay@x,B,,,\n"
    "Test Student,99,,,B,,,\n"
)


def rows_of(text):
    """Return a table as Canvas and Moodle read it: by the names in its header."""
    return list(csv.DictReader(io.StringIO(text)))


def test_canvas_gets_its_own_rows_and_only_these_columns_back():
    export = canvas_csv(CLASS, TITLES, CANVAS)
    rows = rows_of(export.text)
    assert [*rows[0]] == [
        "Student",
        "ID",
        "SIS User ID",
        "SIS Login ID",
        "Section",
        "Unit 7: RNN (772)",
        "Unit 6 (771)",
    ]
    assert rows[1]["Student"] == "    Points Possible"
    assert rows[1]["Unit 6 (771)"] == "40.00"
    by_name = {row["Student"]: (row["Unit 7: RNN (772)"], row["Unit 6 (771)"]) for row in rows}
    assert by_name["Ada, the first"] == ("38.25", "0.33")
    assert by_name["Cem"] == ("EX", "0.00")
    assert by_name["Dea"] == ("", "12.00")  # an empty cell leaves Canvas's grade as it is
    assert by_name["Eva"] == ("29.00", "40.00")
    assert by_name["Fay"] == ("", "")
    assert (export.unmatched, export.left_blank, export.filled) == ((), ("Fay", "Test Student"), 4)


def test_canvas_without_a_table_uses_the_roster_s_ids():
    rows = rows_of(canvas_csv(CLASS, TITLES).text)
    assert rows[0]["Student"].strip() == "Points Possible"
    assert rows[0]["Unit 7: RNN"] == "40.00"
    assert [(row["ID"], row["SIS Login ID"], row["Unit 7: RNN"]) for row in rows[1:]] == [
        ("91", "ada@x", "38.25"),
        ("92", "cem@x", "EX"),
        ("93", "dea@x", ""),
        ("94", "eva@x", "29.00"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("Unit 6 (771)", "Unit 5 (771)", 'no column for "Unit 6"; its assignments are: Unit 5, Unit 7: RNN'),
        ("Unit 6 (771)", "Unit 7: RNN (773)", '2 columns named "Unit 7: RNN"'),
        ("    Points Possible", "    Punkte", 'no row "Points Possible"'),
        ("40.00,40.00", "10,40.00", '"Unit 6" is out of 10 points on the platform and of 40 in the course'),
        ("40.00,40.00", "ten,40.00", '"Unit 6" is out of "ten", which is no number'),
    ],
)
def test_what_canvas_s_table_lacks_is_told(old, new, what):
    with pytest.raises(DeepgradeError) as caught:
        canvas_csv(CLASS, TITLES, CANVAS.replace(old, new, 1))
    assert what in caught.value.message
    assert caught.value.hint


def test_points_are_scaled_only_when_somebody_says_so():
    export = canvas_csv(CLASS, TITLES, CANVAS.replace("40.00,40.00", "10,40.00"), scale=True)
    assert rows_of(export.text)[5]["Unit 6 (771)"] == "10.00"


WORKSHEET = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
    "Participant 401,Ada,ada@example.org,Submitted,,40.00,Yes,-,-,\n"
    "Participant 77,Cem,CEM@example.org,Submitted,5.00,40.00,Yes,-,-,keep\n"
    "Participant 404,Eva,,Submitted,,40.00,Yes,-,-,\n"
    "Participant 403,Dea,,Submitted,7.00,40.00,No,-,-,\n"
    "Participant 500,Nobody,,,,40.00,Yes,-,-,\n"
)


def test_moodle_s_worksheet_comes_back_with_grades_and_nothing_else_changed():
    export = moodle_csv(CLASS, "rnn", WORKSHEET)
    before, after = rows_of(WORKSHEET), rows_of(export.text)
    assert [row["Grade"] for row in after] == ["38.25", "5.00", "29.00", "7.00", ""]
    assert after[2]["Feedback comments"] == "2 days late, 1 of them free: −4; by hand: +3 (=the test was unclear)"
    for old, new in zip(before, after, strict=True):
        changed = {name for name in old if old[name] != new[name]}
        assert changed <= {"Grade", "Feedback comments"}
    assert export.left_blank == ("Participant 77 (Cem)", "Participant 403 (Dea)", "Participant 500 (Nobody)")
    assert export.unmatched == ()


def test_moodle_needs_its_identifiers():
    nobody = [replace(one, person=replace(one.person, platforms={})) for one in CLASS]
    with pytest.raises(DeepgradeError, match="nobody in the roster has a moodle_id"):
        moodle_csv(nobody, "rnn")
    rows = rows_of(moodle_csv(CLASS, "rnn").text)
    assert [row["Identifier"] for row in rows] == [f"Participant 40{number}" for number in (1, 2, 3, 4)]


def record(task, earned, verdict, *, hidden=False, **feedback):
    return TestRecord(
        "rnn", task, f"cells.test_{task}", "agrees with torch", hidden, 2.0, earned, verdict, Feedback(**feedback)
    )


RESULT = Result(
    "ada",
    "rnn",
    Status.GRADED,
    tests=(
        record("lstm", 2.0, Verdict.PASSED),
        record("gru", 0.25, Verdict.FAILED, message="the result is wrong", got="[1]", expected="[2]"),
        record("bptt", 0.0, Verdict.FAILED, hidden=True, message="secret", got="[41.5]", expected="[42.5]"),
        record("fast", 0.0, Verdict.TOO_NOISY),
    ),
)
REFUSED = Result("cem", "rnn", Status.REJECTED, remark="no \x00 file")


def test_gradescope_reads_points_and_no_hidden_value():
    text = gradescope_json(RESULT)
    document = json.loads(text)
    assert document["score"] == pytest.approx(sum(test["score"] for test in document["tests"]))
    assert [(test["score"], test["max_score"]) for test in document["tests"]] == [(2, 2), (0.25, 2), (0, 2), (0, 0)]
    assert "the result is wrong" in document["tests"][1]["output"]
    assert not any(value in text for value in ("secret", "41.5", "42.5"))
    assert document["stdout_visibility"] == "hidden"
    refused = json.loads(gradescope_json(REFUSED))
    assert (refused["score"], refused["tests"]) == (0, [])


def test_gradescope_s_score_is_the_grade_with_lateness():
    assert json.loads(gradescope_json(RESULT, LATE))["score"] == 29.0


def test_gradescope_s_score_is_that_of_the_tests_while_the_grade_is_open():
    assert json.loads(gradescope_json(RESULT, BLANK))["score"] == 2.25


PLACE = Submission50(
    "ml", "rnn", "submit/2026-11-30T10-00-00Z-abc", "https://example.org/c/abc", "https://example.org/r"
)
CLASSROOM50 = {
    "type": "object",
    "required": ["schema", "classroom", "assignment", "submission", "commit", "release", "review", "datetime"],
    "properties": {
        "schema": {"const": "classroom50/result/v1"},
        "datetime": {"pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$"},
        "score": {"type": "integer", "minimum": 0},
        "max-score": {"type": "integer", "minimum": 0},
        "tests": {
            "items": {
                "required": ["test-name", "passed", "score", "max-score"],
                "properties": {"score": {"type": "integer"}, "passed": {"type": "boolean"}},
            }
        },
    }
    | {name: {"type": "string", "minLength": 1} for name in ("classroom", "assignment", "submission", "review")},
}


def test_no_export_has_the_case_of_a_hidden_test():
    name, title = "gru.test_shapes[41-7]", "shapes (41-7)"
    case = TestRecord("rnn", "gru", name, title, True, 2.0, 0.0, Verdict.FAILED, seconds=9.87)
    result = Result("ada", "rnn", Status.GRADED, tests=(case,))
    at = datetime(2026, 11, 30, tzinfo=UTC)
    for text in (gradescope_json(result), classroom50_json(result.counting, PLACE, at), junit_xml([result])):
        assert "shapes" in text
        assert "41-7" not in text
        assert "9.87" not in text.partition("testcase")[2]


def test_classroom50_gets_whole_numbers_that_add_up():
    document = json.loads(classroom50_json(RESULT.counting, PLACE, datetime(2026, 11, 30, 12, tzinfo=UTC)))
    jsonschema.validate(document, CLASSROOM50)
    assert (document["score"], document["max-score"]) == (225, 600)
    assert document["score"] == sum(test["score"] for test in document["tests"])
    assert document["datetime"] == "2026-11-30T12:00:00Z"


def test_junit_s_counts_are_those_of_its_cases_and_hold_no_hidden_value():
    text = junit_xml([RESULT, REFUSED])
    suites = ElementTree.fromstring(text)
    for suite in suites:
        assert int(suite.get("tests")) == len(suite.findall("testcase"))
        for kind in ("failure", "error", "skipped"):
            counted = int(suite.get({"failure": "failures", "error": "errors"}.get(kind, kind)))
            assert counted == len(suite.findall(f"testcase/{kind}"))
    assert not any(value in text for value in ("secret", "41.5", "42.5", "\x00"))


def test_the_document_follows_its_schema_and_writes_unknown_points_as_null():
    document = json.loads(grades_json("ml", CLASS))
    jsonschema.validate(document, grades_schema())
    people = {one["id"]: one for one in document["people"]}
    assert people["dea"]["units"]["rnn"]["final"] is None
    assert people["ada"]["units"]["convolution"]["final"] == 0.33
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document | {"people": [{}]}, grades_schema())
