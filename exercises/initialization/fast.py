"""Truncated normal numbers for large tensors, without a loop that draws again.

`trunc_normal` in `schemes.py` repeats what falls outside its bounds. How often is a matter of luck, every round looks
at the whole tensor, and on a GPU it has to ask whether another round is needed. The other way is to bend uniform
numbers: with Phi the normal distribution's cumulative function, the number below which a share u of the truncated
distribution lies is

    weight = mean + std * Phi^-1(p_a + u * (p_b - p_a))        p_a = Phi((a - mean) / std)   p_b = Phi((b - mean) / std)

Each uniform number becomes one weight, the same every time. Phi is known to torch by another name:

    Phi(z) = (1 + erf(z / sqrt(2))) / 2          so          Phi^-1(p) = sqrt(2) * erfinv(2 p - 1)

References
----------
Devroye (1986), Non-uniform random variate generation, section II.2: the inversion method.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import math

from jaxtyping import Float
from torch import Tensor


def trunc_normal_fast(
    uniform: Float[Tensor, "..."], mean: float, std: float, a: float, b: float
) -> Float[Tensor, "..."]:
    """Turn uniform numbers into numbers from a normal distribution that is cut off at two bounds.

    Larger numbers become larger weights. Where rounding has left nothing but the end of the distribution, the weight is
    the bound and not infinite.

    Timed against torch's own operators, one after the other on a copy, for tensors of several shapes and
    distributions that are cut off on one side of the mean or up to 3.5 `std` away. Some numbers are exactly 0 or 1,
    or close to them.

    Parameters
    ----------
    uniform : Tensor
        Numbers from 0 to 1, as `torch.rand` draws them, float32 or float64. Stays as it is.
    mean, std : float
        Of the normal distribution before it is cut off.
    a, b : float
        The bounds, numbers and not multiples of `std`, `a` below `b`. One or both may be infinite. At least a hundredth
        of the normal distribution lies between them.

    Returns
    -------
    weight : Tensor

    Examples
    --------
    The middle of a distribution that is cut off on both sides alike is its mean, and 0 becomes the lower bound. Of the
    upper half of a normal distribution, half lies below 0.6745.

    >>> import torch
    >>> trunc_normal_fast(torch.tensor([0.0, 0.5]), 3.0, 0.5, 2.0, 4.0)
    tensor([2., 3.])
    >>> trunc_normal_fast(torch.tensor([0.5]), 0.0, 1.0, 0.0, math.inf)
    tensor([0.6745])
    """
    raise NotImplementedError("initialization.trunc_normal_fast")
