"""The pytest plugin: graded tests get their student, their seed and their verdict.

Plain `pytest exercises/convolution` runs the student's files in this process, so `--pdb` and prints work. A judge
(`grader.judge.session`) puts another source of students into the configuration, one behind a wall.
"""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from grader.judge.items import FACTS, Facts, facts_of
from grader.judge.seeds import PUBLIC_SECRET, hidden_seed, replay_token, seed_from_token

if TYPE_CHECKING:
    import numpy as np

    from grader.judge.job import Shared
    from grader.judge.student import Student
    from grader.judge.timing import Race
    from grader.judge.timing.lanes import Track

StudentSource = Callable[[Facts], "Student"]
TrackSource = Callable[[Facts], "Track"]

STUDENTS = pytest.StashKey[StudentSource]()
TRACKS = pytest.StashKey[TrackSource | None]()
RACES = pytest.StashKey[tuple[dict[str, "Shared"], int]]()
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Note unit, task and points of each graded test."""
    for item in items:
        facts = facts_of(item)
        if facts is not None:
            item.stash[FACTS] = facts
            os.environ["TRITON_INTERPRET"] = "1"  # as in a worker; Triton reads it once, while it is imported


def seed_of(facts: Facts, secret: str, token: str = "") -> int:
    """Return the seed that everything drawn in a test follows from."""
    if facts.hidden:
        return hidden_seed(secret, facts.unit, f"{facts.file}.{facts.test}")
    token = token or replay_token(secret, facts.unit, f"{facts.file}.{facts.test}")
    return seed_from_token(token, facts.unit, f"{facts.file}.{facts.test}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Seed the test: hypothesis' draws and the `rng` fixture. Skip it where its task's library is not installed."""
    facts = item.stash.get(FACTS, None)
    if facts is None:
        return
    if reason := _cannot_run(facts):
        pytest.skip(reason)
    item.stash[SEED] = seed_of(facts, item.config.stash[SECRET], item.config.getoption("--replay-seed"))
    from grader.judge.cases import set_seed

    set_seed(getattr(item, "obj", None), item.stash[SEED])


def _cannot_run(facts: Facts) -> str:
    """Return why the task's library keeps a test from running; empty where it does not, or where no task is known."""
    from grader.course.model import cannot_run
    from grader.judge.subjects import course_at

    return cannot_run(course_at(facts.root).unit(facts.unit)).get(facts.task, "")


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


@pytest.fixture
def race(request: pytest.FixtureRequest, student: "Student") -> "Race":
    """A race of the student's function against torch's own: ``race.on_cpu("gelu_fast", rtol=1e-4, share=1e-4)``.

    In a plain run, and wherever code of the checkout itself is run, it is a rehearsal: nothing is timed.
    """
    from grader.judge.timing import Race

    facts: Facts = request.node.stash[FACTS]
    track = request.config.stash.get(TRACKS, None)
    shared, races = request.config.stash.get(RACES, ({}, 1))
    known = shared.get(f"{facts.file}.{facts.test}")
    return Race(facts, student, request.node.stash[SEED], track(facts) if track else None, known=known, races=races)


def _in_this_process(config: pytest.Config) -> StudentSource:
    from grader.judge.subjects import local_student

    def make(facts: Facts) -> Any:
        subject = config.getoption("--subject") or ("solutions" if facts.hidden else "exercises")
        return local_student(facts.root, facts.unit, facts.root / subject / facts.unit, wrap=False)

    return make
