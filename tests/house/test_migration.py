"""What version 0.1.0 left behind, brought to this version as the changelog says.

`first_version/records.json` was written by that version's `grade autograde`, cut to some of the tests; `course.toml` is
that version's, cut to four tasks, with another level of feedback.
"""

import contextlib
import json
import re
import sqlite3
import tomllib
from pathlib import Path

import pytest

from grader import __version__
from grader.autograde.journal import Journal
from grader.course.registry import load_course
from grader.course.suite import equivalents_of
from grader.errors import CourseError
from grader.gradebook.schema import APPLICATION
from grader.gradebook.store import Gradebook
from grader.records import Verdict
from grader.records.disclosure import Level
from grader.records.grades import AdjustmentKind
from grader.report.pages.feedback_view import UnitFacts, feedback_view
from grader.report.pages.html import feedback_html
from tests.gradebook.made import adjusted
from tests.tiny_course import write

ROOT = Path(__file__).parents[2]
LEFT_BEHIND = Path(__file__).parent / "first_version"
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
TABLE = "CREATE TABLE result (student TEXT, unit TEXT, key TEXT, record BLOB, PRIMARY KEY (student, unit))"


@pytest.fixture
def database(tmp_path):
    """Return a database as the first version wrote it."""
    path = tmp_path / "journal.sqlite"
    records = json.loads((LEFT_BEHIND / "records.json").read_text(encoding="utf-8"))
    with contextlib.closing(sqlite3.connect(path)) as first:
        first.execute(TABLE)
        for record in records:
            row = (record["student"], record["unit"], record["key"], json.dumps(record).encode())
            first.execute("INSERT INTO result VALUES (?, ?, ?, ?)", row)
        first.execute(f"PRAGMA application_id={APPLICATION}")
        first.execute("PRAGMA user_version=1")
        first.commit()
    return path


def test_a_database_of_the_first_version_is_read_and_keeps_its_format(database):
    before = database.read_bytes()
    with Journal(database, read_only=True) as journal:
        anna, ben, carl = journal.results()
    assert database.read_bytes() == before
    earned = [sum(test.earned for test in one.tests) for one in (anna, ben, carl)]
    assert earned == [2, 0, 0]
    assert {test.verdict for test in carl.tests} == {Verdict.NOT_ATTEMPTED}
    assert ben.tests[0].feedback.differs.startswith("at 3 of 4 places")


def test_decisions_are_stored_beside_its_results(database):
    with Gradebook(database) as book:
        book.adjust([adjusted("perceptron", AdjustmentKind.POINTS, 1, reason="question 2", by="tom")])
    with Journal(database) as journal:
        assert [one.student for one in journal.results()] == ["anna", "ben", "carl"]
    with contextlib.closing(sqlite3.connect(database)) as file:
        assert file.execute("SELECT count(*) FROM tests").fetchone() == (8,)


def test_its_results_become_pages(database):
    course = load_course(ROOT)
    facts = UnitFacts(course.title, course.unit("perceptron"), Level.EVERYTHING)
    with Journal(database, read_only=True) as journal:
        pages = [feedback_html(feedback_view(facts, result)) for result in journal.results()]
    assert "at 3 of 4 places" in pages[1]
    assert "the threshold is 0" in pages[1].lower()


@pytest.fixture
def first_course(tmp_path):
    """Return a course as the first version wrote it."""
    root = tmp_path / "course"
    write(root / "course.toml", (LEFT_BEHIND / "course.toml").read_text(encoding="utf-8"))
    for unit in ("perceptron", "backprop"):
        (root / "exercises" / unit).mkdir(parents=True)
        (root / "tests" / "hidden" / unit).mkdir(parents=True)
    return root


def test_a_registry_of_the_first_version_is_refused_with_what_to_write(first_course):
    with pytest.raises(CourseError, match="units no longer stand in this file") as caught:
        load_course(first_course)
    assert "exercises/perceptron/unit.toml" in caught.value.hint


def test_the_changelog_s_program_migrates_a_registry(first_course, monkeypatch):
    (program,) = re.findall(r"```python\n(.*?)```", CHANGELOG, re.DOTALL)
    monkeypatch.chdir(first_course)
    exec(compile(program, "CHANGELOG.md", "exec"), {})
    course = load_course(first_course)
    assert [(unit.name, len(unit.tasks)) for unit in course.units] == [("perceptron", 2), ("backprop", 2)]
    assert course.rules.feedback.hidden is Level.NAME
    assert course.limits.call_seconds == 5
    assert len(equivalents_of(first_course, "perceptron")) == 1
    assert equivalents_of(first_course, "backprop") == ()


def test_the_version_stands_in_one_place_and_its_notes_come_first():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {__version__}\n" in citation
    assert re.findall(r"(?m)^## (.*)$", CHANGELOG)[0] == __version__
    assert "version" in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dynamic"]
