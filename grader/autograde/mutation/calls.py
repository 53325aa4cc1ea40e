"""Calls: a related function instead of the right one, one that is missing, arguments in another order."""

from collections.abc import Iterator

import libcst as cst

from grader.autograde.mutation.operator import Change, Site, argument, call, called, code, is_dtype, mutates, swaps

RELATED = {
    "zeros": "ones",
    "ones": "zeros",
    "zeros_like": "ones_like",
    "ones_like": "zeros_like",
    "floor": "ceil",
    "ceil": "floor",
    "sin": "cos",
    "cos": "sin",
    "exp": "expm1",
    "expm1": "exp",
    "log": "log1p",
    "log1p": "log",
    "logaddexp": "maximum",
    "repeat": "tile",
    "tile": "repeat",
    "triu": "tril",
    "tril": "triu",
}
OF_ONE = (
    *("sqrt", "square", "abs", "sign", "exp", "expm1", "log", "log1p", "tanh", "sin", "cos", "erf", "heaviside"),
    *("float", "int", "bool", "str", "list", "tuple", "dict", "set", "sorted", "reversed", "array", "asarray", "ceil"),
)
SYMMETRIC = ("maximum", "minimum", "logaddexp", "max", "min", "isinstance", "add", "multiply", "hypot", "swapaxes")


@mutates(cst.Call)
def _related_function(node: cst.Call, site: Site) -> Iterator[Change]:
    """Call a relative of the right function."""
    name = called(node)
    if name in RELATED and isinstance(node.func, cst.Attribute):
        yield "function", f"{code(node.func.value)}.{RELATED[name]}({', '.join(map(argument, node.args))})"


@mutates(cst.Call)
def _missing_function(node: cst.Call, site: Site) -> Iterator[Change]:
    """Take the argument as it is."""
    if called(node) in OF_ONE and len(node.args) == 1 and not node.args[0].star:
        yield "function", code(node.args[0].value)


@mutates(cst.Call)
def _exchanged_arguments(node: cst.Call, site: Site) -> Iterator[Change]:
    """Exchange two neighbouring arguments."""
    if called(node) in SYMMETRIC or (called(node) == "where" and len(node.args) == 3):
        return
    positional = [argument(arg) for arg in node.args if arg.keyword is None and arg.star != "**"]
    named = [argument(arg) for arg in node.args if arg.keyword is not None or arg.star == "**"]
    if positional and is_dtype(positional[-1]):
        named.insert(0, positional.pop())
    for parts in swaps(positional):
        yield "order", call(node, [*parts, *named])


@mutates(cst.Tuple)
def _exchanged_elements(node: cst.Tuple, site: Site) -> Iterator[Change]:
    """Exchange two neighbours in a tuple: results, shapes, names that are unpacked."""
    if _is_exchanged_elsewhere(site) or site.keyword in ("axis", "dim"):
        return
    parts = [f"{'*' * isinstance(each, cst.StarredElement)}{code(each.value)}" for each in node.elements]
    for exchanged in swaps(parts):
        yield "order", ", ".join(exchanged)


def _is_exchanged_elsewhere(site: Site) -> bool:
    """Tell whether it is a tuple of names for something else whose parts are exchanged too, or one without an order."""
    parent = site.parent
    if isinstance(parent, cst.ComparisonTarget) or (isinstance(parent, cst.Arg) and called(site.parents[1]) == "isin"):
        return True
    if isinstance(parent, cst.AssignTarget):
        return isinstance(site.parents[1], cst.Assign) and isinstance(site.parents[1].value, cst.Tuple)
    return isinstance(parent, cst.For | cst.CompFor) and called(parent.iter) == "zip"
