"""Lock for one race on the GPU at a time, because concurrent races would time each other; heartbeats while waiting."""

import contextlib
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from grader.judge.budget import Heartbeat
from grader.judge.outcomes import GraderFault
from grader.sandbox.nvidia import find_driver

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

    def tell() -> None:
        while not over.wait(seconds):
            heartbeat()

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
