"""Imports of a student's files, rewritten to modules that stand in for siblings that may be broken, and refused ones.

A name that cannot be imported becomes a placeholder, so that only the code that uses it fails.
"""

import ast
import builtins
import sys
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any, Protocol

from grader.worker import failures
from grader.worker.failures import BrokenImport, RefusedImport, described
from grader.worker.imports import Import, Refused
from grader.worker.placeholder import Later, Placeholder, touch

Lend = Callable[[Import], str]
"""Returns the key in `sys.modules` of the module to import from instead; empty to keep the import."""


def rewrite(tree: ast.Module, imports: Iterable[Import], lend: Lend) -> bool:
    """Rewrite imports in place; return whether any was rewritten.

    Parameters
    ----------
    tree : Module
        Syntax tree of the student's file.
    imports : iterable of Import
        All imports in it.
    lend : callable
        Returns the module to import from instead.
    """
    by_node: dict[int, list[tuple[Import, str]]] = {}
    for imported in list(imports):
        by_node.setdefault(id(imported.node), []).append((imported, lend(imported)))
    _Rewriter(by_node).visit(tree)
    return any(module for pairs in by_node.values() for _, module in pairs)


class _Rewriter(ast.NodeTransformer):
    def __init__(self, by_node: dict[int, list[tuple[Import, str]]]) -> None:
        self._by_node = by_node

    def visit(self, node: ast.AST) -> Any:
        """Visit statements; expressions contain no imports."""
        if isinstance(node, ast.Import | ast.ImportFrom):
            return [_statement(imported, module) for imported, module in self._by_node[id(node)]]
        return node if isinstance(node, ast.expr) else self.generic_visit(node)


def _statement(imported: Import, module: str) -> ast.stmt:
    """Return an import statement for one name."""
    node, alias = imported.node, imported.alias
    if module:
        statement: ast.stmt = ast.ImportFrom(module, [_bound(node, alias)], 0)
    elif isinstance(node, ast.Import):
        statement = ast.Import([alias])
    else:
        statement = ast.ImportFrom(node.module, [alias], node.level)
    return ast.copy_location(statement, node)


def _bound(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> ast.alias:
    """Return the imported name and its alias: ``import a.b`` binds ``a``."""
    name = alias.name if isinstance(node, ast.ImportFrom) else alias.name.partition(".")[0]
    return ast.copy_location(ast.alias(name, alias.asname), alias)


def free_names(tree: ast.AST) -> list[str]:
    """Return the names that a file uses but neither defines nor imports: those a star import may have brought.

    Examples
    --------
    >>> free_names(ast.parse("from numpy import *; x = exp(1); y = len(x)"))
    ['exp']
    """
    used: set[str] = set()
    bound = {"*"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.alias):
            bound.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
    return sorted(used - bound - set(dir(builtins)))


OnRun = Callable[[str], None]
_ABSENT = object()


class Modules(Protocol):
    """The student's files."""

    name: str

    @property
    def paths(self) -> tuple[str, ...]:
        """Names of the files in tracebacks."""

    def module(self, stem: str) -> ModuleType:
        """Return a module, running it on first use."""


class Lent(ModuleType):
    """A module that looks up its names lazily, on import.

    Parameters
    ----------
    name : str
    get : callable
        Returns the value of a name.
    star : callable
        Returns the names of a star import.
    """

    def __init__(self, name: str, get: Callable[[str], Any], star: Callable[[], list[str]]) -> None:
        super().__init__(name)
        self._get, self._star = get, star

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return self._star()
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return self._get(name)


class Lender:
    """Factory of the modules that a package's rewritten imports refer to.

    Parameters
    ----------
    package : Modules
    broken : mapping of str to str
        Files that must not be run, and why.
    """

    def __init__(self, package: Modules, broken: Mapping[str, str]) -> None:
        self._package = package
        self.broken = dict(broken)
        self._count = 0

    def of_file(self, stem: str, tree: ast.Module) -> Lend:
        """Return the function that creates modules for one file.

        Parameters
        ----------
        stem : str
        tree : Module
            Syntax tree as the student wrote it.
        """
        free = free_names(tree)

        def lend(imported: Import) -> str:
            if imported.sibling:
                get, star = self._sibling(imported, stem, free)
            elif imported.refused:
                get, star = _refused(imported.refused, free, caught=imported.caught)
            else:
                return ""
            self._count += 1
            name = f"{self._package.name}.{stem}.{self._count}"
            sys.modules[name] = Lent(name, get, star)
            return name

        return lend

    def _sibling(
        self, imported: Import, importer: str, free: list[str]
    ) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
        whole = isinstance(imported.node, ast.Import) or not imported.node.module

        def get(name: str) -> Any:
            what = f"{imported.sibling}.py" if whole else f"{name} of {imported.sibling}.py"
            return self._looked_up(imported, "" if whole else name, f"needs {what}", importer)

        def star() -> list[str]:
            module = self._looked_up(imported, "", f"needs {imported.sibling}.py", importer)
            if type(module) is Placeholder:
                return free
            public = [name for name in vars(module) if not name.startswith("_")]
            return list(getattr(module, "__all__", public))

        return get, star

    def _looked_up(self, imported: Import, name: str, needs: str, importer: str) -> Any:
        """Return a sibling or a name of it, or a placeholder that says why it is not available."""
        stem = imported.sibling
        if stem in self.broken:
            return _lost(f"{needs}: {self.broken[stem]}", failures.unloadable(stem), caught=imported.caught)
        try:
            module = self._package.module(stem)
        except KeyboardInterrupt:
            raise
        except NotImplementedError as stub:  # no mistake: the stub's own tests report it
            return Placeholder(NotImplementedError, str(stub))
        except BaseException as error:
            data = described(error, self._package.paths, "load", stem)
            return _lost(f"{needs}: {_why(stem, error, data)}", data["cause"], caught=imported.caught)
        value = getattr(module, name, _ABSENT) if name else module
        if value is not _ABSENT:
            return value
        near = failures.similar(name, vars(module))
        why = f"{stem}.py does not define it" + (f"; it has {near}" if near else "")
        absent = Placeholder(BrokenImport, f"{needs}: {why}", failures.missing_name(stem, name))
        if getattr(module.__spec__, "_initializing", False):
            circle = f"{needs}: {stem}.py imports {importer}.py, too, and has not come to define it"
            return Later(lambda: getattr(module, name, absent), circle, failures.circular_import(stem, name))
        return touch(absent) if imported.caught else absent


def _why(stem: str, error: BaseException, data: dict[str, Any]) -> str:
    place = f" ({data['where'][-1].partition(':')[0]})" if data["where"] else ""
    kind = "" if isinstance(error, RefusedImport | BrokenImport) else f"{data['kinds'][0]}: "
    return f"{stem}.py does not load: {kind}{data['text']}{place}"


def _lost(text: str, cause: failures.CauseData | None, *, caught: bool) -> Placeholder:
    lost = Placeholder(BrokenImport, text, cause)
    return touch(lost) if caught else lost


def _refused(
    refused: Refused, free: list[str], *, caught: bool
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    cause = failures.refused_import(refused.file, refused.line, refused.module)
    lost = Placeholder(RefusedImport, refused.sentence, cause)

    def get(name: str) -> Any:
        return touch(lost) if caught else lost

    def star() -> list[str]:
        if caught:
            touch(lost)
        return free

    return get, star
