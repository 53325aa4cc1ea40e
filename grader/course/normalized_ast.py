"""Tells whether two definitions, or two modules, are one and the same but for what makes no difference."""

import ast
import copy
import hashlib
from collections.abc import Collection


def bare_form(node: ast.AST, siblings: Collection[str] = ()) -> str:
    """Return what a definition does, as text: equal for definitions that differ only in what they call things.

    Parameters
    ----------
    node : ast.AST
        A function or class; it is not changed.
    siblings : collection of str
        Names of modules whose functions are called with and without the module's name before them.

    Returns
    -------
    str
    """
    return ast.dump(_Bare(_own_names(node), siblings).visit(copy.deepcopy(node)))


def _own_names(node: ast.AST) -> dict[str, str]:
    """Number the names that a definition gives, its own first, in the order in which they are met."""
    given = {name for each in ast.walk(node) for name in _given_by(each)}
    met = dict.fromkeys(name for each in ast.walk(node) for name in _names_in(each) if name in given)
    return {name: f"_{number}" for number, name in enumerate(met)}


def _given_by(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
        return []
    return _names_in(node)


def _names_in(node: ast.AST) -> list[str]:
    """Return a node's name: of a definition, a parameter or a variable; those of methods are for others to call."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.arg):
        return [node.arg]
    return [node.name] if isinstance(node, ast.FunctionDef | ast.ClassDef) else []


class _Bare(ast.NodeTransformer):
    """Takes away what makes no difference to the answer."""

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
"""Names by which code can learn of its own docstrings, comments or line numbers."""


def module_digest(tree: ast.Module, text: str) -> str:
    """Return a digest that is equal for modules that differ only in comments, docstrings and formatting.

    A module that can look at its own text, or whose docstrings may be read, equals nothing but the same text.
    Examples of what keeps two modules apart: a name, a constant, an annotation, a decorator, a statement that runs when
    the module is loaded.

    Parameters
    ----------
    tree : ast.Module
        Is changed.
    text : str
        What it was parsed from.
    """
    if _looks_at_itself(tree):
        return _digest(f"text {text}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            _drop_docstring(node)
    return _digest(f"tree {ast.dump(tree)}")


def _looks_at_itself(tree: ast.Module) -> bool:
    return any(not LOOKS_AT_ITSELF.isdisjoint(_words_of(node)) for node in ast.walk(tree))


def _words_of(node: ast.AST) -> list[str]:
    """Return the names that a node speaks of, each part of an imported module's by itself."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        return [node.attr]
    if isinstance(node, ast.ImportFrom):
        return [*(node.module or "").split("."), *(alias.name for alias in node.names)]
    return [part for alias in node.names for part in alias.name.split(".")] if isinstance(node, ast.Import) else []


def _drop_docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    if ast.get_docstring(node, clean=False) is not None:
        node.body = node.body[1:] or [ast.Pass()]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
