"""Checks a unit's Python files: documented, marked only for tasks, and standing on their own."""

import ast
from collections.abc import Iterator
from pathlib import Path

from grader.course import layout
from grader.course.problems import Problem
from grader.course.reading import read_text, read_tree
from grader.course.regions import BEGIN, END, find_regions
from grader.course.registry import Unit

_FOLDERS = ("exercises", "solutions", "tests")


def solution_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield what is wrong in a unit's solutions and stubs."""
    for file in unit.files:
        solution = layout.solution_path(root, unit.name, file)
        stub = layout.stub_path(root, unit.name, file)
        if solution.is_file():
            yield from _undocumented(root, solution)
            yield from _foreign_regions(root, solution, unit)
            yield from _foreign_imports(root, solution, unit)
        if stub.is_file():
            yield from _markers(root, stub)
            yield from _foreign_imports(root, stub, unit)


def _undocumented(root: Path, path: Path) -> Iterator[Problem]:
    shown = path.relative_to(root).as_posix()
    tree = read_tree(path, shown)
    if not ast.get_docstring(tree):
        yield Problem(shown, "has no docstring")
    definitions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    for node in definitions:
        if not node.name.startswith("_") and not ast.get_docstring(node):
            yield Problem(f"{shown}, line {node.lineno}", f"{node.name} has no docstring")


def _foreign_regions(root: Path, path: Path, unit: Unit) -> Iterator[Problem]:
    shown = path.relative_to(root).as_posix()
    tasks = {task.name for task in unit.tasks if task.file == path.stem}
    for region in find_regions(read_text(path, shown), shown):
        owner = region.owner.split(".", maxsplit=1)[0]
        if owner and owner not in tasks:
            yield Problem(
                f"{shown}, line {region.begin}", f"{owner} is no task of {path.name}, but has a solution region"
            )


def _markers(root: Path, path: Path) -> Iterator[Problem]:
    shown = path.relative_to(root).as_posix()
    for number, line in enumerate(read_text(path, shown).split("\n"), start=1):
        if line.strip().startswith((BEGIN, END)):
            yield Problem(f"{shown}, line {number}", "a stub holds a solution's marker")


def _foreign_imports(root: Path, path: Path, unit: Unit) -> Iterator[Problem]:
    """Yield imports that leave the unit: students may have done the others differently, or not at all."""
    shown = path.relative_to(root).as_posix()
    for node in ast.walk(read_tree(path, shown)):
        if any(_leaves(name, unit.name) for name in _imported(node)):
            line = getattr(node, "lineno", 0)
            yield Problem(f"{shown}, line {line}", "imports from another unit; inside one: from .<file> import ...")


def _imported(node: ast.AST) -> list[str]:
    """Return the modules that a statement imports, relative ones with their dots."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return ["." * node.level + (node.module or "")]
    return []


def _leaves(module: str, unit: str) -> bool:
    parts = module.split(".")
    return module.startswith("..") or (parts[0] in _FOLDERS and parts[1:2] != [unit])
