"""Softmax with cross-entropy, and the GELU, on the handout's worked examples and against torch. Right before fast.

Speed is measured by `grade bench`.

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


@task("gelu_fast", points=1)
def test_gelu_and_its_slope_match_the_worked_example(student):
    x, dout = (torch.tensor(numbers, dtype=torch.float64) for numbers in ((0.0, 1.0), (2.0, 1.0)))
    below, density = 0.8413447460685429, 0.24197072451914337  # of a normal distribution, at 1
    out, dx = student.gelu_fast(x, dout)
    check(out, "out").equals(torch.tensor([0.0, below], dtype=torch.float64))
    check(dx, "dx").equals(torch.tensor([1.0, below + density], dtype=torch.float64))


@task("gelu_fast", points=1)
def test_gelu_and_its_gradient_agree_with_torch(student, rng):
    x, dout = (torch.from_numpy(rng.normal(size=(4, 3))) for _ in range(2))
    expected = F.gelu(x.requires_grad_())
    out, dx = student.gelu_fast(x.detach(), dout)
    check(out, "out").equals(expected.detach())
    check(dx, "dx").equals(torch.autograd.grad(expected, x, dout)[0])
