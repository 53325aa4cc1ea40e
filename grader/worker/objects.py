"""Values that cannot travel as data stay here; the judge holds a numbered reference to them."""

import collections
import itertools
import operator
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from grader.wire import CallbackRef, HandleRef, class_name

Places: TypeAlias = "bool | tuple[Places, ...]"
"""Where in a value something is: everywhere, nowhere, or at these places in each item of a tuple."""

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
"""What may be asked of an object."""

PLAIN_DICTS = (collections.OrderedDict, collections.defaultdict, collections.Counter)


class ObjectTable:
    """The student's objects that the judge knows by number.

    Parameters
    ----------
    ask_judge : callable
        Calls a function of the judge: ``ask_judge(number, args, kwargs)``.
    """

    def __init__(self, ask_judge: Callable[[int, tuple[Any, ...], dict[str, Any]], Any]) -> None:
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._next = itertools.count()
        self._ask_judge = ask_judge

    def outgoing(self, value: Any) -> Any:
        """Return what travels in a value's place: plain data where it is a variation of it, otherwise a reference."""
        if type(value) in PLAIN_DICTS:
            return dict(value)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return tuple(value)
        return self.reference(value)

    def reference(self, value: Any) -> HandleRef:
        """Keep an object, and return the reference to it."""
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = next(self._next)
        self._objects[number] = value  # held, so its id stays its own
        return HandleRef(number, class_name(value))

    def keep(self, value: Any) -> HandleRef:
        """Keep an object under a number that nothing else has, so that it can be let go."""
        number = next(self._next)
        self._objects[number] = value
        return HandleRef(number, class_name(value))

    def let_go(self, numbers: Iterable[int]) -> None:
        """Let single objects go."""
        for number in numbers:
            self._objects.pop(number, None)

    def forget(self) -> None:
        """Let all objects go; their numbers are not used again."""
        self._objects.clear()
        self._numbers.clear()

    def incoming(self, reference: Any) -> Any:
        """Return the object, or a function that calls the judge, in a reference's place."""
        if isinstance(reference, HandleRef):
            return self._objects[reference.number]
        return self._callback(reference)

    def _callback(self, reference: CallbackRef) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            return self._ask_judge(reference.number, args, kwargs)

        call.__name__ = call.__qualname__ = reference.name
        return call


def replace_at(value: Any, places: Places, replace: Callable[[Any], Any]) -> Any:
    """Return a value with other values at some places; one that does not have them comes back as it is.

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
