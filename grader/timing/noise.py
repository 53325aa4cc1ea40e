"""Whether a measurement can be believed, and whose the noise is.

Where torch is not as fast as torch, nobody is timed. A worker that nobody asks uses no CPU time, so what it uses then
is of its own making; on a card, what is left running between calls slows torch and costs nothing.
"""

import contextlib
import time
from collections.abc import Callable, Iterator

from grader.judge.outcomes import CheckFailed, TooNoisy
from grader.timing.pairs import Pairs
from grader.timing.statistics import median_interval

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


SHARE = 0.1  # of the clock on the wall; who waits to be asked uses none at all
AFTERWARDS = 2e-3  # seconds after an answer in which a worker lets go of what the call needed


@contextlib.contextmanager
def idle(cpu_seconds: Callable[[], float]) -> Iterator[None]:
    """Turn a machine that is too noisy into a failure of the student's where their own worker was busy meanwhile.

    Parameters
    ----------
    cpu_seconds : callable
        Returns the CPU time that the student's worker has used so far; in this block nobody asks it for anything.

    Raises
    ------
    CheckFailed
        The machine was too noisy, and the worker has worked.
    TooNoisy
        It was, and the worker has not.
    """
    before, start = cpu_seconds(), time.monotonic()
    try:
        yield
    except TooNoisy:
        used, passed = cpu_seconds() - before, time.monotonic() - start
        if used < SHARE * passed:
            raise
        raise CheckFailed(
            f"while torch was timed against itself, your code used {used:.1f} s of CPU time in {passed:.1f} s, "
            "although nothing had been asked of it: a thread goes on working after its answer"
        ) from None


class Rests:
    """What a worker uses between its answers and the next questions: nothing, unless its code leaves something running.

    Parameters
    ----------
    cpu_seconds : callable
        Returns the CPU time that the worker has used so far; None where the platform does not tell.
    """

    def __init__(self, cpu_seconds: Callable[[], float | None]) -> None:
        self._cpu_seconds = cpu_seconds
        self._began: tuple[float, float] | None = None
        self._used = self._passed = 0.0

    def begin(self) -> None:
        """Note that an answer has come."""
        used = self._cpu_seconds()
        self._began = None if used is None else (used + AFTERWARDS, time.monotonic())

    def end(self) -> None:
        """Note that the next question follows."""
        used = self._cpu_seconds() if self._began else None
        if self._began and used is not None:
            self._used += max(0.0, used - self._began[0])
            self._passed += time.monotonic() - self._began[1]
        self._began = None

    def told(self) -> str:
        """Say how much the worker was at work; nothing where it was not."""
        if not self._used or self._used < SHARE * self._passed:
            return ""
        return f"between calls its worker used {self._used:.2f} s of CPU time in {self._passed:.2f} s"


SLOWED = 1.1  # by how much more torch may take


def refuse_if_slowed(
    before: float,
    beside: float,
    without: Callable[[], float],
    again: Callable[[], float],
    at_work: Callable[[], str],
) -> None:
    """Raise where torch took longer beside the student's worker than before.

    Parameters
    ----------
    before, beside : float
        Torch's times: before that worker was there, and in turn with it.
    without : callable
        Ends the worker, and measures torch once more.
    again : callable
        Starts it, and measures torch in turn with it once more.
    at_work : callable
        Says what the worker has used while nobody asked it; nothing where that was not worth mentioning.

    Raises
    ------
    CheckFailed
        Torch is slower with the worker, as fast as before without, and slower with it again, and the worker has worked.
    TooNoisy
        Something else has changed, as far as can be told; it is listed for review.
    """
    if beside <= SLOWED * before:
        return
    factor = f"torch took {beside / before:.2f} x its time while your code's worker was there"
    follows = without() <= SLOWED * before and again() > SLOWED * before
    used = at_work()
    if follows and used:
        raise CheckFailed(
            f"{factor}, and its usual time without it; {used}: your code leaves something running between calls"
        )
    seen = f"{factor}, and its usual time without it" if follows else f"{factor}, which was not its doing"
    raise TooNoisy(f"{seen}: this machine is too busy to time anything", review=seen)
