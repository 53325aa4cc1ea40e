"""Advice for exceptions whose message does not say what to change: similar names, missing imports, wrong signatures."""

import builtins
import difflib
import inspect
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
LONGEST = 60  # characters of a name that is looked up
SIGNATURE = 100  # characters of a signature that are shown

_MESSAGES = (  # part of Python's, NumPy's or torch's message, and the advice for it
    (
        ("truth value of an array", "Boolean value of Tensor"),
        "`if`, `and`, `or` and `not` need one True or False, and this is an array of them: np.where or torch.where "
        "chooses for each element",
    ),
    (("core dimension", "cannot be multiplied"), "in a @ b the last axis of a must be as long as the first of b"),
    (("'NoneType'",), "a value here is None: does the function that made it lack its `return`?"),
    (
        ("'numpy.ndarray' object is not callable", "'Tensor' object is not callable"),
        "round brackets call a function; an element of an array is taken with square ones",
    ),
    (
        ("function' object is not subscriptable", "method' object is not subscriptable"),
        "square brackets take an element; a function is called with round ones",
    ),
)


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
    if isinstance(error, FileNotFoundError):
        return "no file of yours is there when code is tested: take the values as arguments"
    return _of_message(error) if isinstance(error, TypeError | ValueError | RuntimeError) else ""


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
    if name in IMPORTS:
        return f"`{IMPORTS[name]}` is missing at the top of the file"
    return _did_you_mean(name, names)


def _of_attribute(name: str, owner: Any) -> str:
    if owner is None:
        return "the value before the dot is None: does the function that made it lack its `return`?"
    if not isinstance(owner, ModuleType) and type(owner).__module__.partition(".")[0] not in _LIBRARIES:
        return ""  # a student's object could answer anything when it is asked for its names
    return _did_you_mean(name, dir(owner))


_LIBRARIES = ("builtins", "numpy", "torch")


def _of_message(error: BaseException) -> str:
    text = str(error)
    return next((known for parts, known in _MESSAGES if any(part in text for part in parts)), "")


def _visible_names(error: BaseException) -> set[str]:
    """Return the names that the line that raised an exception could have used."""
    frame = _innermost(error)
    scopes: list[Iterable[str]] = [dir(builtins)]
    if frame is not None:
        scopes += [frame.f_locals, frame.f_globals]
    return {name for scope in scopes for name in scope if name[:1] != "_"}


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
