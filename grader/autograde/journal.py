"""The journal: every finished result is on the disk before the next one is looked at.

A run that was stopped, by Ctrl-C or by a power cut, goes on where it was. One run at a time holds the journal.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from grader.errors import DeepgradeError
from grader.records import Result

NAME = "journal.sqlite"
APPLICATION = 0x64677264  # "dgrd", in the file's header
FORMAT = 1

_TABLE = "CREATE TABLE result (student TEXT, unit TEXT, key TEXT, record BLOB, PRIMARY KEY (student, unit))"
_PUT = "INSERT OR REPLACE INTO result (student, unit, key, record) VALUES (?, ?, ?, ?)"
_GET = "SELECT record FROM result WHERE student = ? AND unit = ?"


class JournalError(DeepgradeError):
    """The journal cannot be used."""


class Journal:
    """Results by student and unit, in an SQLite file.

    Parameters
    ----------
    path : Path
        Is made where there is none.

    Raises
    ------
    JournalError
        The file is damaged, is no journal, is of a newer version, cannot be written, or another run holds it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JournalError(f"the folder {path.parent} cannot be made: {error.strerror}") from None
        with self._telling():
            self._database = sqlite3.connect(path, isolation_level=None, timeout=1.0)
        try:
            with self._telling():
                self._open()
        except BaseException:
            self._database.close()
            raise

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def get(self, student: str, unit: str) -> Result | None:
        """Return what the journal has of a submission; which of its tests are to be tried again, `again` knows."""
        with self._telling():
            row = self._database.execute(_GET, (student, unit)).fetchone()
            return msgspec.json.decode(row[0], type=Result) if row else None

    def results(self) -> tuple[Result, ...]:
        """Return all results, by student and unit."""
        with self._telling():
            rows = self._database.execute("SELECT record FROM result ORDER BY student, unit").fetchall()
            return tuple(msgspec.json.decode(row[0], type=Result) for row in rows)

    def put(self, result: Result) -> None:
        """Write a result; when this returns, it is on the disk."""
        row = (result.student, result.unit, result.key, msgspec.json.encode(result))
        with self._telling():
            self._database.execute(_PUT, row)

    def close(self) -> None:
        """Let the file go."""
        with self._telling():
            self._database.close()

    def _open(self) -> None:
        run = self._database.execute
        run("PRAGMA locking_mode=EXCLUSIVE")  # one run at a time; and WAL needs no shared memory then
        tables = {name for (name,) in run("SELECT name FROM sqlite_master WHERE type = 'table'")}
        (application,) = run("PRAGMA application_id").fetchone()
        (form,) = run("PRAGMA user_version").fetchone()
        if tables and application != APPLICATION:
            raise self._error("is not a journal of deepgrade")
        if form > FORMAT:
            raise self._error("was written by a newer version of deepgrade")
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=FULL")
        run("BEGIN EXCLUSIVE")
        if "result" not in tables:
            run(f"PRAGMA application_id={APPLICATION}")
            run(f"PRAGMA user_version={FORMAT}")
            run(_TABLE)
        run("COMMIT")

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        """Turn the database's exceptions into ours."""
        try:
            yield
        except (sqlite3.DatabaseError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._told(error) from None

    def _told(self, error: Exception) -> JournalError:
        text = str(error)
        if "locked" in text:
            return JournalError(
                f"another run is writing {self._path}", "wait until it ends, or choose another folder: --out"
            )
        if isinstance(error, sqlite3.OperationalError):  # the disk is full, the folder cannot be written
            return JournalError(f"the journal {self._path} cannot be used: {text}", "choose another folder: --out")
        return self._error(f"is damaged ({text})")

    def _error(self, what: str) -> JournalError:
        moved = self._path.with_name(f"{self._path.name}.old")
        return JournalError(
            f"{self._path} {what}", f"move it away, then everything is graded anew: mv {self._path} {moved}"
        )
