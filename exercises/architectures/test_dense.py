"""What you can check at home: dense.py on the handout's worked example, and against torch."""

import numpy as np
import torch
from torch.nn import functional as F

from grader.judge import check, task, to_torch


def worked_example():
    """Return one pixel of two channels, and two layers of ones."""
    return np.array([[[[-1.0]], [[2.0]]]]), [np.ones((1, 2, 1, 1)), np.ones((1, 3, 1, 1))]


def drawn(rng):
    """Return images, three weights, and torch's result with its leaves."""
    x, weights = rng.normal(size=(2, 3, 4, 5)), [rng.normal(size=(2, 3 + 2 * layer, 3, 3)) for layer in range(3)]
    leaves = [to_torch(value).clone().requires_grad_() for value in (x, *weights)]
    out = leaves[0]
    for weight in leaves[1:]:
        out = torch.cat([out, F.conv2d(F.relu(out), weight, padding=1)], dim=1)
    return x, weights, leaves, out


@task("dense_block_forward", points=0.5)
def test_channels_match_the_worked_example(student):
    out, _ = student.dense_block_forward(*worked_example())
    check(out, "out").equals(np.array([-1.0, 2, 2, 4]).reshape(1, 4, 1, 1))


@task("dense_block_forward", points=1)
def test_three_layers_agree_with_torch(student, rng):
    x, weights, _, expected = drawn(rng)
    check(student.dense_block_forward(x, weights)[0], "out").equals(expected.detach())


@task("dense_block_backward", points=0.5)
def test_gradients_match_the_worked_example(student):
    _, cache = student.dense_block_forward(*worked_example())
    dx, _ = student.dense_block_backward(np.ones((1, 4, 1, 1)), cache)
    check(dx, "dx").equals(np.array([1.0, 4]).reshape(1, 2, 1, 1))


@task("dense_block_backward", points=1)
def test_gradients_of_three_layers_agree_with_autograd(student, rng):
    x, weights, leaves, out = drawn(rng)
    dout = rng.normal(size=tuple(out.shape))
    out.backward(to_torch(dout))
    _, cache = student.dense_block_forward(x, weights)
    dx, dweights = student.dense_block_backward(dout, cache)
    check(dx, "dx").equals(leaves[0].grad)
    check(list(dweights), "dweights").equals([leaf.grad for leaf in leaves[1:]])
