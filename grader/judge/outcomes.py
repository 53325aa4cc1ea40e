"""How a graded test ends early: exceptions that carry a verdict and what to tell the student."""

from grader.records import Cause, Feedback, Verdict

CANNOT_BE_SENT = "an answer that cannot be sent"  # what a worker says of an answer, in the place of an exception's name


class OutcomeException(BaseException):
    """The test is over, with a verdict; named and used as pytest's own outcomes are.

    Parameters
    ----------
    message : str
        What happened, in the student's terms.
    where : tuple of str
        Lines of the student's own files that it happened in.
    credit : float
        Share of the points that is earned all the same, from 0 to 1.
    cause : Cause, optional
        Why, as data.
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
        """Return what this outcome tells; the plugin adds the call and the replay seed."""
        return Feedback(message=self.message, where=self.where, cause=self.cause)


class CheckFailed(OutcomeException):
    """The answer came, and it is wrong."""

    def __init__(
        self,
        message: str = "",
        *,
        got: str = "",
        expected: str = "",
        differs: str = "",
        credit: float = 0.0,
        cause: Cause | None = None,
    ) -> None:
        told = message or f"got {got}, expected {expected}: {differs}".rstrip(": ")
        super().__init__(told, credit=credit, cause=cause)
        self.told = Feedback(message=message, got=got, expected=expected, differs=differs, cause=cause)

    def feedback(self) -> Feedback:
        """Return what was obtained and what was expected."""
        return self.told

    def __str__(self) -> str:
        lines = [self.told.message] if self.told.message else []
        lines += [
            f"{name:<9} {getattr(self.told, name)}"
            for name in ("got", "expected", "differs")
            if getattr(self.told, name)
        ]
        return "\n".join(lines)


class StudentRaised(OutcomeException):
    """The student's code raised an exception where an answer was asked for."""

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
    """The process that ran the student's code is gone."""

    verdict = Verdict.CRASHED


class TimedOut(OutcomeException):
    """A limit on time was exceeded."""

    verdict = Verdict.TIMED_OUT


class NotMeasured(OutcomeException):
    """The machine had no core for the student's code: whether it keeps within its limit is not known."""

    verdict = Verdict.NOT_MEASURED


class NotRun(TimedOut):
    """There was no time left to begin."""


class OutOfMemory(OutcomeException):
    """The limit on memory was exceeded."""

    verdict = Verdict.OUT_OF_MEMORY


class Skipped(OutcomeException):
    """The test was left out, for a reason that is no fault of the code's."""

    verdict = Verdict.SKIPPED


class GraderFault(OutcomeException):
    """The engine stumbled over its own feet: nobody's points are at stake."""

    verdict = Verdict.GRADER_ERROR


class WireFault(GraderFault):
    """The engine stumbled over something on its way to or from the student's code."""


class TooNoisy(OutcomeException):
    """The machine is too busy for a measurement to be believed: nobody's points are at stake.

    Parameters
    ----------
    message : str
    review : str, optional
        What a person should know who wonders whose noise it was.
    """

    verdict = Verdict.TOO_NOISY

    def __init__(self, message: str, *, review: str = "") -> None:
        super().__init__(message)
        self.review = review

    def feedback(self) -> Feedback:
        """Return what happened, and what is to be looked at."""
        return Feedback(message=self.message, review=self.review)


class NoGpu(OutcomeException):
    """There is no GPU to measure on: nobody's points are at stake."""

    verdict = Verdict.NO_GPU


class BelowGold(OutcomeException):
    """The answers are right, and slower than the highest tier asks for.

    Parameters
    ----------
    timed : str
        What was measured, and the tier that was reached.
    message : str
        What the next tier needs.
    credit : float
        The tier's share of the points.
    review : str, optional
        Why a person should look at how the measurement came about.
    """

    def __init__(self, timed: str, message: str, *, credit: float, review: str = "") -> None:
        super().__init__(message, credit=credit)
        self.timed, self.review = timed, review

    def feedback(self) -> Feedback:
        """Return the measurement, and what the next tier needs."""
        return Feedback(message=self.message, timed=self.timed, review=self.review)


class Relayed(OutcomeException):
    """What a test ended with in another process of the judge's.

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
        """Return what was told there."""
        return self._feedback


class Blocked(OutcomeException):
    """The student's code did something that the task forbids."""

    verdict = Verdict.BLOCKED
