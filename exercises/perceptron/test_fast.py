"""Logistic regression on a large batch, on the handout's worked example and against torch. Right before fast.

Speed is measured by `grade bench`.

Expected numbers: by hand, and torch with its autograd.
"""

import math

import torch
import torch.nn.functional as F

from grader.judge import check, task


@task("logistic_descent_fast", points=1)
def test_two_steps_match_the_worked_example(student):
    x, y = torch.tensor([[2.0], [-2.0]], dtype=torch.float64), torch.tensor([1.0, 0.0], dtype=torch.float64)
    start, none = torch.zeros(1, 1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    weight, bias, losses = student.logistic_descent_fast(x, y, start, none, math.log(2), 2)
    check(losses, "losses").equals(torch.tensor([math.log(2), math.log(1.25)], dtype=torch.float64))
    check(weight, "weight").equals(torch.tensor([[1.4 * math.log(2)]], dtype=torch.float64))
    check(bias, "bias").equals(none)


@task("logistic_descent_fast", points=1)
def test_one_step_agrees_with_torch(student, rng):
    x, weight, bias = (torch.from_numpy(rng.normal(size=size)) for size in ((6, 3), (1, 3), (1,)))
    y = torch.from_numpy(rng.integers(0, 2, size=6)).double()
    loss = F.binary_cross_entropy_with_logits((x @ weight.requires_grad_().T + bias.requires_grad_())[:, 0], y)
    dweight, dbias = torch.autograd.grad(loss, (weight, bias))
    start = weight.detach(), bias.detach()
    new_weight, new_bias, losses = student.logistic_descent_fast(x, y, *start, 0.3, 1)
    check(losses, "losses").equals(loss.detach()[None])
    check(new_weight, "weight").equals(start[0] - 0.3 * dweight)
    check(new_bias, "bias").equals(start[1] - 0.3 * dbias)
