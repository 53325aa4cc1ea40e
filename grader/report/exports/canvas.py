"""Canvas's gradebook as CSV: its header, its row "Points Possible", one row per student.

Canvas matches rows by ``ID`` (its own), ``SIS User ID`` or ``SIS Login ID``, and columns by ``Title (id)``. It takes a
table with some of its columns, leaves a student's grade as it is where a cell is empty, and excuses with ``EX``.
Source: Canvas's guide on importing grades into the gradebook.
"""

import re
from collections.abc import Mapping, Sequence

from grader.errors import DeepgradeError
from grader.records.grades import Grade
from grader.report.exports.tables import (
    Export,
    by_ids,
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
        Canvas's ids. Without it, the roster's ids are used, and Canvas makes new assignments of the columns.
    scale : bool
        Whether to scale points where Canvas's maximum is another one.

    Returns
    -------
    Export

    Raises
    ------
    DeepgradeError
        If the downloaded table lacks a column, or its points differ.
    """
    if downloaded is None:
        return _from_roster(grades, titles)
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


def _from_roster(grades: Sequence[Grade], titles: Mapping[str, str]) -> Export:
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
