"""The student's tests of `predict`, beside right neurons and wrong ones.

Requires: tests that pass beside the solution and every variant, and fail beside each registered misconception and each
drawn mutant, every time.

Catches: tests that always fail or always pass, that look at one thing alone, or at something that a right neuron need
not do.

Expected: nothing is compared here but which versions the tests fail.
"""

from grader.judge import task
from grader.judge.drawn_mutants import drawn_mutants
from grader.judge.written_tests import Examiner
from solutions.perceptron import neuron
from tests.hidden.perceptron import misconceptions as wrong
from tests.hidden.perceptron import variants as right

NEURONS = Examiner("predict", neuron.predict, right.predict__rounded_sign, right.predict__example_by_example)


@task("test_predict", points=0.25, about="the bias and its sign")
def test_wrong_biases_are_caught(student):
    NEURONS.require_caught(student, wrong.bias_left_out, wrong.bias_as_threshold)


@task("test_predict", points=0.25, about="answers that are 0 and 1")
def test_other_answers_are_caught(student):
    NEURONS.require_caught(student, wrong.sums_without_step, wrong.predicts_signs)


@task("test_predict", points=0.25, about="a sum of exactly zero")
def test_another_boundary_is_caught(student):
    NEURONS.require_caught(student, wrong.boundary_answers_zero)


@task("test_predict", points=0.25, about="the dtype of the answers")
def test_another_dtype_is_caught(student):
    NEURONS.require_caught(student, wrong.predicts_true_or_false)


@task("test_predict", points=0.25, about="small changes of a right neuron")
def test_small_changes_are_caught(student):
    NEURONS.require_caught(student, *drawn_mutants(__file__, neuron, "predict"))
