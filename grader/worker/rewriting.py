"""Rewriting of a student's import statements to import the same names from the loader's stand-in modules."""

import ast
import builtins
from collections.abc import Callable, Iterable
from typing import Any

from grader.worker.imports import Import

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
    for each in list(imports):
        by_node.setdefault(id(each.node), []).append((each, lend(each)))
    _Rewriter(by_node).visit(tree)
    return any(module for found in by_node.values() for _, module in found)


class _Rewriter(ast.NodeTransformer):
    def __init__(self, by_node: dict[int, list[tuple[Import, str]]]) -> None:
        self._by_node = by_node

    def visit(self, node: ast.AST) -> Any:
        """Visit statements; expressions contain no imports."""
        if isinstance(node, ast.Import | ast.ImportFrom):
            return [_statement(each, module) for each, module in self._by_node[id(node)]]
        return node if isinstance(node, ast.expr) else self.generic_visit(node)


def _statement(one: Import, module: str) -> ast.stmt:
    """Return an import statement for one name."""
    node, alias = one.node, one.alias
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
