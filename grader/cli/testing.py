"""Test runs: whose code, which units, tasks and tests; their progress display, and Ctrl-C that keeps results."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from grader.cli.place import shown
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
    """Return the unit of this name, or the unit and the task; capital letters do not matter where they need not.

    Raises
    ------
    NotFoundError
        If there is neither; the message suggests the nearest name.
    """
    for spelling in (str, str.lower):
        for unit in course.units:
            if spelling(unit.name) == spelling(name):
                return unit, None
            for task in unit.tasks:
                if spelling(name) in (spelling(task.name), spelling(f"{unit.name}.{task.name}")):
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


def chosen(course: Course, names: Iterable[str], here: Path | None = None) -> dict[str, tuple[str, ...]]:
    """Return the tasks of each unit that some names select; no tasks means the whole unit.

    Parameters
    ----------
    course : Course
    names : iterable of str
        Units, tasks, and files or folders of a unit.
    here : Path, optional
        Folder to which paths are relative; by default the current one.

    Raises
    ------
    NotFoundError
        If a name is none of these.
    """
    whole: set[str] = set()
    tasks: dict[str, list[str]] = {}
    for name in names:
        unit, selected = selection(course, name, here or Path.cwd())
        tasks.setdefault(unit.name, []).extend(selected)
        if not selected:
            whole.add(unit.name)
    ordered = [unit.name for unit in course.units if unit.name in tasks]
    return {unit: () if unit in whole else tuple(dict.fromkeys(tasks[unit])) for unit in ordered}


def selection(course: Course, name: str, here: Path) -> tuple[Unit, tuple[str, ...]]:
    """Return the unit that a name or path belongs to, and the tasks that it selects; none means all.

    Raises
    ------
    NotFoundError
        If it belongs to no unit, or its file's name to several.
    """
    if (unit := unit_of_folder(course, here / name)) is not None:
        return unit, _tasks_in(unit, (here / name).stem)
    if units := _units_with(course, name):
        here_first = [unit for unit in units if unit == unit_of_folder(course, here)] or units
        if len(here_first) > 1:
            paths = [shown(layout.stub_path(course.root, unit.name, Path(name).stem)) for unit in units]
            raise NotFoundError(f"{len(units)} units have a file {Path(name).name}", f"grade run {paths[0]}")
        return here_first[0], _tasks_in(here_first[0], Path(name).stem)
    unit, task = find(course, name)
    return unit, (task.name,) if task else ()


def unit_of_folder(course: Course, path: Path) -> Unit | None:
    """Return the unit whose folder, or something in it, a path is."""
    folder, path = layout.exercises(course.root).resolve(), path.resolve()
    parts = path.relative_to(folder).parts if path.exists() and path.is_relative_to(folder) else ()
    return next((unit for unit in course.units if parts and unit.name == parts[0]), None)


def _units_with(course: Course, name: str) -> list[Unit]:
    """Return the units with a file of this name, which ends in ``.py``."""
    path = Path(name)
    return [unit for unit in course.units if path.suffix == ".py" and _tasks_in(unit, path.stem)]


def _tasks_in(unit: Unit, stem: str) -> tuple[str, ...]:
    """Return the tasks of a stub or of its tests, by the file's stem in any case."""
    wanted = stem.lower().removeprefix("test_")
    return tuple(task.name for task in unit.tasks if task.file.lower() == wanted)


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


def jobs_for(
    course: Course, names: Sequence[str], subject: Subject, *, everything: bool = False, here: Path | None = None
) -> list[Job]:
    """Return a job for each selected unit.

    Parameters
    ----------
    course : Course
    names : sequence of str
        Units, tasks and paths; if empty, the unit of the folder, or else those that have been begun, or the first.
    subject : Subject
    everything : bool
        Whether to select every unit and ignore the names.
    here : Path, optional
        Folder that the student is in; by default the current one.

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
    unit = unit_of_folder(course, here or Path.cwd())
    names = [unit.name] if unit is not None and not names else names
    wanted = chosen(course, names, here) if names and not everything else _default(course, subject, everything)
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
