"""Arithmetic: another operator, a wrong sign, a term or factor that is missing; numbers and flags that are off."""

import ast
from collections.abc import Iterator

import libcst as cst

from grader.proof.mutation.operator import Change, Site, called, code, mutates, wrapped

OTHER = {
    cst.Add: ("-",),
    cst.Subtract: ("+",),
    cst.Multiply: ("/",),
    cst.Divide: ("*",),
    cst.FloorDivide: ("/",),
    cst.Modulo: ("//",),
    cst.Power: ("*",),
    cst.BitAnd: ("|",),
    cst.BitOr: ("&",),
}
OTHER_IN_PLACE: dict[type[cst.BaseAugOp], tuple[str, ...]] = {
    cst.AddAssign: ("-=", "="),
    cst.SubtractAssign: ("+=", "="),
    cst.MultiplyAssign: ("/=", "="),
    cst.DivideAssign: ("*=", "="),
}
SUMS = (cst.Add, cst.Subtract)
SIGNLESS = ("abs", "fabs", "square", "cos", "cosh", "norm", "std", "var")
PRODUCTS = (cst.Multiply, cst.Divide)


@mutates(cst.BinaryOperation)
def _another_operator(node: cst.BinaryOperation, site: Site) -> Iterator[Change]:
    """Add for subtract, multiply for divide, round the other way."""
    for symbol in OTHER.get(type(node.operator), ()):
        yield "operator", f"{code(node.left)} {symbol} {code(node.right)}"
    if isinstance(node.operator, cst.FloorDivide):
        yield "rounding", f"-(-{wrapped(node.left)} // {wrapped(node.right)})"


@mutates(cst.AugAssign)
def _another_operator_in_place(node: cst.AugAssign, site: Site) -> Iterator[Change]:
    """Subtract what is to be added; overwrite what is to be added to."""
    for symbol in OTHER_IN_PLACE.get(type(node.operator), ()):
        yield "operator", f"{code(node.target)} {symbol} {code(node.value)}"


@mutates(cst.BinaryOperation)
def _exchanged_operands(node: cst.BinaryOperation, site: Site) -> Iterator[Change]:
    """Turn a difference, a quotient or a product of matrices round."""
    if isinstance(node.operator, cst.Subtract) and _sign_is_lost(site):
        return
    names = {cst.Subtract: ("sign", "-"), cst.Divide: ("operator", "/"), cst.MatrixMultiply: ("transposition", "@")}
    if type(node.operator) in names:
        name, symbol = names[type(node.operator)]
        yield name, f"{wrapped(node.right)} {symbol} {wrapped(node.left)}"


@mutates(cst.BinaryOperation)
def _missing_term(node: cst.BinaryOperation, site: Site) -> Iterator[Change]:
    """Leave one operand out; in a chain each operand is left out once."""
    if isinstance(node.operator, (*SUMS, *PRODUCTS, cst.Power)):
        yield "term", code(node.left)
    if isinstance(node.operator, SUMS) and not _is(node.left, SUMS):
        yield "term", f"-{wrapped(node.right)}" if isinstance(node.operator, cst.Subtract) else code(node.right)
    if isinstance(node.operator, cst.Multiply) and not _is(node.left, PRODUCTS):
        yield "term", code(node.right)
    if isinstance(node.operator, cst.Divide) and not _is(node.left, PRODUCTS):
        yield "term", f"1 / {wrapped(node.right)}"


@mutates(cst.BinaryOperation)
def _wrong_sign(node: cst.BinaryOperation, site: Site) -> Iterator[Change]:
    """Negate a whole product."""
    if not isinstance(node.operator, (*PRODUCTS, cst.MatrixMultiply)) or site.inside(cst.Index, cst.Slice):
        return
    if not _covers_the_sign(site.parent, node) and not _sign_is_lost(site):
        yield "sign", f"-{wrapped(node)}"


def _covers_the_sign(parent: cst.CSTNode, node: cst.BinaryOperation) -> bool:
    """Tell whether another change negates this product: of the product or difference around it, or of its sign."""
    if isinstance(parent, cst.UnaryOperation):
        return True
    if not isinstance(parent, cst.BinaryOperation):
        return False
    return not isinstance(parent.operator, SUMS) or parent.right is node


@mutates(cst.UnaryOperation)
def _missing_sign(node: cst.UnaryOperation, site: Site) -> Iterator[Change]:
    """Leave out a minus, a not, an inversion; not where the number behind it is changed anyway."""
    if isinstance(node.expression, cst.Integer) and (site.inside(cst.Index) or site.keyword in ("axis", "dim")):
        return
    yield "sign" if isinstance(node.operator, cst.Minus) else "condition", code(node.expression)


def _sign_is_lost(site: Site) -> bool:
    """Tell whether what is made of it does not depend on its sign: an absolute value, a square, a cosine, a spread."""
    parent = site.parent
    if isinstance(parent, cst.BinaryOperation) and isinstance(parent.operator, cst.Power):
        return isinstance(parent.right, cst.Integer) and parent.right.evaluated_value % 2 == 0
    if isinstance(parent, cst.Attribute):
        return parent.attr.value in SIGNLESS
    return isinstance(parent, cst.Arg) and called(site.parents[1]) in SIGNLESS


def _is(node: cst.BaseExpression, kinds: tuple[type[cst.BaseBinaryOp], ...]) -> bool:
    return isinstance(node, cst.BinaryOperation) and isinstance(node.operator, kinds) and not node.lpar


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
