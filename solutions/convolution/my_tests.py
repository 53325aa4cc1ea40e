"""Tests of `conv_output_size` that you write: they pass beside right versions, and fail beside wrong ones.

A test is a function whose name begins with `test_`. It calls `conv_output_size` with numbers whose answer you know, and
asserts what has to hold. Write as many as you like, up to twenty. Every test is run by itself, beside functions that
are not yours: it may import NumPy and pytest (`raises`, `approx`, `mark.parametrize`), and of this unit
`conv_output_size` alone.

Examples
--------
A window of two pixels stops four times on five pixels:

>>> assert conv_output_size(5, 2) == 4
"""

import pytest

from .conv import conv_output_size


def test_conv_output_size():
    """Assert what every right `conv_output_size` does, and wrong ones do not."""
    ### BEGIN SOLUTION
    assert conv_output_size(7, 3) == 5
    assert conv_output_size(7, 7) == 1
    assert conv_output_size(8, 3, stride=2) == 3  # one pixel is left over
    assert conv_output_size(7, 3, padding=2) == 9
    assert conv_output_size(9, 3, dilation=2) == 5
    assert conv_output_size(10, 4, stride=3, padding=1, dilation=2) == 2
    ### END SOLUTION


### BEGIN SOLUTION ONLY
def test_a_window_that_does_not_fit_is_refused():
    """Assert that the smallest window that is too large raises a ValueError."""
    with pytest.raises(ValueError):
        conv_output_size(4, 5)
    with pytest.raises(ValueError):
        conv_output_size(4, 3, dilation=2)
    assert conv_output_size(5, 3, dilation=2) == 1


### END SOLUTION ONLY
