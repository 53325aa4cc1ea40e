"""Your own tests of `soft_threshold`, beside a right version and three wrong ones.

The wrong ones are no secret: their names say what is wrong with them. After submission your tests meet others.
"""

import torch
import torch.nn.functional as F

from grader.judge import task, to_torch
from grader.judge.written_tests import Examiner


def right(weight, *, amount):
    """Answer as torch does."""
    if amount < 0:
        raise ValueError("the amount is negative")
    return F.softshrink(to_torch(weight), amount).numpy()


def small_weights_that_stay(weight, *, amount):
    """Change nothing that is smaller than the amount."""
    x = to_torch(weight)
    return torch.where(x.abs() <= amount, x, F.softshrink(x, abs(amount))).numpy()


def twice_the_amount(weight, *, amount):
    """Take too much away."""
    return right(weight, amount=2 * amount)


def negative_weights_lost(weight, *, amount):
    """Give zero for every negative weight."""
    return F.relu(to_torch(right(weight, amount=amount))).numpy()


VERSIONS = Examiner("soft_threshold", right, public=True)


@task("test_soft_threshold", points=0.25)
def test_your_tests_catch_small_weights_that_stay(student):
    VERSIONS.require_caught(student, small_weights_that_stay)


@task("test_soft_threshold", points=0.25)
def test_your_tests_catch_twice_the_amount(student):
    VERSIONS.require_caught(student, twice_the_amount)


@task("test_soft_threshold", points=0.25)
def test_your_tests_catch_negative_weights_lost(student):
    VERSIONS.require_caught(student, negative_weights_lost)
