"""Plans of networks: what torch's chain of layers depends on, and how many numbers it holds.

Requires: size and jump for chains with strides and dilations, none and one; the parameters of torch's modules for every
kind of layer, nested; what cannot be added or grouped refused.

Catches: strides that are added, applied too early or to the size only, dilations that are lost, biases that are
forgotten or counted before a norm, groups and channels that are mixed up, branches of which one is counted.

Expected numbers: gradients of torch's convolutions in float64; numel of torch's modules.
"""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from grader.judge import check, task

LAYERS = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=4)


def seen_by_torch(layers):
    """Return how many pixels the first unit reads, first to last, and how far away its neighbour begins."""
    size = 2 + sum((kernel + 2) * dilation for kernel, _, dilation in layers) * 3 ** len(layers)
    x = torch.ones(1, 1, size, dtype=torch.float64, requires_grad=True)
    out = x
    for kernel, stride, dilation in layers:
        weight = torch.ones(1, 1, kernel, dtype=torch.float64)
        out = nn.functional.conv1d(out, weight, stride=stride, dilation=dilation)
    reads = [torch.autograd.grad(out[0, 0, index], x, retain_graph=True)[0][0, 0].nonzero() for index in (0, 1)]
    return int(reads[0].max() - reads[0].min()) + 1, int(reads[1].min() - reads[0].min())


@task("receptive_field", points=2, about="kernels, strides and dilations of every size", examples=12)
@given(layers=LAYERS)
def test_pixels_agree_with_what_torch_depends_on(student, layers):
    size, jump = student.receptive_field(layers)
    expected = seen_by_torch(layers)
    check(int(size), "size").equals(expected[0])
    check(int(jump), "jump").equals(expected[1])


@task("receptive_field", points=0.5, about="no layer")
def test_without_layers_a_unit_sees_itself(student, rng):
    check(list(student.receptive_field([])), "size and jump").equals([1, 1])
    kernel, stride = (int(size) for size in rng.integers(2, 9, size=2))
    check(list(student.receptive_field([(kernel, stride, 2)])), "size and jump").equals([2 * kernel - 1, stride])


def modules_of(plan, channels):
    """Return torch's modules for a plan, and the channels after it."""
    modules = []
    for index, (kind, *sizes) in enumerate(plan):
        if kind == "conv":
            bias = not (index + 1 < len(plan) and plan[index + 1][0] == "norm")
            modules.append(nn.Conv2d(channels, sizes[0], sizes[1], groups=sizes[2], bias=bias))
            channels = sizes[0]
        elif kind == "norm":
            modules.append(nn.BatchNorm2d(channels))
        elif kind == "flatten":
            channels *= sizes[0]
        elif kind == "linear":
            modules.append(nn.Linear(channels, sizes[0]))
            channels = sizes[0]
        else:
            branches = [modules_of(branch, channels) for branch in sizes]
            modules += [module for branch, _ in branches for module in branch]
            widths = [width for _, width in branches]
            channels = sum(widths) if kind == "concatenate" else widths[0]
    return modules, channels


def compare(student, plan, channels):
    """Check a plan's count against torch's modules."""
    expected = sum(parameter.numel() for module in modules_of(plan, channels)[0] for parameter in module.parameters())
    check(int(student.count_parameters(plan, channels)), "count").equals(expected)


def width(rng):
    """Return a number of channels that 4 divides."""
    return 4 * int(rng.integers(1, 6))


@task("count_parameters", points=1, about="chains of convolutions, groups and linear layers")
def test_chains_hold_as_many_numbers_as_torch_s(student, rng):
    for groups in (1, 2, 4):
        plan = [
            ("conv", width(rng), 3, 1),
            ("conv", width(rng), 5, groups),
            ("flatten", 6),
            ("linear", 7),
            ("linear", 3),
        ]
        compare(student, plan, width(rng))
    check(int(student.count_parameters([], 5)), "count").equals(0)


@task("count_parameters", points=1, about="norms, and the biases before them")
def test_convolutions_before_a_norm_have_no_bias(student, rng):
    compare(student, [("norm",), ("conv", width(rng), 3, 1), ("norm",), ("conv", width(rng), 1, 1)], 5)
    compare(student, [("conv", 6, 3, 1), ("add", [("norm",), ("conv", 6, 3, 1)], []), ("norm",), ("linear", 2)], 3)
    compare(student, [("add", [("conv", 6, 3, 1)], [("conv", 6, 1, 1)]), ("norm",)], 3)
    compare(student, [("flatten", 4), ("norm",), ("linear", width(rng)), ("norm",)], 3)


@task("count_parameters", points=1, about="branches within branches, added and concatenated")
def test_branches_are_counted_each_with_its_input(student, rng):
    inner = ("concatenate", [("conv", width(rng), 1, 1)], [("conv", 5, 3, 1), ("conv", width(rng), 3, 1)], [])
    compare(student, [inner, inner, ("linear", 10)], 3)
    compare(student, [("add", [inner, ("conv", 9, 1, 1)], [("conv", 9, 1, 1)]), ("conv", 2, 3, 1)], 4)


@task("count_parameters", points=0.5, about="plans that do not fit")
def test_what_does_not_fit_is_refused(student, rng):
    compare(student, [("conv", width(rng), 1, 2)], 4)
    student.count_parameters.refuses(ValueError, [("conv", 4, 1, 2)], 3)
    student.count_parameters.refuses(ValueError, [("conv", 3, 1, 2)], 4)
    student.count_parameters.refuses(ValueError, [("add", [("conv", 4, 1, 1)], [])], 3)
