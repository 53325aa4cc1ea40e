"""Backups of a student's files: one copy for each version that a command has replaced."""

import re
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from grader.atomic import write_atomically
from grader.course import layout
from grader.course.registry import Course, Unit

WRITABLE = "make the course's folder writable, then again"
_STAMP = "%Y%m%d-%H%M%S-%f"
_NAME = re.compile(r"(?P<stem>[a-z][a-z0-9_]*)\.(?P<stamp>\d{8}-\d{6}-\d{6})\.py")


class Backup(Struct, frozen=True):
    """An earlier version of a student's file.

    Attributes
    ----------
    path : Path
    file : str
        Stem of the student's file.
    time : datetime
        When it was replaced, by this machine's clock.
    """

    path: Path
    file: str
    time: datetime


def backups_of(course: Course, unit: Unit) -> list[Backup]:
    """Return the backups of a unit's files, the newest first; other files in their folder are left out."""
    folder = layout.backups(course.root, unit.name)
    paths = folder.iterdir() if folder.is_dir() else ()
    backups = [backup for path in paths if (backup := _as_backup(path)) and backup.file in unit.files]
    return sorted(backups, key=lambda backup: backup.time, reverse=True)


def _as_backup(path: Path) -> Backup | None:
    match = _NAME.fullmatch(path.name)
    if match is None or not path.is_file():
        return None
    try:
        return Backup(path, match["stem"], datetime.strptime(match["stamp"], _STAMP))
    except ValueError:  # digits, but no date
        return None


def back_up(root: Path, unit: str, path: Path) -> Path:
    """Copy a file unchanged to a new name among the backups.

    Raises
    ------
    NoRoomError
        If the disk is full.
    DeepgradeError
        If the copy cannot be written: then the file must not be replaced.
    """
    name = f"{path.stem}.{datetime.now().strftime(_STAMP)}.py"
    return write_atomically(layout.backups(root, unit) / name, path.read_bytes(), WRITABLE)
