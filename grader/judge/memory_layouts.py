"""Memory layouts for suites: the same numbers in Fortran order, with gaps between them, or backwards in memory."""

from collections.abc import Iterator
from typing import Any

from grader.wire.layouts import GAP, MemoryLayout, arranged, arranged_tensor

LAYOUTS = ("fortran", "strided", "reversed")
"""Names of the layouts, for `in_layout` and for strategies: ``st.sampled_from(LAYOUTS)``."""


def in_layout(array: Any, layout: str) -> Any:
    """Return a copy of an array in another memory layout; its shape and its numbers stay.

    Parameters
    ----------
    array : ndarray or Tensor
        Scalars and everything else are returned unchanged.
    layout : str
        ``"fortran"``: the first axis is the innermost in memory. ``"strided"``: a view of every second number of a
        larger array, whose other numbers are NaN. ``"reversed"``: a view that runs backwards through memory along every
        axis; tensors cannot do that, and are strided instead.

    Returns
    -------
    ndarray or Tensor
        An array with one axis and in Fortran order is in C order, too.

    Raises
    ------
    ValueError
        There is no such layout.
    """
    if layout not in LAYOUTS:
        raise ValueError(f"there is no memory layout {layout!r}: {', '.join(LAYOUTS)}")
    if not getattr(array, "ndim", 0):
        return array
    if hasattr(array, "numpy"):
        return _tensor_in(array, layout)
    return arranged(array, _layout(array.ndim, layout))


def layouts(*arrays: Any) -> Iterator[Any]:
    """Yield copies of some arrays in every memory layout that is not C order, all of them in the same one.

    Parameters
    ----------
    *arrays : ndarray or Tensor

    Yields
    ------
    ndarray or Tensor, or tuple of them
        One array for one array, a tuple for several.
    """
    for layout in LAYOUTS:
        copies = tuple(in_layout(array, layout) for array in arrays)
        yield copies[0] if len(copies) == 1 else copies


def _layout(dimensions: int, name: str) -> MemoryLayout:
    axes = tuple(range(dimensions))
    if name == "fortran":
        return MemoryLayout(axes[::-1], (1,) * dimensions)
    return MemoryLayout(axes, (*(1,) * (dimensions - 1), GAP) if name == "strided" else (-1,) * dimensions)


def _tensor_in(tensor: Any, layout: str) -> Any:
    name = "strided" if layout == "reversed" else layout
    return arranged_tensor(tensor, _layout(tensor.ndim, name)).requires_grad_(tensor.requires_grad)
