"""Tasks that a change of a student's files can touch, by comparison of what the files define."""

import ast
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from grader.course.model import Unit
from grader.course.normalized_ast import drop_docstring, looks_at_itself
from grader.submissions.parsing import read_files

Outline = dict[str, tuple[str, tuple[str, ...]]]
"""Digest of each part of a file, and the names in it; the part without a name is what runs whenever the file does."""

DIGITS = 16


def outline(tree: ast.Module, text: str) -> dict[str, Any]:
    """Return the outline of a file, without comments, docstrings and what only a script runs.

    Parameters
    ----------
    tree : ast.Module
        Modified in place.
    text : str
    """
    if looks_at_itself(tree):
        return dict.fromkeys(["", *(name for node in tree.body for name in _names_of(node))], (_digest(text), ()))
    parts: dict[str, list[str]] = {}
    words: dict[str, set[str]] = {}
    for node in tree.body:
        for name in _names_of(node):
            parts.setdefault(name, []).append(_form(node))
            words.setdefault(name, set()).update(_words_in(node))
    return {name: (_digest("\n".join(forms)), tuple(sorted(words[name]))) for name, forms in parts.items()}


def outlines_of(files: Mapping[str, str]) -> dict[str, Outline | None]:
    """Return the outline of each file by stem; None for one that Python cannot parse."""
    readings = read_files(outline, files)
    return {
        stem: None
        if reading.problem
        else {name: (digest, tuple(words)) for name, (digest, words) in reading.result.items()}
        for stem, reading in readings.items()
    }


def touched_tasks(
    unit: Unit, before: Mapping[str, Outline | None], after: Mapping[str, Outline | None]
) -> tuple[str, ...]:
    """Return the tasks that a change can touch: those changed, those that use them, those that require these.

    Parameters
    ----------
    unit : Unit
    before, after : mapping of str to Outline or None
        Outlines by file stem, as `outlines_of` returns them.

    Returns
    -------
    tuple of str
        In the unit's order.
    """
    parts = _parts_of(before) | _parts_of(after)
    broken = {stem for stem in unit.files if not (before.get(stem) and after.get(stem))}
    unlike = {stem for stem in broken if before.get(stem, 0) != after.get(stem, 0)}
    changed = {part for part in parts if _digest_in(before, *part) != _digest_in(after, *part)}
    changed |= {part for part in parts if part[0] in unlike}
    touched = _with_users(changed, parts)
    direct = {task.name for task in unit.tasks if task.file in unlike or (task.file, task.name) in touched}
    return tuple(task.name for task in unit.tasks if task.name in direct or unit.tasks_below(task.name) & direct)


Part = tuple[str, str]


def _parts_of(files: Mapping[str, Outline | None]) -> dict[Part, tuple[str, ...]]:
    return {(stem, name): words for stem, parts in files.items() for name, (_, words) in (parts or {}).items()}


def _digest_in(files: Mapping[str, Outline | None], stem: str, name: str) -> str:
    return (files.get(stem) or {}).get(name, ("", ()))[0]


def _with_users(changed: set[Part], parts: Mapping[Part, Sequence[str]]) -> set[Part]:
    """Return parts with all that name one of them, in any of the files, directly or not."""
    touched, waiting = set(changed), list(changed)
    while waiting:
        stem, name = waiting.pop()
        users = {part for part, words in parts.items() if name in words or (not name and part[0] == stem)}
        waiting += users - touched
        touched |= users
    return touched


def _names_of(node: ast.stmt) -> list[str]:
    """Return the names that a statement binds; none of a docstring or a script's part, an empty one of other code."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets) if all(isinstance(target, ast.Name) for target in targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            names = [alias.asname or alias.name.partition(".")[0] for alias in aliases]
            return ["" if name == "*" else name for name in names]
        case ast.Expr(value=ast.Constant()) | ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return []
    return [""]


def _form(node: ast.stmt) -> str:
    for inner in ast.walk(node):
        if isinstance(inner, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            drop_docstring(inner)
    return ast.dump(node)


def _words_in(node: ast.AST) -> set[str]:
    names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    return names | {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]
