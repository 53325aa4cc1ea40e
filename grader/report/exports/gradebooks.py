"""Gradebooks of learning platforms: Canvas's table and Moodle's offline grading worksheet.

Canvas (source: its guide on importing grades into the gradebook) matches rows by ``ID`` (its own), ``SIS User ID`` or
``SIS Login ID``, and columns by ``Title (id)``. It accepts a table with some of its columns, leaves a student's grade
as it is where a cell is empty, and excuses with ``EX``.

Moodle (source: its documentation of the offline grading worksheet) has one row per participant of one assignment. It
accepts the file only with its own columns and identifiers (``Participant 1234``), and changes only the columns "Grade"
and "Feedback comments"."""

import re
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

IDENTITY = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POINTS = "Points Possible"
EXCUSED = "EX"
_KEYS = {"ID": "canvas_id", "SIS User ID": "sis_user_id", "SIS Login ID": "sis_login"}
_NUMBERED = re.compile(r"^(?P<title>.*?)\s*\(\d+\)\s*$")


def canvas_csv(
    grades: Sequence[Grade], titles: Mapping[str, str], downloaded: str | None = None, *, scale: bool = False
) -> Export:
    """Return a table for Canvas's import.

    Parameters
    ----------
    grades : sequence of Grade
    titles : mapping of str to str
        The assignment's title in Canvas, by unit.
    downloaded : str, optional
        Canvas's own export of the gradebook. With it, only its rows and the columns of these units are written, with
        Canvas's ids. Without it, the roster's ids are used, and Canvas creates new assignments for the columns.
    scale : bool
        Whether to scale points where Canvas's maximum differs.

    Returns
    -------
    Export

    Raises
    ------
    DeepgradeError
        If the downloaded table lacks a column, or its points differ.
    """
    if downloaded is None:
        return _canvas_from_roster(grades, titles)
    rows = read_table(downloaded, "Canvas's gradebook")
    header, first = rows[0], _first_student(rows)
    keys = [(header.index(name), platform_id(key)) for name, key in _KEYS.items() if name in header]
    keys += [(header.index("SIS Login ID"), email)] if "SIS Login ID" in header else []
    columns = {unit: _column(header, unit, title) for unit, title in titles.items()}
    scales = {
        unit: scale_to(out_of(grades, unit), rows[first - 1][column], f'"{titles[unit]}"', allowed=scale)
        for unit, column in columns.items()
    }
    shown = [index for index, name in enumerate(header) if name.strip() in IDENTITY]
    table = [[row[index] for index in (*shown, *columns.values())] for row in rows[:first]]
    matched: dict[str, Grade] = {}
    blank = []
    for row in rows[first:]:
        grade = by_ids(grades, keys, row)
        cells = [_cell(grade, unit, scales[unit]) for unit in columns]
        table.append([*(row[index] for index in shown), *cells])
        if grade is not None:
            matched[grade.person.id] = grade
        if not any(cells):
            blank.append(row[0])
    filled = sum(any(_cell(grade, unit, 1.0) for unit in columns) for grade in matched.values())
    return Export(write_table(table), filled, unmatched(grades, matched), tuple(blank))


def _first_student(rows: Sequence[Sequence[str]]) -> int:
    """Return the index of the row after "Points Possible"."""
    for index, row in enumerate(rows[:5]):
        if row[0].strip().casefold() == POINTS.casefold():
            return index + 1
    raise DeepgradeError(
        f'Canvas\'s gradebook has no row "{POINTS}"', "download it in English: Grades, Export, Export Entire Gradebook"
    )


def _column(header: Sequence[str], unit: str, title: str) -> int:
    """Return the column of an assignment: ``Title (id)``, or the title alone."""
    names = [match["title"] if (match := _NUMBERED.match(cell)) else cell.strip() for cell in header]
    places = [index for index, name in enumerate(names) if name.casefold() == title.strip().casefold()]
    exact = [index for index, cell in enumerate(header) if cell.strip() == title.strip()]
    places = exact or places
    if len(places) != 1:
        problem = "no column for" if not places else f"{len(places)} columns named"
        known = ", ".join(name for name, cell in zip(names, header, strict=True) if _NUMBERED.match(cell))
        raise DeepgradeError(
            f'Canvas\'s gradebook has {problem} "{title}"; its assignments are: {known or "none"}',
            f'name the assignment: --title {unit}="..."; or export only units that Canvas has: --unit UNIT',
        )
    return places[0]


def _cell(grade: Grade | None, unit: str, scale: float) -> str:
    """Return a cell; withdrawn people's stay empty, so that Canvas keeps what it has."""
    if grade is None or grade.person.withdrawn:
        return ""
    return EXCUSED if is_excused(grade.units.get(unit)) else points_text(grade.units.get(unit), scale)


def _canvas_from_roster(grades: Sequence[Grade], titles: Mapping[str, str]) -> Export:
    units = [*titles]
    points = [f"{out_of(grades, unit):.2f}" for unit in units]
    table = [[*IDENTITY, *titles.values()], [f"    {POINTS}", *[""] * (len(IDENTITY) - 1), *points]]
    people = [grade for grade in grades if not grade.person.withdrawn]
    known = [grade for grade in people if any(grade.person.platforms.get(key) for key in _KEYS.values())]
    for grade in known:
        ids = [grade.person.platforms.get(key, "") for key in _KEYS.values()]
        table.append([name_of(grade), *ids, grade.person.section, *(_cell(grade, unit, 1.0) for unit in units)])
    filled = sum(any(_cell(grade, unit, 1.0) for unit in units) for grade in known)
    return Export(write_table(table), filled, unmatched(people, {grade.person.id: grade for grade in known}))


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
        Whether to scale points where Moodle's maximum differs.

    Returns
    -------
    Export

    Raises
    ------
    DeepgradeError
        If the worksheet lacks a column, or its points differ.
    """
    if downloaded is None:
        return _moodle_from_roster(grades, unit)
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


def _moodle_from_roster(grades: Sequence[Grade], unit: str) -> Export:
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
