"""Four linear models that differ only in their loss.

All of them compute the same scores, with the weights laid out as in `torch.nn.Linear`: one row per output.

    z = x @ weight.T + bias                                  weight (out, in), bias (out,)

What the scores mean, and what a wrong one costs, makes the model:

    linear regression     z is the prediction          mean of (z - y)^2 over all entries
    logistic regression   sigmoid(z) = P(y = 1)        mean of  log(1 + e^z) - y z            y is 0 or 1
    softmax regression    softmax(z) = P(class)        mean of  log(sum over c of e^z_c) - z_y
    linear SVM            the sign of z is the answer  mean of  max(0, 1 - y z)  + penalty    y is -1 or +1

Every loss comes with its gradient: the chain rule through the scores gives

    dweight = dz.T @ x           dbias = sum of dz over the examples           with dz = dloss/dz

so that only dz is new in each of them.

References
----------
Bishop (2006), Pattern recognition and machine learning, sections 3.1.1, 4.3.2, 4.3.4 and 7.1.
Shalev-Shwartz, Singer, Srebro, Cotter (2011), Pegasos: primal estimated sub-gradient solver for SVM.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array


def polynomial_features(x: Float[Array, "N D"], *, degree: int) -> Float[Array, "N P"]:
    """Return all products of at most `degree` inputs, so that a linear model fits a polynomial.

    For two inputs a, b and degree 2 these are a, b, a a, a b, b b: each set of inputs once, an input also repeated. The
    products of one input come first, then those of two, and so on; within a degree, they are in the order in which
    `itertools.combinations_with_replacement` gives the inputs. There is no constant: linear models have a bias.

    Parameters
    ----------
    x : ndarray
        One example per row.
    degree : int
        At least 1.

    Returns
    -------
    features : ndarray
        A new array with one row per example, in the dtype of `x`.

    References
    ----------
    Bishop (2006), section 1.1 and exercise 1.16.

    Examples
    --------
    >>> polynomial_features(np.array([[2.0, 3.0], [1.0, -1.0]]), degree=2)
    array([[ 2.,  3.,  4.,  6.,  9.],
           [ 1., -1.,  1., -1.,  1.]])
    """
    raise NotImplementedError("perceptron.polynomial_features")


def fit_linear_regression(
    x: Float[Array, "N D"], y: Float[Array, "N C"]
) -> tuple[Float[Array, "C D"], Float[Array, "C"]]:
    """Find the weights and biases with the smallest squared error, without any iteration.

    A column of ones appended to `x` makes the bias one more weight, and the fit a least-squares problem. Where columns
    depend on each other, or where there are fewer examples than weights, many solutions are equally good; the answer
    is then the one with the smallest norm, bias included. `np.linalg.lstsq` and `np.linalg.pinv` find it. Inverting
    the normal equations (A.T @ A) does not: that matrix is singular then.

    Parameters
    ----------
    x : ndarray
        One example per row.
    y : ndarray
        The targets, C numbers per example.

    Returns
    -------
    weight : ndarray
    bias : ndarray

    References
    ----------
    Bishop (2006), equation 3.15.

    Examples
    --------
    Three points on the line y = 2 x + 1:

    >>> weight, bias = fit_linear_regression(np.array([[0.0], [1.0], [3.0]]), np.array([[1.0], [3.0], [7.0]]))
    >>> weight.round(6), bias.round(6)
    (array([[2.]]), array([1.]))
    """
    raise NotImplementedError("perceptron.fit_linear_regression")


def linear_regression_loss(
    x: Float[Array, "N D"], y: Float[Array, "N C"], weight: Float[Array, "C D"], bias: Float[Array, "C"]
) -> tuple[Float[Array, ""], Float[Array, "C D"], Float[Array, "C"]]:
    """Return the mean squared error of a linear model, and its gradient.

        loss = mean of (x @ weight.T + bias - y)^2

    The mean goes over all N * C entries, as in `torch.nn.functional.mse_loss`.

    Parameters
    ----------
    x : ndarray
        One example per row.
    y : ndarray
        The targets.
    weight, bias : ndarray

    Returns
    -------
    loss : float
    dweight : ndarray
    dbias : ndarray

    Examples
    --------
    The predictions are 3 and 1, the targets 1 and 2:

    >>> x, y = np.array([[1.0], [0.0]]), np.array([[1.0], [2.0]])
    >>> loss, dweight, dbias = linear_regression_loss(x, y, np.array([[2.0]]), np.array([1.0]))
    >>> float(loss), dweight, dbias
    (2.5, array([[2.]]), array([1.]))
    """
    raise NotImplementedError("perceptron.linear_regression_loss")


def logistic_regression_loss(
    x: Float[Array, "N D"], y: Float[Array, "N"], weight: Float[Array, "1 D"], bias: Float[Array, "1"]
) -> tuple[Float[Array, ""], Float[Array, "1 D"], Float[Array, "1"]]:
    """Return the cross-entropy of a logistic regression, and its gradient.

    The neuron with its step replaced by the sigmoid: P(y = 1) = 1 / (1 + e^-z). The cost of an example is minus the
    logarithm of the probability that it gives to the right label,

        loss = mean of  log(1 + e^z) - y z                dloss/dz = (sigmoid(z) - y) / N

    e^z overflows for z > 710; both must stay right up to z = ±10,000 (`np.logaddexp` is one way).

    Parameters
    ----------
    x : ndarray
        One example per row.
    y : ndarray
        Labels, 0 or 1. Mind the shapes: N labels, but the scores come out as (N, 1).
    weight, bias : ndarray

    Returns
    -------
    loss : float
    dweight : ndarray
    dbias : ndarray

    References
    ----------
    Bishop (2006), equations 4.90 and 4.91.

    Examples
    --------
    Zero weights give every example the probability 1/2, so the loss is log 2:

    >>> x, y = np.array([[1.0, 2.0], [3.0, -2.0]]), np.array([1.0, 0.0])
    >>> loss, dweight, dbias = logistic_regression_loss(x, y, np.zeros((1, 2)), np.zeros(1))
    >>> round(float(loss), 6), dweight, dbias
    (0.693147, array([[ 0.5, -1. ]]), array([0.]))
    """
    raise NotImplementedError("perceptron.logistic_regression_loss")


def softmax_regression_loss(
    x: Float[Array, "N D"], y: Int[Array, "N"], weight: Float[Array, "C D"], bias: Float[Array, "C"]
) -> tuple[Float[Array, ""], Float[Array, "C D"], Float[Array, "C"]]:
    """Return the cross-entropy of a softmax regression, and its gradient.

    One score per class; the softmax turns the C scores of an example into probabilities. With z_y the score of the
    right class,

        loss = mean of  log(sum over c of e^z_c) - z_y          dloss/dz = (softmax(z) - onehot(y)) / N

    The same number may be subtracted from all scores of an example without changing anything. Subtract the largest,
    and nothing overflows: both must stay right up to z = ±10,000.

    Parameters
    ----------
    x : ndarray
        One example per row.
    y : ndarray
        Class numbers, 0 to C - 1.
    weight, bias : ndarray

    Returns
    -------
    loss : float
    dweight : ndarray
    dbias : ndarray

    References
    ----------
    Bishop (2006), equations 4.108 and 4.109.

    Examples
    --------
    Zero weights give each of the four classes the probability 1/4, so the loss is log 4:

    >>> loss, _, dbias = softmax_regression_loss(np.array([[1.0, 2.0]]), np.array([2]), np.zeros((4, 2)), np.zeros(4))
    >>> round(float(loss), 6), dbias
    (1.386294, array([ 0.25,  0.25, -0.75,  0.25]))
    """
    raise NotImplementedError("perceptron.softmax_regression_loss")


def linear_svm_loss(
    x: Float[Array, "N D"],
    y: Float[Array, "N"],
    weight: Float[Array, "1 D"],
    bias: Float[Array, "1"],
    *,
    l2: float = 0.01,
) -> tuple[Float[Array, ""], Float[Array, "1 D"], Float[Array, "1"]]:
    """Return the hinge loss of a linear support vector machine, and its gradient.

    A right sign is not enough: every example should be right with a margin y z of at least 1. What it lacks is its
    cost, and an example beyond the margin costs and pulls nothing. Small weights mean a wide margin, hence the penalty:

        loss = mean of  max(0, 1 - y z)  +  l2 / 2 * sum of weight^2

    The bias is not penalized. At the kink, y z = 1 exactly, an example's gradient is taken to be 0.

    Parameters
    ----------
    x : ndarray
        One example per row.
    y : ndarray
        Labels, -1 or +1.
    weight, bias : ndarray
    l2 : float
        The strength of the penalty.

    Returns
    -------
    loss : float
    dweight : ndarray
    dbias : ndarray

    Raises
    ------
    ValueError
        A label is neither -1 nor +1.

    References
    ----------
    Shalev-Shwartz et al. (2011), equations 1 and 2.

    Examples
    --------
    The margins are 3 and 0.5; only the second example costs something:

    >>> x, y = np.array([[3.0], [-0.5]]), np.array([1.0, -1.0])
    >>> loss, dweight, dbias = linear_svm_loss(x, y, np.array([[1.0]]), np.zeros(1), l2=0.5)
    >>> float(loss), dweight, dbias
    (0.5, array([[0.25]]), array([0.5]))
    """
    raise NotImplementedError("perceptron.linear_svm_loss")
