"""Summaries of answers: small enough to be kept and shipped, and alike for answers that are close.

Of a large array there are some numbers and some sums with random signs, so that a difference in a few places shows. It
is looked at once, piece by piece, so that little memory is used however large it is.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np
from msgspec import Struct

from grader.judge.comparison import TOLERANCES
from grader.judge.describe import dtype_name, is_array
from grader.judge.remote_objects import Handle
from grader.judge.shapes import Signature, TupleSpec
from grader.worker.objects import replace_at

SAME = 1e-5  # relative: float32 answers of two programs may differ in the last digits
WHOLE = 12  # numbers of which all are kept
MANY = 2000  # leaves: a longer answer is like no reference
SAMPLED, SUMS = 6, 3  # of a larger array: single numbers, and sums of all with random signs
PIECE = 1 << 14  # numbers that are looked at together
SIGNED = 16  # pieces with signs of their own
DIGEST_BYTES = 6
LARGEST = 1 << 63  # integer that NumPy cannot hold
LONGEST = 40  # characters of such an integer
OBJECT, UNKNOWN = "object", "unknown"


class Leaf(Struct, frozen=True, array_like=True):
    """Summary of one array, number or reference value within an answer.

    Attributes
    ----------
    kind : str
        Dtype and shape, or what else two values must share to be alike.
    size : int
        Number of entries of an array; 0 for anything but numbers.
    numbers : bytes
        Numbers in float32: all, or some of them after the largest, the sum of all sizes and the signed sums.
    """

    kind: str
    size: int = 0
    numbers: bytes = b""

    def values(self) -> np.ndarray:
        """Return the numbers as float64."""
        return np.frombuffer(self.numbers, np.float32).astype(np.float64)


class Summary(Struct, frozen=True):
    """Summary of a whole answer, in the place of a large one."""

    leaves: tuple[Leaf, ...]


def summary(value: Any) -> tuple[Leaf, ...]:
    """Return the summary of an answer.

    Parameters
    ----------
    value : object
        Plain data, arrays, or handles, which are all alike; or a summary.

    Returns
    -------
    tuple of Leaf
    """
    if isinstance(value, Summary):
        return value.leaves
    leaves = tuple(islice(_leaves(value), MANY))
    return leaves if len(leaves) < MANY else (Leaf(UNKNOWN),)


def compared(value: object, signature: Signature | None) -> object:
    """Return the parts of an answer that are compared: not caches and objects, which have no fixed form."""
    if signature is None or not isinstance(signature.result, TupleSpec) or not isinstance(value, tuple | list):
        return value
    parts = replace_at(value, signature.caches, lambda cache: None)
    items = signature.result.items
    return [part for part, spec in zip(parts, items, strict=False) if spec is not None]


def alike(first: tuple[Leaf, ...], second: tuple[Leaf, ...]) -> bool:
    """Return whether two summaries may be of equal answers."""
    return len(first) == len(second) and all(map(_alike, first, second))


def _leaves(value: Any) -> Iterator[Leaf]:
    if isinstance(value, list | tuple) and _are_numbers(value):
        array = np.asarray(value)
        yield _numeric(f"{array.dtype.name} list {len(array)}", array)
    elif isinstance(value, list | tuple):
        yield Leaf(f"{len(value)} items")
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, Mapping):
        yield Leaf(f"keys {_digest(repr(list(value)))}")
        for item in value.values():
            yield from _leaves(item)
    else:
        yield _leaf(value)


def _are_numbers(items: Sequence[Any]) -> bool:
    """Return whether a list can be taken for an array: of floats, or of integers that NumPy can hold."""
    kinds = {type(item) for item in items}
    if kinds == {int}:
        return all(abs(item) < LARGEST for item in items)
    return len(kinds) > 0 and all(issubclass(kind, float | np.floating) for kind in kinds)


def _leaf(value: Any) -> Leaf:
    if isinstance(value, Handle):
        return Leaf(OBJECT)
    if isinstance(value, int) and abs(value) >= LARGEST:
        return Leaf(f"int {hex(value)[:LONGEST]}")
    if isinstance(value, set | frozenset):
        return Leaf(f"set {_digest(repr(sorted(map(repr, value))))}")
    if is_array(value) or isinstance(value, np.generic | float | int | complex):
        array = as_numpy(value)
        if array.dtype.kind in "biufc":
            return _numeric(_kind(value, array), array)
    return Leaf(f"{type(value).__name__} {_digest(repr(value))}")


def as_numpy(value: Any) -> np.ndarray:
    """Return a number, array or tensor as an array."""
    if is_array(value) and not isinstance(value, np.ndarray):
        value = value.detach().cpu().resolve_conj()
        value = (value.float() if dtype_name(value) == "bfloat16" else value).numpy()
    return np.asarray(value)


def _kind(value: Any, array: np.ndarray) -> str:
    """Return what values must share; NumPy's and Python's numbers are of one kind."""
    if not is_array(value):
        return {"b": "bool", "i": "int64", "u": "int64"}.get(array.dtype.kind, array.dtype.name)
    return f"{dtype_name(value)} {tuple(array.shape)}"


def _numeric(kind: str, array: np.ndarray) -> Leaf:
    parts = (array.real, array.imag) if array.dtype.kind == "c" else (array,)
    size = array.size * len(parts)
    with np.errstate(all="ignore"):
        flat = [part.ravel() for part in parts]
        kept = np.concatenate(flat) if size <= WHOLE else _some(flat)
        return Leaf(kind, size, kept.astype(np.float32).tobytes())


def _some(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Return the largest number, the sum of sizes, sums with random signs, and numbers at random places."""
    largest = total = missing = 0.0
    sums = np.zeros(SUMS)
    for number, piece in enumerate(_pieces(parts)):
        finite = np.where(np.isfinite(piece), piece, 0.0)
        sums += _signs(number % SIGNED)[:, : piece.size] @ finite
        size = np.abs(finite, out=finite)
        largest, total, missing = max(largest, size.max()), total + size.sum(), missing + np.isnan(piece).sum()
    places = (divmod(place, parts[0].size) for place in _places(sum(part.size for part in parts)))
    return np.array([largest, total, *sums, missing, *(parts[part][place] for part, place in places)], np.float64)


def _pieces(parts: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    for part in parts:
        for start in range(0, part.size, PIECE):
            yield part[start : start + PIECE].astype(np.float64)


@lru_cache(maxsize=SIGNED)
def _signs(number: int) -> np.ndarray:
    """Return signs for a piece: the same in every process."""
    return np.random.default_rng(number).choice([-1.0, 1.0], (SUMS, PIECE))


@lru_cache(maxsize=512)
def _places(size: int) -> tuple[int, ...]:
    """Return places in an array of a size: the same in every process."""
    return tuple(sorted(np.random.default_rng(size).choice(size, SAMPLED, replace=False).tolist()))


def _alike(first: Leaf, second: Leaf) -> bool:
    if UNKNOWN in (first.kind, second.kind) or (first.kind, first.size) != (second.kind, second.size):
        return False
    if first.numbers == second.numbers:
        return True
    share = TOLERANCES.get(first.kind.partition(" ")[0], (0.0, None))[1]
    if share is None:  # integers
        return False
    return _close(first.values(), second.values(), first.size > WHOLE, share)


def _close(values: np.ndarray, reference: np.ndarray, is_sampled: bool, share: float) -> bool:
    with np.errstate(all="ignore"):
        finite = np.abs(reference[np.isfinite(reference)])
        largest = float(reference[0]) if is_sampled else float(finite.max(initial=0.0))
        room = SAME * np.abs(reference) + share * max(1.0, largest)
        if is_sampled:
            room[1 : 2 + SUMS] = SAME * reference[1] + room[1 : 2 + SUMS]
        gap = np.abs(values - reference)
        near = np.isfinite(gap) & (gap <= room)
        near |= (values == reference) | (np.isnan(values) & np.isnan(reference))
    return bool(near.all())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[: 2 * DIGEST_BYTES]
