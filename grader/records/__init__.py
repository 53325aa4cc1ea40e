"""Frozen, typed, versioned records that pass between the rooms: data, and what follows from their fields.

Every record is a `msgspec.Struct`: JSON is `msgspec.json.encode(record)`, and back is `msgspec.json.decode(text,
type=TestRecord)`.

Door: `TestRecord`, `Result`, `Verdict`, `Cause`, `run.Outcome`, `speeds.Measurement`, `proof.UnitTrial`.
"""

from grader.records.causes import Cause, CauseKind
from grader.records.results import (
    STATUS_WORDS,
    VERSION,
    Feedback,
    Isolation,
    Result,
    Speed,
    Status,
    TestRecord,
    Timing,
)
from grader.records.verdicts import MEANINGS, Look, Verdict

__all__ = [
    "MEANINGS",
    "STATUS_WORDS",
    "VERSION",
    "Cause",
    "CauseKind",
    "Feedback",
    "Isolation",
    "Look",
    "Result",
    "Speed",
    "Status",
    "TestRecord",
    "Timing",
    "Verdict",
]
