"""The student's tests of `factor_per_layer`, beside right versions and wrong ones.

Requires: tests that pass beside the solution and every variant, and fail beside each registered misconception and each
drawn mutant, every time.

Catches: tests with two layers alone, with a factor of 1, without a single layer.

Expected: nothing is compared here but which versions the tests fail.
"""

from grader.judge import task
from grader.judge.drawn_mutants import drawn_mutants
from grader.judge.written_tests import Examiner
from solutions.activations import vanishing
from tests.hidden.activations import misconceptions as wrong
from tests.hidden.activations import variants as right

VERSIONS = Examiner(
    "factor_per_layer",
    vanishing.factor_per_layer,
    right.factor_per_layer__logarithms,
    right.factor_per_layer__mean_of_the_steps,
)


@task("test_factor_per_layer", points=0.25, about="from the last layer to the first")
def test_a_wrong_direction_is_caught(student):
    VERSIONS.require_caught(student, wrong.factor_upside_down)


@task("test_factor_per_layer", points=0.25, about="the count of the steps")
def test_wrong_counts_of_steps_are_caught(student):
    VERSIONS.require_caught(student, wrong.factor_with_one_step_too_many, wrong.factor_of_all_steps)


@task("test_factor_per_layer", points=0.25, about="factors that multiply")
def test_other_means_are_caught(student):
    VERSIONS.require_caught(student, wrong.factor_as_a_mean, wrong.factor_divided)


@task("test_factor_per_layer", points=0.25, about="a single layer")
def test_accepting_a_single_layer_is_caught(student):
    VERSIONS.require_caught(student, wrong.factor_of_a_single_layer)


@task("test_factor_per_layer", points=0.25, about="small changes of a right version")
def test_small_changes_are_caught(student):
    VERSIONS.require_caught(student, *drawn_mutants(__file__, vanishing, "factor_per_layer"))
