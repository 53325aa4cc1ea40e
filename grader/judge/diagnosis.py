"""Search for the misconception that gives the student's answers: the test is run with each, and calls are compared.

A misconception's answers in a test do not depend on the student. So its first answer is cached: most students differ
from most misconceptions there already, and the test need not be run to find that out.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from grader.judge.comparison import check
from grader.judge.describe import is_array
from grader.judge.local_students import RunnableMisconception
from grader.judge.outcomes import CheckFailed, OutcomeException, StudentRaised
from grader.judge.shapes import Signature, TupleSpec
from grader.judge.student import FORGOTTEN, MISSING, Call, CallResult, Student, Transport
from grader.worker.objects import Places, replace_at

RunTest = Callable[[Student], None]
MakeStudent = Callable[[RunnableMisconception], Student]

REMEMBERED_BYTES = 1 << 16  # maximum size of a cached first answer

SAME = 1e-5  # relative: float32 answers of student and misconception may differ in the last digits


class Different(OutcomeException):
    """The misconception gives another answer than the student's code."""


class FirstAnswer(NamedTuple):
    """Behaviour of a misconception in a test, up to its first answer.

    Attributes
    ----------
    before : tuple of str
        Functions that are called before its own.
    parts : tuple of object
        Compared parts of the answer; empty if it raised.
    raised : str
        Name of the exception, if it raised one.
    """

    before: tuple[str, ...]
    parts: tuple[Any, ...]
    raised: str = ""


FirstAnswers = dict[str, FirstAnswer]
"""First answers in one test with one seed, by the misconception's name."""


class Comparing:
    """Transport that ends the test at the first answer that differs from the student's.

    Parameters
    ----------
    inner : Transport
        Transport to the misconception.
    calls : sequence of Call
        Calls of the student's code, with the answers.
    task : str
        Function whose answers are compared.
    signature : Signature or None
        Tells which parts of an answer to compare; caches have no fixed form and are not compared.
    """

    def __init__(self, inner: Transport, calls: Sequence[Call], task: str, signature: Signature | None) -> None:
        self._inner = inner
        self._calls = iter(calls)
        self._before: list[str] = []
        self._task = task
        self._signature = signature
        self.first: FirstAnswer | None = None

    def call(
        self,
        function: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        *,
        keep: bool,
        caches: Places = False,
        is_new: bool = False,
    ) -> CallResult:
        """Call the misconception and compare its answer."""
        theirs = next(self._calls, None)
        if theirs is None or theirs.function != function:
            raise Different("another call")
        try:
            result = self._inner.call(function, args, kwargs, keep=keep, caches=caches, is_new=is_new)
        except StudentRaised as raised:
            if function == self._task:
                self._note([], raised.kinds[:1])
                self._require_same_exception(raised.kinds[:1], theirs)
            raise
        if function == self._task:
            parts = self._parts(result.value)
            self._note(parts)
            self._require_same(parts, theirs)
        else:
            self._before.append(function)
        return result

    def require_first(self, first: FirstAnswer, calls: Sequence[Call]) -> None:
        """Compare the misconception's cached first answer."""
        count = len(first.before)
        if len(calls) <= count or (*first.before, self._task) != tuple(call.function for call in calls[: count + 1]):
            raise Different("another call")
        if first.raised:
            self._require_same_exception((first.raised,), calls[count])
        else:
            self._require_same(first.parts, calls[count])

    def _note(self, parts: Sequence[Any], raised: tuple[str, ...] = ()) -> None:
        if self.first is None and all(map(_is_small, parts)):
            self.first = FirstAnswer(tuple(self._before), tuple(copy.deepcopy(list(parts))), *raised)

    def _require_same_exception(self, raised: tuple[str, ...], theirs: Call) -> None:
        if raised != theirs.raised[:1]:
            raise Different("another exception")

    def attribute(self, name: str) -> Any:
        """Return a module-level value."""
        return self._inner.attribute(name)

    def _require_same(self, parts: Sequence[Any], theirs: Call) -> None:
        if theirs.answer is MISSING:
            raise Different("the student's code raised")
        if theirs.answer is FORGOTTEN:
            raise Different("the student's answer was too large to be remembered")
        try:
            for mine, other in zip(parts, self._parts(theirs.answer), strict=True):
                check(other).equals(mine, rtol=SAME)
        except (CheckFailed, ValueError):
            raise Different("another answer") from None

    def _parts(self, value: Any) -> list[Any]:
        """Return the compared parts of an answer: all but the caches."""
        signature = self._signature
        if signature is None or not isinstance(signature.result, TupleSpec) or not isinstance(value, tuple | list):
            return [value]
        parts = replace_at(value, signature.caches, lambda cache: None)
        return [part for part, spec in zip(parts, signature.result.items, strict=True) if spec is not None]


def likely_misconception(
    run_test: RunTest,
    misconceptions: Sequence[RunnableMisconception],
    make_student: MakeStudent,
    calls: Sequence[Call],
    signatures: dict[str, Signature],
    *,
    first_answers: FirstAnswers | None = None,
) -> str:
    """Return the text of the first misconception that fails the test with the same answers as the student's.

    Parameters
    ----------
    run_test : callable
        Function that runs the failed test again, from the same seed, with another student.
    misconceptions : sequence of RunnableMisconception
        Misconceptions of the test's task.
    make_student : callable
        Function that returns a student with the misconception as its function.
    calls : sequence of Call
        The calls of the failed test.
    signatures : dict of str to Signature
    first_answers : dict of str to FirstAnswer, optional
        Cached first answers of the misconceptions in this test; new ones are added.

    Returns
    -------
    str
        The text; empty if there is none.
    """
    known = {} if first_answers is None else first_answers
    for candidate in misconceptions:
        if not any(call.function == candidate.task for call in calls):
            continue
        student = make_student(candidate)
        comparing = Comparing(student._transport, calls, candidate.task, signatures.get(candidate.task))
        student._transport = comparing
        if _fails_alike(run_test, student, comparing, calls, known.get(candidate.name)):
            return candidate.text
        if comparing.first is not None:
            known[candidate.name] = comparing.first
    return ""


def _fails_alike(
    run_test: RunTest, student: Student, comparing: Comparing, calls: Sequence[Call], first: FirstAnswer | None
) -> bool:
    try:
        if first is not None:
            comparing.require_first(first, calls)
        run_test(student)
    except Different:
        return False
    except (OutcomeException, Exception):  # it fails the test in any way, after the student's answers
        return len(student._calls) == len(calls)
    return False


def _is_small(value: Any) -> bool:
    """Return whether an answer is plain data that is small enough to cache."""
    if isinstance(value, tuple | list):
        return all(map(_is_small, value))
    if is_array(value):
        return value.nbytes <= REMEMBERED_BYTES and not getattr(value, "requires_grad", False)
    return value is None or isinstance(value, int | float | str | np.generic)
