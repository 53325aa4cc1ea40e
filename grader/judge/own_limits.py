"""What the judge itself may use while it looks at a student's answers: CPU time per test, and memory.

Its time is read from its own process's clock, so neighbours do not count. A test that goes on for too long is ended by
a signal; one that hangs inside a library ends the whole process, which is then this submission's failure.
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
"""How much longer than on the solution a test may be at work in the judge before that is charged to anybody."""

ROOM = 0.5  # seconds, on top of that
TIMED_SECONDS = 600.0  # a race compares every answer of many rounds
SECONDS_WITHOUT_DRY_RUN = 60.0
HARD_SECONDS = 4.0  # a library may go on for so much longer, before the process is ended
MEMORY_MIB = 1536  # beyond what the suites and torch take


class Overspent(TimedOut):
    """What the student's code answered kept the judge at work for too long."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the grader worked on what your code answered for more than {seconds:.0f} s")


def limit_memory() -> None:
    """Limit what this process may allocate from now on, where the kernel can do that."""
    if sys.platform != "linux":
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = pages * resource.getpagesize() + (MEMORY_MIB << 20)
    resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def peak_mib() -> float:
    """Return the most memory that this process has had; 0 where the platform does not tell."""
    if sys.platform == "win32":
        return 0.0
    import resource

    unit = 1 << (20 if sys.platform == "darwin" else 10)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


@contextlib.contextmanager
def working_for(seconds: float, *, hard: bool) -> Iterator[None]:
    """End the block with `Overspent` after so much CPU time of this process.

    Parameters
    ----------
    seconds : float
    hard : bool
        Whether this process may be ended if it stays inside a library for long after that.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield  # Windows has no such clock; there, only one's own code is graded
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
    """Return how much CPU time of the judge a test is known to need, with room.

    Parameters
    ----------
    dry_run : float or None
        What it took on the solution, if that is known.
    timed : bool
        Whether it is a race.
    """
    if timed:
        return TIMED_SECONDS
    return SECONDS_WITHOUT_DRY_RUN if dry_run is None else FACTOR * dry_run + ROOM
