"""CPU time of a command with all its descendants.

A judge ignores SIGCHLD: the kernel then adds its children's time to no parent's account. A control group has all of it.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")
NAME = "throughput-"
ENTER = 'echo $$ > "$0/cgroup.procs" && exec "$@"'
EMPTY_SECONDS = 10.0  # for the last descendants to end


@dataclass(frozen=True)
class Spent:
    """What a command has cost, and what it printed.

    Attributes
    ----------
    seconds : float
        CPU time, user and system.
    printed : str
    is_whole : bool
        Whether descendants that nobody waited for are included.
    """

    seconds: float
    printed: str
    is_whole: bool


def cpu_seconds(command: Sequence[str], folder: Path, settings: Mapping[str, str] = {}) -> Spent:
    """Run a command, and return the CPU time that it and all its descendants took.

    Raises
    ------
    SystemExit
        The command failed.
    """
    with _control_group() as group:
        wrapped = command if group is None else ["/bin/sh", "-c", ENTER, str(group), *command]
        before = _of_children()
        done = subprocess.run(
            wrapped, cwd=folder, env=dict(os.environ) | dict(settings), capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")
        seconds = _of_children() - before if group is None else _of_group(group)
    return Spent(seconds, done.stdout, group is not None)


def of_own_group() -> float | None:
    """Return the CPU seconds of the group in which `cpu_seconds` has started this process; None if it has none."""
    groups = (parent for parent in _parents() if parent.name.startswith(NAME))
    return next((seconds for group in groups if (seconds := _of_group(group)) >= 0), None)


@cache
def has_control_group() -> bool:
    """Return whether a control group can be made here that counts CPU time."""
    with _control_group() as group:
        return group is not None


@contextmanager
def _control_group() -> Iterator[Path | None]:
    """Give a new control group, or None where none can be made."""
    group = next(filter(None, map(_made, _parents())), None)
    try:
        yield group
    finally:
        if group is not None:
            _await_empty(group)
            group.rmdir()


def _parents() -> Iterator[Path]:
    """Yield the folders of this process's own groups, first of the older hierarchy, which has one for CPU time."""
    for line in MEMBERSHIP.read_text(encoding="ascii").splitlines() if MEMBERSHIP.exists() else ():
        _, controllers, path = line.split(":", 2)
        names = ["cpuacct", controllers] if "cpuacct" in controllers.split(",") else []
        for name in names if controllers else ("", "unified"):
            yield CGROUPS / name / path.lstrip("/")


def _made(parent: Path) -> Path | None:
    group = parent / f"{NAME}{os.getpid()}"
    try:
        group.mkdir()
        if _of_group(group) >= 0:
            return group
        group.rmdir()
    except OSError:
        pass
    return None


def _of_group(group: Path) -> float:
    """Return the CPU seconds of a group; -1 if it does not count them."""
    older, newer = group / "cpuacct.usage", group / "cpu.stat"
    if older.exists():
        return int(older.read_text(encoding="ascii")) / 1e9
    words = newer.read_text(encoding="ascii").split() if newer.exists() else []
    return int(words[words.index("usage_usec") + 1]) / 1e6 if "usage_usec" in words else -1.0


def _await_empty(group: Path) -> None:
    end = time.monotonic() + EMPTY_SECONDS
    while (group / "cgroup.procs").read_text(encoding="ascii").strip() and time.monotonic() < end:
        time.sleep(0.01)


def _of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
