"""Scores with one row per student: points by unit, the total, and the possible points."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from grader.course.registry import Course
from grader.course.suite import unit_points
from grader.records import STATUS_WORDS, Result, Status


class Score(Struct, frozen=True):
    """Earned and possible points.

    Attributes
    ----------
    earned : float
    points : float
        Possible points of the tests that ran. A missing hand-in counts as 0 out of the unit's points, and so does a
        refused one after `--zero`.
    known : bool
        False if there is no score, because the grader failed or a refused hand-in is not settled. Nothing is counted
        then.
    """

    earned: float
    points: float
    known: bool = True


class Row(Struct, frozen=True):
    """A student's scores and statuses by unit, total and remarks."""

    student: str
    units: dict[str, Score]
    total: Score
    remark: str
    statuses: dict[str, str] = {}


def units_of(course: Course, results: Sequence[Result]) -> tuple[str, ...]:
    """Return the units of some results, in the course's order."""
    graded = {result.unit for result in results}
    return tuple(unit.name for unit in course.units if unit.name in graded)


def rows(course: Course, results: Sequence[Result]) -> list[Row]:
    """Return the rows of the class, in the order of the results.

    Parameters
    ----------
    course : Course
    results : sequence of Result
        One per student and unit.
    """
    units = units_of(course, results)
    full = {unit: _full(course, results, unit) for unit in units}
    by_student: dict[str, dict[str, Result]] = {}
    for result in results:
        by_student.setdefault(result.student, {})[result.unit] = result
    return [_row(student, results_by_unit, units, full) for student, results_by_unit in by_student.items()]


def _full(course: Course, results: Sequence[Result], unit: str) -> float:
    """Return a unit's points: the most that any student's results are out of, or else the sum in its test files."""
    graded = [result for result in results if result.unit == unit and result.status is Status.GRADED]
    return max((result.measured for result in graded), default=0.0) or unit_points(Path(course.root), course.unit(unit))


def left_out(results: Iterable[Result]) -> dict[str, dict[str, int]]:
    """Return the tests that some results were graded without, by unit, with the number of submissions."""
    by_unit: dict[str, dict[str, int]] = {}
    for result in results:
        for test in result.without:
            counts = by_unit.setdefault(result.unit, {})
            counts[test] = counts.get(test, 0) + 1
    return by_unit


def unsettled(results: Iterable[Result]) -> list[Result]:
    """Return the results that need attention: refused ones without `--zero`, and grader errors."""
    return [
        result
        for result in results
        if (result.status is Status.REJECTED and not result.zero) or result.status is Status.GRADER_ERROR
    ]


def _row(student: str, results_by_unit: Mapping[str, Result], units: Sequence[str], full: Mapping[str, float]) -> Row:
    results = {unit: results_by_unit[unit] for unit in units if unit in results_by_unit}
    scores = {unit: _score(result, full[unit]) for unit, result in results.items()}
    known = [score for score in scores.values() if score.known]
    total = Score(sum(score.earned for score in known), sum(score.points for score in known), known=bool(known))
    remarks: dict[str, list[str]] = {}
    for unit, result in results.items():
        remarks.setdefault(_remark_of(result, full[unit]), []).append(unit)
    texts = [_remark(remark, about, units) for remark, about in remarks.items() if remark]
    return Row(
        student,
        scores,
        total,
        "; ".join(texts),
        {unit: STATUS_WORDS[result.status] for unit, result in results.items()},
    )


def _score(result: Result, full: float) -> Score:
    if result.status not in (Status.GRADED, Status.MISSING) and not result.zero:
        return Score(0.0, 0.0, known=False)
    return Score(result.earned, result.measured if result.status is Status.GRADED else full)


def _remark_of(result: Result, full: float) -> str:
    """Return a result's remark, with further notes on its total."""
    notes = [result.remark]
    if result.status is Status.REJECTED:
        notes = [f"refused, counts as zero: {result.remark}" if result.zero else f"refused: {result.remark}"]
    meanings = [test.verdict.meaning for test in result.tests]
    has_said_so = any(meaning.costs_nothing and meaning.tried_again for meaning in meanings)
    if result.status is Status.GRADED and result.measured < full - 1e-9 and not has_said_so:
        notes.append(f"measured out of {result.measured:g} of {full:g} points")
    if result.without:
        notes.append(f"without {', '.join(result.without)}")
    return "; ".join(note for note in notes if note)


def _remark(remark: str, about: Sequence[str], units: Sequence[str]) -> str:
    return remark if len(about) == len(units) else f"{', '.join(about)}: {remark}"
