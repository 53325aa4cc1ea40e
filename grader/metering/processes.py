"""CPU time and thread states of other processes, and the cores that this one may use, as the kernel reports them.

A process is idle if none of its threads runs, waits for a core, or waits for a disk.
"""

import math
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
    """A process that starts others, whose time is charged elsewhere."""

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
    return OneProcess(pid) if pid and kernel_tells() and _is_known(pid) else None


def known_tree(pid: int | None) -> ProcessTree | None:
    """Return a process and its descendants, if the kernel reports on them; None otherwise."""
    return ProcessTree(pid) if pid and kernel_tells() and _is_known(pid) else None


def known_maker(pid: int | None) -> Maker | None:
    """Return a process that starts others, if the kernel reports on it; None otherwise."""
    return Maker(pid) if pid and kernel_tells() and _is_known(pid) else None


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


def _is_known(pid: int) -> bool:
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


ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""The environment of a process that computes with one thread: on a busy machine a second one waits for the first."""

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


def use_one_thread() -> None:
    """Keep NumPy on one thread, and torch, whether it is imported already or later.

    A process that is forked beside running threads can hang. And on arrays as small as those of a test, threads that
    wait for each other cost twice the CPU time when the cores are busy. Nothing is imported for it: a suite without
    torch starts seconds sooner.
    """
    from threadpoolctl import threadpool_limits

    os.environ |= ONE_THREAD
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
    threadpool_limits(1)


def usable_cores(mount: Path = CGROUPS, membership: Path = MEMBERSHIP) -> int:
    """Return how many cores this process may keep busy, from its CPU affinity and its cgroups' CPU quotas.

    Parameters
    ----------
    mount : Path, optional
        Where cgroups are mounted.
    membership : Path, optional
        The file that names this process's cgroups.

    Returns
    -------
    int
        At least 1. A fractional quota is rounded up.
    """
    shares = [share for folder in _groups(mount, membership) if (share := _share(folder)) is not None]
    return max(1, math.ceil(min([_allowed(), *shares])))


def _allowed() -> int:
    """Return the number of cores that the scheduler may run this process on."""
    if hasattr(os, "process_cpu_count"):  # Python 3.13
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _groups(mount: Path, membership: Path) -> list[Path]:
    """Return the folders of this process's cgroups that may limit its CPU time, and of their parents."""
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return []
    folders = []
    for line in lines:
        # cgroup v2 has one line without controllers. v1 has a line per hierarchy, mounted under the controllers' names.
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        for root in (mount / controllers, mount / "cpu", mount / "unified", mount):
            inside = root / path.lstrip("/")
            folders += [inside, *(parent for parent in inside.parents if parent.is_relative_to(root))]
    return list(dict.fromkeys(folders))


def _share(folder: Path) -> float | None:
    """Return how many cores a cgroup's CPU quota is worth; None without a limit."""
    numbers = _numbers(folder / "cpu.max") or (
        *_numbers(folder / "cpu.cfs_quota_us"),
        *_numbers(folder / "cpu.cfs_period_us"),
    )
    if len(numbers) != 2 or min(numbers) <= 0:
        return None
    quota, period = numbers
    return quota / period


def _numbers(file: Path) -> tuple[int, ...]:
    """Return the numbers in a file, -1 for ``max``; empty if it cannot be read."""
    try:
        words = file.read_text(encoding="ascii").split()
        return tuple(-1 if word == "max" else int(word) for word in words)
    except (OSError, ValueError):
        return ()
