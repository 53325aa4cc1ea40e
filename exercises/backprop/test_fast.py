"""A network on tensors, forward and backward: the worked example, torch on random numbers, and what else is promised.

Right before fast: speed is measured by `grade bench`.

Expected numbers: by hand, and torch with its autograd.
"""

from itertools import pairwise

import torch

from grader.judge import check, task


def drawn(rng, *sizes, dtype=torch.float64):
    """Return five examples, parameters for layers of these sizes, and a gradient of the scores."""

    def normal(*shape):
        return torch.from_numpy(rng.normal(size=shape)).to(dtype)

    params = [(normal(rows, columns), normal(rows)) for columns, rows in pairwise(sizes)]
    return normal(5, sizes[0]), params, normal(5, sizes[-1])


def check_network(answer, x, params, dscores):
    """Check scores and gradients against torch and its autograd."""
    leaf, leaves = x.clone().requires_grad_(), [tensor.clone().requires_grad_() for pair in params for tensor in pair]
    scores = leaf
    for weight, bias in zip(leaves[:-2:2], leaves[1:-2:2], strict=True):
        scores = torch.relu(scores @ weight.T + bias)
    scores = scores @ leaves[-2].T + leaves[-1]
    dx, *gradients = torch.autograd.grad(scores, [leaf, *leaves], dscores)
    check(answer[0], "scores").equals(scores.detach())
    check(answer[1], "dx").equals(dx)
    check(answer[2], "grads").equals(list(zip(gradients[::2], gradients[1::2], strict=True)))


def numbers(*rows):
    """Return a float64 tensor."""
    return torch.tensor(rows, dtype=torch.float64)


@task("mlp_fast", points=1)
def test_network_matches_the_worked_example(student):
    params = [(numbers([1, -1]), numbers(0)), (numbers([2], [-1]), numbers(1, 0))]
    x, dscores = numbers([1, 3], [4, 1], [2, 2]), numbers([1, 0], [1, 1], [3, -1])
    scores, dx, grads = student.mlp_fast(x, params, dscores)
    check(scores, "scores").equals(numbers([1, 0], [7, -3], [1, 0]))
    check(dx, "dx").equals(numbers([0, 0], [1, -1], [0, 0]))
    check(grads, "grads").equals([(numbers([4, 1]), numbers(1)), (numbers([3], [3]), numbers(5, 0))])


@task("mlp_fast", points=1)
def test_network_of_three_layers_agrees_with_torch_and_leaves_its_arguments(student, rng):
    case = drawn(rng, 3, 4, 6, 2)
    check_network(student.mlp_fast.keeping_arguments(*case), *case)


@task("mlp_fast", points=0.5)
def test_network_keeps_float32(student, rng):
    case = drawn(rng, 4, 3, 2, dtype=torch.float32)
    check_network(student.mlp_fast(*case), *case)


@task("mlp_fast", points=0.5)
def test_no_gradient_passes_a_unit_at_exactly_zero(student, rng):
    x, params, dscores = drawn(rng, 3, 4, 2)
    x[::2], params[0][1][:2] = 0.0, 0.0
    check_network(student.mlp_fast(x, params, dscores), x, params, dscores)
