"""Exports of one submission test by test: Gradescope's and Classroom 50's results, and JUnit's XML.

Gradescope (source: its autograder specification) learns of hidden tests no more than the course's level of feedback
allows. What the grader prints is for instructors only.

Classroom 50 (source: its documentation of custom autograders; schema ``classroom50/result/v1``) has integer scores, and
ours have quarters, so points are written in hundredths. Its runner fills in owner and times; submission, commit,
release and review must be non-empty texts."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Self
from xml.etree import ElementTree

from msgspec import Struct

from grader.records import Result, Status, TestRecord
from grader.records.disclosure import Level, disclosed
from grader.records.grades import UnitGrade
from grader.report.screens import ASCII, lines_of

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
    """Return the grade, or the tests' points while a person has yet to decide: Gradescope accepts no blank."""
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


def _by_name(tests: Sequence[TestRecord]) -> list[TestRecord]:
    """Return tests as they may be published: of hidden ones the name and the points alone."""
    return [disclosed(test, Level.NAME) for test in tests]


SCHEMA = "classroom50/result/v1"
HUNDREDTHS = 100


class Submission50(Struct, frozen=True):
    """A submission on GitHub, as the runner's environment names it.

    Attributes
    ----------
    classroom, assignment, submission, commit, release, review : str
    """

    @classmethod
    def from_environment(cls, variables: Mapping[str, str], course: str, assignment: str, submission: str) -> Self:
        """Return what the runner's variables say; the other arguments are for those that it does not set."""
        commit = variables.get("COMMIT_URL") or submission
        return cls(
            classroom=variables.get("CLASSROOM") or course,
            assignment=variables.get("ASSIGNMENT") or assignment,
            submission=variables.get("SUBMISSION_TAG") or commit,
            commit=commit,
            release=variables.get("RELEASE_URL") or commit,
            review=variables.get("REVIEW_URL") or commit,
        )

    classroom: str
    assignment: str
    submission: str
    commit: str
    release: str
    review: str = ""


def classroom50_json(counting: Sequence[TestRecord], place: Submission50, at: datetime) -> str:
    """Return result.json for one submission.

    Parameters
    ----------
    counting : sequence of TestRecord
        The tests that count.
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
        for test in _by_name(counting)
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


_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # not allowed in XML 1.0


def junit_xml(results: Sequence[Result]) -> str:
    """Return results as JUnit XML.

    Parameters
    ----------
    results : sequence of Result
        A refused or missing hand-in is a suite with one error that says why.

    Returns
    -------
    str
        XML 1.0, UTF-8. Of hidden tests it has names and points.
    """
    root = ElementTree.Element("testsuites", name="deepgrade")
    for result in results:
        _suite(root, result)
    ElementTree.indent(root)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{ElementTree.tostring(root, encoding='unicode')}\n"


def _suite(root: ElementTree.Element, result: Result) -> None:
    failed = [test for test in result.counting if test.verdict.meaning.blames_code]
    skipped = [test for test in result.counting if test.verdict.meaning.costs_nothing]
    graded = result.status is Status.GRADED
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name=_text(f"{result.student}.{result.unit}"),
        tests=str(len(result.counting) if graded else 1),
        failures=str(len(failed)),
        errors=str(int(not graded)),
        skipped=str(len(skipped)),
        time=f"{result.timing.total:.3f}",
    )
    if not graded:
        case = ElementTree.SubElement(suite, "testcase", classname=result.unit, name="hand-in", time="0.000")
        ElementTree.SubElement(case, "error", message=_text(f"{result.status.value}: {result.remark}"))
    for test in _by_name(result.counting):
        _case(suite, test)


def _case(suite: ElementTree.Element, test: TestRecord) -> None:
    name = f"{test.title} ({test.earned:g}/{test.points:g})"
    case = ElementTree.SubElement(
        suite, "testcase", classname=f"{test.unit}.{test.task}", name=_text(name), time=f"{test.seconds:.3f}"
    )
    meaning = test.verdict.meaning
    if meaning.costs_nothing:
        ElementTree.SubElement(case, "skipped", message=_text(meaning.words))
    elif meaning.blames_code:
        message = test.feedback.likely or test.feedback.message or test.feedback.differs
        failure = ElementTree.SubElement(case, "failure", type=test.verdict.value, message=_text(message))
        failure.text = _text("\n".join(test.feedback.where))


def _text(text: str) -> str:
    """Return text that XML can hold."""
    return _FORBIDDEN.sub("\ufffd", text)
