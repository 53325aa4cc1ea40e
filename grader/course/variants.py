"""Reader of a unit's variants, other right answers that its suite must accept; they are parsed, not imported.

In `tests/hidden/<unit>/variants.py`, functions and classes named ``<task>__<style>`` are variants. Names that begin
with an underscore or contain no double underscore are helpers.
"""

import ast
from pathlib import Path

from msgspec import Struct

from grader.course import layout
from grader.course.reading import read_tree

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Variant(Struct, frozen=True):
    """Another right answer: its name, line and task."""

    name: str
    line: int
    task: str


def variants_of(root: Path, unit: str) -> tuple[Variant, ...]:
    """Return a unit's variants in order; empty if the file is missing.

    Raises
    ------
    CourseError
        If the file is not valid Python.
    """
    return tuple(Variant(node.name, node.lineno, task_of(node.name)) for node in definitions(root, unit))


def definitions(root: Path, unit: str) -> list[Definition]:
    """Return the syntax trees of a unit's variants. Do not modify them.

    Raises
    ------
    CourseError
        If the file is not valid Python.
    """
    return [node for node in _body(root, unit) if isinstance(node, Definition) and names_a_variant(node.name)]


def assigned_names(root: Path, unit: str) -> list[tuple[str, int]]:
    """Return names and lines of assigned values that are named like a variant.

    Raises
    ------
    CourseError
        If the file is not valid Python.
    """
    assigned = [node for node in _body(root, unit) if isinstance(node, ast.Assign | ast.AnnAssign)]
    names = [each for node in assigned for each in ast.walk(node) if isinstance(each, ast.Name)]
    stored = [name for name in names if isinstance(name.ctx, ast.Store)]
    return [(name.id, name.lineno) for name in stored if names_a_variant(name.id)]


def names_a_variant(name: str) -> bool:
    """Return whether a name belongs to a variant, not a helper."""
    return not name.startswith("_") and "__" in name


def task_of(name: str) -> str:
    """Return the task in a variant's name."""
    return name.partition("__")[0]


def _body(root: Path, unit: str) -> list[ast.stmt]:
    path = layout.variants(root, unit)
    return read_tree(path, layout.relative_name(path, root)).body if path.is_file() else []
