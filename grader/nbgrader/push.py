"""Entering a class into an nbgrader course: grades in its gradebook, receipts in its folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from grader.course.registry import Course
from grader.errors import UnavailableError
from grader.gradebook.book import ClassBook
from grader.gradebook.identities import identifier
from grader.gradebook.lateness import deadline
from grader.nbgrader.class_entries import ClassEntries, entries_of_class
from grader.nbgrader.course_folder import CourseFolder
from grader.nbgrader.entries import Entered, Entry, UnitEntries
from grader.nbgrader.receipt import NO_CODE, NOTHING, code_of, receipt_text
from grader.nbgrader.source_notebook import source_text
from grader.records import Result
from grader.submissions.hand_ins import HandIn, read_inbox

Work = Mapping[tuple[str, str], Sequence[HandIn]]
"""Hand-ins by student and unit."""


class Pushed(Struct, frozen=True):
    """Summary of what was entered.

    Attributes
    ----------
    entered : Entered
    units : dict of str to ClassEntries
    """

    entered: Entered
    units: dict[str, ClassEntries]


def work_in(course: Course, book: ClassBook, folder: Path, units: Sequence[str]) -> Work:
    """Return what was handed in, by student and unit.

    Parameters
    ----------
    course : Course
    book : ClassBook
    folder : Path
        A folder or archive, as for `grade autograde`.
    units : sequence of str

    Raises
    ------
    DeepgradeError
        If it cannot be read.
    """
    inbox = read_inbox(folder, course, units=units, identify=identifier(book.people))
    work: dict[tuple[str, str], list[HandIn]] = {}
    for hand_in in inbox.hand_ins:
        work.setdefault((hand_in.attempt.student, hand_in.attempt.unit), []).append(hand_in)
    return work


def push(
    course: Course,
    book: ClassBook,
    results: Sequence[Result],
    units: Sequence[str],
    *,
    url: str,
    folder: CourseFolder | None,
    work: Work,
) -> Pushed:
    """Enter a class's grades into an nbgrader course: all of them, or nothing.

    Parameters
    ----------
    course : Course
        An author's checkout, with the hidden tests.
    book : ClassBook
    results : sequence of Result
        Of the whole class.
    units : sequence of str
    url : str
        SQLAlchemy's address of nbgrader's gradebook.
    folder : CourseFolder or None
        Without it, no receipts are written.
    work : mapping
        What was handed in, for the receipts.

    Returns
    -------
    Pushed

    Raises
    ------
    UnavailableError
        If nbgrader is not installed.
    DeepgradeError
        If the gradebook cannot be used, or an assignment has other cells.
    """
    try:
        from grader.nbgrader.gradebook import opened
    except ModuleNotFoundError as error:
        raise UnavailableError(f"{error.name} is not installed", "pip install 'deepgrade[nbgrader]'") from None

    classes = {unit: _as_collected(entries_of_class(course, book, results, unit), unit, folder) for unit in units}
    sources = {unit: source_text(course, course.unit(unit)) for unit in units}
    with opened(url) as gradebook:
        entered = gradebook.enter([_unit_entries(course, unit, classes[unit], sources[unit]) for unit in units])
        if folder is not None:
            for unit in units:
                folder.write(unit, sources[unit], _receipts(course, unit, classes[unit], sources[unit], work))
        gradebook.keep()
    return Pushed(entered, classes)


def _as_collected(entries: ClassEntries, unit: str, folder: CourseFolder | None) -> ClassEntries:
    if folder is None:
        return entries
    return replace(entries, entries=tuple(folder.as_collected(one, unit) for one in entries.entries))


def _unit_entries(course: Course, unit: str, entries: ClassEntries, source: str) -> UnitEntries:
    due = course.rules.due.get(unit)
    moment = deadline(due, course.rules.zone) if due else None
    return UnitEntries(unit, entries.cells, entries.entries, source, moment)


def _receipts(
    course: Course, unit: str, entries: ClassEntries, source: str, work: Work
) -> dict[str, tuple[Entry, str]]:
    return {one.person.id: (one, _receipt(course, unit, one, source, work)) for one in entries.entries}


def _receipt(course: Course, unit: str, entry: Entry, source: str, work: Work) -> str:
    hand_in = _hand_in_of(entry, work.get((entry.handed_in_by, unit), ()))
    files = hand_in.submission.files if hand_in else {}
    code = code_of(course.unit(unit), files) if files else None
    return receipt_text(source, entry, code, missing=NO_CODE if entry.handed_in_by else NOTHING)


def _hand_in_of(entry: Entry, hand_ins: Sequence[HandIn]) -> HandIn | None:
    """Return the hand-in that counts: the attempt that was graded, or the newest."""
    path = entry.attempt.path if entry.attempt else ""
    same = [hand_in for hand_in in hand_ins if path and hand_in.attempt.path == path]
    return next(iter([*same, *(hand_in for hand_in in hand_ins if hand_in.counts)]), None)
