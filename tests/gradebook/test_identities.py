"""Platforms' names become the roster's ids where these say so, and nowhere else."""

import pytest

from grader.gradebook.identities import identifier
from grader.records.grades import Person
from grader.submissions.platforms.records import Delivery, Identity

PEOPLE = [
    Person("anna", "Anna Adler", "anna@x.edu", platforms={"canvas_id": "1001", "github": "Anna-A"}, line=2),
    Person("ben", "Ben Berg", "shared@x.edu", platforms={"moodle_id": "1001", "sis_login": "bb7"}, line=3),
    Person("carl", "Carl Cohn", "shared@x.edu", line=4),
]


@pytest.mark.parametrize(
    ("name", "identity", "student"),
    [
        ("adleranna", Identity("canvas", id="1001"), "anna"),
        ("Berg Ben", Identity("moodle", id="1001"), "ben"),
        ("submission_7", Identity("gradescope", id="7", email="Anna@X.edu"), "anna"),
        ("anna-a", Identity("classroom", login="anna-a"), "anna"),
        ("x", Identity("canvas", id="9", login="BB7"), "ben"),
        ("x", Identity("classroom", login="carl"), "carl"),
        ("submission_8", Identity("gradescope", email="shared@x.edu"), "submission_8"),
        ("Anna Adler", Identity("moodle", name="Anna Adler", id="5"), "Anna Adler"),
        ("anna", Identity("moodle", id="1001"), "anna"),
        ("zed", Identity("plain", id="1001"), "zed"),
    ],
)
def test_ids_decide_and_likeness_does_not(name, identity, student):
    assert identifier(PEOPLE)(Delivery(name, name, list, (identity,))) == student
