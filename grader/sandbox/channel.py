"""The judge's side of a connection to one worker."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from grader.wire import SizeLimits
from grader.wire.frames import Frame

PRINTED_BYTES = 4096  # of a worker's output, only this much of the end is kept
CUT = "…"
STACK_HEADER = b"Stack (most recent call first):"
STACK_PAUSE = 0.01  # without further output, after which a stack counts as whole


@dataclass(frozen=True)
class WorkerLimits:
    """Resource limits of one worker, for its whole life.

    Attributes
    ----------
    memory_mib : int
    cpu_seconds : int
    output_kib : int
        Output between two reads of it; of more output, only the end is kept, with a note that says so.
    disk_mib : int
        Size of one file; also of all files together where the worker has a file system of its own.
    open_files : int
    threads : int
    gpu_mib : int
        GPU memory; 0 for a worker without a GPU.
    """

    memory_mib: int = 1024
    cpu_seconds: int = 120
    output_kib: int = 64
    disk_mib: int = 32
    open_files: int = 128
    threads: int = 64
    gpu_mib: int = 0


@dataclass(frozen=True)
class Exit:
    """Exit status of a worker.

    Attributes
    ----------
    code : int or None
        Exit status; the negative signal number if a signal ended it; None if it is not known.
    cpu_seconds : float
    """

    code: int | None = None
    cpu_seconds: float = 0.0


class ChannelError(Exception):
    """No answer can come from this worker any more."""


class DeadlinePassed(ChannelError):
    """The worker used up its time limit for the answer."""


class NoCoreForIt(ChannelError):
    """The wall-clock limit passed while the worker had hardly any CPU time: the machine is overloaded.

    Parameters
    ----------
    used, waited : float
        Seconds charged to the worker, and seconds of wall-clock time.
    """

    def __init__(self, used: float, waited: float) -> None:
        super().__init__(f"{used:.2g} s of {waited:.0f} s")
        self.used, self.waited = used, waited


class Gone(ChannelError):
    """The worker ended without an answer."""


class Channel(Protocol):
    """Connection to one worker.

    Attributes
    ----------
    by_wall : bool
        Whether wall-clock time is charged, because the platform does not report CPU time.
    size_limits : SizeLimits
        Size limits of the next answer.
    on_look : callable
        Called from time to time while waiting for an answer.
    """

    by_wall: bool
    size_limits: SizeLimits
    on_look: Callable[[], None]

    @property
    def charged(self) -> float:
        """Seconds charged to the worker so far: CPU time plus idle time."""

    def ask(self, parts: list[bytes | memoryview], seconds: float, most: float | None = None) -> Frame:
        """Send one frame and return the next one.

        Parameters
        ----------
        parts : list of bytes-like
        seconds : float
            Time limit that the worker is charged against.
        most : float, optional
            Wall-clock limit; by default many times as long.

        Raises
        ------
        DeadlinePassed, NoCoreForIt, Gone
            No frame came; the worker must be closed.
        grader.wire.WireError
            The reply is not a frame.
        """

    def printed(self) -> str:
        """Return the end of the worker's output since the last call; ``…`` stands for omitted output."""

    def cpu_seconds(self) -> float | None:
        """Return the CPU time of the worker, all threads together, as the kernel reports it to other processes.

        None if the platform does not report it. The worker cannot influence the value.

        Raises
        ------
        Gone
            The worker has ended.
        """

    def stack(self, seconds: float) -> str:
        """Return the stack of the worker's code, as Python prints it; empty if the worker sends none.

        The text is output of the worker's, and may be forged.

        Parameters
        ----------
        seconds : float
            Maximum wall time to wait for it.
        """

    def close(self) -> Exit:
        """Kill the worker if it is alive, and return its exit status."""


class Printed:
    """Buffer for the end of a worker's output, of any length.

    Parameters
    ----------
    limit : int
        Bytes of output between two reads above which a note is added.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._count = 0
        self._tail = b""
        self._lock = threading.Lock()  # output may be added by one thread and taken by another

    def add(self, data: bytes) -> None:
        """Add output."""
        with self._lock:
            self._count += len(data)
            self._tail = (self._tail + data)[-PRINTED_BYTES:]

    def take(self) -> str:
        """Return the end of the output so far, and start anew."""
        with self._lock:
            count, tail = self._count, self._tail
            self._count, self._tail = 0, b""
        text = tail.decode("utf-8", "replace")
        if count > self._limit:
            return f"{CUT} (more than {self._limit >> 10} KiB printed: only the end is kept)\n{text}"
        return text if count == len(tail) else f"{CUT}{text}"

    def after(self, mark: bytes) -> str | None:
        """Take the output that follows the last occurrence of a mark, and the mark; None if there is none."""
        with self._lock:
            before, end_mark, rest = self._tail.rpartition(mark)
            if not end_mark:
                return None
            self._count -= len(self._tail) - len(before)
            self._tail = before
        return rest.decode("utf-8", "replace")

    def __contains__(self, text: bytes) -> bool:
        """Return whether a text is part of the output that is kept."""
        with self._lock:
            return text in self._tail

    def size(self) -> int:
        """Return the bytes of output since the last `take`."""
        with self._lock:
            return self._count


def await_stack(printed: Printed, drain: Callable[[], object], seconds: float) -> str:
    """Return the stack that a worker prints after a signal; empty if none comes.

    Parameters
    ----------
    printed : Printed
    drain : callable
        Reads what output there is, without waiting.
    seconds : float
        Maximum wall time to wait.
    """
    end = time.monotonic() + seconds
    count = -1
    while time.monotonic() < end and not (count == printed.size() and STACK_HEADER in printed):
        count = printed.size()
        time.sleep(min(STACK_PAUSE, seconds))
        drain()
    return printed.after(STACK_HEADER) or ""
