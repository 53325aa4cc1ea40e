"""An autoencoder: a network that answers with its own input.

Nobody has to say what the right answer is, since it is the input. A hidden layer in between, the code, has to keep what
matters. The weights are tied: the matrix that leads to the code leads back, transposed.

    h = sigmoid(W x + bias)          out = sigmoid(W^T h + bias_out)

With more hidden units than inputs a code could simply copy. A penalty that keeps the units mostly silent prevents it.

References
----------
Rumelhart, Hinton, Williams (1986), Learning internal representations by error propagation, "The encoding problem".
Hinton, Salakhutdinov (2006), Reducing the dimensionality of data with neural networks.
Ng (2011), Sparse autoencoder, CS294A lecture notes, section 3.
"""

from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

Cache = Any


def sigmoid(z: Float[Array, "..."]) -> Float[Array, "..."]:
    """Return the sigmoid of z, without overflow. Ready-made."""
    return (np.tanh(z / 2) + 1) / 2


def autoencoder_forward(
    x: Float[Array, "N D"], weight: Float[Array, "M D"], bias: Float[Array, "M"], bias_out: Float[Array, "D"]
) -> tuple[Float[Array, "N D"], Cache]:
    """Encode a batch and decode it with the same weights.

        h = sigmoid(W x + bias)          out = sigmoid(W^T h + bias_out)

    Parameters
    ----------
    x : ndarray
        Inputs, numbers from 0 to 1 as a rule.
    weight : ndarray
        One row per hidden unit, used in both directions.
    bias : ndarray
        Of the hidden units.
    bias_out : ndarray
        Of the outputs.

    Returns
    -------
    out : ndarray
        The reconstruction, in the dtype of `x`.
    cache : object
        Whatever `autoencoder_backward` needs.

    References
    ----------
    Hinton, Salakhutdinov (2006).

    Examples
    --------
    The hidden unit is at 0.5, and 0.5 * ln 9 is sent back: odds of 3 to 1.

    >>> weight = np.log([[9.0, 1.0]])
    >>> autoencoder_forward(np.array([[0.0, 1.0]]), weight, np.zeros(1), np.zeros(2))[0]
    array([[0.75, 0.5 ]])
    """
    ### BEGIN SOLUTION
    hidden = sigmoid(x @ weight.T + bias)
    out = sigmoid(hidden @ weight + bias_out)
    return out, (x, weight, hidden, out)
    ### END SOLUTION


def autoencoder_backward(
    dout: Float[Array, "N D"], cache: Cache
) -> tuple[Float[Array, "N D"], Float[Array, "M D"], Float[Array, "M"], Float[Array, "D"]]:
    """Return the gradients with respect to the input and all parameters.

    The weights are used twice, on the way in and on the way out: their gradient is the sum over both uses.

    Parameters
    ----------
    dout : ndarray
        Gradient of the loss with respect to `out`.
    cache : object
        From `autoencoder_forward`.

    Returns
    -------
    dx : ndarray
        Gradient by way of the network; where the loss compares `out` with `x`, it has another part.
    dweight, dbias, dbias_out : ndarray

    Examples
    --------
    >>> out, cache = autoencoder_forward(np.zeros((1, 2)), np.array([[4.0, 0.0]]), np.zeros(1), np.array([-2.0, 0.0]))
    >>> dx, dweight, dbias, dbias_out = autoencoder_backward(np.array([[8.0, 0.0]]), cache)
    >>> dweight, dbias, dbias_out
    (array([[1., 0.]]), array([2.]), array([2., 0.]))
    """
    ### BEGIN SOLUTION
    x, weight, hidden, out = cache
    dz_out = dout * out * (1 - out)
    dz = dz_out @ weight.T * hidden * (1 - hidden)
    return dz @ weight, dz.T @ x + hidden.T @ dz_out, dz.sum(axis=0), dz_out.sum(axis=0)
    ### END SOLUTION


def sparsity_penalty(
    hidden: Float[Array, "N M"], *, target: float = 0.05, strength: float = 1.0
) -> tuple[float, Float[Array, "N M"]]:
    """Measure how far the hidden units' mean activities are from a small target.

    With r the mean of a unit over the batch, and the sum over all units:

        penalty = strength * sum of  target * log(target / r) + (1 - target) * log((1 - target) / (1 - r))

    It is 0 where every unit is active in a share `target` of the examples, and grows to both sides.

    Parameters
    ----------
    hidden : ndarray
        Activities, between 0 and 1 and neither of the two.
    target : float
        The wanted mean activity.
    strength : float

    Returns
    -------
    penalty : float
    dhidden : ndarray
        Its gradient with respect to `hidden`.

    References
    ----------
    Ng (2011), section 3; Lee, Ekanadham, Ng (2008), Sparse deep belief net model for visual area V2.

    Examples
    --------
    >>> penalty, dhidden = sparsity_penalty(np.array([[0.25], [0.75]]), target=0.25)
    >>> round(penalty, 4), dhidden
    (0.1308, array([[0.5],
           [0.5]]))
    """
    ### BEGIN SOLUTION
    r = hidden.mean(axis=0)
    penalty = target * np.log(target / r) + (1 - target) * np.log((1 - target) / (1 - r))
    slope = strength * ((1 - target) / (1 - r) - target / r) / len(hidden)
    return float(strength * penalty.sum()), np.tile(slope, (len(hidden), 1))
    ### END SOLUTION
