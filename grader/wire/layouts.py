"""Memory layouts of arrays: the order of the axes in memory, the direction of each, and gaps between items.

Code that reshapes, flattens or reads raw memory may be right in C order alone. So what a test passes in another layout
arrives in that layout. Answers travel in C order.
"""

import math
from typing import Any, NamedTuple

import numpy as np

GAP = 2  # a gap is as wide as what it follows
STEPS = (1, -1, GAP, -GAP)


class MemoryLayout(NamedTuple):
    """A layout that is not C order.

    Attributes
    ----------
    axes : tuple of int
        The axes from the outermost in memory to the innermost.
    steps : tuple of int
        For each of these axes, 1 or -1, its direction; 2 or -2 with a gap after every item.
    """

    axes: tuple[int, ...]
    steps: tuple[int, ...]


def layout_of(array: np.ndarray[Any, Any]) -> MemoryLayout | None:
    """Return the layout of an array; None for C order, for empty arrays, and for items that overlap in memory."""
    if array.flags.c_contiguous or not array.size:
        return None
    long = [axis for axis in range(array.ndim) if array.shape[axis] > 1]
    axes = sorted(long, key=lambda axis: -abs(array.strides[axis]))
    steps: list[int] = []
    extent = padded = array.itemsize  # of what lies inside an axis, without the gap after its last item and with it
    for axis in reversed(axes):
        stride, size = abs(array.strides[axis]), array.shape[axis]
        if stride < extent:
            return None
        step = GAP if stride > padded else 1
        steps.insert(0, step if array.strides[axis] > 0 else -step)
        extent, padded = (size - 1) * stride + extent, size * stride
    short = tuple(axis for axis in range(array.ndim) if axis not in long)
    layout = MemoryLayout((*short, *axes), (*[1] * len(short), *steps))
    return None if set(layout.steps) == {1} and axes == sorted(axes) else layout


def is_layout(axes: Any, steps: Any, dimensions: int) -> bool:
    """Return whether data from a frame are a layout of an array with so many dimensions."""
    if type(axes) is not list or type(steps) is not list or {*map(type, (*axes, *steps))} - {int}:
        return False
    return sorted(axes) == list(range(dimensions)) and len(steps) == dimensions and {*steps} <= {*STEPS}


def base_shape(shape: tuple[int, ...], layout: MemoryLayout) -> list[int]:
    """Return the shape of the memory that an array of this shape takes in a layout."""
    return [shape[axis] * abs(step) for axis, step in zip(layout.axes, layout.steps, strict=True)]


def arranged(array: np.ndarray[Any, Any], layout: MemoryLayout | None) -> np.ndarray[Any, Any]:
    """Return a copy of an array in a layout; its gaps hold numbers that no answer may depend on.

    Parameters
    ----------
    array : ndarray
    layout : MemoryLayout or None
        None for C order.

    Returns
    -------
    ndarray

    Examples
    --------
    >>> x = arranged(np.ones((2, 3)), MemoryLayout((1, 0), (1, -1)))
    >>> x.shape, x.strides
    ((2, 3), (-8, 16))
    """
    if layout is None:
        return np.array(array, order="C")
    base = np.full(base_shape(array.shape, layout), _gap_filler(array.dtype), array.dtype)
    view = base[tuple(slice(None, None, step) for step in layout.steps)].transpose(np.argsort(layout.axes))
    view[...] = array
    return view


def arranged_tensor(tensor: Any, layout: MemoryLayout) -> Any:
    """Return a copy of a tensor, without gradient, in a layout whose axes all run forward."""
    shape = base_shape(tuple(tensor.shape), layout)
    base = tensor.new_full(shape, math.nan if tensor.is_floating_point() or tensor.is_complex() else 1)
    view = base[tuple(slice(None, None, step) for step in layout.steps)].permute(*np.argsort(layout.axes).tolist())
    return view.copy_(tensor.detach())


def _gap_filler(dtype: np.dtype[Any]) -> Any:
    if dtype.kind in "fc":
        return math.nan
    return np.iinfo(dtype).max if dtype.kind in "iu" else 1
