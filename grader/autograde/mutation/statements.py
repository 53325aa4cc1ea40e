"""Statements that are missing."""

from collections.abc import Iterator

import libcst as cst
import libcst.matchers as m

from grader.autograde.mutation.operator import Change, Site, code, mutates


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
