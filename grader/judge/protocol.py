"""What a judge is asked to grade, and what its process says to the one that asked: one JSON text a line."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from grader.course.registry import Limits
from grader.records import Speed, TestRecord, Timing, Verdict
from grader.submissions.submission import Submission


class Shared(Struct, frozen=True):
    """What is known of a timed test from another submission of the same code.

    Attributes
    ----------
    speed : Speed or None
        What was measured; None where the machine was too busy for it again and again.
    """

    speed: Speed | None = None


class Job(Struct, frozen=True):
    """A submission, and how it is to be graded.

    Attributes
    ----------
    submission : Submission
    limits : Limits
    secret : str
        The course's: hidden seeds derive from it.
    tasks : tuple of str
        Only their tests are run; all of the unit's if empty.
    tests : tuple of str
        Only these, by ``file.test``; all that the other fields leave if empty.
    without : tuple of str
        Tests that are left out, by ``file.test``: the instructor has taken them out of this run.
    visible_only : bool
        Leave the hidden tests out.
    dry_run : bool
        Check the answers of timed tests, and time nothing.
    token : str
        Seeds the visible tests instead of the secret: `grade replay`.
    until_failure : bool
        Only find out whether the hidden tests notice something: without the visible ones, without a diagnosis, and no
        further than to the first that does not pass.
    diagnose : bool
        Look for the misconception behind a failure. Without it, the solution is taken to pass every test.
    first : tuple of str
        Tasks whose tests come before the others.
    seconds : dict of str to float
        Tighter allowances of single tests, by ``file.test``.
    shared : dict of str to Shared
        Timed tests that are not raced, by ``file.test``: the same code has been.
    races : int
        How often a test may be raced: what is below gold is raced again.
    """

    submission: Submission
    limits: Limits
    secret: str
    tasks: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    visible_only: bool = False
    dry_run: bool = False
    token: str = ""
    until_failure: bool = False
    diagnose: bool = True
    first: tuple[str, ...] = ()
    seconds: dict[str, float] = {}
    shared: dict[str, Shared] = {}
    races: int = 1

    @property
    def unit(self) -> str:
        """The unit that is handed in."""
        return self.submission.unit


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of an answer: a record, the end, or why there is no end; without any of them, a sign of life.

    The first one says which process answers, the second what is planned: a record of each test, as if it had not been
    run.
    """

    planned: tuple[TestRecord, ...] = ()
    record: TestRecord | None = None
    done: Timing | None = None
    broken: str = ""
    pid: int = 0


class Fault(msgspec.Struct, frozen=True):
    """A test that fails on the course's own solution, and why."""

    unit: str
    test: str
    verdict: Verdict
    reason: str


REASONS_CHARACTERS = 24_000  # of all faults together: they travel in one message


def faults_in(records: Sequence[TestRecord]) -> tuple[Fault, ...]:
    """Return which tests the solution fails; what this machine cannot run says nothing against it."""
    failed = [record for record in records if not record.verdict.meaning.clears_solution]
    longest = REASONS_CHARACTERS // max(1, len(failed))
    return tuple(Fault(each.unit, each.test, each.verdict, _reason(each)[:longest]) for each in failed)


def _reason(record: TestRecord) -> str:
    told = record.feedback
    parts = (
        told.message or told.differs,
        told.called,
        told.got and f"got {told.got}",
        told.expected and f"expected {told.expected}",
    )
    return "; ".join(part for part in parts if part)


class Ready(msgspec.Struct, frozen=True, tag=True):
    """A judge is ready: its suites are collected, its cases drawn, and run on the solutions."""

    faults: tuple[Fault, ...] = ()


class Refusal(msgspec.Struct, frozen=True, tag=True):
    """Why a judge does not start: the suites, or what this machine lacks."""

    message: str
    hint: str
    unavailable: bool
