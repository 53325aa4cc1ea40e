"""Softmax and cross-entropy in one go, on the handout's worked example and against torch. Speed is measured later.

Expected numbers: by hand, and torch with its autograd.
"""

import math

import torch
import torch.nn.functional as F

from grader.judge import check, task


@task("softmax_cross_entropy_fast", points=1)
def test_loss_and_gradient_match_the_worked_example(student):
    logits = torch.tensor([[0.0, math.log(3)]], dtype=torch.float64)  # its softmax is 1/4, 3/4
    loss, dlogits = student.softmax_cross_entropy_fast(logits, torch.tensor([0]))
    check(loss, "loss").equals(torch.tensor(math.log(4), dtype=torch.float64))
    check(dlogits, "dlogits").equals(torch.tensor([[-0.75, 0.75]], dtype=torch.float64))


@task("softmax_cross_entropy_fast", points=1)
def test_loss_and_gradient_of_a_batch_agree_with_torch(student, rng):
    logits = torch.from_numpy(rng.normal(size=(6, 5))).requires_grad_()
    labels = torch.from_numpy(rng.integers(0, 5, size=6))
    expected = F.cross_entropy(logits, labels)
    loss, dlogits = student.softmax_cross_entropy_fast(logits.detach(), labels)
    check(loss, "loss").equals(expected.detach())
    check(dlogits, "dlogits").equals(torch.autograd.grad(expected, logits)[0])
