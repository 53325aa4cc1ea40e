"""Right files in odd places are graded; what cannot be read is refused with the reason and what to ask for."""

import functools

import pytest

from grader.course.registry import load_course
from grader.submissions.hand_ins import read_inbox
from tests.submissions.odd import GRADED, PART, REFUSED
from tests.toy_course import make_course

SAMPLES = GRADED | {kind: files for kind, (files, _) in {**PART, **REFUSED}.items()}
NUMBERS = {kind: number for number, kind in enumerate(SAMPLES, 1)}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tmp_path_factory.mktemp("course") / "toy"
    make_course(root)
    return load_course(root)


def upload(folder, files, stub):
    folder.mkdir(parents=True)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stub if data == b"STUB" else data)


@pytest.fixture(scope="module")
def inbox(course, tmp_path_factory):
    """Return a whole class of odd hand-ins, as Moodle's download, read once."""
    folder = tmp_path_factory.mktemp("download")
    stub = (course.root / "exercises/lines/line.py").read_bytes()
    for kind, number in NUMBERS.items():
        upload(folder / f"Odd Person_{number}_assignsubmission_file_", SAMPLES[kind], stub)
    return read_inbox(folder, course, units=["lines"])


def of(inbox, kind):
    (hand_in,) = [hand_in for hand_in in inbox.hand_ins if hand_in.people[0].id == str(NUMBERS[kind])]
    return hand_in


def test_everybody_has_exactly_one_hand_in(inbox):
    assert len(inbox.hand_ins) == len(inbox.students) == len(SAMPLES) >= 37
    assert inbox.reading.layout == "moodle"


@pytest.mark.parametrize("kind", GRADED)
def test_right_files_in_odd_places_are_graded(inbox, kind):
    submission = of(inbox, kind).submission
    assert submission.problem == ""
    assert list(submission.files) == ["line", "shift"]
    assert "def slope" in submission.files["line"]
    assert "def centred" in submission.files["shift"]
    assert "# another" not in submission.files["line"]
    assert not submission.files["line"].startswith("\ufeff")


@pytest.mark.parametrize("kind", PART)
def test_what_is_there_is_graded_where_the_rest_is_missing(inbox, kind):
    submission = of(inbox, kind).submission
    assert (set(submission.files), submission.problem) == (PART[kind][1], "")


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_read_is_refused_with_the_reason(inbox, kind):
    submission = of(inbox, kind).submission
    assert REFUSED[kind][1] in submission.problem
    assert submission.files == {}


def test_places_and_what_is_ignored_are_told(inbox):
    hand_in = of(inbox, "a whole repository as a zip")
    assert hand_in.paths["line"] == "main.zip/course-main/exercises/lines/line.py"
    assert "main.zip/course-main/exercises/lines/test_line.py" in hand_in.submission.ignored
    assert "main.zip/course-main/.venv" in hand_in.submission.ignored
    assert not any("__MACOSX" in path for path in of(inbox, "leftovers of macOS").submission.ignored)


def test_the_same_files_are_located_in_the_plain_layout(course, tmp_path):
    for kind in ("loose", "a whole repository", "a zip in a zip", "a folder in capitals"):
        upload(tmp_path / "class" / kind, SAMPLES[kind], b"")
    submissions = read_inbox(tmp_path / "class", course).submissions
    lines = [submission for submission in submissions if submission.unit == "lines"]
    assert [list(submission.files) for submission in lines] == [["line", "shift"]] * 4
    counts = [submission.student for submission in submissions if submission.unit == "counts"]
    assert counts == ["a whole repository"]


def test_a_wrong_unit_is_named_in_the_plain_layout_where_it_is_asked_for(course, tmp_path):
    upload(tmp_path / "class/ada", {"week 3/count.py": SAMPLES["files of another unit beside"]["count.py"]}, b"")
    upload(tmp_path / "class/bob/lines", GRADED["loose"], b"")
    ada = functools.partial(read_inbox, tmp_path / "class", course)
    problems = {s.unit: s.problem for s in ada(units=["lines"]).submissions if s.student == "ada"}
    assert problems == {"counts": "", "lines": "this is counts, not lines (ask them to hand in line.py, shift.py)"}
    assert {s.unit for s in ada().submissions if s.student == "ada"} == {"counts"}
