"""Isolation that each worker sets up around itself before it receives the student's code.

`Sealed`: the keeper moves into new namespaces, so that the worker has no other processes, no network, an empty
`/proc` and a private `/box`. `Weak`: Landlock instead, for machines without user namespaces. Both also drop all
capabilities, forbid new privileges, and install a seccomp filter.
"""

import os
import resource
import shutil
import tempfile
from pathlib import Path
from typing import Any, Protocol

from grader.worker import device, kernel, limits
from grader.worker.limits import SPARE_USER, threads_of

BOX = "/box"
# Threads that the same user may start elsewhere, in other workers too, while a weak worker runs.
THREADS_OF_OTHERS = 256
MOST_INODES = 4096
HARMLESS = kernel.NO_SETUID | kernel.NO_DEVICES


class Walls(Protocol):
    """Isolation steps before the student's code runs."""

    def around_keeper(self, wanted: dict[str, Any]) -> None:
        """Set up what must be in place before the worker is forked."""

    def around_worker(self, wanted: dict[str, Any]) -> None:
        """Set up the rest, in the worker, as the last step before it serves."""

    def after_worker(self) -> None:
        """Take down what the kernel does not take down by itself when the worker has ended."""


class NoWalls:
    """No isolation (tier `self`), but an empty folder to work in, as in the sealed tier."""

    def __init__(self) -> None:
        self._folder = ""

    def around_keeper(self, wanted: dict[str, Any]) -> None:
        """Make the worker's folder."""
        self._folder = tempfile.mkdtemp(prefix="grade-")

    def after_worker(self) -> None:
        """Remove the worker's folder with all that it has written there."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def around_worker(self, wanted: dict[str, Any]) -> None:
        """Enter the folder; start CUDA and its limits if the worker has a GPU."""
        os.chdir(self._folder)
        if wanted.get("gpu_mib"):
            device.start(wanted["gpu_mib"])
            limits.apply_beside_cuda(wanted)


class Sealed:
    """Namespaces, a private file system, and the seccomp filter (tier `sealed`).

    Parameters
    ----------
    program : bytes
        The compiled seccomp filter.
    """

    def __init__(self, program: bytes) -> None:
        self._program = program

    def around_keeper(self, wanted: dict[str, Any]) -> None:
        """Move the keeper into new namespaces: the next fork is process 1 of them, and all processes die with it.

        A worker with a GPU stays in its zygote's PID namespace: CUDA names its threads in `/proc`, by their numbers,
        and the kernel allows no second mount of `/proc` here. It can start no process that would outlive it.
        """
        os.setsid()  # a kill of process group 0 crosses PID namespaces
        kernel.set_dumpable(True)  # otherwise the user map cannot be written
        user, group = os.getuid(), os.getgid()
        kernel.unshare(kernel.NEW_NAMESPACES & ~(kernel.PID_NAMESPACE if wanted.get("gpu_mib") else 0))
        for name, text in (("setgroups", "deny"), ("uid_map", f"1000 {user} 1"), ("gid_map", f"1000 {group} 1")):
            Path(f"/proc/self/{name}").write_text(text, encoding="ascii")
        kernel.mount(None, "/", kernel.RECURSIVE | kernel.PRIVATE)
        kernel.mount("tmpfs", BOX, HARMLESS, f"size={wanted['disk_mib']}m,nr_inodes={MOST_INODES},mode=700")

    def around_worker(self, wanted: dict[str, Any]) -> None:
        """Drop everything that computing does not need; `/proc` last, because the memory limit is measured there.

        CUDA starts first: it needs files, sockets and threads that the student's code will not have.
        """
        # CUDA's threads inherit the capabilities of this thread, and `drop_capabilities` changes only this thread.
        if wanted.get("gpu_mib"):
            kernel.rest_capabilities(resting=True)
            device.start(wanted["gpu_mib"])
            kernel.rest_capabilities(resting=False)
            limits.apply_beside_cuda(wanted)
        kernel.mount("tmpfs", "/proc", HARMLESS | kernel.READ_ONLY, "size=4k")
        os.chdir(BOX)
        _lock(self._program, wanted)

    def after_worker(self) -> None:
        """Do nothing: the worker's file system has ended with it."""


class Weak:
    """Landlock instead of namespaces (tier `weak`).

    Parameters
    ----------
    program : bytes
        The compiled seccomp filter.
    readable : tuple of str
        Folders of the interpreter and its libraries.
    """

    def __init__(self, program: bytes, readable: tuple[str, ...]) -> None:
        self._program = program
        self._readable = readable

    def around_keeper(self, wanted: dict[str, Any]) -> None:
        """Do nothing: the keeper has no isolation of its own."""

    def around_worker(self, wanted: dict[str, Any]) -> None:
        """Restrict the file system, then drop everything else."""
        threads = wanted["threads"] + THREADS_OF_OTHERS  # the kernel counts all threads of the user
        if os.getuid() == 0:
            _leave_root()
        else:
            threads += threads_of(os.getuid())
        kernel.forbid_new_privileges()
        kernel.allow_reading_only(self._readable)
        _lock(self._program, wanted | {"threads": threads})

    def after_worker(self) -> None:
        """Do nothing: the worker could write nowhere."""


def _leave_root() -> None:
    """Become a user to whom limits apply, and which the judge does not run as.

    The effective user stays root, because the interpreter may be readable only for root. Landlock restricts other
    reads, and the filter blocks the way back.
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
