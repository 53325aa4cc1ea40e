"""What the kernel tells of another process: the CPU time that it has used, and whether it rests.

A process that runs, or that would run if it had a core, does not rest; neither does one that waits for a disk.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Protocol

BUSY = (b"R", b"D")  # running or waiting for a core; waiting for a disk, which nobody does by choice


class Process(Protocol):
    """A process, or several that belong together."""

    def cpu_seconds(self) -> float:
        """Return the CPU time that was used, all threads together.

        Raises
        ------
        OSError
            There is no such process any more.
        """

    def rests(self) -> bool:
        """Tell whether no thread runs or waits for a core; what has ended rests."""


class OneProcess:
    """A process of this machine, all its threads together.

    Parameters
    ----------
    pid : int
        As it is numbered here.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._clock = cpu_clock(pid)

    def cpu_seconds(self) -> float:
        """Return the CPU time that the process has used."""
        return time.clock_gettime(self._clock)

    def rests(self) -> bool:
        """Tell whether all its threads sleep, or are stopped."""
        return not any(state in BUSY for state in _states(self.pid))


class ProcessTree:
    """A process with all that descend from it.

    Parameters
    ----------
    pid : int
        Of the first one.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def cpu_seconds(self) -> float:
        """Return the CPU time of those that live now."""
        return sum(map(_seconds_or_none, _descendants(self.pid)), start=time.clock_gettime(cpu_clock(self.pid)))

    def rests(self) -> bool:
        """Tell whether all of them rest."""
        return not any(state in BUSY for pid in (self.pid, *_descendants(self.pid)) for state in _states(pid))


class Maker(ProcessTree):
    """A process that makes others: these are waited for, and charged elsewhere."""

    def cpu_seconds(self) -> float:
        """Return the CPU time of the first process alone."""
        return OneProcess(self.pid).cpu_seconds()


def known_process(pid: int | None) -> OneProcess | None:
    """Return a process that the kernel tells about; None where it does not."""
    return OneProcess(pid) if pid and kernel_tells() and _is_there(pid) else None


def known_tree(pid: int | None) -> ProcessTree | None:
    """Return a process and its descendants, where the kernel tells about them; None elsewhere."""
    return ProcessTree(pid) if pid and kernel_tells() and _is_there(pid) else None


def known_maker(pid: int | None) -> Maker | None:
    """Return a process that makes others, where the kernel tells about them; None elsewhere."""
    return Maker(pid) if pid and kernel_tells() and _is_there(pid) else None


@cache
def kernel_tells() -> bool:
    """Tell whether this kernel says of a process that it runs: Linux does, and not every sandbox that imitates it."""
    if sys.platform != "linux":
        return False
    try:
        state = _state(Path(f"/proc/self/task/{threading.get_native_id()}/stat"))
        return state == b"R" and time.clock_gettime(cpu_clock(os.getpid())) > 0
    except OSError:
        return False


def cpu_clock(pid: int) -> int:
    """Return the kernel's clock of a process's CPU time, as glibc's ``clock_getcpuclockid`` computes its number."""
    return (~pid << 3) | 2


def parent_of(pid: int) -> int | None:
    """Return the process that started another one; None where that is not known."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1]) or None
    except OSError:
        return None


def _is_there(pid: int) -> bool:
    """Tell whether the process may be looked at; on some machines users see only their own."""
    try:
        time.clock_gettime(cpu_clock(pid))
    except OSError:
        return False
    return bool(b"".join(_states(pid)))


def _states(pid: int) -> Iterator[bytes]:
    """Yield the state of each thread, one letter."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:  # it has ended
        return
    for thread in threads:
        try:
            yield _state(thread / "stat")
        except OSError:  # the thread has ended
            continue


def _state(path: Path) -> bytes:
    return path.read_bytes().rpartition(b")")[2][1:2]  # a name may hold anything, brackets too


def _descendants(pid: int) -> Iterator[int]:
    for child in _children(pid):
        yield child
        yield from _descendants(child)


def _children(pid: int) -> list[int]:
    try:
        threads = Path(f"/proc/{pid}/task").iterdir()
        return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:  # it has ended; or the kernel was built without these files
        return []


def _seconds_or_none(pid: int) -> float:
    try:
        return time.clock_gettime(cpu_clock(pid))
    except OSError:
        return 0.0
