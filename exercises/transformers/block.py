"""What stands around attention in today's language models: RMSNorm, rotary positions, SwiGLU.

References
----------
Zhang, Sennrich (2019), Root mean square layer normalization.
Su and others (2021), RoFormer: enhanced transformer with rotary position embedding.
Shazeer (2020), GLU variants improve transformer.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

Cache = Any


def rms_norm_forward(
    x: Float[Array, "... E"], weight: Float[Array, "E"], *, eps: float = 1e-6
) -> tuple[Float[Array, "... E"], Cache]:
    """Divide each position's features by their root mean square, and multiply them by a weight each.

        out = x / sqrt(mean(x^2) + eps) * weight

    Parameters
    ----------
    x : ndarray, shape (..., E)
    weight : ndarray, shape (E,)
    eps : float

    Returns
    -------
    out : in the shape of `x`
    cache : whatever `rms_norm_backward` needs

    References
    ----------
    Zhang, Sennrich (2019), equation 4.

    Examples
    --------
    >>> rms_norm_forward(np.array([1.0, -7.0]), np.array([5.0, 10.0]), eps=0.0)[0]
    array([  1., -14.])
    """
    raise NotImplementedError("transformers.rms_norm_forward")


def rms_norm_backward(dout: Float[Array, "... E"], cache: Cache) -> tuple[Float[Array, "... E"], Float[Array, "E"]]:
    """Pass a gradient back through `rms_norm_forward`.

    Parameters
    ----------
    dout : ndarray, shape (..., E)
    cache : object

    Returns
    -------
    dx : the gradient with respect to `x`
    dweight : the gradient with respect to `weight`

    Examples
    --------
    >>> _, cache = rms_norm_forward(np.array([1.0, -7.0]), np.array([5.0, 10.0]), eps=0.0)
    >>> rms_norm_backward(np.array([1.0, 0.0]), cache)[1]
    array([0.2, 0. ])
    """
    raise NotImplementedError("transformers.rms_norm_backward")


def rotary_embedding(x: Float[Array, "N P T D"], *, base: float = 10000.0, offset: int = 0) -> Float[Array, "N P T D"]:
    """Turn the queries or keys of each position by angles that grow with the position.

    Feature i and feature i + D / 2 are the coordinates of a point, which is turned by

        angle = (offset + t) / base^(2 i / D)
        (a, b) -> (a cos(angle) - b sin(angle), a sin(angle) + b cos(angle))

    The dot product of a turned query and a turned key depends on their distance in time only.

    Parameters
    ----------
    x : ndarray, shape (N, P, T, D)
    base : float
    offset : int
        The position of the first time step.

    Returns
    -------
    ndarray, shape (N, P, T, D)

    Raises
    ------
    ValueError
        D is odd.

    References
    ----------
    Su and others (2021), equation 34; the features are paired by halves, as in Llama.

    Examples
    --------
    >>> rotary_embedding(np.array([[[[1.0, 0.0], [1.0, 0.0]]]]))[0, 0].round(3)
    array([[1.   , 0.   ],
           [0.54 , 0.841]])
    """
    raise NotImplementedError("transformers.rotary_embedding")


def swiglu_forward(
    x: Float[Array, "... E"], w_gate: Float[Array, "M E"], w_up: Float[Array, "M E"], w_down: Float[Array, "E M"]
) -> tuple[Float[Array, "... E"], Cache]:
    """Compute a hidden layer whose units are multiplied by a gate, and come back to the width of `x`.

        out = w_down (silu(w_gate x) * (w_up x))          silu(z) = z / (1 + exp(-z))

    Parameters
    ----------
    x : ndarray, shape (..., E)
    w_gate, w_up : ndarray, shape (M, E)
    w_down : ndarray, shape (E, M)

    Returns
    -------
    out : in the shape of `x`
    cache : whatever `swiglu_backward` needs

    References
    ----------
    Shazeer (2020), equation 6.

    Examples
    --------
    >>> one = np.array([[1.0]])
    >>> swiglu_forward(np.array([np.log(3)]), one / np.log(3), one * 4, one * 2)[0].round(3)
    array([6.425])
    """
    raise NotImplementedError("transformers.swiglu_forward")


def swiglu_backward(
    dout: Float[Array, "... E"], cache: Cache
) -> tuple[Float[Array, "... E"], Float[Array, "M E"], Float[Array, "M E"], Float[Array, "E M"]]:
    """Pass a gradient back through `swiglu_forward`.

    Parameters
    ----------
    dout : ndarray, shape (..., E)
    cache : object

    Returns
    -------
    dx, dw_gate, dw_up, dw_down : the gradients of the four arrays

    Examples
    --------
    >>> one = np.array([[1.0]])
    >>> _, cache = swiglu_forward(np.array([0.0]), one, one, one)
    >>> swiglu_backward(np.array([1.0]), cache)[0]
    array([0.])
    """
    raise NotImplementedError("transformers.swiglu_backward")
