"""A network with batch norm and dropout in its hidden layers, and one step of its training.

    hidden layer   affine -> batch norm -> ReLU -> dropout          last layer   affine

A layer is a dictionary of arrays: ``"weight"`` (out, in) and ``"bias"``; with batch norm also ``"gamma"`` and
``"beta"``, which stretch and shift, and ``"running_mean"`` and ``"running_var"``. A layer without ``"gamma"`` has no
batch norm, and with p = 0 there is no dropout: the same code trains a plain network.

References
----------
Ioffe, Szegedy (2015), Batch normalization: accelerating deep network training by reducing internal covariate shift,
    section 3.2 (batch norm stands in front of the nonlinearity) and 3.3 (higher learning rates).
Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov (2014), Dropout, section 4 (dropout behind the nonlinearity).
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array

from .batchnorm import batch_norm_backward, batch_norm_forward
from .dropout import dropout_backward, dropout_forward
from .penalties import l2_penalty

Cache = object
Layer = dict[str, Array]


def init_network(widths: tuple[int, ...], rng: np.random.Generator, *, batch_norm: bool) -> list[Layer]:
    """Draw the layers of a network by He's rule. Ready-made."""
    layers = []
    for fan_in, fan_out in pairwise(widths):
        weight = rng.normal(0, np.sqrt(2 / fan_in), (fan_out, fan_in))
        layers.append({"weight": weight, "bias": np.zeros(fan_out)})
    for layer in layers[:-1] if batch_norm else ():
        zero, one = np.zeros_like(layer["bias"]), np.ones_like(layer["bias"])
        layer.update(gamma=one, beta=zero, running_mean=zero, running_var=one)
    return layers


def affine_backward(
    dout: Float[Array, "N M"], x: Float[Array, "N D"], weight: Float[Array, "M D"]
) -> tuple[Float[Array, "N D"], Layer]:
    """Return the gradients of ``x @ weight.T + bias``: that of x, and those of weight and bias by name. Ready-made."""
    return dout @ weight, {"weight": dout.T @ x, "bias": dout.sum(axis=0)}


def softmax_cross_entropy(
    scores: Float[Array, "N C"], labels: Int[Array, "N"]
) -> tuple[Float[Array, ""], Float[Array, "N C"]]:
    """Return the mean loss over the batch, and its gradient with respect to the scores. Ready-made."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    right = np.arange(len(labels)), labels
    dscores = np.exp(log_probabilities)
    dscores[right] -= 1
    return -log_probabilities[right].mean(), dscores / len(labels)


def network_forward(
    x: Float[Array, "N D"], layers: list[Layer], rng: np.random.Generator, *, p: float = 0.0, training: bool = False
) -> tuple[Float[Array, "N C"], list[Layer], Cache]:
    """Send a batch through the network.

    Every hidden layer is affine (``x @ weight.T + bias``), batch norm where the layer has a ``"gamma"``, ReLU, dropout,
    in this order. The last one is affine alone. Batch norm works with torch's defaults for momentum and eps.

    Parameters
    ----------
    x : ndarray
        One example per row.
    layers : list of dict
        As `init_network` returns them.
    rng : numpy.random.Generator
        Where the masks come from.
    p : float
        The probability that a hidden unit is struck out.
    training : bool
        Whether the network is being trained.

    Returns
    -------
    scores : ndarray
        One column per class, in the dtype of `x`.
    layers : list of dict
        The same, with the new running statistics.
    cache : object
        Whatever `network_backward` needs.

    Examples
    --------
    >>> first = {"weight": np.array([[1.0, 1.0], [1.0, -1.0]]), "bias": np.array([0.0, -1.0])}
    >>> last = {"weight": np.array([[2.0, 5.0]]), "bias": np.array([1.0])}
    >>> network_forward(np.array([[1.0, 2.0], [3.0, 0.0]]), [first, last], np.random.default_rng(0))[0]
    array([[ 7.],
           [17.]])
    """
    raise NotImplementedError("dropout_batchnorm.network_forward")


def network_backward(dscores: Float[Array, "N C"], cache: Cache) -> list[Layer]:
    """Send the gradient of the scores back through the network. The slope of ReLU at 0 is 0, as torch has it.

    Parameters
    ----------
    dscores : ndarray
        The gradient of the loss with respect to the scores.
    cache : object
        From `network_forward`.

    Returns
    -------
    gradients : list of dict
        One dictionary per layer, in the order of the layers, with the gradients of ``"weight"`` and ``"bias"``, and
        where there is a batch norm of ``"gamma"`` and ``"beta"``.

    Examples
    --------
    >>> first = {"weight": np.array([[1.0, 1.0], [1.0, -1.0]]), "bias": np.array([0.0, -1.0])}
    >>> last = {"weight": np.array([[2.0, 5.0]]), "bias": np.array([1.0])}
    >>> *_, cache = network_forward(np.array([[1.0, 2.0], [3.0, 0.0]]), [first, last], np.random.default_rng(0))
    >>> network_backward(np.array([[1.0], [-1.0]]), cache)[1]
    {'weight': array([[ 0., -2.]]), 'bias': array([0.])}
    """
    raise NotImplementedError("dropout_batchnorm.network_backward")


def train_step(
    x: Float[Array, "N D"],
    labels: Int[Array, "N"],
    layers: list[Layer],
    rng: np.random.Generator,
    *,
    lr: float = 0.1,
    p: float = 0.0,
    weight_decay: float = 0.0,
) -> tuple[list[Layer], Float[Array, ""]]:
    """Take one step of gradient descent on a batch: forward in training mode, loss and penalty, backward, step.

        theta <- theta - lr * d(loss) / d(theta)          loss = cross-entropy + weight_decay / 2 * sum w^2

    The sum runs over the weights of all layers; bias, gamma and beta are not penalized. The running statistics are not
    learned by the gradient: they are those that the forward pass returned.

    Parameters
    ----------
    x : ndarray
        One example per row.
    labels : ndarray
        The right class of each.
    layers : list of dict
    rng : numpy.random.Generator
        Where the masks come from.
    lr : float
        The learning rate.
    p : float
        The probability that a hidden unit is struck out.
    weight_decay : float
        The strength of the L2 penalty.

    Returns
    -------
    layers : list of dict
        New dictionaries after the step, with the new running statistics.
    loss : float
        Cross-entropy and penalty before the step.

    Examples
    --------
    >>> layer = {"weight": np.array([[3.0], [3.0]]), "bias": np.zeros(2)}
    >>> x, labels, rng = np.array([[1.0]]), np.array([0]), np.random.default_rng(0)
    >>> (new,), loss = train_step(x, labels, [layer], rng, lr=1.0, weight_decay=0.5)
    >>> new["weight"], new["bias"], round(float(loss), 4)
    (array([[2.],
           [1.]]), array([ 0.5, -0.5]), 5.1931)
    """
    raise NotImplementedError("dropout_batchnorm.train_step")
