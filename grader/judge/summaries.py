"""Summaries of answers: small enough to be kept and shipped, and alike for answers that are close.

Of a large array there are some numbers and some sums with random signs, so that a difference in a few places shows.
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

SAME = 1e-5  # relative: float32 answers of two programs may differ in the last digits
WHOLE = 12  # numbers of which all are kept
MANY = 2000  # leaves: a longer answer is like no reference
SAMPLED, SUMS = 6, 3  # of a larger array: single numbers, and sums of all with random signs
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


def summary(value: Any) -> tuple[Leaf, ...]:
    """Return the summary of an answer.

    Parameters
    ----------
    value : object
        Plain data, arrays, or handles, which are all alike.

    Returns
    -------
    tuple of Leaf
    """
    leaves = tuple(islice(_leaves(value), MANY))
    return leaves if len(leaves) < MANY else (Leaf(UNKNOWN),)


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
    with np.errstate(all="ignore"):
        flat = np.concatenate([part.astype(np.float64).ravel() for part in parts])
        kept = flat if flat.size <= WHOLE else _some(flat)
        return Leaf(kind, flat.size, kept.astype(np.float32).tobytes())


def _some(flat: np.ndarray) -> np.ndarray:
    """Return the largest number, the sum of sizes, sums with random signs, and numbers at random places."""
    signs, places = _choice(flat.size)
    finite = np.where(np.isfinite(flat), flat, 0.0)
    size = np.abs(finite)
    sums = [finite @ row for row in signs]
    return np.concatenate([[size.max(), size.sum()], sums, [np.isnan(flat).sum()], flat[places]])


@lru_cache(maxsize=512)
def _choice(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the signs and places for arrays of a size: the same in every process."""
    rng = np.random.default_rng(size)
    return rng.choice([-1.0, 1.0], (SUMS, size)), np.sort(rng.choice(size, SAMPLED, replace=False))


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
