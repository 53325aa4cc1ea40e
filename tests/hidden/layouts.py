"""Arrays with the same numbers and another layout in memory, which must not matter to any task."""

from collections.abc import Iterator

import numpy as np


def fortran(array: np.ndarray) -> np.ndarray:
    """Return a copy whose first axis varies fastest, as that of a transposed array does."""
    return np.array(array, order="F")


def every_second(array: np.ndarray) -> np.ndarray:
    """Return a view of every second number of an array that is twice as long."""
    return np.repeat(array, 2, axis=-1)[..., ::2]


def backwards(array: np.ndarray) -> np.ndarray:
    """Return a view that runs through its memory from the back."""
    return array[::-1].copy()[::-1]


LAYOUTS = (fortran, every_second, backwards)


def in_layouts(*arrays: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield the arrays once in every layout, all of them in the same one."""
    for layout in LAYOUTS:
        yield tuple(layout(array) for array in arrays)
