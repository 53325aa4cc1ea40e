"""Packing of a unit on the student's side: a zip archive of its stub files, and a manifest.

The same files and the same time always give the same bytes.
"""

import hashlib
import io
import zipfile
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from grader import __version__
from grader.atomic import write_atomically
from grader.course import layout
from grader.course.registry import Course
from grader.errors import NotFoundError, RejectedError
from grader.printable import display
from grader.submissions.intake import check_total, read_regular, source_text

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
    packed : str
        Time of packing by the student's clock, as little to be trusted; empty if it is not told.
    """

    course: str
    unit: str
    files: dict[str, str]
    engine: str
    format: int = FORMAT
    tested: Findings | None = None
    packed: str = ""


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


def pack(
    course: Course, unit: str, destination: Path, tested: Findings | None = None, *, at: datetime | None = None
) -> Path:
    """Write a unit's stub files and a manifest as a zip archive.

    Parameters
    ----------
    course : Course
    unit : str
    destination : Path
        The folder to write ``<unit>.zip`` into, or a path that ends in ``.zip``.
    tested : Findings, optional
        Results of the visible tests, for the manifest.
    at : datetime, optional
        Time of packing, for the manifest.

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
    contents[MANIFEST] = _manifest(course, unit, contents, tested, at)
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


def _manifest(
    course: Course, unit: str, contents: dict[str, bytes], tested: Findings | None, at: datetime | None
) -> bytes:
    files = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(contents.items())}
    packed = at.isoformat(timespec="seconds") if at else ""
    manifest = Manifest(course.name, unit, files, __version__, tested=tested, packed=packed)
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2)


def _entry(name: str) -> zipfile.ZipInfo:
    """Return an entry that does not depend on date, umask and platform."""
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.create_system = _UNIX
    entry.external_attr = _REGULAR_FILE
    entry.compress_type = zipfile.ZIP_STORED  # compressed bytes differ between zlib versions
    return entry
