"""The engine as a wheel in a clean environment: a student's bundle is tested there, and an instructor's class graded.

Nothing is lent: what `pip install -r requirements.txt` brings is all there is.
"""

import csv
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from grader import __version__
from grader.course import layout
from grader.course.registry import load_course
from grader.release.bundle import release
from tests.doors.environments import ROOT, Environment, wheel

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


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the course without the engine's source, and a class of two: a right one, and one who wrote nothing."""
    root = tmp_path_factory.mktemp("instructor") / "course"
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    content = ("course.toml", "datasets/", "exercises/", "solutions/", "tests/hidden/")
    for name in (name for name in listed.splitlines() if name.startswith(content)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    for student, source in (("anna", layout.solution_path), ("tom", layout.stub_path)):
        folder = root / "submissions" / student / UNIT.name
        folder.mkdir(parents=True)
        for file in UNIT.files:
            shutil.copy(source(ROOT, UNIT.name, file), folder)
    return root


def test_a_class_is_graded_and_reported_with_the_wheel_alone(clean: Environment, course: Path) -> None:
    clean.install(f"{wheel()}[report]")
    graded = clean.run("grade", "autograde", "submissions", "--tier", "self", folder=course)
    assert graded.returncode == 0, graded.stdout + graded.stderr
    with (course / "results" / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        points = {row["student"]: float(row[UNIT.name]) for row in csv.DictReader(file)}
    assert points["tom"] == 0
    assert points["anna"] > 0.9 * 85
    for command in ("feedback", "report"):
        done = clean.run("grade", command, folder=course)
        assert done.returncode == 0, done.stdout + done.stderr
    assert (course / "results" / "feedback" / "anna" / f"{UNIT.name}.html").is_file()
    assert "<svg" in (course / "results" / "report" / "class.html").read_text(encoding="utf-8")
