"""Amount of a hidden test that a student is shown, as a pure function of its record and a level."""

from enum import StrEnum

from msgspec.structs import replace

from grader.records.results import Feedback, TestRecord
from grader.records.verdicts import Cause, CauseKind, Look, Verdict


class Level(StrEnum):
    """Amount that is shown of a hidden test."""

    NAME = "name"  # its title, verdict and points
    PROPERTY = "property"  # also what it looks at, the kind of failure, and the name of the mistake
    EVERYTHING = "everything"


WRONG_RESULT = "the result is not the expected one"
EXCEPTION = "your code raised an exception"
OTHER = "the property does not hold"
NOT_LOADED = "{} cannot be loaded: grade run shows why"

ABOUT_THE_MACHINE = (Look.LEFT_OUT, Look.UNMEASURED)
"""Looks of verdicts whose message says something about the machine or the course, nothing about the code."""


def disclosed(test: TestRecord, level: Level) -> TestRecord:
    """Return a test's record as its student may see it.

    Whatever a call of a hidden test printed, raised or returned could carry its arguments. So could the line at which
    it stopped, the class of its exception and the number of a case: below `Level.EVERYTHING` none of them is kept.

    Parameters
    ----------
    test : TestRecord
    level : Level
        Amount shown of hidden tests; visible ones are shown whole, without notes for the instructor.

    Returns
    -------
    TestRecord
    """
    if not test.hidden:
        return replace(test, feedback=replace(test.feedback, review=""))
    if level is Level.EVERYTHING:
        return replace(test, feedback=replace(test.feedback, review="", replay=""))
    return replace(
        test,
        test=test.test.partition("[")[0],
        title=test.title if "[" not in test.test else test.title.rpartition(" (")[0],
        feedback=_named(test) if level is Level.NAME else _property(test),
        seconds=0.0,
    )


def _named(test: TestRecord) -> Feedback:
    return Feedback(timed=test.feedback.timed, cause=_kind(test.feedback.cause))


def _property(test: TestRecord) -> Feedback:
    feedback = test.feedback
    return Feedback(message=_sentence(test), likely=feedback.likely, timed=feedback.timed, cause=_kind(feedback.cause))


def _kind(cause: Cause | None) -> Cause | None:
    """Return a cause without what the student's code determines; of a wrong result nothing is left."""
    if cause is None or cause.kind is CauseKind.WRONG_RESULT:
        return None
    file = cause.file if cause.keeps_from_loading else ""
    return Cause(cause.kind, file=file, name=cause.name if cause.kind is CauseKind.GIVEN else "")


def _sentence(test: TestRecord) -> str:
    """Return the kind of failure in words that no submission can choose."""
    feedback, cause = test.feedback, test.feedback.cause
    is_given = test.verdict is Verdict.PASSED and cause is not None and cause.kind is CauseKind.GIVEN
    if feedback.timed or test.verdict.meaning.look in ABOUT_THE_MACHINE or is_given:
        return feedback.message
    if cause and cause.keeps_from_loading:
        return NOT_LOADED.format(cause.file or "a file")
    if test.verdict is not Verdict.FAILED:
        return ""
    if cause and cause.kind is CauseKind.WRONG_RESULT:
        return WRONG_RESULT
    return EXCEPTION if feedback.where else OTHER
