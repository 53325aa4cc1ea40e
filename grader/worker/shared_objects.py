"""Objects that student code and a function of the judge have in common, as they would in one process.

Arguments and answers travel as copies. So both sides number what can change in them, in the same order, and say by
number what has changed: each side then has the same in its own objects.
"""

import collections
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import numpy as np

from grader.wire import encode
from grader.worker.aliasing import copied, same_bits

PLAIN_DICTS = (collections.OrderedDict, collections.defaultdict, collections.Counter)
DICTS = (dict, *PLAIN_DICTS)
UNCHANGING = (type(None), bool, int, float, complex, str, bytes)

Content: TypeAlias = Any
"""An array, tensor or generator itself; ``(items,)`` of a list; ``(keys, values)`` of a dict."""


def mutable_parts(value: Any, known: frozenset[int] = frozenset()) -> Iterator[Any]:
    """Yield what can change in a value, in the order in which both sides of the wire number it.

    Parameters
    ----------
    value : object
    known : frozenset of int
        Ids of objects to leave out, with all that is in them.

    Examples
    --------
    >>> list(mutable_parts((1, [2, {"w": []}])))
    [[2, {'w': []}], {'w': []}, []]
    """
    kind = type(value)
    if id(value) in known or kind in UNCHANGING:
        return
    if kind is list or kind in DICTS or is_array(value) or _is_generator(value):
        yield value
    for item in _items(value):
        if type(item) not in UNCHANGING:
            yield from mutable_parts(item, known)


def _items(value: Any) -> Iterable[Any]:
    if type(value) in DICTS:
        return list(value.values())
    is_tuple = type(value) is tuple or (isinstance(value, tuple) and hasattr(value, "_fields"))
    return value if is_tuple or type(value) is list else ()


def is_array(value: Any) -> bool:
    """Return whether a value is an array, a tensor or a parameter: exactly, as those that travel."""
    if type(value) is np.ndarray:
        return True
    torch = sys.modules.get("torch")
    return hasattr(torch, "nn") and type(value) in (torch.Tensor, torch.nn.Parameter)  # type: ignore[union-attr]


def _is_generator(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return type(value) is np.random.Generator or (hasattr(torch, "Generator") and type(value) is torch.Generator)  # type: ignore[union-attr]


def snapshot(value: Any) -> Any:
    """Return what `is_changed` compares a mutable object with later."""
    if is_array(value):
        return copied(value)
    return b"".join(encode(value)) if _is_generator(value) else content(value)


def is_changed(value: Any, before: Any) -> bool:
    """Return whether an object differs from an earlier snapshot; of a container, whether it has other items."""
    if is_array(value):
        return value.shape != before.shape or not same_bits(value, before)
    now = snapshot(value)
    if isinstance(now, bytes):
        return bool(now != before)
    return any(
        len(new) != len(old) or any(one is not other for one, other in zip(new, old, strict=True))
        for new, old in zip(now, before, strict=True)
    )


def content(value: Any) -> Content:
    """Return the content of a mutable object, to send."""
    if type(value) is list:
        return (tuple(value),)
    return (tuple(value), tuple(value.values())) if type(value) in DICTS else value


def write(target: Any, new: Content) -> None:
    """Give a mutable object another content, in place."""
    if type(target) is np.ndarray:
        target[...] = new
    elif type(target) is np.random.Generator:
        target.bit_generator.state = new.bit_generator.state
    elif type(target) is list:
        target[:] = new[0]
    elif type(target) in DICTS:
        target.clear()
        target.update(zip(*new, strict=True))
    elif is_array(target):
        with sys.modules["torch"].no_grad():
            target.copy_(new)
    else:
        target.set_state(new.get_state())


class SharedObjects:
    """The worker's objects by number, during one request: what functions of the judge got and gave."""

    def __init__(self) -> None:
        self._objects: dict[int, Any] = {}
        self._next = 0

    def __getitem__(self, number: int) -> Any:
        return self._objects[number]

    def number_arguments(self, value: Any) -> None:
        """Number the arguments of a call: what is passed again has one more number."""
        self._number(mutable_parts(value))

    def _number(self, parts: Iterable[Any]) -> None:
        for part in parts:
            self._objects[self._next] = part
            self._next += 1

    def take(self, value: Any, changes: tuple[tuple[int, Content], ...], kept: tuple[int, ...]) -> None:
        """Change objects as the judge's function has changed them, and number those that are new in its answer.

        Parameters
        ----------
        value : object
            The answer.
        changes : tuple of tuple
            Number and new content.
        kept : tuple of int
            Numbers of older objects that may still change; the other older ones are forgotten.
        """
        for number, new in changes:
            write(self._objects[number], new)
        known = frozenset(map(id, self._objects.values()))
        containers = [new for _, new in changes if type(new) is tuple]
        self._objects = {number: self._objects[number] for number in kept}
        self._number(list(mutable_parts((value, containers), known)))
