"""One row per student: points by unit, the total, and out of how many points that was measured."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from grader.course.registry import Course
from grader.records import Result, Status


class Score(Struct, frozen=True):
    """Points, and out of how many.

    Attributes
    ----------
    earned : float
    points : float
        Of the tests that ran. What was not handed in or was refused counts as 0 out of the unit's points.
    known : bool
        False where the grader itself failed: then there is no score, and nothing is counted.
    """

    earned: float
    points: float
    known: bool = True


class Row(Struct, frozen=True):
    """One student."""

    student: str
    units: dict[str, Score]
    total: Score
    remark: str


def units_of(course: Course, results: Sequence[Result]) -> tuple[str, ...]:
    """Return the units that some results are about, in the course's order."""
    there = {result.unit for result in results}
    return tuple(unit.name for unit in course.units if unit.name in there)


def rows(course: Course, results: Sequence[Result]) -> list[Row]:
    """Return the class, in the order of the results.

    Parameters
    ----------
    course : Course
    results : sequence of Result
        One per student and unit.
    """
    units = units_of(course, results)
    full = {unit: _full(results, unit) for unit in units}
    by_student: dict[str, dict[str, Result]] = {}
    for result in results:
        by_student.setdefault(result.student, {})[result.unit] = result
    return [_row(student, own, units, full) for student, own in by_student.items()]


def _full(results: Sequence[Result], unit: str) -> float:
    """Return what a unit is worth: the most that was measured of anybody."""
    return max((result.measured for result in results if result.unit == unit), default=0.0)


def _row(student: str, own: Mapping[str, Result], units: Sequence[str], full: Mapping[str, float]) -> Row:
    scores = {unit: _score(own[unit], full[unit]) for unit in units if unit in own}
    total = Score(sum(each.earned for each in scores.values()), sum(each.points for each in scores.values()))
    remarks: dict[str, list[str]] = {}
    for unit in scores:
        remarks.setdefault(own[unit].remark, []).append(unit)
    told = [_remark(remark, about, units) for remark, about in remarks.items() if remark]
    return Row(student, scores, total, "; ".join(told))


def _score(result: Result, full: float) -> Score:
    if result.status is Status.GRADER_ERROR:
        return Score(0.0, 0.0, known=False)
    return Score(result.earned, result.measured if result.status is Status.GRADED else full)


def _remark(remark: str, about: Sequence[str], units: Sequence[str]) -> str:
    return remark if len(about) == len(units) else f"{', '.join(about)}: {remark}"
