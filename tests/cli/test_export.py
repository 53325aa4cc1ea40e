"""`grade export`: files for other systems, and what is said about people that they do not know."""

import csv
import io
import json

import pytest

from grader.records import Result, Status
from grader.report.data_files import write_json

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Lines (77),Final Score\n"
    "    Points Possible,,,,,3.00,(read only)\n"
    "Ada,91,,ada@x,A,,\n"
    "Test Student,99,,,A,,\n"
)


@pytest.fixture
def results(root, course, record):
    """Write the results of two students and a roster, and return the folder."""
    graded = [Result(student, "lines", Status.GRADED, tests=(record(points=3),)) for student in ("ada", "cem")]
    write_json(course, graded, root / "results")
    (root / "roster.csv").write_text(
        "id,name,email,canvas_id,moodle_id\nada,Ada,ada@example.org,91,401\ncem,Cem,,,402\n", encoding="utf-8"
    )
    return root / "results"


def rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_canvas_s_table_is_filled_in_and_who_is_missing_is_told(run_in, root, results):
    (root / "downloaded.csv").write_text(CANVAS, encoding="utf-8")
    done = run_in(root, "export", "canvas", "--table", "downloaded.csv", "--title", "lines=Lines")
    assert done.exit_code == 3, done.stderr
    text = " ".join(done.output.split())
    assert "written: results/canvas.csv" in text
    assert "left as they were: Test Student" in text
    assert "no row in the table: cem; their ids on the platform belong into roster.csv" in text
    assert [row["Lines (77)"] for row in rows(results / "canvas.csv")] == ["3.00", "3.00", ""]


def test_other_forms_are_written(run_in, root, results):
    assert run_in(root, "export", "moodle", "--unit", "lines").exit_code == 0
    assert [row["Grade"] for row in rows(results / "moodle-lines.csv")] == ["3.00", "3.00"]
    assert run_in(root, "export", "csv").exit_code == 0
    assert [row["lines_status"] for row in rows(results / "grades.csv")] == ["graded", "graded"]
    assert run_in(root, "export", "json").exit_code == 0
    assert json.loads((results / "grades.json").read_text())["people"][0]["units"]["lines"]["final"] == 3
    assert run_in(root, "export", "junit").exit_code == 0
    assert (results / "junit.xml").read_text().count("<testsuite ") == 2
    done = run_in(root, "export", "gradescope", "--student", "cem", "--to", str(root / "g.json"))
    assert done.exit_code == 0, done.stderr
    assert json.loads((root / "g.json").read_text())["score"] == 3
    assert run_in(root, "export", "classroom50", "--student", "ada").exit_code == 0
    assert json.loads((results / "result.json").read_text())["score"] == 300


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["gradescope"], "2 submissions of lines are there"),
        (["gradescope", "--student", "adda"], 'there is no student "adda"'),
        (["canvas", "--table", "nowhere.csv"], "nowhere.csv cannot be read"),
        (["canvas", "--title", "lines"], '"lines" names no title'),
        (["moodle", "--unit", "line"], "line"),
        (["gradescope", "--autograder"], "takes one unit at a time"),
    ],
)
def test_what_is_missing_is_told_with_the_next_command(run_in, root, results, arguments, what):
    done = run_in(root, "export", *arguments)
    assert done.exit_code == 2
    assert what in " ".join(done.stderr.split())
    assert "try:" in done.stderr


def test_nothing_is_exported_before_anything_is_graded(run_in, root):
    assert "there are no results in" in " ".join(run_in(root, "export", "csv").stderr.split())
