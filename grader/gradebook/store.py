"""Adjustments, attempts and requests in the class's database: what people decide and platforms report."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from grader.errors import DeepgradeError, NotFoundError
from grader.gradebook.database import Database, Run
from grader.gradebook.schema import TABLES_WITH_PEOPLE
from grader.records import Result
from grader.records.grades import Adjustment, AdjustmentKind, Attempt
from grader.records.run import Change

_ADJUST = (
    "INSERT INTO adjustment (student, unit, kind, value, reason, by, at, question) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_ADJUSTMENTS = (
    "SELECT number, student, unit, kind, value, reason, by, at, undone_by, undone_at, question FROM adjustment"
)
_ATTEMPT = (
    "INSERT OR REPLACE INTO attempt (student, unit, number, handed_in, source, path, members) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_REQUESTS = "SELECT number, student, unit, text, at, answer, answered_by, answered_at FROM request ORDER BY number"


class Request(Struct, frozen=True):
    """A student's request to look at a grade again.

    Attributes
    ----------
    number : int
    student, unit, text : str
    at : datetime
    answer, answered_by : str
        Empty while it is open.
    answered_at : datetime or None
    """

    number: int
    student: str
    unit: str
    text: str
    at: datetime
    answer: str = ""
    answered_by: str = ""
    answered_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody has answered it."""
        return self.answered_at is None


class Gradebook:
    """Adjustments, attempts and requests of a class.

    Parameters
    ----------
    path : Path
        The class's database; created if missing, unless `read_only`.
    read_only : bool
        Write nothing.

    Raises
    ------
    JournalError
        If the database cannot be used.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._file = Database(path, read_only=read_only)

    def __enter__(self) -> "Gradebook":
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def adjustments(self) -> tuple[Adjustment, ...]:
        """Return every adjustment, also those taken back, earliest first."""
        rows = self._file.rows(f"{_ADJUSTMENTS} ORDER BY number")
        return tuple(_adjustment(row) for row in rows)

    def adjust(self, adjustments: Sequence[Adjustment]) -> None:
        """Store adjustments, all of them or none."""
        with self._file.transaction() as run:
            for one in adjustments:
                at = one.at.isoformat() if one.at else ""
                run(_ADJUST, (one.student, one.unit, one.kind.value, one.value, one.reason, one.by, at, one.question))

    def undo(self, student: str, unit: str, by: str, at: datetime) -> Adjustment:
        """Take back the latest adjustment of a unit that holds.

        Returns
        -------
        Adjustment
            The one that was taken back.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        latest = f"{_ADJUSTMENTS} WHERE student = ? AND unit = ? AND undone_at IS NULL ORDER BY number DESC LIMIT 1"
        with self._file.transaction() as run:
            row = run(latest, (student, unit)).fetchone()
            if row is None:
                raise NotFoundError(
                    f"nothing was adjusted for {student} in {unit}, or all of it is taken back",
                    f"grade history {student}",
                )
            run("UPDATE adjustment SET undone_by = ?, undone_at = ? WHERE number = ?", (by, at.isoformat(), row[0]))
        return _adjustment(row)

    def attempts(self) -> tuple[Attempt, ...]:
        """Return all known attempts, by student, unit and number."""
        columns = "student, unit, number, handed_in, source, path, members"
        with self._file.telling():
            rows = self._file.rows(f"SELECT {columns} FROM attempt ORDER BY student, unit, number")
            return tuple(
                Attempt(student, unit, number, _moment(handed_in), source, path, _names(members))
                for student, unit, number, handed_in, source, path, members in rows
            )

    def older_results(self) -> tuple[tuple[int, Result], ...]:
        """Return the results of attempts that are not the newest, each with its number."""
        query = """SELECT number, record FROM attempt_result JOIN attempt USING (student, unit, number)
            WHERE EXISTS (SELECT 1 FROM attempt AS newer WHERE newer.student = attempt.student
                AND newer.unit = attempt.unit AND newer.number > attempt.number) ORDER BY student, unit, number"""
        with self._file.telling():
            return tuple(
                (number, msgspec.json.decode(record, type=Result)) for number, record in self._file.rows(query)
            )

    def put_attempts(self, attempts: Sequence[Attempt]) -> None:
        """Store all attempts at some units; what was known of these is replaced, but for a time that is unknown now."""
        known = {(one.student, one.unit, one.path): one for one in self.attempts() if one.handed_in}
        with self._file.transaction() as run:
            for place in {(one.student, one.unit) for one in attempts}:
                run("DELETE FROM attempt WHERE student = ? AND unit = ?", place)
            for new in attempts:
                one = new if new.handed_in else _with_time(new, known.get((new.student, new.unit, new.path)))
                moment = one.handed_in.isoformat() if one.handed_in else None
                members = msgspec.json.encode(one.members).decode()
                run(_ATTEMPT, (one.student, one.unit, one.number, moment, one.source, one.path, members))

    def requests(self) -> tuple[Request, ...]:
        """Return all requests, earliest first."""
        return tuple(
            Request(number, student, unit, text, datetime.fromisoformat(at), answer, by, _moment(answered_at))
            for number, student, unit, text, at, answer, by, answered_at in self._file.rows(_REQUESTS)
        )

    def ask(self, student: str, unit: str, text: str, at: datetime) -> int:
        """Store a request and return its number."""
        with self._file.transaction() as run:
            insert = "INSERT INTO request (student, unit, text, at) VALUES (?, ?, ?, ?)"
            return int(run(insert, (student, unit, text, at.isoformat())).lastrowid or 0)

    def answer(self, number: int, answer: str, by: str, at: datetime) -> None:
        """Close a request.

        Raises
        ------
        NotFoundError
            If there is no open request of this number.
        """
        with self._file.transaction() as run:
            update = "UPDATE request SET answer = ?, answered_by = ?, answered_at = ? WHERE number = ?"
            if not run(f"{update} AND answered_at IS NULL", (answer, by, at.isoformat(), number)).rowcount:
                raise NotFoundError(f"there is no open request {number}", "grade requests")

    def changes(self, student: str) -> tuple[tuple[str, Change], ...]:
        """Return the recorded changes of a student's grades with their times, earliest first."""
        columns = "at, student, unit, what, before, after, why"
        rows = self._file.rows(f"SELECT {columns} FROM change WHERE student = ? ORDER BY number", (student,))
        return tuple((at, Change(*fields)) for at, *fields in rows)

    def replaced_results(self, student: str) -> tuple[tuple[str, Result], ...]:
        """Return the grades that a refused hand-in has replaced, with the time of the replacement."""
        with self._file.telling():
            rows = self._file.rows("SELECT at, record FROM earlier WHERE student = ? ORDER BY rowid", (student,))
            return tuple((at, msgspec.json.decode(record, type=Result)) for at, record in rows)

    def forget(self, student: str) -> dict[str, int]:
        """Remove a student from every table, and the traces from the file.

        Returns
        -------
        dict of str to int
            Number of removed rows by table.
        """
        self._file.rows("PRAGMA secure_delete = ON")
        with self._file.transaction() as run:
            removed = {table: _removed(run, table, student) for table in TABLES_WITH_PEOPLE}
            _leave_groups(run, student)
        with self._file.telling():
            self._file.connection.execute("VACUUM")
            self._file.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return removed

    def back_up(self, target: Path) -> None:
        """Copy the database, also while others write, and check the copy.

        Raises
        ------
        DeepgradeError
            If the target exists, cannot be written, or the copy is damaged.
        """
        if target.exists():
            raise DeepgradeError(f"{target} exists already", "name a new file: grade backup FILE")
        draft = target.with_name(f".{target.name}.part")
        try:
            with closing(sqlite3.connect(draft)) as copy:
                self._file.connection.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file, without companions
                (verdict,) = copy.execute("PRAGMA integrity_check").fetchone()
            if verdict != "ok":
                raise DeepgradeError(f"the copy is damaged ({verdict}): the database itself may be", "try another disk")
            draft.rename(target)
        except (sqlite3.Error, OSError) as error:
            raise DeepgradeError(f"{target} cannot be written: {error}", "choose another folder") from None
        finally:
            draft.unlink(missing_ok=True)


def _with_time(attempt: Attempt, earlier: Attempt | None) -> Attempt:
    """Return an attempt with the time that was known of it earlier."""
    if earlier is None:
        return attempt
    return replace(attempt, handed_in=earlier.handed_in, source=earlier.source)


def _removed(run: Run, table: str, student: str) -> int:
    return run(f"DELETE FROM {table} WHERE student = ?", (student,)).rowcount


def _leave_groups(run: Run, student: str) -> None:
    """Remove a student from the members of other people's hand-ins."""
    for place, members in run("SELECT rowid, members FROM attempt").fetchall():
        if student in _names(members):
            rest = msgspec.json.encode([name for name in _names(members) if name != student]).decode()
            run("UPDATE attempt SET members = ? WHERE rowid = ?", (rest, place))


def _names(members: str) -> tuple[str, ...]:
    return msgspec.json.decode(members, type=tuple[str, ...])


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _adjustment(row: Sequence[Any]) -> Adjustment:
    number, student, unit, kind, value, reason, by, at, undone_by, undone_at, question = row
    return Adjustment(
        student,
        unit,
        AdjustmentKind(kind),
        value,
        reason=reason,
        by=by,
        at=_moment(at),
        number=number,
        undone_by=undone_by,
        undone_at=_moment(undone_at),
        question=question,
    )
