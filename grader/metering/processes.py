"""CPU time and thread states of other processes, as the kernel reports them.

A process is idle if none of its threads runs, waits for a core, or waits for a disk.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Protocol

BUSY = (b"R", b"D")  # running or runnable; waiting for a disk, which no program does on purpose


class Process(Protocol):
    """A process, or a group of related processes."""

    def cpu_seconds(self) -> float:
        """Return the CPU time used, all threads together.

        Raises
        ------
        OSError
            The process has ended.
        """

    def rests(self) -> bool:
        """Return whether no thread runs or waits for a core; a process that has ended is idle."""


class OneProcess:
    """A process of this machine with all its threads.

    Parameters
    ----------
    pid : int
        Its number in this PID namespace.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._clock = cpu_clock(pid)

    def cpu_seconds(self) -> float:
        """Return the CPU time that the process has used."""
        return time.clock_gettime(self._clock)

    def rests(self) -> bool:
        """Return whether all its threads sleep or are stopped."""
        return not any(state in BUSY for state in _states(self.pid))


class ProcessTree:
    """A process and all its descendants.

    Parameters
    ----------
    pid : int
        Number of the first process.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def cpu_seconds(self) -> float:
        """Return the CPU time of the processes that are alive."""
        return sum(map(_seconds_or_none, _descendants(self.pid)), start=time.clock_gettime(cpu_clock(self.pid)))

    def rests(self) -> bool:
        """Return whether all of them are idle."""
        return not any(state in BUSY for pid in (self.pid, *_descendants(self.pid)) for state in _states(pid))


class Maker(ProcessTree):
    """A process that starts others, which are waited for but charged elsewhere."""

    def cpu_seconds(self) -> float:
        """Return the CPU time of the first process alone."""
        return OneProcess(self.pid).cpu_seconds()


def known_process(pid: int | None) -> OneProcess | None:
    """Return a process that the kernel reports on; None where it does not.

    Parameters
    ----------
    pid : int or None
        Process id; None if it is not known.

    Returns
    -------
    OneProcess or None
    """
    return OneProcess(pid) if pid and kernel_tells() and _is_there(pid) else None


def known_tree(pid: int | None) -> ProcessTree | None:
    """Return a process and its descendants, if the kernel reports on them; None otherwise."""
    return ProcessTree(pid) if pid and kernel_tells() and _is_there(pid) else None


def known_maker(pid: int | None) -> Maker | None:
    """Return a process that starts others, if the kernel reports on it; None otherwise."""
    return Maker(pid) if pid and kernel_tells() and _is_there(pid) else None


@cache
def kernel_tells() -> bool:
    """Return whether this kernel reports the states of processes: Linux does, some sandboxes that imitate it do not."""
    if sys.platform != "linux":
        return False
    try:
        state = _state(Path(f"/proc/self/task/{threading.get_native_id()}/stat"))
        return state == b"R" and time.clock_gettime(cpu_clock(os.getpid())) > 0
    except OSError:
        return False


def cpu_clock(pid: int) -> int:
    """Return the clock id of a process's CPU time.

    This is what glibc's ``clock_getcpuclockid`` returns: the inverted pid above three bits of flags. Flag 2 selects
    the scheduler's clock, and a missing flag 4 the whole process rather than one thread. Python has no wrapper for it.
    """
    return (~pid << 3) | 2


def parent_of(pid: int) -> int | None:
    """Return the parent of a process; None if it is not known."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1]) or None
    except OSError:
        return None


def _is_there(pid: int) -> bool:
    """Return whether the process may be inspected; some machines show users only their own."""
    try:
        time.clock_gettime(cpu_clock(pid))
    except OSError:
        return False
    return bool(b"".join(_states(pid)))


def _states(pid: int) -> Iterator[bytes]:
    """Yield the state of each thread as one letter."""
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
