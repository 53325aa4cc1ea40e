"""The course around the current folder, and the display of paths."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from grader.course.registry import Course


class Place:
    """The folder in which a command starts.

    Parameters
    ----------
    start : Path
        Any folder inside a course.
    """

    def __init__(self, start: Path) -> None:
        self.start = start

    @cached_property
    def course(self) -> "Course":
        """The course that contains the folder.

        Raises
        ------
        NotFoundError
            If there is none.
        CourseError
            If its registry is broken.
        """
        from grader.course.registry import find_course, load_course

        return load_course(find_course(self.start))

    @property
    def is_bundle(self) -> bool:
        """Whether the folder lies in a student bundle; its registry is not read."""
        from grader.course import layout
        from grader.pytest_plugin import is_course

        course = next((folder for folder in (self.start, *self.start.parents) if is_course(folder)), None)
        return course is not None and layout.release(course).is_file()


pass_place = click.make_pass_decorator(Place)


def shown(path: Path) -> str:
    """Return a path relative to the current folder, with terminal control characters escaped."""
    from grader.printable import safe

    here = Path.cwd()
    return safe(str(path.relative_to(here)) if path.is_relative_to(here) and path != here else str(path))
