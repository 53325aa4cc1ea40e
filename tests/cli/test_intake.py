"""`grade intake` shows at 80 columns what was handed in and why something is refused, and keeps stated times."""

import re
import zipfile

import pytest

from grader.gradebook.schema import NAME
from grader.gradebook.store import Gradebook

LINE = "def slope(x, y):\n    return 1\n"


@pytest.fixture
def download(root):
    """Return Moodle's download of three people as a zip: one found deep, one refused, one of another unit."""
    path = root / "download.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Ada Lovelace_7_assignsubmission_file_/work/line (1).py", LINE)
        archive.writestr("Ada Lovelace_7_assignsubmission_file_/notes.md", "x")
        archive.writestr("Bob B_8_assignsubmission_file_/line.rar", b"Rar!")
        archive.writestr("Cyd C_9_assignsubmission_file_/count.py", "def double(x):\n    return x\n")
    return path


def test_everything_is_shown_at_80_columns(run_in, root, download):
    result = run_in(root, "intake", "download.zip", "--unit", "lines")
    lines = [line.rstrip() for line in result.output.splitlines()]
    assert result.exit_code == 3, result.stderr
    assert lines[0] == "read as Moodle's download of an assignment (--layout moodle)"
    assert all(len(line) <= 80 for line in lines)
    text = " ".join(result.output.split())
    assert "student # handed in files Ada Lovelace_7 1 unknown line" in text
    assert "line.py is work/line (1).py; ignored: notes.md Bob" in text
    assert "line.rar is a RAR archive (ask them to hand in line.py)" in text
    assert "this is counting, not lines (ask them to hand in line.py)" in text
    assert "3 people, 3 hand-ins, 2 refused" in text
    assert "next: grade autograde download.zip --unit lines" in text


def test_what_can_all_be_graded_ends_in_zero(run_in, root):
    path = root / "hand in/ada/lines/line.py"
    path.parent.mkdir(parents=True)
    path.write_text(LINE)
    result = run_in(root, "intake", "hand in")
    assert result.exit_code == 0, result.stderr
    assert "read as the plain layout, a folder per student (--layout plain)" in result.output
    assert "ada" in result.output


def test_the_roster_says_who_somebody_is(run_in, root, download):
    (root / "roster.csv").write_text("id,name,email,moodle_id\ns7,Ada L.,,7\ns9,Cyd C,cyd@x.edu,9\ns5,Eve E,,5\n")
    text = " ".join(run_in(root, "intake", "download.zip", "--unit", "lines").output.split())
    assert "s7 1 unknown" in text
    assert "s9 1 unknown" in text
    assert "write to Cyd C <cyd@x.edu>" in text
    assert "Bob B_8 1 unknown refused" in text
    assert "write to Bob B " in text
    assert '"Bob B_8" handed in and is not in roster.csv' in text
    assert "1 in the roster without a hand-in: s5" in text


def test_stated_times_are_shown_and_kept(run_in, root, download):
    (root / "times.csv").write_text("student,unit,handed_in\nAda Lovelace_7,lines,2026-11-02 23:59+01:00\n")
    result = run_in(root, "intake", "download.zip", "--unit", "lines", "--times", "times.csv")
    assert "2026-11-02 23:59+01:00" in result.output
    assert "unknown for 2: state it with --times FILE" in result.output
    with Gradebook(root / "results" / NAME, read_only=True) as book:
        (dated,) = [attempt for attempt in book.attempts() if attempt.handed_in]
    assert (dated.student, dated.source, dated.handed_in.hour) == ("Ada Lovelace_7", "times", 23)
    again = run_in(root, "intake", "download.zip", "--unit", "lines")
    assert again.exit_code == 3
    assert "2026-11-02 23:59+01:00" in again.output, "a time that was stated once is kept"


def test_the_time_in_a_zip_of_grade_submit_is_shown_and_decides_nothing(run_in, root, bundle, solve):
    solve(bundle)
    (root / "hand in/ada").mkdir(parents=True)
    assert run_in(bundle, "submit", "lines", "--untested", "--out", str(root / "hand in/ada")).exit_code == 0
    result = run_in(root, "intake", "hand in", "--unit", "lines")
    lines = [line.rstrip() for line in result.output.splitlines()]
    assert "ada      1  unknown    line" in lines
    assert re.search(r"packed 20\d\d-\d\d-\d\d \d\d:\d\d[+-]\d\d:\d\d by the student's own clock", result.output)
    assert "when it was handed in is unknown for 1" in result.output


def test_times_stated_once_say_which_of_two_attempts_is_newer(run_in, root):
    for name in ("submission_1", "submission_2"):
        (root / "export" / name).mkdir(parents=True)
        (root / "export" / name / "line.py").write_text(LINE + f"# {name}\n")
    people = "  :submitters:\n  - :name: Ada\n    :sid: ada\n"
    (root / "export/submission_metadata.yml").write_text(f"submission_1:\n{people}submission_2:\n{people}")
    command = ("intake", "export", "--unit", "lines")
    assert "handed in more than once" in run_in(root, *command).output
    rows = "submission_1,,2026-11-02T10:00Z\nsubmission_2,,2026-11-01T10:00Z\n"
    (root / "times.csv").write_text(f"student,unit,handed_in\n{rows}")
    assert run_in(root, *command, "--times", "times.csv").exit_code == 0
    again = run_in(root, *command)
    assert again.exit_code == 0
    assert "1  2026-11-01 10:00+00:00" in again.output
    assert "kept, and not graded: a newer attempt counts" in again.output


def test_a_layout_that_is_not_clear_names_the_flag(run_in, root):
    for name in ("Ada_7_assignsubmission_file_", "somebody"):
        (root / "hand in" / name).mkdir(parents=True)
        (root / "hand in" / name / "line.py").write_text(LINE)
    result = run_in(root, "intake", "hand in", "--unit", "lines")
    assert result.exit_code == 2
    assert "try: say which it is: --layout plain or --layout moodle" in " ".join(result.stderr.split())
    assert run_in(root, "intake", "hand in", "--unit", "lines", "--layout", "plain").exit_code == 0
