"""The journal: every finished result is on disk before the next one is processed.

A run stopped by Ctrl-C or a power cut can be resumed. Only one run at a time writes results, holding a lock on the file
`journal.sqlite.lock`; reading is possible at any time, with this module or with `sqlite3`, which has views for queries.
The file is the class's one database (`grader/gradebook/schema.py`), and decisions by hand may be written during a run.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sys import intern

import msgspec

from grader.autograde import run_log
from grader.errors import DeepgradeError
from grader.gradebook.database import Database, JournalError, make_folder, run_lock
from grader.gradebook.schema import NAME
from grader.records import Result, Speed, Status, TestRecord
from grader.records.run import Change, RunFacts, RunProgress

__all__ = ["NAME", "AttemptJournal", "Journal", "JournalError", "Kept", "now"]

_PUT = "INSERT OR REPLACE INTO result (student, unit, key, parts, record) VALUES (?, ?, ?, ?, ?)"
_GET = "SELECT record, parts FROM result WHERE student = ? AND unit = ?"
_SET_ASIDE = (  # keeps a grade that a refused hand-in replaces
    "INSERT INTO earlier (at, student, unit, key, parts, record) SELECT ?, student, unit, key, parts, record "
    "FROM result WHERE student = ? AND unit = ? AND json_extract(record, '$.status') = 'graded'"
)
_CHANGE = "INSERT INTO change (at, student, unit, what, before, after, why) VALUES (?, ?, ?, ?, ?, ?, ?)"


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
        with contextlib.ExitStack() as stack:
            if not read_only:
                make_folder(path.parent)
                stack.enter_context(run_lock(path))
            self._file = stack.enter_context(Database(path, read_only=read_only))
            self._database = self._file.connection
            self._open = stack.pop_all()
        self._known: dict[tuple[str, str], Kept] | None = None if read_only else {}

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def get(self, student: str, unit: str) -> Kept | None:
        """Return a submission's entry, or None; `again` decides which of its tests to try again."""
        with self._file.telling():
            row = self._database.execute(_GET, (student, unit)).fetchone()
            kept = _kept(*row) if row else None
        if kept is not None and self._known is not None:
            self._known[student, unit] = kept
        return kept

    def results(self) -> tuple[Result, ...]:
        """Return all results, by student and unit.

        If a newer submission than the one in the journal could not be graded, that failure is its result.
        """
        return tuple(kept.result for kept in self.everything())

    def everything(self) -> tuple[Kept, ...]:
        """Return all results as `results` does, with the parts of their keys."""
        with self._file.telling():
            known = dict(self._results())
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
        with self._file.transaction() as run:
            run("DELETE FROM broken WHERE student = ? AND unit = ?", place)
            if result.status is Status.REJECTED:
                run(_SET_ASIDE, (now(), *place))
            run(_PUT.replace("result", "broken", 1) if result.status is Status.GRADER_ERROR else _PUT, row)
            for change in changes:
                run(_CHANGE, (now(), change.student, change.unit, change.what, change.before, change.after, change.why))
            run_log.note_done(run, result, now())
        if self._known is not None and result.status is not Status.GRADER_ERROR:
            self._known[place] = Kept(result, dict(parts))

    @contextlib.contextmanager
    def noting(self, facts: RunFacts, work: Sequence[tuple[str, str]]) -> Iterator[None]:
        """Note that a run begins and ends, for whoever looks at it meanwhile.

        Parameters
        ----------
        facts : RunFacts
        work : sequence of (str, str)
            Students and units, in the order in which they are handed out.
        """
        run_log.begin(self._file, facts, work, now())
        try:
            yield
        except BaseException as error:
            with contextlib.suppress(DeepgradeError):  # the disk may be full: the reason is the first error
                run_log.end(self._file, now(), _reason(error))
            raise
        run_log.end(self._file, now())

    def progress(self) -> RunProgress | None:
        """Return how far the latest run has come; None if no run was noted."""
        return run_log.progress(self._file)

    def new_results(self) -> tuple[Result, ...]:
        """Return the results of the latest run so far; those that could not be graded are not among them."""
        query = "SELECT record, parts FROM result JOIN work USING (student, unit) WHERE done IS NOT NULL"
        with self._file.telling():
            return tuple(_kept(*row).result for row in self._file.rows(query))

    def is_written(self, results: Sequence[Result], at: datetime) -> bool:
        """Return whether tables that were written at some time have all results of the latest run so far.

        Parameters
        ----------
        results : sequence of Result
            Those in the tables.
        at : datetime
        """
        keys = {(result.student, result.unit): result.key for result in results}
        rows = self._file.rows(
            "SELECT student, unit, result.key, done FROM result JOIN work USING (student, unit) WHERE done IS NOT NULL"
        )
        before = at - timedelta(seconds=1)  # what is noted in whole seconds may be later in its second
        return all(
            keys.get((student, unit)) == key and datetime.fromisoformat(done) <= before
            for student, unit, key, done in rows
        )

    def changes(self) -> tuple[tuple[str, Change], ...]:
        """Return every recorded change of a grade with its time, earliest first."""
        columns = "at, student, unit, what, before, after, why"
        with self._file.telling():
            rows = self._database.execute(f"SELECT {columns} FROM change ORDER BY number").fetchall()
        return tuple((at, Change(*fields)) for at, *fields in rows)

    def know_units(self, units: Sequence[str]) -> None:
        """Record the units of a run, including those with no hand-ins."""
        with self._file.transaction() as run:
            for unit in units:
                run("INSERT OR IGNORE INTO unit (name) VALUES (?)", (unit,))

    def units(self) -> frozenset[str]:
        """Return the units that were ever part of a run."""
        with self._file.telling():
            return frozenset(name for (name,) in self._database.execute("SELECT name FROM unit"))

    def races(self) -> dict[tuple[str, str], Speed]:
        """Return all measured races, by code and test."""
        with self._file.telling():
            rows = self._database.execute("SELECT code, test, speed FROM race").fetchall()
            return {(code, test): msgspec.json.decode(speed, type=Speed) for code, test, speed in rows}

    def put_races(self, races: Mapping[tuple[str, str], Speed]) -> None:
        """Write races, replacing earlier ones of the same code."""
        with self._file.transaction() as run:
            for (code, test), speed in races.items():
                run("INSERT OR REPLACE INTO race (code, test, speed) VALUES (?, ?, ?)", (code, test, _text(speed)))

    def close(self) -> None:
        """Close the file and release the lock."""
        self._open.close()

    def _results(self) -> Iterator[tuple[tuple[str, str], Kept]]:
        """Yield the results by student and unit; what a run has read or written is not decoded again.

        Nobody else writes results while it holds the lock; whoever only reads has none, and reads everything.
        """
        known = self._known or {}
        for place in self._database.execute("SELECT student, unit FROM result").fetchall():
            yield place, known.get(place) or _kept(*self._database.execute(_GET, place).fetchone())

    def _rows(self, table: str) -> list[Kept]:
        return [_kept(*row) for row in self._database.execute(f"SELECT record, parts FROM {table}").fetchall()]


class AttemptJournal(Journal):
    """Results of attempts with one number, none of them the newest, in the file of an open journal.

    Parameters
    ----------
    journal : Journal
    number : int
        Number of the attempts.
    """

    def __init__(self, journal: Journal, number: int) -> None:
        self._file, self._database, self._number = journal._file, journal._database, number
        self._known = None
        self._open = contextlib.ExitStack()  # the journal closes the file

    def get(self, student: str, unit: str) -> Kept | None:
        """Return an attempt's entry, or None."""
        query = "SELECT record, parts FROM attempt_result WHERE student = ? AND unit = ? AND number = ?"
        rows = self._file.rows(query, (student, unit, self._number))
        with self._file.telling():
            return _kept(*rows[0]) if rows else None

    def put(self, result: Result, parts: Mapping[str, str] = {}, changes: Sequence[Change] = ()) -> None:
        """Write a result; one with a grader error is tried again by the next run."""
        if result.status is Status.GRADER_ERROR:
            return
        row = (result.student, result.unit, self._number, _text(dict(parts)), _text(result))
        with self._file.transaction() as run:
            run(
                "INSERT OR REPLACE INTO attempt_result (student, unit, number, parts, record) VALUES (?, ?, ?, ?, ?)",
                row,
            )
            run_log.note_done(run, result, now())


def now() -> str:
    """Return the current time in the journal's format."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _reason(error: BaseException) -> str:
    return error.message if isinstance(error, DeepgradeError) else type(error).__name__


def _text(record: object) -> str:
    """Return JSON as text, since SQLite's JSON functions do not read bytes."""
    return msgspec.json.encode(record).decode()


def _kept(record: str | bytes, parts: str) -> Kept:
    result = msgspec.json.decode(record, type=Result)
    shared = msgspec.structs.replace(result, tests=tuple(map(_with_shared_names, result.tests)))
    hashes = msgspec.json.decode(parts, type=dict[str, str])
    return Kept(shared, {intern(name): intern(text) for name, text in hashes.items()})


def _with_shared_names(test: TestRecord) -> TestRecord:
    """Return a record whose names are one object for the whole class: a journal has some millions of them."""
    names = {name: intern(getattr(test, name)) for name in ("unit", "task", "test", "title")}
    return msgspec.structs.replace(test, **names)


def _is_of_another_submission(kept: Kept, broken: Kept) -> bool:
    return kept.parts.get("submission") != broken.parts.get("submission")
