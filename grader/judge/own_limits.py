"""Limits of the judge while it checks a student's answers: CPU time per test, and memory.

Its time is CPU time of its own process, so other processes do not count. A test that takes too long is ended by a
signal. One that hangs inside a library ends the whole process, which then counts as a failure of the submission.
"""

import contextlib
import math
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from grader.judge.outcomes import TimedOut

FACTOR = 2.0
"""Multiple of its time on the solution that a test may take in the judge before the rest is charged."""

ROOM = 0.5  # seconds, in addition
TIMED_SECONDS = 600.0  # a race compares every answer of many rounds
SECONDS_WITHOUT_DRY_RUN = 60.0
HARD_SECONDS = 4.0  # that a library may go on, before the process is ended
MEMORY_MIB = 1536  # beyond what the suites and torch take


class Overspent(TimedOut):
    """The student's answers kept the judge at work for too long."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the grader worked on what your code answered for more than {seconds:.0f} s")


def limit_memory() -> None:
    """Limit the memory that this process may allocate from now on, on Linux."""
    if sys.platform != "linux":
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = pages * resource.getpagesize() + (MEMORY_MIB << 20)
    resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def peak_mib() -> float:
    """Return the peak memory of this process; 0 if the platform does not report it."""
    if sys.platform == "win32":
        return 0.0
    import resource

    unit = 1 << (20 if sys.platform == "darwin" else 10)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


@contextlib.contextmanager
def working_for(seconds: float, *, hard: bool) -> Iterator[None]:
    """Raise `Overspent` in the block after a number of seconds of CPU time of this process.

    Parameters
    ----------
    seconds : float
    hard : bool
        Whether the process may be ended if it stays inside a library for long after that.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield  # Windows has no such timer; only the user's own code is graded there
        return

    def end(number: int, frame: FrameType | None) -> None:
        raise Overspent(seconds)

    before = signal.signal(signal.SIGPROF, end)
    if hard:
        _end_process_after(seconds + HARD_SECONDS)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _end_process_after(seconds: float) -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + seconds), hard))


def expected_seconds(dry_run: float | None, *, timed: bool) -> float:
    """Return the CPU time that a test is expected to need in the judge, with a margin.

    Parameters
    ----------
    dry_run : float or None
        Its time on the solution, if known.
    timed : bool
        Whether it is a race.
    """
    if timed:
        return TIMED_SECONDS
    return SECONDS_WITHOUT_DRY_RUN if dry_run is None else FACTOR * dry_run + ROOM
