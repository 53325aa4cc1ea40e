"""The student's tests of `conv_output_size`, beside right versions and wrong ones.

Requires: tests that pass beside the solution and every variant, and fail beside each registered misconception and each
drawn mutant, every time.

Catches: tests with one size alone, without options, without a window that is too large.

Expected: nothing is compared here but which versions the tests fail.
"""

from grader.judge import task
from grader.judge.drawn_mutants import drawn_mutants
from grader.judge.written_tests import Examiner
from solutions.convolution import conv
from tests.hidden.convolution import misconceptions as wrong
from tests.hidden.convolution import variants as right

VERSIONS = Examiner(
    "conv_output_size", conv.conv_output_size, right.conv_output_size__counted, right.conv_output_size__ceiling
)


@task("test_conv_output_size", points=0.25, about="dilation")
def test_wrong_gaps_are_caught(student):
    VERSIONS.require_caught(student, wrong.dilation_as_gaps, wrong.span_of_k_gaps, wrong.span_without_dilation)


@task("test_conv_output_size", points=0.25, about="padding at both ends, the first stop")
def test_wrong_frames_and_first_stops_are_caught(student):
    VERSIONS.require_caught(student, wrong.padding_counted_once, wrong.without_the_first_stop)


@task("test_conv_output_size", points=0.25, about="steps that do not come out even")
def test_wrong_rounding_is_caught(student):
    VERSIONS.require_caught(student, wrong.rounded_up)


@task("test_conv_output_size", points=0.25, about="a window that does not fit")
def test_accepting_the_impossible_is_caught(student):
    VERSIONS.require_caught(student, wrong.size_of_the_impossible)


@task("test_conv_output_size", points=0.25, about="small changes of a right version")
def test_small_changes_are_caught(student):
    VERSIONS.require_caught(student, *drawn_mutants(__file__, conv, "conv_output_size"))
