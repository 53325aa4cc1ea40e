"""All files that a run leaves for other programs."""

from pathlib import Path

from grader.course.registry import Course
from grader.records.run import Outcome
from grader.report.csv_files import write_changes, write_csv
from grader.report.json_files import write_json


def write_results(course: Course, outcome: Outcome, out: Path, *, for_spreadsheet: bool = False) -> list[Path]:
    """Write `results.csv`, `tests.csv`, `changes.csv` and `results.json` into a folder, each whole or not at all.

    Parameters
    ----------
    course : Course
    outcome : Outcome
        Everybody that the journal knows is written, not only what this run was about.
    out : Path
        Is made where there is none.
    for_spreadsheet : bool
        With a byte order mark in the tables, and ids that nothing computes.

    Returns
    -------
    list of Path

    Raises
    ------
    NoRoomError
        The disk is full.
    DeepgradeError
        They cannot be written.
    """
    results = outcome.everybody or outcome.results
    return [
        *write_csv(course, results, out, for_spreadsheet=for_spreadsheet),
        write_changes(outcome.history, out, for_spreadsheet=for_spreadsheet),
        write_json(course, results, out),
    ]
