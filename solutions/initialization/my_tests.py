"""Tests of `calculate_gain` that you write: they pass beside right versions, and fail beside wrong ones.

A test is a function whose name begins with `test_`. It calls `calculate_gain` with numbers whose answer you know, and
asserts what has to hold. Write as many as you like, up to twenty. Every test is run by itself, beside functions that
are not yours: it may import NumPy and pytest (`raises`, `approx`, `mark.parametrize`), and of this unit
`calculate_gain` alone.

Examples
--------
A plain ReLU loses half of the mean square:

>>> assert abs(calculate_gain("relu") ** 2 - 2) < 1e-12
"""

import math

import pytest

from .schemes import calculate_gain


def test_calculate_gain():
    """Assert what every right `calculate_gain` does, and wrong ones do not."""
    ### BEGIN SOLUTION
    assert calculate_gain("relu") == pytest.approx(math.sqrt(2))
    assert calculate_gain("relu", 3.0) == pytest.approx(math.sqrt(2))
    assert calculate_gain("leaky_relu", 3.0) == pytest.approx(math.sqrt(0.2))
    assert calculate_gain("leaky_relu", 0.0) == pytest.approx(math.sqrt(2))
    assert calculate_gain("leaky_relu") == pytest.approx(math.sqrt(2 / 1.0001), rel=1e-9)
    ### END SOLUTION


### BEGIN SOLUTION ONLY
@pytest.mark.parametrize(("name", "gain"), [("tanh", 5 / 3), ("sigmoid", 1.0), ("linear", 1.0), ("selu", 0.75)])
def test_other_gains(name, gain):
    """Assert the gains that are constants."""
    assert calculate_gain(name) == pytest.approx(gain)
    assert calculate_gain(name, 2.0) == pytest.approx(gain)


def test_an_unknown_name_is_refused():
    """Assert that a typo does not go unnoticed."""
    with pytest.raises(ValueError):
        calculate_gain("softly")


### END SOLUTION ONLY
