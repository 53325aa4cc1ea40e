"""The walls that each worker raises around itself before it hears of the student's code.

`Sealed`: the keeper moves into namespaces of its own, so that the worker sees no process but itself, no network, an
empty `/proc` and a private `/box`. `Weak`: Landlock in their place, where there are no user namespaces. Both end
without capabilities, without new privileges, and with a seccomp filter.
"""

import os
import resource
from pathlib import Path
from typing import Any, Protocol

from grader.worker import gpu, kernel, limits
from grader.worker.limits import threads_of

BOX = "/box"
SPARE_USER = 60001  # nobody's: workers of a judge that runs as root are this user
ROOM_FOR_OTHERS = 256  # threads that the same user may start elsewhere, in other workers too, while a weak one runs
MOST_INODES = 4096
HARMLESS = kernel.NO_SETUID | kernel.NO_DEVICES


class Walls(Protocol):
    """What is done before the student's code runs."""

    def around_keeper(self, wanted: dict[str, Any]) -> None:
        """Raise what must stand before the worker is forked."""

    def around_worker(self, wanted: dict[str, Any]) -> None:
        """Raise the rest, in the worker; the last thing before it serves."""


class NoWalls:
    """The tier `self`."""

    def around_keeper(self, wanted: dict[str, Any]) -> None:
        """Do nothing."""

    def around_worker(self, wanted: dict[str, Any]) -> None:
        """Do nothing but what a GPU needs."""
        if wanted.get("gpu_mib"):
            gpu.start(wanted["gpu_mib"])
            limits.apply_beside_cuda(wanted)


class Sealed:
    """Namespaces, an own file system, and the filter.

    Parameters
    ----------
    program : bytes
        The compiled seccomp filter.
    """

    def __init__(self, program: bytes) -> None:
        self._program = program

    def around_keeper(self, wanted: dict[str, Any]) -> None:
        """Move into namespaces of its own: the next fork is process 1 of them, and all die with it.

        A worker with a GPU stays in its zygote's PID namespace: CUDA names its threads in `/proc`, by their numbers,
        and the kernel lets nobody mount a second `/proc` in here. It can make no process that would outlive it.
        """
        os.setsid()  # a kill of process group 0 crosses PID namespaces
        kernel.set_dumpable(True)  # or the user map cannot be written
        user, group = os.getuid(), os.getgid()
        kernel.unshare(kernel.NEW_NAMESPACES & ~(kernel.PID_NAMESPACE if wanted.get("gpu_mib") else 0))
        for name, text in (("setgroups", "deny"), ("uid_map", f"1000 {user} 1"), ("gid_map", f"1000 {group} 1")):
            Path(f"/proc/self/{name}").write_text(text, encoding="ascii")
        kernel.mount(None, "/", kernel.RECURSIVE | kernel.PRIVATE)
        kernel.mount("tmpfs", BOX, HARMLESS, f"size={wanted['disk_mib']}m,nr_inodes={MOST_INODES},mode=700")

    def around_worker(self, wanted: dict[str, Any]) -> None:
        """Give up everything that is not needed to compute; `/proc` last, the memory limit is measured there.

        CUDA starts before: it wants files, sockets and threads that the student's code will not have.
        """
        if wanted.get("gpu_mib"):
            kernel.rest_capabilities(resting=True)
            gpu.start(wanted["gpu_mib"])
            kernel.rest_capabilities(resting=False)
            limits.apply_beside_cuda(wanted)
        kernel.mount("tmpfs", "/proc", HARMLESS | kernel.READ_ONLY, "size=4k")
        os.chdir(BOX)
        _lock(self._program, wanted)


class Weak:
    """Landlock in the place of namespaces.

    Parameters
    ----------
    program : bytes
        The compiled seccomp filter.
    readable : tuple of str
        The interpreter and its libraries.
    """

    def __init__(self, program: bytes, readable: tuple[str, ...]) -> None:
        self._program = program
        self._readable = readable

    def around_keeper(self, wanted: dict[str, Any]) -> None:
        """Nothing stands between the keeper and its worker."""

    def around_worker(self, wanted: dict[str, Any]) -> None:
        """Close the file system, then give up everything else."""
        threads = wanted["threads"] + ROOM_FOR_OTHERS  # the kernel counts all of the user's
        if os.getuid() == 0:
            _leave_root()
        else:
            threads += threads_of(os.getuid())
        kernel.forbid_new_privileges()
        kernel.allow_reading_only(self._readable)
        _lock(self._program, wanted | {"threads": threads})


def _leave_root() -> None:
    """Become somebody to whom limits apply, and who shares no user with the judge.

    The effective user stays: the interpreter may lie where only root reads, and Landlock says what else is read. The
    filter keeps the way back closed.
    """
    os.setgroups([])
    os.setresgid(SPARE_USER, SPARE_USER, SPARE_USER)
    os.setresuid(SPARE_USER, 0, 0)


def _lock(program: bytes, wanted: dict[str, Any]) -> None:
    for kind, value in (
        (resource.RLIMIT_NPROC, wanted["threads"]),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
    ):
        resource.setrlimit(kind, (value, value))
    kernel.drop_capabilities()
    kernel.forbid_new_privileges()
    kernel.install_filter(program, all_threads=bool(wanted.get("gpu_mib")))
