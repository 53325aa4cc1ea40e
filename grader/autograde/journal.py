"""The journal: every finished result is on disk before the next one is processed.

A run stopped by Ctrl-C or a power cut can be resumed. Only one run at a time writes, holding a lock on the file
`journal.sqlite.lock`; reading is possible at any time, with this module or with `sqlite3`, which has views for queries.
"""

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from grader.errors import DeepgradeError, no_room
from grader.records import Result, Speed, Status
from grader.records.run import Change

NAME = "journal.sqlite"
LITTLE_ROOM = 1 << 20  # with fewer free bytes, any database error is taken for a full disk

_PUT = "INSERT OR REPLACE INTO result (student, unit, key, parts, record) VALUES (?, ?, ?, ?, ?)"
_GET = "SELECT record, parts FROM result WHERE student = ? AND unit = ?"
_SET_ASIDE = (  # keeps a grade that a refused hand-in replaces
    "INSERT INTO earlier (at, student, unit, key, parts, record) SELECT ?, student, unit, key, parts, record "
    "FROM result WHERE student = ? AND unit = ? AND json_extract(record, '$.status') = 'graded'"
)
_CHANGE = "INSERT INTO change (at, student, unit, what, before, after, why) VALUES (?, ?, ?, ?, ?, ?, ?)"

APPLICATION = 0x64677264  # "dgrd", in the file's header
FORMAT = 2

_RESULT = "(student TEXT, unit TEXT, key TEXT, parts TEXT DEFAULT '{}', record TEXT, PRIMARY KEY (student, unit))"
_RACES = "CREATE TABLE IF NOT EXISTS race (code TEXT, test TEXT, speed TEXT, PRIMARY KEY (code, test))"
_UNITS = "CREATE TABLE IF NOT EXISTS unit (name TEXT PRIMARY KEY)"  # every unit of any run

_TABLES = (
    f"CREATE TABLE IF NOT EXISTS result {_RESULT}",
    f"CREATE TABLE IF NOT EXISTS broken {_RESULT}",  # gradings that ended with a grader error
    "CREATE TABLE IF NOT EXISTS earlier (at TEXT, student TEXT, unit TEXT, key TEXT, parts TEXT, record TEXT)",
    _UNITS,
    """CREATE TABLE IF NOT EXISTS change (
        number INTEGER PRIMARY KEY, at TEXT, student TEXT, unit TEXT, what TEXT, before TEXT, after TEXT, why TEXT
    )""",
)


def _columns(*paths: str) -> str:
    """Return columns of a test's record, each named after the end of its path; missing values are empty."""
    columns = [f"coalesce(json_extract(each.value, '$.{path}'), '') AS {path.rpartition('.')[2]}" for path in paths]
    return ", ".join(["result.student", "result.unit", *columns])


_EACH_TEST = "FROM result, json_each(result.record, '$.tests') AS each"
_OF_TESTS = _columns(
    "task", "test", "hidden", "points", "earned", "verdict", "feedback.likely", "feedback.message", "seconds"
)
_OF_SPEEDS = _columns(
    *("task", "test", "speed.device", "speed.ratio", "speed.low", "speed.high", "speed.tier"),
    *("speed.seconds", "speed.reference_seconds"),
)

_VIEWS = {
    "tests": f"SELECT {_OF_TESTS} {_EACH_TEST}",
    "speeds": f"SELECT {_OF_SPEEDS} {_EACH_TEST} WHERE json_type(each.value, '$.speed') = 'object'",
    "misconceptions": """
        SELECT student, unit, task, likely AS misconception, count(*) AS tests, sum(points - earned) AS lost
        FROM tests WHERE likely != '' GROUP BY student, unit, task, likely""",
}


class JournalError(DeepgradeError):
    """Raised if the journal cannot be used."""


class Kept(msgspec.Struct, frozen=True):
    """A result and the named hashes that its key was made of; none if written in an earlier format."""

    result: Result
    parts: dict[str, str] = {}


class Journal:
    """Results by student and unit, in an SQLite file.

    Parameters
    ----------
    path : Path
        The file; created if missing, unless `read_only`.
    read_only : bool
        Open without a lock and write nothing.

    Raises
    ------
    JournalError
        If the file is damaged, no journal, of a newer version, not writable, or being written by another run.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._path = path
        with contextlib.ExitStack() as stack:
            if not read_only:
                _make_folder(path.parent)
                stack.enter_context(self._lock())
            with self._telling():
                self._database = stack.enter_context(contextlib.closing(_connect(path, read_only=read_only)))
                self._check()
                if not read_only:
                    bring_up_to_date(self._database)
            self._open = stack.pop_all()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def get(self, student: str, unit: str) -> Kept | None:
        """Return a submission's entry, or None; `again` decides which of its tests to try again."""
        with self._telling():
            row = self._database.execute(_GET, (student, unit)).fetchone()
            return _kept(*row) if row else None

    def results(self) -> tuple[Result, ...]:
        """Return all results, by student and unit.

        If a newer submission than the one in the journal could not be graded, that failure is its result.
        """
        return tuple(kept.result for kept in self.everything())

    def everything(self) -> tuple[Kept, ...]:
        """Return all results as `results` does, with the parts of their keys."""
        with self._telling():
            known = {(row.result.student, row.result.unit): row for row in self._rows("result")}
            for broken in self._rows("broken"):
                place = (broken.result.student, broken.result.unit)
                if place not in known or _is_of_another_submission(known[place], broken):
                    known[place] = broken
        return tuple(known[place] for place in sorted(known))

    def put(self, result: Result, parts: Mapping[str, str] = {}, changes: Sequence[Change] = ()) -> None:
        """Write a result and its changes; on return they are on disk.

        A result with a grader error never replaces another one: it is stored beside it.
        """
        place = (result.student, result.unit)
        row = (*place, result.key, _text(dict(parts)), _text(result))
        with self._telling(), self._transaction() as run:
            run("DELETE FROM broken WHERE student = ? AND unit = ?", place)
            if result.status is Status.REJECTED:
                run(_SET_ASIDE, (now(), *place))
            run(_PUT.replace("result", "broken", 1) if result.status is Status.GRADER_ERROR else _PUT, row)
            for change in changes:
                run(_CHANGE, (now(), change.student, change.unit, change.what, change.before, change.after, change.why))

    def changes(self) -> tuple[tuple[str, Change], ...]:
        """Return every recorded change of a grade with its time, earliest first."""
        columns = "at, student, unit, what, before, after, why"
        with self._telling():
            rows = self._database.execute(f"SELECT {columns} FROM change ORDER BY number").fetchall()
        return tuple((at, Change(*fields)) for at, *fields in rows)

    def know_units(self, units: Sequence[str]) -> None:
        """Record the units of a run, including those with no hand-ins."""
        with self._telling(), self._transaction() as run:
            for unit in units:
                run("INSERT OR IGNORE INTO unit (name) VALUES (?)", (unit,))

    def units(self) -> frozenset[str]:
        """Return the units that were ever part of a run."""
        with self._telling():
            return frozenset(name for (name,) in self._database.execute("SELECT name FROM unit"))

    def races(self) -> dict[tuple[str, str], Speed]:
        """Return all measured races, by code and test."""
        with self._telling():
            rows = self._database.execute("SELECT code, test, speed FROM race").fetchall()
            return {(code, test): msgspec.json.decode(speed, type=Speed) for code, test, speed in rows}

    def put_races(self, races: Mapping[tuple[str, str], Speed]) -> None:
        """Write races, replacing earlier ones of the same code."""
        with self._telling(), self._transaction() as run:
            for (code, test), speed in races.items():
                run("INSERT OR REPLACE INTO race (code, test, speed) VALUES (?, ?, ?)", (code, test, _text(speed)))

    def close(self) -> None:
        """Close the file and release the lock."""
        with self._telling():
            self._open.close()

    def _rows(self, table: str) -> list[Kept]:
        return [_kept(*row) for row in self._database.execute(f"SELECT record, parts FROM {table}").fetchall()]

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Callable[..., sqlite3.Cursor]]:
        run = self._database.execute
        run("BEGIN IMMEDIATE")
        try:
            yield run
            run("COMMIT")
        except BaseException:
            if self._database.in_transaction:  # a full disk may have rolled it back already
                run("ROLLBACK")
            raise

    def _lock(self) -> FileLock:
        """Acquire the writer's lock; the operating system releases it when the process ends, even by a crash."""
        lock = FileLock(f"{self._path}.lock", timeout=0, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            raise JournalError(
                f"another run is writing {self._path}", "wait until it ends, or choose another folder: --out"
            ) from None
        except OSError as error:
            raise self._unusable(str(error.strerror)) from None
        return lock

    def _check(self) -> None:
        """Raise if the file is no journal, before anything is written to it."""
        run = self._database.execute
        tables = run("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0]
        if tables and run("PRAGMA application_id").fetchone()[0] != APPLICATION:
            raise self._error("is not a journal of deepgrade")
        if run("PRAGMA user_version").fetchone()[0] > FORMAT:
            raise self._error("was written by a newer version of deepgrade")

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        """Convert the database's exceptions to `JournalError`."""
        try:
            yield
        except (sqlite3.DatabaseError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._journal_error(error) from None

    def _journal_error(self, error: Exception) -> DeepgradeError:
        if getattr(error, "sqlite_errorname", "") == "SQLITE_FULL" or _is_full(self._path.parent):
            return no_room(self._path)
        if isinstance(error, sqlite3.OperationalError):  # such as a read-only folder, or a reader that never ends
            return self._unusable(str(error))
        return self._error(f"is damaged ({error})")

    def _unusable(self, reason: str) -> JournalError:
        return JournalError(f"the journal {self._path} cannot be used: {reason}", "choose another folder: --out")

    def _error(self, what: str) -> JournalError:
        moved = self._path.with_name(f"{self._path.name}.old")
        return JournalError(
            f"{self._path} {what}", f"move it away, then everything is graded anew: mv {self._path} {moved}"
        )


def now() -> str:
    """Return the current time in the journal's format."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    place = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    return sqlite3.connect(place, uri=True, isolation_level=None, timeout=10.0)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise JournalError(f"the folder {folder} cannot be made: {error.strerror}") from None


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < LITTLE_ROOM
    except OSError:
        return False


def _text(record: object) -> str:
    """Return JSON as text, since SQLite's JSON functions do not read bytes."""
    return msgspec.json.encode(record).decode()


def _kept(record: str | bytes, parts: str) -> Kept:
    return Kept(msgspec.json.decode(record, type=Result), msgspec.json.decode(parts, type=dict[str, str]))


def _is_of_another_submission(kept: Kept, broken: Kept) -> bool:
    return kept.parts.get("submission") != broken.parts.get("submission")


def bring_up_to_date(database: sqlite3.Connection) -> None:
    """Create the tables and views, or migrate those of an earlier format; no result is lost.

    Parameters
    ----------
    database : sqlite3.Connection
        Connection to an empty file or a journal.
    """
    run = database.execute
    run("PRAGMA journal_mode=WAL")  # readers see a consistent snapshot and block nobody
    run("PRAGMA synchronous=FULL")
    run("BEGIN IMMEDIATE")
    tables = {name for (name,) in run("SELECT name FROM sqlite_master WHERE type = 'table'")}
    (form,) = run("PRAGMA user_version").fetchone()
    if "result" in tables and form < FORMAT:
        _from_the_first_form(database)
    for table in _TABLES:
        run(table)
    if form < FORMAT:
        _make(database)
    run(_RACES)
    run("COMMIT")


def _make(database: sqlite3.Connection) -> None:
    database.execute(f"PRAGMA application_id={APPLICATION}")
    database.execute(f"PRAGMA user_version={FORMAT}")
    for name, query in _VIEWS.items():
        database.execute(f"DROP VIEW IF EXISTS {name}")
        database.execute(f"CREATE VIEW {name} AS {query}")


def _from_the_first_form(database: sqlite3.Connection) -> None:
    database.execute("ALTER TABLE result ADD COLUMN parts TEXT DEFAULT '{}'")
    database.execute(_UNITS)
    database.execute("INSERT INTO unit SELECT DISTINCT unit FROM result")
    database.execute("UPDATE result SET record = CAST(record AS TEXT)")  # earlier formats wrote bytes
