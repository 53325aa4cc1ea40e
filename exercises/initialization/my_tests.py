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

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import math

import pytest

from .schemes import calculate_gain


def test_calculate_gain():
    """Assert what every right `calculate_gain` does, and wrong ones do not."""
    raise NotImplementedError("initialization.test_calculate_gain")
