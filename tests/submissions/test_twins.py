"""Names that a person takes for one are told as doubles, and ids stay as they are."""

import pytest

from grader.submissions.hand_ins import discover, students
from grader.submissions.spellings import plain_form, twins

NFC, NFD = "Jos\u00e9", "Jose\u0301"


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        (NFC, NFD, "only in how their accents are encoded"),
        ("anna", "Anna", "only in capitals"),
        ("anna", "anna ", "only in blanks"),
        ("anna", " anna", "only in blanks"),
        ("anna b", "anna  b", "only in blanks"),
        ("anna", "Anna ", "one does not see"),
        ("anna", "an\u200bna", "one does not see"),
        ("STRASSE", "straße", "one does not see"),
        (f"{NFC} ", NFD, "one does not see"),
    ],
)
def test_twins_are_told_with_what_tells_them_apart(one, other, what):
    messages = twins([one, other, "bert"])
    assert set(messages) == {one, other}
    assert f'"{one}" and "{other}"' in messages[one]
    assert what in messages[one] or "only in capitals" in messages[one]


@pytest.mark.parametrize("names", [["anna", "anne"], ["s1", "s01"], ["a b", "ab"], ["müller", "mueller"]])
def test_different_people_are_no_twins(names):
    assert twins(names) == {}
    assert len({plain_form(name) for name in names}) == 2


@pytest.mark.parametrize(("one", "other"), [(NFC, NFD), ("anna", "Anna"), ("anna", "anna ")])
def test_nobody_is_graded_into_a_twin(root, course, tmp_path, one, other):
    for name, unit in ((one, "lines"), (other, "counting"), ("bert", "lines")):
        (tmp_path / "class" / name / unit).mkdir(parents=True)
        (tmp_path / "class" / name / "lines" / "line.py").parent.mkdir(exist_ok=True)
        (tmp_path / "class" / name / "lines" / "line.py").write_text("x = 1\n")
    submissions = discover(tmp_path / "class", course)
    refused = {
        submission.student
        for submission in submissions
        if submission.problem and "differ only in" in submission.problem
    }
    assert refused == {one, other}
    assert all(not submission.files for submission in submissions if submission.student in (one, other))
    assert [submission.files for submission in submissions if submission.student == "bert"] == [{"line": "x = 1\n"}]


def test_an_id_with_blanks_at_its_ends_stays_as_it_is(course, tmp_path):
    (tmp_path / "class" / " s1 " / "lines").mkdir(parents=True)
    assert students(tmp_path / "class", course) == (" s1 ",)
    assert discover(tmp_path / "class", course)[0].student == " s1 "


def test_two_folders_that_are_shown_alike_are_twins(course, tmp_path):
    for name in ("a\x1bb", "a\\x1bb"):
        (tmp_path / "class" / name / "lines").mkdir(parents=True)
    assert all(
        "handed in more than once" in submission.problem or "differ" in submission.problem
        for submission in discover(tmp_path / "class", course)
    )


@pytest.mark.parametrize("name", ["Lines", "lines ", "lines (1)", "lines-final", "LINES"])
def test_a_folder_that_almost_has_a_units_name_is_read(course, tmp_path, name):
    for folder, file in ((name, "line.py"), ("counting", "count.py")):
        (tmp_path / "class" / "anna" / folder).mkdir(parents=True)
        (tmp_path / "class" / "anna" / folder / file).write_text("x = 1\n")
    counting, lines = discover(tmp_path / "class", course)
    assert counting.files == {"count": "x = 1\n"}
    assert lines.files == {"line": "x = 1\n"}


def test_an_old_copy_beside_the_unit_is_no_problem(course, tmp_path):
    for folder in ("lines", "lines_old"):
        (tmp_path / "class" / "anna" / folder).mkdir(parents=True)
        (tmp_path / "class" / "anna" / folder / "line.py").write_text(f"# {folder}\n")
    (lines,) = discover(tmp_path / "class", course)
    assert lines.files == {"line": "# lines\n"}
