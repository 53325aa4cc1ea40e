"""Archives of submissions, as untrusted data: their directory is checked, and nothing is unpacked to disk."""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

from grader.errors import RejectedError
from grader.printable import display
from grader.submissions.intake import MAX_ENTRIES, is_installed, is_junk
from grader.submissions.tarballs import TarMember, members

Read = Callable[[int], bytes]
"""Function that returns a file's bytes, or raises `RejectedError` if there are more than its argument."""

SUFFIXES = (".zip", ".tar.gz", ".tgz", ".tar")
MAX_UNPACKED_BYTES = 64 * 1024**2
_GZIP, _ZIP = b"\x1f\x8b", b"PK"
_FOREIGN = {
    b"Rar!": "RAR",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"\xfd7zXZ": "xz",
    b"BZh": "bzip2",
    b"%PDF": "PDF",
    b"\xd0\xcf\x11\xe0": "old Office",
}

# Exceptions that `zipfile` raised on deliberately broken archives.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
_DIRECTORY_RECORD = b"PK\x01\x02"


def is_archive(name: str) -> bool:
    """Return whether a file's name is that of an archive which can be read."""
    return name.lower().endswith(SUFFIXES)


def without_suffix(name: str) -> str:
    """Return an archive's name without its suffix, and any other name unchanged."""
    suffix = next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), "")
    return name[: len(name) - len(suffix)]


def open_archive(data: bytes) -> dict[str, Read]:
    """Return the files of a student's archive, which is refused for a single bad entry, wanted or not.

    Parameters
    ----------
    data : bytes
        A zip archive, or a tar archive, compressed by gzip or not.

    Returns
    -------
    dict of str to callable
        A function that reads the file, by the file's name.

    Raises
    ------
    RejectedError
        If it is broken or encrypted, or an entry is a link, a special file, a duplicate, or leads out of its folder.
    """
    kind = next((kind for magic, kind in _FOREIGN.items() if data.startswith(magic)), "")
    if kind:
        raise RejectedError(f"not a zip archive, but {kind}", "hand in a .zip of the .py files")
    if data.startswith(_GZIP) or data[257:262] == b"ustar":
        return _of_tar(data)
    # Parsing a directory of a million entries takes gigabytes, so count first. Nested stored archives add some.
    if data.count(_DIRECTORY_RECORD) > 2 * MAX_ENTRIES:
        raise _too_many()
    archive = Zip(io.BytesIO(data), MAX_ENTRIES)
    for name, problem in archive.odd.items():
        raise RejectedError(
            f"{display(name)} {problem}", "hand in a zip of the unit's .py files alone, without a password"
        )
    return archive.files


class Zip:
    """A zip archive with a checked directory.

    Parameters
    ----------
    file : Path or file-like
        Stays open as long as a file of it can be read.
    most : int
        Maximum number of entries.

    Attributes
    ----------
    files : dict of str to callable
        Function that reads a file, by the file's name; without those that operating systems add.
    odd : dict of str to str
        Problem of an entry that is never read, by its name.

    Raises
    ------
    RejectedError
        If it is broken, or has too many entries.
    """

    def __init__(self, file: Path | BinaryIO, most: int) -> None:
        try:
            archive = zipfile.ZipFile(file)
            entries = archive.infolist()
        except _BROKEN as error:
            raise RejectedError(f"not a zip archive that can be read: {display(str(error))}", "pack it again") from None
        if len(entries) > most:
            raise _too_many(most)
        self.files: dict[str, Read] = {}
        self.odd: dict[str, str] = {}
        for entry in entries:
            self._take(archive, entry)

    def _take(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
        name = entry.orig_filename
        is_twice = entry.filename in self.files
        problem = _name_problem(name) or _kind_problem(entry) or ("stands twice in the archive" if is_twice else "")
        if problem:
            self.odd[name] = problem
        elif not entry.is_dir() and not is_junk(name):
            self.files[entry.filename] = partial(_content, archive, entry)


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    shown = display(entry.filename)
    too_large = RejectedError(
        f"{shown} is larger than {limit // 1024} KiB once unpacked", "hand in the .py files alone"
    )
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise RejectedError(f"{shown} is compressed by an unusual method", "zip it with what the system has")
    if entry.file_size > limit:
        raise too_large
    try:
        with archive.open(entry) as file:
            data = file.read(limit + 1)
    except _BROKEN as error:
        raise RejectedError(f"{shown} is broken: {display(str(error))}", "pack it again") from None
    if len(data) > limit:
        raise too_large
    return data


def _too_many(most: int = MAX_ENTRIES) -> RejectedError:
    return RejectedError(f"the archive holds more than {most} entries", "hand in a zip of the unit's .py files alone")


def _name_problem(name: str) -> str:
    """Return the problem with an entry's original name, before `zipfile` normalizes it; empty if none."""
    if "\0" in name:
        return "has a null byte in its name"
    if "\\" in name:
        return "has a backslash in its name: zip archives separate folders by /"
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "is an absolute path"
    if any(part in ("..", ".", "") for part in name.removesuffix("/").split("/")):
        return "leads out of its folder or around it"
    return ""


def _kind_problem(entry: zipfile.ZipInfo) -> str:
    """Return the problem with an entry's type: link, device, encrypted; empty if none."""
    if is_installed(entry.orig_filename):  # the links of a virtual environment are never read
        return ""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "is a link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is not a regular file"
    if entry.flag_bits & 0x1:
        return "is encrypted"
    return ""


def _of_tar(data: bytes) -> dict[str, Read]:
    files: dict[str, Read] = {}
    for count, member in enumerate(members(_unzipped(data))):
        if count >= MAX_ENTRIES:
            raise _too_many()
        name = member.name.removeprefix("./")
        if name in ("", "."):
            continue
        problem = _name_problem(name) or _tar_problem(member, name) or ("stands twice in the archive" * (name in files))
        if problem:
            raise RejectedError(f"{display(name)} {problem}", "hand in a .zip of the unit's .py files alone")
        if member.is_file and not is_junk(name):
            files[name] = _reader(member, name)
    return files


def _tar_problem(member: TarMember, name: str) -> str:
    if is_installed(name) or member.is_file or member.is_folder:
        return ""
    return "is a link" if member.is_link else "is not a regular file"


def _reader(member: TarMember, name: str) -> Read:
    def read(limit: int) -> bytes:
        if len(member.content) > limit:
            raise RejectedError(f"{display(name)} is larger than {limit // 1024} KiB", "hand in the .py files alone")
        return bytes(member.content)

    return read


def _unzipped(data: bytes) -> bytes:
    """Return the bytes of a tar archive that may be compressed by gzip; never more than the limit."""
    if not data.startswith(_GZIP):
        return data
    unpacking = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacking.decompress(data, MAX_UNPACKED_BYTES)
    except zlib.error as error:
        raise RejectedError(f"not a .tar.gz that can be read: {display(str(error))}", "pack it again") from None
    if unpacking.unconsumed_tail:
        raise RejectedError(
            f"larger than {MAX_UNPACKED_BYTES // 1024} KiB once unpacked", "hand in the .py files alone"
        )
    return unpacked
