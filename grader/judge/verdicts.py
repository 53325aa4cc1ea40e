"""From how a test ended to its record."""

import pytest

from grader.judge.ended import Ended
from grader.judge.items import Facts
from grader.judge.student import Call
from grader.records import Feedback, TestRecord, Verdict

UNTOLD = "what the test demands does not hold"  # of an assertion without a message


def ending_of(exception: BaseException | None) -> tuple[Verdict, Feedback, float]:
    """Return verdict, feedback and the share of the points that is earned.

    Parameters
    ----------
    exception : BaseException or None
        What ended the test; None when it passed.
    """
    if exception is None:
        return Verdict.PASSED, Feedback(), 1.0
    if isinstance(exception, Ended):
        return exception.verdict, exception.feedback(), min(1.0, max(0.0, float(exception.credit)))
    if isinstance(exception, pytest.skip.Exception):
        return Verdict.SKIPPED, Feedback(message=str(exception.msg)), 0.0
    if isinstance(exception, AssertionError | pytest.fail.Exception):
        return Verdict.FAILED, Feedback(message=(str(exception).splitlines() or [UNTOLD])[0]), 0.0
    return Verdict.GRADER_ERROR, Feedback(message=f"{type(exception).__name__}: {exception}"[:500]), 0.0


def last_call(calls: list[Call], task: str) -> Call | None:
    """Return the call that a failure is about: the last one of the task's own function, or else the last one."""
    own = [call for call in calls if call.function == task]
    return (own or calls or [None])[-1]  # type: ignore[list-item]  # None where there was no call at all


def record(facts: Facts, verdict: Verdict, feedback: Feedback, share: float, seconds: float) -> TestRecord:
    """Put a test's record together."""
    return TestRecord(
        unit=facts.unit,
        task=facts.task,
        test=f"{facts.file}.{facts.test}",
        title=facts.title,
        hidden=facts.hidden,
        points=facts.points,
        earned=facts.points * share,
        verdict=verdict,
        feedback=feedback,
        seconds=seconds,
    )


def unusable_answer(exception: BaseException, call: Call | None) -> Feedback:
    """Tell that the test itself stumbled over what the student's code returned."""
    name = call.function if call else "your code"
    return Feedback(
        message=f"the test cannot work with what {name} returned ({type(exception).__name__}: {exception})"[:500]
    )
