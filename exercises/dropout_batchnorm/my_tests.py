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

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np
import pytest

from .penalties import soft_threshold


def test_soft_threshold():
    """Assert what every right `soft_threshold` does, and wrong ones do not."""
    raise NotImplementedError("dropout_batchnorm.test_soft_threshold")
