"""Jobs for a test run: whose code, which units and tasks, which tests."""

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from grader.cli.names import chosen
from grader.cli.student_files import is_begun, texts_in
from grader.course import layout
from grader.course.registry import Course, Unit
from grader.errors import UnavailableError
from grader.judge.protocol import Job
from grader.judge.seeds import PUBLIC_SECRET
from grader.submissions.intake import Submission


class Subject(Struct, frozen=True):
    """The code under test and the kinds of tests.

    Attributes
    ----------
    hidden : bool
        Whether to run the hidden tests too.
    solutions : bool
        Whether to run the solutions instead of the stubs.
    """

    hidden: bool = False
    solutions: bool = False

    @property
    def is_own(self) -> bool:
        """Whether this is a student's plain run, whose results are remembered."""
        return not (self.hidden or self.solutions)

    def folder(self, course: Course, unit: Unit) -> Path:
        """Return the folder of the code."""
        return (layout.solutions if self.solutions else layout.exercises)(course.root, unit.name)

    def require(self, course: Course) -> None:
        """Check that the requested solutions and hidden tests exist here.

        Raises
        ------
        UnavailableError
            If they do not, as in a student bundle.
        """
        if self.solutions and not layout.solutions(course.root).is_dir():
            raise UnavailableError("there are no solutions here: --solutions is for authors of the course", "grade")
        if self.hidden and not layout.hidden(course.root).is_dir():
            raise UnavailableError("there are no hidden tests here: they run after submission", "grade run")


def jobs_for(course: Course, names: Sequence[str], subject: Subject, *, everything: bool = False) -> list[Job]:
    """Return a job for each selected unit.

    Parameters
    ----------
    course : Course
    names : sequence of str
        Units and tasks; if empty, the units that have been begun, or else the first unit.
    subject : Subject
    everything : bool
        Whether to select every unit and ignore the names.

    Raises
    ------
    NotFoundError
        If a name is neither a unit nor a task, or the course has no units.
    UnavailableError
        If hidden tests or solutions are requested where there are none.
    RejectedError
        If a file is not text, or too large.
    """
    subject.require(course)
    wanted = chosen(course, names) if names and not everything else _default(course, subject, everything)
    secret = _secret(course) if subject.hidden else PUBLIC_SECRET
    return [
        Job(
            Submission(name, texts_in(subject.folder(course, course.unit(name)), course.unit(name))),
            limits=course.limits_of(name),
            secret=secret,
            tasks=tasks,
            visible_only=not subject.hidden,
        )
        for name, tasks in wanted.items()
    ]


def _default(course: Course, subject: Subject, everything: bool) -> dict[str, tuple[str, ...]]:
    units = [unit for unit in course.units if unit.tasks]
    if not (everything or subject.solutions):
        units = [unit for unit in units if is_begun(course, unit)] or units[:1]
    return {unit.name: () for unit in units}


def _secret(course: Course) -> str:
    from grader.autograde.secret import course_secret

    return course_secret(course)
