"""The kernel perceptron: curved boundaries from a rule that only knows straight ones.

Rosenblatt's rule adds examples to the weights and subtracts them. So the weights always are a sum of examples, and
their product with a new example is a sum of products of examples:

    weights = sum over j of alpha_j s_j x_j           weights · x = sum over j of alpha_j s_j (x_j · x)

alpha_j counts the mistakes made on example j, s_j is its label as a sign: +1 for label 1, -1 for label 0. The weights
are not needed any more, only products of examples. Replace the product by a kernel k(x_j, x), which is a product in
some larger space of features, and the neuron works in that space without ever going there: XOR needs no hidden layer.

The values of a kernel between two sets of points form their Gram matrix; training and prediction see nothing else.

References
----------
Aizerman, Braverman, Rozonoer (1964), Theoretical foundations of the potential function method in pattern recognition
learning.
Freund, Schapire (1999), Large margin classification using the perceptron algorithm, section 4.
Saunders, Gammerman, Vovk (1998), Ridge regression learning algorithm in dual variables.
Bishop (2006), Pattern recognition and machine learning, sections 6.1 and 6.2.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array

from .neuron import step


def polynomial_kernel(
    a: Float[Array, "N D"], b: Float[Array, "P D"], *, degree: int = 2, constant: float = 1.0
) -> Float[Array, "N P"]:
    """Return the polynomial kernel between every row of `a` and every row of `b`.

        k(a, b) = (a · b + constant)^degree

    It is a product of features, namely of all products of up to `degree` inputs; the constant is what brings in the
    lower degrees and the bias.

    Parameters
    ----------
    a, b : ndarray
        Two sets of points, one per row.
    degree : int
    constant : float

    Returns
    -------
    gram : ndarray
        Row i, column j holds k(a_i, b_j).

    Examples
    --------
    >>> polynomial_kernel(np.array([[1.0, 2.0]]), np.array([[3.0, -1.0], [0.0, 1.0]]), degree=2, constant=1.0)
    array([[4., 9.]])
    """
    raise NotImplementedError("perceptron.polynomial_kernel")


def rbf_kernel(a: Float[Array, "N D"], b: Float[Array, "P D"], *, gamma: float = 1.0) -> Float[Array, "N P"]:
    """Return the Gaussian (radial basis function) kernel between every row of `a` and every row of `b`.

        k(a, b) = exp(-gamma * |a - b|^2)

    It says how near two points are: 1 for the same point, towards 0 with the distance, the faster the larger gamma.
    Take the distance from the differences. Its expansion a·a + b·b - 2 a·b loses all digits where the points are close
    to each other and far from the origin.

    Parameters
    ----------
    a, b : ndarray
        Two sets of points, one per row.
    gamma : float

    Returns
    -------
    gram : ndarray
        Row i, column j holds k(a_i, b_j).

    Examples
    --------
    The squared distances are 4 and 1:

    >>> rbf_kernel(np.array([[0.0, 0.0]]), np.array([[2.0, 0.0], [0.0, 1.0]]), gamma=0.5).round(4)
    array([[0.1353, 0.6065]])
    """
    raise NotImplementedError("perceptron.rbf_kernel")


def fit_kernel_perceptron(
    gram: Float[Array, "N N"], y: Float[Array, "N"], *, max_epochs: int = 100
) -> tuple[Float[Array, "N"], Int[Array, "EPOCHS"]]:
    """Train a kernel perceptron from zero until it makes no more mistakes.

    As `fit_perceptron`, example after example and epoch after epoch, but a mistake on example i is only noted:

        score_i = sum over j of alpha_j s_j gram[i, j]        answer = 1 where score_i >= 0, else 0
        alpha_i = alpha_i + 1 where the answer is wrong       s_j = +1 for label 1, -1 for label 0

    There is no bias; the kernel's feature space has a constant feature if it needs one.

    Parameters
    ----------
    gram : ndarray
        The kernel between every two training examples.
    y : ndarray
        Right answers, 0 or 1.
    max_epochs : int

    Returns
    -------
    alpha : ndarray
        Mistakes made on each example, in the dtype of `gram`.
    mistakes : ndarray of int
        Mistakes made in each epoch; the last is 0 if all examples have been learned.

    References
    ----------
    Freund, Schapire (1999), section 4.

    Examples
    --------
    The gate NOT once more, with the kernel a · b + 1:

    >>> fit_kernel_perceptron(np.array([[1.0, 1.0], [1.0, 2.0]]), np.array([1.0, 0.0]))
    (array([1., 1.]), array([1, 1, 0]))
    """
    raise NotImplementedError("perceptron.fit_kernel_perceptron")


def predict_kernel_perceptron(
    gram: Float[Array, "P N"], alpha: Float[Array, "N"], y: Float[Array, "N"]
) -> Float[Array, "P"]:
    """Answer 0 or 1 for new points with a trained kernel perceptron.

        score_i = sum over j of alpha_j s_j gram[i, j]        answer = 1 where score_i >= 0, else 0

    Parameters
    ----------
    gram : ndarray
        The kernel between every new point (rows) and every training example (columns).
    alpha : ndarray
        What `fit_kernel_perceptron` returned.
    y : ndarray
        The labels of the training examples, 0 or 1.

    Returns
    -------
    answers : ndarray

    Examples
    --------
    The scores are 2·1 - 1·3 = -1, 2·(-1) - 1·3 = -5 and 2·2 - 1·1 = 3:

    >>> gram = np.array([[1.0, 3.0], [-1.0, 3.0], [2.0, 1.0]])
    >>> predict_kernel_perceptron(gram, np.array([2.0, 1.0]), np.array([1.0, 0.0]))
    array([0., 0., 1.])
    """
    raise NotImplementedError("perceptron.predict_kernel_perceptron")


def kernel_ridge(gram: Float[Array, "N N"], y: Float[Array, "N C"], *, l2: float) -> Float[Array, "N C"]:
    """Fit numbers instead of labels: linear regression with a penalty, in the feature space of a kernel.

    The prediction for a new point is a sum over the training examples, as the kernel perceptron's score is, but the
    coefficients are the solution of a linear system. They minimize the squared error plus `l2` times the squared length
    of the weights in feature space:

        prediction(x) = sum over j of  alpha_j k(x, x_j)          (gram + l2 I) alpha = y

    Parameters
    ----------
    gram : ndarray
        The kernel between every two training examples.
    y : ndarray
        The targets, C numbers per example.
    l2 : float
        Positive. The larger, the smoother; it also makes the system solvable where `gram` is singular.

    Returns
    -------
    alpha : ndarray
        The coefficients, in the dtype of `gram`; ``rbf_kernel(new, x) @ alpha`` predicts.

    References
    ----------
    Saunders, Gammerman, Vovk (1998), Ridge regression learning algorithm in dual variables, section 2.
    Bishop (2006), equation 6.8.

    Examples
    --------
    >>> kernel_ridge(np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([[8.0], [0.0]]), l2=1.0)
    array([[ 3.],
           [-1.]])
    """
    raise NotImplementedError("perceptron.kernel_ridge")
