"""A multilayer perceptron of any depth, trained by stochastic gradient descent.

    x  ->  linear  ->  activation  ->  linear  ->  activation  ->  ...  ->  linear  ->  scores

The parameters are a list with a pair (weight, bias) for every linear layer, from the input to the scores. There is an
activation behind every layer but the last: the scores go to the loss as they are.

Training repeats one step: scores forward, loss, gradients backward, and then every parameter goes a little downhill,

    p = p - lr * dloss/dp

on a few examples at a time (a batch). The gradient of a batch is a noisy guess at the gradient of everything, but it is
had for a fraction of the price.

References
----------
Rumelhart, Hinton, Williams (1986), Learning representations by back-propagating errors.
Bishop (2006), Pattern recognition and machine learning, sections 5.1, 5.2.4 and 5.3.1.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array

from .layers import (
    Cache,
    linear_backward,
    linear_forward,
    relu_backward,
    relu_forward,
    sigmoid_backward,
    sigmoid_forward,
)
from .losses import cross_entropy

Parameters = list[tuple[Array, Array]]
"""A pair (weight, bias) for every layer; gradients come in the same form."""

Criterion = Callable[[Array, Array], tuple[Any, Array]]
"""A loss: takes scores and targets, returns the loss and its gradient with respect to the scores."""

ACTIVATIONS = {
    "relu": (relu_forward, relu_backward),
    "sigmoid": (sigmoid_forward, sigmoid_backward),
}


def init_mlp(rng: np.random.Generator, sizes: tuple[int, ...]) -> Parameters:
    """Draw the first parameters of a network, as `torch.nn.Linear` does.

    Weights and biases of a layer with D inputs are uniform between -1 / sqrt(D) and 1 / sqrt(D). They must differ from
    one another: units that begin alike get the same gradient, and stay alike for ever.

    Parameters
    ----------
    rng : Generator
        The only source of randomness.
    sizes : tuple of int
        Inputs, hidden units of every layer, outputs: (64, 32, 10) is a network with one hidden layer.

    Returns
    -------
    params : list of pairs of float64 arrays
        (weight, bias) for every layer; weight is (out, in).

    Examples
    --------
    >>> params = init_mlp(np.random.default_rng(0), (2, 3, 1))
    >>> [(weight.shape, bias.shape) for weight, bias in params]
    [((3, 2), (3,)), ((1, 3), (1,))]
    """
    raise NotImplementedError("backprop.init_mlp")


def mlp_forward(
    x: Float[Array, "N D"], params: Parameters, *, activation: str = "relu"
) -> tuple[Float[Array, "N C"], Cache]:
    """Score a batch of examples.

    Parameters
    ----------
    x : ndarray
        One example per row.
    params : list of pairs (weight, bias)
    activation : str
        A key of `ACTIVATIONS`; it stands behind every layer but the last.

    Returns
    -------
    scores : ndarray
    cache : what `mlp_backward` needs: the caches of all layers, and which activation it was.

    Examples
    --------
    The hidden unit computes relu(1 - 3) = 0 and relu(4 - 1) = 3; the score is twice that, plus 1:

    >>> params = [(np.array([[1.0, -1.0]]), np.array([0.0])), (np.array([[2.0]]), np.array([1.0]))]
    >>> mlp_forward(np.array([[1.0, 3.0], [4.0, 1.0]]), params)[0]
    array([[1.],
           [7.]])
    """
    raise NotImplementedError("backprop.mlp_forward")


def mlp_backward(dscores: Float[Array, "N C"], cache: Cache) -> tuple[Float[Array, "N D"], Parameters]:
    """Send the scores' gradient back through all layers, and collect the gradients of the parameters.

    From the last layer to the first: the dx of each layer is the dout of the one before it.

    Parameters
    ----------
    dscores : ndarray
        Gradient of the loss with respect to the scores.
    cache : from `mlp_forward`

    Returns
    -------
    dx : ndarray
        Gradient with respect to the inputs.
    grads : list of pairs (dweight, dbias)
        In the order of the parameters: the first layer's come first.

    References
    ----------
    Bishop (2006), equations 5.53 and 5.56.

    Examples
    --------
    >>> params = [(np.array([[1.0, -1.0]]), np.array([0.0])), (np.array([[2.0]]), np.array([1.0]))]
    >>> _, cache = mlp_forward(np.array([[1.0, 3.0], [4.0, 1.0]]), params)
    >>> dx, grads = mlp_backward(np.array([[1.0], [1.0]]), cache)
    >>> dx
    array([[ 0.,  0.],
           [ 2., -2.]])
    >>> grads[0]
    (array([[8., 2.]]), array([2.]))
    >>> grads[1]
    (array([[3.]]), array([2.]))
    """
    raise NotImplementedError("backprop.mlp_backward")


def mlp_sgd_step(
    x: Float[Array, "N D"],
    target: Array,
    params: Parameters,
    *,
    lr: float,
    activation: str = "relu",
    criterion: Criterion = cross_entropy,
) -> tuple[Float[Array, ""], Parameters]:
    """Go one step downhill on one batch: forward, loss, backward, update.

        p = p - lr * dloss/dp

    The parameters that are passed in stay as they are; new ones are returned.

    Parameters
    ----------
    x, target : ndarray
        The batch, with targets as the criterion wants them.
    params : list of pairs (weight, bias)
    lr : float
        The learning rate.
    activation : str
    criterion : callable
        Takes scores and targets, returns the loss and its gradient with respect to the scores.

    Returns
    -------
    loss : float
        Of the batch, before the step.
    params : list of pairs (weight, bias)
        After the step.

    References
    ----------
    Rumelhart, Hinton, Williams (1986), equation 8.

    Examples
    --------
    Two equal scores for one example of class 0: the slopes are -1/2 and 1/2.

    >>> params = [(np.zeros((2, 1)), np.zeros(2))]
    >>> loss, params = mlp_sgd_step(np.array([[4.0]]), np.array([0]), params, lr=0.1)
    >>> round(float(loss), 6), params[0]
    (0.693147, (array([[ 0.2],
           [-0.2]]), array([ 0.05, -0.05])))
    """
    raise NotImplementedError("backprop.mlp_sgd_step")


def train_mlp(
    x: Float[Array, "N D"],
    target: Array,
    params: Parameters,
    rng: np.random.Generator,
    *,
    epochs: int,
    batch_size: int = 32,
    lr: float = 0.1,
    activation: str = "relu",
    criterion: Criterion = cross_entropy,
) -> tuple[Parameters, Float[Array, "EPOCHS"]]:
    """Train a network by stochastic gradient descent.

    Every epoch draws one new order of the examples, `rng.permutation(N)`, and makes one step on each run of
    `batch_size` examples in that order. Where N is not a multiple of it, the last batch is smaller.

    Parameters
    ----------
    x, target : ndarray
        The training examples.
    params : list of pairs (weight, bias)
        Where to begin; they stay as they are.
    rng : Generator
        The only source of randomness.
    epochs : int
        Passes over all examples.
    batch_size : int
    lr, activation, criterion
        As in `mlp_sgd_step`.

    Returns
    -------
    params : list of pairs (weight, bias)
        The trained ones.
    losses : ndarray
        One per epoch: the mean of its steps' losses.

    Examples
    --------
    >>> x, labels = np.array([[-1.0], [1.0]]), np.array([0, 1])
    >>> params, losses = train_mlp(x, labels, [(np.zeros((2, 1)), np.zeros(2))], np.random.default_rng(0), epochs=50)
    >>> predict_mlp(x, params), len(losses), bool(losses[-1] < losses[0])
    (array([0, 1]), 50, True)
    """
    raise NotImplementedError("backprop.train_mlp")


def predict_mlp(x: Float[Array, "N D"], params: Parameters, *, activation: str = "relu") -> Int[Array, "N"]:
    """Return the class with the largest score for every example.

    Parameters
    ----------
    x : ndarray
        One example per row.
    params : list of pairs (weight, bias)
    activation : str

    Returns
    -------
    classes : ndarray of int
        Of integers also for an empty batch, which has none.

    Examples
    --------
    >>> predict_mlp(np.array([[2.0], [-1.0]]), [(np.array([[1.0], [-1.0], [0.0]]), np.array([0.0, 0.0, 0.5]))])
    array([0, 1])
    """
    raise NotImplementedError("backprop.predict_mlp")
