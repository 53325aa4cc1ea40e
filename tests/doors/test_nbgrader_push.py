"""Grades in a stock nbgrader's gradebook, in SQLite and PostgreSQL, as nbgrader's library and programs read them.

PostgreSQL is Debian's, in a folder and on a port of its own; without it, its half is skipped.
"""

import csv
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest

from grader.course import layout
from tests.doors.environments import debian_program, free_port, nbgrader_environment
from tests.doors.nbgrader_class import HIDDEN, PRINTED, UNIT, NbgraderClass

SPARE_USER = 65534


def programs() -> Path:
    """Return the folder of PostgreSQL's programs."""
    return debian_program("postgresql", "/usr/lib/postgresql/*/bin/initdb").parent


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """Start a server of nobody else's, and return its address without the database."""
    # Not in pytest's temporary folder: every session that begins closes that for other users.
    with TemporaryDirectory(prefix="deepgrade-postgres-") as folder:
        yield from _server(Path(folder))


def _server(folder: Path) -> Iterator[str]:
    binaries, port = programs(), free_port()
    folder.chmod(0o755)
    data = folder / "data"
    data.mkdir()
    if os.geteuid() == 0:
        os.chown(data, SPARE_USER, SPARE_USER)
    _as_spare_user(binaries / "initdb", "-D", data, "-U", "deepgrade", "--auth=trust", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data} -c fsync=off"
    _as_spare_user(binaries / "pg_ctl", "-D", data, "-w", "-o", options, "-l", data / "log", "start")
    yield f"postgresql+psycopg2://deepgrade@127.0.0.1:{port}"
    _as_spare_user(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")


def _as_spare_user(*command: object) -> None:
    """Run a program that refuses to be root's."""
    user = {"user": SPARE_USER, "group": SPARE_USER, "extra_groups": []} if os.geteuid() == 0 else {}
    done = subprocess.run(
        [*map(str, command)], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd="/", **user
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/nbgrader/gradebook.db"
    server = request.getfixturevalue("postgres")
    name = f"course_{uuid4().hex}"
    done = subprocess.run(
        [programs() / "createdb", "-h", "127.0.0.1", "-p", server.rpartition(":")[2], "-U", "deepgrade", name],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return f"{server}/{name}"


@pytest.fixture
def made(tmp_path: Path, url: str) -> NbgraderClass:
    return NbgraderClass(tmp_path, nbgrader_environment(), url)


@pytest.fixture
def in_sqlite(tmp_path: Path) -> NbgraderClass:
    return NbgraderClass(tmp_path, nbgrader_environment(), f"sqlite:///{tmp_path}/nbgrader/gradebook.db")


def pushed(made: NbgraderClass) -> str:
    """Push, and return what is output; a person has to decide about fay."""
    done = made.push()
    assert done.returncode == 3, done.stdout + done.stderr
    return " ".join(done.stdout.split())


def files_of(made: NbgraderClass) -> dict[str, bytes]:
    paths = [path for path in made.folder.rglob("*") if path.is_file() and not path.name.startswith("gradebook.db")]
    return {str(path.relative_to(made.folder)): path.read_bytes() for path in paths}


def test_nbgrader_reads_back_the_grades(made: NbgraderClass) -> None:
    output = pushed(made)
    read, grades = made.ask("scores"), made.grades()
    assert {name.split()[0] for name in read} == {"ada", "ben", "cem", "dea", "fay", "gus"}
    for student in ("ada", "ben", "cem", "gus"):
        one = read[f"{student} {UNIT}"]
        assert one["score"] - one["penalty"] == pytest.approx(grades[student].final, abs=0.005), student
        assert one["max"] == grades[student].out_of
        assert not one["waits"]
    ben = read[f"ben {UNIT}"]
    assert (ben["penalty"], ben["at"]) == (grades["ben"].penalty, "2027-02-03 11:59:00")
    assert ben["seconds_late"] == 36 * 3600
    assert read[f"cem {UNIT}"]["grades"]["by-hand"][0] == 1.5
    assert read[f"fay {UNIT}"]["waits"]
    assert "nothing was handed in by eva" in output
    assert "excused, for which nbgrader has no sign: dea" in output
    assert "a person has to decide: fay lines" in output


def test_pushed_twice_is_pushed_once(made: NbgraderClass) -> None:
    assert "6 submissions entered, 6 of them new or changed" in pushed(made)
    before, files = made.ask("everything"), files_of(made)
    assert "6 submissions entered, 0 of them new or changed" in pushed(made)
    assert made.ask("everything") == before
    assert files_of(made) == files


def test_what_a_person_entered_stays_when_work_is_graded_again(made: NbgraderClass) -> None:
    pushed(made)
    first = next(cell for cell in made.cells if cell.is_test)
    made.ask("by_hand", "ben", UNIT, first.grade_id, "0.75", "0.25", first.task)
    made.grade(ben=0.0)
    output = pushed(made)
    assert f"kept, since a person gave them: ben lines {first.grade_id}: 0.75" in output
    ben = made.ask("scores")[f"ben {UNIT}"]
    assert ben["grades"][first.grade_id] == [0.0, 0.75, True]  # its automatic score has changed: look again
    assert ben["comments"][first.task][1] == "well tried"
    assert ben["score"] == 1.0
    assert {auto for auto, manual, _ in ben["grades"].values() if manual is None} == {0.0}
    before = made.ask("everything")
    pushed(made)
    assert made.ask("everything") == before


def test_what_hidden_tests_saw_is_nowhere(in_sqlite: NbgraderClass) -> None:
    pushed(in_sqlite)
    assert HIDDEN in (in_sqlite.results / "results.json").read_text()
    rows = str(in_sqlite.ask("everything"))
    assert "random numbers" in rows or "hidden" in rows
    assert HIDDEN not in rows
    files = files_of(in_sqlite)
    assert "4.25" in files[f"autograded/ben/{UNIT}/{UNIT}.ipynb"].decode()  # what visible tests saw
    assert not [name for name, content in files.items() if HIDDEN.encode() in content]


def test_stock_nbgrader_goes_on_from_there(in_sqlite: NbgraderClass) -> None:
    pushed(in_sqlite)
    done = in_sqlite.nbgrader("export", "--to", "grades.csv")
    assert done.returncode == 0, done.stderr
    table = (in_sqlite.folder / "grades.csv").read_text().splitlines()
    rows = {row["student_id"]: row for row in csv.DictReader(table)}
    assert float(rows["ben"]["score"]) == pytest.approx(in_sqlite.grades()["ben"].final, abs=0.005)
    assert (rows["ada"]["last_name"], rows["ada"]["email"]) == ("Lovelace", "ada@example.org")
    done = in_sqlite.nbgrader("generate_feedback", UNIT)
    assert done.returncode == 0, done.stderr
    page = (in_sqlite.folder / "feedback" / "cem" / UNIT / f"{UNIT}.html").read_text()
    assert "the test was unclear" in page
    assert PRINTED not in page
    assert "<b>of cem" not in page
    assert HIDDEN not in page


def test_an_assignment_that_nbgrader_generated_has_these_cells(in_sqlite: NbgraderClass) -> None:
    in_sqlite.generate(in_sqlite.folder)
    cells = in_sqlite.ask("cells", UNIT)
    pushed(in_sqlite)
    assert in_sqlite.ask("cells", UNIT) == cells
    assert in_sqlite.ask("scores")[f"cem {UNIT}"]["grades"]["by-hand"][0] == 1.5


def test_a_new_assignment_has_the_cells_that_nbgrader_would_generate(in_sqlite: NbgraderClass) -> None:
    pushed(in_sqlite)
    cells = in_sqlite.ask("cells", UNIT)
    done = in_sqlite.nbgrader("db", "assignment", "remove", UNIT, "--force")
    assert done.returncode == 0, done.stderr
    in_sqlite.generate(in_sqlite.folder / "other")
    assert in_sqlite.ask("cells", UNIT) == cells


def test_an_assignment_with_other_cells_is_left_alone(in_sqlite: NbgraderClass) -> None:
    pushed(in_sqlite)
    before = in_sqlite.ask("everything")
    tests = layout.hidden(in_sqlite.course.root, UNIT) / "test_line.py"
    tests.write_text(tests.read_text().replace('"slope", points=2.5', '"slope", points=3.5'))
    done = in_sqlite.push()
    assert done.returncode == 2, done.stdout
    output = " ".join(done.stderr.split())
    assert "test_slope_agrees_with_least_squares had 2.5 points and has 3.5" in output
    assert f"nbgrader db assignment remove {UNIT} --force" in output
    assert in_sqlite.ask("everything") == before


def test_a_failure_leaves_the_gradebook_as_it_was(in_sqlite: NbgraderClass) -> None:
    pushed(in_sqlite)
    before = in_sqlite.ask("everything")
    in_sqlite.grade(ada=0.0)
    shutil.rmtree(in_sqlite.folder / "autograded" / "gus")
    (in_sqlite.folder / "autograded" / "gus").write_text("a file where a folder should be")
    done = in_sqlite.push()
    assert done.returncode == 2, done.stdout
    assert "cannot be written" in " ".join(done.stderr.split())
    assert in_sqlite.ask("everything") == before
    (in_sqlite.folder / "autograded" / "gus").unlink()
    assert "1 of them new or changed" in pushed(in_sqlite)


def test_a_database_that_cannot_be_used_is_said_without_its_password(in_sqlite: NbgraderClass) -> None:
    in_sqlite.url = f"postgresql+psycopg2://ta:secretword@127.0.0.1:{free_port()}/course"
    done = in_sqlite.push()
    assert done.returncode == 2
    assert "cannot be used, and was left as it was" in " ".join(done.stderr.split())
    assert "secretword" not in done.stdout + done.stderr
    in_sqlite.url = "no address"
    assert "is no address of a database" in in_sqlite.push().stderr
