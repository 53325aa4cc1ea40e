"""What a unit's tests are worth together, read from their decorators: nothing is imported or run."""

from collections.abc import Sequence
from pathlib import Path

from grader.course import layout
from grader.course.decorators import tests_of
from grader.course.extras import cannot_run
from grader.course.registry import Unit


def test_files(root: Path, unit: str) -> list[Path]:
    """Return a unit's files of tests, visible ones first."""
    folders = (layout.exercises(root, unit), layout.hidden(root, unit))
    return [path for folder in folders for path in sorted(folder.glob("test_*.py"))]


def unit_points(root: Path, unit: Unit, without: Sequence[str] = ()) -> float:
    """Return what a unit is worth here.

    Parameters
    ----------
    root : Path
        The course.
    unit : Unit
    without : sequence of str
        Tests that are left out, by ``file.test``.

    Returns
    -------
    float
        Points of all tests but those that this machine cannot run.
    """
    left_out = set(cannot_run(unit))
    return sum(
        (test.points or 0.0) * test.cases
        for path in test_files(root, unit.name)
        for test in tests_of(root, path)
        if test.task not in left_out and f"{path.stem.removeprefix('test_')}.{test.name}" not in without
    )
