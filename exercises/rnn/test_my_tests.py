"""Your own tests of `clip_grad_norm`, beside a right version and three wrong ones.

The wrong ones are no secret: their names say what is wrong with them. After submission your tests meet others.
"""

import torch

from grader.judge import task, to_torch
from grader.judge.written_tests import Examiner


def right(grads, max_norm):
    """Clip as torch does."""
    leaves = [to_torch(grad, grad=True) for grad in grads]
    for leaf, grad in zip(leaves, grads, strict=True):
        leaf.grad = to_torch(grad).clone()
    total = torch.nn.utils.clip_grad_norm_(leaves, max_norm)
    return [leaf.grad.numpy() for leaf in leaves], total.numpy()


def nothing_clipped(grads, max_norm):
    """Change nothing, however long the gradients are."""
    return [to_torch(grad).clone().numpy() for grad in grads], right(grads, max_norm)[1]


def signs_lost(grads, max_norm):
    """Give sizes without signs."""
    clipped, total = right(grads, max_norm)
    return [abs(grad) for grad in clipped], total


def only_the_first_clipped(grads, max_norm):
    """Leave all arrays but the first one as they are."""
    clipped, total = right(grads, max_norm)
    return [*clipped[:1], *nothing_clipped(grads, max_norm)[0][1:]], total


VERSIONS = Examiner("clip_grad_norm", right, public=True)


@task("test_clip_grad_norm", points=0.25)
def test_your_tests_catch_nothing_clipped(student):
    VERSIONS.require_caught(student, nothing_clipped)


@task("test_clip_grad_norm", points=0.25)
def test_your_tests_catch_signs_lost(student):
    VERSIONS.require_caught(student, signs_lost)


@task("test_clip_grad_norm", points=0.25)
def test_your_tests_catch_only_the_first_clipped(student):
    VERSIONS.require_caught(student, only_the_first_clipped)
