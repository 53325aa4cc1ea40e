"""Values that cannot travel as data stay here; the judge holds a numbered reference to them."""

import collections
import itertools
from collections.abc import Callable
from typing import Any

from grader.wire import CallbackRef, HandleRef, class_name

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
