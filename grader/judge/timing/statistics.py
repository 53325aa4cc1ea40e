"""The median of some ratios, and how far it may be off: a bootstrap interval."""

import numpy as np

SAMPLES = 1000
COVERAGE = 0.95
SEED = 0  # the same ratios give the same interval


def median_interval(ratios: np.ndarray) -> tuple[float, float, float]:
    """Return the median and the percentile bootstrap interval of 95 % around it.

    Parameters
    ----------
    ratios : ndarray of float64, shape (P,)
        At least one.

    Returns
    -------
    median, low, high : float

    References
    ----------
    Efron, Tibshirani (1993), An introduction to the bootstrap, section 13.3.
    """
    drawn = np.random.default_rng(SEED).choice(ratios, size=(SAMPLES, len(ratios)))
    rest = (1 - COVERAGE) / 2
    low, high = np.quantile(np.median(drawn, axis=1), (rest, 1 - rest))
    return float(np.median(ratios)), float(low), float(high)
