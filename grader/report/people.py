"""Sentences about the roster and the people of a class: who is unknown, who is absent, what the file gets wrong."""

from collections.abc import Iterator, Sequence

from grader.gradebook.roster import Attendance, Roster
from grader.gradebook.scores import UNKNOWN_TIME_NOTE
from grader.printable import display, one_line
from grader.records.grades import Grade, GradeStatus

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
    """Yield a line for each id that the roster lacks, and for the people of whom there is nothing.

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
    """Return a sentence on graded hand-ins with a due date of which nobody knows when they came; empty if none."""
    count = sum(
        UNKNOWN_TIME_NOTE in unit.notes and unit.status is GradeStatus.GRADED
        for grade in grades
        for unit in grade.units.values()
    )
    if not count:
        return ""
    ins = "hand-in is" if count == 1 else "hand-ins are"
    return f"{count} {ins} taken as in time, since nobody knows when they came: state times with --times FILE"
