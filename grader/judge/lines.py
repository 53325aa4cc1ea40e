"""What a judge's process says to the one that asked it, one JSON text at a time."""

import msgspec

from grader.records import TestRecord, Timing


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of an answer: a record, the end, or why there is no end; without any of them, a sign of life."""

    record: TestRecord | None = None
    done: Timing | None = None
    broken: str = ""


class Refusal(msgspec.Struct, frozen=True):
    """Why a judge does not start: the suites, or what this machine lacks."""

    message: str
    hint: str
    unavailable: bool
