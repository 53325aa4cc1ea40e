"""Scores with one row per person: points by unit as the tests gave them, final ones, the total, remarks."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from grader.course.registry import Course
from grader.gradebook.book import ClassBook, by_student
from grader.gradebook.class_grades import points_of
from grader.gradebook.remarks import person_remarks, unit_remarks
from grader.records import STATUS_WORDS, Result, Status
from grader.records.grades import Grade, GradeStatus, UnitGrade


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
    """A person's scores and statuses by unit, total and remarks.

    Attributes
    ----------
    student : str
    units : dict of str to Score
        As the tests gave them.
    total : Score
        Sum of these.
    remark : str
    statuses : dict of str to str
    final : dict of str to UnitGrade
        Grades by unit, with lateness and decisions by hand.
    final_total : Score
        The weighted total of what counts.
    name, section : str
        From the roster.
    dropped : tuple of str
        Units that the total is without, by the rules.
    """

    student: str
    units: dict[str, Score]
    total: Score
    remark: str
    statuses: dict[str, str] = {}
    final: dict[str, UnitGrade] = {}
    final_total: Score = Score(0.0, 0.0, known=False)
    name: str = ""
    section: str = ""
    dropped: tuple[str, ...] = ()


def units_of(course: Course, results: Sequence[Result]) -> tuple[str, ...]:
    """Return the units of some results, in the course's order."""
    graded = {result.unit for result in results}
    return tuple(unit.name for unit in course.units if unit.name in graded)


def rows(course: Course, results: Sequence[Result], grades: Sequence[Grade] = ()) -> list[Row]:
    """Return the rows of the class, by id.

    Parameters
    ----------
    course : Course
    results : sequence of Result
        One per student and unit.
    grades : sequence of Grade, optional
        Everybody's; by default they follow from the results alone.
    """
    full = points_of(course, results)
    by_place = {(result.student, result.unit): result for result in results}
    has_roster = any(grade.person.is_listed for grade in grades)
    return [
        _row(grade, by_place, full, has_roster=has_roster) for grade in grades or ClassBook().grades(course, results)
    ]


def left_out(results: Iterable[Result]) -> dict[str, dict[str, int]]:
    """Return the tests that some results were graded without, by unit, with the number of submissions."""
    by_unit: dict[str, dict[str, int]] = {}
    for result in results:
        for test in result.without:
            counts = by_unit.setdefault(result.unit, {})
            counts[test] = counts.get(test, 0) + 1
    return by_unit


def unsettled(results: Iterable[Result], grades: Sequence[Grade] = ()) -> list[Result]:
    """Return the results that need attention: refused ones and grader errors, unless a person has decided."""
    grade_of = by_student(grades)
    return [
        result
        for result in results
        if ((result.status is Status.REJECTED and not result.zero) or result.status is Status.GRADER_ERROR)
        and not _is_decided(grade_of.get(result.student), result.unit)
    ]


def _is_decided(grade: Grade | None, unit: str) -> bool:
    """Return whether somebody has excused a unit, or given it points by hand."""
    if grade is None or unit not in grade.units:
        return False
    return grade.units[unit].status is GradeStatus.EXCUSED or grade.units[unit].final is not None


def _row(
    grade: Grade, by_place: Mapping[tuple[str, str], Result], full: Mapping[str, float], *, has_roster: bool
) -> Row:
    student = grade.person.id
    results = {unit: by_place[student, unit] for unit in full if (student, unit) in by_place}
    scores = {unit: _score(result, full[unit]) for unit, result in results.items()}
    known = [score for score in scores.values() if score.known]
    total = Score(sum(score.earned for score in known), sum(score.points for score in known), known=bool(known))
    return Row(
        student,
        scores,
        total,
        _remark(grade, results, has_roster=has_roster),
        {unit: _status(final, results.get(unit)) for unit, final in grade.units.items()},
        final=dict(grade.units),
        final_total=Score(grade.earned, grade.out_of, known=grade.is_known),
        name=grade.person.name,
        section=grade.person.section,
        dropped=grade.dropped,
    )


def _score(result: Result, full: float) -> Score:
    if result.status not in (Status.GRADED, Status.MISSING) and not result.zero:
        return Score(0.0, 0.0, known=False)
    return Score(result.earned, result.measured if result.status is Status.GRADED else full)


def _status(grade: UnitGrade, result: Result | None) -> str:
    is_waiting = result is not None and result.status is Status.WAITING and grade.status is GradeStatus.OPEN
    return STATUS_WORDS[Status.WAITING] if is_waiting else grade.status.value


def _remark(grade: Grade, results: Mapping[str, Result], *, has_roster: bool) -> str:
    """Return the remarks on a person, each once with the units that it is about."""
    units: dict[str, list[str]] = {}
    for unit, final in grade.units.items():
        units.setdefault(_unit_remark(final, results.get(unit)), []).append(unit)
    texts = [
        text if len(about) == len(grade.units) else f"{', '.join(about)}: {text}"
        for text, about in units.items()
        if text
    ]
    dropped = [f"not counted: {', '.join(grade.dropped)}"] if grade.dropped else []
    return "; ".join([*person_remarks(grade, has_roster=has_roster), *texts, *dropped])


def _unit_remark(grade: UnitGrade, result: Result | None) -> str:
    notes = unit_remarks(grade)
    if result is None:
        absent = [grade.status.value] if grade.status is GradeStatus.NOT_SUBMITTED else []
        return "; ".join([*absent, *notes])
    return "; ".join(note for note in (*notes, *_of_result(result)) if note)


def _of_result(result: Result) -> list[str]:
    """Return a result's remark, and the tests that it was graded without."""
    remark = result.remark
    if result.status is Status.REJECTED:
        remark = f"refused, counts as zero: {remark}" if result.zero else f"refused: {remark}"
    return [remark, f"without {', '.join(result.without)}" if result.without else ""]
