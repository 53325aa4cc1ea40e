"""What a suite costs and brings on the solution, before anybody is graded: the measure for what submissions may do."""

from dataclasses import dataclass, field
from typing import Any

from grader.judge.answer_sizes import Answered
from grader.judge.ended import GraderFault
from grader.judge.student import Outcome, Student, Transport
from grader.records import Verdict
from grader.wire import HandleRef, WireError, encode, frame_size
from grader.worker.objects import Places


@dataclass
class Rehearsed:
    """One test on the solution.

    Attributes
    ----------
    verdict : Verdict
    cpu_seconds : float
        Of the judge's process, the solution's own time included.
    answers : list of Answered
    """

    verdict: Verdict = Verdict.GRADER_ERROR
    cpu_seconds: float = 0.0
    answers: list[Answered] = field(default_factory=list)


class Recording:
    """A transport that notes how large the answers are that pass through it.

    Parameters
    ----------
    inner : Transport
        Calls the solution.
    answers : list of Answered
        Grows.
    """

    def __init__(self, inner: Transport, answers: list[Answered]) -> None:
        self._inner, self._answers = inner, answers

    def call(
        self, function: str, args: tuple[Any, ...], kwargs: dict[str, Any], *, keep: bool, caches: Places = False
    ) -> Outcome:
        """Call the solution."""
        if _size((args, kwargs)) is None:
            raise GraderFault(f"the arguments of {function} cannot be sent to a worker")
        outcome = self._inner.call(function, args, kwargs, keep=keep, caches=caches)
        self._note(function, (outcome.value, outcome.args, outcome.kwargs))
        return outcome

    def attribute(self, name: str) -> Any:
        """Return a module-level value."""
        value = self._inner.attribute(name)
        self._note(name, value)
        return value

    def _note(self, name: str, value: Any) -> None:
        size = _size(value)
        if size is not None:
            self._answers.append(Answered(name, *size))


def recorded(student: Student, answers: list[Answered]) -> Student:
    """Let a student's answers be noted."""
    student._transport = Recording(student._transport, answers)
    return student


def _size(value: Any) -> tuple[int, int] | None:
    try:
        return frame_size(encode(value, hook=lambda anything: HandleRef(0, "object")))
    except WireError:
        return None
