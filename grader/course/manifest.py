"""The slip of paper in a packed submission: which course, which unit, which files. Nobody's grade depends on it."""

import msgspec
from msgspec import Struct

from grader.course.registry import Course
from grader.course.student_text import display
from grader.errors import RejectedError

MANIFEST = "manifest.json"
FORMAT = 1


class Findings(Struct, frozen=True):
    """How the visible tests went at home, when the unit was packed.

    Attributes
    ----------
    earned, points : float
    failed, not_attempted : tuple of str
        Tasks.
    """

    earned: float
    points: float
    failed: tuple[str, ...] = ()
    not_attempted: tuple[str, ...] = ()


class Manifest(Struct, frozen=True):
    """What a packed submission says about itself.

    Attributes
    ----------
    course, unit : str
    files : dict of str to str
        SHA-256 of every file, by its name in the archive.
    engine : str
        The version that packed it.
    format : int
        Of this record.
    tested : Findings or None
        What the student saw; whoever packs can write here whatever they like.
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
        It is broken, written by a newer engine, or of another course.
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
