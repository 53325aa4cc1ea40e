"""One race on a card at a time: several at once would time each other. Whoever has to wait says that it is alive."""

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

SECONDS = 20.0  # between two signs of life
SHARED = 0o666
NAME = "deepgrade-card.lock"


def lock_paths() -> tuple[Path, ...]:
    """Return what stands for this machine's cards, the same for all of its users: their device nodes.

    Which of several cards CUDA calls the first, only CUDA knows, so races wait for each other on all of them. Where
    there is no node, a file takes its place that everybody may open.
    """
    nodes = tuple(node for node in find_driver().nodes if re.fullmatch(r"nvidia\d+", node.name))
    return nodes or (Path(tempfile.gettempdir()) / NAME,)


@contextlib.contextmanager
def gpu_lock() -> Iterator[None]:
    """Wait until no other process of this machine races on its cards, and keep others from them meanwhile.

    The kernel lets the lock go when the process ends, however it ends. On Windows, where one's own work is all that is
    graded, there is none.

    Raises
    ------
    GraderFault
        A card or the file cannot be opened.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl  # not filelock: it opens what it locks for writing and sets its mode, and these are device nodes

    with contextlib.ExitStack() as held:
        for path in lock_paths():  # in the same order everywhere: nobody holds one and waits for another's
            descriptor = _opened(path)
            held.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


def _opened(path: Path) -> int:
    """Open what is locked; a file that is not there yet is made for everybody."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with contextlib.suppress(FileExistsError):
            made = os.open(path, flags | os.O_CREAT | os.O_EXCL, SHARED)
            os.fchmod(made, SHARED)  # the umask does not matter
            return made
        return os.open(path, flags)  # without O_CREAT: kernels refuse that for somebody else's file in a shared folder
    except OSError as error:
        raise GraderFault(f"races on the card cannot be kept apart: {error}") from None


@contextlib.contextmanager
def keeping_heartbeat(heartbeat: Heartbeat, seconds: float = SECONDS) -> Iterator[None]:
    """Tell from time to time that this process is alive, while it waits for something.

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
