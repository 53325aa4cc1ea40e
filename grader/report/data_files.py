"""Results for spreadsheets and other programs: CSV, and JSON with all data on a graded class."""

import codecs
import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from grader.atomic import write_atomically
from grader.course.registry import Course
from grader.gradebook.remarks import decision
from grader.printable import one_line
from grader.records import VERSION, Result
from grader.records.grades import Grade, UnitGrade
from grader.records.run import Change, Outcome
from grader.report.scores import Score, rows, units_of

FORMULA = "=+-@＝＋－＠"  # a cell with such a first character is a formula; the wide ones count in some languages
_CELLS = re.compile(rf"(^|[;\t])([\s\"]*)(?=[{re.escape(FORMULA)}])")  # a semicolon separates cells in some locales

TEST_COLUMNS = ("student", "unit", "task", "test", "hidden", "points", "earned", "verdict", "likely", "message")
CHANGE_COLUMNS = ("when", "student", "unit", "what", "from", "to", "why")

_RESULTS_OF_JSON = b'\n "results": ['  # the only line that begins so: strings have no line ends
_BEYOND_ASCII = re.compile(r"[^\x00-\x7e]+")

FINAL_PARTS = ("final", "late_days", "penalty", "by_hand")

Ids = Callable[[str], str]


def write_csv(
    course: Course,
    results: Sequence[Result],
    out: Path,
    *,
    for_spreadsheet: bool = False,
    grades: Sequence[Grade] = (),
) -> list[Path]:
    """Write `results.csv` and `tests.csv` into a folder.

    Parameters
    ----------
    course : Course
    results : sequence of Result
    out : Path
    for_spreadsheet : bool
        Whether to add a byte order mark and protect ids from being evaluated.
    grades : sequence of Grade, optional
        Everybody's; by default they follow from the results alone.

    Returns
    -------
    list of Path

    Raises
    ------
    DeepgradeError
        If they cannot be written.
    """
    ids: Ids = plain if for_spreadsheet else str
    texts = {"results.csv": results_csv(course, results, ids, grades), "tests.csv": details_csv(results, ids)}
    return [write_atomically(out / name, _bytes(text, for_spreadsheet)) for name, text in texts.items()]


def write_changes(history: Sequence[tuple[str, Change]], out: Path, *, for_spreadsheet: bool = False) -> Path:
    """Write `changes.csv` with every change of a grade in the journal.

    Raises
    ------
    DeepgradeError
        If it cannot be written.
    """
    ids: Ids = plain if for_spreadsheet else str
    return write_atomically(out / "changes.csv", _bytes(changes_csv(history, ids), for_spreadsheet))


def _bytes(text: str, for_spreadsheet: bool) -> bytes:
    return (codecs.BOM_UTF8 if for_spreadsheet else b"") + text.encode()


def results_csv(course: Course, results: Sequence[Result], ids: Ids = str, grades: Sequence[Grade] = ()) -> str:
    """Return one row per person: points per unit by the tests, their sum, remarks, statuses; then the final points.

    A unit without a score, because the grader failed or a refusal is not settled, is left empty and not counted in the
    total.
    """
    units = units_of(course, results)
    scores = [name for unit in units for name in (unit, f"{unit}_points")]
    statuses = [f"{unit}_status" for unit in units]
    finals = [f"{unit}_{part}" for unit in units for part in FINAL_PARTS]
    people = ("final", "final_points", "name", "section")
    table = [["student", *scores, "total", "total_points", "remarks", *statuses, *finals, *people]]
    for row in rows(course, results, grades):
        parts = [row.units.get(unit, Score(0.0, 0.0, known=False)) for unit in units]
        cells = [cell for score in [*parts, row.total] for cell in _cells(score)]
        statuses = [row.statuses.get(unit, "") for unit in units]
        finals = [cell for unit in units for cell in _final_cells(row.final.get(unit))]
        person = [*_cells(row.final_total), plain(row.name), plain(row.section)]
        table.append([ids(row.student), *cells, plain(row.remark), *statuses, *finals, *person])
    return _text(table)


def _final_cells(grade: UnitGrade | None) -> tuple[str, ...]:
    """Return the final points, late days, the penalty, and the decisions by hand."""
    if grade is None:
        return ("",) * len(FINAL_PARTS)
    final = "" if grade.final is None else number(grade.final)
    decisions = plain("; ".join(map(decision, grade.adjustments)))
    return final, str(grade.late_days), number(grade.penalty), decisions


def details_csv(results: Sequence[Result], ids: Ids = str) -> str:
    """Return one row per test of every submission."""
    table: list[Sequence[str]] = [TEST_COLUMNS]
    for result in results:
        for test in result.tests:
            numbers = ["yes" if test.hidden else "no", number(test.points), number(test.earned), test.verdict.value]
            details = [test.feedback.likely, test.feedback.timed or test.feedback.message or test.feedback.differs]
            names = [test.unit, test.task, test.test]
            table.append([ids(result.student), *map(plain, names), *numbers, *map(plain, details)])
    return _text(table)


def changes_csv(history: Sequence[tuple[str, Change]], ids: Ids = str) -> str:
    """Return one row per change: when, who, what, from, to, why."""
    table: list[Sequence[str]] = [CHANGE_COLUMNS]
    for when, change in history:
        texts = map(plain, (change.unit, change.what, change.before, change.after, change.why))
        table.append([when, ids(change.student), *texts])
    return _text(table)


@lru_cache(1 << 14)  # a class repeats the names of its tests and most of its messages
def plain(text: str) -> str:
    """Return text as a cell that is never evaluated as a formula, even if a semicolon separates cells.

    Examples
    --------
    >>> plain("=1+1"), plain("a; b"), plain("a;=1+1")
    ("'=1+1", 'a; b', "a;'=1+1")
    """
    return _CELLS.sub(r"\1\2'", one_line(text))


def is_computed(text: str) -> bool:
    """Return whether a spreadsheet would evaluate a cell with this text, or a part of it, as a formula."""
    return _CELLS.search(text) is not None


def number(value: float) -> str:
    """Return a machine-readable number: decimal point, no exponent, two decimals.

    Examples
    --------
    >>> number(3.0), number(1 / 3)
    ('3.00', '0.33')
    """
    return f"{value:.2f}"


def _cells(score: Score) -> tuple[str, str]:
    return (number(score.earned), number(score.points)) if score.known else ("", "")


def _text(table: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(table)
    return text.getvalue()


def write_json(course: Course, results: Sequence[Result], out: Path, grades: Sequence[Grade] = ()) -> Path:
    """Write `results.json` into a folder.

    Parameters
    ----------
    course : Course
    results : sequence of Result
    out : Path
    grades : sequence of Grade, optional
        Everybody's; by default they follow from the results alone.

    Raises
    ------
    DeepgradeError
        If it cannot be written.
    """
    return write_atomically(out / "results.json", results_json(course, results, grades).encode())


def has_lines_of_results(path: Path) -> bool:
    """Return whether results.json has the line ends that it was written with: a formatter may have changed them.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool
    """
    return _RESULTS_OF_JSON in path.read_bytes()


def rewrite_people(course: Course, results: Sequence[Result], out: Path, grades: Sequence[Grade]) -> list[Path]:
    """Write what decisions change: `results.csv`, and the people of `results.json`; the rest of it stays as it is.

    Parameters
    ----------
    course : Course
    results : sequence of Result
        Those that are in `results.json`, in its order; their tests are not read.
    out : Path
    grades : sequence of Grade

    Returns
    -------
    list of Path

    Raises
    ------
    DeepgradeError
        If they cannot be written.
    """
    table, path = out / "results.csv", out / "results.json"
    for_spreadsheet = table.is_file() and table.read_bytes().startswith(codecs.BOM_UTF8)
    text = results_csv(course, results, plain if for_spreadsheet else str, grades)
    head = _document_text(_head(course, results, grades)).rstrip("}\n")
    tail = path.read_bytes().partition(_RESULTS_OF_JSON)[2]
    content = b"".join([head.encode(), b",", _RESULTS_OF_JSON, tail])
    return [write_atomically(table, _bytes(text, for_spreadsheet)), write_atomically(path, content)]


def results_json(course: Course, results: Sequence[Result], grades: Sequence[Grade] = ()) -> str:
    """Return the results as JSON.

    Two runs over the same submissions differ only in the values of ``timing``, ``seconds`` and ``speed``, and in texts
    about timed tests. Non-ASCII characters are escaped, so the output cannot control a terminal.
    """
    return _document_text(_head(course, results, grades) | {"results": [_with_points(result) for result in results]})


def _head(course: Course, results: Sequence[Result], grades: Sequence[Grade]) -> dict[str, Any]:
    """Return the part of the document that is before the results, and depends on decisions."""
    return {
        "version": VERSION,
        "course": {"name": course.name, "title": course.title},
        "students": [msgspec.to_builtins(row) for row in rows(course, results, grades)],
    }


def _document_text(document: Mapping[str, Any]) -> str:
    text = msgspec.json.format(msgspec.json.encode(document), indent=1).decode()
    return _BEYOND_ASCII.sub(_escaped, text) + "\n"


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]


def _with_points(result: Result) -> dict[str, Any]:
    """Return a result's fields with its computed sums."""
    fields: dict[str, Any] = msgspec.to_builtins(result)
    return fields | {"earned": result.earned, "measured": result.measured}


def write_results(
    course: Course,
    outcome: Outcome,
    out: Path,
    *,
    for_spreadsheet: bool = False,
    grades: Sequence[Grade] = (),
) -> list[Path]:
    """Write `results.csv`, `tests.csv`, `changes.csv` and `results.json` into a folder, each one atomically.

    Parameters
    ----------
    course : Course
    outcome : Outcome
        All students in the journal are written, not only those of this run.
    out : Path
        Created if missing.
    for_spreadsheet : bool
        Whether to add a byte order mark to the tables and protect ids from being evaluated.
    grades : sequence of Grade, optional
        Everybody's; by default they follow from the results alone.

    Returns
    -------
    list of Path

    Raises
    ------
    NoRoomError
        If the disk is full.
    DeepgradeError
        If they cannot be written.
    """
    results = outcome.everybody or outcome.results
    return [
        *write_csv(course, results, out, for_spreadsheet=for_spreadsheet, grades=grades),
        write_changes(outcome.history, out, for_spreadsheet=for_spreadsheet),
        write_json(course, results, out, grades),
    ]
