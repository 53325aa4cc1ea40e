"""The losses, on the handout's worked example and on random numbers. Expected numbers: by hand, and torch."""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch


def check_loss(answer, criterion, scores, target):
    """Check a loss and its gradient against a criterion of torch's."""
    scores = to_torch(scores, grad=True)
    loss = criterion(scores, to_torch(target))
    check(answer[0], "loss").equals(loss)
    check(answer[1], "the gradient").equals(torch.autograd.grad(loss, scores)[0])


@task("mse_loss", points=1)
def test_squared_error_matches_the_worked_example_of_the_handout(student):
    loss, dprediction = student.mse_loss(np.array([3.0, 1.0]), np.array([1.0, 2.0]))
    check(loss, "loss").equals(2.5)
    check(dprediction, "dprediction").equals(np.array([2.0, -1.0]))


@task("binary_cross_entropy_with_logits", points=1)
def test_binary_cross_entropy_matches_the_worked_example_and_torch(student, rng):
    loss, dlogits = student.binary_cross_entropy_with_logits(np.zeros(2), np.array([1.0, 0.0]))
    check(loss, "loss").equals(float(np.log(2)))
    check(dlogits, "dlogits").equals(np.array([-0.25, 0.25]))
    z, y = rng.normal(size=(4, 2)), rng.uniform(size=(4, 2))
    check_loss(student.binary_cross_entropy_with_logits(z, y), F.binary_cross_entropy_with_logits, z, y)


@task("cross_entropy", points=1)
def test_cross_entropy_matches_the_worked_example_and_torch(student, rng):
    loss, dlogits = student.cross_entropy(np.zeros((1, 4)), np.array([2]))
    check(loss, "loss").equals(float(np.log(4)))
    check(dlogits, "dlogits").equals(np.array([[0.25, 0.25, -0.75, 0.25]]))
    z, y = rng.normal(size=(5, 3)), np.array([2, 0, 1, 1, 2])
    check_loss(student.cross_entropy(z, y), F.cross_entropy, z, y)
