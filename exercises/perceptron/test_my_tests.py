"""Your own tests of `predict`, beside a right neuron and three wrong ones.

The wrong ones are no secret: their names say what is wrong with them. After submission your tests meet others.
"""

import torch

from grader.judge import task, to_torch
from grader.judge.written_tests import Examiner


def fired(z):
    """Return the step function of a tensor, as torch has it."""
    return torch.heaviside(z, torch.ones((), dtype=z.dtype)).numpy()


def sums(x, weights):
    """Return the sums of every example without the bias."""
    return to_torch(x) @ to_torch(weights)


def right(x, weights, bias):
    """Answer as torch does."""
    return fired(sums(x, weights) + bias)


def neuron_without_bias(x, weights, bias):
    """Leave the bias out."""
    return fired(sums(x, weights))


def sign_turned_round(x, weights, bias):
    """Fire where the sum is negative."""
    return fired(-sums(x, weights) - bias)


def silent_on_the_boundary(x, weights, bias):
    """Answer 0 where the sum is exactly zero."""
    return 1 - fired(-sums(x, weights) - bias)


NEURONS = Examiner("predict", right, public=True)


@task("test_predict", points=0.25)
def test_your_tests_catch_a_forgotten_bias(student):
    NEURONS.require_caught(student, neuron_without_bias)


@task("test_predict", points=0.25)
def test_your_tests_catch_a_sign_that_is_turned_round(student):
    NEURONS.require_caught(student, sign_turned_round)


@task("test_predict", points=0.25)
def test_your_tests_catch_silence_on_the_boundary(student):
    NEURONS.require_caught(student, silent_on_the_boundary)
