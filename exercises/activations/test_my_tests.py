"""Your own tests of `factor_per_layer`, beside a right version and three wrong ones.

The wrong ones are no secret: their names say what is wrong with them. After submission your tests meet others.
"""

import torch

from grader.judge import task, to_torch
from grader.judge.written_tests import Examiner


def right(norms):
    """Take the root by logarithms of torch."""
    if len(norms) < 2:
        raise ValueError("there are no steps")
    logarithms = torch.log(to_torch(norms))
    return float(torch.exp((logarithms[0] - logarithms[-1]) / (len(norms) - 1)))


def always_one(norms):
    """Find that nothing vanishes or explodes."""
    return right(norms) ** 0


def last_step_alone(norms):
    """Look at the last two layers, and at no other."""
    return right(norms[-2:])


def squared_factor(norms):
    """Count half of the steps."""
    return right(norms) ** 2


VERSIONS = Examiner("factor_per_layer", right, public=True)


@task("test_factor_per_layer", points=0.25)
def test_your_tests_catch_always_one(student):
    VERSIONS.require_caught(student, always_one)


@task("test_factor_per_layer", points=0.25)
def test_your_tests_catch_last_step_alone(student):
    VERSIONS.require_caught(student, last_step_alone)


@task("test_factor_per_layer", points=0.25)
def test_your_tests_catch_squared_factor(student):
    VERSIONS.require_caught(student, squared_factor)
