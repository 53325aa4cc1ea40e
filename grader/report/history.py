"""The screen of one person's grades: each unit with its final points, what they are made of, and what happened."""

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text

from grader.gradebook.history import Step, units_in
from grader.gradebook.remarks import lateness
from grader.printable import one_line
from grader.records.grades import Grade, UnitGrade
from grader.report.feedback import points
from grader.report.terminal import WIDEST, Marks, hanging, joined

UNDATED = " " * len("2027-02-01 23:59")


def history_text(grade: Grade, steps: Sequence[Step], marks: Marks, width: int) -> Text:
    """Return a person's grades with their whole story.

    Parameters
    ----------
    grade : Grade
    steps : sequence of Step
        Earliest first.
    marks : Marks
    width : int
        Available columns.

    Returns
    -------
    Text
    """
    width = min(width, WIDEST)
    lines = _head(grade, marks, width)
    for unit in dict.fromkeys([*grade.units, *units_in(steps)]):
        lines += _unit_lines(grade, unit, [step for step in steps if step.unit == unit], width)
    return joined(lines)


def _head(grade: Grade, marks: Marks, width: int) -> list[Text]:
    person = grade.person
    about = [person.id, person.name, f"section {person.section}" if person.section else ""]
    more = [f"group {person.group}" if person.group else "", "withdrawn" if person.withdrawn else ""]
    name = f" {marks.dot} ".join(one_line(part) for part in (*about, *more) if part)
    total = f"{points(grade.earned)} of {points(grade.out_of)} points" if grade.is_known else "no total"
    return hanging(Text(), name, width, style="bold", right=total)


def _unit_lines(grade: Grade, unit: str, steps: Sequence[Step], width: int) -> list[Text]:
    final = grade.units.get(unit)
    dropped = " (not counted)" if unit in grade.dropped else ""
    right = "" if final is None else _points(final)
    lines = [Text(), *hanging(Text("  "), f"{unit}{dropped}", width, style="bold", right=right)]
    for step in steps:
        lines += hanging(Text(f"    {_when(step.at)}  ", style="dim"), one_line(step.text), width)
    parts = _parts(final) if final else ""
    return [*lines, *(hanging(Text(f"    {UNDATED}  "), parts, width) if parts else [])]


def _points(grade: UnitGrade) -> str:
    return grade.status.value if grade.final is None else f"{points(grade.final)}/{points(grade.out_of)}"


def _parts(grade: UnitGrade) -> str:
    """Return how the final points come about."""
    raw = [] if grade.raw is None else [f"tests {points(grade.raw)}"]
    late = [lateness(grade)] if grade.late_days else []
    member = [f"handed in by {grade.handed_in_by}"] if grade.handed_in_by else []
    final = [] if grade.final is None else [f"final {points(grade.final)} of {points(grade.out_of)}"]
    return one_line("; ".join([*member, *raw, *late, *grade.notes, *final]))


def _when(at: datetime | None) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M") if at else UNDATED
