"""What you can check at home: classics.py on the handout's worked example, and against torch's modules."""

import torch
from torch import nn
from torch.nn import functional

from grader.judge import check, task


@task("receptive_field", points=0.5)
def test_chains_match_the_worked_example(student):
    check(list(student.receptive_field([(3, 1, 1), (3, 1, 1), (3, 1, 1)])), "size and jump").equals([7, 1])
    check(list(student.receptive_field([(3, 1, 1), (2, 2, 1), (3, 1, 1)])), "size and jump").equals([8, 2])


@task("receptive_field", points=0.5)
def test_strides_and_dilations_agree_with_what_torch_depends_on(student, rng):
    layers = [tuple(int(size) for size in rng.integers(2, 4, size=3)) for _ in range(3)]
    x = torch.ones(1, 1, 200, dtype=torch.float64, requires_grad=True)
    out = x
    for kernel, stride, dilation in layers:
        out = functional.conv1d(out, torch.ones(1, 1, kernel, dtype=out.dtype), stride=stride, dilation=dilation)
    first, second = (torch.autograd.grad(out[0, 0, i], x, retain_graph=True)[0][0, 0].nonzero() for i in (0, 1))
    expected = int(first.max() - first.min()) + 1, int(second.min() - first.min())
    check(list(student.receptive_field(layers)), "size and jump").equals(list(expected))


@task("count_parameters", points=0.5)
def test_plans_match_the_worked_example(student):
    plan = [("conv", 8, 3, 1), ("flatten", 16), ("linear", 10)]
    check(int(student.count_parameters(plan, 3)), "count").equals(1514)
    branches = [("concatenate", [("conv", 4, 1, 1)], []), ("linear", 1)]
    check(int(student.count_parameters(branches, 2)), "count").equals(19)


@task("count_parameters", points=1)
def test_a_residual_block_holds_as_many_numbers_as_torch_s(student, rng):
    c, f = (2 * int(size) for size in rng.integers(2, 9, size=2))
    branch = [("conv", f, 3, 2), ("norm",), ("conv", f, 3, 1)]
    modules = [nn.Conv2d(c, f, 3, groups=2, bias=False), nn.BatchNorm2d(f), nn.Conv2d(f, f, 3), nn.Conv2d(c, f, 1)]
    expected = sum(parameter.numel() for module in modules for parameter in module.parameters())
    check(int(student.count_parameters([("add", branch, [("conv", f, 1, 1)])], c)), "count").equals(expected)


@task("count_parameters", points=0.5)
def test_a_plan_that_does_not_fit_raises_an_error(student, rng):
    width = int(rng.integers(3, 9))
    plan = [("concatenate", [("norm",)], [("conv", 3, 1, 1)]), ("linear", 1)]
    check(int(student.count_parameters(plan, width)), "count").equals(6 * width + 7)
    student.count_parameters.refuses(ValueError, [("add", [("conv", width + 1, 1, 1)], [])], width)
