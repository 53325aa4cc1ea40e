"""Inputs of the timed tasks: hard cases in every call, shapes that are drawn, and tolerances that see both.

Expected values: torch's own operators, by the workloads; the comparisons are those of the hidden tests themselves.
"""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from inspect import getsource, signature
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from grader.course.registry import load_course
from grader.judge.items import TestInfo
from grader.judge.local_students import importing_from, local_student
from grader.judge.outcomes import CheckFailed
from grader.timing import Race
from grader.timing.closeness import INPUTS, Comparison, noting_comparisons
from grader.timing.hardware import least_seconds
from grader.timing.rounds import LEAST
from grader.timing.workload import Workload, workloads_text
from tests.timing.shortcuts import ONE_OPTION, SHORTCUTS, Shortcut, softmax_without_the_maximum

ROOT = Path(__file__).parents[2]
COURSE = load_course(ROOT)
TASKS = {task.name: unit for unit in COURSE.units for task in unit.timed_tasks}
SEED = 20
CALLS = 4
EVERY = [(task, shortcut) for task, shortcuts in SHORTCUTS.items() for shortcut in shortcuts]
SOME = [(task, shortcut) for task, shortcuts in ONE_OPTION.items() for shortcut in shortcuts]


def named(value: Any) -> str:
    return value if isinstance(value, str) else value.__name__


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@cache
def comparison(task: str) -> Comparison:
    """Return how the task's hidden test of one CPU thread compares, as it says itself, with a seed of ours."""
    return next(comparison for comparison in comparisons(task, SEED) if comparison.dtype == "float32")


def comparisons(task: str, seed: int, student: Any = None) -> list[Comparison]:
    """Run the task's timed tests as dry runs; return how each compares."""
    unit, name = TASKS[task], f"tests.hidden.{TASKS[task].name}.test_fast"
    with importing_from(ROOT), noting_comparisons() as seen:
        tests = {name: test for name, test in vars(import_module(name)).items() if name.startswith("test_")}
        for name, test in tests.items():
            if "race" in signature(test).parameters and f'"{task}"' in getsource(test):
                student = student or local_student(COURSE, unit.name, ROOT / "solutions" / unit.name, wrap=True)
                info = TestInfo(ROOT, unit.name, "fast", task, name, 1.0, hidden=True)
                test(student, Race(info, student, seed, None))
    assert seen
    return seen


def answers(function: Shortcut, one: Comparison, number: int) -> tuple[Any, Any]:
    """Return a function's answer to a call of a race, and torch's."""
    workload = one.workload
    return function(*workload.inputs(number)), workload.ask("reference", *workload.inputs(number))


def is_taken(function: Shortcut, one: Comparison, number: int) -> bool:
    try:
        one.compare(*answers(function, one, number))
    except CheckFailed:
        return False
    return True


@pytest.mark.parametrize(("task", "shortcut"), EVERY, ids=named)
def test_what_is_wrong_on_hard_inputs_is_refused_in_every_call(task: str, shortcut: Shortcut) -> None:
    taken = [number for number in range(INPUTS, INPUTS + CALLS) if is_taken(shortcut, comparison(task), number)]
    assert not taken


@pytest.mark.parametrize(("task", "shortcut"), SOME, ids=named)
def test_what_ignores_an_option_is_refused_in_some_of_the_calls_before_a_race_can_end(
    task: str, shortcut: Shortcut
) -> None:
    assert not all(is_taken(shortcut, comparison(task), number) for number in range(INPUTS + LEAST))


def test_every_timed_task_has_its_shortcuts() -> None:
    assert set(SHORTCUTS) == set(TASKS)


@pytest.mark.parametrize("task", TASKS)
def test_the_solution_is_right_in_every_call(task: str) -> None:
    with importing_from(ROOT):
        solution = getattr(import_module(f"solutions.{TASKS[task].name}.fast"), task)
    for number in range(INPUTS, INPUTS + CALLS):
        comparison(task).compare(*answers(solution, comparison(task), number))


def test_a_softmax_without_the_maximum_behind_a_dispatch_on_the_shape_gets_nothing() -> None:
    """It was gold at 0.68, and led the leaderboard: the race's inputs had one shape, and no row that was hard."""
    shapes = comparison("softmax_cross_entropy_fast").workload.shapes()

    def dispatch(logits: Tensor, labels: Tensor) -> Any:
        return softmax_without_the_maximum(logits, labels) if tuple(logits.shape) in shapes else (logits.sum(), logits)

    unit = TASKS["softmax_cross_entropy_fast"]
    replaced = {"softmax_cross_entropy_fast": dispatch}
    student = local_student(COURSE, unit.name, ROOT / "solutions" / unit.name, wrap=True, replaced=replaced)
    with pytest.raises(CheckFailed, match="is not finite"):
        comparisons("softmax_cross_entropy_fast", SEED, student)


# shapes


@pytest.mark.parametrize("task", TASKS)
def test_every_shape_is_drawn_and_follows_from_the_seed_and_the_number(task: str) -> None:
    workload, again = (Workload(workloads_text(ROOT, TASKS[task].name), task, SEED) for _ in range(2))
    shapes = workload.shapes()
    drawn = [workload.shape_of(number) for number in range(60)]
    assert 3 <= len(shapes) <= 5
    assert set(drawn) == set(shapes)
    assert drawn == [again.shape_of(number) for number in range(60)]
    other = Workload(workload.text, task, SEED + 1)
    assert drawn != [other.shape_of(number) for number in range(60)]
    assert {workload.of_one_shape().shape_of(number) for number in range(60)} == {drawn[0]}


@pytest.mark.parametrize("task", TASKS)
def test_shapes_cost_about_the_same(task: str) -> None:
    workload = Workload(workloads_text(ROOT, TASKS[task].name), task, SEED)
    works = [workload.work_of(shape) for shape in workload.shapes()]
    assert workload.least_work() == (min(work for work, _ in works), min(moved for _, moved in works))
    least = [least_seconds(*work) for work in works]
    assert max(least) <= 1.25 * min(least), works


def test_a_workload_without_shapes_has_one() -> None:
    text = "import torch\n\ndef f__inputs(generator, device, dtype):\n    return (torch.ones(3),)\n"
    workload = Workload(text + "\ndef f__work(x):\n    return 3.0, 12.0\n", "f", SEED)
    assert (workload.shapes(), workload.shape_of(4)) == ((), None)
    assert workload.inputs(4)[0].tolist() == [1.0, 1.0, 1.0]
    assert workload.least_work() == (3.0, 12.0)
