"""Everything that is known of a graded class, for other programs: `results.json`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from grader.course.registry import Course
from grader.records import VERSION, Result
from grader.report.atomic import write_atomically
from grader.report.scores import rows


def write_json(course: Course, results: Sequence[Result], out: Path) -> Path:
    """Write `results.json` into a folder.

    Parameters
    ----------
    course : Course
    results : sequence of Result
    out : Path

    Raises
    ------
    DeepgradeError
        It cannot be written.
    """
    return write_atomically(out / "results.json", results_json(course, results).encode())


def results_json(course: Course, results: Sequence[Result]) -> str:
    """Return the results as JSON.

    Two runs over the same submissions differ in the values under ``timing``, ``seconds`` and ``speed`` only, and in the
    text of what was timed. All that is not ASCII is escaped, so that nothing in it can steer a terminal.
    """
    document = {
        "version": VERSION,
        "course": {"name": course.name, "title": course.title},
        "students": [msgspec.to_builtins(row) for row in rows(course, results)],
        "results": [_with_points(result) for result in results],
    }
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


def _with_points(result: Result) -> dict[str, Any]:
    """Return a result with the sums that the record computes."""
    fields: dict[str, Any] = msgspec.to_builtins(result)
    return fields | {"earned": result.earned, "measured": result.measured}
