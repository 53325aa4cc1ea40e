"""Delayed echo: one symbol to be remembered, then nothing but noise, then the question what it was.

The smallest task that needs a long memory. The loss is asked for at the last step alone, so everything that is learned
has to travel back over the whole delay.
"""

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array

NO_TARGET = -100  # torch's ignore_index: a step that is not asked about


def delayed_echo(
    rng: np.random.Generator, sequences: int, delay: int, *, symbols: int = 2, noise: int = 2
) -> tuple[Float[Array, "T N D"], Int[Array, "T N"]]:
    """Draw sequences of `delay` + 1 steps that begin with the symbol to be echoed.

    Parameters
    ----------
    rng : numpy.random.Generator
    sequences : int
        Every symbol stands at the beginning of equally many, if the division has no remainder.
    delay : int
        Steps between the symbol and the question.
    symbols : int
        How many different symbols there are to remember.
    noise : int
        How many different symbols may stand in between. They are others.

    Returns
    -------
    x : ndarray
        One-hot; the first `symbols` features are those to remember.
    targets : ndarray
        At the last step the sequence's first symbol, `NO_TARGET` elsewhere.

    Examples
    --------
    >>> x, targets = delayed_echo(np.random.default_rng(0), 2, 3)
    >>> bool((x[0].argmax(axis=1) == targets[-1]).all()), targets[:-1].tolist()
    (True, [[-100, -100], [-100, -100], [-100, -100]])
    """
    drawn = rng.integers(symbols, symbols + noise, (delay + 1, sequences))
    drawn[0] = rng.permutation(np.arange(sequences) % symbols)
    targets = np.full(drawn.shape, NO_TARGET)
    targets[-1] = drawn[0]
    return np.eye(symbols + noise)[drawn], targets
