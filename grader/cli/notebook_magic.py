"""`%grade` in a notebook: tests the functions that its cells have defined, as `grade run` tests files."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.cli.failures import guarded
from grader.cli.place import Place

if TYPE_CHECKING:
    from grader.course.registry import Unit


def register(shell: Any) -> None:
    """Register the magic with a shell.

    Parameters
    ----------
    shell : IPython's InteractiveShell
    """

    def grade(line: str) -> None:
        guarded(partial(_graded, [str(cell) for cell in shell.user_ns.get("In", ())], line.split()))

    grade.__doc__ = "Test units or tasks with the cells that have run: %grade conv2d_forward"
    shell.register_magic_function(grade, "line", "grade")


def _graded(cells: Sequence[str], names: Sequence[str]) -> None:
    """Test what some names select; cells that have run replace the functions of the files.

    Raises
    ------
    DeepgradeError
        As for `grade run`.
    """
    from msgspec.structs import replace

    from grader.cli.run import one_unit
    from grader.cli.screen import Screen
    from grader.cli.testing import Subject, jobs_for

    place, screen = Place(Path.cwd()), Screen()
    for job in jobs_for(place.course, names, Subject()):
        unit = place.course.unit(job.unit)
        files = _with_cells(job.submission.files, cells)
        if files == job.submission.files:
            screen.paragraph(_no_cells(unit), "yellow")
        one_unit(place.course, screen, replace(job, submission=replace(job.submission, files=files)))


def _with_cells(files: Mapping[str, str], cells: Sequence[str]) -> dict[str, str]:
    """Return a unit's files as the cells have them that have run so far."""
    from grader.submissions.notebooks import parts_of, with_parts

    parts: dict[str, list[str]] = {}
    for stem, part in parts_of(cells):
        parts.setdefault(stem, []).append(part)
    return {
        stem: with_parts(text, _valid(parts[stem], stem), f"{stem}.py") if stem in parts else text
        for stem, text in files.items()
    }


def _valid(parts: Sequence[str], stem: str) -> list[str]:
    """Return the parts that are valid Python: a cell with a slip has defined nothing, and was mended later.

    Raises
    ------
    RejectedError
        If the latest one is not.
    """
    from grader.course.reading import parsed
    from grader.errors import CourseError, RejectedError

    valid: list[str] = []
    problem = ""
    for part in parts:
        try:
            parsed(part, f"the latest cell of {stem}.py")
            valid, problem = [*valid, part], ""
        except CourseError as error:
            problem = error.message
    if problem:
        raise RejectedError(problem, "mend the cell, run it, then: %grade")
    return valid


def _no_cells(unit: "Unit") -> str:
    return (
        f"no cell of {unit.name} has run here, so its files are tested; a cell belongs to a file if its first line "
        f"names it, as in: # {unit.files[0]}.py"
    )
