"""Placeholders for names that could not be imported: any use raises an exception that says why."""

from collections.abc import Callable
from typing import Any, NoReturn

from grader.worker.failures import BrokenImport, CauseData, RefusedImport


class Placeholder:
    """Object that raises its exception on any call or attribute access.

    Parameters
    ----------
    kind : type
        Class of the exception.
    text : str
        Message of the exception.
    cause : dict, optional
        Cause of the exception as data; `NotImplementedError` has none.
    """

    __slots__ = ("_cause", "_kind", "_text")

    def __init__(self, kind: type[Exception], text: str, cause: CauseData | None = None) -> None:
        object.__setattr__(self, "_kind", kind)
        object.__setattr__(self, "_text", text)
        object.__setattr__(self, "_cause", cause)

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__":  # used by isinstance
            return Placeholder
        return _raise(self)

    def __repr__(self) -> str:  # for debuggers, which show any value
        return f"<not imported: {object.__getattribute__(self, '_text')}>"

    __hash__ = object.__hash__


def touch(value: Any) -> Any:
    """Return a value unchanged; raise the exception of a placeholder.

    Parameters
    ----------
    value : object

    Returns
    -------
    object

    Raises
    ------
    RefusedImport, BrokenImport, NotImplementedError
        The value is a placeholder.
    """
    return _raise(value) if type(value) is Placeholder else value


def _raise(placeholder: Placeholder) -> NoReturn:
    kind, text, cause = (object.__getattribute__(placeholder, name) for name in ("_kind", "_text", "_cause"))
    error = kind(text)
    if isinstance(error, RefusedImport | BrokenImport):
        error.cause = cause
    raise error


def _touching(name: str) -> Callable[..., NoReturn]:
    def method(self: Placeholder, *args: Any, **kwargs: Any) -> NoReturn:
        _raise(self)

    method.__name__ = name
    return method


_ARITHMETIC = ("add", "sub", "mul", "truediv", "floordiv", "mod", "divmod", "pow", "matmul", "and", "or", "xor")
_SPECIAL = (
    *("call", "iter", "next", "len", "bool", "contains", "getitem", "setitem", "delitem", "enter", "exit", "str"),
    *("eq", "ne", "lt", "le", "gt", "ge", "neg", "pos", "abs", "invert", "float", "int", "complex", "index", "round"),
    *("format", "setattr", "delattr", "instancecheck", "subclasscheck", "await", "aiter", "lshift", "rshift"),
    *_ARITHMETIC,
    *(f"r{name}" for name in _ARITHMETIC),
)
for _name in _SPECIAL:
    setattr(Placeholder, f"__{_name}__", _touching(f"__{_name}__"))


class Later(Placeholder):
    """A function not defined yet, in files that import one another: looked up when it is called.

    Parameters
    ----------
    find : callable
        Returns the function, or a placeholder if it is still undefined.
    text : str
        Message for any use other than a call.
    cause : dict
        Cause of that exception as data.
    """

    __slots__ = ("_find",)

    def __init__(self, find: Callable[[], Any], text: str, cause: CauseData) -> None:
        super().__init__(BrokenImport, text, cause)
        object.__setattr__(self, "_find", find)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return object.__getattribute__(self, "_find")()(*args, **kwargs)
