"""Tests of `predict`, written by you: they have to pass beside every right neuron, and to fail beside wrong ones.

A test is a function whose name begins with `test_`. It calls `predict` with numbers whose answer you know, and asserts
what has to hold. Write as many as you like, up to twenty. Every test is run by itself, beside neurons that are not
yours: it may import NumPy and pytest (`raises`, `approx`, `mark.parametrize`), and of this unit `predict` alone.

Examples
--------
A test asserts what is known by hand. Here the sum is 1 · 2 - 1 · 1 = 1, so the neuron fires:

>>> answers = predict(np.array([[2.0, 1.0]]), np.array([1.0, -1.0]), 0.0)
>>> assert answers[0] == 1
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np

from .neuron import predict


def test_predict():
    """Assert what every right `predict` does, and wrong ones do not."""
    raise NotImplementedError("perceptron.test_predict")
