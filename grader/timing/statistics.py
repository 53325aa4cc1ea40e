"""The median of some ratios and how far it may be off, within one pair of workers and between several; when to stop."""

from collections.abc import Sequence

import numpy as np

SAMPLES = 1000
COVERAGE = 0.95
SEED = 0  # the same ratios give the same interval
STUDENT_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201)
"""The 97.5 % points of Student's t with 1, 2, ... degrees of freedom."""
OF_A_MEDIAN = (np.pi / 2) ** 0.5  # its deviation by that of a mean, for normal numbers; less for few of them


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


def interval_over_workers(rounds: Sequence[np.ndarray]) -> tuple[float, float, float]:
    """Return the median of all ratios, and an interval of 95 % that covers how workers differ.

    Pairs of one worker have its luck in common, so they do not count as independent: each round's median is one
    observation, whatever happened within it, and the interval is Student's t over their logarithms. A bootstrap of
    three rounds would know of nothing beyond the three.

    Parameters
    ----------
    rounds : sequence of ndarray of float64, shape (P,)
        Positive ratios, one array for each pair of workers; at least one, none of them empty.

    Returns
    -------
    median, low, high : float
        Of a single round the interval is that of its pairs, which says nothing of other workers.

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


LEAST, USUAL, MOST = 3, 6, 12  # rounds, each with workers of its own
ROOM = 1.05  # an interval that is looked at early and often is taken to be this factor wider on both sides


def enough(rounds: int, low: float, high: float, edges: Sequence[float]) -> bool:
    """Tell whether more rounds are not worth their time.

    Parameters
    ----------
    rounds : int
        How many there are.
    low, high : float
        The interval of the ratio, which covers how workers differ.
    edges : sequence of float
        The ratios where one medal ends and the next begins.
    """
    if rounds < LEAST or rounds >= MOST:
        return rounds >= MOST
    room = ROOM if rounds < USUAL else 1.0
    return not any(low / room <= edge <= high * room for edge in edges)
