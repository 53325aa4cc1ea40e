"""Test runs with a progress display and with Ctrl-C that keeps the finished results."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from grader.cli.screen import Screen
from grader.course import layout
from grader.course.registry import Course
from grader.course.suite import tests_of
from grader.printable import safe
from grader.records import TestRecord

if TYPE_CHECKING:
    from grader.judge.protocol import Job

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


def watched(screen: Screen, course: Course, job: "Job", *, quiet: bool = False) -> Run:
    """Grade a job in a worker, and show the progress.

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
    from grader.judge.client import grade_once

    run = Run()
    with _display(screen, job.unit, expected_tests(course, job), run, quiet=quiet) as on_record:
        try:
            grade_once(course.root, job, on_record)
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
        yield run.tests.append
        return
    with screen.progress() as progress:
        bar = progress.add_task(f"{unit}: starting", total=len(expected))

        def take(test: TestRecord) -> None:
            run.tests.append(test)
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
