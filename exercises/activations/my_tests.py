"""Tests of `factor_per_layer` that you write: they pass beside right versions, and fail beside wrong ones.

A test is a function whose name begins with `test_`. It calls `factor_per_layer` with numbers whose answer you know, and
asserts what has to hold. Write as many as you like, up to twenty. Every test is run by itself, beside functions that
are not yours: it may import NumPy and pytest (`raises`, `approx`, `mark.parametrize`), and of this unit
`factor_per_layer` alone.

Examples
--------
One step from 2 to 6 is a factor of 3:

>>> assert factor_per_layer(np.array([6.0, 2.0])) == 3
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np
import pytest

from .vanishing import factor_per_layer


def test_factor_per_layer():
    """Assert what every right `factor_per_layer` does, and wrong ones do not."""
    raise NotImplementedError("activations.test_factor_per_layer")
