"""Tasks that others are built of."""

from collections.abc import Callable
from typing import Any

from jaxtyping import Bool, Float
from numpy import ndarray as Array
from numpy.random import Generator

Cache = Any


def halve(x: Float[Array, "N"]) -> Float[Array, "N"]:
    """Return half of the input."""
    return x / 2


def mask(count: int, rng: Generator) -> Bool[Array, "count"]:
    """Draw a mask."""
    return rng.random(count) < 0.5


def shrink(params: dict[str, Array]) -> None:
    """Halve all arrays in place."""
    for array in params.values():
        array[...] = array * 0.5


def twice(function: Callable[[Array], Array], x: Float[Array, "N"]) -> Float[Array, "N"]:
    """Apply a function twice."""
    return function(function(x))


def scale_forward(x: Float[Array, "N"], w: float) -> tuple[Float[Array, "N"], Cache]:
    """Scale the input."""
    return w * x, (w, x)


def scale_backward(dout: Float[Array, "N"], cache: Cache) -> tuple[Float[Array, "N"], float]:
    """Return the gradients of input and weight."""
    w, x = cache
    return w * dout, float(dout @ x)
