"""Answers of misconceptions in the tests: recorded as far as it is known, found out by running them beyond that."""

from collections.abc import Callable
from typing import Any, Protocol

from grader.judge.items import TestInfo
from grader.judge.outcomes import OutcomeException, StudentRaised
from grader.judge.shapes import Signature
from grader.judge.student import HEAD, Call, CallRequest, CallResult, Transport
from grader.judge.traces import BROKEN_OFF, Answer, Trace, agreement, answer_of
from grader.worker.objects import without_caches


class Different(OutcomeException):
    """The misconception gives another answer than the student's code."""


class Comparing:
    """Transport that records a misconception's answers, and ends the test where they differ from a student's.

    Parameters
    ----------
    inner : Transport
        Transport to the misconception.
    task : str
        Function whose answers are recorded.
    signature : Signature or None
        Tells which parts of an answer to compare.
    student : Trace or None
        The student's trace; None to run the test to its end.
    """

    def __init__(self, inner: Transport, task: str, signature: Signature | None, student: Trace | None) -> None:
        self._inner, self._task, self._signature, self._student = inner, task, signature, student
        self._answers: list[Answer] = []
        self._count = 0
        self.is_different = False

    def call(self, request: CallRequest) -> CallResult:
        """Call the misconception, and compare its answer."""
        try:
            result = self._inner.call(request)
        except StudentRaised as raised:
            self._note(Call(request.function, (), {}, raised=raised.kinds))
            raise
        self._note(Call(request.function, (), {}, answer=without_caches(result.value, request.caches)))
        return result

    def attribute(self, name: str) -> Any:
        """Return a module-level value."""
        return self._inner.attribute(name)

    def _note(self, call: Call) -> None:
        if call.function != self._task:
            return
        self._count += 1
        if self._student is not None and not self._is_like(call, self._student):
            self.is_different = True
            raise Different("another answer")

    def _is_like(self, call: Call, student: Trace) -> bool:
        """Return whether the answer may be the student's; beyond the first ones, only their number is compared."""
        if not self._count <= min(student.count, HEAD):
            return self._count <= student.count
        self._answers.append(answer_of(call, self._signature))
        return self._answers[-1].is_like(student.answers[self._count - 1])

    def trace(self, whole: Trace) -> Trace:
        """Return the trace of a run, given that of its test; where the answers differ, the test is broken off."""
        if self.is_different:
            return Trace(tuple(self._answers), self._count, BROKEN_OFF)
        return whole


class MisconceptionLike(Protocol):
    """A registered misconception, whether it can be run here or not."""

    @property
    def task(self) -> str:
        """The task's name."""

    @property
    def text(self) -> str:
        """The sentence for the student."""


Run = Callable[[Any, TestInfo, Trace | None], Trace]
"""Runs a misconception on a test, and returns its trace, broken off where it differs from a student's."""

MOST_CALLS = 20_000  # of misconceptions' functions for one submission: what is found does not follow the machine's load
UNDECIDED = Trace((), 0, BROKEN_OFF)

Known = dict[tuple[Any, TestInfo], Trace]


class WrongAnswers:
    """Traces of misconceptions, each of them run only where the known traces cannot decide.

    Parameters
    ----------
    known : dict
        Known traces by misconception and test; new ones are added.
    run : callable, optional
        Runs a misconception on a test; without it, only the known traces are compared.
    calls : int
        Number of calls of misconceptions' functions that may be made.
    """

    def __init__(self, known: Known, run: Run | None = None, calls: int = MOST_CALLS) -> None:
        self._known, self._run, self._calls = known, run, calls

    def __call__(self, wrong: Any, test: TestInfo, student: Trace | None) -> Trace:
        """Return a misconception's trace of a test.

        Parameters
        ----------
        wrong : object
            The misconception.
        test : TestInfo
        student : Trace or None
            A student's trace, to which it is compared; None if only the ending matters.

        Returns
        -------
        Trace
            One that has ended or differs from the student's, or one that cannot be found out.
        """
        known = self._known.get((wrong, test), UNDECIDED)
        if _decides(known, student) or self._run is None or self._calls <= 0:
            return known
        known = self._known[wrong, test] = self._run(wrong, test, student)
        self._calls -= max(1, known.count)
        return known


def _decides(known: Trace, student: Trace | None) -> bool:
    return known.ending != BROKEN_OFF or (student is not None and agreement(known, student) is False)
