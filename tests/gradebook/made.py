"""Results, hand-ins and adjustments in a few words."""

from datetime import UTC, datetime, timedelta
from typing import Any

from grader.gradebook.scores import Graded
from grader.records import Result, Status, TestRecord, Verdict
from grader.records.grades import Adjustment, AdjustmentKind, Attempt

DUE = datetime(2027, 2, 1, 23, 59)


def record(unit: str, name: str, points: float, earned: float, verdict: Verdict = Verdict.PASSED) -> TestRecord:
    return TestRecord(unit, "task", name, name, True, points, earned, verdict)


def graded(
    student: str,
    unit: str,
    earned: float,
    out_of: float = 20.0,
    *,
    late: float | None = None,
    number: int = 1,
    unmeasured: float = 0.0,
) -> Graded:
    """Return a graded hand-in; `late` in days after the due date, None for an unknown time."""
    tests = [record(unit, "a", out_of - unmeasured, earned)]
    if unmeasured:
        tests.append(record(unit, "b", unmeasured, 0.0, Verdict.TOO_NOISY))
    moment = None if late is None else DUE.replace(tzinfo=UTC) + timedelta(days=late)
    attempt = Attempt(student, unit, number, moment, "unknown" if late is None else "canvas")
    return Graded(Result(student, unit, Status.GRADED, tests=tuple(tests)), attempt)


def ungraded(student: str, unit: str, status: Status, **fields: Any) -> Graded:
    return Graded(Result(student, unit, status, **fields))


def adjusted(unit: str, kind: AdjustmentKind, value: float = 0.0, number: int = 1, **fields: Any) -> Adjustment:
    """Return an adjustment of anna's."""
    return Adjustment("anna", unit, kind, value, number=number, **fields)
