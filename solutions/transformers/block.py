"""What stands around attention in today's language models: RMSNorm, rotary positions, SwiGLU.

References
----------
Zhang, Sennrich (2019), Root mean square layer normalization.
Su and others (2021), RoFormer: enhanced transformer with rotary position embedding.
Shazeer (2020), GLU variants improve transformer.
"""

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
    ### BEGIN SOLUTION
    root = np.sqrt((x * x).mean(axis=-1, keepdims=True) + eps)
    return x / root * weight, (x / root, weight, root)
    ### END SOLUTION


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
    ### BEGIN SOLUTION
    normed, weight, root = cache
    dnormed = dout * weight
    dx = (dnormed - normed * (dnormed * normed).mean(axis=-1, keepdims=True)) / root
    return dx, (dout * normed).reshape(-1, weight.size).sum(axis=0)
    ### END SOLUTION


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
    ### BEGIN SOLUTION
    half, rest = divmod(x.shape[-1], 2)
    if rest:
        raise ValueError(f"{x.shape[-1]} features are no pairs")
    angles = (offset + np.arange(x.shape[2]))[:, None] / base ** (np.arange(half) / half)
    cos, sin = np.cos(angles).astype(x.dtype), np.sin(angles).astype(x.dtype)
    a, b = x[..., :half], x[..., half:]
    return np.concatenate((a * cos - b * sin, a * sin + b * cos), axis=-1)
    ### END SOLUTION


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
    ### BEGIN SOLUTION
    gate, up = x @ w_gate.T, x @ w_up.T
    open_ = 0.5 * (1 + np.tanh(0.5 * gate))
    return (gate * open_ * up) @ w_down.T, (x, w_gate, w_up, w_down, gate, up, open_)
    ### END SOLUTION


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
    ### BEGIN SOLUTION
    x, w_gate, w_up, w_down, gate, up, open_ = cache
    dhidden = dout @ w_down
    dup = dhidden * gate * open_
    dgate = dhidden * up * open_ * (1 + gate * (1 - open_))

    def summed(left: Float[Array, "... M"], right: Float[Array, "... E"]) -> Float[Array, "M E"]:
        return left.reshape(-1, left.shape[-1]).T @ right.reshape(-1, right.shape[-1])

    return dgate @ w_gate + dup @ w_up, summed(dgate, x), summed(dup, x), summed(dout, gate * open_ * up)
    ### END SOLUTION
