"""Conditions: another comparison, one turned round or missing, a wrong boundary; statements that are missing."""

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
    """Move a boundary to the other side, or turn the question round."""
    for place, target in enumerate(node.comparisons):
        before = "".join(f" {code(each)}" for each in node.comparisons[:place])
        after = "".join(f" {code(each)}" for each in node.comparisons[place + 1 :])
        for symbol in OTHER[type(target.operator)]:
            yield "comparison", f"{code(node.left)}{before} {symbol} {code(target.comparator)}{after}"


@mutates(cst.BooleanOperation)
def _another_connective(node: cst.BooleanOperation, site: Site) -> Iterator[Change]:
    """Ask for one of two conditions instead of both, or leave one out."""
    symbol = "or" if isinstance(node.operator, cst.And) else "and"
    yield "condition", f"{wrapped(node.left)} {symbol} {wrapped(node.right)}"
    yield "condition", code(node.left)
    yield "condition", code(node.right)


@mutates(cst.If, cst.While, cst.CompIf)
def _another_branch(node: cst.If | cst.While | cst.CompIf, site: Site) -> Iterator[Change]:
    """Never do it; always do it. The text is that of the condition alone."""
    yield "branch", "False"
    if not isinstance(node, cst.While):
        yield "branch", "True"
    if not isinstance(node.test, cst.Comparison | cst.BooleanOperation | cst.UnaryOperation):
        yield "condition", f"not {wrapped(node.test)}"


@mutates(cst.IfExp)
def _one_alternative(node: cst.IfExp, site: Site) -> Iterator[Change]:
    """Take the same alternative whatever the condition says; take the other one."""
    yield "branch", code(node.body)
    yield "branch", code(node.orelse)
    yield "branch", f"{code(node.orelse)} if {code(node.test)} else {code(node.body)}"


@mutates(cst.Call)
def _one_side_of_where(node: cst.Call, site: Site) -> Iterator[Change]:
    """Do the same with the alternatives of `where`."""
    if called(node) == "where" and len(node.args) == 3:
        condition, one, other = (arg.value for arg in node.args)
        yield "branch", code(one)
        yield "branch", code(other)
        yield "branch", f"{code(node.func)}({code(condition)}, {code(other)}, {code(one)})"


@mutates(cst.Expr, cst.AugAssign, cst.Break, cst.Continue)
def _missing_statement(node: cst.Expr | cst.AugAssign | cst.Break | cst.Continue, site: Site) -> Iterator[Change]:
    """Leave out what is done for its effect."""
    yield "statement", "pass"


@mutates(cst.Assign)
def _missing_assignment(node: cst.Assign, site: Site) -> Iterator[Change]:
    """Leave out an assignment without which the names still exist: into something, or of a name to be replaced."""
    target = node.targets[0].target
    used = {each.value for each in m.findall(node.value, m.Name()) if isinstance(each, cst.Name)}
    if isinstance(target, cst.Subscript | cst.Attribute) or code(target) in used:
        yield "statement", "pass"
