"""Checks what a unit's timed tasks are timed on, and that thresholds were measured for each."""

import ast
from collections.abc import Iterator
from pathlib import Path

from grader.course import layout
from grader.course.problems import Problem
from grader.course.reading import read_tree
from grader.course.registry import Unit
from grader.course.thresholds import APART, read_tiers, too_close

PARTS = ("shapes", "inputs", "reference", "naive", "work")
MODULES = {"torch", "math"}  # all that there is for a workload in a worker


def timing_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield what is missing for a unit's timed tasks."""
    if unit.is_timed and layout.workloads_source(root, unit.name).is_file():
        yield from _workload_problems(root, unit)
        yield from _threshold_problems(root, unit)


def _workload_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    path = layout.workloads_source(root, unit.name)
    shown = path.relative_to(root).as_posix()
    tree = read_tree(path, shown)
    there = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for name in (f"{task.name}__{part}" for task in unit.tasks_on_gpu for part in PARTS):
        if name not in there:
            yield Problem(shown, f"has no function {name}")
    for name in sorted(_imported(tree) - MODULES):
        yield Problem(shown, f"imports {name}: a workload has torch and math only")


def _imported(tree: ast.Module) -> set[str]:
    """Return the packages that a file imports; a relative import counts as one by its dots."""
    found = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return found | {"." * node.level + (node.module or "").split(".")[0] for node in froms}


def _threshold_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    path = layout.tiers(root, unit.name)
    tiers, shown = read_tiers(path), path.relative_to(root).as_posix()
    for task in unit.timed_tasks:
        if "cpu" not in tiers.get(task.name, {}):
            yield Problem(shown, f"has no thresholds of {task.name} for the cpu: grade calibrate {unit.name}")
    for task in unit.tasks_on_gpu:
        for device, entry in tiers.get(task.name, {}).items():
            if too_close(entry):
                yield Problem(shown, f"{task.name}, {device}: tiers stand less than a factor of {APART} apart")
    for name in sorted(tiers.keys() - {task.name for task in unit.tasks_on_gpu}):
        yield Problem(shown, f"{name} is no timed task of this unit")
