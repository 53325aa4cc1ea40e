"""A block of concatenations against torch, forward and backward.

Requires: torch's chain for one to four layers, none, and several kernels; all gradients; float32, other layouts in
memory, new answers.

Catches: layers that read only what came last, ReLUs on what is handed on, additions, the wrong axis or order,
gradients of one reader only.

Expected numbers: live torch.cat, conv2d and autograd in float64.
"""

import numpy as np
import torch
from hypothesis import given
from torch.nn import functional as F

from grader.judge import check, layouts, task, to_torch
from tests.hidden.architectures.strategies import dense, dense_cases


def by_torch(x, weights):
    """Return the block's result by torch."""
    features = x
    for weight in weights:
        features = torch.cat([features, F.conv2d(F.relu(features), weight, padding=weight.shape[-1] // 2)], dim=1)
    return features


def gradients(case):
    """Return torch's gradients with respect to the input and to the weights."""
    x, *weights = (to_torch(value).clone().requires_grad_() for value in (case.x, *case.weights))
    return torch.autograd.grad(by_torch(x, weights), (x, *weights), to_torch(case.dout))


def compare_gradients(student, case):
    """Check all gradients."""
    _, cache = student.dense_block_forward(case.x, case.weights)
    dx, dweights = student.dense_block_backward.keeping_arguments(case.dout, cache)
    expected = gradients(case)
    check(dx, "dx").equals(expected[0])
    check(list(dweights), "dweights").equals(list(expected[1:]))


@task("dense_block_forward", points=2, about="one to four layers, several kernels", examples=8)
@given(case=dense_cases())
def test_blocks_agree_with_torch(student, case):
    out, _ = student.dense_block_forward.keeping_arguments(case.x, case.weights)
    check(out, "out").equals(by_torch(to_torch(case.x), [to_torch(weight) for weight in case.weights]))


@task("dense_block_forward", points=1, about="float32, an empty batch, no layers, other layouts in memory, new answers")
def test_memory_and_dtype_of_a_block(student, rng):
    case = dense(int(rng.integers(1 << 30)))
    expected = by_torch(to_torch(case.x), [to_torch(weight) for weight in case.weights])
    for x in layouts(case.x):
        check(student.dense_block_forward.returning_new_arrays(x, case.weights)[0], "out").equals(expected)
    out, _ = student.dense_block_forward(case.x.astype(np.float32), [w.astype(np.float32) for w in case.weights])
    check(out, "out").has_dtype("float32")
    check(out, "out").equals(torch.as_tensor(expected).float(), rtol=1e-4, atol=1e-4)
    check(student.dense_block_forward.returning_new_arrays(case.x, [])[0], "out").equals(case.x)
    check(student.dense_block_forward(case.x[:0], case.weights)[0], "out").has_shape(0, *expected.shape[1:])


@task("dense_block_backward", points=3, about="one to four layers, several kernels", examples=8)
@given(case=dense_cases())
def test_gradients_agree_with_autograd(student, case):
    compare_gradients(student, case)


@task("dense_block_backward", points=1, about="inputs of 0, float32, no layers, other layouts in memory, new answers")
def test_memory_and_dtype_of_the_gradients(student, rng):
    case = dense(int(rng.integers(1 << 30)))
    case.x[:, :, ::2] = 0
    compare_gradients(student, case)
    _, cache = student.dense_block_forward(case.x, case.weights)
    for dout in layouts(case.dout):
        check(student.dense_block_backward.returning_new_arrays(dout, cache)[0], "dx").equals(gradients(case)[0])
    _, cache = student.dense_block_forward(case.x.astype(np.float32), [w.astype(np.float32) for w in case.weights])
    dx, _ = student.dense_block_backward(case.dout.astype(np.float32), cache)
    check(dx, "dx").has_dtype("float32")
    check(dx, "dx").equals(torch.as_tensor(gradients(case)[0]).float(), rtol=1e-3, atol=1e-3)
    _, cache = student.dense_block_forward(case.x, [])
    check(student.dense_block_backward.returning_new_arrays(case.x, cache)[0], "dx").equals(case.x)
