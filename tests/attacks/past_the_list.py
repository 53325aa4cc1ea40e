"""Makes an attack's imports by hand, so that the walls have to stop it and not the list of what may be imported.

The list is for honest students: `__import__` knows nothing of it.
"""

import ast

from grader.worker.imports import Import, imports_of


def past_the_list(text: str, library: str = "numpy") -> str:
    """Return a file with calls of `__import__` in the place of statements that import what is not on the list.

    Parameters
    ----------
    text : str
        One that does not compile comes back as it is.
    library : str
        Of the file's tasks.
    """
    try:
        imports = list(imports_of(ast.parse(text), "target", {"target", "honest"}, library))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
    by_place = {}
    for imported in imports:
        by_place.setdefault(_place(imported.node), []).append(imported)
    lines = text.encode().splitlines(keepends=True)
    for (first, start, last, end), names in sorted(by_place.items(), reverse=True):
        if any(imported.refused for imported in names) and not getattr(names[0].node, "level", 0):
            calls = "; ".join(_call(imported) if imported.refused else _as_it_is(imported) for imported in names)
            lines[first - 1 : last] = [lines[first - 1][:start] + calls.encode() + lines[last - 1][end:]]
    return b"".join(lines).decode()


def _place(node: ast.stmt) -> tuple[int, int, int, int]:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


def _as_it_is(imported: Import) -> str:
    if isinstance(imported.node, ast.Import):
        return ast.unparse(ast.Import([imported.alias]))
    return ast.unparse(ast.ImportFrom(imported.node.module, [imported.alias], imported.node.level))


def _call(imported: Import) -> str:
    name, bound = imported.alias.name, imported.alias.asname
    if isinstance(imported.node, ast.ImportFrom):
        module = f"__import__({imported.node.module!r}, fromlist=[{name!r}])"
        return f"globals().update(vars({module}))" if name == "*" else f"{bound or name} = {module}.{name}"
    if bound:
        return f"{bound} = __import__({name!r}, fromlist=['__name__'])"
    return f"{name.partition('.')[0]} = __import__({name!r})"
