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

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import pytest

from .conv import conv_output_size


def test_conv_output_size():
    """Assert what every right `conv_output_size` does, and wrong ones do not."""
    raise NotImplementedError("convolution.test_conv_output_size")
