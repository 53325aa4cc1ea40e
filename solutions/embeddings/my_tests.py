"""Tests of `cosine_similarities` that you write: they pass beside right versions, and fail beside wrong ones.

A test is a function whose name begins with `test_`. It calls `cosine_similarities` with numbers whose answer you know,
and asserts what has to hold. Write as many as you like, up to twenty. Every test is run by itself, beside functions
that are not yours: it may import NumPy and pytest (`raises`, `approx`, `mark.parametrize`), and of this unit
`cosine_similarities` alone.

Examples
--------
Vectors at right angles have the similarity 0:

>>> assert cosine_similarities(np.array([[0.0, 7.0]]), np.array([[2.0, 0.0]]))[0, 0] == 0
"""

import numpy as np

from .geometry import cosine_similarities


def test_cosine_similarities():
    """Assert what every right `cosine_similarities` does, and wrong ones do not."""
    ### BEGIN SOLUTION
    x = np.array([[3.0, 4.0], [0.0, -2.0]])
    y = np.array([[4.0, 3.0], [-6.0, -8.0], [12.0, 5.0]])
    expected = [[24 / 25, -1.0, 56 / 65], [-3 / 5, 4 / 5, -5 / 13]]
    np.testing.assert_allclose(cosine_similarities(x, y), expected, rtol=1e-9)
    ### END SOLUTION


### BEGIN SOLUTION ONLY
def test_a_row_of_zeros_is_similar_to_nothing():
    """Assert that zeros on either side give 0, and no division by it."""
    zeros, other = np.zeros((1, 3)), np.array([[1.0, 2.0, 2.0]])
    assert cosine_similarities(zeros, other).tolist() == [[0.0]]
    assert cosine_similarities(other, zeros).tolist() == [[0.0]]


def test_arguments_and_float32_stay():
    """Assert that the vectors are not changed, and that their dtype stays."""
    x, y = np.array([[2.0, 0.0]], np.float32), np.array([[0.0, 3.0], [5.0, 0.0]], np.float32)
    similarities = cosine_similarities(x, y)
    assert similarities.dtype == np.float32
    assert similarities.tolist() == [[0.0, 1.0]]
    assert (x.tolist(), y.tolist()) == ([[2.0, 0.0]], [[0.0, 3.0], [5.0, 0.0]])


### END SOLUTION ONLY
