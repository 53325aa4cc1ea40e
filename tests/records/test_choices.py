"""Of the options of a choice the best few count, whatever else was answered."""

from hypothesis import given
from hypothesis import strategies as st

from grader.records import Choice, Result, Status, TestRecord, Verdict
from grader.records.choices import counting, spare_tasks, total

CHOICE = Choice(
    "Further activations", 2, (("elu", "elu_gradient"), ("silu", "silu_gradient"), ("sine", "sine_gradient"))
)
POINTS = dict.fromkeys(("relu", *CHOICE.tasks), 3.0)


def records(earned: dict[str, float]) -> tuple[TestRecord, ...]:
    """Return one test per task, worth three points."""
    return tuple(
        TestRecord("activations", task, f"functions.test_{task}", task, False, 3.0, points, Verdict.FAILED)
        for task, points in earned.items()
    )


def result(earned: dict[str, float]) -> Result:
    return Result("s1", "activations", Status.GRADED, tests=records(earned), choices=(CHOICE,))


def test_the_best_options_count_and_the_others_bring_nothing():
    earned = {"relu": 3.0, "elu": 1.0, "elu_gradient": 0.0, "silu": 3.0, "silu_gradient": 3.0, "sine": 0.0} | {
        "sine_gradient": 2.0
    }
    assert spare_tasks(records(earned), (CHOICE,)) == {"elu", "elu_gradient"}
    assert (result(earned).earned, result(earned).measured) == (3 + 6 + 2, 15)


def test_all_options_bring_no_more_than_two():
    assert (result(POINTS).earned, result(POINTS).measured) == (15, 15)
    assert total(POINTS, (CHOICE,)) == 15


def test_a_run_of_one_option_alone_counts_it():
    some = records({"sine": 1.0, "sine_gradient": 3.0})
    assert counting(some, (CHOICE,)) == some


def test_without_choices_everything_counts():
    everything = records(POINTS)
    assert counting(everything, ()) == everything


@given(st.fixed_dictionaries(dict.fromkeys(POINTS, st.integers(0, 12).map(lambda quarters: quarters / 4))))
def test_the_total_is_that_of_no_better_selection_and_grows_with_every_point(earned):
    options = [sum(earned[task] for task in option) for option in CHOICE.options]
    assert result(earned).earned == earned["relu"] + sum(options) - min(options)
    for task in earned:
        assert result(earned | {task: 3.0}).earned >= result(earned).earned
