"""Advice for exceptions whose message does not say what to change: similar names, missing imports, wrong signatures."""

import builtins
import difflib
import inspect
import re
import sys
from collections.abc import Callable, Iterable
from types import FrameType, ModuleType
from typing import Any

IMPORTS = {  # statements by the names that they are known under
    "np": "import numpy as np",
    "numpy": "import numpy",
    "math": "import math",
    "torch": "import torch",
    "nn": "from torch import nn",
    "F": "import torch.nn.functional as F",
}
FOR_ARRAYS = {  # methods of tensors and of lists that arrays do not have
    "append": "an array does not grow: collect in a list, and make an array of it at the end",
    "clamp": "arrays have x.clip(low, high)",
    "clone": "arrays have x.copy()",
    "double": "arrays have x.astype(np.float64)",
    "float": "arrays have x.astype(np.float32)",
    "long": "arrays have x.astype(np.int64)",
    "numel": "arrays have x.size",
    "permute": "arrays have x.transpose(...)",
    "relu": "NumPy has no such function: write its formula",
    "sigmoid": "NumPy has no such function: write its formula",
    "softmax": "NumPy has no such function: write its formula",
    "t": "arrays have x.T",
    "to": "arrays have x.astype(...)",
    "unsqueeze": "arrays have x[:, None]",
}
FORMULAS = ("relu", "sigmoid", "softmax")  # that NumPy does not have
FOR_TENSORS = {"astype": "tensors have x.to(dtype)", "copy": "tensors have x.clone()"}
FOR_GENERATORS = {  # names of the module numpy.random, which generators have under others
    "rand": "a generator has rng.random(shape)",
    "randint": "a generator has rng.integers(low, high, size)",
    "randn": "a generator has rng.normal(size=...)",
}
CHANGERS = ("append", "extend", "insert", "remove", "reverse", "sort", "update")  # they return None
LONGEST = 60  # characters of a name that is looked up
MOST_KEYS = 30  # of a dict that are told
SIGNATURE = 100  # characters of a signature that are shown

_MESSAGES = (  # part of Python's, NumPy's or torch's message, and the advice for it
    (
        ("truth value of an array", "Boolean value of Tensor"),
        "`if`, `and`, `or` and `not` need one True or False, and this is an array of them: np.where or torch.where "
        "chooses for each element",
    ),
    (("core dimension", "cannot be multiplied"), "in a @ b the last axis of a must be as long as the first of b"),
    (
        ("'NoneType'",),
        "a value here is None: an argument that was not given, or the answer of a function that lacks its `return`?",
    ),
    (("Generator' object is not callable",), "a generator draws by its methods: rng.random(shape)"),
    (("maximum supported dimension",), "this argument is a shape: x.shape, not x"),
    (("cannot unpack non-iterable",), "a single value has no parts to take it apart into"),
    (
        ("'numpy.ndarray' object is not callable", "'Tensor' object is not callable"),
        "round brackets call a function; an element of an array is taken with square ones",
    ),
    (
        tuple(f"'{kind}' object is not callable" for kind in ("float", "int", "list", "tuple")),
        "round brackets call a function: an element is taken with square ones, x.shape and x.size have none, and "
        "between a number and a bracket stands a `*`",
    ),
    (
        ("unexpected keyword argument 'dim'", "unexpected keyword argument 'keepdim'"),
        "NumPy's functions say `axis` and `keepdims` where torch's say `dim` and `keepdim`",
    ),
    ((" as a data type",), "a shape is one argument: np.zeros((2, 3))"),
    (("array() takes from",), "the numbers stand in one list: np.array([1.0, 2.0])"),
    (("tuple index out of range",), "it has fewer parts; x.shape has one for each axis, counted from 0"),
    (("is out of bounds for array of dimension",), "axes are counted from 0, and from the end with -1, -2"),
    (
        ("tuple indices must be integers or slices, not str",),
        "a tuple has no names: take its parts apart, as in x, weight = cache",
    ),
    (("list indices must be integers or slices, not tuple",), "a list takes one index at a time, as in x[0][1]"),
    (
        ("only integers, slices", "'float' object cannot be interpreted as an integer", "or slices, not float"),
        "`/` makes a float, `//` a whole number",
    ),
    (("'int' object is not iterable",), "`for i in range(n)` counts; a number alone has nothing to go through"),
    (("could not be broadcast",), "seen from the last axis, the sizes of two arrays must be equal, or one of them 1"),
    (
        ("arrays can be converted to Python scalars", "arrays can be converted to Python integers"),
        "functions of `math`, and float() and int(), take a single number; np.exp and its kin take arrays",
    ),
    (
        ("setting an array element with a sequence",),
        "one place takes one number, and here are several, or a ragged list",
    ),
    (
        (
            "function' object is not subscriptable",
            "function_or_method' object is not subscriptable",
            "method' object is not subscriptable",
        ),
        "square brackets take an element; a function is called with round ones",
    ),
    (("function_or_method'", "and 'method'", ": 'method' and"), "a method is called with round brackets: x.sum()"),
    (("can only concatenate str",), "print('bias', bias) prints both; f'{bias}' is a text"),
)


_OF_A_METHOD = re.compile(r"(\w+)\.(\w+)\(\) missing 1 required positional argument")


def advice(error: BaseException) -> str:
    """Return what may have to be changed where an exception was raised; empty if its message says enough.

    Examples
    --------
    >>> try:
    ...     length = 1
    ...     lenght + 1
    ... except NameError as error:
    ...     advice(error)
    'did you mean "length"?'
    """
    if isinstance(error, UnboundLocalError):
        return "it is set on some ways through the function only: set it before the `if` or the loop"
    if isinstance(error, NameError):
        return _of_name(error.name or "", _visible_names(error))
    if isinstance(error, AttributeError):
        return _of_attribute(error.name or "", error.obj)
    if isinstance(error, KeyError):
        return _of_key(error)
    if isinstance(error, FileNotFoundError):
        return "no file of yours is there when code is tested: take the values as arguments"
    return _of_call(error) or _of_message(error)


def signature_advice(function: Any, name: str) -> str:
    """Return why a call does not fit what a student's file has under a name.

    Examples
    --------
    >>> signature_advice(lambda self, z: z, "step")
    'here it is step(self, z); only a method of a class has `self`'
    >>> signature_advice(0.5, "step")
    'here step is of type float; it must be a function'
    """
    if isinstance(function, type):
        return f"here {name} is a class; it must be a function"
    if not callable(function):
        return f"here {name} is of type {type(function).__name__}; it must be a function"
    try:
        parameters = [*inspect.signature(function).parameters]
    except (TypeError, ValueError):  # functions written in C may have none
        return ""
    method = "; only a method of a class has `self`" if parameters[:1] == ["self"] else ""
    return f"here it is {name}({', '.join(parameters)})"[:SIGNATURE] + method


def _of_name(name: str, names: Iterable[str]) -> str:
    if name in IMPORTS and "torch" in IMPORTS[name] and "torch" not in sys.modules:
        return "this file's tasks are written in NumPy, without torch"
    if name in IMPORTS:
        return f"`{IMPORTS[name]}` is missing at the top of the file"
    if name == "self":
        return "only a method of a class has `self`: use the function's own arguments"
    return _did_you_mean(name, names)


def _of_attribute(name: str, owner: Any) -> str:
    if owner is None:
        return f"the value before the dot is None: {_of_none(name)}"
    known = _of_library(name, owner)
    if known:
        return known
    if not isinstance(owner, ModuleType) and type(owner).__module__.partition(".")[0] not in _LIBRARIES:
        return ""  # a student's object could answer anything when it is asked for its names
    return _did_you_mean(name, dir(owner))


def _of_none(name: str) -> str:
    if name in CHANGERS:
        return f"`{name}` changes a list and returns None, so write no `=` before it"
    return "does the function that made it lack its `return`?"


def _of_library(name: str, owner: Any) -> str:
    """Return how a value of Python's, NumPy's or torch's has what is known under another name elsewhere."""
    kind, numpy = type(owner).__name__, sys.modules.get("numpy")
    if type(owner) is dict and name in owner:
        return f'a key stands in square brackets and quotes: ["{name}"]'
    if type(owner) in (list, tuple) and hasattr(getattr(numpy, "ndarray", None), name):
        return f"it is a {kind}: np.array(...) makes an array of it, if its parts have one shape"
    if owner is numpy:
        return FOR_ARRAYS[name] if name in FORMULAS else ""
    known = {"ndarray": FOR_ARRAYS, "Tensor": FOR_TENSORS, "Generator": FOR_GENERATORS}.get(kind, {})
    if name not in known and kind == "ndarray" and callable(getattr(numpy, name, None)):
        return f"NumPy has it as a function: np.{name}(...)"
    return known.get(name, "")


_LIBRARIES = ("builtins", "numpy", "torch")


def _of_call(error: BaseException) -> str:
    """Return what keeps a call from its function: a variable of the same name, or a class in the place of an object."""
    if not isinstance(error, TypeError):
        return ""
    hidden = _hidden_function(error) if "is not callable" in str(error) else ""
    if hidden:
        return f"`{hidden}` is a value here, and hides Python's function of this name: take another name for it"
    method = _OF_A_METHOD.match(str(error))
    return f"an object of the class has its methods: {method[1]}().{method[2]}(...)" if method else ""


def _of_message(error: BaseException) -> str:
    text = str(error) if isinstance(error, TypeError | ValueError | IndexError | RuntimeError) else ""
    return next((known for parts, known in _MESSAGES if any(part in text for part in parts)), "")


def _visible_names(error: BaseException) -> set[str]:
    """Return the names that the line that raised an exception could have used."""
    frame = _innermost(error)
    scopes: list[Iterable[str]] = [dir(builtins)]
    if frame is not None:
        scopes += [frame.f_locals, frame.f_globals]
    return {name for scope in scopes for name in scope if name[:1] != "_"}


def _of_key(error: KeyError) -> str:
    """Return the keys of the dicts of texts that the line's function has at hand; empty if there are none."""
    frame = _innermost(error)
    tables = frame.f_locals.items() if frame is not None else ()
    return "; ".join(
        f"the keys of {name} are {', '.join(table)}"[:SIGNATURE]
        for name, table in tables
        if name[:1] != "_"
        and type(table) is dict
        and 0 < len(table) < MOST_KEYS
        and all(type(key) is str for key in table)
    )


def _hidden_function(error: BaseException) -> str:
    """Return a name of Python's that the line's function uses for a value that is no function; empty if none."""
    frame = _innermost(error)
    if frame is None:
        return ""
    known = frame.f_globals | frame.f_locals
    names = (*frame.f_code.co_names, *frame.f_code.co_varnames)
    return next((name for name in names if hasattr(builtins, name) and not callable(known.get(name, max))), "")


def _innermost(error: BaseException) -> FrameType | None:
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback.tb_frame if traceback is not None else None


def _did_you_mean(name: str, names: Iterable[str]) -> str:
    near = nearest(name, names)
    return f'did you mean "{near}"?' if near else ""


def nearest(name: str, names: Iterable[str], key: Callable[[str], str] = str.lower) -> str:
    """Return the name that is nearest to one that does not exist, without regard to case; empty if none is near."""
    known = {key(other): other for other in names if len(other) <= LONGEST}
    near = difflib.get_close_matches(key(name[:LONGEST]), known, 1, cutoff=0.7)
    return known[near[0]] if near else ""
