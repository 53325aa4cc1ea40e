"""A matrix to the third."""

from jaxtyping import Float
from torch import Tensor


def cube_fast(x: Float[Tensor, "N N"]) -> Float[Tensor, "N N"]:
    """Return the third power of a matrix."""
    return x @ x @ x


def broken_fast(x: Float[Tensor, "N"]) -> Float[Tensor, "N"]:
    """Return the vector."""
    return x
