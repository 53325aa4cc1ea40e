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

import numpy as np
import pytest

from .vanishing import factor_per_layer


def test_factor_per_layer():
    """Assert what every right `factor_per_layer` does, and wrong ones do not."""
    ### BEGIN SOLUTION
    assert factor_per_layer(np.array([54.0, 1.0, 7.0, 2.0])) == pytest.approx(3.0)
    assert factor_per_layer(np.array([1.0, 9.0, 16.0])) == pytest.approx(0.25)
    assert factor_per_layer(np.array([10.0, 4.0])) == pytest.approx(2.5)
    ### END SOLUTION


### BEGIN SOLUTION ONLY
def test_a_single_layer_is_refused():
    """Assert that no factor comes from no steps, and that two layers are enough."""
    for norms in (np.array([3.0]), np.array([])):
        with pytest.raises(ValueError):
            factor_per_layer(norms)
    norms = np.array([1.0, 4.0])
    assert factor_per_layer(norms) == pytest.approx(0.25)
    assert norms.tolist() == [1.0, 4.0]


### END SOLUTION ONLY
