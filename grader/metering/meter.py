"""Time limits on the CPU time and idle time of a process, independent of other load on the machine.

A process is charged for its CPU time, all threads together, and for the time it is idle: `sleep(60)` costs as much as
an endless loop. Time in which it is runnable but has no core is not charged. Idle time is sampled: its threads' states
are read at random times, which the process cannot predict. If it is idle at a sample, the whole interval since the
previous sample is charged. Unlike sums of waiting times, samples do not depend on how many threads wait for each other.

Wall-clock time is a backstop for an overloaded machine. Where the kernel does not report what a process does, it is
the only clock available.
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

LOOKS = 50  # samples per time limit, on average
SHORTEST, LONGEST = 0.005, 1.0  # seconds between samples, on average
MOST_MEANS = 10.0  # longest charged interval, in mean intervals; a longer one means that the machine itself stalled
BACKSTOP_TIMES, BACKSTOP_SECONDS = 20.0, 60.0  # wall-clock limit: this many times the time limit, plus a minute


class UsedUp(Exception):
    """The process has used up its time limit."""


class NoCore(Exception):
    """The wall-clock limit passed, although the process has used little of its time.

    Parameters
    ----------
    used, waited : float
        Seconds charged to the process, and seconds of wall-clock time.
    """

    def __init__(self, used: float, waited: float) -> None:
        super().__init__(f"{used:.2g} s of {waited:.0f} s")
        self.used, self.waited = used, waited


def backstop(seconds: float) -> float:
    """Return the wall-clock limit, in seconds, for a process that may use so many seconds."""
    return BACKSTOP_TIMES * seconds + BACKSTOP_SECONDS


class Meter:
    """Meter of the time that one process uses while its caller waits for it.

    Parameters
    ----------
    process : Process or None
        None where the kernel does not report on it: wall-clock time is charged then.
    now : callable, optional
        Returns the wall-clock time in seconds.
    pause : callable, optional
        Returns the seconds to the next sample, given their mean.

    Attributes
    ----------
    charged : float
        Seconds charged to the process so far, in all waits together.
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
        self.charged = 0.0  # its CPU time before the first wait is not charged

    @property
    def by_wall(self) -> bool:
        """Whether wall-clock time is charged, because the kernel does not report more."""
        return self._process is None

    def start(self, seconds: float, most: float | None = None) -> None:
        """Start to wait.

        Parameters
        ----------
        seconds : float
            Time limit for the process until `stop`.
        most : float, optional
            Wall-clock limit; `backstop` of `seconds` by default.
        """
        self._seconds, self._most = seconds, backstop(seconds) if most is None else most
        self._charge_cpu()  # what it used while nobody waited
        self._used = self._waited = 0.0
        self._is_closed = False
        self._looked = self._now()
        # The rest of the previous wait's pause carries over, or a process with many short waits would never be sampled.
        self._due = self._looked + (self._left or self._next_pause())

    def pause(self) -> float:
        """Return the seconds to wait before the next sample.

        Returns
        -------
        float
            In seconds.
        """
        return max(0.0, self._due - self._now())

    def look(self, is_silent: Callable[[], bool] = lambda: True) -> None:
        """Sample the process, if a sample is due.

        Parameters
        ----------
        is_silent : callable, optional
            Returns whether there is no unread output of the process.

        Raises
        ------
        UsedUp
            It has used up its time limit, and is charged for no more than that.
        NoCore
            It has not, but the wall-clock limit has passed.
        """
        now = self._now()
        if now < self._due:
            return
        self._charge_cpu()
        silent = is_silent()
        stretch = min(now - self._looked, self._longest)
        # `_unseen` is the end of earlier waits, after their last sample: charged, but not against this wait's limit.
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
        """Charge the process for time that the caller has spent on its behalf.

        Parameters
        ----------
        seconds : float
            CPU time.
        """
        self._used += seconds
        self.charged += seconds

    def stop(self) -> None:
        """End the wait, whether or not the answer has come."""
        if self._is_closed:
            return
        self._charge_cpu()
        now = self._now()
        if self._process is None:
            self.charged += now - self._looked
        else:  # the next sample decides whether the process was idle in this interval too
            self._unseen = min(self._unseen + now - self._looked, self._longest)
            self._left = max(0.0, self._due - now)

    def _close(self) -> None:
        """Charge no more: a sample taken late, or the delay until the process is killed, is not its fault."""
        self.charged -= self._used - self._seconds
        self._used, self._is_closed = self._seconds, True

    def _next_pause(self) -> float:
        if self._process is None:
            return min(max(self._seconds - self._used, SHORTEST), self._mean)
        return self._pause(self._mean)

    @property
    def _mean(self) -> float:
        """Mean seconds between samples."""
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
    """Run a command to its end like `subprocess.run`, and limit its time and that of its child processes.

    Parameters
    ----------
    command : list of str
    seconds : float
        Time limit.
    input : bytes, optional
    **options
        Passed to `subprocess.Popen`.

    Returns
    -------
    Ended
        Its exit status and output.

    Raises
    ------
    subprocess.TimeoutExpired
        It used up its time limit, and was killed.
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
        Time limit, shared with its child processes.

    Returns
    -------
    bool
        False if it used up its time limit.
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
    """Wait until a socket can be read or its other end is closed.

    Parameters
    ----------
    line : socket
    seconds : float
        Time limit of the process that is waited for.
    process : Process or None

    Returns
    -------
    bool
        False if the process used up its time limit.
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
