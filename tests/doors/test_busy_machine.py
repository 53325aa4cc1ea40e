"""On a machine with sixteen busy processes a class gets the grades that it gets on a quiet one."""

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.busy import busy_processes

ROOT = Path(__file__).parents[2]
BUSY = 16
STUDENTS = 3


def grade(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", "from grader.cli import main; main()", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_demo_ends_with_every_grade_as_expected(tmp_path: Path) -> None:
    with busy_processes(BUSY):
        done = grade("demo", str(tmp_path / "demo"), "--students", str(STUDENTS))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every grade as expected" in done.stdout


def test_a_class_of_right_solutions_has_the_same_records(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.benchmarks.busy", "--students", str(STUDENTS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
