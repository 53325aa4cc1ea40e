"""Reads a unit's variants by syntax tree: other right answers, which its suite must accept.

`tests/hidden/<unit>/variants.py` holds them as functions or classes named ``<task>__<style>``. Names that begin with an
underscore, or have no double one, are helpers.
"""

import ast
from pathlib import Path

from msgspec import Struct

from grader.course import layout
from grader.course.reading import read_tree

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Variant(Struct, frozen=True):
    """One other right answer: where it stands, and its task."""

    name: str
    line: int
    task: str


def variants_of(root: Path, unit: str) -> tuple[Variant, ...]:
    """Return a unit's variants, in their order; none where the file is missing.

    Raises
    ------
    CourseError
        The file is not valid Python.
    """
    return tuple(Variant(node.name, node.lineno, task_of(node.name)) for node in definitions(root, unit))


def definitions(root: Path, unit: str) -> list[Definition]:
    """Return the syntax trees of a unit's variants, to be read and not changed.

    Raises
    ------
    CourseError
        The file is not valid Python.
    """
    return [node for node in _body(root, unit) if isinstance(node, Definition) and names_a_variant(node.name)]


def assigned_names(root: Path, unit: str) -> list[tuple[str, int]]:
    """Return what is named like a variant and is an assigned value, with its line.

    Raises
    ------
    CourseError
        The file is not valid Python.
    """
    assigned = [node for node in _body(root, unit) if isinstance(node, ast.Assign | ast.AnnAssign)]
    names = [each for node in assigned for each in ast.walk(node) if isinstance(each, ast.Name)]
    stored = [name for name in names if isinstance(name.ctx, ast.Store)]
    return [(name.id, name.lineno) for name in stored if names_a_variant(name.id)]


def names_a_variant(name: str) -> bool:
    """Whether a name is that of a variant and not of a helper."""
    return not name.startswith("_") and "__" in name


def task_of(name: str) -> str:
    """Return the task that a variant's name names."""
    return name.partition("__")[0]


def _body(root: Path, unit: str) -> list[ast.stmt]:
    path = layout.variants(root, unit)
    return read_tree(path, layout.relative_name(path, root)).body if path.is_file() else []
