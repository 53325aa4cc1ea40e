"""Three layers, forward and backward: the links of the chain.

A layer knows nothing of the network around it. Forwards it computes an output and keeps what it will need later, in a
cache. Backwards it is handed the gradient of the loss with respect to its output, `dout`, and answers with the
gradients with respect to everything that came in. That is the chain rule, one link at a time:

    dloss/dx = dloss/dout * dout/dx

What is computed is always this product, never dout/dx by itself: for a linear layer that would be an array with an axis
for every axis of the output and every axis of the input, nearly all of it zero.

References
----------
Rumelhart, Hinton, Williams (1986), Learning representations by back-propagating errors, equations 1, 2 and 5 to 7.
Glorot, Bordes, Bengio (2011), Deep sparse rectifier neural networks, section 3.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

Cache = Any
"""Whatever a backward function wants to find; nobody else reads it."""


def linear_forward(
    x: Float[Array, "N D"], weight: Float[Array, "M D"], bias: Float[Array, "M"]
) -> tuple[Float[Array, "N M"], Cache]:
    """Compute a linear layer: every output is a weighted sum of all inputs, plus a bias.

        out = x @ weight.T + bias

    The weights lie as in `torch.nn.Linear`: one row per output.

    Parameters
    ----------
    x : ndarray
        One example per row.
    weight, bias : ndarray

    Returns
    -------
    out : ndarray
    cache : what `linear_backward` needs.

    References
    ----------
    Rumelhart, Hinton, Williams (1986), equation 1.

    Examples
    --------
    >>> weight, bias = np.array([[1.0, 0.0], [2.0, -1.0], [0.0, 3.0]]), np.array([0.0, 1.0, -1.0])
    >>> linear_forward(np.array([[1.0, 2.0], [3.0, -1.0]]), weight, bias)[0]
    array([[ 1.,  1.,  5.],
           [ 3.,  8., -4.]])
    """
    raise NotImplementedError("backprop.linear_forward")


def linear_backward(
    dout: Float[Array, "N M"], cache: Cache
) -> tuple[Float[Array, "N D"], Float[Array, "M D"], Float[Array, "M"]]:
    """Return the gradients of a linear layer with respect to inputs, weights and biases.

    A weight is used by every example, so its gradient is a sum over the batch; so is the bias's. It is a sum and not a
    mean: the loss has divided by the batch size already. Each gradient has the shape of what it belongs to, and of the
    products of dout, x and weight only one fits.

    Parameters
    ----------
    dout : ndarray
        Gradient of the loss with respect to `out`.
    cache : from `linear_forward`

    Returns
    -------
    dx : ndarray
        Gradient with respect to the inputs.
    dweight : ndarray
        Gradient with respect to the weights.
    dbias : ndarray
        Gradient with respect to the biases.

    References
    ----------
    Rumelhart, Hinton, Williams (1986), equations 6 and 7.

    Examples
    --------
    >>> weight, bias = np.array([[1.0, 0.0], [2.0, -1.0], [0.0, 3.0]]), np.array([0.0, 1.0, -1.0])
    >>> _, cache = linear_forward(np.array([[1.0, 2.0], [3.0, -1.0]]), weight, bias)
    >>> dx, dweight, dbias = linear_backward(np.array([[1.0, 0.0, 1.0], [0.0, 2.0, 0.0]]), cache)
    >>> dx
    array([[ 1.,  3.],
           [ 4., -2.]])
    >>> dweight
    array([[ 1.,  2.],
           [ 6., -2.],
           [ 1.,  2.]])
    >>> dbias
    array([1., 2., 1.])
    """
    raise NotImplementedError("backprop.linear_backward")


def relu_forward(x: Float[Array, "..."]) -> tuple[Float[Array, "..."], Cache]:
    """Return the positive part of every entry: max(x, 0).

    Parameters
    ----------
    x : ndarray
        Of any shape.

    Returns
    -------
    out : ndarray
        In the dtype of `x`.
    cache : what `relu_backward` needs.

    References
    ----------
    Glorot, Bordes, Bengio (2011), section 3.

    Examples
    --------
    >>> relu_forward(np.array([-2.0, 0.0, 3.0]))[0]
    array([0., 0., 3.])
    """
    raise NotImplementedError("backprop.relu_forward")


def relu_backward(dout: Float[Array, "..."], cache: Cache) -> Float[Array, "..."]:
    """Let the gradient pass where the input was positive, and stop it everywhere else.

    At 0 itself the function has a kink and no derivative; everybody takes 0 there, torch too.

    Parameters
    ----------
    dout : ndarray
        Gradient of the loss with respect to `out`.
    cache : from `relu_forward`

    Returns
    -------
    dx : ndarray
        Gradient with respect to `x`.

    Examples
    --------
    >>> _, cache = relu_forward(np.array([-2.0, 0.0, 3.0]))
    >>> relu_backward(np.array([5.0, 6.0, -7.0]), cache)
    array([ 0.,  0., -7.])
    """
    raise NotImplementedError("backprop.relu_backward")


def sigmoid_forward(x: Float[Array, "..."]) -> tuple[Float[Array, "..."], Cache]:
    """Squash every entry into the range from 0 to 1.

        s = 1 / (1 + e^-x)

    The neuron of 1986: a step that has been rounded off until it had a slope to follow. It must stay right, and finite,
    for inputs of plus and minus 10,000, also in float32, where e^-x overflows beyond 88.

    Parameters
    ----------
    x : ndarray
        Of any shape.

    Returns
    -------
    out : ndarray
        In the dtype of `x`.
    cache : what `sigmoid_backward` needs.

    References
    ----------
    Rumelhart, Hinton, Williams (1986), equation 2.

    Examples
    --------
    >>> sigmoid_forward(np.array([0.0, np.log(3.0)]))[0].round(6)
    array([0.5 , 0.75])
    """
    raise NotImplementedError("backprop.sigmoid_forward")


def sigmoid_backward(dout: Float[Array, "..."], cache: Cache) -> Float[Array, "..."]:
    """Return the gradient of the sigmoid with respect to its input.

        ds/dx = s (1 - s)

    The slope follows from the output alone. It is 1/4 at most, and next to nothing where the neuron is sure of itself.

    Parameters
    ----------
    dout : ndarray
        Gradient of the loss with respect to `out`.
    cache : from `sigmoid_forward`

    Returns
    -------
    dx : ndarray
        Gradient with respect to `x`.

    References
    ----------
    Rumelhart, Hinton, Williams (1986), equation 5.

    Examples
    --------
    >>> _, cache = sigmoid_forward(np.array([0.0, np.log(3.0)]))
    >>> sigmoid_backward(np.array([4.0, -16.0]), cache).round(6)
    array([ 1., -3.])
    """
    raise NotImplementedError("backprop.sigmoid_backward")
