"""Which grades are no longer what the journal had, and why."""

from collections.abc import Iterator, Mapping

from grader.autograde.keys import CAUSES
from grader.records import COSTS_NOTHING, STATUS_WORDS, Result, Status, TestRecord
from grader.records.run import Change

MEASURED_AGAIN = "it was measured again"
UNKNOWN = "it was graded anew"  # an earlier form of the journal did not write down what a key was made of
A_PERSON = "a person said so"

Parts = Mapping[str, str]


def why(before: Parts, after: Parts) -> str:
    """Return the likeliest reason for another result, from what the two keys were made of."""
    if not before:
        return UNKNOWN
    return next((told for name, told in CAUSES.items() if before.get(name) != after.get(name)), MEASURED_AGAIN)


def changes_between(before: Result, after: Result, reason: str) -> tuple[Change, ...]:
    """Return a change for each task whose points are others now, or one where there was or is no grade.

    Parameters
    ----------
    before, after : Result
        Of the same student and unit.
    reason : str
        Why they may differ.
    """
    pairs = _by_task(before, after) if before.status is after.status is Status.GRADED else [("all", before, after)]
    told = [(what, _standing(then), _standing(now)) for what, then, now in pairs]
    return tuple(Change(after.student, after.unit, what, old, new, reason) for what, old, new in told if old != new)


def _by_task(before: Result, after: Result) -> Iterator[tuple[str, list[TestRecord], list[TestRecord]]]:
    for task in dict.fromkeys(test.task for test in (*before.tests, *after.tests)):
        yield task, [test for test in before.tests if test.task == task], [t for t in after.tests if t.task == task]


def _standing(of: Result | list[TestRecord]) -> str:
    """Return points out of how many, or what there is instead of points."""
    if isinstance(of, Result) and of.status is not Status.GRADED:
        return "0" if of.zero else STATUS_WORDS[of.status]
    tests = of.tests if isinstance(of, Result) else of
    measured = sum(test.points for test in tests if test.verdict not in COSTS_NOTHING)
    return f"{sum(test.earned for test in tests):g}/{measured:g}"
