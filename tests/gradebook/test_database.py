"""The class's database: formats, transactions, writers at once, full and read-only disks, copies."""

import contextlib
import os
import shutil
import sqlite3
import threading
import time

import msgspec
import pytest

from grader.errors import NoRoomError
from grader.gradebook.database import Database, JournalError
from grader.gradebook.schema import APPLICATION, FORMAT
from grader.gradebook.store import Gradebook
from grader.records import Status
from grader.records.grades import AdjustmentKind
from tests.gradebook.made import adjusted, graded, ungraded

RESULT = graded("anna", "lines", 12).result
EXTRA = adjusted("lines", AdjustmentKind.POINTS, 3, reason="question 2", by="tom")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results" / "journal.sqlite"


FIRST = ["CREATE TABLE result (student TEXT, unit TEXT, key TEXT, record BLOB, PRIMARY KEY (student, unit))"]
SECOND = [
    "CREATE TABLE result "
    "(student TEXT, unit TEXT, key TEXT, parts TEXT DEFAULT '{}', record TEXT, PRIMARY KEY (student, unit))",
    "CREATE TABLE unit (name TEXT PRIMARY KEY)",
    "CREATE TABLE earlier (at TEXT, student TEXT, unit TEXT, key TEXT, parts TEXT, record TEXT)",
    "CREATE TABLE change (number INTEGER PRIMARY KEY, at TEXT, student TEXT, unit TEXT, what TEXT, before TEXT, "
    "after TEXT, why TEXT)",
    "INSERT INTO unit VALUES ('lines')",
    "INSERT INTO change VALUES (1, '2026-01-01', 'anna', 'lines', 'slope', '1/3', '2/3', 'the suite changed')",
    "CREATE VIEW tests AS SELECT student FROM result",
]


THIRD = [
    *SECOND,
    "CREATE TABLE adjustment (number INTEGER PRIMARY KEY, student TEXT NOT NULL, unit TEXT NOT NULL, "
    "kind TEXT NOT NULL, value REAL NOT NULL, reason TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL, "
    "undone_by TEXT NOT NULL DEFAULT '', undone_at TEXT)",
    "CREATE TABLE attempt (student TEXT, unit TEXT, number INTEGER, handed_in TEXT, source TEXT, path TEXT, "
    "PRIMARY KEY (student, unit, number))",
]


FOURTH = [
    *THIRD,
    "CREATE TABLE attempt_result (student TEXT, unit TEXT, number INTEGER, parts TEXT, record TEXT, "
    "PRIMARY KEY (student, unit, number))",
    "INSERT INTO adjustment (student, unit, kind, value, reason, by, at) "
    "VALUES ('anna', 'lines', 'points', 2, 'before', 'tom', '2026-02-01T10:00:00+00:00')",
]


FIFTH = [
    *FOURTH,
    "ALTER TABLE adjustment ADD COLUMN question TEXT NOT NULL DEFAULT ''",
    "INSERT INTO attempt VALUES ('anna', 'lines', 1, '2026-01-01T10:00:00+00:00', 'canvas', 'a.zip')",
]


SIXTH = [
    *FIFTH[:-1],
    "ALTER TABLE attempt ADD COLUMN members TEXT NOT NULL DEFAULT '[]'",
    "INSERT INTO attempt VALUES ('anna', 'lines', 1, '2026-01-01T10:00:00+00:00', 'canvas', 'a.zip', '[]')",
]


def write_format(path, form, statements):
    path.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path)) as old:
        for statement in statements:
            old.execute(statement)
        record = msgspec.json.encode(RESULT)
        values = ("anna", "lines", "k1", record if form == 1 else record.decode())
        old.execute("INSERT INTO result (student, unit, key, record) VALUES (?, ?, ?, ?)", values)
        old.execute(f"PRAGMA application_id={APPLICATION}")
        old.execute(f"PRAGMA user_version={form}")
        old.commit()


def structure(database):
    return set(database.rows("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"))


@pytest.mark.parametrize(
    ("form", "statements"), [(1, FIRST), (2, SECOND), (3, THIRD), (4, FOURTH), (5, FIFTH), (6, SIXTH)]
)
def test_every_format_becomes_the_present_one(path, tmp_path, form, statements):
    write_format(path, form, statements)
    with Database(path) as database, Database(tmp_path / "new.sqlite") as new:
        assert database.rows("PRAGMA user_version") == [(FORMAT,)]
        assert structure(database) == structure(new)
        assert database.rows("SELECT student, verdict, earned FROM tests") == [("anna", "passed", 12)]
        assert database.rows("SELECT name FROM unit") == [("lines",)]
        assert len(database.rows("SELECT * FROM change")) == (form > 1)
    with Gradebook(path) as book:
        book.adjust([EXTRA])
        assert [one.reason for one in book.adjustments()] == ["before"] * (form >= 4) + ["question 2"]
        assert [one.source for one in book.attempts()] == ["canvas"] * (form >= 5)


def test_every_format_is_tried_here():
    assert FORMAT == 7, "write down how the last format looked, and add it to the test above"


def test_an_earlier_format_that_is_only_read_stays_as_it_is(path):
    write_format(path, 2, SECOND)
    with Gradebook(path, read_only=True) as book:
        assert book.adjustments() == ()
        assert book.attempts() == ()
        assert book.requests() == ()
        assert len(book.changes("anna")) == 1
    with contextlib.closing(sqlite3.connect(path)) as old:
        assert old.execute("PRAGMA user_version").fetchone() == (2,)


def test_decisions_in_an_earlier_format_are_read_where_nothing_may_be_written(path):
    write_format(path, 5, FIFTH)
    before = path.read_bytes()
    with Gradebook(path, read_only=True) as book:
        assert [one.reason for one in book.adjustments()] == ["before"]
        assert [one.source for one in book.attempts()] == ["canvas"]
        book.back_up(path.with_name("copy.sqlite"))
    assert path.read_bytes() == before
    with Gradebook(path.with_name("copy.sqlite"), read_only=True) as copy:
        assert [one.reason for one in copy.adjustments()] == ["before"]


def test_a_migration_that_fails_changes_nothing(path):
    broken = [*FIRST, "CREATE TABLE tests (x)"]  # a table stands where a view belongs
    write_format(path, 1, broken)
    with pytest.raises(JournalError):
        Database(path)
    with contextlib.closing(sqlite3.connect(path)) as old:
        assert old.execute("PRAGMA user_version").fetchone() == (1,)
        assert [row[1] for row in old.execute("PRAGMA table_info(result)")] == ["student", "unit", "key", "record"]


def test_a_block_that_fails_changes_nothing(path):
    def broken_block(database):
        with database.transaction() as run:
            run("INSERT INTO unit VALUES ('lines')")
            raise KeyError(database)

    with Database(path) as database:
        with pytest.raises(KeyError):
            broken_block(database)
        assert database.rows("SELECT * FROM unit") == []
        with database.transaction() as run:
            run("INSERT INTO unit VALUES ('lines')")
        assert database.rows("SELECT * FROM unit") == [("lines",)]


def test_two_writers_wait_for_each_other(path):
    started = threading.Event()

    def hold():
        with Database(path) as other, other.transaction() as run:
            run("INSERT INTO unit VALUES ('lines')")
            started.set()
            time.sleep(0.5)

    with Database(path):
        writer = threading.Thread(target=hold)
        writer.start()
        started.wait(20)
        with Gradebook(path) as book:
            book.adjust([EXTRA])
            assert len(book.adjustments()) == 1
        writer.join()


def test_a_writer_that_holds_for_too_long_is_named(path):
    with Database(path) as slow, slow.transaction(), Database(path, patience=0.1) as database:
        with pytest.raises(JournalError, match="another process has been writing") as caught:  # noqa: SIM117
            with database.transaction():
                pass
        assert "same command again" in caught.value.hint


def test_a_full_disk_loses_nothing(path):
    with Gradebook(path) as book:
        book.adjust([EXTRA])
        connection = book._file.connection
        connection.execute(f"PRAGMA max_page_count={connection.execute('PRAGMA page_count').fetchone()[0]}")
        with pytest.raises(NoRoomError, match="no room left on the disk"):
            book.adjust([EXTRA, msgspec.structs.replace(EXTRA, reason="x" * 100_000)])
        assert [one.reason for one in book.adjustments()] == ["question 2"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_named(path):
    with Gradebook(path) as book:
        book.adjust([EXTRA])
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        with pytest.raises(JournalError, match="cannot be used"), Gradebook(path) as book:
            book.adjust([EXTRA])
    finally:
        path.parent.chmod(0o700)


def test_a_file_that_may_only_be_read_says_so(path):
    with Gradebook(path) as book:
        book.adjust([EXTRA])
        book._file.connection.execute("PRAGMA query_only = ON")
        with pytest.raises(JournalError, match="cannot be used: attempt to write a readonly database"):
            book.adjust([EXTRA])
        assert len(book.adjustments()) == 1


def test_a_folder_that_is_pulled_away_says_so(path):
    with Gradebook(path) as book:
        book.adjust([EXTRA])
        moved = shutil.move(path.parent, path.parent.with_name("moved"))
        with pytest.raises(JournalError, match=r"journal\.sqlite cannot be used: it was moved or removed"):
            book.adjust([EXTRA])
    with Gradebook(moved / path.name) as book:
        assert len(book.adjustments()) == 1


def test_a_copy_has_everything_and_replaces_nothing(path, tmp_path):
    copy = tmp_path / "copy.sqlite"
    with Gradebook(path) as book:
        book.adjust([EXTRA])
        book.back_up(copy)
        with pytest.raises(Exception, match="exists already"):
            book.back_up(copy)
        with pytest.raises(Exception, match="cannot be written"):
            book.back_up(tmp_path / "no folder" / "copy.sqlite")
    with Gradebook(copy, read_only=True) as book:
        assert len(book.adjustments()) == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == ["copy.sqlite", "results"]


def test_what_was_graded_is_never_missing_beside_decisions(path):
    from grader.autograde.journal import Journal

    with Journal(path) as journal, Gradebook(path) as book:
        journal.put(RESULT)
        book.adjust([EXTRA])
        journal.put(ungraded("ben", "lines", Status.REJECTED).result)
        assert [result.student for result in journal.results()] == ["anna", "ben"]
        assert len(book.adjustments()) == 1
