"""On a machine with sixteen busy processes a class gets the grades that it gets on a quiet one."""

import subprocess
import sys
from pathlib import Path

from grader.proof.expectation import expectation_path
from tests.benchmarks.busy import busy_processes

ROOT = Path(__file__).parents[2]
BUSY = 16
UNIT = ("--unit", "perceptron")


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def grade(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return run("-c", "from grader.cli import main; main()", *arguments)


def test_a_made_up_class_gets_the_grades_that_it_must_get(tmp_path: Path) -> None:
    folder, out = tmp_path / "submissions", tmp_path / "results"
    made = grade("simulate", str(folder), "--students", "6", *UNIT)
    assert made.returncode == 0, made.stdout + made.stderr
    with busy_processes(BUSY):
        done = grade("autograde", str(folder), "--out", str(out), "--expect", str(expectation_path(folder)), *UNIT)
    assert "every grade as expected" in done.stdout, done.stdout + done.stderr


def test_a_class_of_right_solutions_has_the_same_records() -> None:
    done = run("-m", "tests.benchmarks.busy", "--students", "3", "--jobs", "6", "--dry-run", *UNIT)
    assert done.returncode == 0, done.stdout + done.stderr
