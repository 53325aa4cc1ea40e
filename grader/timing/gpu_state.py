"""State of a GPU beside a race: its clock, reasons for slowdowns, and others' work; and a lock for one race at a time.

NVIDIA's own library reads it (`pip install nvidia-ml-py`, the extra `gpu`), if it is installed and the driver
answers. Without it a race goes on, but does not report the GPU's clock.
Concurrent races would time each other, so each holds the lock, and sends heartbeats while it waits for it.
"""

import contextlib
import os
import re
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from grader.judge.budget import Heartbeat
from grader.judge.outcomes import GraderFault, TooNoisy
from grader.sandbox.gpus import find_driver

BUSY = 10  # per cent of the time; an unused GPU shows 0
SLOWDOWNS = {
    0x8: "the hardware slows it down",
    0x20: "it is too hot",
    0x40: "it is too hot",
    0x80: "its power supply is short",
}
"""Temporary reasons for a lower clock, by their bit in NVML.

The power limit is not among them: work that reaches it reaches it every time.
"""


class CardReading(NamedTuple):
    """One reading of a GPU's state.

    Attributes
    ----------
    mhz : int
        Clock of its multiprocessors.
    slowdowns : tuple of str
        Reasons why the clock is reduced.
    busy : int
        Per cent of the last moment in which a kernel ran on it.
    """

    mhz: int
    slowdowns: tuple[str, ...] = ()
    busy: int = 0


Read = Callable[[], CardReading | None]


def reading_of(uuid: str) -> CardReading | None:
    """Return a reading of a GPU; None if it is not available.

    Parameters
    ----------
    uuid : str
        UUID of the GPU in torch and the driver: ``GPU-`` and 32 digits.
    """
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    try:
        return _look(pynvml, uuid)
    except pynvml.NVMLError:  # a driver that does not report all of it
        return None
    finally:
        pynvml.nvmlShutdown()


def _look(nvml: Any, uuid: str) -> CardReading:
    handle = nvml.nvmlDeviceGetHandleByUUID(uuid)
    bits = int(nvml.nvmlDeviceGetCurrentClocksThrottleReasons(handle))
    reasons = dict.fromkeys(text for bit, text in SLOWDOWNS.items() if bits & bit)
    mhz = int(nvml.nvmlDeviceGetClockInfo(handle, nvml.NVML_CLOCK_SM))
    return CardReading(mhz, tuple(reasons), int(nvml.nvmlDeviceGetUtilizationRates(handle).gpu))


def require_idle(read: Read, name: str) -> None:
    """Raise `TooNoisy` if another process uses the GPU; call it before anything of a race runs there."""
    reading = read()
    if reading is not None and reading.busy > BUSY:
        message = f"{name} is busy {reading.busy} % of the time with somebody else's work"
        raise TooNoisy(f"{message}: the same command again, when it is free", review=message)


class Watch:
    """Readings of a GPU's state, taken from time to time during a race.

    Parameters
    ----------
    read : callable
        Returns a reading, or None if there is none.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._seen: list[CardReading] = []

    def look(self) -> None:
        """Take a reading, right after work, so that the clock is not that of an idle GPU."""
        reading = self._read()
        if reading is not None:
            self._seen.append(reading)

    def require_steady(self) -> None:
        """Raise `TooNoisy` if the GPU was slowed down in any reading."""
        reasons = dict.fromkeys(reason for reading in self._seen for reason in reading.slowdowns)
        if reasons:
            message = f"the card ran slower than it can: {', '.join(reasons)}{self.clock_range()}"
            raise TooNoisy(f"{message}: the same command again, when it has recovered", review=message)

    def clock_range(self) -> str:
        """Return the range of the clock as a suffix of the device's name; empty if it is not known."""
        if not self._seen:
            return ""
        least, most = min(reading.mhz for reading in self._seen), max(reading.mhz for reading in self._seen)
        return f", {least} MHz" if least == most else f", {least} to {most} MHz"


SECONDS = 20.0  # seconds between heartbeats
SHARED = 0o666
NAME = "deepgrade-card.lock"


def lock_paths() -> tuple[Path, ...]:
    """Return the files to lock for this machine's GPUs, the same for all users: their device nodes.

    Only CUDA knows which of several GPUs is its first one, so races lock all of them. Without a node, a
    file that all users may open is locked instead.
    """
    nodes = tuple(node for node in find_driver().nodes if re.fullmatch(r"nvidia\d+", node.name))
    return nodes or (Path(tempfile.gettempdir()) / NAME,)


@contextlib.contextmanager
def gpu_lock() -> Iterator[None]:
    """Wait until no other process of this machine races on its GPUs, and hold the lock meanwhile.

    The kernel releases the lock when the process ends, however it ends. On Windows, where only one's own work is
    graded, there is no lock.

    Raises
    ------
    GraderFault
        A GPU or the file cannot be opened.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl  # not filelock: it opens what it locks for writing and sets its mode, and these are device nodes

    with contextlib.ExitStack() as held:
        for path in lock_paths():  # the same order everywhere prevents deadlock
            descriptor = _opened(path)
            held.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


def _opened(path: Path) -> int:
    """Open a file to lock; a missing one is created for all users."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with contextlib.suppress(FileExistsError):
            made = os.open(path, flags | os.O_CREAT | os.O_EXCL, SHARED)
            os.fchmod(made, SHARED)  # independent of the umask
            return made
        return os.open(path, flags)  # without O_CREAT, which kernels refuse for another user's file in a shared folder
    except OSError as error:
        raise GraderFault(f"races on the card cannot be kept apart: {error}") from None


@contextlib.contextmanager
def keeping_heartbeat(heartbeat: Heartbeat, seconds: float = SECONDS) -> Iterator[None]:
    """Send heartbeats while this process waits for something.

    Parameters
    ----------
    heartbeat : callable
        Called from another thread, and never after the block has ended.
    seconds : float
    """
    over = threading.Event()

    def beat() -> None:
        while not over.wait(seconds):
            heartbeat()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
