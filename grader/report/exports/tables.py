"""Tables of learning platforms: read as they were downloaded, filled in by ids, and written back."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from grader.errors import DeepgradeError
from grader.records.grades import Grade, GradeStatus, UnitGrade
from grader.report.data_files import number, plain


class Export(Struct, frozen=True):
    """A table for a platform, and what a person should know before uploading it.

    Attributes
    ----------
    text : str
        The table as CSV.
    filled : int
        Number of people with at least one grade in it.
    unmatched : tuple of str
        People of the class with no row in the platform's table.
    left_blank : tuple of str
        Rows of the platform's table, by their name or id, without a grade.
    """

    text: str
    filled: int
    unmatched: tuple[str, ...] = ()
    left_blank: tuple[str, ...] = ()


def read_table(text: str, what: str) -> list[list[str]]:
    """Return the rows of a CSV file, whatever separates its cells: a comma, a semicolon or a tab.

    Raises
    ------
    DeepgradeError
        If it has no rows, or is no CSV file.
    """
    head = text.lstrip("\ufeff").split("\n", 1)[0]
    separator = max((",", ";", "\t"), key=head.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=separator, strict=True) if row]
    except csv.Error as error:
        raise DeepgradeError(f"{what} is no CSV file: {error}", "download it again from the platform") from None
    if not rows:
        raise DeepgradeError(f"{what} is empty", "download it again from the platform")
    width = len(rows[0])
    return [[*row, *[""] * (width - len(row))] for row in rows]


def write_table(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV; texts are written as they are, since a platform's own cells must come back unchanged."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def column_of(header: Sequence[str], name: str, what: str) -> int:
    """Return the index of a column by its name, without regard to case and blanks at the ends.

    Raises
    ------
    DeepgradeError
        If there is none, or more than one.
    """
    places = [index for index, cell in enumerate(header) if cell.strip().casefold() == name.strip().casefold()]
    if len(places) != 1:
        problem = "no column" if not places else f"{len(places)} columns"
        raise DeepgradeError(
            f'{what} has {problem} "{name}"; its columns are: {", ".join(cell.strip() for cell in header)}',
            "name the right column, or download the table again",
        )
    return places[0]


def points_text(grade: UnitGrade | None, scale: float = 1.0) -> str:
    """Return a unit's points as every export writes them; empty if they are not known.

    Parameters
    ----------
    grade : UnitGrade or None
    scale : float
        Factor from the course's points to the platform's.
    """
    return "" if grade is None or grade.final is None else number(grade.final * scale)


def is_excused(grade: UnitGrade | None) -> bool:
    """Return whether a unit does not count for a person."""
    return grade is not None and grade.status is GradeStatus.EXCUSED


def scale_to(out_of: float, maximum: str, what: str, *, allowed: bool) -> float:
    """Return the factor from the course's points to those of a platform's column.

    Parameters
    ----------
    out_of : float
        The unit's points.
    maximum : str
        The platform's cell with its points; an empty one means the same points.
    what : str
        Name of the column, for messages.
    allowed : bool
        Whether points may be scaled.

    Raises
    ------
    DeepgradeError
        If the maxima differ and points may not be scaled.
    """
    text = maximum.strip().replace(",", ".")
    try:
        platform = float(text) if text else out_of
    except ValueError:
        raise DeepgradeError(f'{what} is out of "{maximum}", which is no number', "correct it in the table") from None
    if abs(platform - out_of) < 0.005 or not out_of:
        return 1.0
    if not allowed:
        raise DeepgradeError(
            f"{what} is out of {platform:g} points on the platform and of {out_of:g} in the course",
            f"set it to {out_of:g} there, or scale the points: --scale",
        )
    return platform / out_of


Key = Callable[[Grade], str]


def by_ids(grades: Sequence[Grade], keys: Sequence[tuple[int, Key]], row: Sequence[str]) -> Grade | None:
    """Return the person whose id stands in a row: the first column that has an id known in the class decides.

    Parameters
    ----------
    grades : sequence of Grade
    keys : sequence of tuple of (int, callable)
        Columns, and the id of a person that stands there.
    row : sequence of str
    """
    for column, key in keys:
        cell = row[column].strip().casefold()
        known = [grade for grade in grades if cell and key(grade).strip().casefold() == cell]
        if len(known) == 1:
            return known[0]
    return None


def platform_id(name: str) -> Key:
    """Return the key of a roster's column."""
    return lambda grade: grade.person.platforms.get(name, "")


def email(grade: Grade) -> str:
    """Return a person's address."""
    return grade.person.email


def name_of(grade: Grade) -> str:
    """Return a person's name, or else the id; as a cell that no spreadsheet evaluates."""
    return plain(grade.person.name or grade.person.id)


def out_of(grades: Iterable[Grade], unit: str) -> float:
    """Return a unit's points."""
    return max((grade.units[unit].out_of for grade in grades if unit in grade.units), default=0.0)


def grades_csv(grades: Sequence[Grade], units: Sequence[str]) -> str:
    """Return the class as a table for any spreadsheet: points, maximum and status of each unit, and the total.

    Parameters
    ----------
    grades : sequence of Grade
    units : sequence of str

    Returns
    -------
    str
        CSV, every cell quoted; unknown points are empty, never 0.
    """
    header = ["student", "name", "email", "section"]
    header += [name for unit in units for name in (unit, f"{unit}_points", f"{unit}_status")]
    table = [[*header, "total", "total_points"]]
    for grade in grades:
        person = grade.person
        cells = [plain(text) for text in (person.id, person.name, person.email, person.section)]
        for unit in units:
            known = grade.units.get(unit)
            cells += [points_text(known), number(known.out_of) if known else "", known.status.value if known else ""]
        total = [number(grade.earned), number(grade.out_of)] if grade.is_known else ["", ""]
        table.append([*cells, *total])
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(table)
    return text.getvalue()


def unmatched(grades: Sequence[Grade], matched: Mapping[str, Grade]) -> tuple[str, ...]:
    """Return the people of the class, but for withdrawn ones, that no row belongs to."""
    people = [grade.person for grade in grades if not grade.person.withdrawn]
    return tuple(person.id for person in people if person.id not in matched)
