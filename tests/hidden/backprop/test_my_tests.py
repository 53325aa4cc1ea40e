"""The student's tests of `mse_loss`, beside right versions and wrong ones.

Requires: tests that pass beside the solution and every variant, and fail beside each registered misconception and each
drawn mutant, every time.

Catches: tests of the loss alone, of a single row, without shapes that differ.

Expected: nothing is compared here but which versions the tests fail.
"""

from grader.judge import task
from grader.judge.drawn_mutants import drawn_mutants
from grader.judge.written_tests import Examiner
from solutions.backprop import losses
from tests.hidden.backprop import misconceptions as wrong
from tests.hidden.backprop import variants as right

VERSIONS = Examiner(
    "mse_loss", losses.mse_loss, right.mse_loss__mean_of_flat, right.mse_loss__difference_of_the_other_sign
)


@task("test_mse_loss", points=0.25, about="what is divided by which count")
def test_wrong_means_are_caught(student):
    VERSIONS.require_caught(
        student, wrong.squared_error_summed, wrong.squared_error_per_row, wrong.squared_error_gradient_of_the_sum
    )


@task("test_mse_loss", points=0.25, about="factors of loss and gradient")
def test_wrong_factors_are_caught(student):
    VERSIONS.require_caught(student, wrong.squared_error_halved, wrong.squared_error_without_the_two)


@task("test_mse_loss", points=0.25, about="the sign of the gradient")
def test_wrong_directions_are_caught(student):
    VERSIONS.require_caught(student, wrong.squared_error_towards_the_target)


@task("test_mse_loss", points=0.25, about="shapes that differ")
def test_accepting_other_shapes_is_caught(student):
    VERSIONS.require_caught(student, wrong.squared_error_broadcast)


@task("test_mse_loss", points=0.25, about="small changes of a right version")
def test_small_changes_are_caught(student):
    VERSIONS.require_caught(student, *drawn_mutants(__file__, losses, "mse_loss"))
