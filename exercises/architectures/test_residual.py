"""What you can check at home: residual.py on the handout's worked example, and against torch."""

import numpy as np
from torch.nn import functional as F

from grader.judge import check, task, to_torch


def drawn(rng, *, filters, projected):
    """Return images and parameters."""
    shapes = {
        "weight_1": (filters, 3, 3, 3),
        "bias_1": filters,
        "weight_2": (filters, filters, 1, 1),
        "bias_2": filters,
    }
    if projected:
        shapes["projection"] = (filters, 3, 1, 1)
    return rng.normal(size=(2, 3, 4, 5)), {name: rng.normal(size=shape) for name, shape in shapes.items()}


def by_torch(x, params, stride):
    """Return the block's result by torch."""
    a = F.relu(x)
    h = F.relu(F.conv2d(a, params["weight_1"], params["bias_1"], stride, 1))
    branch = F.conv2d(h, params["weight_2"], params["bias_2"])
    return branch + (F.conv2d(a, params["projection"], None, stride) if "projection" in params else x)


def block_of_one_number(x):
    """Return a block of 1x1 filters: what it makes of one number."""
    params = {"weight_1": 2.0, "bias_1": -1.0, "weight_2": 3.0, "bias_2": 0.5}
    params = {name: np.full((1, 1, 1, 1) if "weight" in name else 1, value) for name, value in params.items()}
    return np.full((1, 1, 1, 1), x), params


@task("preactivation_forward", points=0.5)
def test_numbers_match_the_worked_example(student):
    for x, expected in ((2.0, 11.5), (-2.0, -1.5)):
        out, _ = student.preactivation_forward(*block_of_one_number(x))
        check(out, "out").equals(np.full((1, 1, 1, 1), expected))


@task("preactivation_forward", points=1)
def test_two_blocks_agree_with_torch(student, rng):
    for filters, projected, stride in ((3, False, 1), (4, True, 2)):
        x, params = drawn(rng, filters=filters, projected=projected)
        expected = by_torch(to_torch(x), {name: to_torch(value) for name, value in params.items()}, stride)
        check(student.preactivation_forward(x, params, stride=stride)[0], "out").equals(expected)


@task("preactivation_backward", points=0.5)
def test_gradients_match_the_worked_example(student):
    for x, expected in ((2.0, 7.0), (-2.0, 1.0)):
        _, cache = student.preactivation_forward(*block_of_one_number(x))
        dx, _ = student.preactivation_backward(np.ones((1, 1, 1, 1)), cache)
        check(dx, "dx").equals(np.full((1, 1, 1, 1), expected))


@task("preactivation_backward", points=1)
def test_gradients_agree_with_autograd(student, rng):
    for filters, projected, stride in ((3, False, 1), (4, True, 2)):
        x, params = drawn(rng, filters=filters, projected=projected)
        leaf = to_torch(x).clone().requires_grad_()
        leaves = {name: to_torch(value).clone().requires_grad_() for name, value in params.items()}
        out = by_torch(leaf, leaves, stride)
        dout = rng.normal(size=tuple(out.shape))
        out.backward(to_torch(dout))
        _, cache = student.preactivation_forward(x, params, stride=stride)
        dx, dparams = student.preactivation_backward(dout, cache)
        check(dx, "dx").equals(leaf.grad)
        for name, value in leaves.items():
            check(dparams[name], f"dparams[{name!r}]").equals(value.grad)
