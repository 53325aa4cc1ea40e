"""Atomic writing of files: readers see the old content or the new, never a mixture."""

import os
from pathlib import Path

from grader.errors import DeepgradeError, is_no_room, no_room


def write_atomically(path: Path, content: bytes, hint: str = "choose another folder: --out") -> Path:
    """Write a file atomically: readers see all of its new content or none.

    Parameters
    ----------
    path : Path
        Missing parent folders are created.
    content : bytes
    hint : str
        What to do if it cannot be written.

    Returns
    -------
    Path
        The same path.

    Raises
    ------
    NoRoomError
        The disk is full.
    DeepgradeError
        The file cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with draft.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        if is_no_room(error):
            raise no_room(path) from None
        raise DeepgradeError(f"{path} cannot be written: {error.strerror}", hint) from None
    return path
