"""One artificial neuron, and the rule by which it learns from its mistakes.

The neuron adds up its inputs, each times a weight, and fires when the sum reaches a threshold. The threshold is kept
as a bias on the other side of the inequality:

    z = weights · x + bias          answer = 1 where z >= 0, else 0

Rosenblatt's rule shows it the examples one after another and changes it only where the answer was wrong:

    error   = y - answer            0 where right, +1 where it should have fired, -1 where it should not have
    weights = weights + lr * error * x
    bias    = bias    + lr * error

If any line (plane, hyperplane) separates the two classes, the rule finds one after at most (R / gamma)^2 mistakes:
R is the length of the longest example, gamma the distance of the nearest one from the best boundary through the
origin, both with a constant 1 appended to every example for the bias.

References
----------
Rosenblatt (1958), The perceptron: a probabilistic model for information storage and organization in the brain.
Novikoff (1962), On convergence proofs on perceptrons.
Bishop (2006), Pattern recognition and machine learning, section 4.1.7.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array


def step(z: Float[Array, "..."]) -> Float[Array, "..."]:
    """Fire where the sum reaches zero: 1 where z >= 0, else 0.

    Zero itself counts as reached, as in Rosenblatt's paper. It happens more often than one thinks: a neuron that
    starts from zero weights has z = 0 for its first example.

    Parameters
    ----------
    z : ndarray
        Weighted sums, any shape.

    Returns
    -------
    out : ndarray
        Zeros and ones in the shape and the dtype of `z`.

    Examples
    --------
    >>> step(np.array([-0.5, 0.0, 2.0]))
    array([0., 1., 1.])
    """
    raise NotImplementedError("perceptron.step")


def predict(x: Float[Array, "N D"], weights: Float[Array, "D"], bias: float) -> Float[Array, "N"]:
    """Answer 0 or 1 for every example.

    The boundary between the two answers is the line (plane, hyperplane) weights · x + bias = 0. The weights stand at
    right angles to it and point to the side where the neuron fires; the bias moves it away from the origin.

    Parameters
    ----------
    x : ndarray
        One example per row.
    weights : ndarray
    bias : float

    Returns
    -------
    answers : ndarray
        1 where weights · x + bias >= 0, else 0, in the dtype of `x`.

    Examples
    --------
    >>> predict(np.array([[0.0, 1.0], [2.0, 0.0]]), np.array([1.0, -1.0]), -0.5)
    array([0., 1.])
    """
    raise NotImplementedError("perceptron.predict")


def perceptron_update(
    x: Float[Array, "D"], y: float, weights: Float[Array, "D"], bias: float, *, lr: float = 1.0
) -> tuple[Float[Array, "D"], Float[Array, ""]]:
    """Learn from one example by Rosenblatt's rule.

    A right answer changes nothing. A wrong one moves the boundary: a missed 1 adds the example to the weights, a false
    alarm subtracts it, and the bias goes along as the weight of an input that is always 1.

        error = y - answer,    weights + lr * error * x,    bias + lr * error

    Parameters
    ----------
    x : ndarray
        One example.
    y : float
        The right answer, 0 or 1.
    weights : ndarray
    bias : float
    lr : float
        The learning rate.

    Returns
    -------
    weights : ndarray
        The new weights; those passed in stay as they are.
    bias : float
        The new bias.

    References
    ----------
    Bishop (2006), equation 4.55, there with labels -1 and +1.

    Examples
    --------
    The sum is 1·2 - 1·1 = 1, so the neuron fires where it should not:

    >>> weights, bias = perceptron_update(np.array([2.0, 1.0]), 0.0, np.array([1.0, -1.0]), 0.0, lr=0.5)
    >>> weights, float(bias)
    (array([ 0. , -1.5]), -0.5)
    """
    raise NotImplementedError("perceptron.perceptron_update")


def fit_perceptron(
    x: Float[Array, "N D"], y: Float[Array, "N"], *, lr: float = 1.0, max_epochs: int = 100
) -> tuple[Float[Array, "D"], Float[Array, ""], Int[Array, "EPOCHS"]]:
    """Train a neuron from zero, epoch by epoch, until it makes no more mistakes.

    One epoch shows every example once, in the order of the rows, and updates after each of them. Training ends with
    the first epoch without a mistake, or after `max_epochs`: on classes that no line separates it would never end.

    Parameters
    ----------
    x : ndarray
        One example per row.
    y : ndarray
        Right answers, 0 or 1.
    lr : float
        The learning rate.
    max_epochs : int

    Returns
    -------
    weights : ndarray
    bias : float
    mistakes : ndarray of int
        For every epoch how many of its examples were answered wrongly when they were shown; the last is 0 if the
        neuron has learned them all.

    Raises
    ------
    ValueError
        A label is neither 0 nor 1.

    References
    ----------
    Novikoff (1962): the sum of `mistakes` is at most (R / gamma)^2 where a line separates the classes.

    Examples
    --------
    The gate NOT, which has one input:

    >>> weights, bias, mistakes = fit_perceptron(np.array([[0.0], [1.0]]), np.array([1.0, 0.0]))
    >>> weights, float(bias), mistakes
    (array([-1.]), 0.0, array([1, 1, 0]))
    """
    raise NotImplementedError("perceptron.fit_perceptron")
