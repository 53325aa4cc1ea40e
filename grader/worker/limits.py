"""Resource limits of the kernel: memory, CPU time, file size, open files, threads. Windows has none of them.

The kernel counts all threads of a user against the limit, not only the worker's.
"""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

try:
    import resource
except ImportError:  # Windows has no such limits; the judge's time limits still apply there
    resource = None  # type: ignore[assignment]  # the name must exist for the check below


SPARE_USER = 60001  # an unused uid: workers of a judge that runs as root run as this user
GPU_HOST_MIB = 4096  # host memory for CUDA's libraries and what they load later
GPU_FILES = 512  # the driver keeps dozens of descriptors open


def apply(wanted: Mapping[str, int], mapped: int) -> None:
    """Set the limits of this process.

    Parameters
    ----------
    wanted : mapping
        ``memory_mib``, ``cpu_seconds``, ``disk_mib`` (of one file) and ``open_files``; ``gpu_mib`` above 0 for a worker
        with a GPU. Its address space is not limited, because CUDA reserves more of it than there is memory;
        `apply_beside_cuda` limits its files and allocations once CUDA runs.
    mapped : int
        Bytes of address space that do not count: the interpreter and its libraries.
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
        del values["RLIMIT_FSIZE"]  # it would apply to the anonymous files that CUDA creates on startup
    elif mapped:
        values["RLIMIT_AS"] = mapped + (wanted["memory_mib"] << 20)
    for name, value in values.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        most = value + (name == "RLIMIT_CPU")  # exceeding the soft limit sends a signal that names the cause
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (min(value, limit), limit))


def apply_beside_cuda(wanted: Mapping[str, int]) -> None:
    """Limit files and host memory of this process once CUDA runs. Linux only.

    The memory limit is a few GiB for CUDA plus the task's own. Unlike the limit on address space, it does not count
    memory that is only reserved.

    Parameters
    ----------
    wanted : mapping
        As in `apply`.
    """
    now = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    most = now + ((wanted["memory_mib"] + GPU_HOST_MIB) << 20)
    written = wanted["disk_mib"] << 20
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    resource.setrlimit(resource.RLIMIT_FSIZE, (written, written))


def mapped_bytes() -> int:
    """Return the size of this process's address space; 0 where it is not reported (macOS)."""
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
    """Count a process's threads by the link count of its task folder, which takes microseconds."""
    with contextlib.suppress(OSError):  # it ended in the meantime
        if process.stat().st_uid == user:
            return os.stat(f"{process.path}/task").st_nlink - 2  # noqa: PTH116 (a path object takes as long again)
    return 0
