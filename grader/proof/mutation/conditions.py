"""Mutations of conditions and statements: other, inverted or missing conditions, wrong bounds, missing statements."""

from collections.abc import Iterator

import libcst as cst
import libcst.matchers as m

from grader.proof.mutation.operator import Change, Site, called, code, mutates, wrapped

OTHER = {
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
        for symbol in OTHER[type(target.operator)]:
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
