"""The wheel stands in an environment where another project is tested, and that project notices nothing.

There is nothing but pytest and the wheel: an import of NumPy or torch would end the run.
"""

import shutil
from pathlib import Path

import pytest

from tests.doors.environments import ROOT, Environment, wheel

FOREIGN = ROOT / "tests" / "judge" / "foreign"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    made = Environment(tmp_path_factory.mktemp("foreign") / "venv")
    made.install("pytest", options=("--constraint", str(ROOT / "constraints.txt")))
    made.install(wheel(), options=("--no-deps",))
    return made


def test_a_foreign_suite_passes_beside_the_wheel(environment: Environment, tmp_path: Path) -> None:
    folder = shutil.copytree(FOREIGN, tmp_path / "foreign")
    done = environment.run("pytest", "-v", "--strict-markers", "-W", "error", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "plugins: deepgrade" in done.stdout  # it is there


def test_a_foreign_project_has_neither_fixtures_nor_options(environment: Environment, tmp_path: Path) -> None:
    listed = environment.run("pytest", "--fixtures", "-v", folder=tmp_path).stdout
    assert "tmp_path" in listed
    assert "grader" not in listed
    helped = environment.run("pytest", "--help", folder=tmp_path).stdout
    assert "--pdb" in helped
    assert "--subject" not in helped
