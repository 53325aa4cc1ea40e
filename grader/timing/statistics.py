"""The median of ratios with a confidence interval, within one pair of workers and over several, and when to stop."""

from collections.abc import Sequence

import numpy as np

SAMPLES = 1000
COVERAGE = 0.95
SEED = 0  # makes intervals reproducible
STUDENT_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201)
"""97.5 % points of Student's t for 1, 2, ... degrees of freedom."""
OF_A_MEDIAN = (np.pi / 2) ** 0.5  # standard error of a median by that of a mean, for normal samples; smaller for few


def median_interval(ratios: np.ndarray) -> tuple[float, float, float]:
    """Return the median and its 95 % percentile bootstrap interval.

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


def interval_over_workers(rounds: Sequence[np.ndarray]) -> tuple[float, float, float]:
    """Return the median of all ratios, with a 95 % interval that includes the variation between workers.

    Pairs of one worker are not independent, because they share its speed. So the median of each round is one
    observation, and the interval is Student's t over their logarithms. A bootstrap of three rounds would only resample
    the three.

    Parameters
    ----------
    rounds : sequence of ndarray of float64, shape (P,)
        Positive ratios, one array per pair of workers; at least one, none of them empty.

    Returns
    -------
    median, low, high : float
        For a single round, the interval of its pairs, which does not include the variation between workers.

    References
    ----------
    Ibragimov, Müller (2010), t-statistic based correlation and heterogeneity robust inference, JBES 28(4).
    """
    if len(rounds) == 1:
        return median_interval(rounds[0])
    medians = np.array([np.median(np.log(ratios)) for ratios in rounds])
    freedom = min(len(medians) - 1, len(STUDENT_T))
    factor = np.exp(STUDENT_T[freedom - 1] * OF_A_MEDIAN * medians.std(ddof=1) / len(medians) ** 0.5)
    median = float(np.median(np.concatenate(rounds)))
    return median, float(median / factor), float(median * factor)


LEAST, USUAL, MOST = 3, 6, 12  # rounds, each with fresh workers
ROOM = 1.05  # widens an interval on both sides if it is checked early and often, to allow for repeated looks


def enough(rounds: int, low: float, high: float, edges: Sequence[float]) -> bool:
    """Return whether more rounds are not worth their time.

    Parameters
    ----------
    rounds : int
        Rounds so far.
    low, high : float
        Interval of the ratio over workers.
    edges : sequence of float
        Ratios between the medals.
    """
    if rounds < LEAST or rounds >= MOST:
        return rounds >= MOST
    room = ROOM if rounds < USUAL else 1.0
    return not any(low / room <= edge <= high * room for edge in edges)
