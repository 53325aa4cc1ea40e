"""The examples give what they say: those of handouts and solutions, which the stubs share, and the engine's."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import grader
from grader.course.registry import load_course
from grader.judge.local_students import importing_from
from grader.proof.examples import FLAGS, example_problems
from grader.worker import loader
from tests.house.extras import NEED_EXTRAS

ROOT = Path(__file__).parents[2]
COURSE = load_course(ROOT)
ENGINE = sorted(
    module.name
    for module in pkgutil.walk_packages(grader.__path__, "grader.")
    if not module.name.endswith(".__main__") and module.name not in NEED_EXTRAS
)


@pytest.mark.parametrize("unit", [unit.name for unit in COURSE.units])
def test_examples_of_solutions_and_handouts_hold(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    with importing_from(ROOT):
        assert list(example_problems(COURSE, COURSE.unit(unit))) == []


def test_examples_of_the_engine_hold() -> None:
    results = [doctest.testmod(importlib.import_module(name), optionflags=FLAGS) for name in ENGINE]
    assert sum(failed for failed, _ in results) == 0
    assert sum(tried for _, tried in results) > 5


def test_the_loader_is_the_only_thing_that_runs_student_text() -> None:
    users = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "grader").rglob("*.py")
        if " exec(" in path.read_text(encoding="utf-8")
    ]
    no_student_text = {"grader/judge/trial.py", "grader/judge/torch_references.py"}  # typed here; the course's tests
    no_student_text |= {"grader/worker/recording.py"}  # the course's milestones
    no_student_text.add("grader/judge/drawn_mutants.py")  # the author's own small mistakes
    at_home = {"grader/home/first_look.py"}  # the examples in one's own docstrings
    assert {*users} - no_student_text - at_home == {Path(loader.__file__).relative_to(ROOT).as_posix()}
