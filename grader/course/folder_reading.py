"""Reads the files of a unit from the folder that a student handed in."""

import os
from collections.abc import Container
from pathlib import Path

from grader.course.intake import MAX_ENTRIES, Taken, check_total, is_junk, read_regular
from grader.course.student_text import display
from grader.errors import RejectedError


def read_folder(folder: Path, wanted: Container[str]) -> Taken:
    """Read the wanted files that lie directly in a folder.

    Parameters
    ----------
    folder : Path
    wanted : container of str
        File names to read; all others are noted as ignored, and never opened.

    Raises
    ------
    RejectedError
        The folder or something in it is a link or a special file, cannot be read, or is too large.
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
    """Return what lies in a folder, sorted by name.

    Raises
    ------
    RejectedError
        It is a link, cannot be listed, or holds more than a hand-in can need.
    """
    if folder.is_symlink():
        raise RejectedError(f"the folder {display(folder.name)} is a link")
    entries: list[os.DirEntry[str]] = []
    try:
        with os.scandir(folder) as found:
            for entry in found:
                entries.append(entry)
                if len(entries) > MAX_ENTRIES:
                    raise RejectedError(f"the folder {display(folder.name)} holds more than {MAX_ENTRIES} entries")
    except OSError as error:
        raise RejectedError(f"the folder {display(folder.name)} cannot be listed: {error.strerror}") from None
    return sorted(entries, key=lambda entry: entry.name)
