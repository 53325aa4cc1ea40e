"""Imports put where a sorter of imports would put them, into a file whose own are sorted."""

import ast
import sys

from grader.course.edits import WIDTH
from grader.course.reading import parsed

_OURS = ("grader", "datasets", "solutions", "exercises")


def with_sorted_import(source: str, module: str, name: str = "", alias: str = "") -> str:
    """Return a module's text with an import in its place; nothing changes if the import is there.

    Parameters
    ----------
    source : str
    module : str
    name : str, optional
        What is imported from the module; the module itself if empty.
    alias : str, optional
        Name under which it is imported.

    Examples
    --------
    >>> with_sorted_import("import numpy as np\\n", "math")
    'import math\\n\\nimport numpy as np\\n'
    """
    tree, lines = parsed(source, "the text"), source.split("\n")
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    wanted = ast.alias(name or module, alias or None)
    for node in imports:
        if isinstance(node, ast.ImportFrom) and name and node.module == module and not node.level:
            known = {(one.name, one.asname) for one in node.names} | {(wanted.name, wanted.asname)}
            lines[node.lineno - 1 : node.end_lineno] = _from_lines(module, known)
            return "\n".join(lines)
        if isinstance(node, ast.Import) and not name and ast.dump(node.names[0]) == ast.dump(wanted):
            return source
    statement = _from_lines(module, {(name, alias or None)}) if name else [f"import {ast.unparse(wanted)}"]
    return "\n".join(_inserted(lines, tree, imports, statement, (_section(module), bool(name), module)))


def _from_lines(module: str, names: set[tuple[str, str | None]]) -> list[str]:
    """Return the statement; constants come first, then classes, then functions."""
    ordered = sorted(names, key=lambda pair: (_kind(pair[0]), pair[0], pair[1] or ""))
    listed = [f"{name} as {alias}" if alias else name for name, alias in ordered]
    line = f"from {module} import {', '.join(listed)}"
    return [line] if len(line) <= WIDTH else [f"from {module} import (", *(f"    {one}," for one in listed), ")"]


def _kind(name: str) -> int:
    if name.isupper() and len(name) > 1:
        return 0
    return 1 if name[0].isupper() else 2


def _section(module: str) -> int:
    """Return the place of a module's section: the standard library, other packages, the course itself."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return 0
    return 2 if top in _OURS else 1


def _key(node: ast.Import | ast.ImportFrom) -> tuple[int, bool, str]:
    """Return by what imports are sorted: section, form, name of the module."""
    if isinstance(node, ast.Import):
        return _section(node.names[0].name), False, node.names[0].name
    return (3 if node.level else _section(node.module or "")), True, node.module or ""


def _inserted(
    lines: list[str],
    tree: ast.Module,
    imports: list[ast.Import | ast.ImportFrom],
    statement: list[str],
    key: tuple[int, bool, str],
) -> list[str]:
    later = next((node for node in imports if _key(node) > key), None)
    earlier = [node for node in imports if _key(node) < key]
    if later:
        gap = [""] if _key(later)[0] != key[0] else []
        same = bool(earlier) and _key(earlier[-1])[0] == key[0]
        at = (earlier[-1].end_lineno or 0) if gap and same else later.lineno - 1
        return [*lines[:at], *statement, *([] if same else gap), *lines[at:]]
    if earlier:
        at = earlier[-1].end_lineno or 0
        return [*lines[:at], *([""] if _key(earlier[-1])[0] != key[0] else []), *statement, *lines[at:]]
    at = (tree.body[0].end_lineno or 0) if ast.get_docstring(tree) is not None else 0
    gap = [""] if at else []
    return [*lines[:at], *gap, *statement, *([] if at else [""]), *lines[at:]]
