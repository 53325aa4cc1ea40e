"""What a suite costs and brings on the solution, before anybody is graded: the measure for what submissions may do.

The size of its answers bounds those of the submissions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.judge.outcomes import CheckFailed, GraderFault
from grader.judge.student import CallResult, Student, Transport
from grader.records import Verdict
from grader.wire import DEFAULT_SIZE_LIMITS, HandleRef, OverSizeLimit, SizeLimits, WireError, encode, frame_size
from grader.worker.objects import Places

FACTOR = 4
ROOM = 64 << 10  # bytes
UNKNOWN_BYTES = 16 << 20  # of an answer that no dry run has measured: at home, without solutions
UNKNOWN_TREE = 2 << 20
TOGETHER = 64 << 20  # bytes of all answers of a test beyond four times the reference's


@dataclass(frozen=True)
class Answered:
    """How large an answer of the solution is, as it would travel.

    Attributes
    ----------
    function : str
    tree : int
        Bytes of everything but arrays.
    whole : int
        Bytes of all of it.
    """

    function: str
    tree: int
    whole: int


class AnswerSizes:
    """What the answers of one test may still bring.

    Parameters
    ----------
    dry_run : sequence of Answered, optional
        The solution's answers in this test, in their order; none without a dry run.
    timed : bool
        A race asks more often than its dry run, with inputs that are drawn anew, and keeps nothing.
    unknown : int
        Bytes of an answer that no dry run has measured.
    """

    def __init__(self, dry_run: Sequence[Answered] = (), *, timed: bool = False, unknown: int = UNKNOWN_BYTES) -> None:
        self._dry_runs, self._timed, self._unknown = tuple(dry_run), timed, unknown
        self._left = FACTOR * sum(answer.whole for answer in dry_run) + TOGETHER
        self._calls = 0

    def next_call(self, function: str) -> Answered | None:
        """Return what the solution answered to the call that comes now; None where that is not known."""
        index, self._calls = self._calls, self._calls + 1
        if index < len(self._dry_runs) and self._dry_runs[index].function == function:
            return self._dry_runs[index]
        same = [answer for answer in self._dry_runs if answer.function == function]
        return max(same, key=lambda answer: answer.whole, default=None)

    def size_limits(self, expected: Answered | None, request: int, *, calls_back: bool = False) -> SizeLimits:
        """Return the upper bounds of what may come in answer to a request.

        Parameters
        ----------
        expected : Answered or None
            What the solution answered.
        request : int
            Bytes of the request. Where functions are part of it, these may be called with as much as it holds.
        calls_back : bool
        """
        if expected is None:
            return _size_limits(max(UNKNOWN_TREE, FACTOR * request), max(self._unknown, FACTOR * request))
        more = request if calls_back or self._timed else 0
        return _size_limits(FACTOR * max(expected.tree, more) + ROOM, FACTOR * max(expected.whole, more) + ROOM)

    def spend(self, size: int) -> None:
        """Count an answer, or the arguments of a call back.

        Raises
        ------
        CheckFailed
            All of them together are too large.
        """
        self._left -= size
        if self._left < 0 and not self._timed:
            raise CheckFailed("all that your code has sent in this test is too large together")


def _size_limits(tree: int, whole: int) -> SizeLimits:
    most = DEFAULT_SIZE_LIMITS
    return SizeLimits(
        frame_bytes=min(whole, most.frame_bytes // 2),  # a request with an answer in it can always be sent
        header_bytes=min(tree, most.header_bytes // 2),
        nodes=min(tree, most.nodes // 2),
        depth=most.depth // 2,
        text_bytes=min(tree, most.text_bytes // 2),
        int_bytes=most.int_bytes // 2,
        keys=most.keys // 2,
        ranges=False,
    )


def too_large(label: str, error: OverSizeLimit, size_limits: SizeLimits, expected: Answered | None) -> CheckFailed:
    """Return the failure of an answer that is over its limits.

    Parameters
    ----------
    label : str
        Whose answer it is.
    error : OverSizeLimit
    size_limits : SizeLimits
    expected : Answered or None
    """
    got = readable(error.size) if error.size else str(error)
    wanted = f"{readable(expected.whole)}, as the reference's" if expected else "less"
    most = f"an answer may have at most {readable(size_limits.frame_bytes)} here"
    return CheckFailed(f"the answer of {label} is too large: {most}", got=got, expected=wanted)


def readable(size: int) -> str:
    """Return a number of bytes as people write it.

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
    ) -> CallResult:
        """Call the solution."""
        if _size((args, kwargs)) is None:
            raise GraderFault(f"the arguments of {function} cannot be sent to a worker")
        result = self._inner.call(function, args, kwargs, keep=keep, caches=caches)
        self._note(function, (result.value, result.args, result.kwargs))
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
    """Let a student's answers be noted."""
    student._transport = Recording(student._transport, answers)
    return student


def _size(value: Any) -> tuple[int, int] | None:
    try:
        return frame_size(encode(value, hook=lambda anything: HandleRef(0, "object")))
    except WireError:
        return None
