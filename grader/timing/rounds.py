"""Rounds of a race, each with fresh workers, a warm-up and a few pairs; the median ratio, its interval, when to stop.

Two workers that run the same code differ for their whole lives, by more than two calls in one of them: one may have
slower memory, or a busy neighbour for a second. Pairs within one worker cannot show that.
"""

from collections.abc import Callable, Sequence

import numpy as np

from grader.records.speeds import Measurement
from grader.timing.pairs import Pairs, Times

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
MARGIN = 1.05  # widens an interval on both sides if it is checked early and often, to allow for repeated looks


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
    margin = MARGIN if rounds < USUAL else 1.0
    return not any(low / margin <= edge <= high * margin for edge in edges)


PAIRS = 4  # per round; three rounds of 4 vary less than 12 pairs of one worker


class Rounds:
    """The rounds of one race.

    Parameters
    ----------
    begin : callable
        Takes the round's number; returns its pairs, with workers of their own.

    Attributes
    ----------
    whole : int
        Number of rounds with all of their pairs.
    waited : list of float
        Wall-clock seconds of the runner and the reference.
    """

    def __init__(self, begin: Callable[[int], Pairs]) -> None:
        self._begin = begin
        self._begun = 0
        self._times: list[Times] = []
        self._pairs: Pairs | None = None
        self._used = 0.0
        self.whole = 0
        self.waited = [0.0, 0.0]

    def run(self, is_over: Callable[[], bool]) -> None:
        """Run one more round, or as much of it as time allows.

        Work after an answer is charged to the pair before the next call. So one more pair, which is not scored, ends
        the last one.
        """
        self._pairs = pairs = self._begin(self._begun)
        self._begun += 1
        pairs.warm_up()
        while len(pairs) <= PAIRS and not is_over():
            pairs.run()
        self.waited = [before + now for before, now in zip(self.waited, pairs.waited, strict=False)]
        times = pairs.times()
        self._used, self._pairs = self.used(), None
        self._keep(times.without_the_last() if len(pairs) > PAIRS else times)

    def _keep(self, times: Times) -> None:
        self.whole += len(times.runner) == PAIRS
        if len(times.runner):
            self._times.append(times)

    def __len__(self) -> int:
        """Number of scored pairs."""
        return sum(len(times.runner) for times in self._times)

    def used(self) -> float:
        """Return the CPU time of all workers so far."""
        return self._used + (self._pairs.used() if self._pairs else 0.0)

    @property
    def times(self) -> Sequence[Times]:
        """Times of each round."""
        return self._times

    def ratios(self) -> np.ndarray:
        """Return the ratio of every pair."""
        return np.concatenate([times.ratios() for times in self._times])

    def interval(self) -> tuple[float, float, float]:
        """Return the median ratio and its interval."""
        return interval_over_workers([times.ratios() for times in self._times])

    def seconds(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the times of all pairs without transfer: the runner's, and the reference's."""
        runner, reference = zip(*(times.net() for times in self._times), strict=True)
        return np.concatenate(runner), np.concatenate(reference)

    def most_seconds(self) -> float:
        """Return an upper bound of the runner's time per call: its slowest round minus that round's least transfer."""
        return max(times.most_seconds() for times in self._times)


def measurement(rounds: Rounds, device: str, calls: int = 1, details: str = "") -> Measurement:
    """Return the measurement of some rounds.

    Parameters
    ----------
    rounds : Rounds
        With at least one pair.
    device : str
    calls : int
        Calls that were timed together.
    details : str
        What changes from race to race.
    """
    runner, reference = rounds.seconds()
    ratio, low, high = rounds.interval()
    return Measurement(
        ratio,
        low,
        high,
        len(rounds),
        device,
        float(np.median(runner)) / calls,
        float(np.median(reference)) / calls,
        workers=len(rounds.times),
        mean=float(runner.mean() / reference.mean()),
        most_seconds=rounds.most_seconds() / calls,
        details=details,
    )
