"""Certainty of a whole-model test: `OMP_NUM_THREADS=1 python tests/benchmarks/learning_seeds.py backprop`.

A hidden test is measured when its docstring speaks of seeds. Its body is run on the solution under many seeds. Printed
are how many passed and, for every `check(...).holds(condition, statement)` in it, how the first number of the statement
is distributed. With `--wrong` every misconception of the test's task is run as well: how many seeds it survives. A
threshold belongs between the two.
"""

import argparse
import importlib
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from grader.course import layout
from grader.course.registry import Unit, load_course
from grader.judge.comparison import Check
from grader.judge.local_students import importing_from, local_student, runnable_misconceptions
from grader.judge.outcomes import OutcomeException

ROOT = Path(__file__).parents[2]
NUMBER = re.compile(r"\b(?:nan|inf)\b|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")

Test = Callable[..., None]
Measured = dict[str, list[float]]


def learning_tests(unit: Unit, wanted: list[str]) -> Iterator[tuple[str, Test]]:
    """Yield task and function of a unit's hidden tests whose docstring speaks of seeds, or whose name is wanted."""
    for file in unit.files:
        if not layout.hidden_test(ROOT, unit.name, file).is_file():
            continue
        module = importlib.import_module(f"tests.hidden.{unit.name}.test_{file}")
        for name, test in vars(module).items():
            chosen = name in wanted if wanted else "seeds" in (getattr(test, "__doc__", None) or "")
            marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "task"]
            if chosen and marks:
                yield marks[0].kwargs["name"], test


def run(test: Test, unit: Unit, seed: int, measured: Measured, replaced: dict[str, Any] | None = None) -> bool:
    """Run a test's body under a seed; note the numbers that it judges by, and tell whether it passed."""
    holds = Check.holds

    def noting(self: Check, condition: object, statement: str, *, credit: float = 0.0) -> None:
        number = NUMBER.search(statement)
        if number:
            figure = NUMBER.sub("#", statement)
            measured[f"{self.name}: {figure}"].append(float(number.group()))
        holds(self, condition, statement, credit=credit)

    student = local_student(
        load_course(ROOT), unit.name, layout.solutions(ROOT, unit.name), wrap=True, replaced=replaced
    )
    fixtures = {"student": student, "rng": np.random.default_rng(seed)}
    names = test.__code__.co_varnames[: test.__code__.co_argcount]
    try:
        with patch.object(Check, "holds", noting):
            test(**{name: fixtures[name] for name in names})
    except (OutcomeException, Exception):  # the judge calls what a test cannot work with a wrong answer, too
        return False
    return True


def measure(test: Test, unit: Unit, seeds: int, replaced: dict[str, Any] | None = None) -> tuple[int, Measured]:
    """Return in how many seeds a test passed, and the numbers that it judged by."""
    measured: Measured = defaultdict(list)
    passed = sum(run(test, unit, seed, measured, replaced) for seed in range(seeds))
    return passed, measured


def show_numbers(measured: Measured) -> None:
    """Print how the numbers are distributed, statement by statement."""
    for statement, values in measured.items():
        low, middle, high = np.min(values), np.median(values), np.max(values)
        print(f"      from {low:.4g} to {high:.4g}, median {middle:.4g}: {statement}")


def show(unit: Unit, task: str, test: Test, seeds: int, wrong_seeds: int) -> None:
    """Print what a test does with the solution, and with every misconception of its task."""
    start = time.perf_counter()
    passed, measured = measure(test, unit, seeds)
    seconds = time.perf_counter() - start
    print(
        f"{unit.name}.{task}: {test.__name__}: the solution passes {passed} of {seeds} ({seconds / seeds:.2f} s each)"
    )
    show_numbers(measured)
    for wrong in runnable_misconceptions(ROOT, unit.name) if wrong_seeds else ():
        if wrong.task == task:
            survived, figures = measure(test, unit, wrong_seeds, {task: wrong.function})
            print(f"  {wrong.name} passes {survived} of {wrong_seeds}", flush=True)
            show_numbers(figures)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("units", nargs="*", help="all units by default")
    parser.add_argument("--test", action="append", default=[], help="measure this test instead of those that say so")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--wrong", type=int, default=0, metavar="SEEDS", help="seeds for each misconception")
    options = parser.parse_args()
    with importing_from(ROOT):
        course = load_course(ROOT)
        for unit in course.units:
            if not options.units or unit.name in options.units:
                for task, test in learning_tests(unit, options.test):
                    show(unit, task, test, options.seeds, options.wrong)


if __name__ == "__main__":
    main()
