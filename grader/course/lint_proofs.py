"""Static checks of the material that proves a suite: variants, equivalent mutants, workloads, thresholds."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from grader.course import layout
from grader.course.equivalents import equivalents_of
from grader.course.lint_tests import definition, what_to_do_about
from grader.course.normalized_ast import bare_form
from grader.course.reading import imported_modules, read_tree
from grader.course.registry import Unit
from grader.course.thresholds import APART, read_tiers, too_close
from grader.course.variants import assigned_names, definitions, task_of, variants_of
from grader.records.proof import Problem

NEEDED = 2


def variant_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield the problems of a unit's variants; `lint_files` reports a missing file."""
    path = layout.variants(root, unit.name)
    if not path.is_file():
        return
    shown = layout.relative_name(path, root)
    yield from _wrong_names(root, unit, shown)
    yield from _too_few(root, unit)
    yield from _copies(root, unit, shown)


def _wrong_names(root: Path, unit: Unit, shown: str) -> Iterator[Problem]:
    found = variants_of(root, unit.name)
    times = Counter(each.name for each in found)
    tasks = {task.name for task in unit.tasks}
    for each in found:
        where = f"{shown}, line {each.line}"
        if each.task not in tasks:
            what = f'{each.name} is a variant of "{each.task}", no task of this unit'
            yield Problem(where, f"{what}{what_to_do_about(each.task, tasks)}")
        if times[each.name] > 1:
            yield Problem(where, f"{each.name} exists twice")
    for name, line in assigned_names(root, unit.name):
        yield Problem(f"{shown}, line {line}", f"{name} is named like a variant, but is no function or class")


def _too_few(root: Path, unit: Unit) -> Iterator[Problem]:
    known = Counter(variant.task for variant in variants_of(root, unit.name))
    for task in unit.tasks:
        if known[task.name] < NEEDED:
            yield Problem(f"{unit.name}.{task.name}", f"has {known[task.name]} of at least two variants")


def _copies(root: Path, unit: Unit, shown: str) -> Iterator[Problem]:
    """Yield variants that only rename the solution or an earlier variant."""
    first = _solutions(root, unit)
    for node in definitions(root, unit.name):
        form = (task_of(node.name), bare_form(node, unit.files))
        if form in first:
            yield Problem(f"{shown}, line {node.lineno}", f"{node.name} is {first[form]} but for its names")
        first.setdefault(form, node.name)


def _solutions(root: Path, unit: Unit) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for task in unit.tasks:
        path = layout.solution_path(root, unit.name, task.file)
        tree = read_tree(path, layout.relative_name(path, root)) if path.is_file() else ast.Module([], [])
        if node := definition(tree, task.name):
            found[task.name, bare_form(node, unit.files)] = "the solution"
    return found


PARTS = ("shapes", "inputs", "reference", "naive", "work")
MODULES = {"torch", "math"}  # the only modules that a workload can import in a worker


def timing_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield the problems of a unit's timed tasks."""
    if unit.is_timed and layout.workloads_source(root, unit.name).is_file():
        yield from _workload_problems(root, unit)
        yield from _threshold_problems(root, unit)


def _workload_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    path = layout.workloads_source(root, unit.name)
    shown = layout.relative_name(path, root)
    tree = read_tree(path, shown)
    there = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for name in (f"{task.name}__{part}" for task in unit.tasks_on_gpu for part in PARTS):
        if name not in there:
            yield Problem(shown, f"has no function {name}")
    for name in sorted(_packages(tree) - MODULES):
        yield Problem(shown, f"imports {name}: a workload has torch and math only")


def _packages(tree: ast.Module) -> set[str]:
    """Return the packages that a file imports; a relative import is represented by its dots and name."""
    modules = [module for node in ast.walk(tree) for module in imported_modules(node)]
    return {module if module.startswith(".") else module.partition(".")[0] for module in modules}


def _threshold_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    path = layout.tiers(root, unit.name)
    tiers, shown = read_tiers(path), layout.relative_name(path, root)
    for task in unit.timed_tasks:
        if "cpu" not in tiers.get(task.name, {}):
            yield Problem(shown, f"has no thresholds of {task.name} for the cpu: grade calibrate {unit.name}")
    for task in unit.tasks_on_gpu:
        for device, entry in tiers.get(task.name, {}).items():
            if too_close(entry):
                yield Problem(shown, f"{task.name}, {device}: thresholds are less than a factor of {APART} apart")
    for name in sorted(tiers.keys() - {task.name for task in unit.tasks_on_gpu}):
        yield Problem(shown, f"{name} is no timed task of this unit: delete its tables [{name}.*]")


def equivalent_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield equivalent mutants whose function no longer exists; `grade mutants` checks the others."""
    shown = layout.relative_name(layout.equivalents(root, unit.name), root)
    known = _functions(root, unit)
    for entry in equivalents_of(root, unit.name):
        if entry.function not in known:
            what = (
                f"{entry.mutant} is a mutant of {entry.function}, which no solution of the unit has: delete the entry"
            )
            yield Problem(f"{shown}, line {entry.line}", what)


def _functions(root: Path, unit: Unit) -> set[str]:
    """Return the qualified names of all functions and methods in a unit's solutions."""
    names: set[str] = set()
    for path in (layout.solution_path(root, unit.name, file) for file in unit.files):
        for node in read_tree(path, layout.relative_name(path, root)).body if path.is_file() else ():
            name = getattr(node, "name", "")
            inner = node.body if isinstance(node, ast.ClassDef) else []
            names |= {name, *(f"{name}.{method.name}" for method in inner if isinstance(method, ast.FunctionDef))}
    return names
