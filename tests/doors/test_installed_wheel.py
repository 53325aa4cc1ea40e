"""The released bundle in a clean environment: its wheel installs, and a solved unit passes its tests there.

Nothing is lent: what `pip install -r requirements.txt` brings is all there is.
"""

import re
import shutil
from pathlib import Path

import pytest

from grader import __version__
from grader.course import layout
from grader.course.registry import load_course
from grader.release.bundle import release
from tests.doors.environments import ROOT, Environment

COURSE = load_course(ROOT)
UNIT = COURSE.unit("perceptron")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the released bundle, with one unit solved."""
    folder = tmp_path_factory.mktemp("released") / "bundle"
    points = {f"{unit.name}.{task.name}": 1.0 for unit in COURSE.units for task in unit.tasks}
    release(COURSE, folder, points, closed=[unit.name for unit in COURSE.units])  # with what opens later, too
    for file in UNIT.files:
        shutil.copy(layout.solution_path(ROOT, UNIT.name, file), folder / "exercises" / UNIT.name)
    return folder


@pytest.fixture(scope="module")
def clean(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment with what the bundle's requirements name, and nothing else."""
    made = Environment(tmp_path_factory.mktemp("clean") / "venv")
    done = made.run("python", "-m", "pip", "install", "--quiet", "-r", "requirements.txt", folder=bundle)
    assert done.returncode == 0, done.stdout + done.stderr
    return made


def test_the_wheel_says_its_version(clean: Environment, bundle: Path) -> None:
    assert clean.run("grade", "--version", folder=bundle).stdout == f"deepgrade {__version__}\n"


def test_the_visible_tests_pass_in_the_bundle(clean: Environment, bundle: Path) -> None:
    done = clean.run("grade", "run", UNIT.name, "--json", folder=bundle)
    assert done.returncode == 0, done.stdout + done.stderr
    verdicts = set(re.findall(r'"verdict": ?"(\w+)"', done.stdout))
    assert "passed" in verdicts
    assert verdicts <= {"passed", "skipped"}, verdicts
    plain = clean.run("pytest", "-q", "-p", "no:cacheprovider", f"exercises/{UNIT.name}", folder=bundle)
    assert plain.returncode == 0, plain.stdout + plain.stderr
