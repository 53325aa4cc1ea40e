"""Number of cores that this process may use, which may be less than the machine has."""

import math
import os
from pathlib import Path

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""The environment of a process that computes with one thread: on a busy machine a second one waits for the first."""

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUPS = Path("/proc/self/cgroup")


def use_one_thread() -> None:
    """Keep torch and NumPy on one thread each.

    A process that is forked beside running threads can hang. And on arrays as small as those of a test, threads that
    wait for each other cost twice the CPU time when the cores are busy.
    """
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    threadpool_limits(1)


def usable_cores(mount: Path = CGROUPS, membership: Path = OWN_CGROUPS) -> int:
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
