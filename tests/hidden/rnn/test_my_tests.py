"""The student's tests of `clip_grad_norm`, beside right versions and wrong ones.

Requires: tests that pass beside the solution and every variant, and fail beside each registered misconception and each
drawn mutant, every time.

Catches: tests with one array alone, with long gradients alone, of the arrays without the length.

Expected: nothing is compared here but which versions the tests fail.
"""

from grader.judge import task
from grader.judge.drawn_mutants import drawn_mutants
from grader.judge.written_tests import Examiner
from solutions.rnn import training
from tests.hidden.rnn import misconceptions as wrong
from tests.hidden.rnn import variants as right

VERSIONS = Examiner(
    "clip_grad_norm", training.clip_grad_norm, right.clip_grad_norm__one_vector, right.clip_grad_norm__norm_of_norms
)


@task("test_clip_grad_norm", points=0.25, about="one factor for all")
def test_clipping_apart_is_caught(student):
    VERSIONS.require_caught(student, wrong.clipped_one_by_one, wrong.clipped_by_value)


@task("test_clip_grad_norm", points=0.25, about="gradients that are short already")
def test_lengthening_is_caught(student):
    VERSIONS.require_caught(student, wrong.always_rescaled)


@task("test_clip_grad_norm", points=0.25, about="the length itself")
def test_wrong_lengths_are_caught(student):
    VERSIONS.require_caught(student, wrong.lengths_added_up, wrong.squared_length)


@task("test_clip_grad_norm", points=0.25, about="the length that is returned")
def test_returning_another_length_is_caught(student):
    VERSIONS.require_caught(student, wrong.length_afterwards)


@task("test_clip_grad_norm", points=0.25, about="small changes of a right version")
def test_small_changes_are_caught(student):
    VERSIONS.require_caught(student, *drawn_mutants(__file__, training, "clip_grad_norm"))
