"""Mutation operators: functions that propose replacement texts for a node of the code."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import libcst as cst

Change = tuple[str, str]
"""Kind of mistake, and the text that replaces the node."""

Propose = Callable[[Any, "Site"], Iterable[Change]]

_EMPTY = cst.Module([])
_OPERATIONS = (
    cst.BinaryOperation,
    cst.BooleanOperation,
    cst.Comparison,
    cst.IfExp,
    cst.Lambda,
    cst.NamedExpr,
    cst.UnaryOperation,
)
_PROPOSERS: list[tuple[type[cst.CSTNode], Propose]] = []


@dataclass(frozen=True)
class Site:
    """The position of a node.

    Attributes
    ----------
    parents : tuple of CSTNode
        Its ancestors, innermost first.
    """

    parents: tuple[cst.CSTNode, ...]

    @property
    def parent(self) -> cst.CSTNode:
        """The direct parent."""
        return self.parents[0]

    @property
    def keyword(self) -> str:
        """Keyword of the argument that the node is, ignoring signs and tuples in between; empty if it is none."""
        for parent in self.parents:
            if isinstance(parent, cst.Arg):
                return parent.keyword.value if parent.keyword else ""
            if not isinstance(parent, cst.UnaryOperation | cst.Tuple | cst.Element):
                return ""
        return ""

    def inside(self, *kinds: type[cst.CSTNode]) -> bool:
        """Return whether any ancestor is of these kinds."""
        return any(isinstance(parent, kinds) for parent in self.parents)


def mutates(*kinds: type[cst.CSTNode]) -> Callable[[Propose], Propose]:
    """Register a function that proposes changes of nodes of some kinds."""

    def register(propose: Propose) -> Propose:
        _PROPOSERS.extend((kind, propose) for kind in kinds)
        return propose

    return register


def proposals(node: cst.CSTNode, site: Site) -> Iterator[Change]:
    """Yield every change of a node, in the order of registration."""
    for kind, propose in _PROPOSERS:
        if isinstance(node, kind):
            yield from propose(node, site)


def code(node: cst.CSTNode) -> str:
    """Return a node's text, including its parentheses."""
    return _EMPTY.code_for_node(node).strip()


def wrapped(node: cst.BaseExpression) -> str:
    """Return an expression's text, parenthesized if necessary for use as an operand."""
    text = code(node)
    return f"({text})" if isinstance(node, _OPERATIONS) and not node.lpar else text


def argument(arg: cst.Arg) -> str:
    """Return an argument's text without the comma after it."""
    keyword = f"{arg.keyword.value}=" if arg.keyword else ""
    return f"{arg.star}{keyword}{code(arg.value)}"


def call(node: cst.Call, arguments: Iterable[str]) -> str:
    """Return the text of a call with other arguments."""
    return f"{code(node.func)}({', '.join(arguments)})"


def called(node: cst.CSTNode) -> str:
    """Return the last name of the called function: ``sum`` for ``x.sum(...)``; empty if the node is no call."""
    if not isinstance(node, cst.Call):
        return ""
    if isinstance(node.func, cst.Attribute):
        return node.func.attr.value
    return node.func.value if isinstance(node.func, cst.Name) else ""


def swaps(parts: list[str]) -> Iterator[list[str]]:
    """Yield the list with two neighbours swapped, for each pair that differs."""
    for place, (one, other) in enumerate(pairwise(parts)):
        if one != other:
            yield [*parts[:place], other, one, *parts[place + 2 :]]


def is_dtype(text: str) -> bool:
    """Return whether an argument is a dtype."""
    return text.endswith("dtype") or text in ("int", "float", "bool")
