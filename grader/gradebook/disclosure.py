"""Level of feedback on a unit's hidden tests at a moment: after everybody's due date it may be a higher one."""

from collections.abc import Sequence
from datetime import datetime

from grader.gradebook.lateness import deadline
from grader.records.disclosure import Level
from grader.records.grades import Adjustment, AdjustmentKind, Person
from grader.records.rules import Rules


def last_deadline(
    unit: str, people: Sequence[Person], adjustments: Sequence[Adjustment], rules: Rules
) -> datetime | None:
    """Return the moment of a unit's latest due date in the class, or None if it has none.

    What a page tells one person reaches the others: nothing more is told while anybody's extension runs.

    Parameters
    ----------
    unit : str
    people : sequence of Person
    adjustments : sequence of Adjustment
        Of the whole class; extensions count.
    rules : Rules
    """
    due = rules.due.get(unit)
    if due is None:
        return None
    latest = max(_days_by_student(unit, people, adjustments).values(), default=0)
    return deadline(due, rules.zone, max(latest, 0))


def is_closed(
    unit: str, people: Sequence[Person], adjustments: Sequence[Adjustment], rules: Rules, now: datetime
) -> bool:
    """Return whether a unit was due for everybody before a moment; one without a due date is never closed.

    Parameters
    ----------
    unit : str
    people : sequence of Person
    adjustments : sequence of Adjustment
    rules : Rules
    now : datetime
        With its zone.
    """
    last = last_deadline(unit, people, adjustments, rules)
    return last is not None and now > last


def still_open(
    unit: str, people: Sequence[Person], adjustments: Sequence[Adjustment], rules: Rules, now: datetime
) -> list[str]:
    """Return the ids of those for whom a unit is not due yet.

    Parameters
    ----------
    unit : str
        With a due date.
    people : sequence of Person
    adjustments : sequence of Adjustment
    rules : Rules
    now : datetime
        With its zone.
    """
    by_student = _days_by_student(unit, people, adjustments)
    return sorted(who for who, days in by_student.items() if now <= deadline(rules.due[unit], rules.zone, days))


def _days_by_student(unit: str, people: Sequence[Person], adjustments: Sequence[Adjustment]) -> dict[str, int]:
    """Return by how many days each person's due date is later."""
    days = {person.id: person.extra_days for person in people if not person.withdrawn}
    more = _extensions(unit, adjustments)
    return {student: days.get(student, 0) + more.get(student, 0) for student in {*days, *more}}


def _extensions(unit: str, adjustments: Sequence[Adjustment]) -> dict[str, int]:
    """Return the days of each person's latest extension."""
    extensions = [one for one in adjustments if one.unit == unit and one.kind is AdjustmentKind.EXTEND and one.holds]
    return {one.student: int(one.value) for one in sorted(extensions, key=lambda one: one.number)}


def level_of(
    unit: str, people: Sequence[Person], adjustments: Sequence[Adjustment], rules: Rules, now: datetime
) -> Level:
    """Return what is told of a unit's hidden tests at a moment.

    Parameters
    ----------
    unit : str
    people : sequence of Person
    adjustments : sequence of Adjustment
    rules : Rules
    now : datetime
        With its zone.
    """
    after = rules.feedback.after_due
    if after is None or not is_closed(unit, people, adjustments, rules, now):
        return rules.feedback.hidden
    return after
