"""The journal: what is put is there for good; what is no journal is told, and never overwritten."""

import sqlite3

import pytest

from grader.autograde.journal import Journal, JournalError
from grader.records import Feedback, Result, Status, TestRecord, Verdict

RECORD = TestRecord(
    unit="lines",
    task="slope",
    test="line.test_slope",
    title="slope",
    hidden=True,
    points=3.0,
    earned=1.5,
    verdict=Verdict.FAILED,
    feedback=Feedback(message="größer \x1b[31m", where=("line.py, line 3: x",)),
)
RESULT = Result("s001", "lines", Status.GRADED, tests=(RECORD,), key="k1")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out" / "journal.sqlite"


def test_what_was_put_is_there_after_reopening(path):
    with Journal(path) as journal:
        journal.put(RESULT)
    with Journal(path) as journal:
        assert journal.get("s001", "lines").result == RESULT
        assert journal.get("s001", "counts") is None


def test_a_second_result_takes_the_place_of_the_first(path):
    later = Result("s001", "lines", Status.REJECTED, remark="too large", key="k2")
    with Journal(path) as journal:
        journal.put(RESULT)
        journal.put(later)
        assert journal.get("s001", "lines").result == later


def test_every_commit_reaches_the_disk(path):
    with Journal(path) as journal:
        mode, synchronous = (
            journal._database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
        )
    assert (mode, synchronous) == ("wal", 2)


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be looked at" * 10, b"\x00" * 4096])
def test_a_damaged_file_is_told_and_left_as_it_is(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(JournalError, match=r"journal\.sqlite is damaged") as caught:
        Journal(path)
    assert caught.value.hint.startswith("move it away")
    assert path.read_bytes() == content


def read_all(path):
    with Journal(path) as journal:
        return [journal.get(f"s{number:03d}", "lines") for number in range(200)]


def test_damage_in_the_middle_is_told(path):
    with Journal(path) as journal:
        for number in range(200):
            journal.put(Result(f"s{number:03d}", "lines", Status.GRADED, tests=(RECORD,)))
    content = bytearray(path.read_bytes())
    content[4096 : len(content) - 4096] = b"\xff" * (len(content) - 8192)
    path.write_bytes(content)
    with pytest.raises(JournalError, match="is damaged"):
        read_all(path)


def test_a_record_that_cannot_be_read_is_damage(path):
    with Journal(path) as journal:
        journal.put(RESULT)
        journal._database.execute("UPDATE result SET record = '{}'")
        with pytest.raises(JournalError, match="is damaged"):
            journal.get("s001", "lines")


def test_another_programs_database_is_left_alone(path):
    path.parent.mkdir()
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE gradebook (grade)")
    database.close()
    before = path.read_bytes()
    with pytest.raises(JournalError, match="is not a journal"):
        Journal(path)
    assert path.read_bytes() == before


def test_a_journal_of_a_newer_version_is_refused(path):
    with Journal(path) as journal:
        journal._database.execute("PRAGMA user_version=99")
    with pytest.raises(JournalError, match="newer version"):
        Journal(path)


def test_one_run_at_a_time(path):
    with Journal(path), pytest.raises(JournalError, match="another run is writing"):
        Journal(path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot be made"):
        Journal(tmp_path / "file" / "journal.sqlite")


def test_a_journal_that_is_a_folder_is_told(path):
    path.mkdir(parents=True)
    with pytest.raises(JournalError, match="cannot be used"):
        Journal(path)
