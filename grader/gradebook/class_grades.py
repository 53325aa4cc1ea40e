"""The grades of a class: everybody in the roster or with a hand-in, groups with their one hand-in."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from grader.course.registry import Course
from grader.course.suite import unit_points
from grader.gradebook.scores import Case, Graded, grade_of
from grader.records import Result, Status
from grader.records.grades import Adjustment, Attempt, Grade, Person
from grader.records.rules import Rules

BEGINNING = datetime.min.replace(tzinfo=UTC)


def class_grades(
    people: Sequence[Person],
    work: Sequence[Graded],
    adjustments: Sequence[Adjustment],
    points: Mapping[str, float],
    rules: Rules,
) -> tuple[Grade, ...]:
    """Return the grades of everybody, by id.

    Parameters
    ----------
    people : sequence of Person
        The roster; may be empty.
    work : sequence of Graded
        Results with their hand-ins, in any order.
    adjustments : sequence of Adjustment
    points : mapping of str to float
        Each unit's points, in the course's order of units.
    rules : Rules

    Returns
    -------
    tuple of Grade
        One for each person in the roster, and for each that only a result names.
    """
    return tuple(grade_of(case, points, rules) for case in cases(people, work, adjustments, tuple(points)))


def cases(
    people: Sequence[Person], work: Sequence[Graded], adjustments: Sequence[Adjustment], units: Sequence[str]
) -> list[Case]:
    """Return what each person's grade follows from, by id."""
    by_place: dict[tuple[str, str], list[Graded]] = {}
    for graded in work:
        by_place.setdefault((graded.result.student, graded.result.unit), []).append(graded)
    members = _members(people)
    return [
        _case(person, by_place, members.get(person.group, [person.id]), adjustments, units)
        for person in everybody(people, [graded.result for graded in work])
    ]


def everybody(people: Sequence[Person], results: Iterable[Result]) -> list[Person]:
    """Return the people of the roster, and those that only a result names, by id."""
    listed = {person.id: person for person in people}
    others = {result.student: Person(result.student) for result in results if result.student not in listed}
    return [person for _, person in sorted({**listed, **others}.items())]


def _members(people: Sequence[Person]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for person in people:
        if person.group:
            groups.setdefault(person.group, []).append(person.id)
    return groups


def _case(
    person: Person,
    by_place: Mapping[tuple[str, str], Sequence[Graded]],
    members: Sequence[str],
    adjustments: Sequence[Adjustment],
    units: Sequence[str],
) -> Case:
    work, conflicts = {}, set()
    for unit in units:
        hand_ins = [by_place[member, unit] for member in members if _was_handed_in(by_place.get((member, unit), ()))]
        if len(hand_ins) > 1 and not all(_is_dated(graded) for attempts in hand_ins for graded in attempts):
            conflicts.add(unit)
        shared = [graded for attempts in hand_ins for graded in attempts]
        work[unit] = _numbered(shared) if len(hand_ins) > 1 else shared
    decisions = tuple(adjustment for adjustment in adjustments if adjustment.student == person.id)
    return Case(person, work, decisions, frozenset(conflicts))


def _was_handed_in(attempts: Sequence[Graded]) -> bool:
    return any(graded.result.status is not Status.MISSING for graded in attempts)


def _is_dated(graded: Graded) -> bool:
    return graded.attempt is not None and graded.attempt.handed_in is not None


def _numbered(attempts: Sequence[Graded]) -> list[Graded]:
    """Return the attempts of several members, numbered in the order in which they were handed in."""
    ordered = sorted(attempts, key=lambda graded: (_moment(graded.attempt), graded.result.student, graded.number))
    return [
        replace(graded, attempt=replace(graded.attempt, number=number) if graded.attempt else None)
        for number, graded in enumerate(ordered, start=1)
    ]


def _moment(attempt: Attempt | None) -> datetime:
    return (attempt and attempt.handed_in) or BEGINNING


def points_of(course: Course, results: Sequence[Result]) -> dict[str, float]:
    """Return the points of each unit that has results, in the course's order.

    Parameters
    ----------
    course : Course
    results : sequence of Result

    Returns
    -------
    dict of str to float
        The most that any result is out of, or else the sum in the unit's test files: tests that were left out for
        everybody, or that the machine has no hardware for, are not part of it.
    """
    graded = {result.unit for result in results}
    return {unit.name: _points_of(course, results, unit.name) for unit in course.units if unit.name in graded}


def _points_of(course: Course, results: Sequence[Result], unit: str) -> float:
    measured = [result.measured for result in results if result.unit == unit and result.status is Status.GRADED]
    return max(measured, default=0.0) or unit_points(Path(course.root), course.unit(unit))
