"""Budgets: the time of the student's code, and the judge's own time and memory while it checks answers.

The student's code is charged per call, per test and per submission, by time that does not depend on other load on the
machine (`grader.metering.meter`). The judge's time is CPU time of its own process, so other processes do not count. A
test that takes too long there is ended by a signal. One that hangs inside a library ends the whole process, which then
counts as a failure of the submission.
"""

import contextlib
import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from grader.course.registry import Limits
from grader.judge.outcomes import TimedOut
from grader.metering.meter import backstop
from grader.sandbox.channel import Channel

SECONDS_BETWEEN_SIGNS = 10.0
ASKING_SECONDS = 0.2  # of wall time per submission, to ask workers where they are; an answer takes milliseconds

Heartbeat = Callable[[], None]
"""Function that tells the client that this process is alive."""


@dataclass(frozen=True)
class CallAllowance:
    """Time limit of one call.

    Attributes
    ----------
    seconds : float
        Seconds that may be charged to the worker.
    reason : str
        The limit behind it, in words.
    most : float
        Maximum wall time of the call, in seconds.
    """

    seconds: float
    reason: str
    most: float


class Budget:
    """Counter of the time that a submission uses in its workers.

    Parameters
    ----------
    limits : Limits
    heartbeat : callable, optional
        Called from time to time while waiting for a worker.
    asking_seconds : float
        Wall time for which workers that do not return may be asked where they are.

    Attributes
    ----------
    spent : float
        Charged seconds.
    waited : float
        Wall time of the same periods, in seconds.
    by_wall : bool
        Whether wall time was charged, for lack of a better clock.
    workers : int
        Workers that have ended.
    workers_cpu : float
        Their CPU time, in seconds.
    """

    def __init__(
        self, limits: Limits, heartbeat: Heartbeat = lambda: None, asking_seconds: float = ASKING_SECONDS
    ) -> None:
        self._limits = self._whole = limits
        self.spent = self.waited = 0.0
        self.by_wall = False
        self.workers, self.workers_cpu = 0, 0.0
        self._heartbeat, self._last_heartbeat = heartbeat, 0.0
        self._left_for_asking = asking_seconds
        self._spent_before_test = self._waited_before_test = self._spent_before_call = 0.0

    def start_test(self, limits: Limits | None = None) -> None:
        """Start the budget of the next test, with the limits of its task if they differ."""
        self._limits = limits or self._whole
        self._spent_before_test, self._waited_before_test = self.spent, self.waited
        self._spent_before_call = self.spent

    def start_test_again(self) -> None:
        """Restart the budget of the running test, because another file has used its time so far."""
        self.start_test(self._limits)

    def left_for_test(self) -> float:
        """Return the time left for the running test, all its calls together."""
        spent = self.spent - self._spent_before_test
        return max(0.0, min(self._limits.test_seconds - spent, self._whole.submission_seconds - self.spent))

    def charge(self, seconds: float) -> None:
        """Charge CPU time that the judge has spent on the student's answers."""
        self.spent += max(0.0, seconds)

    def worker_ended(self, cpu_seconds: float) -> None:
        """Note what a worker has used, its start included; nothing is charged for it."""
        self.workers += 1
        self.workers_cpu += cpu_seconds

    def start_call(self) -> None:
        """Start a call; callbacks to the judge during the call count towards its time."""
        self._spent_before_call = self.spent

    def next_call(self) -> CallAllowance:
        """Return the time limit of the next call, or what is left of the current one."""
        call, test, whole = self._limits.call_seconds, self._limits.test_seconds, self._whole.submission_seconds
        spent, waited = self.spent - self._spent_before_test, self.waited - self._waited_before_test
        seconds, reason = min(
            (call - (self.spent - self._spent_before_call), f"one call may take {call:g} s of computing or waiting"),
            (test - spent, f"one test may take {test:g} s of computing or waiting"),
            (whole - self.spent, f"the unit may take {whole:g} s of computing or waiting"),
        )
        most = min(backstop(call), backstop(test) - waited, backstop(whole) - self.waited)
        return CallAllowance(seconds, reason, most)

    @contextmanager
    def charging(self, channel: Channel) -> Iterator[None]:
        """Charge the time that is charged to a worker in the block."""
        before = channel.charged
        self.by_wall = self.by_wall or channel.by_wall
        channel.on_look = self._say_so
        with self.waiting():
            try:
                yield
            finally:
                self.spent += channel.charged - before

    def _say_so(self) -> None:
        """Tell the client that this process is alive and only waiting."""
        if time.monotonic() - self._last_heartbeat > SECONDS_BETWEEN_SIGNS:
            self._last_heartbeat = time.monotonic()
            self._heartbeat()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the wall time of the block without charging it."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.waited += time.perf_counter() - start

    @contextmanager
    def asking(self) -> Iterator[float]:
        """Give the wall time that is left to ask workers where they are; what the block uses of it is counted."""
        start = time.perf_counter()
        try:
            with self.waiting():
                yield self._left_for_asking
        finally:
            self._left_for_asking -= time.perf_counter() - start

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Charge the CPU time that the judge uses in the block on the student's behalf."""
        start = time.process_time()
        with self.waiting():
            try:
                yield
            finally:
                self.spent += time.process_time() - start


DRY_RUN_FACTOR = 2.0
"""Multiple of its time on the solution that a test may take in the judge before the rest is charged."""

DRY_RUN_MARGIN = 0.5  # seconds, in addition
TIMED_SECONDS = 600.0  # a race compares every answer of many rounds
SECONDS_WITHOUT_DRY_RUN = 60.0
ENDLESS_SECONDS = 60.0  # of a misconception in one test: far beyond what one that ends needs
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
    return SECONDS_WITHOUT_DRY_RUN if dry_run is None else DRY_RUN_FACTOR * dry_run + DRY_RUN_MARGIN
