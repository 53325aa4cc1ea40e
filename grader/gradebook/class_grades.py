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

Place = tuple[str, str]  # person and unit


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
    hand_ins = _HandIns(people, work)
    return [_case(person, hand_ins, adjustments, units) for person in everybody(people, hand_ins.names)]


def everybody(people: Sequence[Person], names: Iterable[str]) -> list[Person]:
    """Return the people of the roster, and those whom only a hand-in names, by id."""
    listed = {person.id: person for person in people}
    others = {name: Person(name) for name in names if name not in listed}
    return [person for _, person in sorted({**listed, **others}.items())]


class _HandIns:
    """Hand-ins of everybody, alone or with others: those of one group in the roster, or in the platform's word."""

    def __init__(self, people: Sequence[Person], work: Sequence[Graded]) -> None:
        self._by_place: dict[Place, list[Graded]] = {}
        self._shared: dict[Place, list[Graded]] = {}
        for graded in work:
            self._by_place.setdefault((graded.result.student, graded.result.unit), []).append(graded)
            for name in graded.attempt.members if graded.attempt else ():
                self._shared.setdefault((name, graded.result.unit), []).append(graded)
        self._groups = _members(people)

    @property
    def names(self) -> list[str]:
        """Ids of everybody who is named."""
        return [name for name, _ in (*self._by_place, *self._shared)]

    def of(self, person: Person, unit: str) -> list[Sequence[Graded]]:
        """Return a person's hand-ins of a unit: the attempts of each one who handed in."""
        members = self._groups.get(person.group, [person.id])
        of_group = [self._by_place.get((member, unit), ()) for member in members]
        of_others = _by_student(
            one for one in self._shared.get((person.id, unit), ()) if one.result.student not in members
        )
        return [attempts for attempts in (*of_group, *of_others) if _was_handed_in(attempts)]


def _members(people: Sequence[Person]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for person in people:
        if person.group:
            groups.setdefault(person.group, []).append(person.id)
    return groups


def _case(person: Person, hand_ins: _HandIns, adjustments: Sequence[Adjustment], units: Sequence[str]) -> Case:
    work, conflicts = {}, set()
    for unit in units:
        attempts = hand_ins.of(person, unit)
        together = [graded for one in attempts for graded in one]
        if len(attempts) > 1 and not all(map(_is_dated, together)):
            conflicts.add(unit)
        work[unit] = _numbered(together) if len(attempts) > 1 else together
    decisions = tuple(adjustment for adjustment in adjustments if adjustment.student == person.id)
    return Case(person, work, decisions, frozenset(conflicts))


def _by_student(work: Iterable[Graded]) -> list[list[Graded]]:
    by_student: dict[str, list[Graded]] = {}
    for graded in work:
        by_student.setdefault(graded.result.student, []).append(graded)
    return list(by_student.values())


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
