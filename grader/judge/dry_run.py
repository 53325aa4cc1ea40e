"""Dry run of a suite on the solution, before any grading, which sets the limits of submissions.

It measures what each test costs. The size of the solution's answers bounds that of the submissions' answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.judge.outcomes import CheckFailed, GraderFault
from grader.judge.student import CallRequest, CallResult, Student, Transport
from grader.records import Verdict
from grader.wire import DEFAULT_SIZE_LIMITS, HandleRef, OverSizeLimit, SizeLimits, WireError, encode, frame_size

FACTOR = 4
ROOM = 64 << 10  # bytes
UNKNOWN_BYTES = 16 << 20  # of an answer without a dry run, as for students, who have no solutions
UNKNOWN_TREE = 2 << 20
TOGETHER = 64 << 20  # bytes of all answers of a test beyond four times the reference's


@dataclass(frozen=True)
class Answered:
    """Size of an answer of the solution, as it would be sent.

    Attributes
    ----------
    function : str
    tree : int
        Bytes without arrays.
    whole : int
        Bytes in total.
    """

    function: str
    tree: int
    whole: int


class AnswerSizes:
    """Size limits for the answers of one test.

    Parameters
    ----------
    dry_run : sequence of Answered, optional
        The solution's answers in this test, in order; none without a dry run.
    timed : bool
        Whether it is a race, which makes more calls than its dry run, draws new inputs, and keeps no answers.
    unknown : int
        Limit in bytes for an answer without a dry run.
    """

    def __init__(self, dry_run: Sequence[Answered] = (), *, timed: bool = False, unknown: int = UNKNOWN_BYTES) -> None:
        self._dry_runs, self._timed, self._unknown = tuple(dry_run), timed, unknown
        self._left = FACTOR * sum(answer.whole for answer in dry_run) + TOGETHER
        self._calls = 0

    def next_call(self, function: str) -> Answered | None:
        """Return the size of the solution's answer to the next call; None if it is unknown."""
        index, self._calls = self._calls, self._calls + 1
        if index < len(self._dry_runs) and self._dry_runs[index].function == function:
            return self._dry_runs[index]
        same = [answer for answer in self._dry_runs if answer.function == function]
        return max(same, key=lambda answer: answer.whole, default=None)

    def size_limits(self, expected: Answered | None, request: int, *, calls_back: bool = False) -> SizeLimits:
        """Return the size limits for the answer to a request.

        Parameters
        ----------
        expected : Answered or None
            Size of the solution's answer.
        request : int
            Bytes of the request. Functions in it may be called with arguments of that size.
        calls_back : bool
        """
        if expected is None:
            return _size_limits(max(UNKNOWN_TREE, FACTOR * request), max(self._unknown, FACTOR * request))
        more = request if calls_back or self._timed else 0
        return _size_limits(FACTOR * max(expected.tree, more) + ROOM, FACTOR * max(expected.whole, more) + ROOM)

    def spend(self, size: int) -> None:
        """Count an answer, or the arguments of a callback.

        Raises
        ------
        CheckFailed
            All answers of the test together are too large.
        """
        self._left -= size
        if self._left < 0 and not self._timed:
            raise CheckFailed("all that your code has sent in this test is too large together")


def _size_limits(tree: int, whole: int) -> SizeLimits:
    most = DEFAULT_SIZE_LIMITS
    return SizeLimits(
        frame_bytes=min(whole, most.frame_bytes // 2),  # a request that contains an answer can always be sent
        header_bytes=min(tree, most.header_bytes // 2),
        nodes=min(tree, most.nodes // 2),
        depth=most.depth // 2,
        text_bytes=min(tree, most.text_bytes // 2),
        int_bytes=most.int_bytes // 2,
        keys=most.keys // 2,
        ranges=False,
    )


def too_large(label: str, error: OverSizeLimit, size_limits: SizeLimits, expected: Answered | None) -> CheckFailed:
    """Return the failure for an answer that exceeds its limits.

    Parameters
    ----------
    label : str
        Function that gave the answer.
    error : OverSizeLimit
    size_limits : SizeLimits
    expected : Answered or None
    """
    got = readable(error.size) if error.size else str(error)
    wanted = f"{readable(expected.whole)}, as the reference's" if expected else "less"
    most = f"an answer may have at most {readable(size_limits.frame_bytes)} here"
    return CheckFailed(f"the answer of {label} is too large: {most}", got=got, expected=wanted)


def readable(size: int) -> str:
    """Format a number of bytes with a unit.

    Examples
    --------
    >>> readable(640), readable(64 << 10), readable(64_000_000)
    ('640 bytes', '64 KiB', '61 MiB')
    """
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size / unit:,.0f} {name}"
    return f"{size} bytes"


@dataclass
class DryRun:
    """Dry run of one test.

    Attributes
    ----------
    verdict : Verdict
    cpu_seconds : float
        CPU time of the judge's process, including the solution's own.
    answers : list of Answered
    """

    verdict: Verdict = Verdict.GRADER_ERROR
    cpu_seconds: float = 0.0
    answers: list[Answered] = field(default_factory=list)


class Recording:
    """Transport that records the sizes of answers.

    Parameters
    ----------
    inner : Transport
        Transport to the solution.
    answers : list of Answered
        List to which the sizes are appended.
    """

    def __init__(self, inner: Transport, answers: list[Answered]) -> None:
        self._inner, self._answers = inner, answers

    def call(self, request: CallRequest) -> CallResult:
        """Call the solution."""
        if _size((request.args, request.kwargs)) is None:
            raise GraderFault(f"the arguments of {request.function} cannot be sent to a worker")
        result = self._inner.call(request)
        self._note(request.function, (result.value, result.args, result.kwargs))
        return result

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
    """Record the sizes of a student's answers."""
    student._transport = Recording(student._transport, answers)
    return student


def _size(value: Any) -> tuple[int, int] | None:
    try:
        return frame_size(encode(value, hook=lambda anything: HandleRef(0, "object")))
    except WireError:
        return None
