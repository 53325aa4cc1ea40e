"""Exceptions that end a graded test early, with a verdict and feedback for the student."""

from collections.abc import Callable

from grader.records import Cause, Feedback, Slices, Verdict

CANNOT_BE_SENT = "an answer that cannot be sent"  # sent by a worker in place of an exception's name


class OutcomeException(BaseException):
    """Base class of exceptions that end a test with a verdict, named and used like pytest's own outcomes.

    Parameters
    ----------
    message : str
        Description of the event in the student's terms.
    where : tuple of str
        Lines of the student's own files where it happened.
    credit : float
        Share of the points that is earned nevertheless, from 0 to 1.
    cause : Cause, optional
        Cause as data.
    """

    verdict = Verdict.FAILED

    def __init__(
        self, message: str, *, where: tuple[str, ...] = (), credit: float = 0.0, cause: Cause | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.credit = credit
        self.cause = cause

    def feedback(self) -> Feedback:
        """Return the feedback; the plugin adds the call and the replay seed."""
        return Feedback(message=self.message, where=self.where, cause=self.cause)


class CheckFailed(OutcomeException):
    """The answer is wrong."""

    def __init__(
        self,
        message: str = "",
        *,
        got: str = "",
        expected: str = "",
        differs: str = "",
        credit: float = 0.0,
        cause: Cause | None = None,
        slices: Callable[[], Slices | None] = lambda: None,
    ) -> None:
        self.slices = slices
        text = message or f"got {got}, expected {expected}: {differs}".rstrip(": ")
        super().__init__(text, credit=credit, cause=cause)
        self.told = Feedback(message=message, got=got, expected=expected, differs=differs, cause=cause)

    def feedback(self) -> Feedback:
        """Return the feedback, with actual and expected result."""
        return self.told

    def __str__(self) -> str:
        lines = [self.told.message] if self.told.message else []
        lines += [
            f"{name:<9} {getattr(self.told, name)}".replace("\n", f"\n{' ' * 10}")
            for name in ("got", "expected", "differs")
            if getattr(self.told, name)
        ]
        return "\n".join(lines)


class WrongValue(CheckFailed):
    """The answer has the right form, but a value is wrong."""


class StudentRaised(OutcomeException):
    """The student's code raised an exception instead of returning an answer."""

    def __init__(self, kinds: tuple[str, ...], text: str, *, function: str, where: tuple[str, ...] = ()) -> None:
        kind = (*kinds, "an exception")[0]
        did = "returned" if kind == CANNOT_BE_SENT else "raised"
        super().__init__(f"{function} {did} {kind}: {text}".rstrip(": "), where=where)
        self.kinds = kinds


class NotAttempted(OutcomeException):
    """The stub, or one that it calls, still raises `NotImplementedError`."""

    verdict = Verdict.NOT_ATTEMPTED


class DoesNotLoad(OutcomeException):
    """The student's file cannot be loaded: a syntax error, an exception at import, a missing function."""

    verdict = Verdict.CRASHED


class WorkerDied(OutcomeException):
    """The process that ran the student's code has ended."""

    verdict = Verdict.CRASHED


class TimedOut(OutcomeException):
    """The time limit was exceeded.

    Parameters
    ----------
    message : str
    near : tuple of str
        Lines of the student's own files where the code was, as far as it is known.
    cause : Cause, optional
    """

    verdict = Verdict.TIMED_OUT

    def __init__(self, message: str, *, near: tuple[str, ...] = (), cause: Cause | None = None) -> None:
        super().__init__(message, cause=cause)
        self.near = near

    def feedback(self) -> Feedback:
        """Return the message, and where the code was."""
        return Feedback(message=self.message, near=self.near, cause=self.cause)


class NotMeasured(OutcomeException):
    """The machine had no core for the student's code, so it is unknown whether the code keeps its time limit."""

    verdict = Verdict.NOT_MEASURED


class NotRun(TimedOut):
    """No time was left to start."""


class OutOfMemory(OutcomeException):
    """The memory limit was exceeded."""

    verdict = Verdict.OUT_OF_MEMORY


class Skipped(OutcomeException):
    """The test was skipped, for a reason that is not the code's fault."""

    verdict = Verdict.SKIPPED


class GraderFault(OutcomeException):
    """An error of the grader itself, which costs no points."""

    verdict = Verdict.GRADER_ERROR


class WireFault(GraderFault):
    """An error of the grader in data on its way to or from the student's code."""


class TooNoisy(OutcomeException):
    """The machine is too busy for a reliable measurement, which costs no points.

    Parameters
    ----------
    message : str
    review : str, optional
        Note for a reviewer on the source of the noise.
    """

    verdict = Verdict.TOO_NOISY

    def __init__(self, message: str, *, review: str = "") -> None:
        super().__init__(message)
        self.review = review

    def feedback(self) -> Feedback:
        """Return the message, and the note for review."""
        return Feedback(message=self.message, review=self.review)


class NoGpu(OutcomeException):
    """There is no GPU to measure on, which costs no points."""

    verdict = Verdict.NO_GPU


class BelowGold(OutcomeException):
    """The answers are right, but slower than the highest tier requires.

    Parameters
    ----------
    timed : str
        The measurement, and the tier reached.
    message : str
        Requirement of the next tier.
    credit : float
        The tier's share of the points.
    review : str, optional
        Reason for a manual review of the measurement.
    """

    def __init__(self, timed: str, message: str, *, credit: float, review: str = "") -> None:
        super().__init__(message, credit=credit)
        self.timed, self.review = timed, review

    def feedback(self) -> Feedback:
        """Return the measurement, and the requirement of the next tier."""
        return Feedback(message=self.message, timed=self.timed, review=self.review)


class Relayed(OutcomeException):
    """Outcome of a test in another process of the judge.

    Parameters
    ----------
    verdict : Verdict
    feedback : Feedback
    """

    def __init__(self, verdict: Verdict, feedback: Feedback) -> None:
        super().__init__(feedback.message)
        self.verdict = verdict
        self._feedback = feedback

    def feedback(self) -> Feedback:
        """Return the feedback from that process."""
        return self._feedback


class Blocked(OutcomeException):
    """The student's code did something that the task forbids."""

    verdict = Verdict.BLOCKED
