"""Selection of tests to measure again, and merging of the new records with the earlier ones.

A sound record is never measured again because another test of the same submission could not be measured, and is never
replaced by a record that measured nothing.
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from grader.autograde.races import is_final, second_race
from grader.autograde.remark import remark_of, reviews_of
from grader.records import CauseKind, Result, Status, TestRecord, Verdict
from grader.records.choices import counting

NO_CORE_TWICE = (
    "twice no answer came for long by the clock on the wall, the second time while nothing else was graded, although "
    "the worker had hardly computed: does the code slow itself down, or was the machine busy with something else?"
)


BROKEN_TWICE = (
    "the grader's process ended twice in the middle of this test, the second time while nothing else was graded: "
    "it counts as failed; was the answer made to do that?"
)


WALL_NOTE = (
    "limits on time were held by the clock on the wall, since this platform does not tell what a process computes: "
    "on a busy machine right answers may come too late"
)


def is_sound(result: Result) -> bool:
    """Return whether nothing in a result has to be tried again."""
    return result.status is not Status.GRADER_ERROR and not unsound_tests(result)


def unsound_tests(result: Result) -> tuple[str, ...]:
    """Return the tests that the next run tries again, as ``file.test``."""
    return tuple(test.test for test in result.tests if _is_unsound(test) or _is_unconfirmed(test))


def tests_to_try_alone(result: Result) -> tuple[str, ...]:
    """Return the tests to try again at the end of the same run, as ``file.test``."""
    return tuple(test.test for test in result.tests if test.verdict.meaning.tried_alone or _is_unconfirmed(test))


def settled(result: Result) -> Result:
    """Return a result that was graded alone: tests still not measured are listed for review and not tried again."""
    tests = tuple(map(_listed, result.tests))
    return replace(result, tests=tests, review=tuple(dict.fromkeys((*result.review, *reviews_of(tests)))))


def _is_unconfirmed(test: TestRecord) -> bool:
    """Return whether a race is below gold and has not been repeated yet."""
    return test.speed is not None and not is_final(test.speed)


def merged(before: Result, after: Result, tasks: Sequence[str] = (), *, alone: bool = False) -> Result:
    """Return one result from two gradings of the same submission by the same suite.

    Parameters
    ----------
    before : Result
        Result with all of the submission's tests.
    after : Result
        Later result with all or some of the tests.
    tasks : sequence of str
        Tasks whose tests are all in the later result: any that it lacks no longer exist.
    alone : bool
        Whether the later one was graded alone: a test timed in both has then raced twice.

    Returns
    -------
    Result
        The later result with all tests; where it measured nothing, the earlier measurement is kept.
    """
    later = {_place(test): test for test in after.tests}
    stay = [test for test in before.tests if test.task not in tasks or _place(test) in later]
    tests = tuple(_better(test, later.pop(_place(test), None), alone=alone) for test in stay)
    tests = (*tests, *later.values())
    about_code = [line for line in after.review if line not in reviews_of(after.tests)]
    remark = remark_of(counting(tests, after.choices))
    return replace(after, tests=tests, remark=remark, review=(*about_code, *reviews_of(tests)))


def clock_notes(results: Iterable[Result]) -> tuple[str, ...]:
    """Return a note if limits were enforced by wall time."""
    return (WALL_NOTE,) if any(result.timing.by_wall for result in results) else ()


def _place(test: TestRecord) -> tuple[str, str, bool]:
    return test.task, test.test, test.hidden


def _listed(test: TestRecord) -> TestRecord:
    if test.verdict is not Verdict.NOT_MEASURED:
        return test
    if test.feedback.cause and test.feedback.cause.kind is CauseKind.GRADER_ENDED:
        return replace(test, verdict=Verdict.FAILED, feedback=replace(test.feedback, review=BROKEN_TWICE))
    return replace(test, feedback=replace(test.feedback, review=NO_CORE_TWICE))


def _is_unsound(test: TestRecord) -> bool:
    is_listed = test.verdict is Verdict.NOT_MEASURED and test.feedback.review
    return test.verdict.meaning.tried_again and not is_listed


def _better(before: TestRecord, after: TestRecord | None, *, alone: bool) -> TestRecord:
    if after is None or (_is_unsound(after) and not _is_unsound(before)):
        return before
    return second_race(before, after) if alone and before.speed is not None else after
