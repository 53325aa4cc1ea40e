"""The roster: what is read, and every problem with its line."""

import pytest

from grader.errors import DeepgradeError
from grader.gradebook.roster import attendance, people_of, read_roster
from grader.records.grades import Person

GOOD = """\
id,name,email,section,extra_days,group,status,canvas_id,github
anna,Anna Adler,anna@x.edu,A,2,one,,1001,anna-a
ben,"Berg, Ben",ben@x.edu,B,,one,withdrawn,1002,
"""


@pytest.fixture
def write(tmp_path):
    def make(content):
        path = tmp_path / "roster.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


ANNA = Person(
    "anna",
    "Anna Adler",
    "anna@x.edu",
    "A",
    extra_days=2,
    group="one",
    platforms={"canvas_id": "1001", "github": "anna-a"},
    line=2,
)
BEN = Person("ben", "Berg, Ben", "ben@x.edu", "B", 0, "one", True, {"canvas_id": "1002"}, 3)


@pytest.mark.parametrize(
    "content",
    [GOOD, GOOD.replace("\n", "\r\n"), b"\xef\xbb\xbf" + GOOD.encode(), GOOD.replace("\nben", "\n\n , ,\nben")],
)
def test_a_good_roster_is_read(write, content):
    roster = read_roster(write(content))
    assert roster.problems == ()
    assert roster.people[0] == ANNA
    assert roster.people[1].id == "ben"
    assert roster.people[1].withdrawn
    assert people_of(write(GOOD)) == (ANNA, BEN)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_spreadsheets_separate_by_other_signs(write, delimiter):
    assert read_roster(write(f"id{delimiter}name\nanna{delimiter}Adler, Anna\n")).people == (
        Person("anna", "Adler, Anna", line=2),
    )


def test_a_cell_of_two_lines_does_not_shift_the_lines_of_problems(write):
    roster = read_roster(write('id,name\nanna,"Adler\nAnna"\nben,Ben\nben,Ben\n'))
    assert [(problem.line, problem.is_fatal) for problem in roster.problems] == [(5, True)]


@pytest.mark.parametrize(
    ("rows", "line", "what", "is_fatal"),
    [
        ("id,nam\nanna,A\n", 1, 'the column "nam" is not used; did you mean "name"?', False),
        ("id,id\nanna,A\n", 1, 'there are 2 columns "id"', True),
        ("id,name\nanna,Adler, Anna\n", 2, "3 cells in 2 columns", True),
        ("id,name\n,Anna\n", 2, "the id is empty", True),
        ("id\nanna\nanna \n", 3, 'the id "anna " begins or ends with a blank', False),
        ("id\nanna\nben\nanna\n", 4, 'the id "anna" stands in line 2 too', True),
        ("id\nanna\nAnna\n", 3, '"Anna" looks like "anna" in line 2: one person?', False),
        ("id\nJose\u0301\nJos\u00e9\n", 3, "looks like", False),
        ("id,extra_days\nanna,two\n", 2, 'extra_days "two" is no whole number', True),
        ("id,extra_days\nanna,-1\n", 2, 'extra_days "-1" is no whole number', True),
        ("id,status\nanna,gone\n", 2, 'the status "gone" is neither "active" nor "withdrawn"', True),
        ("id,email\nanna,a@x\nben,A@x\n", 3, 'email "A@x" is that of line 2 too', False),
        ("id,canvas_id\nanna,7\nben,7\n", 3, 'canvas_id "7" is that of line 2 too', False),
    ],
)
def test_a_problem_is_named_with_its_line(write, rows, line, what, is_fatal):
    problems = read_roster(write(rows)).problems
    assert [problem.line for problem in problems if what in problem.text] == [line]
    assert any(problem.is_fatal for problem in problems) == is_fatal


def test_what_leaves_open_who_somebody_is_stops_grading(write):
    with pytest.raises(DeepgradeError, match=r"roster\.csv, line 3: the id \"anna\" stands in line 2 too"):
        people_of(write("id\nanna\nanna\n"))
    assert [person.id for person in people_of(write("id\nanna\nAnna\n"))] == ["anna", "Anna"]


def test_without_a_roster_nobody_is_known(tmp_path):
    assert people_of(tmp_path / "roster.csv") == ()


def test_a_roster_without_ids_or_in_another_encoding_is_refused(write):
    with pytest.raises(DeepgradeError, match='line 1: there is no column "id"'):
        read_roster(write("name\nanna\n"))
    with pytest.raises(DeepgradeError, match='there is no column "id"'):
        read_roster(write(""))
    with pytest.raises(DeepgradeError, match="line 2: this is not UTF-8") as caught:
        read_roster(write("id,name\nzoe,Zoë\n".encode("latin-1")))
    assert "CSV UTF-8" in caught.value.hint


def test_a_class_is_compared_with_its_roster():
    people = [
        Person("anna", line=2),
        Person("ben", line=3),
        Person("carl", withdrawn=True, line=4),
        Person("dora", withdrawn=True, line=5),
        Person("eva", group="one", line=6),
        Person("finn", group="one", line=7),
    ]
    seen = attendance(people, ["Anna", "zed", "carl", "bin", "eva"])
    assert seen.unknown == {
        "Anna": '"anna" in line 2 differs in case, blanks or Unicode form',
        "bin": 'did you mean "ben"?',
        "zed": "",
    }
    assert [person.id for person in seen.absent] == ["anna", "ben"]
    assert [person.id for person in seen.withdrawn] == ["carl"]
