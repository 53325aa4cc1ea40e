"""Tests of `clip_grad_norm` that you write: they pass beside right versions, and fail beside wrong ones.

A test is a function whose name begins with `test_`. It calls `clip_grad_norm` with numbers whose answer you know, and
asserts what has to hold. Write as many as you like, up to twenty. Every test is run by itself, beside functions that
are not yours: it may import NumPy and pytest (`raises`, `approx`, `mark.parametrize`), and of this unit
`clip_grad_norm` alone.

Examples
--------
The length of (3, 4) is 5, which is less than 10, so nothing changes:

>>> clipped, length = clip_grad_norm([np.array([3.0, 4.0])], 10.0)
>>> assert length == 5
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np
import pytest

from .training import clip_grad_norm


def test_clip_grad_norm():
    """Assert what every right `clip_grad_norm` does, and wrong ones do not."""
    raise NotImplementedError("rnn.test_clip_grad_norm")
