"""Records of the gradebook: people, attempts, adjustments by hand, and the grades that follow from them."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

UNKNOWN_TIME = "unknown"
"""Source of an attempt's time if no trustworthy time is known."""


class Person(Struct, frozen=True, omit_defaults=True):
    """One row of the roster.

    Attributes
    ----------
    id : str
        Name of the person's folder, the key of all tables.
    name, email, section : str
    extra_days : int
        Days by which every due date is later for this person.
    group : str
        People with the same group share one hand-in; empty: no group.
    withdrawn : bool
        The person keeps a row and gets no total.
    platforms : dict of str to str
        The person's ids on platforms, by column of the roster: ``canvas_id``, ``sis_login``, ``moodle_id`` and so on.
    line : int
        Line of the roster; 0 for a person who is only known from a hand-in.
    """

    id: str
    name: str = ""
    email: str = ""
    section: str = ""
    extra_days: int = 0
    group: str = ""
    withdrawn: bool = False
    platforms: dict[str, str] = {}
    line: int = 0

    @property
    def is_listed(self) -> bool:
        """Whether the person stands in the roster."""
        return self.line > 0


class Attempt(Struct, frozen=True, omit_defaults=True):
    """One hand-in of one unit by one person.

    Attributes
    ----------
    student, unit : str
    number : int
        From 1, in the order of handing in.
    handed_in : datetime or None
        With its zone; None if nobody but the student, or the file system, says when.
    source : str
        Where that time comes from: ``canvas``, ``times.csv``, ..., or ``unknown``.
    path : str
        Folder or archive, relative to the submissions.
    members : tuple of str
        Others whose hand-in it is as well, by the platform's word.
    """

    student: str
    unit: str
    number: int = 1
    handed_in: datetime | None = None
    source: str = UNKNOWN_TIME
    path: str = ""
    members: tuple[str, ...] = ()


class AdjustmentKind(StrEnum):
    """Kinds of decisions by hand."""

    POINTS = "points"  # added to the unit's points, within its maximum
    BONUS = "bonus"  # added beyond the maximum
    SET = "set"  # in place of the graded points and of penalties
    EXCUSE = "excuse"  # the unit does not count
    EXTEND = "extend"  # the due date is later by so many days
    COMMENT = "comment"
    QUESTION = "question"  # points of a question that a person grades


class Adjustment(Struct, frozen=True, omit_defaults=True):
    """A decision by hand about one person's unit.

    Attributes
    ----------
    student, unit : str
    kind : AdjustmentKind
    value : float
        Points or days; 0 where the kind has none.
    reason : str
        The reason, or the comment itself.
    by : str
        Who decided.
    at : datetime or None
    number : int
        Its number in the class's database; 0 before it is stored.
    undone_by, undone_at : str, datetime or None
        Who took it back, and when; empty while it holds.
    question : str
        The question that was graded; empty for other kinds.
    """

    student: str
    unit: str
    kind: AdjustmentKind
    value: float = 0.0
    reason: str = ""
    by: str = ""
    at: datetime | None = None
    number: int = 0
    undone_by: str = ""
    undone_at: datetime | None = None
    question: str = ""

    @property
    def holds(self) -> bool:
        """Whether nobody has taken it back."""
        return self.undone_at is None


class GradeStatus(StrEnum):
    """Status of one person's unit in the gradebook."""

    GRADED = "graded"
    REFUSED = "refused"
    NOT_SUBMITTED = "not submitted"
    NOT_MEASURED = "not measured"
    EXCUSED = "excused"
    WITHDRAWN = "withdrawn"
    OPEN = "open"  # not graded yet, by the machine or by hand


class UnitGrade(Struct, frozen=True):
    """Grade of one person in one unit, with what it is made of.

    Attributes
    ----------
    student, unit : str
    status : GradeStatus
    raw : float or None
        Points of the tests, scaled up to `out_of` if a few were not measured; None: no points are known.
    out_of : float
        The unit's points.
    measured : float
        Points of the tests that measured something.
    final : float or None
        The points that count: after lateness and adjustments; None: blank in every table.
    penalty : float
        Points taken off for lateness.
    late_days, free_days : int
        Begun days after the person's own due date, and how many of them cost nothing.
    bonus : float
        Part of `final` that may exceed `out_of`.
    attempt : Attempt or None
        The one that counts.
    adjustments : tuple of Adjustment
        Those that hold, earliest first.
    handed_in_by : str
        Member of the group who handed in; empty if the person did, or nobody.
    notes : tuple of str
        What a reader of the grade has to know, such as an unknown time.
    """

    student: str
    unit: str
    status: GradeStatus
    raw: float | None = None
    out_of: float = 0.0
    measured: float = 0.0
    final: float | None = None
    penalty: float = 0.0
    late_days: int = 0
    free_days: int = 0
    bonus: float = 0.0
    attempt: Attempt | None = None
    adjustments: tuple[Adjustment, ...] = ()
    handed_in_by: str = ""
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether the unit is part of a total."""
        return self.final is not None and self.status is not GradeStatus.EXCUSED

    @property
    def is_changed_by_hand(self) -> bool:
        """Whether a person has decided about it."""
        return bool(self.adjustments)


class Grade(Struct, frozen=True):
    """All of one person's grades.

    Attributes
    ----------
    person : Person
    units : dict of str to UnitGrade
        By unit, in the course's order.
    earned, out_of : float
        The weighted total over the units that count and are not dropped, and its maximum.
    is_known : bool
        Whether there is a total: False for withdrawn people, and if no unit counts.
    dropped : tuple of str
        Units left out of the total by the rules.
    """

    person: Person
    units: Mapping[str, UnitGrade]
    earned: float = 0.0
    out_of: float = 0.0
    is_known: bool = False
    dropped: tuple[str, ...] = ()

    @property
    def share(self) -> float | None:
        """The total as a fraction of its maximum; None if there is no total."""
        return self.earned / self.out_of if self.is_known and self.out_of else None

    @property
    def is_complete(self) -> bool:
        """Whether every unit is settled: nothing is refused, unmeasured or open."""
        waiting = (GradeStatus.REFUSED, GradeStatus.NOT_MEASURED, GradeStatus.OPEN)
        return all(unit.final is not None or unit.status not in waiting for unit in self.units.values())
