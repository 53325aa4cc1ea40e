"""Choices, bonus units and questions in the score of a person: what holds for all results of a unit with options."""

from hypothesis import example, given
from hypothesis import strategies as st

from grader.gradebook.scores import Case, Graded, grade_of
from grader.records import Choice, Result, Status, TestRecord, Verdict
from grader.records.grades import Attempt, Person
from grader.records.rules import Rules

ANNA = Person("anna", line=2)
OPTIONS = ("elu", "silu", "sine", "sigmoid")
CHOICE = Choice("Further activations", 2, tuple((name,) for name in OPTIONS))
TASKS = {"relu": (5.0, 3.0), **dict.fromkeys(OPTIONS, (5.0, 1.0))}  # the points of each task's two tests
OUT_OF = 20.0  # relu and two options

Points = tuple[float | None, float | None]  # earned in the tests of a task; None is not measured


def result(earned: dict[str, Points]) -> Result:
    tests = [
        TestRecord("unit", task, f"{task}.{number}", task, True, worth, points or 0.0, verdict_of(points))
        for task, values in earned.items()
        for number, (worth, points) in enumerate(zip(TASKS[task], values, strict=True))
    ]
    return Result("anna", "unit", Status.GRADED, tests=tuple(tests), choices=(CHOICE,))


def verdict_of(points: float | None) -> Verdict:
    return Verdict.TOO_NOISY if points is None else Verdict.FAILED


def final(earned: dict[str, Points]) -> float | None:
    graded = Graded(result(earned), Attempt("anna", "unit", 1, None, "unknown"))
    return grade_of(Case(ANNA, {"unit": [graded]}, (), frozenset()), {"unit": OUT_OF}, Rules()).units["unit"].final


def points_up_to(most: float) -> st.SearchStrategy[float | None]:
    return st.integers(0, int(2 * most)).map(lambda halves: halves / 2) | st.none()


ANSWERS = st.fixed_dictionaries({task: st.tuples(*map(points_up_to, TASKS[task])) for task in TASKS})
SCALED_UP = {"relu": (5.0, 3.0), "elu": (5.0, None), "silu": (4.5, 1.0), "sine": (4.5, 0.0), "sigmoid": (0.0, 0.0)}


@given(ANSWERS)
def test_no_selection_of_options_brings_more_than_the_unit(earned):
    points = final(earned)
    assert points is None or 0 <= points <= OUT_OF


@given(ANSWERS, st.sampled_from(sorted(TASKS)), st.integers(0, 1), st.sampled_from([0.5, 1.0, 5.0]))
@example(SCALED_UP, "sine", 1, 1.0)
def test_more_points_in_any_option_never_lower_a_grade(earned, task, which, more):
    before = earned[task][which]
    if before is None:
        return
    values = list(earned[task])
    values[which] = min(before + more, TASKS[task][which])
    after = final(earned | {task: tuple(values)})
    assert final(earned) is None or (after is not None and after >= final(earned))


@given(ANSWERS, st.permutations(sorted(TASKS)))
def test_the_order_of_the_tests_changes_nothing(earned, order):
    assert final({task: earned[task] for task in order}) == final(earned)


@given(ANSWERS, st.sampled_from(OPTIONS))
def test_an_option_that_is_not_answered_at_all_costs_nothing(earned, task):
    """As long as enough others are answered."""
    without = final({name: values for name, values in earned.items() if name != task})
    assert without is None or final(earned) is None or final(earned) >= without
