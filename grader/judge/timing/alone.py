"""One race on a card at a time: several at once would time each other. Whoever has to wait says that it is alive."""

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from grader.judge.ended import GraderFault

SECONDS = 20.0  # between two signs of life

TellAlive = Callable[[], None]


def lock_path() -> Path:
    """Return the file that stands for this machine's card; every user has one of their own."""
    return Path(tempfile.gettempdir()) / f"deepgrade-card-{os.getuid()}.lock"


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Wait until no other process of this user's races on the card, and keep others from it meanwhile.

    The kernel lets the lock go when the process ends, however it ends. On Windows, where one's own work is all that is
    graded, there is none.

    Raises
    ------
    GraderFault
        The file cannot be opened, or is somebody else's.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    try:
        descriptor = os.open(lock_path(), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise GraderFault(f"races on the card cannot be kept apart: {error}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def telling(tell_alive: TellAlive, seconds: float = SECONDS) -> Iterator[None]:
    """Tell from time to time that this process is alive, while it waits for something.

    Parameters
    ----------
    tell_alive : callable
        Called from another thread, and never after the block has ended.
    seconds : float
    """
    over = threading.Event()

    def tell() -> None:
        while not over.wait(seconds):
            tell_alive()

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
