"""The pytest plugin: graded tests get their student, their seed and their verdict.

Plain `pytest exercises/convolution` runs the student's files in this process, so `--pdb` and prints work. A judge
(`grader.judge.session`) puts another source of students into the configuration, one behind a wall.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grader.judge.items import FACTS, Facts, facts_of
from grader.judge.seeds import PUBLIC_SECRET, seed_of

if TYPE_CHECKING:
    import numpy as np

    from grader.course.registry import Course
    from grader.judge.protocol import Job
    from grader.judge.student import Student
    from grader.judge.worker_pool import WorkerPool

StudentSource = Callable[[Facts], "Student"]

STUDENTS = pytest.StashKey[StudentSource]()
GRADED = pytest.StashKey[tuple["Job", "WorkerPool | None"]]()
"""What is being graded, and its workers; there are none where code of the checkout itself is run."""
COURSES = pytest.StashKey[dict[Path, "Course"]]()
"""The courses of the collected tests by their folders, read once in a session."""
SECRET = pytest.StashKey[str]()
SEED = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options for plain runs."""
    group = parser.getgroup("deepgrade")
    group.addoption("--replay-seed", default="", help="the four digits of a failure's `again` line")
    group.addoption("--subject", choices=("exercises", "solutions"), default=None, help="whose code graded tests run")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark and the defaults of a plain run."""
    config.addinivalue_line("markers", "task(name, points): the task that a graded test belongs to, and its points")
    config.stash[SECRET] = PUBLIC_SECRET
    config.stash[COURSES] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Note unit, task and points of each graded test."""
    for item in items:
        facts = facts_of(item)
        if facts is not None:
            item.stash[FACTS] = facts
            os.environ["TRITON_INTERPRET"] = "1"  # as in a worker; Triton reads it once, while it is imported


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Seed the test: hypothesis' draws and the `rng` fixture. Skip it where its task's library is not installed."""
    facts = item.stash.get(FACTS, None)
    if facts is None:
        return
    if reason := _cannot_run(item.config, facts):
        pytest.skip(reason)
    item.stash[SEED] = seed_of(facts, item.config.stash[SECRET], item.config.getoption("--replay-seed"))
    from grader.judge.cases import set_seed

    set_seed(getattr(item, "obj", None), item.stash[SEED])


def _course(config: pytest.Config, facts: Facts) -> "Course":
    from grader.course.registry import load_course

    courses = config.stash[COURSES]
    if facts.root not in courses:
        courses[facts.root] = load_course(facts.root)
    return courses[facts.root]


def _cannot_run(config: pytest.Config, facts: Facts) -> str:
    """Return why the task's library keeps a test from running; empty where it does not, or where no task is known."""
    from grader.course.model import cannot_run

    return cannot_run(_course(config, facts).unit(facts.unit)).get(facts.task, "")


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> "np.random.Generator":
    """Random numbers that are the same for everybody and that nobody can guess."""
    import numpy as np

    return np.random.default_rng(request.node.stash[SEED])


@pytest.fixture
def student(request: pytest.FixtureRequest) -> "Student":
    """The student's module: ``student.conv2d_forward(x, w, b)``."""
    facts: Facts = request.node.stash[FACTS]
    source = request.config.stash.get(STUDENTS, None) or _in_this_process(request.config)
    return source(facts)


def _in_this_process(config: pytest.Config) -> StudentSource:
    from grader.judge.subjects import local_student

    def make(facts: Facts) -> Any:
        subject = config.getoption("--subject") or ("solutions" if facts.hidden else "exercises")
        return local_student(_course(config, facts), facts.unit, facts.root / subject / facts.unit, wrap=False)

    return make
