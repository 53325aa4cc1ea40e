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

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np
import pytest

from .losses import mse_loss


def test_mse_loss():
    """Assert what every right `mse_loss` does, and wrong ones do not."""
    raise NotImplementedError("backprop.test_mse_loss")
