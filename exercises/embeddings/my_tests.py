"""Tests of `cosine_similarities` that you write: they pass beside right versions, and fail beside wrong ones.

A test is a function whose name begins with `test_`. It calls `cosine_similarities` with numbers whose answer you know,
and asserts what has to hold. Write as many as you like, up to twenty. Every test is run by itself, beside functions
that are not yours: it may import NumPy and pytest (`raises`, `approx`, `mark.parametrize`), and of this unit
`cosine_similarities` alone.

Examples
--------
Vectors at right angles have the similarity 0:

>>> assert cosine_similarities(np.array([[0.0, 7.0]]), np.array([[2.0, 0.0]]))[0, 0] == 0
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np

from .geometry import cosine_similarities


def test_cosine_similarities():
    """Assert what every right `cosine_similarities` does, and wrong ones do not."""
    raise NotImplementedError("embeddings.test_cosine_similarities")
