"""The score of a person: one pure function of results, rules and adjustments, for every table and export.

A unit's points are those of its tests, less what lateness costs, plus what a person adds, within zero and the unit's
maximum; only a bonus goes beyond it. Points are rounded to hundredths here and nowhere else, so tables agree.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from msgspec import Struct
from msgspec.structs import replace

from grader.gradebook.lateness import by_due_date, is_cut_off, late_days, penalty
from grader.records import Result, Status
from grader.records.choices import ENOUGH_MEASURED
from grader.records.grades import Adjustment, AdjustmentKind, Attempt, Grade, GradeStatus, Person, UnitGrade
from grader.records.rules import Attempts, Rules

DECIMALS = 2

UNKNOWN_TIME_NOTE = "hand-in time unknown, taken as in time"
CUT_OFF_NOTE = "after the cut-off, earns nothing"
GROUP_CONFLICT = "the group handed in more than once and it is unknown when: keep one hand-in"


class Graded(Struct, frozen=True):
    """A result and the hand-in that it belongs to.

    Attributes
    ----------
    result : Result
    attempt : Attempt or None
        None if nothing is known about when it was handed in.
    """

    result: Result
    attempt: Attempt | None = None

    @property
    def number(self) -> int:
        """Number of the attempt, from 1."""
        return self.attempt.number if self.attempt else 1


class Case(Struct, frozen=True):
    """Everything that one person's grade follows from.

    Attributes
    ----------
    person : Person
    work : dict of str to tuple of Graded
        Graded hand-ins by unit, in any order; none: not submitted.
    adjustments : tuple of Adjustment
        In any order; those taken back do not count.
    conflicts : frozenset of str
        Units with several hand-ins of a group of which the newest is not known.
    """

    person: Person
    work: Mapping[str, Sequence[Graded]] = {}
    adjustments: tuple[Adjustment, ...] = ()
    conflicts: frozenset[str] = frozenset()

    def decisions(self, unit: str) -> tuple[Adjustment, ...]:
        """Return the adjustments of a unit that hold, earliest first."""
        holding = (adjustment for adjustment in self.adjustments if adjustment.unit == unit and adjustment.holds)
        return tuple(sorted(holding, key=lambda adjustment: adjustment.number))

    def last(self, unit: str, kind: AdjustmentKind) -> Adjustment | None:
        """Return the latest adjustment of a kind that holds."""
        return next((one for one in reversed(self.decisions(unit)) if one.kind is kind), None)

    def sum_of(self, unit: str, kind: AdjustmentKind) -> float:
        """Return the sum of a unit's adjustments of a kind."""
        return sum(adjustment.value for adjustment in self.decisions(unit) if adjustment.kind is kind)

    def answers(self, unit: str) -> dict[str, float]:
        """Return the points that a person gave for questions of a unit; of several decisions the latest counts."""
        kind = AdjustmentKind.QUESTION
        return {one.question: one.value for one in self.decisions(unit) if one.kind is kind}


def grade_of(case: Case, points: Mapping[str, float], rules: Rules) -> Grade:
    """Return a person's grades.

    Parameters
    ----------
    case : Case
    points : mapping of str to float
        Each unit's points, in the course's order of units.
    rules : Rules

    Returns
    -------
    Grade
        The same for any order of hand-ins and adjustments. More points in a test never lower a unit's points or the
        total's share.
    """
    free = _free_days(case, tuple(points), rules)
    units = {unit: _unit_grade(case, unit, worth, free.get(unit, 0), rules) for unit, worth in points.items()}
    return _with_total(Grade(case.person, units), rules)


def _late_days(case: Case, unit: str, attempt: Attempt | None, rules: Rules) -> int:
    """Return the begun days after the person's own due date."""
    if attempt is None or attempt.handed_in is None or unit not in rules.due:
        return 0
    extension = case.last(unit, AdjustmentKind.EXTEND)
    days = case.person.extra_days + (int(extension.value) if extension else 0)
    return max(late_days(attempt.handed_in, rules.due[unit], rules.zone, rules.late.grace_minutes) - days, 0)


def _free_days(case: Case, units: tuple[str, ...], rules: Rules) -> dict[str, int]:
    """Return the free days spent by unit: in the order of due dates, on the last hand-in of each.

    They do not depend on points: otherwise a better answer in one unit could cost points in another.
    """
    left, spent = rules.late.free_days, {}
    for unit in by_due_date(units, rules):
        latest = max(case.work.get(unit, ()), key=lambda graded: graded.number, default=None)
        days = _late_days(case, unit, latest.attempt, rules) if latest else 0
        if case.last(unit, AdjustmentKind.EXCUSE) is None and not is_cut_off(days, rules.late):
            spent[unit] = min(days, left)
            left -= spent[unit]
    return spent


def _unit_grade(case: Case, unit: str, worth: float, free: int, rules: Rules) -> UnitGrade:
    attempts = [_of_attempt(case, graded, worth, free, rules) for graded in case.work.get(unit, ())]
    grade = _chosen(attempts, rules.attempts) if attempts else _without_hand_in(case, unit, worth, rules)
    if unit in case.conflicts:
        grade = replace(grade, status=GradeStatus.OPEN, raw=None, final=None, notes=(GROUP_CONFLICT,))
    return _adjusted(case, grade)


def _without_hand_in(case: Case, unit: str, worth: float, rules: Rules) -> UnitGrade:
    out_of, by_hand = worth + sum(rules.questions.get(unit, {}).values()), _by_hand(case, unit, rules)
    if case.person.withdrawn:
        return UnitGrade(case.person.id, unit, GradeStatus.WITHDRAWN, out_of=out_of)
    return UnitGrade(case.person.id, unit, GradeStatus.NOT_SUBMITTED, raw=by_hand, out_of=out_of, final=by_hand)


def _by_hand(case: Case, unit: str, rules: Rules) -> float:
    """Return the points given for the questions of a unit, each within its maximum."""
    given = case.answers(unit)
    return sum(min(given.get(question, 0.0), most) for question, most in rules.questions.get(unit, {}).items())


def _open_questions(case: Case, unit: str, rules: Rules) -> list[str]:
    given = case.answers(unit)
    return [question for question in rules.questions.get(unit, {}) if question not in given]


def _of_attempt(case: Case, graded: Graded, worth: float, free: int, rules: Rules) -> UnitGrade:
    """Return the grade of one hand-in, before adjustments."""
    result, attempt = graded.result, graded.attempt
    if result.status is Status.MISSING:
        return _without_hand_in(case, result.unit, worth, rules)
    status, raw = _points(result, worth)
    waiting = _open_questions(case, result.unit, rules) if status is GradeStatus.GRADED else []
    if waiting:
        status, raw = GradeStatus.OPEN, None
    elif raw is not None:
        raw += _by_hand(case, result.unit, rules)
    out_of = worth + sum(rules.questions.get(result.unit, {}).values())
    days = _late_days(case, result.unit, attempt, rules)
    cost = min(penalty(max(days - free, 0), out_of, rules.late), raw or 0.0)
    if is_cut_off(days, rules.late):
        cost = raw or 0.0
    return UnitGrade(
        student=case.person.id,
        unit=result.unit,
        status=status,
        raw=raw,
        out_of=out_of,
        measured=result.measured,
        final=None if raw is None else raw - cost,
        penalty=cost,
        late_days=days,
        free_days=min(free, days),
        attempt=attempt,
        handed_in_by="" if result.student == case.person.id else result.student,
        notes=(
            *_notes(result, attempt, worth, rules),
            *([CUT_OFF_NOTE] if is_cut_off(days, rules.late) else []),
            *([f"to be graded by hand: {', '.join(waiting)}"] if waiting else []),
        ),
    )


def _points(result: Result, worth: float) -> tuple[GradeStatus, float | None]:
    """Return status and points of a result; points that were hardly measured are None."""
    if result.status is Status.REJECTED:
        return GradeStatus.REFUSED, 0.0 if result.zero else None
    if result.status is Status.WAITING:
        return GradeStatus.OPEN, None
    measured = result.measured
    if result.status is Status.GRADER_ERROR or not measured or measured < ENOUGH_MEASURED * worth - 1e-9:
        return GradeStatus.NOT_MEASURED, None
    return GradeStatus.GRADED, min(result.earned * max(worth / measured, 1.0), worth)


def _notes(result: Result, attempt: Attempt | None, worth: float, rules: Rules) -> tuple[str, ...]:
    notes = []
    if result.status is Status.GRADED and result.measured < worth - 1e-9:
        is_enough = _points(result, worth)[0] is GradeStatus.GRADED
        outcome = "scaled up" if is_enough else "too few for a grade"
        notes.append(f"measured {result.measured:g} of {worth:g} points, {outcome}")
    if result.unit in rules.due and (attempt is None or attempt.handed_in is None):
        notes.append(UNKNOWN_TIME_NOTE)
    return tuple(notes)


def _chosen(grades: Sequence[UnitGrade], rule: Attempts) -> UnitGrade:
    known = [grade for grade in grades if grade.final is not None]
    newest = max(grades, key=_number)
    if rule is Attempts.LATEST or not known:
        return newest
    best = max(known, key=lambda grade: (grade.final or 0.0, _number(grade)))
    note = f"attempt {_number(best)} of {_number(newest)} counts, it is the best"
    return best if best is newest else replace(best, notes=(*best.notes, note))


def _number(grade: UnitGrade) -> int:
    return grade.attempt.number if grade.attempt else 0


def _adjusted(case: Case, grade: UnitGrade) -> UnitGrade:
    """Return a unit's grade after the decisions by hand, rounded."""
    unit, decisions = grade.unit, case.decisions(grade.unit)
    if case.last(unit, AdjustmentKind.EXCUSE):
        return replace(grade, status=GradeStatus.EXCUSED, final=None, adjustments=decisions)
    given, points = case.last(unit, AdjustmentKind.SET), grade.final
    status = GradeStatus.GRADED if given and points is None else grade.status
    points = given.value if given else points
    if points is None:
        return replace(grade, adjustments=decisions)
    bonus = max(case.sum_of(unit, AdjustmentKind.BONUS), 0.0)
    within = min(max(points + case.sum_of(unit, AdjustmentKind.POINTS), 0.0), grade.out_of)
    return replace(
        grade,
        status=status,
        raw=None if grade.raw is None else round(grade.raw, DECIMALS),
        final=round(within + bonus, DECIMALS),
        penalty=0.0 if given else round(grade.penalty, DECIMALS),
        bonus=bonus,
        adjustments=decisions,
    )


def _with_total(grade: Grade, rules: Rules) -> Grade:
    counted = {name: unit for name, unit in grade.units.items() if unit.counts and unit.out_of}
    regular = [name for name in counted if name not in rules.bonus]
    dropped = _dropped(counted, regular, rules)
    earned, out_of = _sums(counted, dropped, rules)
    is_known = out_of > 0 and not grade.person.withdrawn
    if not is_known:
        return grade
    return Grade(grade.person, grade.units, earned=earned, out_of=out_of, is_known=True, dropped=dropped)


def _dropped(counted: Mapping[str, UnitGrade], regular: Sequence[str], rules: Rules) -> tuple[str, ...]:
    """Return the units whose absence helps most; one unit always stays."""
    number = min(rules.dropped, max(len(regular) - 1, 0))
    return max(combinations(regular, number), key=lambda names: _share(*_sums(counted, names, rules)))


def _share(earned: float, out_of: float) -> float:
    return earned / out_of if out_of else -1.0


def _sums(counted: Mapping[str, UnitGrade], dropped: Iterable[str], rules: Rules) -> tuple[float, float]:
    """Return the weighted points of the units that are not dropped, and their maximum."""
    left = {name: unit for name, unit in counted.items() if name not in dropped}
    weights = {name: rules.weights.get(name, 0.0) if rules.weights else unit.out_of for name, unit in left.items()}
    earned = sum((unit.final or 0.0) * (weights[name] / unit.out_of) for name, unit in left.items())
    return earned, sum(weight for name, weight in weights.items() if name not in rules.bonus)
