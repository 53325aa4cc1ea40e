"""Objects that cannot be sent as data: they stay in the worker, and the judge refers to them by number."""

import builtins
import itertools
import operator
import weakref
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeAlias

from grader.wire import CallbackRef, HandleRef, SharedRef, WireError, class_name
from grader.worker.shared_objects import PLAIN_DICTS, SharedObjects

Places: TypeAlias = "bool | tuple[Places, ...]"
"""Selection of parts of a value: all of it, none, or a selection for each item of a tuple."""

BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
OTHERS = ("neg", "pos", "abs", "getitem", "setitem")
OPERATORS: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in (*BINARY, *COMPARISONS, *OTHERS)},
    "len": len,
    "iter": list,
    "float": float,
}
OPERATIONS: dict[str, Callable[..., Any]] = {
    "attribute": getattr,
    "assign": setattr,
    "invoke": lambda target, args, kwargs: target(*args, **kwargs),
    "operate": lambda name, args: OPERATORS[name](*args),
}
"""Operations that the judge may request on an object."""

SCALARS = (type(None), bool, int, float, complex, str, bytes)  # two that are equal may be one object, as with ()


REFERENCE = "reference_in_judge"
"""Attribute of functions here that call one of the judge's."""


class KeptByJudge:
    """Cache of a function that the judge has run: it stays there, and the student's code can only pass it on.

    Parameters
    ----------
    number : int
        Its key in the judge.

    Attributes
    ----------
    unused : list of int
        Keys of caches that no longer exist here.
    """

    __slots__ = ("__weakref__", "number")
    unused: ClassVar[list[int]] = []

    def __init__(self, number: int) -> None:
        self.number = number
        weakref.finalize(self, self.unused.append, number).atexit = False

    @classmethod
    def let_go(cls) -> tuple[int, ...]:
        """Return the keys of caches that no longer exist here, each once."""
        numbers = tuple(cls.unused)
        del cls.unused[: len(numbers)]  # one that ends in between is told next time
        return numbers


class ObjectTable:
    """The student's objects that the judge refers to by number.

    Parameters
    ----------
    send, receive : callable
        Functions that send a message to the judge, and return the next one from it.
    """

    def __init__(self, send: Callable[[Any], object], receive: Callable[[], tuple[Any, ...]]) -> None:
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._next = itertools.count()
        self._arrived: dict[int, HandleRef] = {}
        self._shared = SharedObjects()
        self._send, self._receive = send, receive

    def outgoing(self, value: Any) -> Any:
        """Return what to send for a value: plain data for known subclasses of dict and tuple, otherwise a reference."""
        if type(value) in PLAIN_DICTS:
            return dict(value)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return tuple(value)
        if type(value) is KeptByJudge:
            return CallbackRef(value.number, "cache")
        return self.reference(value)

    def reference(self, value: Any) -> HandleRef:
        """Keep an object and return a reference to it; the same object has the same number."""
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = next(self._next)
        self._objects[number] = value  # kept alive, so its id is not reused
        return HandleRef(number, class_name(value))

    def keep(self, value: Any) -> HandleRef:
        """Keep an object under a new number, so that it can be released on its own."""
        number = next(self._next)
        self._objects[number] = value
        return HandleRef(number, class_name(value))

    def let_go(self, numbers: Iterable[int]) -> None:
        """Release single objects."""
        for number in numbers:
            self._objects.pop(number, None)

    def forget(self) -> None:
        """Release all objects; their numbers are not reused."""
        self._objects.clear()
        self._numbers.clear()

    def incoming(self, reference: Any) -> Any:
        """Return the object of a handle, or a function that calls the judge for a callback."""
        if isinstance(reference, CallbackRef):
            return self._callback(reference)
        if isinstance(reference, SharedRef):
            return self._shared[reference.number]
        value = self._objects[reference.number]
        if not (isinstance(value, SCALARS) or (type(value) is tuple and not value)):
            self._arrived[id(value)] = reference
        return value

    def start_request(self) -> None:
        """Forget which objects arrived with the last request, and what functions of the judge got and gave."""
        self._arrived.clear()
        self._shared = SharedObjects()

    def returned(self, arguments: Any) -> Any:
        """Return a call's arguments with references in the place of the objects that arrived as references."""
        if id(arguments) in self._arrived:
            return self._arrived[id(arguments)]
        if type(arguments) in (list, tuple):
            return type(arguments)(map(self.returned, arguments))
        if type(arguments) is dict:
            return {name: self.returned(value) for name, value in arguments.items()}
        return arguments

    def _callback(self, reference: CallbackRef) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            return self._ask(reference, args, kwargs)

        call.__name__ = call.__qualname__ = reference.name
        vars(call)[REFERENCE] = reference
        return call

    def _ask(self, reference: CallbackRef, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            self._send(("callback", reference.number, args, kwargs, KeptByJudge.let_go()))
        except WireError as error:
            raise TypeError(f"{reference.name} cannot be called with this: {error}") from None
        self._shared.number_arguments((args, kwargs))
        verdict, value, changes, kept = self._receive()
        self._shared.take(value, changes, kept)
        if verdict == "refuse":
            kind, text = value
            raise getattr(builtins, kind)(text)
        return value


def replace_at(value: Any, places: Places, replace: Callable[[Any], Any]) -> Any:
    """Return a value with its selected parts replaced; parts that the value does not have are ignored.

    Examples
    --------
    >>> replace_at((1, (2, 3)), (False, (False, True)), str)
    (1, (2, '3'))
    >>> replace_at(None, (False, True), str), replace_at(None, True, str)
    (None, 'None')
    """
    if places is True:
        return replace(value)
    if not places or not isinstance(value, tuple | list) or len(value) != len(places):
        return value
    items = [replace_at(item, inside, replace) for item, inside in zip(value, places, strict=True)]
    return items if isinstance(value, list) else tuple(items)


def without_caches(answer: Any, caches: Places) -> Any:
    """Return an answer with None for each of its caches."""
    return replace_at(answer, caches, lambda cache: None)
