"""Recognition of the layout in which submissions came, by its structure; two that could both be meant are an error."""

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from grader.course.registry import Course
from grader.errors import DeepgradeError, NotFoundError, RejectedError
from grader.printable import display, safe
from grader.submissions.platforms.downloads import canvas, gradescope, moodle
from grader.submissions.platforms.folders import SUBMITTED, classroom, nbgrader, plain
from grader.submissions.platforms.records import LayoutReading, Root, Sureness
from grader.submissions.trees import download

READERS: dict[str, Callable[[Root], LayoutReading]] = {
    "plain": plain,
    "canvas": canvas,
    "moodle": moodle,
    "gradescope": gradescope,
    "nbgrader": nbgrader,
    "classroom": classroom,
}
"""Reader of each layout, by the value of ``--layout``."""

_NAMED_BY_PLATFORM = ("canvas", "moodle", "gradescope")
EXPECTED = (
    "expected one folder per student, as in submissions/<student>/<unit>/ or submissions/<student>/<unit>.zip, "
    "or what Canvas, Moodle, Gradescope, nbgrader or GitHub Classroom make, as a folder or a zip"
)


def recognise(path: Path, course: Course, layout: str = "") -> LayoutReading:
    """Return a folder or zip archive of submissions as its layout reads it.

    Parameters
    ----------
    path : Path
    course : Course
    layout : str, optional
        Name of the layout; by default, the structure decides.

    Returns
    -------
    LayoutReading

    Raises
    ------
    NotFoundError
        If the folder is missing, or holds nobody's submission.
    DeepgradeError
        If two layouts could be meant.
    """
    if not path.exists():
        raise NotFoundError(f"there is no folder {safe(str(path))}", EXPECTED)
    try:
        roots = _roots(path, course)
    except RejectedError as error:
        raise NotFoundError(f"{safe(str(path))}: {error.message}", EXPECTED) from None
    readings = {name: max((reader(root) for root in roots), key=_sureness) for name, reader in READERS.items()}
    if path.is_dir():
        readings["plain"] = plain(roots[0])  # the only folder in it is a student's
    chosen = readings[layout] if layout else _surest(readings, path)
    if not chosen.deliveries:
        raise NotFoundError(f"no student's folder in {safe(str(path))}", EXPECTED)
    return chosen


def _roots(path: Path, course: Course) -> list[Root]:
    """Return the folder, and the folder in it where it is the only one: many zip archives have one at their top."""
    units = frozenset(unit.name for unit in course.units)
    name = path.stem if path.is_file() else path.name
    root = Root(name, tuple(download(path)), units)
    visible = [node for node in root.nodes if not node.name.startswith(".")]
    inner = next((node for node in visible if node.name == SUBMITTED and node.is_folder), None)
    if inner is None and len(visible) == 1 and visible[0].name not in units:
        inner = visible[0]
    return [root, Root(inner.name, tuple(inner.listed()), units)] if inner and inner.is_folder else [root]


def _sureness(reading: LayoutReading) -> Sureness:
    return reading.sureness


def _surest(readings: dict[str, LayoutReading], path: Path) -> LayoutReading:
    if any(readings[name].sureness for name in _NAMED_BY_PLATFORM) and readings["plain"].sureness:
        readings = {**readings, "plain": replace(readings["plain"], sureness=Sureness.POSSIBLE)}
    platforms = [reading for name, reading in readings.items() if name != "plain"]
    certain = [reading for reading in platforms if reading.sureness is Sureness.CERTAIN]
    if not certain and readings["plain"].sureness is Sureness.CERTAIN:
        return readings["plain"]
    possible = certain or [reading for reading in readings.values() if reading.sureness]
    if len(possible) > 1:
        titles = " or ".join(reading.title for reading in possible)
        flags = " or ".join(f"--layout {reading.layout}" for reading in possible)
        raise DeepgradeError(f"{display(path.name)} can be {titles}", f"say which it is: {flags}")
    return possible[0] if possible else readings["plain"]
