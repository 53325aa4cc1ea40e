"""A grade's story in a few words, the same in every table: lateness, decisions by hand, and what is uncertain."""

from collections.abc import Iterator

from grader.gradebook.scores import UNKNOWN_TIME_NOTE
from grader.records.grades import Adjustment, AdjustmentKind, Grade, UnitGrade


def unit_remarks(grade: UnitGrade) -> list[str]:
    """Return the remarks on a unit's grade, without the one on unknown times, which holds for whole classes.

    Parameters
    ----------
    grade : UnitGrade
    """
    late = [lateness(grade)] if grade.late_days else []
    member = [f"handed in by {grade.handed_in_by}"] if grade.handed_in_by else []
    notes = [note for note in grade.notes if note != UNKNOWN_TIME_NOTE]
    return [*member, *late, *notes, *map(decision, grade.adjustments)]


def person_remarks(grade: Grade, *, has_roster: bool) -> Iterator[str]:
    """Yield the remarks on a person's whole grade."""
    if grade.person.withdrawn:
        yield "withdrawn"
    if has_roster and not grade.person.is_listed:
        yield "not in the roster"


def lateness(grade: UnitGrade) -> str:
    """Return a sentence such as ``2 days late, 1 of them free: -4``."""
    days = f"{grade.late_days} day{'s' * (grade.late_days != 1)} late"
    if grade.free_days:
        days += ", free" if grade.free_days == grade.late_days else f", {grade.free_days} of them free"
    return f"{days}: {_signed(-grade.penalty)}" if grade.penalty else days


def decision(adjustment: Adjustment, *, has_author: bool = True) -> str:
    """Return an adjustment such as ``+3 by tom (question 2)``, or without who decided."""
    by = f" by {adjustment.by}" if adjustment.by and has_author else ""
    if adjustment.kind is AdjustmentKind.COMMENT:
        return f"comment{by}: {adjustment.reason}"
    reason = f" ({adjustment.reason})" if adjustment.reason else ""
    return f"{_effect(adjustment)}{by}{reason}"


def _effect(adjustment: Adjustment) -> str:
    value = adjustment.value
    match adjustment.kind:
        case AdjustmentKind.POINTS:
            return _signed(value)
        case AdjustmentKind.BONUS:
            return f"bonus {_signed(value)}"
        case AdjustmentKind.QUESTION:
            return f"{adjustment.question}: {value:g}"
        case AdjustmentKind.SET:
            return f"set to {value:g}"
        case AdjustmentKind.EXTEND:
            return f"due {value:g} day{'s' * (value != 1)} later"
        case _:
            return "excused"


def _signed(value: float) -> str:
    """Return points with their sign; a minus of typography, so that no spreadsheet takes the cell for a formula."""
    return f"{'−' if value < 0 else '+'}{abs(round(value, 2)):g}"
