"""How much time the student's code may still use: per call, per test, per submission.

What is counted is what its worker is charged for (`grader.metering.meter`): it does not depend on what else the machine
does.
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
"""Tells whoever waits for this process that it is alive."""


@dataclass(frozen=True)
class CallAllowance:
    """What one call may use.

    Attributes
    ----------
    seconds : float
        That the worker may be charged for.
    reason : str
        The limit that this comes from, in words.
    most : float
        Seconds that the call may take by the clock on the wall.
    """

    seconds: float
    reason: str
    most: float


class Budget:
    """Counts the time that a submission uses in its workers.

    Parameters
    ----------
    limits : Limits
    heartbeat : callable, optional
        Called now and then while a worker is waited for.

    Attributes
    ----------
    spent : float
        Seconds that were charged.
    waited : float
        Seconds that passed meanwhile on the wall.
    by_wall : bool
        Whether the wall's seconds were charged, for want of a better clock.
    """

    def __init__(self, limits: Limits, heartbeat: Heartbeat = lambda: None) -> None:
        self._limits = self._whole = limits
        self.spent = self.waited = 0.0
        self.by_wall = False
        self._heartbeat, self._last_heartbeat = heartbeat, 0.0
        self._spent_before_test = self._waited_before_test = self._spent_before_call = 0.0

    def start_test(self, limits: Limits | None = None) -> None:
        """Give the next test its own allowance, that of its task where it differs."""
        self._limits = limits or self._whole
        self._spent_before_test, self._waited_before_test = self.spent, self.waited
        self._spent_before_call = self.spent

    def start_test_again(self) -> None:
        """Give the running test its whole allowance: what it has used so far was another file's doing."""
        self.start_test(self._limits)

    def left_for_test(self) -> float:
        """Return how much the running test may still use, all its calls together."""
        spent = self.spent - self._spent_before_test
        return max(0.0, min(self._limits.test_seconds - spent, self._whole.submission_seconds - self.spent))

    def charge(self, seconds: float) -> None:
        """Charge CPU time of the judge that the student's answers have cost it."""
        self.spent += max(0.0, seconds)

    def start_call(self) -> None:
        """Begin a call; what is asked of the judge in the middle of it counts into its time."""
        self._spent_before_call = self.spent

    def next_call(self) -> CallAllowance:
        """Return what the next call may use, or what is left of the current one."""
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
        """Charge what a worker is charged in the block."""
        before = channel.charged
        self.by_wall = self.by_wall or channel.by_wall
        channel.on_look = self._say_so
        with self.waiting():
            try:
                yield
            finally:
                self.spent += channel.charged - before

    def _say_so(self) -> None:
        """Tell whoever waits for this process that it only waits itself."""
        if time.monotonic() - self._last_heartbeat > SECONDS_BETWEEN_SIGNS:
            self._last_heartbeat = time.monotonic()
            self._heartbeat()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the wall time of the block, and charge nobody for it."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.waited += time.perf_counter() - start

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Charge the CPU time that the judge itself uses in the block, on the student's behalf."""
        start = time.process_time()
        with self.waiting():
            try:
                yield
            finally:
                self.spent += time.process_time() - start
