"""Whose noise it is: a worker that nobody asks uses no CPU time, so what it uses then is of its own making."""

import contextlib
import time
from collections.abc import Callable, Iterator

from grader.judge.ended import CheckFailed, TooNoisy

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
