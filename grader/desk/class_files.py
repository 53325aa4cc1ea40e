"""A class's results and gradebook, read together, and the tables that are made of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from grader.autograde.journal import NAME as JOURNAL
from grader.autograde.journal import Journal
from grader.autograde.saved_results import RESULTS, past_results, past_summaries, with_choices
from grader.course.registry import Course
from grader.errors import NotFoundError, did_you_mean
from grader.gradebook.book import by_student, class_book
from grader.gradebook.disclosure import level_of
from grader.records import Result
from grader.records.disclosure import Level
from grader.records.grades import Grade, Person
from grader.records.run import Change, RunFacts, RunProgress
from grader.report.data_files import has_lines_of_results, rewrite_people, write_changes, write_csv, write_json


class ClassFiles:
    """A class: its results, its gradebook, and the tables made of them.

    Parameters
    ----------
    course : Course
    out : Path
        The output folder of `grade autograde`; it may be empty.
    people : sequence of Person, optional
        Read already; by default, the roster beside the folder is read.

    Raises
    ------
    DeepgradeError
        If the roster or the database cannot be used.
    """

    def __init__(self, course: Course, out: Path, people: Sequence[Person] | None = None) -> None:
        self._course, self._out = course, out.absolute()
        self.book = class_book(self._out, people)
        self._state = _state(self._out / RESULTS)
        self._summaries: tuple[Result, ...] = past_summaries(course, self._out)
        self._whole: tuple[Result, ...] | None = None

    @property
    def results(self) -> tuple[Result, ...]:
        """Results with all of their tests, which takes seconds in a large class; see `summaries`."""
        if self._whole is None:
            self._whole = with_choices(self._course, _results(self._out))
        return self._whole

    @property
    def summaries(self) -> tuple[Result, ...]:
        """Results for whoever needs sums, statuses and remarks, and no tests; with tests where they are read anyway."""
        return self.results if self._whole is not None else self._summaries or self.results

    @property
    def out(self) -> Path:
        """The class's results folder."""
        return self._out

    def grades(self) -> tuple[Grade, ...]:
        """Return everybody's grades.

        Returns
        -------
        tuple of Grade
        """
        return self.book.grades(self._course, self.summaries)

    def grade(self, student: str) -> Grade:
        """Return one person's grades; without units if nothing was graded yet.

        Parameters
        ----------
        student : str

        Returns
        -------
        Grade
        """
        return by_student(self.grades()).get(student, Grade(Person(student), {}))

    def level(self, unit: str) -> Level:
        """Return how much students are shown now of a unit's hidden tests.

        Parameters
        ----------
        unit : str

        Returns
        -------
        Level
        """
        return level_of(unit, self.book.people, self.book.adjustments, self._course.rules, datetime.now(UTC))

    def require_results(self) -> None:
        """Raise if nothing was graded yet."""
        if not self.summaries:
            raise NotFoundError(f"there are no results in {self._out}", "grade autograde SUBMISSIONS")

    def require(self, student: str) -> None:
        """Raise if nobody in the roster or the results has this id.

        Parameters
        ----------
        student : str

        Raises
        ------
        NotFoundError
            With the most similar id.
        """
        known = self.book.ids(self.summaries)
        if not known:
            raise NotFoundError(
                f'there is no student "{student}": neither roster nor results are there yet',
                "grade autograde SUBMISSIONS",
            )
        if student not in known:
            raise NotFoundError(
                f'there is no student "{student}" in the roster or the results{did_you_mean(student, known)}',
                "write the id as it stands in the first column of results.csv",
            )

    def write(self) -> list[Path]:
        """Write the tables that decisions change, and all of them if they do not have all results.

        A decision that somebody else makes meanwhile is written, too.

        Returns
        -------
        list of Path
            The written files; none if nothing was graded yet.
        """
        if not self.summaries:
            return []
        written, book = self._written(), self.book
        self.reread()
        return written if self.book == book else self.write()

    def _written(self) -> list[Path]:
        grades, path = self.grades(), self._out / RESULTS
        if self._whole is None and self._state and _state(path) == self._state and has_lines_of_results(path):
            written = rewrite_people(self._course, self._summaries, self._out, grades)
            self._state = _state(path)
            return written
        return [
            *write_csv(self._course, self.results, self._out, grades=grades),
            write_json(self._course, self.results, self._out, grades),
        ]

    def reread(self) -> None:
        """Read the gradebook again after a change."""
        self.book = class_book(self._out)

    def write_without(self, student: str) -> list[Path]:
        """Write every table without somebody whom the gradebook has forgotten, the list of changes included.

        Parameters
        ----------
        student : str

        Returns
        -------
        list of Path
            The written files.
        """
        self.reread()
        self._whole = tuple(result for result in self.results if result.student != student)
        if not (self._out / JOURNAL).is_file():
            return []
        return [*self._written(), write_changes(self.changes(), self._out)]

    def changes(self) -> tuple[tuple[str, Change], ...]:
        """Return every change of a grade with its time, earliest first.

        Returns
        -------
        tuple of (str, Change)
        """
        path = self._out / JOURNAL
        if not path.is_file():
            return ()
        with Journal(path, read_only=True) as journal:
            return journal.changes()

    def last_run(self) -> str:
        """Return when the latest run began; empty if that is not known.

        Returns
        -------
        str
        """
        progress = self._progress()
        return progress.started if progress else ""

    def run_facts(self) -> RunFacts | None:
        """Return the conditions of the latest run; None if they are not known.

        Returns
        -------
        RunFacts or None
        """
        progress = self._progress()
        return progress.facts if progress else None

    def _progress(self) -> RunProgress | None:
        path = self._out / JOURNAL
        if not path.is_file():
            return None
        with Journal(path, read_only=True) as journal:
            return journal.progress()


def _state(path: Path) -> tuple[int, int, int] | None:
    """Return what changes whenever a file is written; None if it is missing."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _results(out: Path) -> tuple[Result, ...]:
    """Return the results of the last run that wrote its tables, with those of a run that goes on or was interrupted."""
    try:
        written = past_results(out)
    except NotFoundError:  # decisions may come before the first grading
        return ()
    if not (out / JOURNAL).is_file():
        return written
    with Journal(out / JOURNAL, read_only=True) as journal:
        fresh = {(result.student, result.unit): result for result in journal.new_results()}
    places = [(result.student, result.unit) for result in written]
    others = [result for place, result in sorted(fresh.items()) if place not in {*places}]
    return (*(fresh.get(place, result) for place, result in zip(places, written, strict=True)), *others)
