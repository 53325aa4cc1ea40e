"""Imports that a task's files may make: one list for the worker, for the student's own runs, and for messages.

The list helps honest students: an import that would fail in grading is found at home. It does not stop somebody
who means to evade it; the sandbox does.
"""

import ast
import sys
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from typing import Any

HARMLESS = frozenset(
    (
        *("__future__", "abc", "array", "bisect", "calendar", "cmath", "collections", "colorsys", "contextlib", "copy"),
        *("dataclasses", "datetime", "decimal", "enum", "fractions", "functools", "graphlib", "hashlib", "heapq"),
        *("io", "itertools", "json", "keyword", "logging", "math", "numbers", "operator", "pprint", "random", "re"),
        *("reprlib", "statistics", "string", "struct", "sys", "textwrap", "time", "timeit", "traceback", "types"),
        *("typing", "unicodedata", "warnings", "weakref"),
    )
)
"""Modules of the standard library that only compute: they open no files, processes, threads or connections."""

_EVERY_TASK = frozenset({"numpy", "jaxtyping"})
LIBRARIES: dict[str, frozenset[str]] = {
    "numpy": _EVERY_TASK,
    "torch": _EVERY_TASK | {"torch", "typing_extensions"},
    "triton": _EVERY_TASK | {"torch", "typing_extensions", "triton"},
}
"""Installed libraries, by the library that a task is written with."""

OWN_TESTS = "my_tests"
"""Stem of the file in which students write tests of their own; it may import pytest, of which a worker has a part."""

_NAMES = {"numpy": "NumPy", "torch": "PyTorch", "triton": "Triton"}
_NEVER_RUN = ("TYPE_CHECKING", "typing.TYPE_CHECKING", "__name__ == '__main__'", "False", "0")
_CATCHING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def allowed(library: str) -> frozenset[str]:
    """Return the top-level modules that files of a task with this library may import.

    Examples
    --------
    >>> "math" in allowed("numpy"), "torch" in allowed("numpy"), "torch" in allowed("torch")
    (True, False, True)
    """
    return HARMLESS | LIBRARIES[library]


def rule(library: str, siblings: Collection[str] = ()) -> str:
    """Return the list of allowed imports as text.

    Parameters
    ----------
    library : str
        ``numpy``, ``torch`` or ``triton``.
    siblings : collection of str
        Stems of the unit's other files.

    Returns
    -------
    str
        One sentence.
    """
    files = f"the unit's other files ({', '.join(sorted(siblings))})" if siblings else "the unit's other files"
    modules = ", ".join(sorted(HARMLESS))
    return f"{', '.join(sorted(LIBRARIES[library]))}, {files}, and of the standard library {modules}"


@dataclass(frozen=True)
class Refused:
    """An import that is not on the list.

    Attributes
    ----------
    file : str
        ``neuron.py``.
    line : int
    module : str
        Full dotted name as written, with leading dots if it is relative.
    reason : str
        Why the module is not available in grading.
    library : str
        Library of the file's tasks.
    matters : bool
        Whether the statement can run when the file is loaded or a function is called, and no handler catches a failure.
    """

    file: str
    line: int
    module: str
    reason: str
    library: str
    matters: bool = True

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.file}, line {self.line}"

    @property
    def sentence(self) -> str:
        """The refusal, its reason, and what to do."""
        listed = ", ".join(sorted(LIBRARIES[self.library]))
        return (
            f"{self.place} imports {self.module}: {self.reason}; what may be imported is {listed}, "
            "the unit's other files and what only computes of the standard library; take the line out"
        )


@dataclass(frozen=True)
class Import:
    """One name bound by an import statement.

    Attributes
    ----------
    node : Import or ImportFrom
    alias : alias
    sibling : str
        Stem of the unit's file that it is imported from; empty for other modules.
    refused : Refused or None
        Set if the import is not on the list.
    caught : bool
        Whether the file handles a failure of the import.
    """

    node: ast.Import | ast.ImportFrom
    alias: ast.alias
    sibling: str = ""
    refused: Refused | None = None
    caught: bool = False


def imports_of(tree: ast.AST, stem: str, stems: Collection[str], library: str) -> Iterator[Import]:
    """Yield each name that a file imports, checked against the list.

    Parameters
    ----------
    tree : AST
        The file's syntax tree.
    stem : str
        The file's own stem.
    stems : collection of str
        Stems of the unit's files.
    library : str
        Library of the file's tasks.
    """
    for node, caught, runs in _statements(tree, caught=False, runs=True):
        for alias in node.names:
            sibling = _sibling(node, alias, stems, allowed(library))
            is_free = bool(sibling) or (stem == OWN_TESTS and _path(node, alias) == "pytest")
            reason = "" if is_free else _reason(node, alias, stems, library)
            refused = Refused(f"{stem}.py", node.lineno, _path(node, alias), reason, library, runs and not caught)
            yield Import(node, alias, sibling, refused if reason else None, caught)


def refused_imports(source: str, stem: str, stems: Collection[str], library: str) -> list[Refused]:
    """Return a file's refused imports in the order of their lines, without those that never matter.

    Examples
    --------
    >>> [refusal.place for refusal in refused_imports("import pandas", "neuron", ["neuron"], "numpy")]
    ['neuron.py, line 1']

    A file that does not compile imports nothing.
    """
    try:
        return refused_in_tree(ast.parse(source), stem, stems, library)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def refused_in_tree(tree: ast.AST, stem: str, stems: Collection[str], library: str) -> list[Refused]:
    """Return a file's refused imports like `refused_imports`, from its syntax tree."""
    refused = (imported.refused for imported in imports_of(tree, stem, stems, library))
    return sorted((refusal for refusal in refused if refusal and refusal.matters), key=lambda refusal: refusal.line)


def refused_as_data(
    tree: ast.AST, text: str, *, stem: str, stems: Collection[str], library: str
) -> list[dict[str, Any]]:
    """Return the refused imports as plain data, for a caller that has the text parsed in another process."""
    return [asdict(refused) for refused in refused_in_tree(tree, stem, stems, library)]


_Statement = tuple[ast.Import | ast.ImportFrom, bool, bool]


def _statements(node: ast.AST, *, caught: bool, runs: bool) -> Iterator[_Statement]:
    """Yield each import, whether its failure is caught, and whether it can run."""
    for name, value in ast.iter_fields(node):
        caught_here, runs_here = caught or _catches(node, name), runs and not _is_left_out(node, name)
        for child in value if isinstance(value, list) else []:  # statement lists only; expressions hold no imports
            if isinstance(child, ast.Import | ast.ImportFrom):
                yield child, caught_here, runs_here
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):  # runs later, outside the handlers
                yield from _statements(child, caught=False, runs=runs_here)
            elif isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
                yield from _statements(child, caught=caught_here, runs=runs_here)


def _catches(node: ast.AST, field: str) -> bool:
    """Return whether a failing import in this part of a statement is caught."""
    if isinstance(node, ast.Try) and field == "body":
        return any(handler.type is None or _CATCHING & _names(handler.type) for handler in node.handlers)
    if isinstance(node, ast.With) and field == "body":
        calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
        return any("suppress" in _names(call.func) and _CATCHING & _names(call) for call in calls)
    return False


def _is_left_out(node: ast.AST, field: str) -> bool:
    """Return whether this part of a statement never runs in grading."""
    return isinstance(node, ast.If) and field == "body" and ast.unparse(node.test) in _NEVER_RUN


def _names(node: ast.AST) -> set[str]:
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return names | {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}


def _path(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
    """Return the imported module as written."""
    if isinstance(node, ast.Import):
        return alias.name
    return "." * node.level + (node.module or alias.name)


def _sibling(
    node: ast.Import | ast.ImportFrom, alias: ast.alias, stems: Collection[str], listed: frozenset[str]
) -> str:
    """Return the stem of the unit's file that is imported; ``import neuron`` counts as ``from . import neuron``."""
    level = node.level if isinstance(node, ast.ImportFrom) else 0
    name = _path(node, alias).removeprefix(".")
    return name if name in stems and (level == 1 or (level == 0 and name not in listed)) else ""


def _reason(node: ast.Import | ast.ImportFrom, alias: ast.alias, stems: Collection[str], library: str) -> str:
    """Return why an import that is no sibling's is refused; empty if it is allowed."""
    path = _path(node, alias)
    top = path.partition(".")[0]
    if top in allowed(library):
        return ""
    last = path.rpartition(".")[2]
    if last in stems and "." in path:
        return f"write `from .{last} import ...`: only this unit's folder is there when it is graded"
    if not top:
        return f"{path.lstrip('.')}.py is no file of this unit: only {_files(stems)} can be handed in"
    if top in LIBRARIES["triton"]:
        return f"this file's tasks are written in {_NAMES[library]}: {top} is not there when they are graded"
    if top in sys.stdlib_module_names:
        return f"{top} does more than compute, and may not be used when this is graded"
    return f"{top} is not there when this is graded"


def _files(stems: Collection[str]) -> str:
    return ", ".join(f"{stem}.py" for stem in sorted(stems))
