"""The noise gate: where torch is not as fast as torch, nobody is timed."""

from grader.judge.ended import TooNoisy
from grader.judge.timing.pairs import Pairs
from grader.judge.timing.statistics import median_interval

PAIRS, TRIES = 9, 3  # in a try, and how many tries there are at the most
QUIET = (0.93, 1.07)


def require_quiet(pairs: Pairs) -> None:
    """Race the reference against itself, in two workers, until it is as fast as itself by the median of all pairs.

    Short calls with large arguments scatter more, and a busy moment may pass: up to three tries are made, which add up.

    Parameters
    ----------
    pairs : Pairs
        Both sides are the reference.

    Raises
    ------
    TooNoisy
        The two differ by more than the tiers could bear.
    """
    pairs.warm_up()
    for _ in range(TRIES):
        pairs.run(PAIRS)
        median, _, _ = median_interval(pairs.ratios())
        if QUIET[0] <= median <= QUIET[1]:
            return
    raise TooNoisy(f"torch took {median:.2f} x the time of torch itself: this machine is too busy to time anything")
