"""Times of handing in: those that a platform states, and those that a person states in a file."""

import csv
import io
import re
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from grader.errors import NotFoundError
from grader.printable import display

COLUMNS = "student,unit,handed_in"
_NAMED_ZONE = re.compile(r"(?P<time>.+?) (?P<zone>[A-Za-z_]+(?:/[A-Za-z_+-]+)*)")

BY_A_PERSON = "times"
"""Source of a time that a person stated."""

StatedTimes = dict[tuple[str, str], datetime]
"""Times by student and unit, by path and an empty unit, or by path and unit."""


def parsed_time(text: str) -> datetime | None:
    """Return a time with its zone; None if it is no time, or has no zone.

    Examples
    --------
    >>> parsed_time("2026-11-02 10:00:00.25 UTC").isoformat()
    '2026-11-02T10:00:00.250000+00:00'
    >>> parsed_time("2026-11-02T10:00+01:00").isoformat(), parsed_time("2026-11-02 10:00")
    ('2026-11-02T10:00:00+01:00', None)
    """
    text = text.strip()
    if text.endswith((" Z", " UTC", " GMT")):
        return _at(text.rpartition(" ")[0], UTC)
    if match := _NAMED_ZONE.fullmatch(text):
        try:
            return _at(match["time"], ZoneInfo(match["zone"]))
        except (KeyError, ValueError, OSError):  # no such zone
            return None
    moment = _moment(re.sub(r" ([+-]\d\d:?\d\d)$", r"\1", text))
    return moment if moment and moment.tzinfo else None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        return None


def _at(text: str, zone: tzinfo) -> datetime | None:
    moment = _moment(text)
    return moment.replace(tzinfo=zone) if moment and not moment.tzinfo else moment


def read_times(path: Path) -> StatedTimes:
    """Return the times in a person's file.

    Parameters
    ----------
    path : Path
        CSV with the columns ``student,unit,handed_in``; in place of a student, the first column may have the path of
        an attempt, as `grade intake` shows it, and no unit.

    Returns
    -------
    dict

    Raises
    ------
    NotFoundError
        If the file cannot be read, or a line of it is no time with a zone; the message names file and line.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise NotFoundError(f"{display(str(path))} cannot be read: {error}", f"a CSV file: {COLUMNS}") from None
    rows = csv.reader(io.StringIO(text, newline=""), strict=False)
    header = [cell.strip() for cell in next(rows, [])]
    if header != COLUMNS.split(","):
        raise _broken(path, 1, f"the first line is not {COLUMNS}")
    stated: StatedTimes = {}
    for row in rows:
        if any(cell.strip() for cell in row):
            student, unit, moment = _row(path, rows.line_num, row)
            stated[student, unit] = moment
    return stated


def _row(path: Path, line: int, row: list[str]) -> tuple[str, str, datetime]:
    if len(row) != 3:
        raise _broken(path, line, f"{len(row)} cells instead of 3")
    student, unit, text = row[0], row[1].strip(), row[2].strip()
    moment = parsed_time(text)
    if moment is None:
        raise _broken(path, line, f'"{display(text)}" is no time with its zone, such as 2026-11-02T23:59+01:00')
    return student, unit, moment


def _broken(path: Path, line: int, problem: str) -> NotFoundError:
    return NotFoundError(f"{display(str(path))}, line {line}: {problem}", f"write the table with the columns {COLUMNS}")
