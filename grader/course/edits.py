"""Edits of the course's Python and TOML files that insert code in the right place and keep everything else."""

import ast
import re
import tomllib

from grader.course.reading import parsed
from grader.course.toml_reading import line_of

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
            stored = (name for name in ast.walk(node) if isinstance(name, ast.Name))
            names |= {name.id for name in stored if isinstance(name.ctx, ast.Store)}
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


_LIST = re.compile(r"^[ \t]*units[ \t]*=[ \t]*\[", re.MULTILINE)
_PIECE = re.compile(r'"[^"\n]*"|\'[^\'\n]*\'|#[^\n]*|\]')


def with_unit(text: str, name: str) -> str:
    """Return the text of `course.toml` with a unit appended to its list of units.

    Parameters
    ----------
    text : str
    name : str
        Name of the unit.

    Returns
    -------
    str
        The unchanged text if the place cannot be found.

    Examples
    --------
    >>> with_unit('[course]\\ntitle = "T"\\nunits = ["a"]  # in order\\n', "b")
    '[course]\\ntitle = "T"\\nunits = ["a", "b"]  # in order\\n'
    """
    if "units" not in tomllib.loads(text).get("course", {}):
        return _after_line(text, line_of(text, "$.course.title"), f'units = ["{name}"]')
    begin = _LIST.search(text)
    pieces = list(_PIECE.finditer(text, begin.end())) if begin else []
    close = next((piece for piece in pieces if piece[0] == "]"), None)
    if close is None:
        return text
    items = [piece for piece in pieces if piece.start() < close.start() and piece[0][0] in "\"'"]
    if not items:
        return f'{text[: close.start()]}"{name}"{text[close.start() :]}'
    return _after_item(text, items[-1].end(), close.start(), name)


def _after_line(text: str, number: int, line: str) -> str:
    lines = text.split("\n")
    return "\n".join([*lines[:number], line, *lines[number:]])


def _after_item(text: str, end: int, close: int, name: str) -> str:
    """Insert a name after the last one in a list, on its own line if the others are."""
    rest = text[end:close]
    comma = rest.lstrip().startswith(",")
    if "\n" not in rest:
        return f'{text[:end]}, "{name}"{rest.replace(",", "", 1) if comma else rest}{text[close:]}'
    line_start = text.rfind("\n", 0, end) + 1
    indent = re.match(r"[ \t]*", text[line_start:])
    behind = rest if comma else f",{rest}"
    at = text.rfind("\n", 0, close) + 1
    before = text[:end] + behind[: len(behind) - (close - at)]
    return f'{before}{indent[0] if indent else ""}"{name}",\n{text[at:]}'
