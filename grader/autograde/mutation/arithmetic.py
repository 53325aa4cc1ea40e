"""Arithmetic: another operator, a wrong sign, a term or factor that is missing."""

from collections.abc import Iterator

import libcst as cst

from grader.autograde.mutation.operator import Change, Site, called, code, mutates, wrapped

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
