"""Mutations of arithmetic and of conditions: operators, signs, numbers, missing terms, bounds and statements."""

import ast
from collections.abc import Iterator

import libcst as cst
import libcst.matchers as m

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
    """Swap addition and subtraction, multiplication and division, or round the other way."""
    for symbol in OTHER.get(type(node.operator), ()):
        yield "operator", f"{code(node.left)} {symbol} {code(node.right)}"
    if isinstance(node.operator, cst.FloorDivide):
        yield "rounding", f"-(-{wrapped(node.left)} // {wrapped(node.right)})"


@mutates(cst.AugAssign)
def _another_operator_in_place(node: cst.AugAssign, site: Site) -> Iterator[Change]:
    """Use the inverse operator, or overwrite the target."""
    for symbol in OTHER_IN_PLACE.get(type(node.operator), ()):
        yield "operator", f"{code(node.target)} {symbol} {code(node.value)}"


@mutates(cst.BinaryOperation)
def _exchanged_operands(node: cst.BinaryOperation, site: Site) -> Iterator[Change]:
    """Exchange the operands of a difference, a quotient or a matrix product."""
    if isinstance(node.operator, cst.Subtract) and _sign_is_lost(site):
        return
    names = {cst.Subtract: ("sign", "-"), cst.Divide: ("operator", "/"), cst.MatrixMultiply: ("transposition", "@")}
    if type(node.operator) in names:
        name, symbol = names[type(node.operator)]
        yield name, f"{wrapped(node.right)} {symbol} {wrapped(node.left)}"


@mutates(cst.BinaryOperation)
def _missing_term(node: cst.BinaryOperation, site: Site) -> Iterator[Change]:
    """Drop one operand; in a chain, each operand is dropped once."""
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
    """Return whether another mutation negates this product: of its sign, or of the product or difference around it."""
    if isinstance(parent, cst.UnaryOperation):
        return True
    if not isinstance(parent, cst.BinaryOperation):
        return False
    return not isinstance(parent.operator, SUMS) or parent.right is node


@mutates(cst.UnaryOperation)
def _missing_sign(node: cst.UnaryOperation, site: Site) -> Iterator[Change]:
    """Drop a minus, a `not` or an inversion, except before an index or axis, which other mutations change."""
    if isinstance(node.expression, cst.Integer) and (site.inside(cst.Index) or site.keyword in ("axis", "dim")):
        return
    yield "sign" if isinstance(node.operator, cst.Minus) else "condition", code(node.expression)


def _sign_is_lost(site: Site) -> bool:
    """Return whether the sign has no effect: in an absolute value, a square, a cosine, a standard deviation."""
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
    """Add or subtract one."""
    if not _is_negative(site.parent):
        for value in (node.evaluated_value + 1, node.evaluated_value - 1):
            if not _drops_operand(node, site, value):
                yield _kind(site), str(value)


@mutates(cst.UnaryOperation)
def _another_negative_integer(node: cst.UnaryOperation, site: Site) -> Iterator[Change]:
    """Add or subtract one, including the sign."""
    if _is_negative(node) and isinstance(node.expression, cst.Integer):
        value = -node.expression.evaluated_value
        yield _kind(site), str(value + 1)
        if not (value == -1 and isinstance(site.parent, cst.Arg) and called(site.parents[1]) == "reshape"):
            yield _kind(site), str(value - 1)  # except in reshape, where NumPy infers any negative size


@mutates(cst.Float)
def _another_float(node: cst.Float, site: Site) -> Iterator[Change]:
    """Double the number, increase it by 10 %, or replace it by zero; replace zero by one."""
    value = float(node.evaluated_value)
    for other in (2 * value, float(f"{1.1 * value:.12g}"), 0.0) if value else (1.0,):
        if not _drops_operand(node, site, other):
            yield _kind(site), repr(other)


@mutates(cst.Name)
def _the_other_flag(node: cst.Name, site: Site) -> Iterator[Change]:
    """Swap True and False."""
    if node.value in ("True", "False") and site.keyword != "strict":
        yield _kind(site), "False" if node.value == "True" else "True"


@mutates(cst.SimpleString)
def _another_text(node: cst.SimpleString, site: Site) -> Iterator[Change]:
    """Change a string such as an option's name, but not a key in brackets, which would only be missing."""
    if not isinstance(site.parent, cst.Index):
        yield "constant", repr(f"{ast.literal_eval(node.value)}_")


def _kind(site: Site) -> str:
    return KINDS.get(site.keyword, "constant")


def _is_negative(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus)


def _drops_operand(node: cst.BaseExpression, site: Site, value: float) -> bool:
    """Return whether this value reduces an operation to its other operand, which another mutation proposes."""
    parent = site.parent
    if not isinstance(parent, cst.BinaryOperation):
        return False
    if isinstance(parent.operator, cst.Add | cst.Subtract):
        return value == 0 and (parent.right is node or isinstance(parent.operator, cst.Add))
    if isinstance(parent.operator, cst.Divide | cst.Power):
        return value == 1 and parent.right is node
    return isinstance(parent.operator, cst.Multiply) and value == 1


OTHER_COMPARISONS = {
    cst.LessThan: ("<=", ">="),
    cst.LessThanEqual: ("<", ">"),
    cst.GreaterThan: (">=", "<="),
    cst.GreaterThanEqual: (">", "<"),
    cst.Equal: ("!=",),
    cst.NotEqual: ("==",),
    cst.Is: ("is not",),
    cst.IsNot: ("is",),
    cst.In: ("not in",),
    cst.NotIn: ("in",),
}


@mutates(cst.Comparison)
def _another_comparison(node: cst.Comparison, site: Site) -> Iterator[Change]:
    """Include or exclude the boundary, or invert the comparison."""
    for place, target in enumerate(node.comparisons):
        before = "".join(f" {code(comparison)}" for comparison in node.comparisons[:place])
        after = "".join(f" {code(comparison)}" for comparison in node.comparisons[place + 1 :])
        for symbol in OTHER_COMPARISONS[type(target.operator)]:
            yield "comparison", f"{code(node.left)}{before} {symbol} {code(target.comparator)}{after}"


@mutates(cst.BooleanOperation)
def _another_connective(node: cst.BooleanOperation, site: Site) -> Iterator[Change]:
    """Swap `and` and `or`, or drop one of the conditions."""
    symbol = "or" if isinstance(node.operator, cst.And) else "and"
    yield "condition", f"{wrapped(node.left)} {symbol} {wrapped(node.right)}"
    yield "condition", code(node.left)
    yield "condition", code(node.right)


@mutates(cst.If, cst.While, cst.CompIf)
def _another_branch(node: cst.If | cst.While | cst.CompIf, site: Site) -> Iterator[Change]:
    """Take the branch never, always, or on the negated condition. The proposed text replaces only the condition."""
    yield "branch", "False"
    if not isinstance(node, cst.While):
        yield "branch", "True"
    if not isinstance(node.test, cst.Comparison | cst.BooleanOperation | cst.UnaryOperation):
        yield "condition", f"not {wrapped(node.test)}"


@mutates(cst.IfExp)
def _one_alternative(node: cst.IfExp, site: Site) -> Iterator[Change]:
    """Always take the same alternative, or swap the two."""
    yield "branch", code(node.body)
    yield "branch", code(node.orelse)
    yield "branch", f"{code(node.orelse)} if {code(node.test)} else {code(node.body)}"


@mutates(cst.Call)
def _one_side_of_where(node: cst.Call, site: Site) -> Iterator[Change]:
    """Always take the same alternative of `where`, or swap the two."""
    if called(node) == "where" and len(node.args) == 3:
        condition, one, other = (arg.value for arg in node.args)
        yield "branch", code(one)
        yield "branch", code(other)
        yield "branch", f"{code(node.func)}({code(condition)}, {code(other)}, {code(one)})"


@mutates(cst.Expr, cst.AugAssign, cst.Break, cst.Continue)
def _missing_statement(node: cst.Expr | cst.AugAssign | cst.Break | cst.Continue, site: Site) -> Iterator[Change]:
    """Drop a statement that is executed for its effect."""
    yield "statement", "pass"


@mutates(cst.Assign)
def _missing_assignment(node: cst.Assign, site: Site) -> Iterator[Change]:
    """Drop an assignment to an item, an attribute, or a name used in its own value: all names still exist."""
    target = node.targets[0].target
    used = {name.value for name in m.findall(node.value, m.Name()) if isinstance(name, cst.Name)}
    if isinstance(target, cst.Subscript | cst.Attribute) or code(target) in used:
        yield "statement", "pass"
