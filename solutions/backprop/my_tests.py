"""Tests of `mse_loss` that you write: they pass beside right versions, and fail beside wrong ones.

A test is a function whose name begins with `test_`. It calls `mse_loss` with numbers whose answer you know, and asserts
what has to hold. Write as many as you like, up to twenty. Every test is run by itself, beside functions that are not
yours: it may import NumPy and pytest (`raises`, `approx`, `mark.parametrize`), and of this unit `mse_loss` alone.

Examples
--------
One entry misses by 3, so the loss is 9 and its slope 6:

>>> loss, slope = mse_loss(np.array([4.0]), np.array([1.0]))
>>> assert (loss, slope[0]) == (9, 6)
"""

import numpy as np
import pytest

from .losses import mse_loss


def test_mse_loss():
    """Assert what every right `mse_loss` does, and wrong ones do not."""
    ### BEGIN SOLUTION
    prediction = np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]])
    target = np.array([[0.0, 2.0, 1.0], [0.5, 3.0, 1.0]])
    loss, slopes = mse_loss(prediction, target)
    assert loss == pytest.approx((1 + 4 + 9 + 4) / 6)
    np.testing.assert_allclose(slopes, np.array([[1.0, 0.0, -2.0], [0.0, -3.0, 2.0]]) / 3)
    ### END SOLUTION


### BEGIN SOLUTION ONLY
def test_shapes_that_differ_are_refused():
    """Assert that a column and a row do not become a matrix."""
    with pytest.raises(ValueError):
        mse_loss(np.ones((3, 1)), np.ones(3))


def test_arguments_stay():
    """Assert that neither argument is changed, and that the gradient has the dtype of the prediction."""
    prediction, target = np.array([1.0, 4.0], np.float32), np.array([2.0, 2.0], np.float32)
    _, slopes = mse_loss(prediction, target)
    assert (prediction.tolist(), target.tolist()) == ([1.0, 4.0], [2.0, 2.0])
    assert slopes.dtype == np.float32


### END SOLUTION ONLY
