"""What is taken from a hand-in, whatever its shape: caps, names, and opening without being led astray."""

import os
import stat
from pathlib import Path, PurePosixPath

from msgspec import Struct

from grader.course.student_text import display
from grader.errors import RejectedError

MAX_ENTRIES = 200
MAX_FILE_BYTES = 2 * 1024**2
MAX_TOTAL_BYTES = 8 * 1024**2
MAX_ARCHIVE_BYTES = 32 * 1024**2

_JUNK = frozenset({"__MACOSX", "__pycache__", ".DS_Store", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints"})


class Taken(Struct, frozen=True):
    """The bytes of the files that were asked for, by name, and the names of those that were not."""

    files: dict[str, bytes]
    ignored: tuple[str, ...] = ()


def is_junk(name: str) -> bool:
    """Whether an entry is what operating systems and Python leave behind, told by any part of its path."""
    return any(part in _JUNK or part.startswith("._") for part in PurePosixPath(name).parts)


def open_regular(path: Path) -> int:
    """Open a file for reading and return its descriptor; refuse links, devices, pipes and sockets.

    Raises
    ------
    RejectedError
        It is not a regular file, or cannot be read.
    """
    shown = display(path.name)
    if path.is_symlink():
        raise RejectedError(f"{shown} is a link")
    # O_NONBLOCK: a named pipe would hold us until somebody writes to it. Windows knows neither flag.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise RejectedError(f"{shown} cannot be read: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise RejectedError(f"{shown} is not a regular file")
    return descriptor


def read_regular(path: Path, limit: int = MAX_FILE_BYTES) -> bytes:
    """Return a regular file's bytes.

    Raises
    ------
    RejectedError
        It is not a regular file, cannot be read, or is larger than `limit`.
    """
    with os.fdopen(open_regular(path), "rb") as file:
        data = file.read(min(os.fstat(file.fileno()).st_size, limit) + 1)
    if len(data) > limit:
        raise RejectedError(f"{display(path.name)} is larger than {limit // 1024} KiB")
    return data


def check_total(files: dict[str, bytes]) -> None:
    """Refuse files that are too large together.

    Raises
    ------
    RejectedError
        They are.
    """
    if sum(map(len, files.values())) > MAX_TOTAL_BYTES:
        raise RejectedError(f"the files are larger than {MAX_TOTAL_BYTES // 1024} KiB together")
