"""Noise checks: whether a measurement is reliable, and whether the student's worker causes the noise.

If torch is not as fast as torch itself, nobody is timed. An idle worker uses no CPU time, so CPU time used between
calls is caused by its own code. On a GPU, work left running between calls slows torch down and uses no CPU time.
"""

import contextlib
import time
from collections.abc import Callable, Iterator

from grader.judge.outcomes import CheckFailed, TooNoisy
from grader.timing.pairs import Pairs
from grader.timing.rounds import median_interval

PAIRS, TRIES = 9, 3  # pairs per try, and the largest number of tries
# Gold leaves 25 % over the solution's time: a difference of 7 % between equal workers costs no solution its medal.
QUIET = (0.93, 1.07)


def require_quiet(pairs: Pairs) -> None:
    """Race the reference against itself in two workers until the median ratio is close to 1.

    Short calls with large arguments vary more, and a busy moment may pass: up to three tries accumulate.

    Parameters
    ----------
    pairs : Pairs
        Both sides are the reference.

    Raises
    ------
    TooNoisy
        The two differ by more than the medals tolerate.
    """
    pairs.warm_up()
    for _ in range(TRIES):
        pairs.run(PAIRS)
        median, _, _ = median_interval(pairs.ratios())
        if QUIET[0] <= median <= QUIET[1]:
            return
    raise TooNoisy(f"torch took {median:.2f} x the time of torch itself: this machine is too busy to time anything")


SHARE = 0.1  # of wall-clock time; a worker that waits for a call uses none
AFTERWARDS = 2e-3  # seconds after an answer in which a worker frees the memory of the call


@contextlib.contextmanager
def idle(cpu_seconds: Callable[[], float]) -> Iterator[None]:
    """Report noise as a failure of the student's if their own worker was busy meanwhile.

    Parameters
    ----------
    cpu_seconds : callable
        Returns the CPU time of the student's worker so far, which gets no calls in this block.

    Raises
    ------
    CheckFailed
        The machine was too noisy, and the worker was busy.
    TooNoisy
        The machine was too noisy, and the worker was idle.
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
    """CPU time of a worker between calls: none, unless its code leaves something running.

    Parameters
    ----------
    cpu_seconds : callable
        Returns the CPU time of the worker so far; None if the platform does not report it.
    """

    def __init__(self, cpu_seconds: Callable[[], float | None]) -> None:
        self._cpu_seconds = cpu_seconds
        self._began: tuple[float, float] | None = None
        self._used = self._passed = 0.0

    def begin(self) -> None:
        """Record that an answer has come."""
        used = self._cpu_seconds()
        self._began = None if used is None else (used + AFTERWARDS, time.monotonic())

    def end(self) -> None:
        """Record that the next call follows."""
        used = self._cpu_seconds() if self._began else None
        if self._began and used is not None:
            self._used += max(0.0, used - self._began[0])
            self._passed += time.monotonic() - self._began[1]
        self._began = None

    def sentence(self) -> str:
        """Return a sentence on the worker's CPU time between calls; empty if it was idle."""
        if not self._used or self._used < SHARE * self._passed:
            return ""
        return f"between calls its worker used {self._used:.2f} s of CPU time in {self._passed:.2f} s"


SLOWED = 1.1  # largest factor by which torch may slow down


def refuse_if_slowed(
    before: float,
    beside: float,
    without: Callable[[], float],
    again: Callable[[], float],
    at_work: Callable[[], str],
) -> None:
    """Raise if torch was slower beside the student's worker than before.

    Parameters
    ----------
    before, beside : float
        Torch's times before that worker started, and while it took turns with it.
    without : callable
        Ends the worker, and measures torch again.
    again : callable
        Starts the worker again, and measures torch in turns with it.
    at_work : callable
        Returns a sentence on the worker's CPU time between calls; empty if it was idle.

    Raises
    ------
    CheckFailed
        Torch is slower with the worker, at its usual speed without it, slower with it again, and the worker was busy.
    TooNoisy
        Torch was slower for another reason, as far as can be told; listed for review.
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
