"""Lateness by whole rules: begun days after a due date, by the clock on the wall of the course's zone.

A day is a date's day: a deadline of 23:59 moves to 23:59 of the next date, also in the night in which clocks change and
that is 23 or 25 hours later. A deadline's whole minute belongs to it, and so do the minutes of grace after it.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from grader.records.rules import Lateness, Rules


def deadline(due: datetime, zone: str, days: int = 0) -> datetime:
    """Return the moment of a due date, moved by some days.

    Parameters
    ----------
    due : datetime
        As the clock on the wall shows it, without a zone.
    zone : str
        Name of the zone of that clock.
    days : int
        Days by which the date is later.

    Returns
    -------
    datetime
        In UTC. A time that the clock shows twice, or not at all, is taken for the later of its two meanings.

    Examples
    --------
    >>> deadline(datetime(2027, 3, 27, 23, 59), "Europe/Berlin", days=1).isoformat()
    '2027-03-28T21:59:00+00:00'
    """
    moved = (due + timedelta(days=days)).replace(tzinfo=ZoneInfo(zone))
    return max(moved.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def late_days(handed_in: datetime, due: datetime, zone: str, grace_minutes: int = 0) -> int:
    """Return the number of begun days between a due date and a hand-in; 0 if it is in time.

    Parameters
    ----------
    handed_in : datetime
        With its zone.
    due : datetime
        The person's due date, as the clock on the wall shows it, without a zone.
    zone : str
        Name of the zone of that clock.
    grace_minutes : int
        Minutes after each deadline that still belong to it.

    Returns
    -------
    int

    Examples
    --------
    >>> due = datetime(2027, 2, 1, 23, 59)
    >>> [late_days(datetime(2027, 2, 2, hour, tzinfo=UTC), due, "UTC") for hour in (0, 23)]
    [1, 1]
    """
    moment = handed_in.astimezone(UTC).replace(second=0, microsecond=0) - timedelta(minutes=grace_minutes)
    days = max((moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) - due).days - 1, 0)
    while deadline(due, zone, days).replace(second=0) < moment:
        days += 1
    return days


def penalty(days: int, out_of: float, late: Lateness) -> float:
    """Return the points that late days cost: a part of the unit's points for each day.

    Parameters
    ----------
    days : int
        Late days that are not free.
    out_of : float
        The unit's points.
    late : Lateness
    """
    return days * out_of * late.percent_per_day / 100


def is_cut_off(days: int, late: Lateness) -> bool:
    """Return whether a hand-in comes too late to earn anything, free days or not."""
    return late.cut_off_days is not None and days > late.cut_off_days


def by_due_date(units: tuple[str, ...], rules: Rules) -> list[str]:
    """Return units in the order in which free days are spent: by due date, then in the order given."""
    return sorted((unit for unit in units if unit in rules.due), key=lambda unit: rules.due[unit])
