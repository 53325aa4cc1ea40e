"""The tasks that cheats want gold for without being fast."""

from jaxtyping import Float
from torch import Tensor


def cube_fast(x: Float[Tensor, "N N"]) -> Float[Tensor, "N N"]:
    """Return the third power of a matrix."""
    return x @ x @ x


def power_fast(x: Float[Tensor, "N N"]) -> Float[Tensor, "N N"]:
    """Return the third power of a matrix."""
    return x @ x @ x
