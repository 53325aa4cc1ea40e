"""Handing in: what a student packs is what an instructor reads; whatever else lies there is told, never followed."""

import hashlib
import os
import socket
import zipfile

import msgspec
import pytest

from grader.errors import NotFoundError, RejectedError
from grader.submissions import trees
from grader.submissions.hand_ins import discover, pack, students
from grader.submissions.intake import MAX_FILE_BYTES, Submission
from tests.tiny_course import write

TEXT = "def slope(x, y):\n    return 1\n"


@pytest.fixture
def inbox(tmp_path):
    folder = tmp_path / "submissions"
    folder.mkdir()
    return folder


def only(folder, course):
    """Return the one submission of the unit `lines`."""
    submissions = [submission for submission in discover(folder, course) if submission.unit == "lines"]
    assert len(submissions) == 1
    return submissions[0]


def zip_of(path, entries):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
    return path


def manifest(**fields):
    stated = {"course": "tiny", "unit": "lines", "files": {}, "engine": "0", "format": 1} | fields
    return msgspec.json.encode(stated)


def test_what_is_packed_is_what_is_read(course, root, inbox):
    pack(course, "lines", inbox / "ada")
    assert discover(inbox, course) == [
        Submission("lines", {"line": (root / "exercises/lines/line.py").read_text()}, "ada")
    ]


def test_packing_twice_gives_the_same_bytes(course, root, tmp_path):
    first = pack(course, "lines", tmp_path / "a")
    os.utime(root / "exercises/lines/line.py", (1, 1))
    second = pack(course, "lines", tmp_path / "b" / "named.zip")
    assert first.name == "lines.zip"
    assert second.name == "named.zip"
    assert first.read_bytes() == second.read_bytes()


def test_the_archive_holds_the_stubs_and_a_manifest_only(course, root, tmp_path):
    write(root / "exercises/lines/notes.txt", "private")
    with zipfile.ZipFile(pack(course, "lines", tmp_path)) as archive:
        assert archive.namelist() == ["lines/line.py", "manifest.json"]
        stated = msgspec.json.decode(archive.read("manifest.json"))
        digest = hashlib.sha256(archive.read("lines/line.py")).hexdigest()
    assert stated["files"] == {"lines/line.py": digest}
    assert (stated["course"], stated["unit"]) == ("tiny", "lines")


def test_packing_an_unknown_unit_or_a_missing_file_is_told(course, root, tmp_path):
    with pytest.raises(NotFoundError, match='no unit "linse"'):
        pack(course, "linse", tmp_path)
    (root / "exercises/lines/line.py").unlink()
    with pytest.raises(NotFoundError, match=r"exercises/lines/line\.py is missing"):
        pack(course, "lines", tmp_path)


@pytest.mark.parametrize("data", [b"# \xff", b"#" * (MAX_FILE_BYTES + 1)])
def test_packing_what_would_be_refused_is_told_before_it_is_handed_in(course, root, tmp_path, data):
    (root / "exercises/lines/line.py").write_bytes(data)
    with pytest.raises(RejectedError, match=r"line\.py"):
        pack(course, "lines", tmp_path)
    assert not (tmp_path / "lines.zip").exists()


def test_folders_are_read_and_other_files_noted(course, inbox):
    write(inbox / "ada/lines/line.py", TEXT)
    write(inbox / "ada/lines/extra.py", "import os")
    write(inbox / "ada/lines/line.py~", "import os")
    write(inbox / "ada/lines/more/line.py", "import os")
    write(inbox / "ada/lines/__pycache__/line.pyc", "")
    write(inbox / "ada/lines/.DS_Store", "")
    assert only(inbox, course) == Submission(
        "lines", {"line": TEXT}, "ada", ignored=("lines/extra.py", "lines/line.py~", "lines/more/line.py")
    )


def test_students_and_units_come_sorted_and_missing_units_are_not_listed(course, inbox):
    write(inbox / "zoe/lines/line.py", TEXT)
    write(inbox / "ada/lines/line.py", TEXT)
    write(inbox / "ada/counting/count.py", "x = 1")
    (inbox / "nobody").mkdir()
    assert [(submission.student, submission.unit) for submission in discover(inbox, course)] == [
        ("ada", "counting"),
        ("ada", "lines"),
        ("zoe", "lines"),
    ]
    assert students(inbox, course) == ("ada", "nobody", "zoe")


def test_names_in_any_script_stay_and_control_characters_are_escaped(course, inbox):
    for name in ("Zoë van Dijk", "李雷", "محمد", "evil\x1b[2J", "flip\u202eped"):
        write(inbox / name / "lines/line.py", TEXT)
    names = {submission.student for submission in discover(inbox, course)}
    assert names == {"Zoë van Dijk", "李雷", "محمد", "evil\\x1b[2J", "flip\\u202eped"}


def test_a_folder_name_that_is_no_text_is_escaped(course, inbox):
    try:
        (inbox / "caf\udce9").mkdir()
    except OSError:
        pytest.skip("this file system holds text names only")
    write(inbox / "caf\udce9/lines/line.py", TEXT)
    assert only(inbox, course).student == "caf\\udce9"
    msgspec.json.encode(only(inbox, course))


@pytest.mark.parametrize("name", ["lines.zip", "hand-in (2).ZIP"])
def test_a_zip_with_the_units_folder_is_read(course, inbox, name):
    zip_of(inbox / "ada" / name, {"lines/line.py": TEXT, "lines/notes.txt": "", "__MACOSX/lines/._line.py": ""})
    assert only(inbox, course) == Submission("lines", {"line": TEXT}, "ada", ignored=(f"{name}/lines/notes.txt",))


def test_a_zip_without_folder_is_placed_by_its_manifest_or_its_name(course, inbox):
    zip_of(inbox / "ada/a.zip", {"line.py": TEXT, "manifest.json": manifest()})
    zip_of(inbox / "bob/lines.zip", {"line.py": TEXT})
    assert [(submission.unit, submission.problem) for submission in discover(inbox, course)] == [
        ("lines", ""),
        ("lines", ""),
    ]


def test_one_zip_may_hold_several_units(course, inbox):
    zip_of(inbox / "ada/all.zip", {"lines/line.py": TEXT, "counting/count.py": "x = 1"})
    assert [submission.unit for submission in discover(inbox, course)] == ["counting", "lines"]


@pytest.mark.parametrize(
    ("note", "what"),
    [
        (manifest(course="other\x1b"), 'packed for the course "other\\x1b", not for "tiny"'),
        (manifest(format=99), "newer version"),
        (b"{", "manifest.json is broken"),
        (b"\xff", "manifest.json is broken"),
        (manifest(files=3), "manifest.json is broken"),
    ],
)
def test_a_manifest_that_does_not_fit_is_told(course, inbox, note, what):
    zip_of(inbox / "ada/lines.zip", {"lines/line.py": TEXT, "manifest.json": note})
    submission = only(inbox, course)
    assert what in submission.problem
    assert submission.files == {}


def test_a_zip_whose_unit_cannot_be_told_counts_for_every_unit_that_is_not_there(course, inbox):
    zip_of(inbox / "ada/homework.zip", {"work.py": "x = 1"})
    write(inbox / "ada/counting/count.py", "x = 1")
    counting, lines = discover(inbox, course)
    assert counting.problem == ""
    assert lines.problem == "none of line.py was handed in; found homework.zip/work.py (ask them for these files)"


def test_files_that_are_no_units_are_told_where_nothing_else_is_there(course, inbox):
    write(inbox / "ada/notes.py", "x = 1")
    assert only(inbox, course).problem == "none of line.py was handed in; found notes.py (ask them for these files)"
    write(inbox / "ada/lines/line.py", TEXT)
    assert only(inbox, course).problem == ""


def test_a_unit_handed_in_twice_is_refused(course, inbox):
    write(inbox / "ada/lines/line.py", TEXT)
    zip_of(inbox / "ada/lines.zip", {"lines/line.py": TEXT})
    assert only(inbox, course).files == {"line": TEXT}
    zip_of(inbox / "ada/lines.zip", {"lines/line.py": TEXT + "# changed"})
    problem = "two files can be line.py: lines.zip/lines/line.py and lines/line.py (ask them which one counts)"
    assert only(inbox, course).problem == problem


def test_a_unit_without_any_of_its_files_is_refused(course, inbox):
    write(inbox / "ada/lines/notes.md", TEXT)
    problem = "none of line.py was handed in; found lines/notes.md (ask them for these files)"
    assert only(inbox, course) == Submission("lines", student="ada", problem=problem, ignored=("lines/notes.md",))


@pytest.mark.parametrize("place", ["ada", "ada/lines", "ada/lines/line.py", "ada/lines/notes.txt"])
def test_links_are_refused_and_not_followed(course, inbox, tmp_path, place):
    secret = write(tmp_path / "secret/lines/line.py", "SECRET = 1")
    target = {"ada": tmp_path / "secret", "ada/lines": secret.parent}.get(place, secret)
    (inbox / place).parent.mkdir(parents=True, exist_ok=True)
    (inbox / place).symlink_to(target)
    submission = only(inbox, course)
    assert "is a link" in submission.problem
    assert submission.files == {}


def test_a_linked_archive_is_refused(course, inbox, tmp_path):
    (inbox / "ada").mkdir()
    (inbox / "ada/lines.zip").symlink_to(zip_of(tmp_path / "real.zip", {"lines/line.py": TEXT}))
    assert "is a link" in only(inbox, course).problem


@pytest.mark.parametrize("name", ["line.py", "other"])
def test_a_named_pipe_is_refused_without_waiting(course, inbox, name):
    (inbox / "ada/lines").mkdir(parents=True)
    os.mkfifo(inbox / "ada/lines" / name)
    assert only(inbox, course).problem == f"lines/{name} is not a regular file"


def test_a_pipe_instead_of_an_archive_is_refused(course, inbox):
    (inbox / "ada").mkdir()
    os.mkfifo(inbox / "ada/lines.zip")
    assert "not a regular file" in only(inbox, course).problem


def test_a_socket_is_refused(course, inbox, monkeypatch):
    (inbox / "ada/lines").mkdir(parents=True)
    monkeypatch.chdir(inbox / "ada/lines")  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("line.py")
        assert only(inbox, course).problem == "lines/line.py is not a regular file"


def test_a_file_or_folder_in_the_others_place_is_refused(course, inbox):
    write(inbox / "ada/lines", "a file")
    assert "none of line.py was handed in" in only(inbox, course).problem
    (inbox / "bob/lines/line.py").mkdir(parents=True)
    bob = [submission for submission in discover(inbox, course) if submission.student == "bob"]
    assert bob[0].problem == "none of line.py was handed in (ask them for these files)"


def test_too_many_entries_are_refused(course, inbox, monkeypatch):
    assert trees.MAX_ENTRIES == 10_000
    monkeypatch.setattr(trees, "MAX_ENTRIES", 20)
    for number in range(21):
        write(inbox / f"ada/lines/{number}.txt", "")
    assert "more than 20 entries" in only(inbox, course).problem


def test_a_large_file_is_refused(course, inbox):
    write(inbox / "ada/lines/line.py", "#" * (MAX_FILE_BYTES + 1))
    assert only(inbox, course).problem == "line.py is larger than 2048 KiB (ask them to hand in the .py files alone)"


def test_one_bad_hand_in_does_not_stop_the_others(course, inbox):
    write(inbox / "ada/lines/line.py", TEXT)
    (inbox / "bob/lines").mkdir(parents=True)
    (inbox / "bob/lines/line.py").write_bytes(b"\xff")
    write(inbox / "cyd/lines.zip", "no zip")
    problems = [bool(submission.problem) for submission in discover(inbox, course)]
    assert problems == [False, True, True]


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.write_text("")])
@pytest.mark.parametrize("ask", [students, discover])
def test_a_folder_without_students_is_told_with_what_was_expected(course, tmp_path, make, ask):
    folder = tmp_path / "inbox"
    make(folder)
    with pytest.raises(NotFoundError) as caught:
        ask(folder, course)
    assert "submissions/<student>/<unit>.zip" in caught.value.hint


def test_junk_and_hidden_folders_are_no_students(course, inbox):
    for name in (".git", "__MACOSX", "__pycache__"):
        (inbox / name).mkdir()
    write(inbox / "roster.csv", "ada")
    with pytest.raises(NotFoundError, match="no student's folder"):
        discover(inbox, course)


def test_whatever_a_hand_in_makes_a_library_raise_refuses_it_and_nothing_else(course, inbox):
    deep = b'{"course": "tiny", "unit": "lines", "more": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    zip_of(inbox / "eve" / "lines.zip", {"line.py": TEXT, "manifest.json": deep})
    write(inbox / "zoe/lines/line.py", TEXT)
    eve, zoe = discover(inbox, course)
    assert (eve.student, eve.files) == ("eve", {})
    assert eve.problem
    assert zoe == Submission("lines", {"line": TEXT}, "zoe")
