"""The judge's end of the line to one worker."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from grader.wire import Caps
from grader.wire.frames import Frame

PRINTED_BYTES = 4096  # of what a worker prints, this much of the end is kept
CUT = "…"


@dataclass(frozen=True)
class WorkerLimits:
    """What one worker may use, over its whole life.

    Attributes
    ----------
    memory_mib : int
    cpu_seconds : int
    output_kib : int
        What it may print between two looks at it; of more, only the end is kept, and the reader is told.
    disk_mib : int
        What it may write to one file, and in all where it has a file system of its own.
    open_files : int
    threads : int
        How many it may start.
    gpu_mib : int
        What it may take of a GPU's memory; 0 for a worker without one.
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
    """How a worker ended.

    Attributes
    ----------
    code : int or None
        Exit status; minus the signal's number if a signal ended it; None where it is not known.
    cpu_seconds : float
    """

    code: int | None = None
    cpu_seconds: float = 0.0


class ChannelError(Exception):
    """No answer comes from this worker any more."""


class DeadlinePassed(ChannelError):
    """The worker has used the time that it had for its answer."""


class NoCoreForIt(ChannelError):
    """No answer came for long by the clock on the wall, and the worker had no core to find one.

    Parameters
    ----------
    used, waited : float
        Seconds that the worker was charged for, and seconds that passed.
    """

    def __init__(self, used: float, waited: float) -> None:
        super().__init__(f"{used:.2g} s of {waited:.0f} s")
        self.used, self.waited = used, waited


class Gone(ChannelError):
    """The worker ended instead of answering."""


class Channel(Protocol):
    """One worker, as the judge sees it.

    Attributes
    ----------
    by_wall : bool
        Whether the worker is charged for the time on the wall, because the platform does not tell more.
    caps : Caps
        Upper bounds of the next answer.
    on_look : callable
        Called now and then while an answer is waited for.
    """

    by_wall: bool
    caps: Caps
    on_look: Callable[[], None]

    @property
    def charged(self) -> float:
        """Seconds that the worker was charged for so far: CPU time, and time in which it rested."""

    def ask(self, parts: list[bytes | memoryview], seconds: float, most: float | None = None) -> Frame:
        """Send one frame, wait for one.

        Parameters
        ----------
        parts : list of bytes-like
        seconds : float
            What the worker may be charged for.
        most : float, optional
            How long to wait by the clock on the wall; by default many times as long.

        Raises
        ------
        DeadlinePassed, NoCoreForIt, Gone
            No frame came; the worker must be closed.
        grader.wire.WireError
            What came is not a frame.
        """

    def printed(self) -> str:
        """Return the end of what the worker printed since this was last asked; ``…`` stands for what is left out."""

    def cpu_seconds(self) -> float | None:
        """Return the CPU time that the worker has used, all its threads together, as the kernel tells it to others.

        None where the platform does not tell. The worker has no part in the answer.

        Raises
        ------
        Gone
            The worker has ended.
        """

    def close(self) -> Exit:
        """Kill the worker if it lives, and tell how it ended."""


class Printed:
    """Keeps the end of what a worker prints, however much that is.

    Parameters
    ----------
    limit : int
        Bytes between two resets; of whoever prints more, it is said.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._count = 0
        self._tail = b""
        self._lock = threading.Lock()  # one thread may read what another one asks for

    def add(self, data: bytes) -> None:
        """Take note of output."""
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
