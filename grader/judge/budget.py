"""Time budget of the student's code: per call, per test and per submission.

It counts the time that is charged to the worker (`grader.metering.meter`), which does not depend on other load on the
machine.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from grader.course.registry import Limits
from grader.metering.meter import backstop
from grader.sandbox.channel import Channel

SECONDS_BETWEEN_SIGNS = 10.0

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

    Attributes
    ----------
    spent : float
        Charged seconds.
    waited : float
        Wall time of the same periods, in seconds.
    by_wall : bool
        Whether wall time was charged, for lack of a better clock.
    """

    def __init__(self, limits: Limits, heartbeat: Heartbeat = lambda: None) -> None:
        self._limits = self._whole = limits
        self.spent = self.waited = 0.0
        self.by_wall = False
        self._heartbeat, self._last_heartbeat = heartbeat, 0.0
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
    def computing(self) -> Iterator[None]:
        """Charge the CPU time that the judge uses in the block on the student's behalf."""
        start = time.process_time()
        with self.waiting():
            try:
                yield
            finally:
                self.spent += time.process_time() - start
