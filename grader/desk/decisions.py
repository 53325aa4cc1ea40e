"""Decisions on a grade by hand: stored with who, when and why, and the tables written anew."""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from grader.desk.class_files import ClassFiles
from grader.errors import DeepgradeError
from grader.gradebook.book import database_path
from grader.gradebook.remarks import decision
from grader.gradebook.store import Gradebook
from grader.records.grades import Adjustment, AdjustmentKind
from grader.report.screens import points


class Author(Struct, frozen=True):
    """Author and time of a decision."""

    name: str
    at: datetime


class Decided(Struct, frozen=True):
    """A decision that is stored.

    Attributes
    ----------
    lines : tuple of str
        What was decided, each in a few words.
    before, after : str
        Final points in the unit, or the status.
    written : tuple of Path
        Tables that were written anew.
    """

    lines: tuple[str, ...]
    before: str
    after: str
    written: tuple[Path, ...] = ()

    @property
    def change(self) -> str:
        """Points before and after, or that they are as before."""
        return f"{self.after}, as before" if self.before == self.after else f"{self.before} → {self.after}"


def adjustments(
    student: str,
    unit: str,
    values: Mapping[AdjustmentKind, float],
    author: Author,
    *,
    reason: str = "",
    comment: str = "",
) -> Iterator[Adjustment]:
    """Yield the adjustments that somebody asks for.

    Parameters
    ----------
    student, unit : str
    values : mapping of AdjustmentKind to float
    author : Author
    reason : str
        Needed for all of them.
    comment : str
        A comment, without points.

    Raises
    ------
    DeepgradeError
        If nothing is asked for, the reason is missing, or a value is no number of points.
    """
    reason, comment = reason.strip(), comment.strip()
    if not values and not comment:
        raise DeepgradeError("nothing to adjust", "one of --points, --bonus, --set, --excuse, --extend, --comment")
    if values and not reason:
        raise DeepgradeError("an adjustment needs its reason, for whoever asks later", 'add --reason "..."')
    if not all(map(math.isfinite, values.values())):
        raise DeepgradeError("nan and inf are not a number of points", "such as --points +3")
    for kind, value in values.items():
        yield Adjustment(student, unit, kind, float(value), reason=reason, by=author.name, at=author.at)
    if comment:
        yield Adjustment(student, unit, AdjustmentKind.COMMENT, reason=comment, by=author.name, at=author.at)


def decide(files: ClassFiles, made: Sequence[Adjustment]) -> Decided:
    """Store adjustments of one student's unit, and write the tables anew.

    Parameters
    ----------
    files : ClassFiles
    made : sequence of Adjustment

    Returns
    -------
    Decided

    Raises
    ------
    NotFoundError
        If nobody has this id.
    DeepgradeError
        If the database cannot be written, or the tables: then the decision is stored.
    """
    student, unit = made[0].student, made[0].unit
    files.require(student)
    before = final_points(files, student, unit)
    with Gradebook(database_path(files.out)) as book:
        book.adjust(made)
    return _decided(files, (student, unit), map(decision, made), before)


def take_back(files: ClassFiles, student: str, unit: str, author: Author) -> Decided:
    """Take back the latest adjustment of a unit that holds, and write the tables anew.

    Parameters
    ----------
    files : ClassFiles
    student, unit : str
    author : Author

    Returns
    -------
    Decided

    Raises
    ------
    NotFoundError
        If nobody has this id, or nothing is to be taken back.
    """
    files.require(student)
    before = final_points(files, student, unit)
    with Gradebook(database_path(files.out)) as book:
        undone = book.undo(student, unit, author.name, author.at)
    return _decided(files, (student, unit), [f"taken back: {decision(undone)}"], before)


def _decided(files: ClassFiles, place: tuple[str, str], lines: Iterator[str] | Sequence[str], before: str) -> Decided:
    files.reread()
    return Decided(tuple(lines), before, final_points(files, *place), tuple(write_anew(files)))


def final_points(files: ClassFiles, student: str, unit: str) -> str:
    """Return somebody's final points in a unit, or the status."""
    grade = files.grade(student).units.get(unit)
    if grade is None:
        return "not graded yet"
    return grade.status.value if grade.final is None else f"{points(grade.final)}/{points(grade.out_of)}"


def write_anew(files: ClassFiles) -> list[Path]:
    """Write the tables again; a failure here must not look as if the decision were not stored."""
    try:
        return files.write()
    except DeepgradeError as error:
        raise DeepgradeError(
            f"the decision is stored, but the tables are not written anew: {error.message}",
            "do not decide again: the next grade autograde or grade adjust writes them",
        ) from None
