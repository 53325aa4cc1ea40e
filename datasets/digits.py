"""Handwritten digits: the 1,797 images of 8 x 8 pixels that ship inside scikit-learn.

They are the test set of "Optical Recognition of Handwritten Digits" (Alpaydin, Kaynak, 1998, UCI repository): bitmaps
of 32 x 32 pixels by 13 people, reduced to the counts, 0 to 16, of ink in blocks of 4 x 4. No network is needed.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array


@dataclass(frozen=True)
class Digits:
    """The digits, split for training and testing.

    Attributes
    ----------
    train_images, test_images : ndarray, shape (N, 1, 8, 8)
        Grey values from 0 (paper) to 1 (ink), float64.
    train_labels, test_labels : ndarray, shape (N,)
        0 to 9.
    """

    train_images: Float[Array, "N 1 8 8"]
    train_labels: Int[Array, "N"]
    test_images: Float[Array, "T 1 8 8"]
    test_labels: Int[Array, "T"]


def load_digits(*, test_size: int = 360, seed: int = 0) -> Digits:
    """Return the digits in a random split that depends on the seed alone.

    Parameters
    ----------
    test_size : int
        How many of the 1,797 images are kept for testing.
    seed : int

    Returns
    -------
    Digits

    Raises
    ------
    ValueError
        The split would leave one side empty.

    Examples
    --------
    >>> digits = load_digits()
    >>> digits.train_images.shape, digits.test_images.shape
    ((1437, 1, 8, 8), (360, 1, 8, 8))
    """
    from sklearn import datasets  # noqa: PLC0415 (takes a second to import; only who wants digits pays)

    images, labels = datasets.load_digits(return_X_y=True)
    if not 0 < test_size < len(images):
        raise ValueError(f"test_size must lie between 1 and {len(images) - 1}, not {test_size}")
    order = np.random.default_rng(seed).permutation(len(images))
    images, labels = images[order].reshape(-1, 1, 8, 8) / 16.0, labels[order]
    return Digits(images[test_size:], labels[test_size:], images[:test_size], labels[:test_size])
