"""Results for spreadsheets and scripts: `results.csv` with a row per student, `tests.csv` with a row per test."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from grader.course.registry import Course
from grader.records import Result
from grader.report.atomic import write_atomically
from grader.report.scores import Score, rows, units_of
from grader.report.text import one_line

FORMULA = ("=", "+", "-", "@")  # a spreadsheet computes a cell that begins so

TEST_COLUMNS = ("student", "unit", "task", "test", "hidden", "points", "earned", "verdict", "likely", "message")


def write_csv(course: Course, results: Sequence[Result], out: Path) -> list[Path]:
    """Write `results.csv` and `tests.csv` into a folder.

    Parameters
    ----------
    course : Course
    results : sequence of Result
    out : Path

    Returns
    -------
    list of Path

    Raises
    ------
    DeepgradeError
        They cannot be written.
    """
    return [
        write_atomically(out / "results.csv", results_csv(course, results).encode()),
        write_atomically(out / "tests.csv", details_csv(results).encode()),
    ]


def results_csv(course: Course, results: Sequence[Result]) -> str:
    """Return one row per student: for each unit its points and out of how many, the total, and remarks.

    A unit that the grader itself failed on is left empty, and not counted in the total.
    """
    units = units_of(course, results)
    heading = ["student", *(name for unit in units for name in (unit, f"{unit}_points"))]
    table = [[*heading, "total", "total_points", "remarks"]]
    for row in rows(course, results):
        scores = [row.units.get(unit, Score(0.0, 0.0, known=False)) for unit in units]
        cells = [cell for score in [*scores, row.total] for cell in _cells(score)]
        table.append([plain(row.student), *cells, plain(row.remark)])
    return _text(table)


def details_csv(results: Sequence[Result]) -> str:
    """Return one row per test of every submission."""
    table: list[Sequence[str]] = [TEST_COLUMNS]
    for result in results:
        for test in result.tests:
            numbers = ["yes" if test.hidden else "no", number(test.points), number(test.earned), test.verdict.value]
            told = [test.feedback.likely, test.feedback.timed or test.feedback.message or test.feedback.differs]
            names = [result.student, test.unit, test.task, test.test]
            table.append([*map(plain, names), *numbers, *map(plain, told)])
    return _text(table)


def plain(text: str) -> str:
    """Return text of a student's as a cell that is shown and never computed.

    Examples
    --------
    >>> plain("=1+1")
    "'=1+1"
    """
    shown = one_line(text)
    return f"'{shown}" if shown.startswith(FORMULA) else shown


def number(value: float) -> str:
    """Return a number for programs: a point, no exponent, no more digits than it has.

    Examples
    --------
    >>> number(3.0), number(2.5)
    ('3', '2.5')
    """
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _cells(score: Score) -> tuple[str, str]:
    return (number(score.earned), number(score.points)) if score.known else ("", "")


def _text(table: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue()
