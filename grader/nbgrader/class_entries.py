"""Entries of a whole class: everybody's grades with the hand-ins that they come from, unit by unit."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from grader.course.registry import Course
from grader.errors import DeepgradeError
from grader.gradebook.book import ClassBook
from grader.gradebook.disclosure import level_of
from grader.nbgrader.cells import Cell, cells_of
from grader.nbgrader.entries import Entry, entry_of, is_absent
from grader.records import Result
from grader.records.grades import Attempt, Grade, GradeStatus, UnitGrade


class ClassEntries(Struct, frozen=True):
    """Everybody's entries in one unit, and who has none.

    Attributes
    ----------
    cells : tuple of Cell
    entries : tuple of Entry
    out_of : float
        The unit's points in the gradebook.
    absent : tuple of str
        Ids of those without a hand-in.
    excused : tuple of str
        Ids of those whose unit does not count.
    """

    cells: tuple[Cell, ...]
    entries: tuple[Entry, ...]
    out_of: float
    absent: tuple[str, ...] = ()
    excused: tuple[str, ...] = ()


Handed = tuple[Attempt | None, Result]


def entries_of_class(course: Course, book: ClassBook, results: Sequence[Result], unit: str) -> ClassEntries:
    """Return everybody's entries in a unit.

    Parameters
    ----------
    course : Course
    book : ClassBook
    results : sequence of Result
        Of all units: free days are spent over all of them.
    unit : str

    Returns
    -------
    ClassEntries

    Raises
    ------
    DeepgradeError
        If an id cannot be the name of a folder, which it is in nbgrader.
    """
    cells = cells_of(course, course.unit(unit))
    level = level_of(unit, book.people, book.adjustments, course.rules, datetime.now(UTC))
    handed = list(_handed_in(book, results, unit))
    pairs = [
        (grade, _counting(grade.units[unit], handed)) for grade in book.grades(course, results) if unit in grade.units
    ]
    present = [(grade, result) for grade, result in pairs if not is_absent(grade.units[unit], result)]
    for grade, _ in present:
        _require_folder_name(grade.person.id)
    return ClassEntries(
        cells=cells,
        entries=tuple(
            entry_of(one.person, one.units[unit], result, cells, rules=course.rules, level=level)
            for one, result in present
        ),
        out_of=max((grade.units[unit].out_of for grade, _ in pairs), default=0.0),
        absent=_ids(grade for grade, result in pairs if is_absent(grade.units[unit], result)),
        excused=_ids(grade for grade, _ in pairs if grade.units[unit].status is GradeStatus.EXCUSED),
    )


def _ids(grades: Iterator[Grade]) -> tuple[str, ...]:
    return tuple(grade.person.id for grade in grades)


def _handed_in(book: ClassBook, results: Sequence[Result], unit: str) -> Iterator[Handed]:
    """Yield the graded hand-ins of a unit with their attempts, each person's newest first."""
    known = {(one.student, one.number): one for one in book.attempts if one.unit == unit}
    newest = {student: attempt for (student, _), attempt in sorted(known.items())}
    for result in results:
        if result.unit == unit:
            yield newest.get(result.student), result
    for number, result in book.older:
        if result.unit == unit:
            yield known.get((result.student, number)), result


def _counting(grade: UnitGrade, handed: Sequence[Handed]) -> Result | None:
    """Return the result of the hand-in that counts; None if there is none."""
    student = grade.handed_in_by or grade.student
    candidates = [(attempt, result) for attempt, result in handed if result.student == student]
    same = [result for attempt, result in candidates if _is_same(attempt, grade.attempt)]
    return next(iter([*same, *(result for _, result in candidates)]), None)


def _is_same(attempt: Attempt | None, other: Attempt | None) -> bool:
    """Return whether it is one hand-in; a group's are numbered anew."""
    if attempt is None or other is None:
        return attempt is other
    return replace(attempt, number=0) == replace(other, number=0)


def _require_folder_name(student: str) -> None:
    if student in ("", ".", "..") or any(sign in student for sign in "/\\\0"):
        raise DeepgradeError(
            f'"{student}" is a person\'s id, and cannot be the name of a folder, which it is in nbgrader',
            "correct it in roster.csv, then grade again",
        )
