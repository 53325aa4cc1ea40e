"""The class that is served: read from its folder for each page, changed by what the commands call, too."""

from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from grader.autograde.journal import NAME, Journal
from grader.course.registry import Course
from grader.desk.class_files import ClassFiles
from grader.desk.decisions import Author, Decided, adjustments, decide, take_back
from grader.desk.pages import class_facts, pages_of
from grader.errors import DeepgradeError, NotFoundError
from grader.gradebook.database import is_locked
from grader.gradebook.history import Step, steps_of
from grader.gradebook.store import Gradebook
from grader.records import Result, Status
from grader.records.disclosure import Level
from grader.records.grades import AdjustmentKind
from grader.records.run import RunProgress
from grader.report.pages.class_view import ClassFacts
from grader.report.pages.feedback_view import FeedbackView
from grader.serve.forms import Decision
from grader.serve.progress_view import page_of
from grader.serve.regrading import Regrader


class RunUnderWayError(DeepgradeError):
    """A run writes the results, and another one cannot begin."""


class PersonPage(Struct, frozen=True):
    """Everything on a student's page: the unit's feedback, the story of its grade, and the student's other units."""

    student: str
    unit: str
    view: FeedbackView
    history: tuple[Step, ...]
    units: tuple[tuple[str, str], ...]


class ServedClass:
    """A course's class, whose results lie in a folder.

    Parameters
    ----------
    course : Course
    results : Path
        The output folder of `grade autograde`.
    author : str
        Who decides.
    regrader : Regrader

    Raises
    ------
    NotFoundError
        If no run has begun there.
    """

    def __init__(self, course: Course, results: Path, author: str, regrader: Regrader) -> None:
        self.course, self._results, self._author, self.regrader = course, results.absolute(), author, regrader
        self._dead_run = 0
        if not self._database.is_file():
            raise NotFoundError(
                f"there are no results in {self._results}", "grade autograde SUBMISSIONS, or name the folder"
            )

    @property
    def _database(self) -> Path:
        return self._results / NAME

    def progress(self) -> tuple[RunProgress | None, bool]:
        """Return how far the latest run has come, and whether a process is still at it."""
        with Journal(self._database, read_only=True) as journal:
            run = journal.progress()
        if run is None or run.ended or run.number == self._dead_run:
            return run, False
        is_running = is_locked(self._database)
        if not is_running:
            self._dead_run = run.number  # it is not asked for again: asking takes the lock for a moment
        return run, is_running

    def facts(self) -> ClassFacts:
        """Return what the table is made of, each student leading to a page here."""
        facts = class_facts(self.course, self._files())
        return replace(facts, pages={place: page_of(*place) for place in facts.pages})

    def person(self, student: str, unit: str) -> PersonPage:
        """Return a student's page of a unit, with hidden tests.

        Raises
        ------
        NotFoundError
            If there is no such student or unit.
        """
        files, unit = self._known(student, unit)
        results = {result.unit: result for result in files.results if result.student == student}
        result = results.get(unit) or Result(student, unit, Status.WAITING)
        (page,) = pages_of(self.course, files, [result], Level.EVERYTHING)
        with Gradebook(self._database, read_only=True) as book:
            history = tuple(step for step in steps_of(book, student) if step.unit == unit)
        names = [one.name for one in self.course.units if one.name in results or one.name == unit]
        return PersonPage(student, unit, page.view, history, tuple((name, page_of(student, name)) for name in names))

    def decide(self, student: str, unit: str, decision: Decision) -> Decided:
        """Store a decision, as `grade adjust` does."""
        files, unit = self._known(student, unit)
        author = Author(self._author, datetime.now(UTC))
        if decision.takes_back:
            return take_back(files, student, unit, author)
        if decision.kind is AdjustmentKind.COMMENT:
            return decide(files, list(adjustments(student, unit, {}, author, comment=decision.reason)))
        values: dict[AdjustmentKind, float] = {decision.kind: decision.value}
        return decide(files, list(adjustments(student, unit, values, author, reason=decision.reason)))

    def regrade(self, student: str, unit: str) -> None:
        """Start grading a submission again, as `grade autograde --student` does.

        Raises
        ------
        RunUnderWayError
            If a run writes the results.
        DeepgradeError
            If it is not known where the hand-ins lie, or a regrade has not ended.
        """
        _, unit = self._known(student, unit)
        run, is_running = self.progress()
        if run is None:
            raise DeepgradeError(
                "it is not known where the hand-ins lie: no run is noted in this folder", "grade autograde SUBMISSIONS"
            )
        if is_running:
            done = run.facts.reused + len(run.done)
            raise RunUnderWayError(
                f"a run writes these results, {done} of {run.facts.total} are done",
                "wait until it has ended, then grade this one again",
            )
        self.regrader.start(run.facts, student, unit)

    def _files(self) -> ClassFiles:
        return ClassFiles(self.course, self._results)

    def _known(self, student: str, unit: str) -> tuple[ClassFiles, str]:
        """Return the class's files and the unit's name, if there are such a student and unit."""
        files, name = self._files(), self.course.unit(unit).name
        files.require(student)
        return files, name
