"""How much of a gradient reaches the first layer of a deep network.

The network is as plain as can be, L linear layers without biases, an activation behind each of them:

    h_0 = x            h_l = f(h_(l-1) @ W_l.T)            out = h_L

On its way back the gradient is multiplied by W_l and by the slope of f once per layer. If that product is smaller than
1 in most layers, the gradient shrinks exponentially with the depth, and the first layers do not learn. With the
sigmoid, whose slope is 1/4 at most, it nearly always is.

References
----------
Hochreiter (1991), Untersuchungen zu dynamischen neuronalen Netzen, diploma thesis, TU München.
Bengio, Simard, Frasconi (1994), Learning long-term dependencies with gradient descent is difficult.
Glorot, Bordes, Bengio (2011), Deep sparse rectifier neural networks.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

from .functions import (
    elu_activation,
    elu_gradient,
    gaussian_activation,
    gaussian_gradient,
    gelu_activation,
    gelu_gradient,
    leaky_relu_activation,
    leaky_relu_gradient,
    relu_activation,
    relu_gradient,
    sigmoid_activation,
    sigmoid_gradient,
    silu_activation,
    silu_gradient,
    sine_activation,
    sine_gradient,
    step_activation,
    step_gradient,
    tanh_activation,
    tanh_gradient,
)

Cache = Any  # what a forward function keeps for its backward function

ACTIVATIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "step": (step_activation, step_gradient),
    "sigmoid": (sigmoid_activation, sigmoid_gradient),
    "tanh": (tanh_activation, tanh_gradient),
    "gaussian": (gaussian_activation, gaussian_gradient),
    "relu": (relu_activation, relu_gradient),
    "leaky_relu": (leaky_relu_activation, leaky_relu_gradient),
    "elu": (elu_activation, elu_gradient),
    "silu": (silu_activation, silu_gradient),
    "gelu": (gelu_activation, gelu_gradient),
    "sine": (sine_activation, sine_gradient),
}


def deep_forward(
    x: Float[Array, "N D"], weights: list[Float[Array, "_ _"]], *, activation: str = "sigmoid"
) -> tuple[Float[Array, "N M"], Cache]:
    """Send a batch through all layers of a deep network.

    `ACTIVATIONS`, ready-made above, holds the pair of functions that belongs to each name. Keep of every layer what its
    backward pass will need: its input, its weights and its activation's cache.

    Parameters
    ----------
    x : ndarray
        One example per row.
    weights : list of ndarray
        One matrix per layer in torch's layout, (out, in).
    activation : str
        A name in `ACTIVATIONS`.

    Returns
    -------
    out : the activations of the last layer.
    cache : what `deep_backward` needs.

    Examples
    --------
    >>> out, _ = deep_forward(np.array([[1.0, -2.0]]), [np.array([[1.0, 3.0], [2.0, 0.5]])], activation="relu")
    >>> out
    array([[0., 1.]])
    """
    raise NotImplementedError("activations.deep_forward")


def deep_backward(dout: Float[Array, "N M"], cache: Cache) -> tuple[Float[Array, "N D"], list[Float[Array, "_ _"]]]:
    """Carry the gradient back through all layers, from the last to the first.

    In each layer, with z = h @ W.T in front of its activation,

        dz = dout * f'(z)            dW = dz.T @ h            dh = dz @ W

    and dh is the `dout` of the layer before.

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `deep_forward`

    Returns
    -------
    dx : gradient with respect to `x`.
    dweights : gradients with respect to the weights, in their order: the first layer first.

    Examples
    --------
    >>> _, cache = deep_forward(np.array([[1.0, -2.0]]), [np.array([[1.0, 3.0], [2.0, 0.5]])], activation="relu")
    >>> dx, dweights = deep_backward(np.array([[5.0, 7.0]]), cache)
    >>> dx
    array([[14. ,  3.5]])
    >>> dweights[0]
    array([[  0.,   0.],
           [  7., -14.]])
    """
    raise NotImplementedError("activations.deep_backward")


def gradient_norms(
    x: Float[Array, "N D"],
    weights: list[Float[Array, "_ _"]],
    dout: Float[Array, "N M"],
    *,
    activation: str = "sigmoid",
) -> Float[Array, "L"]:
    """Measure the gradient of every layer's weights: the root of the sum of its squares.

    This is how fast a layer would learn. One forward pass, one backward pass, one number per layer.

    Parameters
    ----------
    x : ndarray
        One example per row.
    weights : list of ndarray
        One matrix per layer.
    dout : ndarray
        Gradient of the loss with respect to the network's output.
    activation : str
        A name in `ACTIVATIONS`.

    Returns
    -------
    norms : one norm per layer, the first layer first.

    Examples
    --------
    >>> weights = [np.array([[1.0, 3.0], [2.0, 0.5]])]
    >>> gradient_norms(np.array([[3.0, -4.0]]), weights, np.array([[5.0, 7.0]]), activation="relu")
    array([35.])
    """
    raise NotImplementedError("activations.gradient_norms")


def factor_per_layer(norms: Float[Array, "L"]) -> Float[Array, ""]:
    """Return by which factor the gradient changes with every layer that it goes back.

    L layers have L - 1 steps between them. The factor is the same for each step, and all of them together lead from the
    last layer's norm to the first layer's:

        first = last * factor^(L - 1)

    Below 1 the gradient vanishes on its way to the first layer, above 1 it explodes.

    Parameters
    ----------
    norms : ndarray
        One norm per layer, the first layer first; two layers or more.

    Returns
    -------
    factor : float

    Raises
    ------
    ValueError
        There are fewer than two layers.

    Examples
    --------
    From 8 to 2 in two steps:

    >>> float(factor_per_layer(np.array([2.0, 5.0, 8.0])))
    0.5
    """
    raise NotImplementedError("activations.factor_per_layer")
