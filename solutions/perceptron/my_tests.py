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

import numpy as np

from .neuron import predict


def test_predict():
    """Assert what every right `predict` does, and wrong ones do not."""
    ### BEGIN SOLUTION
    x = np.array([[4.0, 1.0], [0.0, 2.0], [1.0, 0.0], [0.0, 0.0]])
    answers = predict(x, np.array([1.0, -3.0]), -1.0)  # the sums: 0, -7, 0 and -1
    np.testing.assert_array_equal(answers, [1.0, 0.0, 1.0, 0.0])
    assert answers.dtype == x.dtype
    np.testing.assert_array_equal(predict(x, np.array([1.0, -3.0]), 6.5), [1.0, 1.0, 1.0, 1.0])
    np.testing.assert_array_equal(predict(x, np.array([-2.0, 1.0]), 7.5), [1.0, 1.0, 1.0, 1.0])
    ### END SOLUTION


### BEGIN SOLUTION ONLY
def test_predict_keeps_float32():
    """Assert that the answers have the dtype of the examples, and that these stay as they are."""
    x = np.array([[1.0, 2.0], [-3.0, 0.5]], np.float32)
    before = x.copy()
    answers = predict(x, np.array([1.0, 1.0], np.float32), 0.5)
    assert answers.dtype == np.float32
    assert answers.tolist() == [1.0, 0.0]
    np.testing.assert_array_equal(x, before)


### END SOLUTION ONLY
