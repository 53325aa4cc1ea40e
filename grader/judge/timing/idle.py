"""Whose noise it is: a worker that nobody asks uses no CPU time, so what it uses then is of its own making."""

import contextlib
import time
from collections.abc import Callable, Iterator

from grader.judge.ended import CheckFailed, TooNoisy

SHARE = 0.1  # of the clock on the wall; who waits to be asked uses none at all


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
