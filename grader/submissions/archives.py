"""Zip archives and folders of submissions: packed on the student's side, read on the instructor's.

The same files always give the same bytes.
"""

import hashlib
import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Container
from pathlib import Path

import msgspec
from msgspec import Struct

from grader import __version__
from grader.atomic import write_atomically
from grader.course import layout
from grader.course.registry import Course
from grader.errors import NotFoundError, RejectedError
from grader.printable import display
from grader.submissions.intake import (
    MAX_ARCHIVE_BYTES,
    MAX_ENTRIES,
    MAX_FILE_BYTES,
    MAX_TOTAL_BYTES,
    Taken,
    check_total,
    is_junk,
    read_regular,
    source_text,
)

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


class Archive:
    """A zip archive with a checked directory: only plain names, regular files and folders.

    Parameters
    ----------
    path : Path

    Raises
    ------
    RejectedError
        If it is broken or encrypted, or an entry is a link, a special file, a duplicate, or leads out of its folder.
    """

    def __init__(self, path: Path) -> None:
        data = read_regular(path, MAX_ARCHIVE_BYTES)
        # Parsing a directory of a million entries takes gigabytes, so count first. Nested stored archives add a few.
        if data.count(_DIRECTORY_RECORD) > 10 * MAX_ENTRIES:
            raise RejectedError(f"the archive holds more than {MAX_ENTRIES} entries")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _BROKEN as error:
            raise RejectedError(f"not a zip archive that can be read: {display(str(error))}") from None
        self._entries = _checked(self._zip.infolist())

    @property
    def names(self) -> list[str]:
        """Sorted names of the files, without those that operating systems add."""
        return sorted(self._entries)

    def read(self, name: str) -> bytes:
        """Return a file's bytes.

        Raises
        ------
        RejectedError
            If it is broken, too large once unpacked, or compressed by a method with unbounded memory use.
        """
        entry, shown = self._entries[name], display(name)
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise RejectedError(f"{shown} is compressed by an unusual method", "use your system's plain zip")
        if entry.file_size > MAX_FILE_BYTES:
            raise RejectedError(f"{shown} is larger than {MAX_FILE_BYTES // 1024} KiB once unpacked")
        try:
            with self._zip.open(entry) as file:
                data = file.read(MAX_FILE_BYTES + 1)
        except _BROKEN as error:
            raise RejectedError(f"{shown} is broken: {display(str(error))}") from None
        if len(data) > MAX_FILE_BYTES:
            raise RejectedError(f"{shown} is larger than {MAX_FILE_BYTES // 1024} KiB once unpacked")
        return data

    def take(self, folder: str, wanted: Callable[[str], bool]) -> Taken:
        """Read the wanted files directly inside a folder of the archive ("" for the top level).

        Raises
        ------
        RejectedError
            As for `read`, or if the files are too large together.
        """
        prefix = f"{folder}/" if folder else ""
        inside = {name.removeprefix(prefix): name for name in self.names if name.startswith(prefix)}
        chosen = {short: name for short, name in inside.items() if wanted(short)}
        if sum(self._entries[name].file_size for name in chosen.values()) > MAX_TOTAL_BYTES:
            raise RejectedError(f"the files are larger than {MAX_TOTAL_BYTES // 1024} KiB together once unpacked")
        files: dict[str, bytes] = {}
        for short, name in chosen.items():
            files[short] = self.read(name)
            check_total(files)
        return Taken(files, tuple(display(short) for short in inside if short not in chosen))


def _checked(entries: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Return the files by name; reject the whole archive for a single bad entry, wanted or not."""
    if len(entries) > MAX_ENTRIES:
        raise RejectedError(f"the archive holds more than {MAX_ENTRIES} entries")
    files: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        shown = display(entry.orig_filename)
        problem = _name_problem(entry.orig_filename) or _kind_problem(entry)
        if problem:
            raise RejectedError(f"{shown} {problem}")
        if entry.filename in files:
            raise RejectedError(f"{shown} stands twice in the archive")
        if not entry.is_dir() and not is_junk(entry.filename):
            files[entry.filename] = entry
    return files


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
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "is a link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is not a regular file"
    if entry.flag_bits & 0x1:
        return "is encrypted"
    return ""


def read_folder(folder: Path, wanted: Container[str]) -> Taken:
    """Read the wanted files directly inside a folder.

    Parameters
    ----------
    folder : Path
    wanted : container of str
        File names to read; all others are listed as ignored and never opened.

    Raises
    ------
    RejectedError
        If the folder or an entry is a link or a special file, cannot be read, or is too large.
    """
    files: dict[str, bytes] = {}
    ignored = []
    for entry in list_folder(folder):
        if entry.is_symlink():
            raise RejectedError(f"{display(entry.name)} is a link")
        if not (entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)):
            raise RejectedError(f"{display(entry.name)} is not a regular file")
        if is_junk(entry.name):
            continue
        if entry.name in wanted:
            files[entry.name] = read_regular(Path(entry.path))
            check_total(files)
        else:
            ignored.append(display(entry.name))
    return Taken(files, tuple(ignored))


def list_folder(folder: Path) -> list[os.DirEntry[str]]:
    """Return the entries of a folder, sorted by name.

    Raises
    ------
    RejectedError
        If it is a link, cannot be listed, or has more entries than a submission can need.
    """
    if folder.is_symlink():
        raise RejectedError(f"the folder {display(folder.name)} is a link")
    entries: list[os.DirEntry[str]] = []
    try:
        with os.scandir(folder) as listing:
            for entry in listing:
                entries.append(entry)
                if len(entries) > MAX_ENTRIES:
                    raise RejectedError(f"the folder {display(folder.name)} holds more than {MAX_ENTRIES} entries")
    except OSError as error:
        raise RejectedError(f"the folder {display(folder.name)} cannot be listed: {error.strerror}") from None
    return sorted(entries, key=lambda entry: entry.name)


MANIFEST = "manifest.json"
FORMAT = 1


class Findings(Struct, frozen=True):
    """Results of the visible tests on the student's machine, when the unit was packed.

    Attributes
    ----------
    earned, points : float
    failed, not_attempted : tuple of str
        Task names.
    """

    earned: float
    points: float
    failed: tuple[str, ...] = ()
    not_attempted: tuple[str, ...] = ()


class Manifest(Struct, frozen=True):
    """Description of a packed submission, stored in the archive.

    Attributes
    ----------
    course, unit : str
    files : dict of str to str
        SHA-256 of each file by its name in the archive.
    engine : str
        Version of the engine that packed it.
    format : int
        Version of this record's format.
    tested : Findings or None
        Results that the student saw. Not trustworthy: students can write anything here.
    """

    course: str
    unit: str
    files: dict[str, str]
    engine: str
    format: int = FORMAT
    tested: Findings | None = None


def read_manifest(data: bytes, course: Course) -> Manifest:
    """Return a submission's manifest.

    Raises
    ------
    RejectedError
        If it is broken, written by a newer engine, or of another course.
    """
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise RejectedError(f"{MANIFEST} is broken", "pack it again: grade submit <unit>") from None
    if manifest.format > FORMAT:
        raise RejectedError("packed by a newer version of the course", "update deepgrade")
    if manifest.course != course.name:
        raise RejectedError(f'packed for the course "{display(manifest.course)}", not for "{course.name}"')
    return manifest


_EPOCH = (1980, 1, 1, 0, 0, 0)
_REGULAR_FILE = 0o100644 << 16
_UNIX = 3


def pack(course: Course, unit: str, destination: Path, tested: Findings | None = None) -> Path:
    """Write a unit's stub files and a manifest as a zip archive.

    Parameters
    ----------
    course : Course
    unit : str
    destination : Path
        The folder to write ``<unit>.zip`` into, or a path that ends in ``.zip``.
    tested : Findings, optional
        Results of the visible tests, for the manifest.

    Returns
    -------
    Path
        The archive.

    Raises
    ------
    NotFoundError
        If there is no such unit, or a stub file is missing.
    RejectedError
        If a file would be rejected by grading: too large, not UTF-8, a link.
    DeepgradeError
        If the archive cannot be written.
    """
    contents = {f"{unit}/{stem}.py": _read(course.root, unit, stem) for stem in course.unit(unit).files}
    check_total(contents)
    contents[MANIFEST] = _manifest(course, unit, contents, tested)
    path = destination if destination.suffix == ".zip" else destination / f"{unit}.zip"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(contents):
            archive.writestr(_entry(name), contents[name])
    write_atomically(path, packed.getvalue())
    return path


def _read(root: Path, unit: str, stem: str) -> bytes:
    path = layout.stub_path(root, unit, stem)
    if not path.exists() and not path.is_symlink():
        shown = layout.relative_name(path, root)
        raise NotFoundError(f"{shown} is missing", f"restore it: grade reset <a task of {stem}.py>")
    data = read_regular(path)
    source_text(data, path.name)
    return data


def _manifest(course: Course, unit: str, contents: dict[str, bytes], tested: Findings | None) -> bytes:
    files = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(contents.items())}
    manifest = Manifest(course.name, unit, files, __version__, tested=tested)
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2)


def _entry(name: str) -> zipfile.ZipInfo:
    """Return an entry that does not depend on date, umask and platform."""
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.create_system = _UNIX
    entry.external_attr = _REGULAR_FILE
    entry.compress_type = zipfile.ZIP_STORED  # compressed bytes differ between zlib versions
    return entry
