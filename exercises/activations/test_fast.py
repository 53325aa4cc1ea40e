"""Softmax with cross-entropy, and the GELU: the worked examples, torch on random numbers, and what else is promised.

Right before fast: speed is measured by `grade bench`.

Expected numbers: by hand, and torch with its autograd.
"""

import torch
import torch.nn.functional as F

from grader.judge import check, task


def check_loss(answer, logits, labels):
    """Check a loss and its gradient against torch's."""
    leaf = logits.clone().requires_grad_()
    expected = F.cross_entropy(leaf, labels)
    check(answer[0], "loss").equals(expected.detach())
    check(answer[1], "dlogits").equals(torch.autograd.grad(expected, leaf)[0])


def check_gelu(answer, x, dout, **tolerances):
    """Check a GELU and its gradient against torch's."""
    leaf = x.clone().requires_grad_()
    expected = F.gelu(leaf)
    check(answer[0], "out").equals(expected.detach(), **tolerances)
    check(answer[1], "dx").equals(torch.autograd.grad(expected, leaf, dout)[0], **tolerances)


def scores(rng, scale=1.0, dtype=torch.float64):
    """Draw scores of six examples for five classes, and labels."""
    return torch.from_numpy(scale * rng.normal(size=(6, 5))).to(dtype), torch.from_numpy(rng.integers(0, 5, size=6))


def pair(rng, scale=1.0, dtype=torch.float64):
    """Draw numbers and a gradient."""
    x, dout = (torch.from_numpy(rng.normal(size=(4, 3))).to(dtype) for _ in range(2))
    return scale * x, dout


@task("softmax_cross_entropy_fast", points=1)
def test_loss_and_gradient_match_the_worked_example(student):
    logits = torch.tensor([[1, 3], [1 / 3, 1], [3, 3]], dtype=torch.float64).log()  # 1/4 3/4, 1/4 3/4, 1/2 1/2
    loss, dlogits = student.softmax_cross_entropy_fast(logits, torch.tensor([0, 1, 1]))
    check(loss, "loss").equals(torch.tensor(32 / 3, dtype=torch.float64).log() / 3)
    check(dlogits, "dlogits").equals(torch.tensor([[-3, 3], [1, -1], [2, -2]], dtype=torch.float64) / 12)


@task("softmax_cross_entropy_fast", points=0.75)
def test_loss_and_gradient_of_a_batch_agree_with_torch(student, rng):
    case = scores(rng)
    check_loss(student.softmax_cross_entropy_fast.keeping_arguments(*case), *case)


@task("softmax_cross_entropy_fast", points=0.75)
def test_loss_and_gradient_stay_right_for_ten_thousand(student, rng):
    case = scores(rng, 5000.0)
    check_loss(student.softmax_cross_entropy_fast(*case), *case)


@task("softmax_cross_entropy_fast", points=0.5)
def test_loss_and_gradient_keep_float32(student, rng):
    case = scores(rng, dtype=torch.float32)
    check_loss(student.softmax_cross_entropy_fast(*case), *case)


@task("gelu_fast", points=1)
def test_gelu_and_its_slope_match_the_worked_example(student):
    x, dout = torch.tensor([[0, 1, -1], [1, 0, 0]]).double(), torch.tensor([[2, 1, 1], [-1, 4, 0]]).double()
    below, density = 0.8413447460685429, 0.24197072451914337  # of a normal distribution, at 1
    out, dx = student.gelu_fast(x, dout)
    check(out, "out").equals(torch.tensor([[0.0, below, below - 1], [below, 0.0, 0.0]], dtype=torch.float64))
    slope, other = below + density, 1 - below - density
    check(dx, "dx").equals(torch.tensor([[1.0, slope, other], [-slope, 2.0, 0.0]], dtype=torch.float64))


@task("gelu_fast", points=1)
def test_gelu_and_its_gradient_agree_with_torch(student, rng):
    case = pair(rng)
    check_gelu(student.gelu_fast.keeping_arguments(*case), *case)


@task("gelu_fast", points=0.5)
def test_gelu_stays_right_for_ten_thousand(student, rng):
    case = pair(rng, 5000.0)
    check_gelu(student.gelu_fast(*case), *case)


@task("gelu_fast", points=0.5)
def test_gelu_keeps_float32(student, rng):
    case = pair(rng, dtype=torch.float32)
    check_gelu(student.gelu_fast(*case), *case, rtol=1e-4, atol=5e-6)  # torch's own error function is that coarse
