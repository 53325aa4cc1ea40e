"""The class table on the instructor's terminal, one line per student, and the summary of a run."""

from collections.abc import Collection, Sequence
from statistics import median

from msgspec import Struct
from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from grader.course.registry import Course
from grader.printable import one_line, safe
from grader.records import Result, Status
from grader.records.grades import Grade, GradeStatus
from grader.records.run import Change, Outcome
from grader.report.scores import Row, left_out, rows, units_of, unsettled
from grader.report.screens import points

GAP = 2
REMARK_ROOM = 24  # columns for remarks below which units get narrower
LEAST_ROOM = 12  # columns below which remarks are left out
SHORT = 5  # letters of a unit's name if the full names do not fit
LONGEST_NAME = 24
WITHOUT_REMARKS = "remarks are in results.csv"
SHOWN_CHANGES = 5
MOST_REFUSED = 10


def class_table(
    course: Course,
    results: Sequence[Result],
    width: int,
    *,
    only: Collection[str] = (),
    grades: Sequence[Grade] = (),
) -> RenderableType:
    """Return the table of the class.

    Points that the rules drop from the total are in parentheses. If the units do not fit, their names are cut and their
    points are moved to the heading; then the remarks are left out, then the units.

    Parameters
    ----------
    course : Course
    results : sequence of Result
        One per student and unit.
    width : int
        Columns of the terminal.
    only : collection of str, optional
        Students to show, all if empty; possible points are computed from all results in any case.
    grades : sequence of Grade, optional
        Everybody's; by default they follow from the results alone.

    Returns
    -------
    rich renderable
        One line per student, not wider than `width`.
    """
    units = units_of(course, results)
    students = [row for row in rows(course, results, grades) if not only or row.student in only]
    remarks = [row.remark for row in students] if any(row.remark for row in students) else []
    wide, narrow, totals = _wide(units, students), _narrow(units, students), _totals(students)
    for columns, room in ((wide, REMARK_ROOM), (narrow, REMARK_ROOM), (narrow, LEAST_ROOM)):
        if _width(columns) + (GAP + room if remarks else 0) <= width:
            return _drawn(columns, remarks, width)
    return _drawn(totals, remarks, width) if _width(narrow) > width else _drawn(narrow, [], width, WITHOUT_REMARKS)


Column = tuple[str, list[str]]  # heading and cells


def _wide(units: Sequence[str], students: Sequence[Row]) -> list[Column]:
    scores = [(unit, [_out_of(_final(row, unit)) for row in students]) for unit in units]
    return [_names(students), *scores, _total(students)]


def _narrow(units: Sequence[str], students: Sequence[Row]) -> list[Column]:
    columns = []
    for unit in units:
        scores = [_final(row, unit) for row in students]
        worth = max((score.points for score in scores), default=0.0)
        cells = [_alone(score, worth) for score in scores]
        letters = max(map(len, cells), default=0)
        columns.append((f"{unit[: max(SHORT, letters)]}\n/{points(worth)}", cells))
    return [_names(students), *columns, _total(students)]


def _totals(students: Sequence[Row]) -> list[Column]:
    return [_names(students), _total(students)]


def _names(students: Sequence[Row]) -> Column:
    return "student", [_shown(row.student) for row in students]


def _shown(student: str) -> str:
    """Return an id on one line; one with invisible spaces is quoted."""
    line = one_line(student, LONGEST_NAME)
    return line if " ".join(student.split()) == student else f'"{student}"'[: LONGEST_NAME + 2]


def _total(students: Sequence[Row]) -> Column:
    totals = [row.final_total for row in students]
    return "total", [_out_of(TableCell(score.earned, score.points, "" if score.known else "-")) for score in totals]


WORDS = {GradeStatus.EXCUSED: "exc", GradeStatus.WITHDRAWN: "-", GradeStatus.OPEN: "?"}
"""Cells of units without points; any other one has to be settled: an exclamation mark."""


class TableCell(Struct, frozen=True):
    """Points of a cell, or the word in their place; whether the total is without them."""

    earned: float = 0.0
    points: float = 0.0
    word: str = ""
    is_dropped: bool = False


def _final(row: Row, unit: str) -> TableCell:
    grade = row.final.get(unit)
    if grade is None:
        return TableCell()
    if grade.final is None:
        return TableCell(word=WORDS.get(grade.status, "!"))
    return TableCell(grade.final, grade.out_of, is_dropped=unit in row.dropped)


def _out_of(score: TableCell) -> str:
    return score.word or _marked(f"{points(score.earned)}/{points(score.points)}", score)


def _marked(text: str, score: TableCell) -> str:
    return f"({text})" if score.is_dropped else text


def _alone(score: TableCell, worth: float) -> str:
    """Return the earned points, with the possible ones only if they differ from the heading."""
    if score.word or abs(score.points - worth) > 1e-9:
        return _out_of(score)
    return _marked(points(score.earned), score)


def _width(columns: Sequence[Column]) -> int:
    return sum(_column_width(column) for column in columns) + GAP * (len(columns) - 1)


def _column_width(column: Column) -> int:
    heading, cells = column
    return max(cell_len(text) for text in [*heading.split("\n"), *cells])


def _drawn(columns: Sequence[Column], remarks: Sequence[str], width: int, below: str | None = None) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold", caption=below)
    table.caption_justify = "left"
    for number, column in enumerate(columns):
        table.add_column(
            Text(column[0]), justify="right" if number else "left", no_wrap=True, min_width=_column_width(column)
        )
    if remarks:
        room = max(width - _width(columns) - GAP, 1)
        table.add_column(Text("remarks"), no_wrap=True, overflow="ellipsis", max_width=room)
    for number, cells in enumerate(zip(*(cells for _, cells in columns), strict=True)):
        remark = [Text(one_line(remarks[number]))] if remarks else []
        table.add_row(*map(Text, cells), *remark)
    return table


def summary_lines(outcome: Outcome) -> list[str]:
    """Return a summary of the run: speed, use of time, what was not graded, changed scores.

    Parameters
    ----------
    outcome : Outcome

    Returns
    -------
    list of str
        One sentence each, safe to print.
    """
    lines = [
        _speed(outcome),
        _time(outcome),
        _not_graded(outcome.results),
        *_left_out(outcome.results),
        *_changes(outcome),
        *outcome.notes,
    ]
    return [one_line(line) for line in lines if line]


def _speed(outcome: Outcome) -> str:
    reused = f"{outcome.reused} taken from the journal" if outcome.reused else ""
    if not outcome.ran:
        return f"nothing to run: {reused}" if reused else "nothing to run"
    count = f"{outcome.ran} submission{'s' * (outcome.ran != 1)}"
    rate = f"{count} run in {outcome.seconds:.1f} s: {outcome.per_second:.1f} submissions/s"
    return f"{rate}; {reused}" if reused else rate


def _time(outcome: Outcome) -> str:
    if not outcome.ran:
        return ""
    timing = outcome.timing
    parts = {"worker": timing.worker, "judge": timing.judge, "references and comparison": timing.references}
    means = ", ".join(f"{name} {1000 * seconds / outcome.ran:.0f} ms" for name, seconds in parts.items())
    middle = median(result.timing.total for result in outcome.results if result.status is Status.GRADED)
    return f"where the time goes, mean per submission: {means} (median of the whole: {1000 * middle:.0f} ms)"


def _not_graded(results: Sequence[Result]) -> str:
    words = {
        Status.MISSING: "not submitted",
        Status.REJECTED: "refused",
        Status.WAITING: "handed in and not graded yet",
        Status.GRADER_ERROR: "not measured by a mistake of the grader's own (no points are counted; run it again)",
    }
    counts = {status: sum(result.status is status for result in results) for status in words}
    return ", ".join(f"{counts[status]} {text}" for status, text in words.items() if counts[status])


def _left_out(results: Sequence[Result]) -> list[str]:
    """Return which tests were left out of all totals, or of some."""
    return [
        f"{unit} was graded without {test} ({count} submission{'s' * (count != 1)}): it is in none of their totals"
        for unit, tests in left_out(results).items()
        for test, count in tests.items()
    ]


def to_settle(results: Sequence[Result], only: Collection[str] = (), grades: Sequence[Grade] = ()) -> list[str]:
    """Return which hand-ins need attention, and what can be done.

    Parameters
    ----------
    results : sequence of Result
    only : collection of str, optional
        Students whose hand-ins are named, all if empty; those of others are counted.
    grades : sequence of Grade, optional
        What a person has decided is settled.

    Returns
    -------
    list of str
        One sentence each, safe to print; empty if everything is settled.
    """
    open_ones = unsettled(results, grades)
    others = [one for one in open_ones if only and one.student not in only]
    refused = [one for one in open_ones if one.status is Status.REJECTED and one not in others]
    lines = [f"{safe(_place(result))}: {one_line(result.remark)}" for result in refused[:MOST_REFUSED]]
    more = [f"and {len(refused) - MOST_REFUSED} more in results.csv"] if len(refused) > MOST_REFUSED else []
    head = (
        f"{len(refused)} refused, without points until a person decides: ask for another hand-in, or say that it "
        f"counts as zero with --zero STUDENT/UNIT, or decide by hand: grade adjust"
    )
    rest = [f"{len(others)} of other students not settled, see results.csv"] if others else []
    return [*([head, *lines, *more] if refused else []), *rest]


def _place(result: Result) -> str:
    """Return student and unit as an argument of `--zero`; quoted if it has invisible spaces."""
    place = f"{result.student}/{result.unit}"
    return place if " ".join(place.split()) == place and " /" not in place else f'"{place}"'


def _changes(outcome: Outcome) -> list[str]:
    count = len(outcome.changes)
    if not count:
        return []
    shown = [
        f"{change.student} {change.unit}{_task_of(change)}: {change.before} → {change.after}, {change.why}"
        for change in outcome.changes[:SHOWN_CHANGES]
    ]
    more = [f"and {count - SHOWN_CHANGES} more (all of them are in changes.csv)"] if count > SHOWN_CHANGES else []
    return [f"{count} grade{'s' * (count != 1)} changed: {'; '.join([*shown, *more])}"]


def _task_of(change: Change) -> str:
    return "" if change.what == "all" else f" {change.what}"
