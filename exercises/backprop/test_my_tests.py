"""Your own tests of `mse_loss`, beside a right version and three wrong ones.

The wrong ones are no secret: their names say what is wrong with them. After submission your tests meet others.
"""

import torch.nn.functional as F

from grader.judge import task, to_torch
from grader.judge.written_tests import Examiner


def right(prediction, target):
    """Ask torch for the loss, and autograd for its gradient."""
    if prediction.shape != target.shape:
        raise ValueError("the shapes differ")
    x = to_torch(prediction).requires_grad_()
    loss = F.mse_loss(x, to_torch(target))
    loss.backward()
    return loss.detach().numpy(), x.grad.numpy()


def absolute_errors(prediction, target):
    """Take sizes in the place of squares."""
    return F.l1_loss(to_torch(prediction), to_torch(target)).numpy(), right(prediction, target)[1]


def a_gradient_of_the_target(prediction, target):
    """Give the slopes with respect to the other argument."""
    return right(prediction, target)[0], right(target, prediction)[1]


def a_loss_without_gradient(prediction, target):
    """Give zeros for the slopes."""
    loss, slopes = right(prediction, target)
    return loss, 0 * slopes


VERSIONS = Examiner("mse_loss", right, public=True)


@task("test_mse_loss", points=0.25)
def test_your_tests_catch_absolute_errors(student):
    VERSIONS.require_caught(student, absolute_errors)


@task("test_mse_loss", points=0.25)
def test_your_tests_catch_a_gradient_of_the_target(student):
    VERSIONS.require_caught(student, a_gradient_of_the_target)


@task("test_mse_loss", points=0.25)
def test_your_tests_catch_a_loss_without_gradient(student):
    VERSIONS.require_caught(student, a_loss_without_gradient)
