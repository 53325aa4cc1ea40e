"""Two clouds of points with a gap of known width between them: what the perceptron's convergence theorem speaks of."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array


@dataclass(frozen=True)
class SeparableClouds:
    """Points of two classes, and the hyperplane between them.

    Attributes
    ----------
    x : ndarray of shape (N, D)
    y : ndarray of shape (N,)
        0 or 1; both occur.
    normal : ndarray of shape (D,)
        Of length 1; points to the side of class 1.
    offset : float
        ``x @ normal + offset`` is the signed distance from the hyperplane.
    margin : float
        No point is nearer to the hyperplane than this.
    """

    x: Float[Array, "N D"]
    y: Float[Array, "N"]
    normal: Float[Array, "D"]
    offset: float
    margin: float


def separable_clouds(rng: np.random.Generator, points: int, features: int, *, margin: float) -> SeparableClouds:
    """Draw points of two classes on the two sides of a random hyperplane.

    Parameters
    ----------
    rng : numpy.random.Generator
    points : int
        At least 2.
    features : int
    margin : float
        The distance from the hyperplane that every point keeps.

    Returns
    -------
    SeparableClouds

    Examples
    --------
    >>> clouds = separable_clouds(np.random.default_rng(0), 20, 2, margin=0.5)
    >>> distance = (clouds.x @ clouds.normal + clouds.offset) * (2 * clouds.y - 1)
    >>> bool(distance.min() >= 0.5)
    True
    """
    direction = rng.normal(size=features)
    normal, offset = direction / np.linalg.norm(direction), float(rng.normal())
    y = rng.permutation(np.arange(points) % 2).astype(float)
    scattered = rng.normal(size=(points, features))
    distance = scattered @ normal + offset
    wanted = (2 * y - 1) * (margin + np.abs(distance) + 1e-9)  # the last term is more than rounding takes away
    return SeparableClouds(scattered + np.outer(wanted - distance, normal), y, normal, offset, margin)
