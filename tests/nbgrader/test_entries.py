"""Entries: what nbgrader adds up is the gradebook's grade, and hidden tests keep what they saw."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.gradebook.scores import Case, Graded, grade_of
from grader.nbgrader.cells import Cell, CellKind
from grader.nbgrader.entries import entry_of, is_absent
from grader.records import Feedback, Result, Status, TestRecord, Verdict
from grader.records.choices import Choice
from grader.records.disclosure import Level
from grader.records.grades import Adjustment, AdjustmentKind, Attempt, Person
from grader.records.rules import Lateness, Rules

SEEN = "1234.5678"  # what a hidden test saw
DUE = datetime(2027, 2, 1, 23, 59)
BY_HAND = Cell("by-hand", CellKind.BY_HAND)
CELLS = (
    Cell("slope", CellKind.SOLUTION, task="slope"),
    Cell("test_example", CellKind.VISIBLE, 2.0, "slope", "line.test_example", "example"),
    Cell("test_random", CellKind.HIDDEN, 3.0, "slope", "line.test_random", "random"),
    BY_HAND,
)
WORTH = {"lines": 5.0}
LATE = Rules(due={"lines": DUE}, late=Lateness(percent_per_day=10))


def record(name, points, earned, *, hidden=False, task="slope", verdict=None, **feedback):
    verdict = verdict or (Verdict.PASSED if earned == points else Verdict.FAILED)
    feedback = Feedback(got=SEEN, expected=SEEN, message=SEEN, printed=SEEN) if hidden else Feedback()
    return TestRecord(
        "lines", task, f"line.{name}", name.removeprefix("test_"), hidden, points, earned, verdict, feedback
    )


def result_of(example=2.0, random=3.0, **fields):
    tests = (record("test_example", 2.0, example), record("test_random", 3.0, random, hidden=True))
    return Result("anna", "lines", **{"status": Status.GRADED, "tests": tests} | fields)


def adjusted(kind, value=0.0, number=1, **fields):
    return Adjustment("anna", "lines", kind, value, number=number, by="tom", **fields)


def entered(result, *adjustments, days=0.0, rules=LATE, cells=CELLS, worth=WORTH, level=Level.PROPERTY):
    """Return the grade and the entry of anna, who handed in some days after the due date."""
    attempt = Attempt("anna", "lines", 1, DUE.replace(tzinfo=UTC) + timedelta(days=days), "canvas")
    case = Case(Person("anna"), {"lines": [Graded(result, attempt)]} if result else {}, adjustments)
    grade = grade_of(case, worth, rules).units["lines"]
    return grade, entry_of(case.person, grade, result, cells, rules=rules, level=level)


def total(entry):
    """Return the points as nbgrader's export has them."""
    return max(sum(score or 0.0 for score in entry.scores.values()) - entry.penalty, 0.0)


KINDS = st.sampled_from([AdjustmentKind.POINTS, AdjustmentKind.BONUS, AdjustmentKind.SET])


@given(
    st.floats(0, 2),
    st.floats(0, 3),
    st.lists(st.tuples(KINDS, st.floats(0, 5)), max_size=3),
    st.sampled_from([0.0, 0.5, 3.5, 40.0]),
)
def test_nbgrader_adds_up_to_the_grade(example, random, decisions, days):
    decided = [adjusted(kind, value, number) for number, (kind, value) in enumerate(decisions, 1)]
    grade, entry = entered(result_of(example, random), *decided, days=days)
    assert total(entry) == pytest.approx(grade.final, abs=0.0101)
    assert entry.penalty == grade.penalty
    tests = [entry.scores["test_example"], entry.scores["test_random"]]
    assert all(type(score) is float for score in tests)


def test_points_by_hand_stand_in_a_cell_of_their_own():
    _, entry = entered(result_of(random=1.0), adjusted(AdjustmentKind.POINTS, 1.5, reason="unclear"))
    assert entry.scores == {"test_example": 2.0, "test_random": 1.0, "by-hand": 1.5}
    assert "+1.5 by tom (unclear)" in entry.outputs["by-hand"]
    assert "+1.5 by tom (unclear)" in entry.comments["slope"]
    _, entry = entered(result_of(), adjusted(AdjustmentKind.SET, 2.0))
    assert entry.scores["by-hand"] == -3.0


def test_a_third_of_a_point_is_no_decision_by_hand():
    _, entry = entered(result_of(example=2 / 3, random=1 / 3))
    assert entry.scores["by-hand"] == 0.0


def test_hidden_tests_tell_the_property_and_the_points():
    _, entry = entered(result_of(random=1.0))
    assert SEEN not in repr(entry)
    assert "random (hidden): 1/3" in entry.comments["slope"]
    assert "random (hidden)" in entry.outputs["test_random"]


def test_after_the_due_date_hidden_tests_may_tell_everything():
    _, entry = entered(result_of(random=1.0), level=Level.EVERYTHING)
    assert SEEN in entry.outputs["test_random"]


def test_visible_tests_tell_what_they_saw():
    shown = record("test_example", 2.0, 0.0)
    shown = TestRecord(*[getattr(shown, name) for name in shown.__struct_fields__[:8]], Feedback(got="3", expected="4"))
    _, entry = entered(result_of(tests=(shown, record("test_random", 3.0, 3.0))))
    assert "expected  4" in entry.outputs["test_example"]


def test_late_days_cost_what_the_rules_say_and_an_extension_is_nbgrader_s_too():
    grade, entry = entered(result_of(), days=1.5)
    assert entry.penalty == grade.penalty == 1.0
    assert "2 days late" in entry.comments["slope"]
    assert entry.extension is None
    _, entry = entered(result_of(), adjusted(AdjustmentKind.EXTEND, 2), days=1.5)
    assert (entry.penalty, entry.extension) == (0.0, timedelta(days=2))


def test_a_text_of_anybody_is_no_markup():
    _, entry = entered(result_of(), adjusted(AdjustmentKind.COMMENT, reason="<script>x</script>"))
    assert "<script" not in entry.comments["slope"]
    assert "&lt;script>" in entry.comments["slope"]


def test_what_was_refused_waits_for_a_person():
    refused = result_of(status=Status.REJECTED, tests=(), remark="a.rar is a RAR archive")
    grade, entry = entered(refused)
    assert grade.final is None
    assert not is_absent(grade, refused)
    assert entry.scores["test_example"] is None
    assert "a RAR archive" in entry.comments["slope"]
    grade, entry = entered(refused, adjusted(AdjustmentKind.SET, 4.0, reason="read on paper"))
    assert entry.scores == {"test_example": 0.0, "test_random": 0.0, "by-hand": 4.0}


def test_without_a_hand_in_there_is_nothing_but_points_by_hand():
    grade, _ = entered(None)
    assert is_absent(grade, None)
    grade, entry = entered(None, adjusted(AdjustmentKind.SET, 3.0, reason="on paper"))
    assert not is_absent(grade, None)
    assert entry.scores == {"test_example": 0.0, "test_random": 0.0, "by-hand": 3.0}
    assert entry.outputs["test_example"] == "not submitted"


def test_an_excused_unit_keeps_its_points_and_says_so():
    grade, entry = entered(result_of(random=0.0), adjusted(AdjustmentKind.EXCUSE, reason="ill"))
    assert grade.final is None
    assert entry.scores == {"test_example": 2.0, "test_random": 0.0, "by-hand": 0.0}
    assert "excused by tom (ill)" in entry.comments["slope"]


def test_of_a_choice_what_does_not_count_is_said():
    choice = Choice("Further ones", 1, (("elu",), ("silu",)))
    cells = (
        Cell("elu", CellKind.SOLUTION, task="elu"),
        Cell("test_elu", CellKind.HIDDEN, 0.0, "elu", "line.test_elu"),
        Cell("silu", CellKind.SOLUTION, task="silu"),
        Cell("test_silu", CellKind.HIDDEN, 0.0, "silu", "line.test_silu"),
        Cell("choice-1", CellKind.CHOICE, 3.0, title="Further ones", tasks=("elu", "silu")),
        BY_HAND,
    )
    tests = (record("test_elu", 3.0, 1.0, task="elu"), record("test_silu", 3.0, 2.0, task="silu"))
    grade, entry = entered(result_of(tests=tests, choices=(choice,)), cells=cells, worth={"lines": 3.0})
    assert total(entry) == grade.final == 2.0
    assert "does not count" in entry.outputs["test_elu"]
    assert "does not count" not in entry.outputs["test_silu"]


def test_questions_wait_until_a_person_gives_points():
    rules = Rules(questions={"lines": {"explain": 4.0}})
    cells = (*CELLS[:-1], Cell("question-1-explain", CellKind.QUESTION, 4.0, title="explain"), BY_HAND)
    grade, entry = entered(result_of(), rules=rules, cells=cells)
    assert grade.final is None
    assert entry.scores == {"test_example": 2.0, "test_random": 3.0, "question-1-explain": None, "by-hand": 0.0}
    answered = adjusted(AdjustmentKind.QUESTION, 2.5, question="explain")
    grade, entry = entered(result_of(), answered, rules=rules, cells=cells)
    assert entry.scores["question-1-explain"] == 2.5
    assert total(entry) == grade.final == 7.5


def test_a_test_that_was_left_out_for_everybody_costs_nobody_anything():
    tests = (record("test_example", 2.0, 2.0),)
    grade, entry = entered(result_of(tests=tests, without=("line.test_random",)), worth={"lines": 2.0})
    assert entry.scores == {"test_example": 2.0, "test_random": 0.0, "by-hand": 0.0}
    assert total(entry) == grade.final == 2.0
    assert entry.outputs["test_random"] == "was left out for everybody"


def test_a_test_that_no_machine_could_run_gives_no_points():
    tests = (record("test_example", 2.0, 2.0), record("test_random", 3.0, 0.0, verdict=Verdict.NO_GPU))
    grade, entry = entered(result_of(tests=tests), worth={"lines": 2.0})
    assert total(entry) == grade.final == 2.0
    assert "no GPU" in entry.outputs["test_random"]
