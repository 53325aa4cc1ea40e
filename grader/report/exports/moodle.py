"""Moodle's offline grading worksheet: one assignment, one row per participant, by Moodle's own identifier.

Moodle takes the file back only with its columns and identifiers (``Participant 1234``), and changes the columns "Grade"
and "Feedback comments" alone. Source: Moodle's documentation of the offline grading worksheet.
"""

from collections.abc import Mapping, Sequence

from grader.errors import DeepgradeError
from grader.gradebook.remarks import decision, lateness
from grader.gradebook.scores import UNKNOWN_TIME_NOTE
from grader.records.grades import Grade, UnitGrade
from grader.report.data_files import number, plain
from grader.report.exports.tables import (
    Export,
    by_ids,
    column_of,
    email,
    is_excused,
    name_of,
    out_of,
    platform_id,
    points_text,
    read_table,
    scale_to,
    unmatched,
    write_table,
)

COLUMNS = ("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade", "Grade can be changed")
COMMENTS = "Feedback comments"
PARTICIPANT = "Participant "


def moodle_csv(grades: Sequence[Grade], unit: str, downloaded: str | None = None, *, scale: bool = False) -> Export:
    """Return a worksheet for one assignment.

    Parameters
    ----------
    grades : sequence of Grade
    unit : str
    downloaded : str, optional
        The worksheet as downloaded from the assignment; it comes back with grades and comments filled in. Without it,
        rows are made from the roster's ``moodle_id``.
    scale : bool
        Whether to scale points where Moodle's maximum is another one.

    Returns
    -------
    Export

    Raises
    ------
    DeepgradeError
        If the worksheet lacks a column, or its points differ.
    """
    if downloaded is None:
        return _from_roster(grades, unit)
    rows = read_table(downloaded, "Moodle's worksheet")
    header = rows[0]
    places = {name: column_of(header, name, "Moodle's worksheet") for name in ("Identifier", "Grade")}
    places |= {name: header.index(name) for name in (*COLUMNS, COMMENTS) if name in header}
    keys = [(places["Identifier"], _participant), (places["Identifier"], platform_id("moodle_id"))]
    keys += [(places["Email address"], email)] if "Email address" in places else []
    matched: dict[str, Grade] = {}
    blank = []
    for row in rows[1:]:
        grade = by_ids(grades, keys, row)
        is_filled = grade is not None and _may_change(row, places)
        if grade is not None:
            matched[grade.person.id] = grade
            is_filled = is_filled and _fill(row, places, grade, unit, grades, scale=scale)
        if not is_filled:
            blank.append(_name(row, places))
    filled = sum(bool(points_text(grade.units.get(unit))) for grade in matched.values())
    return Export(write_table(rows), filled, unmatched(grades, matched), tuple(blank))


def _participant(grade: Grade) -> str:
    """Return Moodle's identifier, from the number in the roster."""
    known = grade.person.platforms.get("moodle_id", "")
    return f"{PARTICIPANT}{known}" if known.isdigit() else known


def _may_change(row: Sequence[str], places: Mapping[str, int]) -> bool:
    column = places.get("Grade can be changed")
    return column is None or row[column].strip().casefold() != "no"


def _fill(
    row: list[str], places: Mapping[str, int], grade: Grade, unit: str, grades: Sequence[Grade], *, scale: bool
) -> bool:
    """Fill a row in; return whether there are points for it."""
    unit_grade = grade.units.get(unit)
    if grade.person.withdrawn or unit_grade is None or is_excused(unit_grade):
        return False
    maximum = row[places["Maximum Grade"]] if "Maximum Grade" in places else ""
    factor = scale_to(out_of(grades, unit), maximum, "the assignment", allowed=scale)
    row[places["Grade"]] = points_text(unit_grade, factor) or row[places["Grade"]]
    if COMMENTS in places:
        row[places[COMMENTS]] = comment_on(unit_grade)
    return bool(points_text(unit_grade))


def _name(row: Sequence[str], places: Mapping[str, int]) -> str:
    """Return a row's identifier, with the name."""
    name = row[places["Full name"]] if "Full name" in places else ""
    return f"{row[places['Identifier']]} ({name})" if name else row[places["Identifier"]]


def comment_on(grade: UnitGrade) -> str:
    """Return a short comment for the student: lateness, and what was decided, each with its reason."""
    late = [lateness(grade)] if grade.late_days else []
    decisions = [f"by hand: {decision(one, has_author=False)}" for one in grade.adjustments]
    notes = [note for note in grade.notes if note != UNKNOWN_TIME_NOTE]
    return plain("; ".join([*late, *decisions, *notes]))


def _from_roster(grades: Sequence[Grade], unit: str) -> Export:
    people = [grade for grade in grades if not grade.person.withdrawn]
    known = [grade for grade in people if _participant(grade)]
    if not known:
        raise DeepgradeError(
            "nobody in the roster has a moodle_id, and rows cannot be matched without",
            "download the assignment's grading worksheet, and name it: --table FILE",
        )
    worth = number(out_of(grades, unit))
    table: list[list[str]] = [[*COLUMNS, COMMENTS]]
    for grade in known:
        unit_grade = grade.units.get(unit)
        points = "" if is_excused(unit_grade) else points_text(unit_grade)
        comment = comment_on(unit_grade) if unit_grade else ""
        table.append([_participant(grade), name_of(grade), grade.person.email, "", points, worth, "Yes", comment])
    filled = sum(bool(row[4]) for row in table[1:])
    return Export(write_table(table), filled, unmatched(people, {grade.person.id: grade for grade in known}))
