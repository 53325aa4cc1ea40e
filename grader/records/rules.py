"""Rules that a course states in `course.toml`: due dates, lateness, attempts, weights, dropped units, feedback."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from grader.records.disclosure import Level

Percent = Annotated[float, Meta(ge=0, le=100)]
Count = Annotated[int, Meta(ge=0)]


class Attempts(StrEnum):
    """Choice of the one among several attempts that counts."""

    LATEST = "latest"
    BEST = "best"


class Lateness(Struct, frozen=True, forbid_unknown_fields=True):
    """Rules for late hand-ins.

    Attributes
    ----------
    percent_per_day : float
        Part of the unit's points that each begun day costs.
    grace_minutes : int
        Minutes after each deadline that do not count.
    cut_off_days : int or None
        A hand-in that is later than this many days earns nothing; None: there is no such limit.
    free_days : int
        Late days of each person, over all units, that cost nothing.
    """

    percent_per_day: Percent = 0.0
    grace_minutes: Count = 0
    cut_off_days: Count | None = None
    free_days: Count = 0

    @property
    def costs_points(self) -> bool:
        """Whether a late hand-in can lose anything."""
        return self.percent_per_day > 0 or self.cut_off_days is not None


class Disclosure(Struct, frozen=True, forbid_unknown_fields=True):
    """Amount that students are shown of the hidden tests.

    Attributes
    ----------
    hidden : Level
    after_due : Level or None
        From the last due date of anybody in the class on; None: no change.
    """

    hidden: Level = Level.PROPERTY
    after_due: Level | None = None


class Rules(Struct, frozen=True):
    """Rules by which a person's grade follows from the results.

    Attributes
    ----------
    zone : str
        Name of the time zone of the due dates, such as ``Europe/Berlin``.
    due : dict of str to datetime
        Due dates by unit, in the local time of that zone.
    late : Lateness
    attempts : Attempts
    dropped : int
        Number of units left out of the total: those whose absence helps most.
    weights : dict of str to float
        Weights of units in the total; empty: each unit weighs as much as its points.
    bonus : tuple of str
        Units whose points are added to the total without being part of its maximum.
    questions : dict of str to dict
        Points of the questions that people grade, by unit and question.
    feedback : Disclosure
    """

    zone: str = "UTC"
    due: dict[str, datetime] = {}
    late: Lateness = Lateness()
    attempts: Attempts = Attempts.LATEST
    dropped: int = 0
    weights: dict[str, float] = {}
    bonus: tuple[str, ...] = ()
    questions: dict[str, dict[str, float]] = {}
    feedback: Disclosure = Disclosure()
