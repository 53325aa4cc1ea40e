"""Charges a process for the time that somebody waits for it, whatever else runs on the machine.

It is charged for its CPU time, all threads together, and for the time in which it rests: `sleep(60)` costs as much as
an endless loop. The time in which it would run and has no core is not charged. How long it rests is found by looking at
its threads now and then, at times that nobody can foresee: of the time between two looks all is charged if the process
rests at the second one. Looks do not depend on how many threads wait for each other, as sums of waiting times would.

The clock on the wall is a backstop, for a machine on which hardly anything moves. Where the kernel does not tell what a
process does, it is the only clock that there is.
"""

import random
import select
import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any

from grader.metering.processes import Process, known_tree

Ended = subprocess.CompletedProcess[Any]

LOOKS = 50  # while a process uses up what it may, on average
SHORTEST, LONGEST = 0.005, 1.0  # seconds between two looks, on average
MOST_MEANS = 10.0  # of a stretch between two looks; a longer one means that the machine itself stood still
BACKSTOP_TIMES, BACKSTOP_SECONDS = 20.0, 60.0


class UsedUp(Exception):
    """A process has used the time that it had."""


class NoCore(Exception):
    """The clock on the wall ran out, although the process has used little of its time.

    Parameters
    ----------
    used, waited : float
        Seconds that it was charged for, and seconds that passed.
    """

    def __init__(self, used: float, waited: float) -> None:
        super().__init__(f"{used:.2g} s of {waited:.0f} s")
        self.used, self.waited = used, waited


def backstop(seconds: float) -> float:
    """Return how long a process may take by the clock on the wall that may use so many seconds."""
    return BACKSTOP_TIMES * seconds + BACKSTOP_SECONDS


class Meter:
    """Charges one process, wait by wait.

    Parameters
    ----------
    process : Process or None
        None where the kernel does not tell about it: the clock on the wall is charged then.
    now : callable, optional
        The clock on the wall.
    pause : callable, optional
        Returns the time to the next look, given its mean.

    Attributes
    ----------
    charged : float
        Seconds that the process was charged for so far, in all waits together.
    """

    def __init__(
        self,
        process: Process | None,
        *,
        now: Callable[[], float] = time.monotonic,
        pause: Callable[[float], float] = lambda mean: random.expovariate(1 / mean),
    ) -> None:
        self._process, self._now, self._pause = process, now, pause
        self.charged = 0.0
        self._seconds = self._most = self._waited = self._looked = self._due = 0.0
        self._used = self._unseen = self._left = 0.0
        self._cpu = 0.0
        self._is_closed = False
        self._charge_cpu()
        self.charged = 0.0  # what it did before is nobody's affair

    @property
    def by_wall(self) -> bool:
        """Whether the clock on the wall is charged, because the kernel does not tell more."""
        return self._process is None

    def start(self, seconds: float, most: float | None = None) -> None:
        """Begin to wait.

        Parameters
        ----------
        seconds : float
            What the process may be charged for until `stop`.
        most : float, optional
            How long to wait by the clock on the wall; by default its `backstop`.
        """
        self._seconds, self._most = seconds, backstop(seconds) if most is None else most
        self._charge_cpu()  # what it did while nobody waited
        self._used = self._waited = 0.0
        self._is_closed = False
        self._looked = self._now()
        self._due = self._looked + (self._left or self._next_pause())

    def pause(self) -> float:
        """Return how many seconds to wait before the next look."""
        return max(0.0, self._due - self._now())

    def look(self, is_silent: Callable[[], bool] = lambda: True) -> None:
        """Look at the process, if it is time to.

        Parameters
        ----------
        is_silent : callable, optional
            Tells whether nothing came from the process that nobody has taken yet.

        Raises
        ------
        UsedUp
            It has used what it had, and is charged for no more than that.
        NoCore
            It has not, and has had no chance to.
        """
        now = self._now()
        if now < self._due:
            return
        self._charge_cpu()
        silent = is_silent()
        stretch = min(now - self._looked, self._longest)
        if silent and (self._process is None or self._process.rests()):
            self._used += stretch
            self.charged += stretch + self._unseen
        self._unseen = 0.0
        self._looked, self._due = now, now + self._next_pause()
        if self._used >= self._seconds:
            self._close()
            raise UsedUp
        self._waited += stretch
        if silent and self._waited >= self._most:
            raise NoCore(self._used, self._waited)

    def charge(self, seconds: float) -> None:
        """Charge the process for time that whoever waits has spent on it."""
        self._used += seconds
        self.charged += seconds

    def stop(self) -> None:
        """End the wait: what was waited for has come, or will not."""
        if self._is_closed:
            return
        self._charge_cpu()
        now = self._now()
        if self._process is None:
            self.charged += now - self._looked
        else:  # whether it rested, the next look says of this stretch too
            self._unseen = min(self._unseen + now - self._looked, self._longest)
            self._left = max(0.0, self._due - now)

    def _close(self) -> None:
        """Charge no more: that somebody looked late, and has yet to end the process, is not the process's doing."""
        self.charged -= self._used - self._seconds
        self._used, self._is_closed = self._seconds, True

    def _next_pause(self) -> float:
        if self._process is None:
            return min(max(self._seconds - self._used, SHORTEST), self._mean)
        return self._pause(self._mean)

    @property
    def _mean(self) -> float:
        """Seconds between two looks, on average."""
        return min(max(self._seconds / LOOKS, SHORTEST), LONGEST)

    @property
    def _longest(self) -> float:
        return MOST_MEANS * self._mean

    def _charge_cpu(self) -> None:
        if self._process is None:
            return
        try:
            cpu = self._process.cpu_seconds()
        except OSError:  # it has ended
            return
        more = max(0.0, cpu - self._cpu)
        self._cpu = cpu
        self._used += more
        self.charged += more


def run(command: list[str], seconds: float, *, input: bytes | None = None, **options: Any) -> Ended:  # noqa: A002
    """Run a command to its end, as `subprocess.run` does; its time is metered, with that of the processes it starts.

    Parameters
    ----------
    command : list of str
    seconds : float
    input : bytes, optional
    **options
        Of `subprocess.Popen`.

    Raises
    ------
    subprocess.TimeoutExpired
        It has used that time, and was killed.
    """
    if input is not None:
        options["stdin"] = subprocess.PIPE
    with subprocess.Popen(command, **options) as process:
        meter = Meter(known_tree(process.pid))
        meter.start(seconds)
        try:
            while True:
                try:
                    out, errors = process.communicate(input, timeout=meter.pause())
                    return subprocess.CompletedProcess(command, process.returncode, out, errors)
                except subprocess.TimeoutExpired:
                    input = None  # noqa: A001 (it is on its way)
                    meter.look()
        except (UsedUp, NoCore):
            process.kill()
            raise subprocess.TimeoutExpired(command, seconds) from None
        except BaseException:
            process.kill()
            raise


def ends(process: "subprocess.Popen[Any]", seconds: float) -> bool:
    """Wait until a process has ended.

    Parameters
    ----------
    process : Popen
    seconds : float
        What it may be charged, with the processes that it has started.

    Returns
    -------
    bool
        False if it has used that time.
    """
    meter = Meter(known_tree(process.pid))
    meter.start(seconds)
    while process.poll() is None:
        try:
            process.wait(timeout=meter.pause())
        except subprocess.TimeoutExpired:
            try:
                meter.look()
            except (UsedUp, NoCore):
                return False
    return True


def arrives(line: socket.socket, seconds: float, process: Process | None) -> bool:
    """Wait until something can be read from a socket, or its other end is closed.

    Parameters
    ----------
    line : socket
    seconds : float
        What the process that is waited for may be charged.
    process : Process or None

    Returns
    -------
    bool
        False if it has used that time.
    """
    meter, arrivals = Meter(process), select.poll()
    arrivals.register(line, select.POLLIN)
    meter.start(seconds)
    try:
        while not arrivals.poll(1000 * meter.pause()):
            meter.look()
    except (UsedUp, NoCore):
        return False
    return True
