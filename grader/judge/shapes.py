"""Checks of results against the shapes in the stub's signature, such as `Float[Array, "N F HO WO"]`.

The signature is read from source text, so nothing is imported. Letters take their sizes from the arguments of the call;
a letter that appears only in the result (HO, WO) takes its size where it is first met.
"""

import ast
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.judge.describe import describe, dtype_name, is_array, typed
from grader.judge.outcomes import CheckFailed
from grader.judge.remote_objects import Handle, kind_of
from grader.judge.side_by_side import with_numbers
from grader.worker.objects import Places

KINDS = {  # jaxtyping's names: the letters of NumPy's dtype kinds that each admits ("V" is torch's bfloat16)
    "Float": "f",
    "Int": "iu",
    "UInt": "u",
    "Bool": "b",
    "Complex": "c",
    "Num": "iufc",
    "Inexact": "fc",
    "Shaped": "iufcbUS",
}

Sizes = dict[str, int]

_WORDS = {  # jaxtyping's names as a message says them
    "Float": "float array",
    "Int": "integer array",
    "UInt": "array of unsigned integers",
    "Bool": "array of True and False",
    "Complex": "complex array",
    "Num": "array of numbers",
    "Inexact": "float or complex array",
    "Shaped": "array",
}


@dataclass(frozen=True)
class ArraySpec:
    """Array annotation: its kind of dtype and its axes."""

    kind: str
    axes: tuple[str, ...]


@dataclass(frozen=True)
class PlainSpec:
    """Plain data of any form: numbers, strings, arrays and containers of them, but no student objects."""


@dataclass(frozen=True)
class CacheSpec:
    """Cache that a forward function returns for its backward function; its form is free, as nothing else reads it."""


@dataclass(frozen=True)
class TupleSpec:
    """Tuple annotation of fixed length; ``None`` stands for an item that may be anything, including an object."""

    items: tuple["Spec", ...]


Spec = ArraySpec | TupleSpec | PlainSpec | CacheSpec | None

CACHE = "Cache"
OBJECTS = frozenset({"object", "Any", "Callable"})
"""Annotations that allow a result to be a student object. Any other annotation, or none, means data."""


@dataclass(frozen=True)
class Signature:
    """Signature of one function of a stub.

    Attributes
    ----------
    parameters : tuple of str
        Names, positional ones first.
    arguments : dict
        Annotations by parameter name.
    result : Spec
    result_names : tuple of str
        Names from the docstring's Returns section, if it has any.
    """

    parameters: tuple[str, ...]
    arguments: dict[str, Spec]
    result: Spec
    result_names: tuple[str, ...]

    @property
    def caches(self) -> Places:
        """Places of caches in the result; they stay with the code that made them."""
        return _places_of_caches(self.result)

    def takes_cache(self, parameter: str) -> bool:
        """Return whether a parameter is a cache."""
        return isinstance(self.arguments.get(parameter), CacheSpec)


def _places_of_caches(spec: Spec) -> Places:
    places = tuple(map(_places_of_caches, spec.items)) if isinstance(spec, TupleSpec) else ()
    return isinstance(spec, CacheSpec) or (places if any(places) else False)


def read_signatures(source: str) -> dict[str, Signature]:
    """Read the signatures of a file's top-level functions from its text.

    Parameters
    ----------
    source : str
        Python source.

    Returns
    -------
    dict of str to Signature
    """
    body = ast.parse(source).body
    objects = OBJECTS | {node.name for node in body if isinstance(node, ast.ClassDef)}
    return {node.name: _signature(node, objects) for node in body if isinstance(node, ast.FunctionDef)}


def _signature(node: ast.FunctionDef, objects: frozenset[str]) -> Signature:
    parameters = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return Signature(
        tuple(parameter.arg for parameter in parameters),
        {parameter.arg: _spec(parameter.annotation, objects) for parameter in parameters},
        _spec(node.returns, objects),
        _returned_names(ast.get_docstring(node) or ""),
    )


def _spec(annotation: ast.expr | None, objects: frozenset[str]) -> Spec:
    outer = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    name = outer.id if isinstance(outer, ast.Name) else ""
    if name in objects:
        return None
    if not isinstance(annotation, ast.Subscript):
        return CacheSpec() if _names_cache(annotation) else PlainSpec()
    inside = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    if name == "tuple" and not any(isinstance(item, ast.Constant) and item.value is Ellipsis for item in inside):
        return TupleSpec(tuple(_spec(item, objects) for item in inside))
    if name in KINDS and len(inside) == 2 and isinstance(inside[1], ast.Constant):
        return ArraySpec(name, tuple(str(inside[1].value).split()))
    return CacheSpec() if _names_cache(annotation) else PlainSpec()


def _names_cache(annotation: ast.expr | None) -> bool:
    """Return whether an annotation is a cache, or a container of caches, which counts as one cache."""
    return annotation is not None and any(
        isinstance(node, ast.Name) and node.id == CACHE for node in ast.walk(annotation)
    )


def _returned_names(docstring: str) -> tuple[str, ...]:
    _, _, section = docstring.partition("Returns\n-------\n")
    names = []
    for line in section.splitlines():
        if not line.strip():
            break
        head, colon, _ = line.partition(" : ")
        if colon and not line.startswith(" "):
            names += [name.strip() for name in head.split(",")]
    return tuple(names)


def holds_objects(spec: Spec) -> bool:
    """Return whether a result of this form may hold objects that only the code that made them can use."""
    return (
        spec is None
        or isinstance(spec, CacheSpec)
        or (isinstance(spec, TupleSpec) and any(map(holds_objects, spec.items)))
    )


def require_result(
    function: str, signature: Signature, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
) -> None:
    """Fail the test unless the result has the form that the signature declares.

    Parameters
    ----------
    function : str
    signature : Signature
    args, kwargs
        The arguments of the call, which give the letters their sizes.
    result : object
        The returned value.

    Raises
    ------
    CheckFailed
        The form is wrong; the error names the result, and its actual and expected form.
    """
    given = dict(zip(signature.parameters, args, strict=False)) | kwargs
    sizes: Sizes = {}
    for name, spec in signature.arguments.items():
        if isinstance(spec, ArraySpec) and is_array(given.get(name)):
            _learn(spec, given[name], sizes)
    _require(f"the result of {function}", signature.result, signature.result_names, result, sizes)


def _learn(spec: ArraySpec, array: Any, sizes: Sizes) -> None:
    if len(spec.axes) == array.ndim and not _has_wildcard(spec):
        for axis, size in zip(spec.axes, array.shape, strict=True):
            if axis.isidentifier() and axis != "_":
                sizes.setdefault(axis, int(size))


def _has_wildcard(spec: ArraySpec) -> bool:
    return any("..." in axis or axis.startswith("*") for axis in spec.axes)


def _require(name: str, spec: Spec, names: tuple[str, ...], value: Any, sizes: Sizes) -> None:
    if isinstance(spec, TupleSpec):
        _require_tuple(name, spec, names, value, sizes)
    elif isinstance(spec, ArraySpec):
        _require_array(name, spec, value, sizes)
    elif isinstance(spec, PlainSpec) and (handle := object_in(value)) is not None:
        got = repr(handle).strip("<>")
        raise CheckFailed(f"{name} is not plain data{_of_object(handle)}", got=got, expected="numbers, texts, arrays")


def object_in(value: Any) -> Any:
    """Return a student object that is the value or is inside it, or None; its operators cannot be trusted."""
    if isinstance(value, Handle):
        return value
    inside = [*value, *value.values()] if type(value) is dict else value
    if type(inside) not in (list, tuple, set, frozenset):
        return None
    return next((handle for item in inside if (handle := object_in(item)) is not None), None)


def _require_tuple(name: str, spec: TupleSpec, names: tuple[str, ...], value: Any, sizes: Sizes) -> None:
    count = len(spec.items)
    if type(value) not in (tuple, list) or len(value) != count:
        promised = f"{count} values" + (f": {', '.join(names)}" if len(names) == count else "")
        raise CheckFailed(f"{name} has the wrong form{_of_object(value)}", got=describe(value), expected=promised)
    for index, (item, part) in enumerate(zip(spec.items, value, strict=True)):
        _require(names[index] if len(names) == count else f"{name}, value {index + 1},", item, (), part, sizes)


def _require_array(name: str, spec: ArraySpec, value: Any, sizes: Sizes) -> None:
    promised = _promised(spec, sizes)
    if not is_array(value) and not _is_array_without_axes(spec, value):
        message = (
            f"{name} is not an array{_of_object(value)}"
            if value is not None
            else f"{name} is None: is a `return` missing, or a value in it?"
        )
        got = repr(value).strip("<>") if isinstance(value, Handle) else typed(value)
        raise CheckFailed(message, got=got, expected=promised)
    if is_array(value) and not _right_kind(spec, value):
        raise CheckFailed(f"{name} has the wrong dtype", got=with_numbers(value), expected=promised)
    if not _fits(spec, tuple(getattr(value, "shape", ())), sizes):
        raise CheckFailed(f"{name} has the wrong shape", got=with_numbers(value), expected=promised)
    if is_array(value):
        _learn(spec, value, sizes)


def _is_array_without_axes(spec: ArraySpec, value: Any) -> bool:
    """Return whether a number stands for an array without axes: NumPy's own sums and products are such numbers."""
    if spec.axes == ("...",):
        return isinstance(value, np.generic)
    return not spec.axes and isinstance(value, np.generic | float | int)


ADVICE = {  # what objects of these kinds say of the code that returned them
    "coroutine": "the function is `async`: take this word out",
    "generator": "`yield` and (... for ...) give one value after the other: collect them, and `return` all at once",
    "NotImplementedType": "return a value, or leave the stub's `raise NotImplementedError` as it is",
} | dict.fromkeys(
    ("map", "filter", "zip", "reversed", "enumerate", "range_iterator", "list_reverseiterator"),
    "it has no values until somebody asks for them: list(...) makes a list of it",
)
FUNCTIONS = ("function", "method", "builtin_function_or_method", "ufunc", "type")


def _of_object(value: Any) -> str:
    """Return what an object that is no data says of the code that returned it, with a colon; empty for data."""
    kind = kind_of(value) if isinstance(value, Handle) else ""
    if kind in FUNCTIONS:
        return ", but a function: are the brackets of a call missing?"
    return f": {ADVICE[kind]}" if kind in ADVICE else ""


def _right_kind(spec: ArraySpec, value: Any) -> bool:
    name = dtype_name(value)
    kind = "f" if name == "bfloat16" else np.dtype(name).kind
    return kind in KINDS[spec.kind]


def _fits(spec: ArraySpec, shape: tuple[int, ...], sizes: Sizes) -> bool:
    if _has_wildcard(spec):
        return True
    known = dict(sizes)
    return len(shape) == len(spec.axes) and all(
        _fits_axis(axis, size, known) for axis, size in zip(spec.axes, shape, strict=True)
    )


def _fits_axis(axis: str, size: int, known: Sizes) -> bool:
    """Compare one axis; a letter takes its size from the first axis where it is met."""
    if axis.isdigit():
        return size == int(axis)
    if axis == "_" or not axis.isidentifier():
        return True
    return known.setdefault(axis, size) == size


def _promised(spec: ArraySpec, sizes: Sizes) -> str:
    known = [f"{axis}={sizes[axis]}" for axis in spec.axes if axis in sizes]
    if spec.axes == ("...",):
        return f"{_WORDS[spec.kind]} of any shape"
    text = f"{_WORDS[spec.kind]} of shape ({', '.join(spec.axes)}{',' if len(spec.axes) == 1 else ''})"
    return f"{text} with {', '.join(known)}" if known else text
