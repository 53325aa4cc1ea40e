"""The toy course proven, and a simulated class of it graded. Starting judges is slow: rooms that need it share it.

A conftest of each room registers this module; the first one counts.
"""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from filelock import FileLock

from grader.autograde.run import autograde
from grader.course.registry import Course
from grader.proof.check import Proof
from grader.proof.simulate import Expected, read_expectation
from grader.records.run import Outcome
from tests.toy_course import make_broken_course, make_course


def share(config: pytest.Config) -> None:
    """Give a session these fixtures, once."""
    module = sys.modules[__name__]
    if not config.pluginmanager.is_registered(module):
        config.pluginmanager.register(module)


@pytest.fixture(scope="session", autouse=True)
def _no_secret_from_outside() -> None:
    patch = pytest.MonkeyPatch()
    patch.delenv("DEEPGRADE_SECRET", raising=False)


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Return the toy course; tests that change it make one of their own."""
    return make_course(tmp_path_factory.mktemp("toy"))


class Prepared(msgspec.Struct):
    """Results of a separate process: pytest inside pytest would mix up their modules."""

    proof: Proof
    broken: Proof
    in_parts: Proof
    again: Proof
    steps_again: list[str]
    hidden_points: dict[str, float]
    run_again: list[str]


PREPARE = """
import sys
from pathlib import Path
import msgspec
from grader.proof.check import _together, hidden_points, prove
from grader.proof.unit_proof import PARTS, prove_unit
from grader.proof.simulate import simulate
from grader.course.registry import load_course
from grader.judge.name_search import NameSearch

run_again, run = [], NameSearch._run

def noted(search, job, wrong, *rest):
    run_again.append(wrong.name)
    return run(search, job, wrong, *rest)

NameSearch._run = noted
course, folder, broken = load_course(Path(sys.argv[1])), Path(sys.argv[2]), load_course(Path(sys.argv[3]))
steps, again = [], []
proof = prove(course, on_progress=steps.append)
assert "lines: stubs" in steps
found = {"proof": proof, "again": prove(course, on_progress=again.append), "steps_again": again}
found |= {"hidden_points": hidden_points(course), "run_again": list(run_again)}
simulate(course, folder / "first", students=10, seed=3)
simulate(course, folder / "second", students=10, seed=3, jobs=2)
found |= {"broken": prove(broken, ["sums", "torn"])}
found |= {"in_parts": _together([prove_unit(broken, "sums", steps.append, (part,)) for part in PARTS])}
print(msgspec.json.encode(found).decode())
"""


@pytest.fixture(scope="session")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that two simulated classes of the same seed are written into, one for all test processes."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "simulated"


@pytest.fixture(scope="session")
def prepared(course: Course, classes: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Prove the toy course and a broken one, and simulate two classes: once, whichever test process needs it first."""
    kept = classes.with_suffix(".json")
    with FileLock(classes.with_suffix(".lock")):
        if not kept.is_file():
            kept.write_text(_prepare(course, classes, make_broken_course(tmp_path_factory.mktemp("broken"))))
    return msgspec.json.decode(kept.read_bytes(), type=Prepared)


def _prepare(course: Course, classes: Path, broken: Course) -> str:
    command = [sys.executable, "-c", PREPARE, str(course.root), str(classes), str(broken.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def expected(prepared: Prepared, classes: Path) -> list[Expected]:
    """Return what grading the simulated class must bring."""
    return read_expectation(classes / "first")


@pytest.fixture(scope="session")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the journal of the class that was graded without any interruption."""
    return tmp_path_factory.mktemp("out")


@pytest.fixture(scope="session")
def graded(course: Course, classes: Path, prepared: Prepared, out: Path) -> Outcome:
    """Grade the simulated class without any interruption."""
    return autograde(course, classes / "first", out=out, jobs=2)


def without_times(outcome: Outcome) -> bytes:
    """Return the results as bytes, with every time in them set to zero."""
    results = msgspec.to_builtins(outcome.results)
    for result in results:
        result["timing"] = {}
        for test in result["tests"]:
            test["seconds"] = 0.0
    return msgspec.json.encode(results)
