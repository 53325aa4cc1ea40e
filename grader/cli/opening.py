"""Words about units that are closed, and about those that a release leaves out until then."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.course.registry import Course
    from grader.gradebook.book import ClassBook


def moment_in(moment: datetime, zone: str) -> str:
    """Return a moment in words, in a time zone.

    Parameters
    ----------
    moment : datetime
        With its zone.
    zone : str
    """
    from zoneinfo import ZoneInfo

    return f"{moment.astimezone(ZoneInfo(zone)).strftime('%a %d %b %Y, %H:%M')} ({zone})"


def closed_units(course: "Course", book: "ClassBook", now: datetime) -> list[str]:
    """Return the units that are closed for everybody.

    Parameters
    ----------
    course : Course
    book : ClassBook
        People and extensions.
    now : datetime
        With its zone.
    """
    from grader.gradebook.disclosure import is_closed

    names = [unit.name for unit in course.units]
    return [name for name in names if is_closed(name, book.people, book.adjustments, course.rules, now)]


def lines_of_later(course: "Course", book: "ClassBook", closed: Collection[str]) -> Iterator[str]:
    """Yield a line about each unit that is not to be released yet: what it waits for, and until when.

    Parameters
    ----------
    course : Course
    book : ClassBook
    closed : collection of str
        Units that are closed for everybody.
    """
    from grader.gradebook.disclosure import last_deadline
    from grader.release.opening import waits_for

    for unit in course.units:
        waiting = waits_for(unit, closed)
        moments = [last_deadline(name, book.people, book.adjustments, course.rules) for name in waiting]
        dated = [moment for moment in moments if moment is not None]
        if waiting and len(dated) == len(moments):
            yield f"left out: {unit.name}, until {_listed(waiting)} closed: {moment_in(max(dated), course.rules.zone)}"
        elif waiting:
            undated = [name for name, moment in zip(waiting, moments, strict=True) if moment is None]
            yield f"left out: {unit.name}, until {_listed(waiting)} closed; without a due date: {', '.join(undated)}"


def _listed(names: Collection[str]) -> str:
    """Return names as a subject with its verb.

    Examples
    --------
    >>> _listed(["rnn"]), _listed(["rnn", "embeddings"])
    ('rnn is', 'rnn and embeddings are')
    """
    *others, last = names
    return f"{', '.join(others)} and {last} are" if others else f"{last} is"
