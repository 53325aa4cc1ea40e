"""Tests of `soft_threshold` that you write: they pass beside right versions, and fail beside wrong ones.

A test is a function whose name begins with `test_`. It calls `soft_threshold` with numbers whose answer you know, and
asserts what has to hold. Write as many as you like, up to twenty. Every test is run by itself, beside functions that
are not yours: it may import NumPy and pytest (`raises`, `approx`, `mark.parametrize`), and of this unit
`soft_threshold` alone.

Examples
--------
Half is taken away from what is larger than a half:

>>> assert soft_threshold(np.array([1.25]), amount=0.5)[0] == 0.75
"""

import numpy as np
import pytest

from .penalties import soft_threshold


def test_soft_threshold():
    """Assert what every right `soft_threshold` does, and wrong ones do not."""
    ### BEGIN SOLUTION
    weight = np.array([[5.0, -2.0], [0.75, -0.75], [1.5, 0.0]])
    before = weight.copy()
    after = soft_threshold(weight, amount=1.0)
    np.testing.assert_allclose(after, [[4.0, -1.0], [0.0, 0.0], [0.5, 0.0]])
    np.testing.assert_array_equal(weight, before)
    np.testing.assert_allclose(soft_threshold(weight, amount=0.0), weight)
    np.testing.assert_allclose(soft_threshold(weight, amount=0.25)[:, 0], [4.75, 0.5, 1.25])
    ### END SOLUTION


### BEGIN SOLUTION ONLY
def test_a_negative_amount_is_refused():
    """Assert that nothing moves away from zero."""
    with pytest.raises(ValueError):
        soft_threshold(np.array([1.0, -1.0]), amount=-0.25)


def test_float32_stays():
    """Assert that the weights keep their dtype and shape."""
    after = soft_threshold(np.array([[2.0, -3.0]], np.float32), amount=0.5)
    assert after.dtype == np.float32
    assert after.tolist() == [[1.5, -2.5]]


### END SOLUTION ONLY
