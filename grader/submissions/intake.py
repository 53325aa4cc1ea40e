"""The record of a submission, and safe reading of its files: size limits, ignored names, no links followed."""

import codecs
import io
import os
import re
import stat
import tokenize
from pathlib import Path, PurePosixPath

from msgspec import Struct

from grader.errors import RejectedError
from grader.printable import display


class Submission(Struct, frozen=True):
    """One unit submitted by one student.

    Attributes
    ----------
    unit : str
    files : dict of str to str
        Source text by the stub's stem; empty if the submission is rejected.
    student : str
        Name of the student's folder, escaped for display; empty if there is no student, as for solutions.
    problem : str
        Reason for the rejection; empty if there is none.
    ignored : tuple of str
        Names of other submitted files, escaped for display.
    """

    unit: str
    files: dict[str, str] = {}
    student: str = ""
    problem: str = ""
    ignored: tuple[str, ...] = ()


MAX_ENTRIES = 10_000
MAX_FILE_BYTES = 2 * 1024**2
MAX_TOTAL_BYTES = 8 * 1024**2
MAX_ARCHIVE_BYTES = 32 * 1024**2

_JUNK = frozenset({"__MACOSX", "__pycache__", ".DS_Store", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints"})


_INSTALLED = frozenset({"site-packages", "dist-packages", "node_modules", "venv", "env", "virtualenv"})


def is_junk(name: str) -> bool:
    """Return whether any part of a path is a leftover of an operating system or of Python."""
    return any(part in _JUNK or part.startswith("._") for part in PurePosixPath(name).parts)


def is_installed(name: str) -> bool:
    """Return whether a path leads through a virtual environment, or a hidden folder such as ``.git``."""
    return any(part in _INSTALLED or part.startswith(".") for part in PurePosixPath(name).parts)


def open_regular(path: Path) -> int:
    """Open a file for reading and return its descriptor; reject links, devices, pipes and sockets.

    Raises
    ------
    RejectedError
        If it is not a regular file, or cannot be read.
    """
    shown = display(path.name)
    if path.is_symlink():
        raise RejectedError(f"{shown} is a link")
    # Without O_NONBLOCK, opening a named pipe blocks until it has a writer. Windows has neither flag.
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
        If it is not a regular file, cannot be read, or is larger than `limit`.
    """
    with os.fdopen(open_regular(path), "rb") as file:
        data = file.read(min(os.fstat(file.fileno()).st_size, limit) + 1)
    if len(data) > limit:
        raise RejectedError(f"{display(path.name)} is larger than {limit // 1024} KiB", "hand in the .py files alone")
    return data


def check_total(files: dict[str, bytes]) -> None:
    """Check the total size of some files.

    Raises
    ------
    RejectedError
        If they are too large together.
    """
    if sum(map(len, files.values())) > MAX_TOTAL_BYTES:
        raise RejectedError(f"the files are larger than {MAX_TOTAL_BYTES // 1024} KiB together")


_WEB_PAGE = re.compile(r"\ufeff?\s*<(!doctype\s+html|html)\b", re.IGNORECASE)
_CODECS = re.compile(
    r"(utf-8(-sig)?|ascii|iso8859-\d+|cp\d+|koi8-[rut]|gb2312|gbk|gb18030|big5(hkscs)?|shift_jis|euc_(jp|kr)|mac-roman)"
)


def source_text(data: bytes, name: str) -> str:
    """Decode a Python file as Python would: as UTF-8, or in the encoding declared in its first two lines.

    Parameters
    ----------
    data : bytes
    name : str
        The file's name for messages.

    Returns
    -------
    str
        The text without a byte order mark.

    Raises
    ------
    RejectedError
        If it is not text in its encoding, or declares an encoding that is not used for source files.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise RejectedError(f"{name} is UTF-16 text", "save it as UTF-8")
    encoding = _declared(data, name)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = data[error.start]
        raise RejectedError(
            f"{name}, line {line}: byte 0x{byte:02x} is not {encoding} text", "save it as UTF-8"
        ) from None
    if _WEB_PAGE.match(text):
        raise RejectedError(f"{name} is a web page with the file in it", "download the file itself")
    if "\0" in text:
        raise RejectedError(f"{name} contains a null byte: no Python file does", "hand in the source text")
    return text


def _declared(data: bytes, name: str) -> str:
    """Return the file's encoding; only common ones are accepted, because some of Python's codecs run for minutes."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        known = codecs.lookup(encoding).name
    except (SyntaxError, LookupError, UnicodeError) as error:
        raise RejectedError(f"{name}: {display(str(error))}", "save it as UTF-8") from None
    if not _CODECS.fullmatch(known):
        raise RejectedError(f"{name} declares the encoding {display(known)}", "save it as UTF-8")
    return known
