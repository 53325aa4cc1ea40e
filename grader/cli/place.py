"""Where a command runs: the course around the folder that one is in, and how paths of it are shown."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from grader.course.registry import Course


class Place:
    """The folder that a command starts from.

    Parameters
    ----------
    start : Path
        Any folder of a course.
    """

    def __init__(self, start: Path) -> None:
        self.start = start

    @cached_property
    def course(self) -> "Course":
        """The course around it.

        Raises
        ------
        NotFoundError
            There is none.
        CourseError
            Its registry is broken.
        """
        from grader.course.registry import find_course, load_course

        return load_course(find_course(self.start))


pass_place = click.make_pass_decorator(Place)


def shown(path: Path) -> str:
    """Return a path as one would type it here, with what could steer a terminal escaped."""
    from grader.printable import safe

    here = Path.cwd()
    return safe(str(path.relative_to(here)) if path.is_relative_to(here) and path != here else str(path))
