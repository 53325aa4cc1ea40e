"""The score of a person: by examples, and by what holds for all results, rules and adjustments."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from grader.gradebook.scores import CUT_OFF_NOTE, GROUP_CONFLICT, UNKNOWN_TIME_NOTE, Case, Graded, grade_of
from grader.records import Status, Verdict
from grader.records.grades import Adjustment, AdjustmentKind, Grade, GradeStatus, Person, UnitGrade
from grader.records.rules import Attempts, Lateness, Rules
from tests.gradebook.made import DUE, adjusted, graded, record, ungraded

ANNA = Person("anna", line=2)
UNITS = ("lines", "counting", "waves")
KIND = AdjustmentKind
NONE = Rules()


def case_of(*work: Graded, adjustments=(), person=ANNA, conflicts=frozenset()) -> Case:
    by_unit: dict[str, list[Graded]] = {}
    for item in work:
        by_unit.setdefault(item.result.unit, []).append(item)
    return Case(person, by_unit, tuple(adjustments), conflicts)


def grade(*work: Graded, rules=NONE, points=None, **fields) -> Grade:
    units = points or dict.fromkeys([item.result.unit for item in work] or ["lines"], 20.0)
    return grade_of(case_of(*work, **fields), units, rules)


def lines(*work: Graded, **fields) -> UnitGrade:
    return grade(*work, **fields).units["lines"]


TEN_PERCENT = Rules(due={"lines": DUE}, late=Lateness(percent_per_day=10))


def test_points_in_time_are_final():
    unit = lines(graded("anna", "lines", 15, late=-1), rules=TEN_PERCENT)
    assert (unit.status, unit.raw, unit.final, unit.penalty, unit.late_days) == (GradeStatus.GRADED, 15, 15, 0, 0)
    assert unit.notes == ()


def test_late_days_cost_a_part_of_the_units_points():
    unit = lines(graded("anna", "lines", 15, late=1.5), rules=TEN_PERCENT)
    assert (unit.final, unit.penalty, unit.late_days) == (11, 4, 2)


def test_a_penalty_is_never_more_than_the_points():
    unit = lines(graded("anna", "lines", 3, late=5), rules=TEN_PERCENT)
    assert (unit.final, unit.penalty) == (0, 3)


def test_an_unknown_time_is_in_time_and_noted():
    unit = lines(graded("anna", "lines", 15), rules=TEN_PERCENT)
    assert unit.final == 15
    assert unit.notes == (UNKNOWN_TIME_NOTE,)


def test_after_the_cut_off_nothing_is_earned():
    rules = Rules(due={"lines": DUE}, late=Lateness(cut_off_days=2, free_days=9))
    assert lines(graded("anna", "lines", 15, late=2), rules=rules).final == 15
    unit = lines(graded("anna", "lines", 15, late=2.1), rules=rules)
    assert (unit.final, unit.free_days, unit.notes) == (0, 0, (CUT_OFF_NOTE,))


def test_free_days_are_spent_in_the_order_of_due_dates():
    rules = Rules(
        due={"counting": datetime(2027, 2, 2, 23, 59), "lines": DUE, "waves": DUE},
        late=Lateness(percent_per_day=10, free_days=3),
    )
    work = [graded("anna", unit, 20, late=late) for unit, late in {"lines": 2, "counting": 2, "waves": 1}.items()]
    units = grade(*work, rules=rules).units
    assert {name: (unit.late_days, unit.free_days, unit.final) for name, unit in units.items()} == {
        "lines": (2, 2, 20),
        "waves": (1, 1, 20),
        "counting": (1, 0, 18),
    }


def test_free_days_are_not_spent_on_an_excused_unit():
    rules = Rules(due={"lines": DUE, "waves": DUE}, late=Lateness(percent_per_day=10, free_days=1))
    work = [graded("anna", "lines", 20, late=1), graded("anna", "waves", 20, late=1)]
    units = grade(*work, rules=rules, adjustments=[adjusted("lines", KIND.EXCUSE)]).units
    assert units["lines"].final is None
    assert units["waves"].final == 20


def test_extensions_and_extra_days_move_the_due_date():
    unit = lines(graded("anna", "lines", 20, late=3), rules=TEN_PERCENT, person=Person("anna", extra_days=1))
    assert unit.late_days == 2
    unit = lines(
        graded("anna", "lines", 20, late=3),
        rules=TEN_PERCENT,
        person=Person("anna", extra_days=1),
        adjustments=[adjusted("lines", KIND.EXTEND, 7, 1), adjusted("lines", KIND.EXTEND, 1, 2)],
    )
    assert unit.late_days == 1  # the later extension replaces the earlier one


def test_the_latest_or_the_best_attempt_counts():
    work = [graded("anna", "lines", 18, number=1, late=-2), graded("anna", "lines", 15, number=2, late=-1)]
    assert lines(*work).raw == 15
    best = lines(*work, rules=Rules(attempts=Attempts.BEST))
    assert (best.raw, best.attempt.number) == (18, 1)
    assert best.notes == ("attempt 1 of 2 counts, it is the best",)


def test_the_best_attempt_is_the_best_after_penalties():
    rules = Rules(due={"lines": DUE}, late=Lateness(percent_per_day=10), attempts=Attempts.BEST)
    work = [graded("anna", "lines", 15, number=1, late=-2), graded("anna", "lines", 18, number=2, late=2)]
    assert lines(*work, rules=rules).attempt.number == 1


@pytest.mark.parametrize(
    ("work", "status", "final"),
    [
        (ungraded("anna", "lines", Status.REJECTED), GradeStatus.REFUSED, None),
        (ungraded("anna", "lines", Status.REJECTED, zero=True), GradeStatus.REFUSED, 0),
        (ungraded("anna", "lines", Status.WAITING), GradeStatus.OPEN, None),
        (ungraded("anna", "lines", Status.GRADER_ERROR), GradeStatus.NOT_MEASURED, None),
        (ungraded("anna", "lines", Status.MISSING), GradeStatus.NOT_SUBMITTED, 0),
    ],
)
def test_each_status_has_points_or_is_blank(work, status, final):
    unit = lines(work)
    assert (unit.status, unit.final) == (status, final)
    assert unit.counts == (final is not None)


def test_who_handed_in_nothing_has_zero_and_who_left_has_nothing():
    assert (lines().status, lines().final) == (GradeStatus.NOT_SUBMITTED, 0)
    gone = grade(person=Person("anna", withdrawn=True))
    assert (gone.units["lines"].status, gone.units["lines"].final, gone.is_known) == (
        GradeStatus.WITHDRAWN,
        None,
        False,
    )


def test_withdrawn_people_keep_their_points_and_get_no_total():
    gone = grade(graded("anna", "lines", 12), person=Person("anna", withdrawn=True))
    assert gone.units["lines"].final == 12
    assert (gone.is_known, gone.share) == (False, None)


def test_nine_tenths_measured_are_scaled_up():
    unit = lines(graded("anna", "lines", 9, unmeasured=2))
    assert (unit.raw, unit.final, unit.measured, unit.out_of) == (10, 10, 18, 20)
    assert unit.notes == ("measured 18 of 20 points, scaled up",)


def test_less_than_nine_tenths_are_blank():
    unit = lines(graded("anna", "lines", 9, unmeasured=2.5))
    assert (unit.status, unit.final) == (GradeStatus.NOT_MEASURED, None)
    assert unit.notes == ("measured 17.5 of 20 points, too few for a grade",)


def test_points_by_hand_stay_within_the_unit_and_a_bonus_does_not():
    work = graded("anna", "lines", 19)
    assert lines(work, adjustments=[adjusted("lines", KIND.POINTS, 3)]).final == 20
    assert lines(work, adjustments=[adjusted("lines", KIND.POINTS, -30)]).final == 0
    unit = lines(work, adjustments=[adjusted("lines", KIND.POINTS, 3), adjusted("lines", KIND.BONUS, 2, 2)])
    assert (unit.final, unit.bonus) == (22, 2)


def test_points_set_by_hand_replace_what_was_graded_and_the_penalty():
    decisions = [adjusted("lines", KIND.SET, 5, 1), adjusted("lines", KIND.SET, 17, 2)]
    unit = lines(graded("anna", "lines", 3, late=4), rules=TEN_PERCENT, adjustments=decisions)
    assert (unit.raw, unit.penalty, unit.final) == (3, 0, 17)
    unit = lines(ungraded("anna", "lines", Status.REJECTED), adjustments=decisions)
    assert (unit.status, unit.final) == (GradeStatus.GRADED, 17)


def test_points_cannot_be_added_to_what_has_none():
    unit = lines(ungraded("anna", "lines", Status.REJECTED), adjustments=[adjusted("lines", KIND.POINTS, 3)])
    assert unit.final is None


def test_an_adjustment_that_was_taken_back_does_not_count():
    undone = adjusted("lines", KIND.POINTS, 3, undone_by="tom", undone_at=datetime(2027, 1, 1, tzinfo=UTC))
    assert lines(graded("anna", "lines", 10), adjustments=[undone]).final == 10


def test_an_excused_unit_is_not_in_the_total():
    work = [graded("anna", "lines", 2), graded("anna", "waves", 18)]
    total = grade(*work, adjustments=[adjusted("lines", KIND.EXCUSE)])
    assert (total.earned, total.out_of) == (18, 20)
    assert total.units["lines"].status is GradeStatus.EXCUSED


QUESTIONS = Rules(questions={"lines": {"explain": 5, "plot": 3}}, due={"lines": DUE}, late=Lateness(percent_per_day=10))


def test_questions_are_open_until_a_person_gives_points():
    explain = adjusted("lines", KIND.QUESTION, 4, 1, question="explain")
    unit = lines(graded("anna", "lines", 15, late=0), rules=QUESTIONS, adjustments=[explain])
    assert (unit.status, unit.final, unit.out_of) == (GradeStatus.OPEN, None, 28)
    assert unit.notes == ("to be graded by hand: plot",)
    plot = [adjusted("lines", KIND.QUESTION, points, points, question="plot") for points in (2, 3)]
    unit = lines(graded("anna", "lines", 15, late=1), rules=QUESTIONS, adjustments=[*plot, explain])
    assert (unit.status, unit.raw, unit.final) == (GradeStatus.GRADED, 22, 19.2)


def test_questions_do_not_wait_for_who_handed_in_nothing():
    assert (lines(rules=QUESTIONS).final, lines(rules=QUESTIONS).out_of) == (0, 28)
    paper = adjusted("lines", KIND.QUESTION, 9, 1, question="plot")
    assert lines(rules=QUESTIONS, adjustments=[paper]).final == 3, "within the question's points"


def test_a_conflict_in_a_group_is_open():
    unit = lines(graded("anna", "lines", 12), conflicts=frozenset({"lines"}))
    assert (unit.status, unit.final, unit.notes) == (GradeStatus.OPEN, None, (GROUP_CONFLICT,))


def test_weights_replace_points():
    work = [graded("anna", "lines", 10), graded("anna", "waves", 20)]
    assert grade(*work).share == 0.75
    assert grade(*work, rules=Rules(weights={"lines": 3, "waves": 1})).share == 0.625


def test_the_dropped_unit_is_the_one_whose_absence_helps_most():
    work = [graded("anna", "lines", 4), graded("anna", "waves", 5)]
    rules = Rules(dropped=1, weights={"lines": 1, "waves": 3})
    assert grade(*work, rules=rules).dropped == ("lines",)
    work = [graded("anna", "lines", 12), graded("anna", "waves", 13), graded("anna", "counting", 20)]
    rules = Rules(dropped=1, weights={"lines": 1, "waves": 9, "counting": 1})
    assert grade(*work, rules=rules).dropped == ("waves",)  # the lowest is another, but weighs little


def test_one_unit_always_stays():
    total = grade(graded("anna", "lines", 4), rules=Rules(dropped=3))
    assert (total.dropped, total.share) == ((), 0.2)


def test_a_bonus_unit_only_adds():
    work = [graded("anna", "lines", 10), graded("anna", "waves", 5)]
    total = grade(*work, rules=Rules(bonus=("waves",)))
    assert (total.earned, total.out_of) == (15, 20)


def test_a_grade_is_complete_unless_something_waits_for_a_person():
    assert grade(graded("anna", "lines", 4)).is_complete
    assert grade(ungraded("anna", "lines", Status.REJECTED, zero=True)).is_complete
    assert not grade(ungraded("anna", "lines", Status.REJECTED)).is_complete


def test_a_test_that_measured_nothing_does_not_change_the_points_of_a_unit():
    work = graded("anna", "lines", 10)
    assert record("lines", "x", 1, 0, Verdict.SKIPPED).verdict.meaning.costs_nothing
    assert lines(work).out_of == 20


quick = settings(deadline=None)  # a busy machine is not a slow function

HALVES = st.integers(0, 40).map(lambda halves: halves / 2)
LATE = st.none() | st.integers(-4, 24).map(lambda quarters: quarters / 4)


@st.composite
def graded_work(draw) -> Graded:
    unit, number = draw(st.sampled_from(UNITS)), draw(st.integers(1, 3))
    status = draw(st.sampled_from([Status.GRADED] * 5 + [Status.REJECTED, Status.WAITING, Status.GRADER_ERROR]))
    if status is not Status.GRADED:
        return ungraded("anna", unit, status)
    unmeasured = draw(st.sampled_from([0.0, 0.0, 1.0, 2.0, 5.0]))
    earned = min(draw(HALVES), 20 - unmeasured)
    return graded("anna", unit, earned, late=draw(LATE), number=number, unmeasured=unmeasured)


@st.composite
def hand_ins(draw) -> list[Graded]:
    items = draw(st.lists(graded_work(), max_size=7))
    return list({(item.result.unit, item.number): item for item in items}.values())


@st.composite
def decisions(draw, bonus=True) -> list[Adjustment]:
    kinds = [kind for kind in KIND if kind is not KIND.QUESTION and (bonus or kind is not KIND.BONUS)]
    items = draw(st.lists(st.tuples(st.sampled_from(UNITS), st.sampled_from(kinds), st.integers(-12, 30)), max_size=6))
    return [
        adjusted(unit, kind, abs(value) if kind in (KIND.EXTEND, KIND.SET, KIND.BONUS) else value, number)
        for number, (unit, kind, value) in enumerate(items, start=1)
    ]


RULES = st.builds(
    Rules,
    due=st.dictionaries(st.sampled_from(UNITS), st.just(DUE)),
    late=st.builds(
        Lateness,
        percent_per_day=st.sampled_from([0, 10, 35]),
        grace_minutes=st.sampled_from([0, 30]),
        cut_off_days=st.none() | st.integers(0, 4),
        free_days=st.integers(0, 4),
    ),
    attempts=st.sampled_from(Attempts),
    dropped=st.integers(0, 3),
    weights=st.just({}) | st.fixed_dictionaries({unit: st.integers(0, 4) for unit in UNITS}),
)
RULES_WITH_BONUS_UNITS = st.builds(
    replace, RULES, bonus=st.lists(st.sampled_from(UNITS), unique=True, max_size=2).map(tuple)
)
POINTS = dict.fromkeys(UNITS, 20.0)


def with_more(work: Graded, more: float) -> Graded:
    """Return a hand-in with more points in its first test."""
    first, *rest = work.result.tests
    earned = min(first.earned + more, first.points)
    tests = (record(first.unit, first.test, first.points, earned), *rest)
    return Graded(type(work.result)("anna", work.result.unit, Status.GRADED, tests=tests), work.attempt)


@quick
@given(hand_ins(), decisions(bonus=False), RULES)
def test_points_are_within_zero_and_the_maximum(work, adjustments, rules):
    total = grade_of(case_of(*work, adjustments=adjustments), POINTS, rules)
    for unit in total.units.values():
        assert unit.final is None or 0 <= unit.final <= unit.out_of
        assert 0 <= unit.penalty <= (unit.raw or 0)
    assert not total.is_known or 0 <= total.share <= 1 + 1e-12


@quick
@given(hand_ins(), decisions(), RULES_WITH_BONUS_UNITS)
def test_only_what_is_called_a_bonus_exceeds_the_maximum(work, adjustments, rules):
    total = grade_of(case_of(*work, adjustments=adjustments), POINTS, rules)
    for unit in total.units.values():
        assert unit.final is None or unit.final <= unit.out_of + unit.bonus


@quick
@given(hand_ins(), decisions(), RULES_WITH_BONUS_UNITS, st.randoms(use_true_random=False))
def test_the_order_in_which_things_happened_to_be_read_changes_nothing(work, adjustments, rules, random):
    before = grade_of(case_of(*work, adjustments=adjustments), POINTS, rules)
    random.shuffle(work)
    random.shuffle(adjustments)
    assert grade_of(case_of(*work, adjustments=adjustments), POINTS, rules) == before


@quick
@given(hand_ins(), decisions(), RULES_WITH_BONUS_UNITS, st.integers(0, 6), st.sampled_from([0.5, 1, 4, 20]))
def test_more_points_never_lower_a_grade(work, adjustments, rules, which, more):
    before = grade_of(case_of(*work, adjustments=adjustments), POINTS, rules)
    better = [
        with_more(item, more) if place == which and item.result.tests else item for place, item in enumerate(work)
    ]
    after = grade_of(case_of(*better, adjustments=adjustments), POINTS, rules)
    for name, unit in before.units.items():
        assert unit.final is None or after.units[name].final >= unit.final
    assert not before.is_known or after.share >= before.share - 1e-12


@quick
@given(hand_ins(), decisions(), RULES)
def test_no_other_unit_left_out_would_help_more(work, adjustments, rules):
    total = grade_of(case_of(*work, adjustments=adjustments), POINTS, rules)
    counted = [name for name, unit in total.units.items() if unit.counts]
    assert len(total.dropped) == (min(rules.dropped, max(len(counted) - 1, 0)) if total.is_known else 0)
    weights = rules.weights or POINTS
    if len(total.dropped) == 1 and total.is_known:
        for name in counted:
            left = [other for other in counted if other != name]
            worth = sum(weights[other] for other in left)
            earned = sum(total.units[other].final * weights[other] / 20 for other in left)
            assert not worth or earned / worth <= total.share + 1e-12
