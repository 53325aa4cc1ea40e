"""Tasks that are built of others."""

from collections.abc import Callable
from typing import Any

from jaxtyping import Bool, Float
from numpy import ndarray as Array
from numpy.random import Generator

from .low import halve, mask, scale_backward, scale_forward, shrink, twice

Cache = Any


def quarter(x: Float[Array, "N"]) -> Float[Array, "N"]:
    """Halve twice."""
    return halve(halve(x))


def stranger(x: Float[Array, "N"]) -> Float[Array, "N"]:
    """Return half of the input, without any other task."""
    return x / 2


def two_masks(count: int, rng: Generator) -> tuple[Bool[Array, "count"], Bool[Array, "count"]]:
    """Draw two masks, one after the other."""
    return mask(count, rng), mask(count, rng)


def shrink_twice(params: dict[str, Array]) -> dict[str, Array]:
    """Shrink the parameters twice, in place, and return them."""
    shrink(params)
    shrink(params)
    return params


def four_times(function: Callable[[Array], Array], x: Float[Array, "N"]) -> Float[Array, "N"]:
    """Apply a function four times."""
    return twice(function, twice(function, x))


def sixteenth(x: Float[Array, "N"]) -> Float[Array, "N"]:
    """Halve four times."""
    return twice(halve, twice(halve, x))


def block_forward(x: Float[Array, "N"], w: float) -> tuple[Float[Array, "N"], Cache]:
    """Scale twice."""
    first, inner = scale_forward(x, w)
    out, outer = scale_forward(first, w)
    return out, {"inner": inner, "outer": [outer]}


def block_backward(dout: Float[Array, "N"], cache: Cache) -> tuple[Float[Array, "N"], float]:
    """Return the gradients of input and weight."""
    dfirst, dw = scale_backward(dout, cache["outer"][0])
    dx, dw_inner = scale_backward(dfirst, cache["inner"])
    return dx, dw + dw_inner
