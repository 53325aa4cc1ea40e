"""Units of a release: one that gives parts of earlier solutions away comes when these units are closed."""

from collections.abc import Collection

from msgspec.structs import replace

from grader.course.registry import Course, Unit


def opened(course: Course, closed: Collection[str]) -> Course:
    """Return a course without the units that are not to be released yet.

    Parameters
    ----------
    course : Course
    closed : collection of str
        Units that are closed for everybody.
    """
    return replace(course, units=tuple(unit for unit in course.units if not waits_for(unit, closed)))


def waits_for(unit: Unit, closed: Collection[str]) -> tuple[str, ...]:
    """Return the units that have to be closed before a unit is released, and are not.

    Parameters
    ----------
    unit : Unit
    closed : collection of str
        Units that are closed for everybody.
    """
    return tuple(name for name in unit.opens if name not in closed)
