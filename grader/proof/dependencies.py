"""Dependencies between a unit's solutions, read from their syntax trees without importing them."""

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from grader.course import layout
from grader.course.reading import read_tree
from grader.course.registry import Unit

Node = TypeVar("Node")
Place = tuple[str, str]  # file stem, top-level name


class Dependencies:
    """Dependency graph of a unit's solutions: between names, and between files.

    Parameters
    ----------
    root : Path
        The course.
    unit : Unit
    """

    def __init__(self, root: Path, unit: Unit) -> None:
        self._unit = unit
        self._homes = {task.name: task.file for task in unit.tasks}
        self._uses: dict[Place, set[Place]] = {}
        self._files: dict[str, set[str]] = {stem: set() for stem in unit.files}
        for stem in unit.files:
            path = layout.solution_path(root, unit.name, stem)
            self._read(stem, read_tree(path, layout.relative_name(path, root)))

    def of_task(self, name: str) -> set[str]:
        """Return the tasks that must be right for this one to be right: those it uses or declares in `requires`."""
        reached = self.tasks_reached([(self._homes[name], name)])
        required = {task.name: task.requires for task in self._unit.tasks}
        return closure([*reached, *required[name]], required) - {name}

    def tasks_reached(self, places: Iterable[Place]) -> set[str]:
        """Return the tasks among some names and everything they use."""
        return {name for stem, name in closure(places, self._uses) if self._homes.get(name) == stem}

    def tasks_that_use(self, stem: str, name: str) -> tuple[str, ...]:
        """Return the tasks that use a top-level name: first the name itself if it is a task, then in course order."""
        users = [task for task, home in self._homes.items() if (stem, name) in closure([(home, task)], self._uses)]
        return tuple(sorted(users, key=lambda task: task != name))

    def files_that_need(self, stem: str) -> set[str]:
        """Return the files that cannot be loaded without this one, including itself."""
        return {file for file in self._files if stem in closure([file], self._files)}

    def _read(self, stem: str, tree: ast.Module) -> None:
        imported, modules = _imports(tree)
        self._files[stem] |= {file for file, _ in imported.values()} | set(modules.values())
        names = {name for node in tree.body for name in bound_names(node)}
        scope = {name: (stem, name) for name in names} | imported
        for node in tree.body:
            used = {scope[name] for name in loaded_names(node) if name in scope}
            used |= {(modules[base], name) for base, name in attributes(node) if base in modules}
            for name in bound_names(node):
                self._uses.setdefault((stem, name), set()).update(used - {(stem, name)})


def _imports(tree: ast.Module) -> tuple[dict[str, Place], dict[str, str]]:
    """Return the names imported from sibling files, and the sibling modules imported, both by local name."""
    names: dict[str, Place] = {}
    modules: dict[str, str] = {}
    for node in tree.body:
        if not isinstance(node, ast.ImportFrom) or node.level != 1:
            continue
        for alias in node.names:
            if node.module:
                names[alias.asname or alias.name] = (node.module, alias.name)
            else:
                modules[alias.asname or alias.name] = alias.name
    return names, modules


def bound_names(node: ast.stmt) -> list[str]:
    """Return the names that a top-level definition or assignment binds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return [name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)]
    return []


def loaded_names(node: ast.AST) -> set[str]:
    """Return all names that some code reads."""
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Load)}


def attributes(node: ast.AST) -> set[tuple[str, str]]:
    """Return all ``name.attribute`` pairs in some code."""
    return {
        (attribute.value.id, attribute.attr)
        for attribute in ast.walk(node)
        if isinstance(attribute, ast.Attribute) and isinstance(attribute.value, ast.Name)
    }


def closure(start: Iterable[Node], edges: Mapping[Node, Iterable[Node]]) -> set[Node]:
    """Return all nodes reachable from the start nodes, including these."""
    reached: set[Node] = set()
    waiting = list(start)
    while waiting:
        node = waiting.pop()
        if node not in reached:
            reached.add(node)
            waiting += edges.get(node, ())
    return reached
