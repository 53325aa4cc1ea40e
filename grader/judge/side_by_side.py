"""Arrays written out number by number, an answer and its reference aligned: whole, or a window around a wrong place."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import Any

import numpy as np

from grader.judge.describe import DIGITS, describe, is_array, lies_in_memory, number
from grader.records import Slices

FEW = 30  # numbers of an array that is written out
MANY = 1000  # the same, where everything is asked for
WIDTH = 60  # columns of a line
WINDOW = (5, 5)  # rows and columns around the first wrong place of a larger array
LINE = 5  # numbers around it, where the array has one axis
EVER_MORE_DIGITS = (DIGITS, 8, 12, 17)
NUMERIC = "biufc"
REAL = "biuf"
DRAWN = 32  # rows and columns of what is drawn

_most = ContextVar("most", default=FEW)
Region = tuple[slice | int, ...]


@contextmanager
def everything_shown(wanted: bool) -> Iterator[None]:
    """Write out larger arrays, too, in the block, if that is wanted."""
    token = _most.set(MANY if wanted else _most.get())
    try:
        yield
    finally:
        _most.reset(token)


def side_by_side(answer: np.ndarray, reference: np.ndarray, wrong: np.ndarray) -> tuple[str, str]:
    """Return an answer and its reference in numbers of one width, with digits enough to tell the wrong ones apart.

    Parameters
    ----------
    answer, reference : ndarray
        Of one shape, with at least one axis.
    wrong : ndarray of bool
        Places where they differ; at least one.

    Returns
    -------
    tuple of str
        Of large arrays only the neighbourhood of the first wrong place, with its position.

    Examples
    --------
    >>> side_by_side(np.array([1.0, 2.5]), np.array([1.0, -2.5]), np.array([False, True]))
    ('[   1  2.5]', '[   1 -2.5]')
    """
    region = _region(answer, np.unravel_index(int(wrong.argmax()), wrong.shape))
    left, right = answer[region], reference[region]
    texts = _told_apart(left.ravel().tolist(), right.ravel().tolist(), wrong[region].ravel().tolist())
    width = max(len(text) for side in texts for text in side)
    heading = f"at [{', '.join(map(_axis, region))}]:\n" if region else ""
    got, expected = (heading + _laid_out(side, left.shape, width) for side in texts)
    return got, expected


def drawable(answer: np.ndarray, reference: np.ndarray, wrong: np.ndarray) -> Callable[[], Slices | None]:
    """Return a function that gives what can be drawn of two real arrays: the last two axes around a wrong place.

    It holds copies of that part only, and makes numbers of them when it is called; it gives None if there is no plane.

    Examples
    --------
    >>> drawable(np.eye(2), np.ones((2, 2)), np.eye(2) == 0)()
    Slices(place='[:, :]', got=((1.0, 0.0), (0.0, 1.0)), expected=((1.0, 1.0), (1.0, 1.0)))
    """
    if answer.ndim < 2 or min(answer.shape[-2:]) < 2 or answer.dtype.kind not in REAL:
        return lambda: None
    place = np.unravel_index(int(wrong.argmax()), wrong.shape)
    before = tuple(int(index) for index in place[:-2])
    spans = [_around(int(i), length, DRAWN) for i, length in zip(place[-2:], answer.shape[-2:], strict=True)]
    whole = [part.stop - part.start == length for part, length in zip(spans, answer.shape[-2:], strict=True)]
    axes = [*map(str, before), *(":" if is_whole else _axis(part) for part, is_whole in zip(spans, whole, strict=True))]
    region: Region = (*before, *spans)
    planes = [array[region].astype(float) for array in (answer, reference)]
    return lambda: Slices(f"[{', '.join(axes)}]", _rows(planes[0]), _rows(planes[1]))


def _rows(plane: np.ndarray) -> tuple[tuple[float | None, ...], ...]:
    return tuple(tuple(float(f"{x:.5g}") if np.isfinite(x) else None for x in row) for row in plane.tolist())


def told_apart(answer: Any, reference: Any) -> tuple[str, str]:
    """Return two numbers with digits enough to tell them apart."""
    left, right = _told_apart([answer], [reference], [True])
    return left[0], right[0]


def with_numbers(value: Any) -> str:
    """Describe a value, and write out its numbers if they are few.

    Examples
    --------
    >>> with_numbers(np.zeros(2)), with_numbers(np.zeros(9999))
    ('float64 (2,): [0 0]', 'float64 (9999,)')
    """
    if not is_written_out(value):
        return describe(value)
    text = written_out(value)
    return f"{describe(value)}:\n{text}" if "\n" in text else f"{describe(value)}: {text}"


def is_written_out(value: Any) -> bool:
    """Return whether a value is an array or tensor of numbers, with an axis, that are few."""
    if not is_array(value) or not value.ndim or not (isinstance(value, np.ndarray) or lies_in_memory(value)):
        return False
    count = int(np.prod(tuple(value.shape)))
    return 0 < count <= _most.get() and _plain(value).dtype.kind in NUMERIC


def written_out(array: Any) -> str:
    """Return an array's or tensor's numbers in its brackets."""
    array = _plain(array)
    texts = [number(item) for item in array.ravel().tolist()]
    return _laid_out(texts, array.shape, max(map(len, texts)))


def arguments_written_out(names: Sequence[str], args: Sequence[Any], kwargs: dict[str, Any]) -> str:
    """Return the arrays of a call by name, one below the other, as far as they are small.

    Examples
    --------
    >>> arguments_written_out(("x",), (np.ones(2), 3), {"w": np.zeros((1, 2))})
    'x = [1 1]\\nw = [[0 0]]'
    """
    named = [*names[: len(args)], *(f"argument {index + 1}" for index in range(len(names), len(args)))]
    lines, left = [], 2 * _most.get()
    for name, value in _arrays([*zip(named, args, strict=True), *kwargs.items()]):
        if is_written_out(value) and (left := left - _plain(value).size) >= 0:
            lines.append(f"{name} = {written_out(value)}".replace("\n", f"\n{' ' * (len(name) + 3)}"))
    return "\n".join(lines)


def _arrays(named: list[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Yield the arrays among some values, and those in lists and tuples among them."""
    for name, value in named:
        inside = enumerate(islice(value, FEW)) if type(value) in (list, tuple) else ()
        parts = [(f"{name}[{index}]", part) for index, part in inside]
        yield from ((label, part) for label, part in [(name, value), *parts] if is_array(part))


def _plain(value: Any) -> np.ndarray:
    """Return an array or tensor as an array; small floats of torch, which NumPy lacks, as float32."""
    if isinstance(value, np.ndarray):
        return value
    tensor = value.detach().cpu().resolve_conj()
    array: np.ndarray = (tensor.float() if str(tensor.dtype) == "torch.bfloat16" else tensor).numpy()
    return array


def _region(array: np.ndarray, place: tuple[Any, ...]) -> Region:
    """Return the part of a large array around a place; empty for a small one, which is shown whole."""
    if array.size <= _most.get():
        return ()
    spans = (LINE,) if array.ndim == 1 else WINDOW
    before = tuple(int(index) for index in place[: array.ndim - len(spans)])
    last = zip(place[-len(spans) :], array.shape[-len(spans) :], spans, strict=True)
    return (*before, *(_around(int(index), length, span) for index, length, span in last))


def _around(index: int, length: int, span: int) -> slice:
    start = max(0, min(index - span // 2, length - span))
    return slice(start, min(length, start + span))


def _axis(part: slice | int) -> str:
    return f"{part.start}:{part.stop}" if isinstance(part, slice) else str(part)


def _told_apart(answer: list[Any], reference: list[Any], wrong: list[bool]) -> tuple[list[str], list[str]]:
    """Return the texts of two lists of numbers; those at the wrong places differ, if any digits can tell them apart."""
    for digits in EVER_MORE_DIGITS:
        texts = [number(item, digits) for item in answer], [number(item, digits) for item in reference]
        if not any(bad and left == right for bad, left, right in zip(wrong, *texts, strict=True)):
            break
    return texts


def _laid_out(texts: Sequence[str], shape: tuple[int, ...], width: int) -> str:
    """Return texts in the brackets of an array of this shape, each in so many columns."""
    cells = np.array([text.rjust(width) for text in texts]).reshape(shape)
    return np.array2string(cells, max_line_width=WIDTH, threshold=cells.size + 1, formatter={"all": str})
