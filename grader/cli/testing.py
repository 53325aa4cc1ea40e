"""Test runs: whose code, which units, tasks and tests; their progress display, and Ctrl-C that keeps results."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from grader.cli.screen import Screen
from grader.cli.student_files import is_begun, texts_in
from grader.course import layout
from grader.course.registry import Course, Task, Unit
from grader.course.suite import tests_of
from grader.errors import NotFoundError, UnavailableError, did_you_mean
from grader.judge.protocol import PUBLIC_SECRET, Job
from grader.printable import safe
from grader.records import TestRecord
from grader.submissions.intake import Submission


def find(course: Course, name: str) -> tuple[Unit, Task | None]:
    """Return the unit of this name, or the unit and the task.

    Raises
    ------
    NotFoundError
        If there is neither; the message suggests the nearest name.
    """
    for unit in course.units:
        if unit.name == name:
            return unit, None
        for task in unit.tasks:
            if name in (task.name, f"{unit.name}.{task.name}"):
                return unit, task
    raise _no_such(course, name)


def _no_such(course: Course, name: str) -> NotFoundError:
    units = [unit.name for unit in course.units]
    tasks = [task.name for unit in course.units for task in unit.tasks]
    ids = [f"{unit.name}.{task.name}" for unit in course.units for task in unit.tasks]
    question = did_you_mean(name, ids if "." in name else units + tasks)
    known = [f"units: {', '.join(units) or 'none yet'}"]
    known += [
        f"tasks of {unit.name}: {', '.join(task.name for task in unit.tasks)}"
        for unit in course.units
        if any(f'"{name}"' in question for name in _names_in(unit))
    ]
    return NotFoundError(f'there is no unit or task "{name}"{question}', "one of these:\n" + "\n".join(known))


def _names_in(unit: Unit) -> list[str]:
    return [unit.name, *(name for task in unit.tasks for name in (task.name, f"{unit.name}.{task.name}"))]


def chosen(course: Course, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the tasks of each unit that some names select; no tasks means the whole unit.

    Raises
    ------
    NotFoundError
        If a name is neither a unit nor a task.
    """
    whole: set[str] = set()
    tasks: dict[str, list[str]] = {}
    for name in names:
        unit, task = find(course, name)
        tasks.setdefault(unit.name, [])
        if task is None:
            whole.add(unit.name)
        else:
            tasks[unit.name].append(task.name)
    ordered = [unit.name for unit in course.units if unit.name in tasks]
    return {unit: () if unit in whole else tuple(dict.fromkeys(tasks[unit])) for unit in ordered}


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


OnRecord = Callable[[TestRecord], None]


class Run:
    """A run of one unit's tests.

    Attributes
    ----------
    tests : list of TestRecord
        Tests finished so far.
    interrupted : bool
        Whether Ctrl-C ended the run early.
    """

    def __init__(self) -> None:
        self.tests: list[TestRecord] = []
        self.interrupted = False

    def take(self, test: TestRecord) -> None:
        """Keep a finished test; a second record, which has the name of the mistake, replaces the first."""
        names = [(known.task, known.test, known.hidden) for known in self.tests]
        if (test.task, test.test, test.hidden) in names:
            self.tests[names.index((test.task, test.test, test.hidden))] = test
        else:
            self.tests.append(test)


def watched(screen: Screen, course: Course, job: "Job", *, quiet: bool = False) -> Run:
    """Grade a job in a worker, and show the progress; a running `grade watch` lends its judge.

    Parameters
    ----------
    screen : Screen
    course : Course
    job : Job
    quiet : bool
        Whether to show nothing.

    Returns
    -------
    Run

    Raises
    ------
    JudgeFailed
        If the suite cannot be collected, or the judge dies.
    """
    from grader.home.exchange import graded_by_watcher
    from grader.judge.client import grade_once

    run = Run()
    with _display(screen, job.unit, expected_tests(course, job), run, quiet=quiet) as on_record:
        try:
            graded_by_watcher(course.root, job, on_record) or grade_once(course.root, job, on_record)
        except KeyboardInterrupt:
            run.interrupted = True
    return run


def expected_tests(course: Course, job: "Job") -> list[str]:
    """Return the names of a job's tests in the likely order of execution, without importing them.

    Raises
    ------
    CourseError
        If a test file is not valid Python.
    """
    stems = sorted(course.unit(job.unit).files)
    paths = [layout.visible_test(course.root, job.unit, stem) for stem in stems]
    if not job.visible_only:
        paths += [layout.hidden_test(course.root, job.unit, stem) for stem in stems]
    return [name for path in paths for name in _names(course.root, path, job)]


def _names(root: Path, path: Path, job: "Job") -> list[str]:
    stem = path.stem.removeprefix("test_")
    tests = tests_of(root, path)
    return [f"{stem}.{test.name}" for test in tests if test.task and (not job.tasks or test.task in job.tasks)]


@contextmanager
def _display(screen: Screen, unit: str, expected: list[str], run: Run, *, quiet: bool) -> Iterator[OnRecord]:
    """Show a progress bar while the block runs; yields a callback for each record."""
    if quiet or not screen.is_live:
        yield run.take
        return
    with screen.progress() as progress:
        bar = progress.add_task(f"{unit}: starting", total=len(expected))

        def take(test: TestRecord) -> None:
            run.take(test)
            done = len(run.tests)
            progress.update(bar, completed=done, total=max(done, len(expected)), description=_following(test, expected))

        yield take


def _following(test: TestRecord, expected: list[str]) -> str:
    """Return the title of the test that probably comes after this one."""
    name = test.test.partition("[")[0]
    after = expected.index(name) + 1 if name in expected else len(expected)
    if after >= len(expected):
        return safe(test.title)
    return safe(expected[after].partition(".test_")[2].replace("_", " "))
