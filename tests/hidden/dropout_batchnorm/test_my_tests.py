"""The student's tests of `soft_threshold`, beside right versions and wrong ones.

Requires: tests that pass beside the solution and every variant, and fail beside each registered misconception and each
drawn mutant, every time.

Catches: tests of positive weights alone, of one amount alone, without a negative amount.

Expected: nothing is compared here but which versions the tests fail.
"""

from grader.judge import task
from grader.judge.drawn_mutants import drawn_mutants
from grader.judge.written_tests import Examiner
from solutions.dropout_batchnorm import penalties
from tests.hidden.dropout_batchnorm import misconceptions as wrong
from tests.hidden.dropout_batchnorm import variants as right

VERSIONS = Examiner(
    "soft_threshold", penalties.soft_threshold, right.soft_threshold__both_sides, right.soft_threshold__number_by_number
)


@task("test_soft_threshold", points=0.25, about="what becomes of large weights and of small ones")
def test_thresholds_of_another_kind_are_caught(student):
    VERSIONS.require_caught(student, wrong.hard_threshold, wrong.beyond_zero)


@task("test_soft_threshold", points=0.25, about="negative weights")
def test_wrong_signs_are_caught(student):
    VERSIONS.require_caught(student, wrong.sign_ignored, wrong.sizes_without_signs)


@task("test_soft_threshold", points=0.25, about="the amount itself")
def test_wrong_amounts_are_caught(student):
    VERSIONS.require_caught(student, wrong.shrunk_by_a_factor, wrong.amount_of_the_largest)


@task("test_soft_threshold", points=0.25, about="a negative amount")
def test_accepting_a_negative_amount_is_caught(student):
    VERSIONS.require_caught(student, wrong.negative_amount_accepted)


@task("test_soft_threshold", points=0.25, about="small changes of a right version")
def test_small_changes_are_caught(student):
    VERSIONS.require_caught(student, *drawn_mutants(__file__, penalties, "soft_threshold"))
