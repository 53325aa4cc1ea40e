"""What a judge's process says to the one that asked it, one JSON text at a time."""

from collections.abc import Sequence

import msgspec

from grader.records import TestRecord, Timing, Verdict


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
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


SOUND = (Verdict.PASSED, Verdict.SKIPPED, Verdict.NO_GPU)
REASONS_CHARACTERS = 24_000  # of all faults together: they travel in one message


def faults_in(records: Sequence[TestRecord]) -> tuple[Fault, ...]:
    """Return which tests the solution fails; what this machine cannot run says nothing against it."""
    failed = [record for record in records if record.verdict not in SOUND]
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


class Ready(msgspec.Struct, frozen=True):
    """A judge is ready: its suites are collected, its cases drawn, and rehearsed on the solutions."""

    ready: bool
    faults: tuple[Fault, ...] = ()


READY = b'{"ready"'


class Refusal(msgspec.Struct, frozen=True):
    """Why a judge does not start: the suites, or what this machine lacks."""

    message: str
    hint: str
    unavailable: bool
