"""k-means: groups without labels, each described by its mean.

Two steps by turns: every example goes to the centre that is nearest, and every centre moves to the mean of its
examples. Neither step makes the sum of squared distances larger, and there are finitely many ways to divide the
examples: it ends. It ends in a valley, not always in the lowest one.

References
----------
Lloyd (1982), Least squares quantization in PCM; written in 1957.
MacQueen (1967), Some methods for classification and analysis of multivariate observations.
"""

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array


def kmeans_assign(x: Float[Array, "N D"], centers: Float[Array, "K D"]) -> Int[Array, "N"]:
    """Return for every example the number of the nearest centre; of equally near ones the first.

    Parameters
    ----------
    x, centers : ndarray

    Returns
    -------
    labels : ndarray of int
        0 to K - 1.

    Examples
    --------
    >>> kmeans_assign(np.array([[0.0, 0], [5, 5], [1, 0]]), np.array([[0.0, 0], [4, 4]]))
    array([0, 1, 0])
    """
    ### BEGIN SOLUTION
    return ((x[:, None] - centers) ** 2).sum(axis=2).argmin(axis=1)
    ### END SOLUTION


def kmeans_update(x: Float[Array, "N D"], labels: Int[Array, "N"], centers: Float[Array, "K D"]) -> Float[Array, "K D"]:
    """Move every centre to the mean of its examples; one without examples stays where it is.

    Parameters
    ----------
    x : ndarray
    labels : ndarray of int
        Of each example the number of its centre.
    centers : ndarray
        Where the centres are now.

    Returns
    -------
    centers : ndarray
        A new array.

    Examples
    --------
    >>> kmeans_update(np.array([[0.0, 0], [2, 4]]), np.array([1, 1]), np.array([[7.0, 7], [0, 0]]))
    array([[7., 7.],
           [1., 2.]])
    """
    ### BEGIN SOLUTION
    moved = centers.copy()
    for label in np.unique(labels):
        moved[label] = x[labels == label].mean(axis=0)
    return moved
    ### END SOLUTION


def kmeans(
    x: Float[Array, "N D"], k: int, rng: np.random.Generator, *, max_iterations: int = 100
) -> tuple[Float[Array, "K D"], Int[Array, "N"], float]:
    """Group examples around k centres.

    The centres begin at k different examples, drawn from `rng`. Then assignment and update by turns, until an update
    moves no centre, or `max_iterations` updates have been made.

    Parameters
    ----------
    x : ndarray
    k : int
        At most N.
    rng : numpy.random.Generator
    max_iterations : int
        0 leaves the centres where they begin.

    Returns
    -------
    centers : ndarray
    labels : ndarray of int
        Of each example the nearest of the returned centres.
    inertia : float
        The sum of the squared distances of all examples to their centres.

    References
    ----------
    Lloyd (1982); Forgy (1965), Cluster analysis of multivariate data, for the beginning.

    Examples
    --------
    >>> centers, labels, inertia = kmeans(np.array([[0.0], [1], [10], [11]]), 2, np.random.default_rng(0))
    >>> np.sort(centers[:, 0]), inertia
    (array([ 0.5, 10.5]), 1.0)
    """
    ### BEGIN SOLUTION
    centers = x[rng.choice(len(x), size=k, replace=False)]
    labels = kmeans_assign(x, centers)
    for _ in range(max_iterations):
        moved = kmeans_update(x, labels, centers)
        if np.array_equal(moved, centers):
            break
        centers = moved
        labels = kmeans_assign(x, centers)
    return centers, labels, float(((x - centers[labels]) ** 2).sum())
    ### END SOLUTION
