"""Checks a unit's variants as far as their text tells: two for every task, each of them written in its own way."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from grader.course import layout
from grader.course.lint_tasks import definition
from grader.course.problems import Problem
from grader.course.reading import read_tree
from grader.course.registry import Unit
from grader.course.sameness import bare_form
from grader.course.variants import assigned_names, definitions, task_of, variants_of

NEEDED = 2


def variant_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield what is wrong with a unit's variants; where the file is missing, the check of the files says so."""
    path = layout.variants(root, unit.name)
    if not path.is_file():
        return
    shown = path.relative_to(root).as_posix()
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
            yield Problem(where, f'{each.name} is a variant of "{each.task}", no task of this unit')
        if times[each.name] > 1:
            yield Problem(where, f"{each.name} exists twice")
    for name, line in assigned_names(root, unit.name):
        yield Problem(f"{shown}, line {line}", f"{name} is named like a variant, but is no function or class")


def _too_few(root: Path, unit: Unit) -> Iterator[Problem]:
    known = Counter(each.task for each in variants_of(root, unit.name))
    for task in unit.tasks:
        if known[task.name] < NEEDED:
            yield Problem(f"{unit.name}.{task.name}", f"has {known[task.name]} of at least two variants")


def _copies(root: Path, unit: Unit, shown: str) -> Iterator[Problem]:
    """Say which variants are the solution, or an earlier variant, under other names."""
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
        tree = read_tree(path, path.relative_to(root).as_posix()) if path.is_file() else ast.Module([], [])
        if node := definition(tree, task.name):
            found[task.name, bare_form(node, unit.files)] = "the solution"
    return found
