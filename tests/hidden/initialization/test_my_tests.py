"""The student's tests of `calculate_gain`, beside right versions and wrong ones.

Requires: tests that pass beside the solution and every variant, and fail beside each registered misconception and each
drawn mutant, every time.

Catches: tests of one name alone, of one slope alone, without an unknown name.

Expected: nothing is compared here but which versions the tests fail.
"""

from grader.judge import task
from grader.judge.drawn_mutants import drawn_mutants
from grader.judge.written_tests import Examiner
from solutions.initialization import schemes
from tests.hidden.initialization import misconceptions as wrong
from tests.hidden.initialization import variants as right

VERSIONS = Examiner(
    "calculate_gain", schemes.calculate_gain, right.calculate_gain__table, right.calculate_gain__leaky_with_slope_zero
)


@task("test_calculate_gain", points=0.25, about="the gains of both ReLUs")
def test_wrong_formulas_are_caught(student):
    VERSIONS.require_caught(student, wrong.gain_squared, wrong.slope_not_squared)


@task("test_calculate_gain", points=0.25, about="a slope that is missing or zero")
def test_wrong_defaults_are_caught(student):
    VERSIONS.require_caught(student, wrong.default_slope_of_zero, wrong.zero_taken_for_none)


@task("test_calculate_gain", points=0.25, about="a slope where there is none")
def test_slopes_of_others_are_caught(student):
    VERSIONS.require_caught(student, wrong.relu_with_a_slope)


@task("test_calculate_gain", points=0.25, about="an unknown name")
def test_accepting_an_unknown_name_is_caught(student):
    VERSIONS.require_caught(student, wrong.unknown_gain_is_one)


@task("test_calculate_gain", points=0.25, about="small changes of a right version")
def test_small_changes_are_caught(student):
    VERSIONS.require_caught(student, *drawn_mutants(__file__, schemes, "calculate_gain"))
