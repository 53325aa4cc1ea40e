"""Mutations of arrays and calls: axes, reductions, slices, copies, dtypes, functions, order of arguments."""

from collections.abc import Iterator

import libcst as cst

from grader.proof.mutation.operator import Change, Site, argument, call, called, code, is_dtype, mutates, swaps, wrapped

REDUCTIONS = {
    "sum": "mean",
    "mean": "sum",
    "max": "min",
    "min": "max",
    "argmax": "argmin",
    "argmin": "argmax",
    "std": "var",
    "var": "std",
    "any": "all",
    "all": "any",
    "prod": "sum",
    "maximum": "minimum",
    "minimum": "maximum",
    "cumsum": "cumprod",
    "cumprod": "cumsum",
}
OF_PYTHON = ("max", "min", "any", "all")
RESHAPERS = ("transpose", "permute", "swapaxes", "moveaxis")
COPIES = ("copy", "clone", "astype", "detach", "contiguous", "ravel", "flatten", "squeeze", "item", "tolist")
WITH_DTYPE = ("array", "asarray", "zeros", "ones", "empty", "full", "eye", "arange", "zeros_like", "ones_like")
AXES = ("axis", "dim")


@mutates(cst.Call)
def _another_reduction(node: cst.Call, site: Site) -> Iterator[Change]:
    """Swap sum and mean, maximum and minimum; use the sample variance."""
    name = called(node)
    arguments = ", ".join(map(argument, node.args))
    if name in REDUCTIONS and isinstance(node.func, cst.Attribute):
        yield "reduction", f"{code(node.func.value)}.{REDUCTIONS[name]}({arguments})"
    elif name in OF_PYTHON:
        yield "reduction", f"{REDUCTIONS[name]}({arguments})"
    if name in ("std", "var"):
        yield "reduction", call(node, [*map(argument, node.args), "ddof=1"])


@mutates(cst.Call)
def _missing_argument(node: cst.Call, site: Site) -> Iterator[Change]:
    """Drop a keyword argument, so that its default applies. Flags are mutated elsewhere."""
    for arg in node.args:
        if arg.keyword is None or arg.keyword.value == "strict" or code(arg.value) in ("True", "False", "None"):
            continue
        name = "axis" if arg.keyword.value in AXES else "dtype" if arg.keyword.value == "dtype" else "argument"
        yield name, call(node, [argument(other) for other in node.args if other is not arg])


@mutates(cst.Call)
def _missing_dtype(node: cst.Call, site: Site) -> Iterator[Change]:
    """Drop a dtype that is the last positional argument."""
    if called(node) in WITH_DTYPE and len(node.args) > 1 and is_dtype(argument(node.args[-1])):
        yield "dtype", call(node, map(argument, node.args[:-1]))


@mutates(cst.Tuple)
def _missing_axis(node: cst.Tuple, site: Site) -> Iterator[Change]:
    """Drop one of several axes."""
    if site.keyword in AXES and isinstance(site.parent, cst.Arg) and len(node.elements) > 1:
        parts = [f"{'*' * isinstance(element, cst.StarredElement)}{code(element.value)}" for element in node.elements]
        for place in range(len(parts)):
            left = [*parts[:place], *parts[place + 1 :]]
            yield "axis", ", ".join(left) + "," * (len(left) == 1)


@mutates(cst.Attribute)
def _missing_transposition(node: cst.Attribute, site: Site) -> Iterator[Change]:
    """Drop a transposition."""
    if node.attr.value in ("T", "mT"):
        yield "transposition", code(node.value)


@mutates(cst.Call)
def _missing_method(node: cst.Call, site: Site) -> Iterator[Change]:
    """Drop a copy, a conversion, or an exchange of axes."""
    if isinstance(node.func, cst.Attribute) and called(node) in (*COPIES, *RESHAPERS):
        if code(node.func.value) in ("np", "torch"):
            yield "copy" if called(node) in COPIES else "transposition", argument(node.args[0])
        else:
            yield "copy" if called(node) in COPIES else "transposition", code(node.func.value)


@mutates(cst.Slice)
def _missing_bound(node: cst.Slice, site: Site) -> Iterator[Change]:
    """Drop one of a slice's numbers."""
    lower, upper, step = (code(part) if part else "" for part in (node.lower, node.upper, node.step))
    for start, stop, stride in (("", upper, step), (lower, "", step), (lower, upper, "")):
        if (start, stop, stride) != (lower, upper, step):
            yield "slice", f"{start}:{stop}" + (f":{stride}" if stride else "")


@mutates(cst.Subscript)
def _exchanged_indices(node: cst.Subscript, site: Site) -> Iterator[Change]:
    """Swap two neighbouring indices."""
    for parts in swaps([code(element.slice) for element in node.slice]):
        yield "order", f"{code(node.value)}[{', '.join(parts)}]"


@mutates(cst.Call)
def _off_by_one(node: cst.Call, site: Site) -> Iterator[Change]:
    """End a range one step too early, begin it one step too late, or count one too few."""
    arguments = [argument(arg) for arg in node.args]
    stop = min(1, len(arguments) - 1)
    if called(node) == "range" and not isinstance(node.args[stop].value, cst.Integer):
        earlier = f"{wrapped(node.args[stop].value)} - 1"
        yield "off_by_one", call(node, [*arguments[:stop], earlier, *arguments[stop + 1 :]])
        if len(arguments) == 1:
            yield "off_by_one", call(node, ["1", *arguments])
    if called(node) == "len" and not (isinstance(site.parent, cst.Arg) and called(site.parents[1]) == "range"):
        yield "off_by_one", f"{code(node)} - 1"


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
    """Call a related function."""
    name = called(node)
    if name in RELATED and isinstance(node.func, cst.Attribute):
        yield "function", f"{code(node.func.value)}.{RELATED[name]}({', '.join(map(argument, node.args))})"


@mutates(cst.Call)
def _missing_function(node: cst.Call, site: Site) -> Iterator[Change]:
    """Use the argument instead of the call."""
    if called(node) in OF_ONE and len(node.args) == 1 and not node.args[0].star:
        yield "function", code(node.args[0].value)


@mutates(cst.Call)
def _exchanged_arguments(node: cst.Call, site: Site) -> Iterator[Change]:
    """Swap two neighbouring arguments."""
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
    """Swap two neighbours in a tuple: results, shapes, or unpacked names."""
    if _is_exchanged_elsewhere(site) or site.keyword in ("axis", "dim"):
        return
    parts = [f"{'*' * isinstance(element, cst.StarredElement)}{code(element.value)}" for element in node.elements]
    for exchanged in swaps(parts):
        yield "order", ", ".join(exchanged)


def _is_exchanged_elsewhere(site: Site) -> bool:
    """Return whether a tuple is unpacked from one that is mutated itself, or has no order."""
    parent = site.parent
    if isinstance(parent, cst.ComparisonTarget) or (isinstance(parent, cst.Arg) and called(site.parents[1]) == "isin"):
        return True
    if isinstance(parent, cst.AssignTarget):
        return isinstance(site.parents[1], cst.Assign) and isinstance(site.parents[1].value, cst.Tuple)
    return isinstance(parent, cst.For | cst.CompFor) and called(parent.iter) == "zip"
