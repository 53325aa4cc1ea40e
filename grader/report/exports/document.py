"""A class's grades as JSON, with a published schema (`grades.schema.json`)."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from grader.records.grades import Grade, UnitGrade
from grader.report.data_files import number

FORMAT = 1


class UnitDocument(msgspec.Struct, frozen=True):
    """One person's unit in the document."""

    status: str
    out_of: float
    raw: float | None
    final: float | None
    penalty: float
    late_days: int
    attempt: int | None
    handed_in: str | None
    adjustments: tuple[str, ...]
    notes: tuple[str, ...]


class PersonDocument(msgspec.Struct, frozen=True):
    """One person in the document."""

    id: str
    name: str
    email: str
    section: str
    group: str
    withdrawn: bool
    units: dict[str, UnitDocument]
    earned: float | None
    out_of: float | None
    dropped: tuple[str, ...]


class GradesDocument(msgspec.Struct, frozen=True):
    """The document."""

    format: int
    course: str
    people: tuple[PersonDocument, ...]


def grades_json(course: str, grades: Sequence[Grade]) -> str:
    """Return a class's grades as JSON.

    Parameters
    ----------
    course : str
    grades : sequence of Grade

    Returns
    -------
    str
        It follows `grades_schema`; unknown points are null, never 0. Non-ASCII characters are escaped.
    """
    document = GradesDocument(FORMAT, course, tuple(map(_person, grades)))
    return json.dumps(msgspec.to_builtins(document), indent=1, ensure_ascii=True) + "\n"


def grades_schema() -> dict[str, Any]:
    """Return the document's JSON schema.

    Returns
    -------
    dict
        Draft 2020-12.
    """
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(GradesDocument)}


def _person(grade: Grade) -> PersonDocument:
    person = grade.person
    return PersonDocument(
        person.id,
        person.name,
        person.email,
        person.section,
        person.group,
        person.withdrawn,
        {name: _unit(unit) for name, unit in grade.units.items()},
        _rounded(grade.earned) if grade.is_known else None,
        _rounded(grade.out_of) if grade.is_known else None,
        grade.dropped,
    )


def _unit(unit: UnitGrade) -> UnitDocument:
    attempt = unit.attempt
    return UnitDocument(
        unit.status.value,
        _rounded(unit.out_of),
        None if unit.raw is None else _rounded(unit.raw),
        None if unit.final is None else _rounded(unit.final),
        _rounded(unit.penalty),
        unit.late_days,
        attempt.number if attempt else None,
        attempt.handed_in.isoformat() if attempt and attempt.handed_in else None,
        tuple(f"{one.kind.value} {one.value:g} by {one.by}: {one.reason}" for one in unit.adjustments),
        unit.notes,
    )


def _rounded(value: float) -> float:
    """Return the value that every table writes."""
    return float(number(value))
