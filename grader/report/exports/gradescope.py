"""Gradescope's results.json: the points of one submission, test by test.

Of hidden tests it says no more than the course's level of feedback allows. Standard output of the grader stays with
instructors. Source: Gradescope's autograder specification.
"""

import json
from typing import Any

from grader.records import Result, Status, TestRecord
from grader.records.disclosure import Level, disclosed
from grader.records.grades import UnitGrade
from grader.report.feedback import lines_of
from grader.report.terminal import ASCII

WIDTH = 100


def gradescope_json(result: Result, grade: UnitGrade | None = None, level: Level = Level.NAME) -> str:
    """Return results.json for one submission.

    Parameters
    ----------
    result : Result
    grade : UnitGrade, optional
        The unit's grade with lateness and adjustments; without it the tests' points count.
    level : Level
        How much of the hidden tests is shown.

    Returns
    -------
    str
        JSON. A submission that was refused has no tests, zero points, and the reason as its output.
    """
    document: dict[str, Any] = {
        "score": _score(result, grade),
        "output": _output(result, grade),
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"unit": result.unit, "isolation": result.tier.value},
        "tests": [_test(disclosed(test, level)) for test in result.counting],
    }
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


def _score(result: Result, grade: UnitGrade | None) -> float:
    """Return the grade, or the tests' points where a person has still to decide: Gradescope takes no blank."""
    final = result.earned if grade is None or grade.final is None else grade.final
    return round(max(final, 0.0), 2)


def _output(result: Result, grade: UnitGrade | None) -> str:
    if result.status is not Status.GRADED:
        return f"not graded: {result.remark}"
    notes = [*([f"{grade.late_days} days late"] if grade and grade.late_days else []), *(grade.notes if grade else ())]
    return "; ".join([f"{result.earned:g} of {result.measured:g} points in the tests", *notes])


def _test(test: TestRecord) -> dict[str, Any]:
    counts = not test.verdict.meaning.costs_nothing
    fields: dict[str, Any] = {
        "name": f"{test.task}: {test.title}",
        "score": round(test.earned, 2) if counts else 0.0,
        "max_score": round(test.points, 2) if counts else 0.0,
        "status": "passed" if test.verdict.meaning.is_done else "failed",
        "visibility": "visible",
    }
    shown = "\n".join(line.plain.rstrip() for line in lines_of(test, ASCII, WIDTH)[1:])
    words = test.verdict.meaning.words
    return fields | {"output": shown or words} if shown or words else fields
