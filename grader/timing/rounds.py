"""Rounds of a race: each has fresh workers, a warm-up, and a few pairs.

Two workers that run the same code differ for their whole lives, by more than two calls in one of them: one may have
slower memory, or a busy neighbour for a second. Pairs within one worker cannot show that.
"""

from collections.abc import Callable, Sequence

import numpy as np

from grader.records.speeds import Measurement
from grader.timing.pairs import Pairs, Times
from grader.timing.statistics import interval_over_workers

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
        self.whole += len(times.mine) == PAIRS
        if len(times.mine):
            self._times.append(times)

    def __len__(self) -> int:
        """Number of scored pairs."""
        return sum(len(times.mine) for times in self._times)

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
        mine, theirs = zip(*(times.net() for times in self._times), strict=True)
        return np.concatenate(mine), np.concatenate(theirs)

    def most_seconds(self) -> float:
        """Return an upper bound of the runner's time per call: its slowest round minus that round's least transfer."""
        return max(times.most_seconds() for times in self._times)


def measurement(rounds: Rounds, device: str, calls: int = 1) -> Measurement:
    """Return the measurement of some rounds.

    Parameters
    ----------
    rounds : Rounds
        With at least one pair.
    device : str
    calls : int
        Calls that were timed together.
    """
    mine, theirs = rounds.seconds()
    ratio, low, high = rounds.interval()
    return Measurement(
        ratio,
        low,
        high,
        len(rounds),
        device,
        float(np.median(mine)) / calls,
        float(np.median(theirs)) / calls,
        workers=len(rounds.times),
        mean=float(mine.mean() / theirs.mean()),
        most_seconds=rounds.most_seconds() / calls,
    )
