"""The screen of one person's grades: each unit with its final points, what they are made of, and what happened."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.text import Text

from grader.gradebook.history import Step, units_in
from grader.gradebook.lateness import deadline
from grader.gradebook.remarks import lateness
from grader.printable import one_line
from grader.records.grades import AdjustmentKind, Grade, UnitGrade
from grader.records.rules import Rules
from grader.report.feedback import points
from grader.report.terminal import WIDEST, Marks, hanging, joined

UNDATED = " " * len("2027-02-01 23:59")


def history_text(
    grade: Grade, steps: Sequence[Step], marks: Marks, width: int, *, rules: Rules, refusals: Mapping[str, str]
) -> Text:
    """Return a person's grades with their whole story, in the course's zone.

    Parameters
    ----------
    grade : Grade
    steps : sequence of Step
        Earliest first.
    marks : Marks
    width : int
        Available columns.
    rules : Rules
    refusals : mapping of str to str
        Why a hand-in is refused, by unit.

    Returns
    -------
    Text
    """
    width = min(width, WIDEST)
    lines = [*_head(grade, marks, width), *hanging(Text(), f"times of {rules.zone}", width, style="dim")]
    for unit in dict.fromkeys([*grade.units, *units_in(steps)]):
        heading = "".join([unit, _due(grade, unit, rules), " (not counted)" if unit in grade.dropped else ""])
        final = grade.units.get(unit)
        lines += [Text(), *hanging(Text("  "), heading, width, style="bold", right=_points(final) if final else "")]
        for step in steps:
            if step.unit == unit:
                when = Text(f"    {_when(step.at, rules.zone)}  ", style="dim")
                lines += hanging(when, one_line(step.text), width)
        lines += _end(final, refusals.get(unit, ""), width)
    return joined(lines)


def _end(grade: UnitGrade | None, refusal: str, width: int) -> list[Text]:
    """Return how the points come about, below everything that happened."""
    refused = f"refused: {refusal}" if refusal else ""
    parts = "; ".join(filter(None, [refused, _parts(grade) if grade else ""]))
    return hanging(Text(f"    {UNDATED}  "), one_line(parts), width) if parts else []


def _due(grade: Grade, unit: str, rules: Rules) -> str:
    """Return when a unit is due for the person, with the days that are their own."""
    if unit not in rules.due:
        return ""
    decisions = grade.units[unit].adjustments if unit in grade.units else ()
    extensions = [int(one.value) for one in decisions if one.kind is AdjustmentKind.EXTEND]
    days = grade.person.extra_days + (extensions[-1] if extensions else 0)
    later = f", {days} day{'s' * (days != 1)} later than for others" if days else ""
    return f", due {_when(deadline(rules.due[unit], rules.zone, days), rules.zone)}{later}"


def _head(grade: Grade, marks: Marks, width: int) -> list[Text]:
    person = grade.person
    about = [person.id, person.name, f"section {person.section}" if person.section else ""]
    more = [f"group {person.group}" if person.group else "", "withdrawn" if person.withdrawn else ""]
    name = f" {marks.dot} ".join(one_line(part) for part in (*about, *more) if part)
    total = f"{points(grade.earned)} of {points(grade.out_of)} points" if grade.is_known else "no total"
    return hanging(Text(), name, width, style="bold", right=total)


def _points(grade: UnitGrade) -> str:
    return grade.status.value if grade.final is None else f"{points(grade.final)}/{points(grade.out_of)}"


def _parts(grade: UnitGrade) -> str:
    """Return how the final points come about."""
    raw = [] if grade.raw is None else [f"tests {points(grade.raw)}"]
    late = [lateness(grade)] if grade.late_days else []
    member = [f"handed in by {grade.handed_in_by}"] if grade.handed_in_by else []
    return one_line("; ".join([*member, *raw, *late, *grade.notes]))


def _when(at: datetime | None, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if at else UNDATED
