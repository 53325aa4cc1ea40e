"""Removal of one person from everything that a class keeps, with an account of what was removed."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from grader.atomic import write_atomically
from grader.errors import DeepgradeError
from grader.gradebook.book import database_path
from grader.gradebook.database import run_lock
from grader.gradebook.roster import roster_path, without_person
from grader.gradebook.schema import TABLES_WITH_PEOPLE
from grader.gradebook.store import Gradebook
from grader.records.grades import Attempt


class Removal(Struct, frozen=True):
    """Something that was removed: how much of what, from where."""

    place: Path
    what: str


def forget(out: Path, student: str, submissions: Path | None) -> list[Removal]:
    """Remove a person from the database, the roster and the submissions; tables are for the caller to write anew.

    Parameters
    ----------
    out : Path
        The class's results folder.
    student : str
    submissions : Path, optional
        Folder of submissions, in which what the person handed in is removed.

    Returns
    -------
    list of Removal

    Raises
    ------
    JournalError
        If a run is grading, or the database cannot be used.
    DeepgradeError
        If a file cannot be removed.
    """
    database = database_path(out)
    removals: list[Removal] = []
    if database.is_file():
        with run_lock(database), Gradebook(database) as book:
            attempts = [attempt for attempt in book.attempts() if attempt.student == student]
            counts = book.forget(student)
        removals += [
            Removal(database, f"{count} {TABLES_WITH_PEOPLE[table]}") for table, count in counts.items() if count
        ]
    else:
        attempts = []
    return [*removals, *_from_roster(roster_path(out), student), *_from_submissions(submissions, student, attempts)]


def _from_roster(path: Path, student: str) -> Iterator[Removal]:
    text = without_person(path, student) if path.is_file() else None
    if text is not None:
        write_atomically(path, text.encode())
        yield Removal(path, "the person's row")


def _from_submissions(folder: Path | None, student: str, attempts: Sequence[Attempt]) -> Iterator[Removal]:
    """Remove what somebody handed in: the paths of the attempts, and the folder of the person's name."""
    if folder is None:
        return
    if not folder.is_dir():
        raise DeepgradeError(
            f"{folder} is no folder: nothing is removed from within an archive", "unpack it, or delete it as a whole"
        )
    for name in dict.fromkeys([*(attempt.path for attempt in attempts if attempt.path), student]):
        path = folder / name
        if path.resolve().parent.is_relative_to(folder.resolve()) and (path.exists() or path.is_symlink()):
            _remove(path)
            yield Removal(path, "what was handed in")


def _remove(path: Path) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    except OSError as error:
        raise DeepgradeError(f"{path} cannot be removed: {error.strerror}", "remove it yourself") from None
