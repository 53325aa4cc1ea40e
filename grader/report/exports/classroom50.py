"""Classroom 50's result.json, schema ``classroom50/result/v1``: whole numbers, one entry per test.

Its scores are integers, and ours have quarters, so points are written in hundredths. The runner stamps owner and times
itself; submission, commit, release and review must be texts that are not empty. Source: Classroom 50's documentation of
custom autograders.
"""

import json
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from grader.records import Result

SCHEMA = "classroom50/result/v1"
HUNDREDTHS = 100


class Submission50(Struct, frozen=True):
    """A submission on GitHub, as the runner's environment names it.

    Attributes
    ----------
    classroom, assignment, submission, commit, release, review : str
    """

    classroom: str
    assignment: str
    submission: str
    commit: str
    release: str
    review: str = ""


def classroom50_json(result: Result, place: Submission50, at: datetime) -> str:
    """Return result.json for one submission.

    Parameters
    ----------
    result : Result
    place : Submission50
    at : datetime
        When it was graded, with its zone.

    Returns
    -------
    str
        JSON with points in hundredths. Tests that say nothing about the student are not part of it.
    """
    tests: list[dict[str, Any]] = [
        {
            "test-name": f"{test.unit}.{test.task}: {test.title}",
            "passed": test.verdict.meaning.is_done,
            "score": round(test.earned * HUNDREDTHS),
            "max-score": round(test.points * HUNDREDTHS),
        }
        for test in result.counting
        if not test.verdict.meaning.costs_nothing
    ]
    document = {
        "schema": SCHEMA,
        "classroom": place.classroom,
        "assignment": place.assignment,
        "submission": place.submission,
        "commit": place.commit,
        "release": place.release,
        "review": place.review or place.commit,
        "datetime": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": sum(test["score"] for test in tests),
        "max-score": sum(test["max-score"] for test in tests),
        "tests": tests,
    }
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"
