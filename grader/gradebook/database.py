"""A class's one database: an SQLite file with every change in one transaction, and errors in the user's terms.

Any number of processes read at any time. Writers wait for each other for some seconds, then say so.
"""

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from grader.errors import DeepgradeError, no_room
from grader.gradebook.schema import APPLICATION, FORMAT, bring_up_to_date

LITTLE_ROOM = 1 << 20  # with fewer free bytes, any database error is taken for a full disk
PATIENCE = 10.0  # seconds that a writer waits for another one

Run = Callable[..., sqlite3.Cursor]


class JournalError(DeepgradeError):
    """Raised if the database of a class cannot be used."""


class Database:
    """A class's database.

    Parameters
    ----------
    path : Path
        The file; created if missing, unless `read_only`.
    read_only : bool
        Write nothing, not even a newer format: an earlier one is read from a copy in memory.
    patience : float
        Seconds to wait for another writer.

    Raises
    ------
    JournalError
        If the file is damaged, not a class's database, of a newer version, or not writable.
    """

    def __init__(self, path: Path, *, read_only: bool = False, patience: float = PATIENCE) -> None:
        self.path = path
        if not read_only:
            make_folder(path.parent)
        with contextlib.ExitStack() as stack, self.telling():
            connection = _connect(path, read_only=read_only, patience=patience)
            self.connection = stack.enter_context(contextlib.closing(connection))
            self._check()
            if read_only:
                self.connection = stack.enter_context(contextlib.closing(_present_form(self.connection)))
            else:
                bring_up_to_date(self.connection)
            self._identity = _identity(path)
            self._open = stack.pop_all()

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with self.telling():
            self._open.close()

    def rows(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Return the rows that a query selects."""
        with self.telling():
            return self.connection.execute(query, values).fetchall()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Run]:
        """Run a block whose changes are all on disk at its end, or none of them.

        Yields
        ------
        callable
            Executes a statement.

        Raises
        ------
        JournalError
            If the database cannot be written, or another process writes for too long.
        NoRoomError
            If the disk is full.
        """
        run = self.connection.execute
        self._require_in_place()
        with self.telling():
            run("BEGIN IMMEDIATE")
            try:
                yield run
                run("COMMIT")
            except BaseException:
                if self.connection.in_transaction:  # a full disk may have rolled it back already
                    run("ROLLBACK")
                raise

    @contextlib.contextmanager
    def telling(self) -> Iterator[None]:
        """Convert the database's exceptions to errors in the user's terms."""
        try:
            yield
        except (sqlite3.DatabaseError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._journal_error(error) from None

    def _require_in_place(self) -> None:
        """Raise if the file was moved or removed: what is written into it now would be lost with it."""
        if _identity(self.path) != self._identity:
            raise unusable(self.path, "it was moved or removed meanwhile; what was stored before is in it")

    def _check(self) -> None:
        """Raise if the file is no database of a class, before anything is written to it."""
        run = self.connection.execute
        tables = run("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0]
        if tables and run("PRAGMA application_id").fetchone()[0] != APPLICATION:
            raise self._error("is not a journal of deepgrade")
        if run("PRAGMA user_version").fetchone()[0] > FORMAT:
            raise self._error("was written by a newer version of deepgrade")

    def _journal_error(self, error: Exception) -> DeepgradeError:
        code = getattr(error, "sqlite_errorname", "")
        if code.startswith("SQLITE_BUSY"):
            return JournalError(
                f"another process has been writing {self.path} for {PATIENCE:g} seconds; nothing was changed",
                "wait until it ends, then type the same command again",
            )
        if code == "SQLITE_FULL" or _is_full(self.path.parent):
            return no_room(self.path)
        if isinstance(error, sqlite3.OperationalError):  # such as a read-only or a removed folder
            return unusable(self.path, str(error))
        return self._error(f"is damaged ({error})")

    def _error(self, what: str) -> JournalError:
        moved = self.path.with_name(f"{self.path.name}.old")
        return JournalError(
            f"{self.path} {what}",
            f"move it away, then copy your last backup to its place, or lose what was decided by hand and grade "
            f"everything anew: mv {self.path} {moved}",
        )


def run_lock(path: Path) -> FileLock:
    """Acquire the lock of whoever grades, or changes a whole class; it ends with the process, even by a crash.

    Parameters
    ----------
    path : Path
        The database; the lock is a file beside it.

    Raises
    ------
    JournalError
        If another process has it.
    """
    lock = FileLock(f"{path}.lock", timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise JournalError(
            f"another run is writing {path}", "wait until it ends, or choose another folder: --out"
        ) from None
    except OSError as error:
        raise unusable(path, str(error.strerror)) from None
    return lock


def is_locked(path: Path) -> bool:
    """Return whether another process grades, or changes a whole class, at this moment.

    It takes the lock for that moment if nobody has it: ask only where a run has begun and not ended.

    Parameters
    ----------
    path : Path
        The database.
    """
    if not path.with_name(f"{path.name}.lock").exists():
        return False
    try:
        run_lock(path).release()
    except JournalError:
        return True
    return False


def unusable(path: Path, reason: str) -> JournalError:
    """Return the error for a file that cannot be opened or written."""
    return JournalError(f"the journal {path} cannot be used: {reason}", "choose another folder: --out")


def make_folder(folder: Path) -> None:
    """Make the folder of the database.

    Raises
    ------
    JournalError
        If it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise JournalError(f"the folder {folder} cannot be made: {error.strerror}") from None


def _connect(path: Path, *, read_only: bool, patience: float) -> sqlite3.Connection:
    place = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    return sqlite3.connect(place, uri=True, isolation_level=None, timeout=patience)


def _present_form(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Return a connection to the database in the present format: the same one, or to a copy that was migrated."""
    if connection.execute("PRAGMA user_version").fetchone()[0] == FORMAT:
        return connection
    copy = sqlite3.connect(":memory:", isolation_level=None)
    connection.backup(copy)
    bring_up_to_date(copy)
    return copy


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < LITTLE_ROOM
    except OSError:
        return False
