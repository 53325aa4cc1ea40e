"""All files that a run leaves for other programs."""

from pathlib import Path

from grader.autograde.outcome import Outcome
from grader.course.registry import Course
from grader.report.csv_files import write_csv
from grader.report.json_files import write_json


def write_results(course: Course, outcome: Outcome, out: Path) -> list[Path]:
    """Write `results.csv`, `tests.csv` and `results.json` into a folder, each whole or not at all.

    Parameters
    ----------
    course : Course
    outcome : Outcome
    out : Path
        Is made where there is none.

    Returns
    -------
    list of Path

    Raises
    ------
    DeepgradeError
        They cannot be written.
    """
    return [*write_csv(course, outcome.results, out), write_json(course, outcome.results, out)]
