"""Trace of a test: what a task's function answered, call by call, and how the test ended.

Two traces of one test are compared without running anything. A trace is short however long the test is.
"""

import hashlib
import re
from collections.abc import Sequence

from msgspec import Struct

from grader.judge.outcomes import CheckFailed, GraderFault, OutcomeException, StudentRaised, WrongValue
from grader.judge.shapes import Signature
from grader.judge.student import FORGOTTEN, HEAD, MISSING, TAIL, Call
from grader.judge.summaries import OBJECT, UNKNOWN, Leaf, alike, compared, summary
from grader.records import Feedback

PASSED, BROKEN_OFF = "", "broken off"
WRONG, RAISED = "wrong", "raised"
DIGEST_BYTES = 3


class Answer(Struct, frozen=True, array_like=True):
    """Outcome of one call: the summary of the answer, or the name of the exception."""

    leaves: tuple[Leaf, ...] = ()
    raised: str = ""

    def is_like(self, other: "Answer") -> bool:
        """Return whether the two may be equal."""
        return self.raised == other.raised and alike(self.leaves, other.leaves)


class Trace(Struct, frozen=True, array_like=True):
    """Answers of a task's function in one test, and the ending.

    Attributes
    ----------
    answers : tuple of Answer
        All, or of a long trace the first and the last ones.
    count : int
        Number of answers.
    ending : str
        `PASSED`, `BROKEN_OFF` if the rest is unknown, or a short text that two equal failures share.
    """

    answers: tuple[Answer, ...]
    count: int
    ending: str

    @property
    def has_failed(self) -> bool:
        """Whether the test failed, as far as the trace knows."""
        return self.ending not in (PASSED, BROKEN_OFF)

    @property
    def has_wrong_values(self) -> bool:
        """Whether the test failed over a value, and not over a dtype, an exception, or an argument that was changed."""
        return self.ending.startswith(WRONG)


def shortened(answers: Sequence[Answer], ending: str) -> Trace:
    """Return the trace of these answers."""
    kept = answers if len(answers) <= HEAD + TAIL else (*answers[:HEAD], *answers[-TAIL:])
    return Trace(tuple(kept), len(answers), ending)


def agreement(known: Trace, student: Trace) -> bool | None:
    """Return whether a known trace is that of a student.

    Parameters
    ----------
    known : Trace
        One that has ended, or has been broken off.
    student : Trace
        One that has ended.

    Returns
    -------
    bool or None
        None if the known part agrees and the rest is unknown.
    """
    if known.count > student.count or not all(map(Answer.is_like, known.answers[:HEAD], student.answers[:HEAD])):
        return False
    if known.ending == BROKEN_OFF:
        return None
    same_end = known.count == student.count and known.ending == student.ending
    return same_end and all(map(Answer.is_like, known.answers[HEAD:], student.answers[HEAD:]))


def answer_of(call: Call, signature: Signature | None) -> Answer:
    """Return the answer of a call, without caches and objects, which have no fixed form."""
    if call.raised:
        return Answer(raised=call.raised[0])
    if call.answer is MISSING:
        return Answer(raised=UNKNOWN)
    return Answer((Leaf(UNKNOWN),) if call.answer is FORGOTTEN else summary(compared(call.answer, signature)))


def ending_of(outcome: OutcomeException | None, answers: Sequence[Answer] = ()) -> str:
    """Return the ending of a test.

    Parameters
    ----------
    outcome : OutcomeException or None
        None if it passed.
    answers : sequence of Answer
        If the last one contains objects, which are all alike, the ending says what the test saw of them.
    """
    if outcome is None:
        return PASSED
    if isinstance(outcome, StudentRaised):
        return f"{RAISED} {(*outcome.kinds, '')[0]}"
    kind = WRONG if isinstance(outcome, WrongValue) else type(outcome).__name__
    if not isinstance(outcome, CheckFailed | GraderFault):
        return kind
    hides = any(leaf.kind == OBJECT for answer in answers[-1:] for leaf in answer.leaves)
    seen = outcome.feedback() if hides else Feedback()
    return f"{kind} {_digest(f'{_without_numbers(outcome.message)}{seen.got}{seen.differs}')}"


def _without_numbers(message: str) -> str:
    """Return a message without its numbers, whose last digits may differ."""
    return re.sub(r"[-+]?\d[\d.]*(e[-+]?\d+)?", "#", message)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[: 2 * DIGEST_BYTES]
