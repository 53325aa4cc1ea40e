"""Three losses, each with its gradient: where backpropagation begins.

A loss says with one number how wrong a batch of answers is. Its gradient says how that number moves when an answer
moves, and is what travels back through the network:

    mean squared error      mean of (prediction - target)^2           the prediction is the number itself
    binary cross-entropy    mean of log(1 + e^z) - y z                sigmoid(z) = P(y = 1), y between 0 and 1
    cross-entropy           mean of log(sum over c of e^z_c) - z_y    softmax(z) = P(class), y is a class number

Every loss is a mean, so its gradient is divided by the same count. The last two take the scores z themselves (logits):
logarithm and exponential then cancel on paper, where in the computer the one would overflow before the other saves it.

References
----------
Rumelhart, Hinton, Williams (1986), Learning representations by back-propagating errors, equations 3 and 4.
Bishop (2006), Pattern recognition and machine learning, section 5.2.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array


def mse_loss(prediction: Float[Array, "..."], target: Float[Array, "..."]) -> tuple[Float[Array, ""], Array]:
    """Return the mean squared error and its gradient with respect to the prediction.

        loss = mean of (prediction - target)^2

    The mean goes over all entries, whatever the shape, and there is no 1/2 in front, as in
    `torch.nn.functional.mse_loss`. The shapes must agree: (N, 1) minus (N,) would silently be an (N, N) matrix.

    Parameters
    ----------
    prediction, target : ndarray
        Of the same shape.

    Returns
    -------
    loss : float
    dprediction : ndarray
        In the shape of the prediction.

    Raises
    ------
    ValueError
        The shapes differ.

    References
    ----------
    Rumelhart, Hinton, Williams (1986), equations 3 and 4 (there with a sum and a 1/2).

    Examples
    --------
    >>> loss, dprediction = mse_loss(np.array([3.0, 1.0]), np.array([1.0, 2.0]))
    >>> float(loss), dprediction
    (2.5, array([ 2., -1.]))
    """
    raise NotImplementedError("backprop.mse_loss")


def binary_cross_entropy_with_logits(
    logits: Float[Array, "..."], target: Float[Array, "..."]
) -> tuple[Float[Array, ""], Array]:
    """Return the cross-entropy of yes-or-no answers and its gradient with respect to their scores.

        loss = mean of log(1 + e^z) - y z                 dloss/dz = (sigmoid(z) - y) / count

    Both must stay right for scores of plus and minus 10,000, where e^z is no float64 any more. Two ways out:
    log(1 + e^z) = max(z, 0) + log(1 + e^-|z|), or `np.logaddexp`. The mean goes over all entries.

    Parameters
    ----------
    logits : ndarray
        The scores z.
    target : ndarray
        The probabilities y that would be right, mostly 0 or 1, in the same shape.

    Returns
    -------
    loss : float
    dlogits : ndarray

    Raises
    ------
    ValueError
        The shapes differ.

    References
    ----------
    Bishop (2006), equations 4.90 and 4.91.

    Examples
    --------
    A score of 0 means a probability of 1/2, and costs log 2 whatever is right:

    >>> loss, dlogits = binary_cross_entropy_with_logits(np.array([0.0, 0.0]), np.array([1.0, 0.0]))
    >>> round(float(loss), 6), dlogits
    (0.693147, array([-0.25,  0.25]))
    """
    raise NotImplementedError("backprop.binary_cross_entropy_with_logits")


def cross_entropy(logits: Float[Array, "N C"], target: Int[Array, "N"]) -> tuple[Float[Array, ""], Float[Array, "N C"]]:
    """Return the cross-entropy of class scores and its gradient with respect to them.

        loss = mean over n of  log(sum over c of e^z_nc) - z_n,y        dloss/dz = (softmax(z) - onehot(y)) / N

    An example pays for its right class only, so the mean goes over the N examples, not over N * C entries. Softmax does
    not change when the same number is subtracted from all scores of an example: subtract the largest, and no
    exponential overflows, up to scores of plus and minus 10,000 and beyond.

    Parameters
    ----------
    logits : ndarray
        The scores z.
    target : ndarray of int
        The right class of every example.

    Returns
    -------
    loss : float
    dlogits : ndarray

    References
    ----------
    Bishop (2006), equations 4.108 and 4.109.

    Examples
    --------
    >>> loss, dlogits = cross_entropy(np.zeros((1, 4)), np.array([2]))
    >>> round(float(loss), 6), dlogits
    (1.386294, array([[ 0.25,  0.25, -0.75,  0.25]]))
    """
    raise NotImplementedError("backprop.cross_entropy")
