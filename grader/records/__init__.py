"""Frozen, typed, versioned records that pass between the rooms: data, and what follows from their fields.

Every record is a `msgspec.Struct`: JSON is `msgspec.json.encode(record)`, and back is `msgspec.json.decode(text,
type=TestRecord)`.
"""

from grader.records.results import (
    COSTS_NOTHING,
    STATUS_WORDS,
    UNSOUND,
    VERSION,
    Feedback,
    Result,
    Speed,
    Status,
    TestRecord,
    Tier,
    Timing,
    Verdict,
)

__all__ = [
    "COSTS_NOTHING",
    "STATUS_WORDS",
    "UNSOUND",
    "VERSION",
    "Feedback",
    "Result",
    "Speed",
    "Status",
    "TestRecord",
    "Tier",
    "Timing",
    "Verdict",
]
