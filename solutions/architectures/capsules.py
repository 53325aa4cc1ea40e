"""Capsules: groups of units whose length says how sure they are, and whose direction says how a thing looks.

A unit that says "a nose" does not say where or how. A capsule's vector does, and capsules below can say which whole
they belong to: each predicts the vectors of all capsules above. Where predictions agree, their connection grows,
round by round, within a single forward pass. Nothing of it is remembered for the next image.

References
----------
Sabour, Frosst, Hinton (2017), Dynamic routing between capsules, equations 1 to 4 and procedure 1.
"""

from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array

Cache = Any


def squash_forward(
    s: Float[Array, "N C D"], *, dim: int = -1, eps: float = 1e-9
) -> tuple[Float[Array, "N C D"], Cache]:
    """Shorten vectors to lengths below 1, and keep their directions.

        v = s * |s| / (1 + |s|^2)          |s| = sqrt(sum of squares + eps)

    Short vectors become nearly 0, long ones nearly 1 long.

    Parameters
    ----------
    s : ndarray
    dim : int
        Along which axis a vector lies.
    eps : float
        Under the root, so that it has a slope at 0.

    Returns
    -------
    v : in the shape and dtype of `s`.
    cache : whatever `squash_backward` needs.

    Examples
    --------
    >>> squash_forward(np.array([[[3.0, 4.0]]]))[0].round(3)
    array([[[0.577, 0.769]]])
    """
    ### BEGIN SOLUTION
    squares = (s * s).sum(axis=dim, keepdims=True) + eps
    return s * np.sqrt(squares) / (1 + squares), (s.copy(), squares, dim)
    ### END SOLUTION


def squash_backward(dv: Float[Array, "N C D"], cache: Cache) -> Float[Array, "N C D"]:
    """Return the gradient: the vector's own, scaled, and what comes through its length.

    Parameters
    ----------
    dv : ndarray
        The gradient with respect to `v`.
    cache : object

    Returns
    -------
    ds : the gradient with respect to `s`. No NaN where a vector is 0.

    Examples
    --------
    >>> _, cache = squash_forward(np.array([[[1.0, 0.0]]]))
    >>> squash_backward(np.array([[[1.0, 1.0]]]), cache).round(3)
    array([[[0.5, 0.5]]])
    """
    ### BEGIN SOLUTION
    s, squares, dim = cache
    length = np.sqrt(squares)
    slope = (1 - squares) / (length * (1 + squares) ** 2)  # of length / (1 + squares), divided by the length
    return dv * length / (1 + squares) + s * slope * (dv * s).sum(axis=dim, keepdims=True)
    ### END SOLUTION


def dynamic_routing(u_hat: Float[Array, "N I C D"], *, iterations: int = 3) -> Float[Array, "N C D"]:
    """Let I capsules below agree on the vectors of C capsules above.

        c = softmax of b over the capsules above          b begins with 0, for each image anew
        s_j = sum over i of c_ij * u_hat_ij               v = squash(s)
        b_ij <- b_ij + u_hat_ij . v_j                     not after the last round

    Parameters
    ----------
    u_hat : ndarray
        What each capsule below predicts for each capsule above.
    iterations : int
        Rounds, at least 1. With one round, c is 1 / C.

    Returns
    -------
    v : the vectors above, in the dtype of `u_hat`.

    Raises
    ------
    ValueError
        There are no rounds.

    Examples
    --------
    Two capsules agree on the first whole and contradict each other on the second.

    >>> u_hat = np.array([[[[2.0], [2.0]], [[2.0], [-2.0]]]])
    >>> [np.abs(dynamic_routing(u_hat, iterations=rounds)).ravel().round(2).tolist() for rounds in (1, 2)]
    [[0.8, 0.0], [0.92, 0.0]]
    """
    ### BEGIN SOLUTION
    if iterations < 1:
        raise ValueError(f"iterations must be at least 1, but are {iterations}")
    b = np.zeros((*u_hat.shape[:3], 1), u_hat.dtype)
    for index in range(iterations):
        c = np.exp(b - b.max(axis=2, keepdims=True))
        c /= c.sum(axis=2, keepdims=True)
        v, _ = squash_forward((c * u_hat).sum(axis=1))
        if index < iterations - 1:
            b = b + (u_hat * v[:, None]).sum(axis=3, keepdims=True)
    return v
    ### END SOLUTION


def capsule_margin_loss(
    v: Float[Array, "N C D"],
    labels: Int[Array, "N"],
    *,
    up: float = 0.9,
    down: float = 0.1,
    weight: float = 0.5,
) -> tuple[float, Float[Array, "N C D"]]:
    """Return the loss of capsules whose lengths tell the class, and its gradient.

        the class's own capsule:   max(0, up - |v|)^2          every other:   weight * max(0, |v| - down)^2

    summed over the capsules, and the mean over the batch.

    Parameters
    ----------
    v : ndarray
        One capsule for each class.
    labels : ndarray
        The class of each example.
    up, down, weight : float

    Returns
    -------
    loss : float
    dv : the gradient. Where a vector is 0, it is 0.

    Examples
    --------
    >>> loss, dv = capsule_margin_loss(np.array([[[0.6, 0.0], [0.0, 0.3]]]), np.array([0]))
    >>> round(loss, 4), (dv.round(4) + 0.0).tolist()
    (0.11, [[[-0.6, 0.0], [0.0, 0.2]]])
    """
    ### BEGIN SOLUTION
    lengths = np.sqrt((v * v).sum(axis=2))
    true = np.arange(v.shape[1]) == labels[:, None]
    missing, excess = np.maximum(0, up - lengths), np.maximum(0, lengths - down)
    loss = np.where(true, missing**2, weight * excess**2).sum() / len(v)
    dlengths = np.where(true, -2 * missing, 2 * weight * excess) / len(v)
    scale = np.divide(dlengths, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return float(loss), (v * scale[:, :, None]).astype(v.dtype)
    ### END SOLUTION
