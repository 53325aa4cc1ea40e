"""Examples for learning, for choosing, and for a single judgement at the end.

Whoever tries ten networks on the same examples and reports the best one reports good luck as well as good work. So the
examples are divided before anything else is done with them:

    training      the weights are learned from these
    validation    rates, penalties and the epoch to stop at are chosen with these
    test          looked at once, when everything is chosen

References
----------
Stone (1974), Cross-validatory choice and assessment of statistical predictions.
Bishop (2006), Pattern recognition and machine learning, section 1.3.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np
from jaxtyping import Int
from numpy import ndarray as Array


def train_validation_test(
    n: int, rng: np.random.Generator, *, shares: tuple[float, float, float]
) -> tuple[Int[Array, "A"], Int[Array, "B"], Int[Array, "C"]]:
    """Divide the indices 0 to n - 1 among three parts at random; each index belongs to exactly one part.

    Validation and test get their share of n, rounded down, and training gets what remains. All divisions into parts of
    these sizes are equally likely, so that the order in which examples were collected does not matter.

    Parameters
    ----------
    n : int
        How many examples there are.
    rng : numpy.random.Generator
        Draws all random numbers.
    shares : tuple of three floats
        The shares of training, validation and test. A share may be 0.

    Returns
    -------
    training : ndarray of int
    validation : ndarray of int
    test : ndarray of int
        The indices of each part, in any order.

    Raises
    ------
    ValueError
        There are not three shares, or one is negative, or their sum is not 1 (up to 1e-9, for rounding).

    References
    ----------
    Bishop (2006), section 1.3.

    Examples
    --------
    >>> parts = train_validation_test(11, np.random.default_rng(0), shares=(0.5, 0.25, 0.25))
    >>> [len(part) for part in parts], np.sort(np.concatenate(parts))
    ([7, 2, 2], array([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10]))
    """
    raise NotImplementedError("dropout_batchnorm.train_validation_test")
