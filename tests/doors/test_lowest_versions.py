"""The lowest versions that pyproject.toml allows do the work: they draw cases, grade a unit and report on it.

torch is the exception. Its lowest version has no CPU build on PyPI and brings gigabytes of CUDA: it is the version of
constraints.txt, unless the variable DEEPGRADE_LOWEST_TORCH_FROM names an index with CPU builds.
"""

import csv
import os
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

from grader.course import layout
from grader.course.registry import load_course
from tests.doors.environments import ROOT, Environment, wheel

CPU_BUILDS = os.environ.get("DEEPGRADE_LOWEST_TORCH_FROM", "")
EXTRAS = ("sealed", "authors", "gpu", "report")  # Triton comes with torch
UNIT = load_course(ROOT).unit("perceptron")
NOT_OURS = ("skipped", "too_noisy", "no_gpu", "not_measured")  # Triton is not there, and the machine may be busy
TESTED = (
    "tests/judge/test_seeds_and_cases.py",
    "tests/judge/test_pytest_plugin.py",
    "tests/judge/test_verdicts.py",
    "tests/report",
    "tests/wire/test_round_trip.py",
    "tests/wire/test_torch.py",
)


def lowest(requirement: Requirement) -> str:
    """Return a requirement of the lowest version that another one allows."""
    (version,) = (part.version for part in requirement.specifier if part.operator == ">=")
    return f"{requirement.name}=={version}"


def requirements() -> Iterator[str]:
    """Yield the lowest of everything that the engine may be installed with on this machine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = (line for extra in EXTRAS for line in project["optional-dependencies"][extra])
    for requirement in map(Requirement, (*project["dependencies"], *optional)):
        if requirement.marker is None or requirement.marker.evaluate(default_environment()):
            yield proven("torch") if requirement.name == "torch" and not CPU_BUILDS else lowest(requirement)


def proven(name: str) -> str:
    """Return the line of constraints.txt on a package."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith(f"{name}=="))


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    made = Environment(tmp_path_factory.mktemp("lowest") / "venv")
    # the tests of exports read them back with jsonschema, which the engine does not need
    made.install(
        wheel(), *requirements(), proven("jsonschema"), options=("--extra-index-url", CPU_BUILDS) if CPU_BUILDS else ()
    )
    return made


def test_cases_are_drawn_and_reports_written(environment: Environment) -> None:
    # of warnings the oldest libraries have enough of their own
    done = environment.run("python", "-m", "pytest", "-q", "-W", "default", "-p", "no:cacheprovider", *TESTED)
    assert done.returncode == 0, done.stdout + done.stderr


def test_plain_pytest_has_the_course_s_fixtures(environment: Environment) -> None:
    done = environment.run("pytest", "-q", "-p", "no:cacheprovider", "--subject=solutions", f"exercises/{UNIT.name}")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_unit_is_graded(environment: Environment, tmp_path: Path) -> None:
    handed_in, results = tmp_path / "submissions", tmp_path / "results"
    (handed_in / "s001" / UNIT.name).mkdir(parents=True)
    for file in UNIT.files:
        shutil.copy(layout.solution_path(ROOT, UNIT.name, file), handed_in / "s001" / UNIT.name)
    options = (
        "--unit",
        UNIT.name,
        "--without",
        f"{UNIT.name}.fast.test_speed_on_one_cpu_thread",
    )  # a race is no test of versions
    done = environment.run("grade", "autograde", str(handed_in), "--out", str(results), *options)
    assert "s001" in done.stdout, (done.returncode, done.stdout + done.stderr)
    (row,) = read(results / "results.csv")
    assert row["perceptron_status"] == "graded", row
    rows = read(results / "tests.csv")
    assert len(rows) > 40
    assert {row["verdict"] for row in rows} <= {"passed", *NOT_OURS}, rows


def read(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
