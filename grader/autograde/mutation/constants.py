"""Constants: numbers one too large or too small, doubled, zero; flags and names of options."""

import ast
from collections.abc import Iterator

import libcst as cst

from grader.autograde.mutation.operator import Change, Site, called, mutates

KINDS = {"axis": "axis", "dim": "axis", "keepdims": "keepdims", "keepdim": "keepdims"}


@mutates(cst.Integer)
def _another_integer(node: cst.Integer, site: Site) -> Iterator[Change]:
    """One more, one less."""
    if not _is_negative(site.parent):
        for value in (node.evaluated_value + 1, node.evaluated_value - 1):
            if not _drops_operand(node, site, value):
                yield _kind(site), str(value)


@mutates(cst.UnaryOperation)
def _another_negative_integer(node: cst.UnaryOperation, site: Site) -> Iterator[Change]:
    """One more, one less, with the sign."""
    if _is_negative(node) and isinstance(node.expression, cst.Integer):
        value = -node.expression.evaluated_value
        yield _kind(site), str(value + 1)
        if not (value == -1 and isinstance(site.parent, cst.Arg) and called(site.parents[1]) == "reshape"):
            yield _kind(site), str(value - 1)  # to NumPy every negative size says: whatever is left


@mutates(cst.Float)
def _another_float(node: cst.Float, site: Site) -> Iterator[Change]:
    """Twice as large, a tenth larger, zero; one for zero."""
    value = float(node.evaluated_value)
    for other in (2 * value, float(f"{1.1 * value:.12g}"), 0.0) if value else (1.0,):
        if not _drops_operand(node, site, other):
            yield _kind(site), repr(other)


@mutates(cst.Name)
def _the_other_flag(node: cst.Name, site: Site) -> Iterator[Change]:
    """True for false, false for true."""
    if node.value in ("True", "False") and site.keyword != "strict":
        yield _kind(site), "False" if node.value == "True" else "True"


@mutates(cst.SimpleString)
def _another_text(node: cst.SimpleString, site: Site) -> Iterator[Change]:
    """Another name of an option; a key in brackets would only be missing."""
    if not isinstance(site.parent, cst.Index):
        yield "constant", repr(f"{ast.literal_eval(node.value)}_")


def _kind(site: Site) -> str:
    return KINDS.get(site.keyword, "constant")


def _is_negative(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus)


def _drops_operand(node: cst.BaseExpression, site: Site, value: float) -> bool:
    """Tell whether this value makes an operation one that another operator proposes: the other operand alone."""
    parent = site.parent
    if not isinstance(parent, cst.BinaryOperation):
        return False
    if isinstance(parent.operator, cst.Add | cst.Subtract):
        return value == 0 and (parent.right is node or isinstance(parent.operator, cst.Add))
    if isinstance(parent.operator, cst.Divide | cst.Power):
        return value == 1 and parent.right is node
    return isinstance(parent.operator, cst.Multiply) and value == 1
