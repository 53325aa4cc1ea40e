"""Normalized forms of definitions and modules, for comparison without irrelevant differences."""

import ast
import copy
import hashlib
from collections.abc import Collection


def bare_form(node: ast.AST, siblings: Collection[str] = ()) -> str:
    """Return a text that is equal for definitions that differ only in names.

    Parameters
    ----------
    node : ast.AST
        A function or class; not modified.
    siblings : collection of str
        Modules whose functions may be called with or without the module's name.

    Returns
    -------
    str
    """
    return ast.dump(_Bare(_numbered_names(node), siblings).visit(copy.deepcopy(node)))


def _numbered_names(node: ast.AST) -> dict[str, str]:
    """Return a number for each name that a definition binds, in order of appearance."""
    given = {name for inner in ast.walk(node) for name in _given_by(inner)}
    met = dict.fromkeys(name for inner in ast.walk(node) for name in _names_in(inner) if name in given)
    return {name: f"_{number}" for number, name in enumerate(met)}


def _given_by(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
        return []
    return _names_in(node)


def _names_in(node: ast.AST) -> list[str]:
    """Return the name of a definition, parameter or variable; names of methods do not count, since others call them."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.arg):
        return [node.arg]
    return [node.name] if isinstance(node, ast.FunctionDef | ast.ClassDef) else []


class _Bare(ast.NodeTransformer):
    """Transformer that removes what does not affect the answer."""

    def __init__(self, names: dict[str, str], siblings: Collection[str]) -> None:
        self._names, self._siblings = names, siblings

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns, node.decorator_list = None, []
        return self._defined(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._defined(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return self.visit(ast.Assign([node.target], node.value))  # type: ignore[no-any-return]  # as ast has it

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return ast.arg(self._name(node.arg))

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self._name(node.id), node.ctx)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        module = node.value.id if isinstance(node.value, ast.Name) else ""
        if module in self._siblings and module not in self._names:
            return ast.Name(node.attr, node.ctx)
        return self.generic_visit(node)

    def _defined(self, node: ast.FunctionDef | ast.ClassDef) -> ast.AST:
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:]
        node.name = self._name(node.name)
        return self.generic_visit(node)

    def _name(self, name: str) -> str:
        return self._names.get(name, name)


LOOKS_AT_ITSELF = frozenset(
    (
        *("__doc__", "__file__", "__import__", "compile", "dir", "doctest", "eval", "exec", "gc", "getattr", "globals"),
        *("help", "importlib", "inspect", "linecache", "locals", "logging", "open", "sys", "traceback", "vars"),
        "warnings",
    )
)
"""Names with which code can read its own docstrings, comments or line numbers."""


def module_digest(tree: ast.Module, text: str) -> str:
    """Return a digest that is equal for modules that differ only in comments, docstrings and formatting.

    A module that can read its own text or docstrings equals only the same text. Modules differ, for example, by a name,
    a constant, an annotation, a decorator, or a statement that runs on import.

    Parameters
    ----------
    tree : ast.Module
        Modified in place.
    text : str
        Source of the tree.
    """
    if looks_at_itself(tree):
        return _digest(f"text {text}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            drop_docstring(node)
    return _digest(f"tree {ast.dump(tree)}")


def looks_at_itself(tree: ast.Module) -> bool:
    """Return whether a module can read its own text or docstrings."""
    return any(not LOOKS_AT_ITSELF.isdisjoint(_words_of(node)) for node in ast.walk(tree))


def _words_of(node: ast.AST) -> list[str]:
    """Return the names in a node, with an imported module's name split into its parts."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        return [node.attr]
    if isinstance(node, ast.ImportFrom):
        return [*(node.module or "").split("."), *(alias.name for alias in node.names)]
    return [part for alias in node.names for part in alias.name.split(".")] if isinstance(node, ast.Import) else []


def drop_docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    """Remove a docstring, in place."""
    if ast.get_docstring(node, clean=False) is not None:
        node.body = node.body[1:] or [ast.Pass()]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
