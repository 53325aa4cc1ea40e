"""Pytest plugin that gives graded tests their student, seed and verdict.

Plain `pytest exercises/convolution` runs the student's files in this process, so `--pdb` and prints work. A judge
(`grader.judge.suite`) configures another source of students, which runs their code in isolated workers.
"""

import os
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grader.judge.items import TEST_INFO, TestInfo, info_of
from grader.judge.outcomes import NotAttempted
from grader.judge.protocol import PUBLIC_SECRET, seed_of

if TYPE_CHECKING:
    import numpy as np

    from grader.course.registry import Course
    from grader.judge.protocol import Job
    from grader.judge.student import Student
    from grader.judge.worker_pool import WorkerPool

StudentSource = Callable[[TestInfo], "Student"]

STUDENTS = pytest.StashKey[StudentSource]()
GRADED = pytest.StashKey[tuple["Job", "WorkerPool | None"]]()
"""The current job and its workers; None for the workers if code of the checkout itself is run."""
COURSES = pytest.StashKey[dict[Path, "Course"]]()
"""Courses of the collected tests by folder, read once per session."""
SECRET = pytest.StashKey[str]()
SEED = pytest.StashKey[int]()
_ENGINE = Path(__file__).parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options for plain runs."""
    group = parser.getgroup("deepgrade")
    group.addoption("--replay-seed", default="", help="the four digits of a failure's `again` line")
    group.addoption("--subject", choices=("exercises", "solutions"), default=None, help="whose code graded tests run")


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark and set the defaults of a plain run."""
    config.addinivalue_line("markers", "task(name, points): the task that a graded test belongs to, and its points")
    config.stash[SECRET] = PUBLIC_SECRET
    config.stash[COURSES] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Store unit, task and points of each graded test."""
    for item in items:
        info = info_of(item)
        if info is not None:
            item.stash[TEST_INFO] = info
            os.environ["TRITON_INTERPRET"] = "1"  # as in a worker; Triton reads it only once, at import


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Seed hypothesis, torch and the `rng` fixture; skip the test if its task's library is not installed."""
    info = item.stash.get(TEST_INFO, None)
    if info is None:
        return
    if reason := _cannot_run(item.config, info):
        pytest.skip(reason)
    seeded(item, info)


def seeded(item: pytest.Item, info: TestInfo) -> int:
    """Seed hypothesis and torch for a test, and return the seed."""
    from grader.judge.cases import set_seed

    seed = item.stash[SEED] = seed_of(info, item.config.stash[SECRET], item.config.getoption("--replay-seed"))
    set_seed(getattr(item, "obj", None), seed)
    if torch := sys.modules.get("torch"):
        # a reference's first weights are the same in every run; torch.manual_seed would write down the stack for each
        # kind of device, at a millisecond and more
        torch.default_generator.manual_seed(seed % 2**63)
    return seed


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: "pytest.CallInfo[None]"
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In a plain run, report tests of unwritten stubs as skipped, and leave the engine's frames out of tracebacks."""
    info = item.stash.get(TEST_INFO, None)
    if call.excinfo is None or info is None or STUDENTS in item.config.stash:
        return (yield)
    if not item.config.getoption("fulltrace"):
        _hide_engine(call.excinfo)
    report = yield
    if _is_not_attempted(item.config, info, call.excinfo.value):
        report.outcome = "skipped"
        line = (item.location[1] or 0) + 1
        report.longrepr = (str(item.path), line, f"Skipped: not attempted: {call.excinfo.value}")
    return report


def _hide_engine(excinfo: "pytest.ExceptionInfo[BaseException]") -> None:
    """Mark the engine's modules on a traceback as hidden, in the way that pytest provides for test helpers."""
    for entry in excinfo.traceback:
        if Path(entry.path).is_relative_to(_ENGINE):
            entry.frame.f_globals["__tracebackhide__"] = True


def _is_not_attempted(config: pytest.Config, info: TestInfo, outcome: BaseException) -> bool:
    """Return whether a test met an unwritten stub; a solution has none, so there it stays a failure."""
    return isinstance(outcome, NotAttempted) and _subject(config, info) == "exercises"


def _course(config: pytest.Config, info: TestInfo) -> "Course":
    from grader.course.registry import load_course

    courses = config.stash[COURSES]
    if info.root not in courses:
        courses[info.root] = load_course(info.root)
    return courses[info.root]


def _cannot_run(config: pytest.Config, info: TestInfo) -> str:
    """Return why the task's library prevents a test from running; empty if it does not, or if the task is unknown."""
    from grader.course.model import cannot_run

    return cannot_run(_course(config, info).unit(info.unit)).get(info.task, "")


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> "np.random.Generator":
    """Random generator whose seed is the same for all students and cannot be guessed."""
    import numpy as np

    return np.random.default_rng(request.node.stash[SEED])


@pytest.fixture
def student(request: pytest.FixtureRequest) -> "Student":
    """The student's module: ``student.conv2d_forward(x, w, b)``."""
    info: TestInfo = request.node.stash[TEST_INFO]
    source = request.config.stash.get(STUDENTS, None) or _in_this_process(request.config)
    return source(info)


def _in_this_process(config: pytest.Config) -> StudentSource:
    from grader.judge.local_students import local_student

    def make(info: TestInfo) -> Any:
        folder = info.root / _subject(config, info) / info.unit
        return local_student(_course(config, info), info.unit, folder, wrap=False)

    return make


def _subject(config: pytest.Config, info: TestInfo) -> str:
    """Return whose code a plain run tests: exercises or solutions."""
    return config.getoption("--subject") or ("solutions" if info.hidden else "exercises")
