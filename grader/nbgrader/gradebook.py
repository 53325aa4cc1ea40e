"""Entering of grades into nbgrader's gradebook, in one transaction: all of it or nothing.

What people entered there stays: manual scores, extra credit, comments, names. Only automatic scores and comments, times
of handing in and late penalties are written.
"""

import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, InvalidEntry, MissingEntry
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from grader.errors import DeepgradeError, UnavailableError
from grader.nbgrader.cells import Cell, CellKind
from grader.nbgrader.entries import Entered, Entry, UnitEntries
from grader.nbgrader.source_cells import kernel_of, source_cells
from grader.records.grades import Person

COURSE = "default_course"  # as nbgrader calls a course without a name
MOST_NAMED = 5
_NOISE = ".*not in session, add operation.*"  # SQLAlchemy 2.1 on each submission that nbgrader 0.9.6 adds


class Book:
    """nbgrader's gradebook, open for one transaction; use `opened`.

    Parameters
    ----------
    gradebook : nbgrader.api.Gradebook
    """

    def __init__(self, gradebook: Any) -> None:
        self._gradebook = gradebook
        self._session = gradebook.db()
        self._commit: Callable[[], None] = self._session.commit
        self._session.commit = self._session.flush  # nbgrader's own methods commit step by step

    def keep(self) -> None:
        """Make everything that was entered permanent."""
        self._commit()

    def enter(self, units: Sequence[UnitEntries]) -> Entered:
        """Enter the grades of some units.

        Raises
        ------
        DeepgradeError
            If an assignment of this name has other cells.
        """
        entered = Entered()
        for unit in units:
            self._assignment(unit)
            for entry in unit.entries:
                self._student(entry.person)
                self._submission(unit, entry, entered)
            entered.maximum[unit.unit] = self._gradebook.find_assignment(unit.unit).max_score
        return entered

    def _assignment(self, unit: UnitEntries) -> None:
        due = {"duedate": _naive(unit.due)} if unit.due else {}
        self._gradebook.update_or_create_assignment(unit.unit, **due)
        try:
            notebook = self._gradebook.find_notebook(unit.unit, unit.unit)
        except MissingEntry:
            self._notebook(unit)
        else:
            _require_same_cells(unit, notebook)

    def _notebook(self, unit: UnitEntries) -> None:
        """Add the notebook of a new assignment, with its cells."""
        book, place = self._gradebook, (unit.unit, unit.unit)
        book.add_notebook(*place, kernelspec=kernel_of(unit.source))
        for cell in unit.cells:
            if cell.is_graded:
                book.add_grade_cell(cell.grade_id, *place, max_score=cell.points, cell_type=_cell_type(cell))
            if cell.kind in (CellKind.SOLUTION, CellKind.QUESTION):
                book.add_solution_cell(cell.grade_id, *place)
        for name, fields in source_cells(unit.unit, unit.source).items():
            book.add_source_cell(name, *place, **fields)

    def _student(self, person: Person) -> None:
        """Add a student, or fill in what nobody entered of the name and the address."""
        first, _, last = person.name.rpartition(" ")
        fields = {"first_name": first, "last_name": last, "email": person.email}
        known = fields if person.name else {name: value for name, value in fields.items() if value}
        try:
            student = self._gradebook.find_student(person.id)
        except MissingEntry:
            self._gradebook.add_student(person.id, **known)
            return
        for name, value in known.items():
            setattr(student, name, getattr(student, name) or value)

    def _submission(self, unit: UnitEntries, entry: Entry, entered: Entered) -> None:
        submission = self._gradebook.update_or_create_submission(unit.unit, entry.person.id)
        (notebook,) = [one for one in submission.notebooks if one.name == unit.unit]
        before = _state(submission, notebook)
        submission.timestamp = _naive(entry.handed_in)
        if unit.due:
            submission.extension = entry.extension
        notebook.late_submission_penalty = entry.penalty or None
        grades = {grade.name: grade for grade in notebook.grades}
        for name, score in entry.scores.items():
            _set_score(grades[name], score)
        for comment in notebook.comments:
            comment.auto_comment = entry.comments.get(comment.name)
        is_changed = _state(submission, notebook) != before
        entered.changed[unit.unit] = entered.changed.get(unit.unit, 0) + is_changed
        _note(entered, f"{entry.person.id} {unit.unit}", grades)


def _set_score(grade: Any, score: float | None) -> None:
    """Set an automatic score; a person who scored the cell looks at it again where the automatic one has changed."""
    if grade.manual_score is None:
        grade.needs_manual_grade = score is None
    elif grade.auto_score != score:
        grade.needs_manual_grade = True
    grade.auto_score = score


def _state(submission: Any, notebook: Any) -> tuple[object, ...]:
    """Return everything that is written, to see whether anything of it changes."""
    grades = {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in notebook.grades}
    comments = {comment.name: comment.auto_comment for comment in notebook.comments}
    return submission.timestamp, submission.extension, notebook.late_submission_penalty, grades, comments


def _note(entered: Entered, who: str, grades: Mapping[str, Any]) -> None:
    """Note the scores that people gave, and whether any is still to be given."""
    by_people = {name: grade.manual_score for name, grade in grades.items() if grade.manual_score is not None}
    entered.kept.extend(f"{who} {name}: {score:g}" for name, score in sorted(by_people.items()))
    if any(grade.needs_manual_grade for grade in grades.values()):
        entered.waiting.append(who)


def _naive(moment: datetime | None) -> datetime | None:
    """Return a moment as nbgrader stores it: in UTC without a zone, in whole microseconds."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment else None


def _cell_type(cell: Cell) -> str:
    return "markdown" if cell.kind is CellKind.QUESTION else "code"


def _require_same_cells(unit: UnitEntries, notebook: Any) -> None:
    """Raise if the unit's tests are not the cells that the gradebook has.

    Cells for people alone, which are answered in the notebook itself, may be there besides.
    """
    answered = {cell.name for cell in (*notebook.solution_cells, *notebook.task_cells)}
    present = {cell.name: cell.max_score for cell in notebook.grade_cells}
    wanted = {cell.grade_id: cell.points for cell in unit.cells if cell.is_graded}
    differences = [
        *(f"{name} is new" for name in sorted(wanted.keys() - present.keys())),
        *(f"{name} is gone" for name in sorted(present.keys() - wanted.keys() - answered)),
        *(
            f"{name} had {present[name]:g} points and has {wanted[name]:g}"
            for name in sorted(wanted.keys() & present.keys())
            if abs(present[name] - wanted[name]) > 1e-9
        ),
    ]
    if not differences:
        return
    more = f" and {len(differences) - MOST_NAMED} more" if len(differences) > MOST_NAMED else ""
    submissions = len(notebook.submissions)
    raise DeepgradeError(
        f"the tests of {unit.unit} are not the cells of the assignment in nbgrader's gradebook: "
        f"{'; '.join(differences[:MOST_NAMED])}{more}",
        f"nbgrader db assignment remove {unit.unit} --force, then the same command "
        f"(that removes {submissions} submission{'s' * (submissions != 1)} with what people entered)"
        if submissions
        else f"nbgrader db assignment remove {unit.unit}, then the same command",
    )


@contextmanager
def opened(url: str) -> Iterator[Book]:
    """Open nbgrader's gradebook; what is not kept is undone at the end.

    Parameters
    ----------
    url : str
        SQLAlchemy's address of the database. A new one is created.

    Yields
    ------
    Book

    Raises
    ------
    UnavailableError
        If the database's driver is not installed.
    DeepgradeError
        If the database cannot be used.
    """
    with warnings.catch_warnings(), _programs_of_this_python():
        warnings.filterwarnings("ignore", message=_NOISE)
        try:
            with Gradebook(url, _course_id(url)) as gradebook:
                yield Book(gradebook)
        except ImportError as error:
            raise UnavailableError(f"no driver for this database: {error}", "pip install psycopg2-binary") from None
        except InvalidEntry as error:
            raise DeepgradeError(f"nbgrader refuses an entry: {error}", "correct it, then the same command") from None
        except SQLAlchemyError as error:
            raise _database_error(url, error) from None


def _course_id(url: str) -> str:
    """Return the course's id in the database, if it has one of its own: Gradebook would add another."""
    engine = create_engine(url)
    try:
        if "course" not in inspect(engine).get_table_names():
            return COURSE
        with engine.connect() as connection:
            ids = [str(row[0]) for row in connection.execute(text("SELECT id FROM course ORDER BY id"))]
    finally:
        engine.dispose()
    return COURSE if COURSE in ids or not ids else ids[0]


@contextmanager
def _programs_of_this_python() -> Iterator[None]:
    """Put this Python's programs first: for a new database nbgrader runs `alembic`, whichever the shell finds."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


def _database_error(url: str, error: Exception) -> DeepgradeError:
    """Return the error for a database that cannot be used, without its password."""
    if isinstance(error, ArgumentError | NoSuchModuleError):
        return DeepgradeError(
            "--db is no address of a database",
            "--db sqlite:///gradebook.db, or --db postgresql+psycopg2://user@host/course",
        )
    shown = make_url(url).render_as_string(hide_password=True)
    reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    if "no such column" in reason or "does not exist" in reason:
        return DeepgradeError(f"{shown} cannot be used: {reason}", "of an older nbgrader? nbgrader db upgrade")
    return DeepgradeError(
        f"{shown} cannot be used, and was left as it was: {reason}", "is it there, and does nothing else write it?"
    )
