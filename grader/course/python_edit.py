"""Edits of the course's Python files that insert code in the right place and keep everything else."""

import ast

from grader.course.reading import parsed

WIDTH = 120


def binds(source: str | ast.Module) -> set[str]:
    """Return the names that a module's own statements bind: imports, definitions, assignments.

    Examples
    --------
    >>> sorted(binds("import numpy as np\\nfrom a import b\\ndef f():\\n    x = 1\\ny = 2\\n"))
    ['b', 'f', 'np', 'y']
    """
    tree = parsed(source, "the text") if isinstance(source, str) else source
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        else:
            stored = (each for each in ast.walk(node) if isinstance(each, ast.Name))
            names |= {each.id for each in stored if isinstance(each.ctx, ast.Store)}
    return names


def with_import(source: str, module: str, names: tuple[str, ...], alias: str = "") -> str:
    """Return a module's text with an import added if it is missing.

    Parameters
    ----------
    source : str
    module : str
    names : tuple of str
        Names imported from it; the module itself if empty.
    alias : str, optional
        Alias of the module itself.

    Examples
    --------
    >>> with_import("from grader.judge import task\\n", "grader.judge", ("check", "task"))
    'from grader.judge import check, task\\n'
    """
    missing = set(names or (alias or module,)) - binds(source)
    if not missing:
        return source
    tree, lines = parsed(source, "the text"), source.split("\n")
    if not names:
        return "\n".join(_inserted(lines, tree, [f"import {module} as {alias}" if alias else f"import {module}"]))
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == module and not any(one.asname for one in node.names):
            known = {one.name for one in node.names} | missing
            lines[node.lineno - 1 : node.end_lineno] = _statement(module, known)
            return "\n".join(lines)
    return "\n".join(_inserted(lines, tree, _statement(module, missing)))


def _statement(module: str, names: set[str]) -> list[str]:
    listed = sorted(names)
    line = f"from {module} import {', '.join(listed)}"
    if len(line) <= WIDTH:
        return [line]
    return [f"from {module} import (", *(f"    {name}," for name in listed), ")"]


def _inserted(lines: list[str], tree: ast.Module, statement: list[str]) -> list[str]:
    """Insert a statement after the last import, or after the docstring."""
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    if imports:
        at = imports[-1].end_lineno or 0
        return [*lines[:at], *statement, *lines[at:]]
    at = (tree.body[0].end_lineno or 0) if ast.get_docstring(tree) is not None else 0
    return [*lines[:at], *([""] if at else []), *statement, *lines[at:]]
