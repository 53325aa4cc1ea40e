"""The examples in docstrings give what they say: those of the solutions, which the stubs share, and the engine's."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import grader
from grader.course.model import missing
from grader.course.registry import load_course
from grader.judge.subjects import modules_in
from grader.worker import loader

ROOT = Path(__file__).parents[2]
COURSE = load_course(ROOT)
STUBS = [(unit.name, stem) for unit in COURSE.units for stem in unit.files]
ENGINE = sorted(
    module.name
    for module in pkgutil.walk_packages(grader.__path__, "grader.")
    if not module.name.endswith((".__main__", ".triton_warmth"))  # the second needs Triton, which may be missing
)
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@pytest.mark.parametrize(("unit", "stem"), STUBS)
def test_examples_of_solutions_hold(unit: str, stem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for reason in (missing(task.library) for task in COURSE.unit(unit).tasks if task.file == stem):
        if reason:
            pytest.skip(reason)
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    module = modules_in(ROOT / "solutions" / unit, COURSE.unit(unit))[stem]
    failed, tried = doctest.testmod(module, optionflags=FLAGS)
    assert failed == 0
    assert tried > 0, f"{unit}/{stem}.py has no example"


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
    assert users == [Path(loader.__file__).relative_to(ROOT).as_posix()]
