"""Import statements of a student's file, turned into imports of what the loader lends under the same names."""

import ast
import builtins
from collections.abc import Callable, Iterable
from typing import Any

from grader.worker.imports import Import

Lend = Callable[[Import], str]
"""Returns the module, as `sys.modules` has it, that an import is to be made from; empty to leave it as it is."""


def rewrite(tree: ast.Module, imports: Iterable[Import], lend: Lend) -> bool:
    """Rewrite imports in place, each where it stands; tell whether any was.

    Parameters
    ----------
    tree : Module
        Of the student's file.
    imports : iterable of Import
        All that stand in it.
    lend : callable
        Says where each is made from instead.
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
        """Visit statements; there is no import inside an expression."""
        if isinstance(node, ast.Import | ast.ImportFrom):
            return [_statement(each, module) for each, module in self._by_node[id(node)]]
        return node if isinstance(node, ast.expr) else self.generic_visit(node)


def _statement(one: Import, module: str) -> ast.stmt:
    """Return an import of this one name."""
    node, alias = one.node, one.alias
    if module:
        statement: ast.stmt = ast.ImportFrom(module, [_bound(node, alias)], 0)
    elif isinstance(node, ast.Import):
        statement = ast.Import([alias])
    else:
        statement = ast.ImportFrom(node.module, [alias], node.level)
    return ast.copy_location(statement, node)


def _bound(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> ast.alias:
    """Return what is imported and the name that it gets: ``import a.b`` binds ``a``."""
    name = alias.name if isinstance(node, ast.ImportFrom) else alias.name.partition(".")[0]
    return ast.copy_location(ast.alias(name, alias.asname), alias)


def free_names(tree: ast.AST) -> list[str]:
    """Return the names that a file uses and neither defines nor imports: what a star import may have brought.

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
