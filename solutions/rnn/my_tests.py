"""Tests of `clip_grad_norm` that you write: they pass beside right versions, and fail beside wrong ones.

A test is a function whose name begins with `test_`. It calls `clip_grad_norm` with numbers whose answer you know, and
asserts what has to hold. Write as many as you like, up to twenty. Every test is run by itself, beside functions that
are not yours: it may import NumPy and pytest (`raises`, `approx`, `mark.parametrize`), and of this unit
`clip_grad_norm` alone.

Examples
--------
The length of (3, 4) is 5, which is less than 10, so nothing changes:

>>> clipped, length = clip_grad_norm([np.array([3.0, 4.0])], 10.0)
>>> assert length == 5
"""

import numpy as np
import pytest

from .training import clip_grad_norm


def test_clip_grad_norm():
    """Assert what every right `clip_grad_norm` does, and wrong ones do not."""
    ### BEGIN SOLUTION
    grads = [np.array([[1.0, -4.0]]), np.array([8.0])]
    clipped, length = clip_grad_norm(grads, 4.5)
    assert length == pytest.approx(9.0)
    np.testing.assert_allclose(clipped[0], [[0.5, -2.0]], rtol=1e-6)
    np.testing.assert_allclose(clipped[1], [4.0], rtol=1e-6)
    assert (grads[0].tolist(), grads[1].tolist()) == ([[1.0, -4.0]], [8.0])
    ### END SOLUTION


### BEGIN SOLUTION ONLY
def test_short_gradients_stay():
    """Assert that what is shorter than the bound is not made longer."""
    clipped, length = clip_grad_norm([np.array([2.0]), np.array([3.0, 6.0])], 70.0)
    assert length == pytest.approx(7.0)
    np.testing.assert_allclose(clipped[0], [2.0])
    np.testing.assert_allclose(clipped[1], [3.0, 6.0])


def test_gradients_of_zero_stay():
    """Assert that nothing is divided by zero."""
    clipped, length = clip_grad_norm([np.zeros(2)], 1.0)
    assert (clipped[0].tolist(), float(length)) == ([0.0, 0.0], 0.0)


def test_float32_stays():
    """Assert that clipped gradients have the dtype of those that were passed in."""
    (clipped,), _ = clip_grad_norm([np.array([6.0, 8.0], np.float32)], 5.0)
    assert clipped.dtype == np.float32


### END SOLUTION ONLY
