"""Answers that must be new: whether they share memory with an argument or an earlier answer, or change later.

The worker reports what it sees; a worker that lies gains nothing but a mistake that goes unnoticed.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

Alias = tuple[str, str]
"""``("argument", name)``, with a position's number for a name; ``("earlier", "")``; or ``("changed", "")``."""

EARLIER: Alias = ("earlier", "")
CHANGED: Alias = ("changed", "")
NUMBERS = frozenset({bool, int, float, complex, str, bytes, type(None)})
MOST_WORK = 10_000  # steps of the exact comparison of two arrays, which can take exponential time


Span = tuple[int, int]
"""First address of some memory, and the one after its last."""


class NewAnswers:
    """The answers of one test that are to be new, kept alive so that memory is not given out twice."""

    def __init__(self) -> None:
        self._earlier: list[tuple[Any, Any, Span]] = []

    def aliases(self, answer: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Alias, ...]:
        """Return what an answer shares memory with, or has changed, and remember it.

        Parameters
        ----------
        answer : object
            Without its caches, which may hold arguments.
        args, kwargs
            The arguments of the call, as the function got them.

        Returns
        -------
        tuple of Alias
        """
        arrays = list(arrays_in(answer))
        given = {str(index): value for index, value in enumerate(args)} | dict(kwargs)
        aliases: list[Alias] = [
            ("argument", name) for name, value in given.items() if _overlap(arrays, arrays_in(value))
        ]
        spans = [(array, _extent(array)) for array in arrays]
        if any(self._reaches(array, span) for array, span in spans):
            aliases.append(EARLIER)
        elif any(not same_bits(array, copy) for array, copy, _ in self._earlier):
            aliases.append(CHANGED)
        self._earlier += [(array, copied(array), span) for array, span in spans]
        return tuple(aliases)

    def _reaches(self, array: Any, span: Span) -> bool:
        """Return whether an array shares memory with an earlier answer; most lie elsewhere, which their spans show."""
        first, last = span
        near = (earlier for earlier, _, (start, end) in self._earlier if start < last and first < end)
        return any(share_memory(array, earlier) for earlier in near)

    def forget(self) -> None:
        """Forget the answers, for the next test."""
        self._earlier.clear()


def arrays_in(value: Any) -> Iterator[Any]:
    """Return the arrays and tensors in a value and in its lists, tuples and dicts.

    Examples
    --------
    >>> [array.shape for array in arrays_in((np.ones(2), {"w": [np.ones((1, 3))]}, 4.0))]
    [(2,), (1, 3)]
    """
    arrays: list[Any] = []
    _collect((value,), _kinds_of_arrays(), arrays)
    return iter(arrays)


def _collect(items: Iterable[Any], kinds: tuple[type, ...], arrays: list[Any]) -> None:
    """Append the arrays in some items: without a call for each number, of which a value may hold many."""
    for item in items:
        if type(item) in NUMBERS:
            continue
        if isinstance(item, kinds):
            arrays.append(item)
        elif isinstance(item, list | tuple | dict):
            _collect(item.values() if isinstance(item, dict) else item, kinds, arrays)


def share_memory(one: Any, other: Any) -> bool:
    """Return whether two arrays or tensors have a byte in common.

    Examples
    --------
    >>> x = np.arange(6.0)
    >>> share_memory(x[::2], x[1:]), share_memory(x[::2], x[1::2]), share_memory(x, x.copy())
    (True, False, False)
    """
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        try:
            return bool(np.shares_memory(one, other, max_work=MOST_WORK))  # type: ignore[arg-type]  # any number is allowed
        except np.exceptions.TooHardError:
            return bool(np.may_share_memory(one, other))
    first, last = _extent(one)
    other_first, other_last = _extent(other)
    return first < other_last and other_first < last


def _overlap(arrays: list[Any], others: Iterator[Any]) -> bool:
    return any(share_memory(array, other) for other in others for array in arrays)


def _extent(array: Any) -> Span:
    """Return the first address of an array's or tensor's memory, and the one after its last; equal if it is empty."""
    if isinstance(array, np.ndarray):
        first, last = np.lib.array_utils.byte_bounds(array)
        return (first, last) if array.size else (first, first)
    steps = sum((size - 1) * stride for size, stride in zip(array.shape, array.stride(), strict=True))
    size = (steps + 1) * array.element_size() if array.numel() else 0
    return array.data_ptr(), array.data_ptr() + size


def copied(array: Any) -> Any:
    """Return a copy of an array, or of a tensor without its gradient."""
    return array.copy() if isinstance(array, np.ndarray) else array.detach().clone()


def same_bits(array: Any, copy: Any) -> bool:
    """Return whether an array still holds what it held, NaN included."""
    if isinstance(array, np.ndarray):
        return bool(array.tobytes() == copy.tobytes())
    array = array.detach()
    equal = (array == copy) | ((array != array) & (copy != copy))  # noqa: PLR0124 (NaN is what does not equal itself)
    return bool(equal.all())


def _kinds_of_arrays() -> tuple[type, ...]:
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "Tensor"):  # it has none while it is being imported
        return (np.ndarray,)
    return (np.ndarray, torch.Tensor)
