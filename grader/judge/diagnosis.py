"""Which misconception gives the student's answers? The test is run again with each of them, and the calls compared."""

from collections.abc import Callable, Sequence
from typing import Any

from grader.judge.authoring import Misconception
from grader.judge.comparison import check
from grader.judge.outcomes import CheckFailed, Ended, StudentRaised
from grader.judge.shapes import Signature, TupleSpec
from grader.judge.student import FORGOTTEN, MISSING, Call, Outcome, Student, Transport
from grader.worker.objects import Places, replace_at

RunTest = Callable[[Student], None]
MakeStudent = Callable[[Misconception], Student]

SAME = 1e-5  # relative: a student's float32 answer and the misconception's need not agree to the last digit


class Different(Ended):
    """This misconception answers otherwise than the student did."""


class Comparing:
    """A transport that ends the test at the first answer that differs from the student's.

    Parameters
    ----------
    inner : Transport
        Calls the misconception.
    calls : sequence of Call
        What the student's code was asked, and answered.
    task : str
        Only answers of this function are compared.
    signature : Signature or None
        Says which parts of an answer count; caches are everybody's own affair.
    """

    def __init__(self, inner: Transport, calls: Sequence[Call], task: str, signature: Signature | None) -> None:
        self._inner = inner
        self._calls = iter(calls)
        self._task = task
        self._signature = signature

    def call(
        self, function: str, args: tuple[Any, ...], kwargs: dict[str, Any], *, keep: bool, caches: Places = False
    ) -> Outcome:
        """Call the misconception and compare."""
        theirs = next(self._calls, None)
        if theirs is None or theirs.function != function:
            raise Different("another call")
        try:
            outcome = self._inner.call(function, args, kwargs, keep=keep, caches=caches)
        except StudentRaised as raised:
            if function == self._task and raised.kinds[:1] != theirs.raised[:1]:
                raise Different("another exception") from None
            raise
        if function == self._task:
            self._require_same(outcome.value, theirs)
        return outcome

    def attribute(self, name: str) -> Any:
        """Return a module-level value."""
        return self._inner.attribute(name)

    def _require_same(self, value: Any, theirs: Call) -> None:
        if theirs.answer is MISSING:
            raise Different("the student's code raised")
        if theirs.answer is FORGOTTEN:
            raise Different("the student's answer was too large to be remembered")
        try:
            for mine, other in zip(self._parts(value), self._parts(theirs.answer), strict=True):
                check(other).equals(mine, rtol=SAME)
        except (CheckFailed, ValueError):
            raise Different("another answer") from None

    def _parts(self, value: Any) -> list[Any]:
        """Return what counts of an answer: all but the cache."""
        signature = self._signature
        if signature is None or not isinstance(signature.result, TupleSpec) or not isinstance(value, tuple | list):
            return [value]
        parts = replace_at(value, signature.caches, lambda cache: None)
        return [part for part, spec in zip(parts, signature.result.items, strict=True) if spec is not None]


def likely_misconception(
    run_test: RunTest,
    misconceptions: Sequence[Misconception],
    make_student: MakeStudent,
    calls: Sequence[Call],
    signatures: dict[str, Signature],
) -> str:
    """Return the text of the first misconception that fails the test with the student's own answers.

    Parameters
    ----------
    run_test : callable
        Runs the failed test again, from the same seed, with another student.
    misconceptions : sequence of Misconception
        Those of the test's task.
    make_student : callable
        Returns a student whose function is the misconception.
    calls : sequence of Call
        The calls of the failed test.
    signatures : dict of str to Signature

    Returns
    -------
    str
        Empty if there is none.
    """
    for candidate in misconceptions:
        if not any(call.function == candidate.task for call in calls):
            continue
        student = make_student(candidate)
        student._transport = Comparing(student._transport, calls, candidate.task, signatures.get(candidate.task))
        if _fails_alike(run_test, student, len(calls)):
            return candidate.text
    return ""


def _fails_alike(run_test: RunTest, student: Student, calls: int) -> bool:
    try:
        run_test(student)
    except Different:
        return False
    except (Ended, Exception):  # it fails the test, in whichever way, after answering like the student
        return len(student._calls) == calls
    return False
