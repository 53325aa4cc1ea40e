"""Frozen, typed, versioned records that are passed between packages: data, and values derived from it.

Every record is a `msgspec.Struct`: `msgspec.json.encode(record)` writes JSON, and `msgspec.json.decode(text,
type=TestRecord)` reads it.

Door: `TestRecord`, `Result`, `Verdict`, `Cause`, `run.Outcome`, `speeds.Measurement`, `proof.UnitTrial`,
`grades.UnitGrade`, `rules.Rules`.
"""

from grader.records.choices import Choice
from grader.records.results import (
    STATUS_WORDS,
    VERSION,
    Feedback,
    Isolation,
    Result,
    Slices,
    Speed,
    Status,
    TestRecord,
    Timing,
)
from grader.records.verdicts import MEANINGS, Cause, CauseKind, Look, Verdict

__all__ = [
    "MEANINGS",
    "STATUS_WORDS",
    "VERSION",
    "Cause",
    "CauseKind",
    "Choice",
    "Feedback",
    "Isolation",
    "Look",
    "Result",
    "Slices",
    "Speed",
    "Status",
    "TestRecord",
    "Timing",
    "Verdict",
]
