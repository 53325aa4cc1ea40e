"""Jobs for a judge, the messages with which its process answers, and the seeds of a job's tests.

Messages are JSON, one document per line. Seeds derive from the secret of the course, the unit and the test: they are
the same for all students, and not guessable.
"""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from grader.course.registry import Limits
from grader.records import Speed, TestRecord, Timing, Verdict
from grader.submissions.intake import Submission

if TYPE_CHECKING:
    from grader.judge.items import TestInfo


class Shared(Struct, frozen=True):
    """Measurement of a timed test on another submission of the same code.

    Attributes
    ----------
    speed : Speed or None
        The measurement; None if the machine was too busy at every attempt.
    """

    speed: Speed | None = None


class Job(Struct, frozen=True):
    """Submission to be graded, with options.

    Attributes
    ----------
    submission : Submission
    limits : Limits
    secret : str
        Secret of the course, from which hidden seeds are derived.
    tasks : tuple of str
        Tasks whose tests are run; all of the unit if empty.
    tests : tuple of str
        Tests to run, as ``file.test``; if empty, all that the other fields select.
    without : tuple of str
        Tests that the instructor has excluded from this run, as ``file.test``.
    visible_only : bool
        Leave the hidden tests out.
    dry_run : bool
        Check the answers of timed tests without timing them.
    token : str
        Seed of the visible tests in place of the secret (`grade replay`).
    until_failure : bool
        Only find out whether a hidden test fails, or with `visible_only` a visible one: skip the others and the
        diagnosis, and stop at the first test that does not pass.
    diagnose : bool
        Look for the misconception behind a failure. If false, the solution is assumed to pass every test.
    in_full : bool
        Write out the numbers of large arrays, too, where a test fails.
    first : tuple of str
        Tasks whose tests run before the others.
    seconds : dict of str to float
        Tighter time limits for single tests, by ``file.test``.
    shared : dict of str to Shared
        Timed tests, by ``file.test``, that are not raced because the same code has been.
    races : int
        Maximum number of races per test; a test below gold is raced again.
    second_chances : bool
        Run tests that fail beside a wrong lower task once more, with the reference in its place. A test that improves
        has a second record, which replaces the first.
    wrong : tuple of str
        Tasks that an earlier run of other tests has found to be wrong.
    is_readable : bool
        The parser has read the files already, or they were replaced where it gave up.
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
    in_full: bool = False
    first: tuple[str, ...] = ()
    seconds: dict[str, float] = {}
    shared: dict[str, Shared] = {}
    races: int = 1
    second_chances: bool = False
    wrong: tuple[str, ...] = ()
    is_readable: bool = False

    @property
    def unit(self) -> str:
        """The submission's unit."""
        return self.submission.unit


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of an answer: a record, the end, or an error; an empty message is a heartbeat.

    The first message names the process that answers. The second has a record of each planned test, as if it had not
    been run.
    """

    planned: tuple[TestRecord, ...] = ()
    record: TestRecord | None = None
    done: Timing | None = None
    broken: str = ""
    pid: int = 0


class Fault(msgspec.Struct, frozen=True):
    """Test that fails on the course's own solution, with the reason."""

    unit: str
    test: str
    verdict: Verdict
    reason: str


REASONS_CHARACTERS = 24_000  # of all faults together, which are sent in one message


def faults_in(records: Sequence[TestRecord]) -> tuple[Fault, ...]:
    """Return the tests that the solution fails, without those that this machine cannot run."""
    failed = [record for record in records if not record.verdict.meaning.clears_solution]
    longest = REASONS_CHARACTERS // max(1, len(failed))
    return tuple(Fault(record.unit, record.test, record.verdict, _reason(record)[:longest]) for record in failed)


def _reason(record: TestRecord) -> str:
    feedback = record.feedback
    parts = (
        feedback.message or feedback.differs,
        feedback.called,
        feedback.got and f"got {feedback.got}",
        feedback.expected and f"expected {feedback.expected}",
    )
    return "; ".join(part for part in parts if part)


def lost_points(test: TestRecord) -> bool:
    """Return whether the code under test is to blame for points that a test did not give."""
    return test.verdict.meaning.blames_code and test.earned < test.points


def wrong_tasks(tests: Sequence[TestRecord]) -> tuple[str, ...]:
    """Return the tasks that lost points by themselves."""
    return tuple(dict.fromkeys(test.task for test in tests if lost_points(test)))


class Ready(msgspec.Struct, frozen=True, tag=True):
    """Message that a judge is ready: suites are collected, cases drawn, and tests run on the solutions."""

    faults: tuple[Fault, ...] = ()


class Refusal(msgspec.Struct, frozen=True, tag=True):
    """Message that a judge cannot start, because of the suites or a missing requirement of this machine."""

    message: str
    hint: str
    unavailable: bool


RACES_ALONE = 2  # if a submission is graded by itself: a test below gold is raced once more before it counts

PUBLIC_SECRET = "public"  # for a student's own runs: visible cases may be known


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\x1f".join(parts).encode()).digest()


def replay_token(secret: str, unit: str, test: str) -> str:
    """Return the four hexadecimal digits that `grade replay` takes.

    It cannot be inverted: a hidden test's token reveals nothing about the seed of that test.
    """
    return _digest("token", secret, unit, test).hex()[:4]


def seed_from_token(token: str, unit: str, test: str) -> int:
    """Return the seed of a visible test, which depends only on its name and the token."""
    return int.from_bytes(_digest("visible", token, unit, test)[:8], "big")


def hidden_seed(secret: str, unit: str, test: str) -> int:
    """Return the seed of a hidden test."""
    return int.from_bytes(_digest("hidden", secret, unit, test)[:8], "big")


def seed_of(info: "TestInfo", secret: str, token: str = "") -> int:
    """Return the seed of everything that a test draws."""
    if info.hidden:
        return hidden_seed(secret, info.unit, info.name)
    return seed_from_token(token or replay_token(secret, info.unit, info.name), info.unit, info.name)
