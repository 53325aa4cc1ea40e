"""Logistic regression on a large batch: the worked example, torch on random numbers, and what else is promised.

Right before fast: speed is measured by `grade bench`.

Expected numbers: by hand, and torch with its autograd.
"""

import math

import torch
import torch.nn.functional as F

from grader.judge import check, task


def drawn(rng, scale=1.0, dtype=torch.float64):
    """Return six examples with three inputs, labels, a weight and a bias."""
    x, weight, bias = (torch.from_numpy(rng.normal(size=size)).to(dtype) for size in ((6, 3), (1, 3), (1,)))
    return scale * x, torch.from_numpy(rng.integers(0, 2, size=6)).to(dtype), weight, bias


def check_steps(answer, case):
    """Check weight, bias and losses against the steps that torch's loss and its autograd make."""
    x, y, weight, bias, lr, steps = case
    losses = []
    for _ in range(steps):
        weight, bias = weight.detach().requires_grad_(), bias.detach().requires_grad_()
        losses.append(F.binary_cross_entropy_with_logits(F.linear(x, weight, bias)[:, 0], y))
        dweight, dbias = torch.autograd.grad(losses[-1], (weight, bias))
        weight, bias = weight.detach() - lr * dweight, bias.detach() - lr * dbias
    check(answer[2], "losses").equals(torch.stack(losses).detach())
    check(answer[0], "weight").equals(weight)
    check(answer[1], "bias").equals(bias)


@task("logistic_descent_fast", points=1)
def test_two_steps_match_the_worked_example(student):
    x = torch.tensor([[2, 0], [0, 1], [1, 1]], dtype=torch.float64)
    y, log2 = torch.tensor([1, 0, 0], dtype=torch.float64), math.log(2)
    start, none = torch.zeros(1, 2, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    weight, bias, losses = student.logistic_descent_fast(x, y, start, none, 6 * log2, 2)
    check(losses, "losses").equals(torch.tensor([log2, math.log(135 / 64) / 3], dtype=torch.float64))
    check(weight, "weight").equals(torch.tensor([[29 / 15 * log2, -118 / 45 * log2]], dtype=torch.float64))
    check(bias, "bias").equals(torch.tensor([-43 / 45 * log2], dtype=torch.float64))


@task("logistic_descent_fast", points=1)
def test_steps_agree_with_torch_and_leave_their_arguments(student, rng):
    for steps in (1, 3):
        case = *drawn(rng), 0.3, steps
        check_steps(student.logistic_descent_fast.keeping_arguments(*case), case)


@task("logistic_descent_fast", points=0.5)
def test_steps_stay_right_for_scores_of_ten_thousand(student, rng):
    case = *drawn(rng, scale=5000.0), 0.1, 2
    check_steps(student.logistic_descent_fast(*case), case)


@task("logistic_descent_fast", points=0.5)
def test_steps_keep_float32(student, rng):
    case = *drawn(rng, dtype=torch.float32), 0.4, 2
    check_steps(student.logistic_descent_fast(*case), case)
