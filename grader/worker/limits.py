"""Limits that the kernel holds: memory, CPU time, file size, open files, threads. Windows has none of them.

The limit on threads counts all of a user's, not only a worker's.
"""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

try:
    import resource
except ImportError:  # Windows has no such limits; the judge's time limits still hold there
    resource = None  # type: ignore[assignment]  # the name must exist for the check below


GPU_HOST_MIB = 4096  # of the machine's memory, for CUDA's libraries and what they load later
GPU_FILES = 512  # a driver keeps dozens of descriptors open


def apply(wanted: Mapping[str, int], mapped: int) -> None:
    """Limit this process from now on.

    Parameters
    ----------
    wanted : mapping
        ``memory_mib``, ``cpu_seconds``, ``disk_mib`` (of one file) and ``open_files``; ``gpu_mib`` above 0 for a worker
        with a GPU, whose address space is not limited: CUDA reserves more of it than there is memory. What is written
        and allocated is limited there once CUDA runs, by `apply_beside_cuda`.
    mapped : int
        Bytes of address space that do not count: those of the interpreter and its libraries.
    """
    if resource is None:
        return
    values = {
        "RLIMIT_CPU": wanted["cpu_seconds"],
        "RLIMIT_FSIZE": wanted["disk_mib"] << 20,
        "RLIMIT_NOFILE": wanted["open_files"],
        "RLIMIT_CORE": 0,
    }
    if wanted.get("gpu_mib"):
        values["RLIMIT_NOFILE"] = max(values["RLIMIT_NOFILE"], GPU_FILES)
        del values["RLIMIT_FSIZE"]  # it would hold for the anonymous files that CUDA makes when it starts
    elif mapped:
        values["RLIMIT_AS"] = mapped + (wanted["memory_mib"] << 20)
    for name, value in values.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        most = value + (name == "RLIMIT_CPU")  # at the hard limit a worker is killed, before it a signal says why
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (min(value, limit), limit))


def apply_beside_cuda(wanted: Mapping[str, int]) -> None:
    """Limit, once CUDA runs, what this process writes, and allocates of the machine's own memory. Linux.

    The latter is some GiB for CUDA and the task's own; what is only reserved does not count, as it would by the limit
    on address space.

    Parameters
    ----------
    wanted : mapping
        As for `apply`.
    """
    now = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    most = now + ((wanted["memory_mib"] + GPU_HOST_MIB) << 20)
    written = wanted["disk_mib"] << 20
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    resource.setrlimit(resource.RLIMIT_FSIZE, (written, written))


def mapped_bytes() -> int:
    """Return the size of this process's address space; 0 where the system does not tell (macOS)."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 0


def threads_of(user: int) -> int:
    """Return how many threads a user runs, as far as `/proc` shows.

    Parameters
    ----------
    user : int
        Effective user id.
    """
    return sum(_threads(entry, user) for entry in os.scandir("/proc") if entry.name.isdigit())


def _threads(process: "os.DirEntry[str]", user: int) -> int:
    """Count a process's threads by the links of a folder, a look that costs microseconds."""
    with contextlib.suppress(OSError):  # it ended meanwhile
        if process.stat().st_uid == user:
            return os.stat(f"{process.path}/task").st_nlink - 2  # noqa: PTH116 (a path object takes as long again)
    return 0
