"""What becomes of a signal, and of a gradient, in a deep network that has just been initialized.

The network is a chain of linear layers without biases, with one nonlinearity f between any two of them:

    a_0 = x          z_l = a_(l-1) @ W_l.T          a_l = f(z_l)          output = z_L,  l = 1 ... L

The signals z_l run forward, their gradients run back. With dz_l the gradient of the loss with respect to z_l,

    dz_L = dout          dz_l = (dz_(l+1) @ W_(l+1)) * f'(z_l)          dW_l = dz_l.T @ a_(l-1)

Where the variance of either dies out or explodes with l, nothing is learned. Python counts from 0: ``weights[0]``
is W_1, ``signals[0]`` is z_1.

References
----------
Glorot, Bengio (2010), Understanding the difficulty of training deep feedforward neural networks, section 4.2.
He, Zhang, Ren, Sun (2015), Delving deep into rectifiers, section 2.2.
Mishkin, Matas (2016), All you need is a good init, section 2.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array

from .schemes import constant, he_normal, he_uniform, normal, orthogonal, trunc_normal, xavier_normal, xavier_uniform

SCHEMES = {
    "constant": constant,
    "normal": normal,
    "xavier_uniform": xavier_uniform,
    "xavier_normal": xavier_normal,
    "he_uniform": he_uniform,
    "he_normal": he_normal,
    "orthogonal": orthogonal,
    "trunc_normal": trunc_normal,
}
"""All schemes by their name. Ready-made."""


def activate(z: Float[Array, "..."], activation: str) -> Float[Array, "..."]:
    """Return f(z) for ``"relu"``, ``"tanh"`` or ``"linear"``. Ready-made."""
    match activation:
        case "relu":
            return np.maximum(z, 0)
        case "tanh":
            return np.tanh(z)
        case "linear":
            return z
    raise ValueError(f"there is no activation {activation!r}: relu, tanh or linear")


def slope(z: Float[Array, "..."], activation: str) -> Float[Array, "..."]:
    """Return f'(z), in the dtype of z. Ready-made."""
    match activation:
        case "relu":
            return (z > 0).astype(z.dtype)
        case "tanh":
            return 1 - np.tanh(z) ** 2
        case "linear":
            return np.ones_like(z)
    raise ValueError(f"there is no activation {activation!r}: relu, tanh or linear")


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


def init_weights(
    widths: tuple[int, ...], rng: np.random.Generator, *, scheme: str = "he_normal", **options: float | str
) -> list[Float[Array, "M D"]]:
    """Draw the weights of all layers of a network by one scheme.

    All layers draw from the same generator, one after the other: two layers of the same shape must not get the same
    numbers.

    Parameters
    ----------
    widths : tuple of int
        The number of inputs, of the units in every hidden layer, and of outputs.
    rng : numpy.random.Generator
    scheme : str
        A name in `SCHEMES`.
    **options : float or str
        Passed on to the scheme: ``std=0.01``, ``gain=2.0``.

    Returns
    -------
    weights : list of ndarray
        One matrix (out, in) per layer, one fewer than there are widths.

    Examples
    --------
    >>> init_weights((2, 3, 1), np.random.default_rng(0), scheme="constant", val=0.5)
    [array([[0.5, 0.5],
           [0.5, 0.5],
           [0.5, 0.5]]), array([[0.5, 0.5, 0.5]])]
    """
    raise NotImplementedError("initialization.init_weights")


def forward_signals(
    x: Float[Array, "N D"], weights: list[Float[Array, "M D"]], *, activation: str = "relu"
) -> list[Float[Array, "N M"]]:
    """Send a batch through the network and keep what every layer computes.

        z_l = f(z_(l-1)) @ W_l.T

    The first layer sees `x` itself. The last one's z is the output: no nonlinearity follows.

    Parameters
    ----------
    x : ndarray
        One example per row.
    weights : list of ndarray
        One matrix (out, in) per layer.
    activation : str
        ``"relu"``, ``"tanh"`` or ``"linear"``.

    Returns
    -------
    signals : list of ndarray
        z_1 to z_L, each before its nonlinearity.

    Examples
    --------
    >>> x, weights = np.array([[1.0, 2.0]]), [np.array([[1.0, 1.0], [1.0, -1.0]]), np.array([[2.0, 5.0]])]
    >>> forward_signals(x, weights)
    [array([[ 3., -1.]]), array([[6.]])]
    """
    raise NotImplementedError("initialization.forward_signals")


def backward_signals(
    dout: Float[Array, "N C"],
    signals: list[Float[Array, "N M"]],
    weights: list[Float[Array, "M D"]],
    *,
    activation: str = "relu",
) -> list[Float[Array, "N M"]]:
    """Send a gradient back through the network and keep what arrives at every layer.

        dz_L = dout          dz_l = (dz_(l+1) @ W_(l+1)) * f'(z_l)

    Parameters
    ----------
    dout : ndarray
        The gradient of the loss with respect to the output z_L.
    signals : list of ndarray
        From `forward_signals`.
    weights : list of ndarray
    activation : str

    Returns
    -------
    dsignals : list of ndarray
        dz_1 to dz_L, in the order of `signals`.

    Examples
    --------
    The second unit was negative, so its ReLU lets nothing through:

    >>> x, weights = np.array([[1.0, 2.0]]), [np.array([[1.0, 1.0], [1.0, -1.0]]), np.array([[2.0, 5.0]])]
    >>> backward_signals(np.array([[3.0]]), forward_signals(x, weights), weights)
    [array([[6., 0.]]), array([[3.]])]
    """
    raise NotImplementedError("initialization.backward_signals")


def weight_gradients(
    x: Float[Array, "N D"],
    signals: list[Float[Array, "N M"]],
    dsignals: list[Float[Array, "N M"]],
    *,
    activation: str = "relu",
) -> list[Float[Array, "M D"]]:
    """Compute the gradient of every layer's weights.

        dW_l = dz_l.T @ a_(l-1)          with a_0 = x and a_l = f(z_l)

    Parameters
    ----------
    x : ndarray
        The batch that went in.
    signals : list of ndarray
        From `forward_signals`.
    dsignals : list of ndarray
        From `backward_signals`.
    activation : str

    Returns
    -------
    dweights : list of ndarray
        In the order and the shapes of the weights.

    Examples
    --------
    >>> x, signals = np.array([[1.0, 2.0]]), [np.array([[3.0, -1.0]]), np.array([[6.0]])]
    >>> weight_gradients(x, signals, [np.array([[6.0, 0.0]]), np.array([[3.0]])])
    [array([[ 6., 12.],
           [ 0.,  0.]]), array([[9., 0.]])]
    """
    raise NotImplementedError("initialization.weight_gradients")


def layer_variances(signals: list[Float[Array, "N M"]]) -> Float[Array, "L"]:
    """Measure the variance of every layer's signal, over all its examples and units together.

    It serves signals and their gradients alike. Deep in a network all examples may look the same while the units still
    differ: a variance over the examples alone would call that signal dead.

    Parameters
    ----------
    signals : list of ndarray
        From `forward_signals` or `backward_signals`.

    Returns
    -------
    variances : ndarray
        One number per layer, in the dtype of the signals: the mean squared distance from the layer's mean.

    Examples
    --------
    >>> layer_variances([np.array([[1.0, 3.0], [1.0, 3.0]]), np.array([[5.0], [5.0]])])
    array([1., 0.])
    """
    raise NotImplementedError("initialization.layer_variances")


def distinct_units(weight: Float[Array, "M D"], *, tol: float = 1e-6) -> int:
    """Count the units of a layer that differ from each other.

    Units with the same weights compute the same, and if the next layer treats them alike as well, they get the same
    gradient and never part. A layer of 100 equal units is a layer of one. Only different first weights break the
    symmetry.

    Parameters
    ----------
    weight : ndarray
        A layer's weights; each row is one unit.
    tol : float
        Two units are equal if their weights differ nowhere by more than `tol` times the largest weight of the layer.
        Rounding alone makes that much.

    Returns
    -------
    count : int
        A unit counts if it equals none of those counted before it.

    Examples
    --------
    >>> distinct_units(np.array([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0], [1.0, 2.1]]))
    3
    """
    raise NotImplementedError("initialization.distinct_units")


def descend(
    x: Float[Array, "N D"],
    labels: Int[Array, "N"],
    weights: list[Float[Array, "M D"]],
    *,
    lr: float = 0.1,
    activation: str = "relu",
) -> tuple[list[Float[Array, "M D"]], Float[Array, ""]]:
    """Take one step of gradient descent on the softmax cross-entropy of a batch.

        W_l - lr * dW_l

    Parameters
    ----------
    x : ndarray
        One example per row.
    labels : ndarray of int
        The class of every example.
    weights : list of ndarray
        One matrix per layer; the last has a row per class.
    lr : float
        The learning rate.
    activation : str

    Returns
    -------
    weights : list of ndarray
        The new weights; those passed in stay as they are.
    loss : float
        The loss before the step.

    Examples
    --------
    >>> x, labels = np.array([[1.0, -2.0]]), np.array([1])
    >>> weights, loss = descend(x, labels, [np.zeros((2, 2))], lr=1.0)
    >>> weights, round(float(loss), 6)
    ([array([[-0.5,  1. ],
           [ 0.5, -1. ]])], 0.693147)
    """
    raise NotImplementedError("initialization.descend")


def lsuv(
    x: Float[Array, "N D"], weights: list[Float[Array, "M D"]], *, activation: str = "relu"
) -> list[Float[Array, "M D"]]:
    """Scale every layer's weights so that its signal has the variance 1 on a given batch.

    The rules of Xavier and He assume much of inputs and activations. This one measures: layer by layer, from the
    first, it sends the batch on, takes the variance of z_l over all examples and units, and divides

        W_l = W_l / sqrt(Var[z_l])

    before the next layer sees the signal. Layers without bias are linear in their weights, so one division is exact.
    The method is called layer-sequential unit-variance; it usually begins with orthogonal weights.

    Parameters
    ----------
    x : ndarray
        A batch of examples.
    weights : list of ndarray
    activation : str

    Returns
    -------
    weights : list of ndarray
        The new weights; those passed in stay as they are.

    Raises
    ------
    ValueError
        A layer's signal has the variance 0: nothing can be made of it by scaling.

    References
    ----------
    Mishkin, Matas (2016), algorithm 1.

    Examples
    --------
    The first layer's signals are 8, 0, 0 and 0: their mean is 2, their variance (36 + 4 + 4 + 4) / 4 = 12.

    >>> x = np.array([[8.0], [0.0], [0.0], [0.0]])
    >>> (weight,) = lsuv(x, [np.array([[1.0]])])
    >>> round(float(weight[0, 0] ** 2), 6) == round(1 / 12, 6)
    True
    """
    raise NotImplementedError("initialization.lsuv")
