"""Receipts: the student's code in the cells of the tasks, results below the tests, and no markup of anybody's."""

import json
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from grader.nbgrader.course_folder import CourseFolder
from grader.nbgrader.entries import Entry
from grader.nbgrader.receipt import Code, code_of, receipt_text
from grader.records.grades import Person
from tests.toy_course import make_course

FILE = '''\
"""Mine."""
import numpy as np

HALF = 0.5

@np.vectorize
def slope(x, y):
    return helper(x) / y


def helper(x):
    return x
'''


def graded(name, **fields):
    nbgrader = {"grade_id": name, "grade": True, "solution": False, "points": 2, "schema_version": 3} | fields
    return {"cell_type": "code", "metadata": {"nbgrader": nbgrader}, "source": ["hidden"], "outputs": []}


SOURCE = json.dumps(
    {
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": ["# Lines"]},
            {"cell_type": "code", "metadata": {}, "source": ["import numpy as np"], "outputs": []},
            graded("slope", grade=False, solution=True),
            graded("test_a"),
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
)
ENTRY = Entry(Person("anna"), None, {"test_a": 1.0}, {"test_a": "x a: 1/2"}, {})


def sources(text):
    return ["".join(cell["source"]) for cell in json.loads(text)["cells"]]


@pytest.fixture(scope="module")
def unit(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("toy")).unit("lines")


def test_every_line_of_a_file_is_shown_once(unit):
    code = code_of(unit, {"line": FILE})
    assert code.tasks["slope"].startswith("@np.vectorize\ndef slope")
    assert code.tasks["residuals"] == "# residuals is not in line.py."
    shown = sorted(f"{code.tasks['slope']}\n{code.rest['line.py']}".split("\n"))
    assert shown == sorted(FILE.split("\n"))


def test_a_file_with_a_syntax_error_is_shown_too(unit):
    code = code_of(unit, {"line": FILE + "\n)"})
    assert "return helper(x) / y" in code.tasks["slope"]


def test_the_student_s_code_and_the_results_stand_in_their_cells():
    text = receipt_text(SOURCE, ENTRY, Code({"slope": "def slope(): <b>"}, {"line.py": "import os"}))
    assert sources(text) == ["# Lines", "# line.py, besides the tasks\nimport os", "def slope(): <b>", "hidden"]
    cells = json.loads(text)["cells"]
    assert cells[3]["outputs"] == [{"output_type": "stream", "name": "stdout", "text": ["x a: 1/2\n"]}]
    assert {cell["cell_type"] for cell in cells[1:]} == {"code"}


def test_a_receipt_without_the_code_says_how_to_see_it():
    assert "--submissions" in sources(receipt_text(SOURCE, ENTRY, None))[1]


def test_the_times_are_those_that_formgrader_compares(tmp_path):
    folder, moment = CourseFolder(tmp_path), datetime(2027, 2, 1, 12, tzinfo=UTC)
    entry = replace(ENTRY, handed_in=moment)
    folder.write("lines", SOURCE, {"anna": (entry, "{}")})
    written = (tmp_path / "submitted/anna/lines/timestamp.txt").read_text()
    assert written == "2027-02-01 12:00:00.000000 UTC"
    assert (tmp_path / "autograded/anna/lines/timestamp.txt").read_text() == written
    folder.write("lines", "other", {"anna": (ENTRY, "{}")})
    assert not (tmp_path / "submitted/anna/lines/timestamp.txt").exists()
    assert (tmp_path / "source/lines/lines.ipynb").read_text() == SOURCE


def test_a_time_that_nbgrader_noted_stays(tmp_path):
    collected = tmp_path / "submitted/anna/lines"
    collected.mkdir(parents=True)
    (collected / "lines.ipynb").write_text("{}")
    (collected / "timestamp.txt").write_text("2027-02-03 08:00:00.5 UTC")
    folder = CourseFolder(tmp_path)
    entry = folder.as_collected(ENTRY, "lines")
    assert str(entry.handed_in) == "2027-02-03 08:00:00.500000+00:00"
    folder.write("lines", SOURCE, {"anna": (entry, "{}")})
    assert (collected / "timestamp.txt").read_text() == "2027-02-03 08:00:00.5 UTC"
