"""Your own tests of `calculate_gain`, beside a right version and three wrong ones.

The wrong ones are no secret: their names say what is wrong with them. After submission your tests meet others.
"""

import torch

from grader.judge import task
from grader.judge.written_tests import Examiner


def right(nonlinearity, param=None):
    """Ask torch, which refuses unknown names by a ValueError, too."""
    return float(torch.nn.init.calculate_gain(nonlinearity, param))


def leaky_as_plain(nonlinearity, param=None):
    """Let the slope make no difference."""
    return right("relu" if nonlinearity == "leaky_relu" else nonlinearity)


def tanh_as_linear(nonlinearity, param=None):
    """Give tanh a gain of 1."""
    return right("linear" if nonlinearity == "tanh" else nonlinearity, param)


def relu_upside_down(nonlinearity, param=None):
    """Divide where one multiplies."""
    return 1 / right(nonlinearity, param)


VERSIONS = Examiner("calculate_gain", right, public=True)


@task("test_calculate_gain", points=0.25)
def test_your_tests_catch_leaky_as_plain(student):
    VERSIONS.require_caught(student, leaky_as_plain)


@task("test_calculate_gain", points=0.25)
def test_your_tests_catch_tanh_as_linear(student):
    VERSIONS.require_caught(student, tanh_as_linear)


@task("test_calculate_gain", points=0.25)
def test_your_tests_catch_relu_upside_down(student):
    VERSIONS.require_caught(student, relu_upside_down)
