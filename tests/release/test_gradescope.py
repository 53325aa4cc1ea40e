"""The autograder for Gradescope is run as it is there: its zip unpacked, its script called, without a network."""

import json
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from grader.records import Isolation
from grader.release.gradescope import write_autograder
from grader.sandbox.probe import best_tier
from tests.toy_course import COUNT, make_course

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or best_tier() is Isolation.SELF, reason="this machine has no walls: it would refuse"
)


def wheel_of_nothing(root: Path, folder: Path) -> Path:
    wheel = folder / "deepgrade-0-py3-none-any.whl"
    wheel.write_bytes(b"")
    return wheel


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder as Gradescope lays it out, with the autograder's zip unpacked in it."""
    course = make_course(tmp_path_factory.mktemp("course"))
    (course.root / "constraints.txt").write_text("", encoding="utf-8")
    (course.root / "pyproject.toml").write_text('[project]\nname = "toy"\ndependencies = []\n', encoding="utf-8")
    home = tmp_path_factory.mktemp("autograder")
    zipped = write_autograder(course, course.unit("counts"), home / "a.zip", "a secret", make_wheel=wheel_of_nothing)
    with zipfile.ZipFile(zipped) as packed:
        packed.extractall(home / "source")
        modes = {entry.filename: stat.S_IMODE(entry.external_attr >> 16) for entry in packed.infolist()}
    assert modes["run_autograder"] == modes["setup.sh"] == 0o755
    assert modes["course/.course-secret"] == 0o600
    return home


def run(home: Path, files: dict[str, str]) -> dict[str, object]:
    """Run the autograder on a submission; return its results."""
    submission = home / "submission"
    for name, text in files.items():
        path = submission / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    command = home / "grade"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "from grader.cli import main; main()" "$@"\n')
    command.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if name != "DEEPGRADE_SECRET"}
    done = subprocess.run(
        ["bash", str(home / "source" / "run_autograder")],
        env=environment | {"GRADE": str(command), "AUTOGRADER": str(home)},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    results = home / "results" / "results.json"
    assert results.is_file(), done.stdout + done.stderr
    document = json.loads(results.read_text())
    results.unlink()
    return document


def test_a_submission_is_graded_behind_walls_wherever_its_files_lie(home: Path) -> None:
    document = run(home, {"my-repo/counts/count.py": COUNT})
    tests = document["tests"]
    assert document["extra_data"]["isolation"] in ("sealed", "weak")
    assert document["score"] == sum(test["score"] for test in tests) > 0
    assert all(test["score"] == test["max_score"] for test in tests)


def test_what_cannot_be_graded_has_zero_points_and_a_reason(home: Path) -> None:
    for path in sorted((home / "submission").rglob("*.py")):
        path.unlink()
    document = run(home, {"notes.txt": "I did not finish"})
    assert document["score"] == 0
    assert document["output"]
