"""Optional tasks: skipped where their library is missing or they are not written; graded where they are.

The toy course's `total` is declared as a Triton task, but needs no Triton. Whether it is installed is made up.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from grader.course.model import missing
from grader.course.registry import load_course
from grader.records import Verdict
from tests.toy_course import make_course, write

PROGRAM = """
import json, sys
from pathlib import Path
from grader.course import model
model.find_spec = lambda name: {installed} or None
from grader.proof import check, local_suites
from grader.course.registry import load_course
course = load_course(Path(sys.argv[1]))
unit, found = course.unit("counts"), {{}}

def told(records):
    return [[test.verdict, test.earned, test.feedback.message] for test in records]

def use(session):
    works = local_suites.LocalSuites(course, session)
    found["stubs"], found["solution"] = told(works.stubs(unit)), told(works.solution(unit))
    wrong = works.runnable_misconceptions(unit)[0]
    entry, records = next(local_suites.caught(works, unit, [wrong]))
    found["wrong"], found["named"] = told(records), entry.named

local_suites.in_session(course, ["counts"], use)
proved = check.prove(course, ["counts"]) if {prove} else None
found["proof"] = proved and [[problem.what for problem in proved.problems], proved.not_run, len(proved.caught)]
print(json.dumps(found))
"""
MISSING = bool(missing("triton"))  # a proof starts a judge of its own, for which nothing is made up
REASON = "Triton is not installed: pip install 'deepgrade[triton]'"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("optional") / "course"
    make_course(folder)
    text = (folder / "exercises/counts/unit.toml").read_text(encoding="utf-8")
    write(folder / "exercises/counts/unit.toml", text.replace('title = "A sum"', 'title = "A sum"\nlibrary = "triton"'))
    assert load_course(folder).task("total")[1].optional
    return folder


def ran(root: Path, *, installed: bool, prove: bool) -> dict:
    program = PROGRAM.format(installed=installed, prove=prove)
    done = subprocess.run([sys.executable, "-c", program, root], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def without(root: Path) -> dict:
    """Return what becomes of the task where its library is missing; its solution would not even load."""
    solution = root / "solutions/counts/count.py"
    text = solution.read_text(encoding="utf-8")
    write(solution, text.replace('"""Counting."""', '"""Counting."""\n\nimport not_installed_anywhere'))
    try:
        return ran(root, installed=False, prove=MISSING)
    finally:
        write(solution, text)


@pytest.fixture(scope="module")
def present(root: Path) -> dict:
    """Return what becomes of it where the library is there."""
    return ran(root, installed=True, prove=False)


@pytest.mark.parametrize("whose", ["stubs", "solution", "wrong"])
def test_without_the_library_every_test_is_skipped_and_says_why(without: dict, whose: str) -> None:
    assert without[whose] == [["skipped", 0.0, REASON]] * 2
    assert Verdict.SKIPPED.meaning.costs_nothing


@pytest.mark.skipif(not MISSING, reason="Triton is installed")
def test_without_the_library_a_course_is_proved_but_for_the_task_and_that_is_said(without: dict) -> None:
    assert without["proof"] == [[], {"counts.total": REASON}, 0]


def test_no_misconception_of_a_skipped_task_is_used_for_simulated_students(without: dict) -> None:
    assert without["named"] is False


def test_with_the_library_a_stub_costs_nothing(present: dict) -> None:
    assert present["stubs"] == [["skipped", 0.0, "this task is optional, and not written yet"]] * 2


def test_with_the_library_it_is_graded_like_any_other(present: dict) -> None:
    assert [(verdict, earned) for verdict, earned, _ in present["solution"]] == [("passed", 1.0), ("passed", 3.0)]
    assert {verdict for verdict, _, _ in present["wrong"]} == {"failed"}
    assert present["named"] is True
