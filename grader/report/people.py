"""Screens about the people of a class: problems of the roster, the history of one person's grades, and requests."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.text import Text

from grader.gradebook.history import Step, units_in
from grader.gradebook.lateness import deadline
from grader.gradebook.remarks import lateness
from grader.gradebook.roster import Attendance, Roster
from grader.gradebook.scores import UNKNOWN_TIME_NOTE
from grader.gradebook.store import Request
from grader.printable import display, one_line
from grader.records.grades import AdjustmentKind, Grade, GradeStatus, UnitGrade
from grader.records.rules import Rules
from grader.report.screens import WIDEST, Marks, hanging, joined, points

MOST_NAMES = 8


def roster_lines(roster: Roster, file: str) -> Iterator[str]:
    """Yield a line for each problem in a roster.

    Parameters
    ----------
    roster : Roster
    file : str
        The file's name for messages.
    """
    for problem in roster.problems:
        fatal = " (nobody is graded before it is mended)" if problem.is_fatal else ""
        yield one_line(f"{file}, line {problem.line}: {problem.text}{fatal}")


def attendance_lines(attendance: Attendance, file: str, *, in_full: bool = False) -> Iterator[str]:
    """Yield a line for each id that the roster lacks, and lines for people without a hand-in.

    Parameters
    ----------
    attendance : Attendance
    file : str
        The roster's name for messages.
    in_full : bool
        Whether to name everybody.
    """
    most = None if in_full else MOST_NAMES
    for name, question in list(attendance.unknown.items())[:most]:
        yield one_line(f'"{display(name)}" handed in and is not in {file}{f": {question}" if question else ""}')
    if most and len(attendance.unknown) > most:
        yield f"and {len(attendance.unknown) - most} more who are not in {file}: grade roster check"
    for people, what in (
        (attendance.absent, "in the roster without a hand-in"),
        (attendance.withdrawn, "withdrawn with a hand-in"),
    ):
        if people:
            names = [display(person.id) for person in people[:most]]
            more = f" and {len(people) - len(names)} more" if len(people) > len(names) else ""
            yield one_line(f"{len(people)} {what}: {', '.join(names)}{more}")


def unknown_times(grades: Sequence[Grade]) -> str:
    """Return a sentence on graded hand-ins with a due date but no known time of arrival; empty if there are none."""
    count = sum(
        UNKNOWN_TIME_NOTE in unit.notes and unit.status is GradeStatus.GRADED
        for grade in grades
        for unit in grade.units.values()
    )
    if not count:
        return ""
    ins = "hand-in is" if count == 1 else "hand-ins are"
    return f"{count} {ins} taken as in time, since nobody knows when they came: state times with --times FILE"


UNDATED = " " * len("2027-02-01 23:59")


def history_text(
    grade: Grade, steps: Sequence[Step], marks: Marks, width: int, *, rules: Rules, refusals: Mapping[str, str]
) -> Text:
    """Return a person's grades with all steps that led to them, in the course's time zone.

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
    """Return the parts of the points, below the steps."""
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
    """Return the parts of the final points: raw points, lateness, notes."""
    raw = [] if grade.raw is None else [f"tests {points(grade.raw)}"]
    late = [lateness(grade)] if grade.late_days else []
    member = [f"handed in by {grade.handed_in_by}"] if grade.handed_in_by else []
    return one_line("; ".join([*member, *raw, *late, *grade.notes]))


def _when(at: datetime | None, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if at else UNDATED


def request_lines(requests: Sequence[Request], width: int) -> Text:
    """Return the requests, each with its answer.

    Parameters
    ----------
    requests : sequence of Request
    width : int
        Available columns.

    Returns
    -------
    Text
    """
    width = min(width, WIDEST)
    lines: list[Text] = []
    for request in requests:
        when = request.at.astimezone().strftime("%Y-%m-%d")
        head = one_line(f"{request.student} {request.unit}: {request.text}")
        lines += hanging(Text(f"{request.number:>4}  {when}  "), head, width)
        if not request.is_open:
            answer = one_line(f"{request.answered_by}: {request.answer}")
            lines += hanging(Text(" " * 18), answer, width, style="dim")
    return joined(lines)
