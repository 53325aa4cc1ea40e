"""A pre-activation block against torch, forward and backward.

Requires: torch's block with and without a projection, for strides and kernels of several sizes; all gradients; float32,
an empty batch, other layouts in memory, new answers; shapes that cannot be added refused.

Catches: a ReLU after the addition, a projection of what is not rectified, strides in the wrong convolution, gradients
of one way only, a ReLU in the way of the shortcut.

Expected numbers: live torch.nn.functional and autograd in float64.
"""

import numpy as np
import torch
from hypothesis import given
from torch.nn import functional as F

from grader.judge import check, in_layout, layouts, task, to_torch
from tests.hidden.architectures.strategies import block, block_cases


def by_torch(x, params, stride):
    """Return the block's result by torch."""
    a = F.relu(x)
    h = F.conv2d(a, params["weight_1"], params["bias_1"], stride, params["weight_1"].shape[-1] // 2)
    branch = F.conv2d(F.relu(h), params["weight_2"], params["bias_2"], 1, params["weight_2"].shape[-1] // 2)
    return branch + (F.conv2d(a, params["projection"], None, stride) if "projection" in params else x)


def leaves_of(case):
    """Return the input and the parameters as tensors with gradients."""
    x = to_torch(case.x).clone().requires_grad_()
    return x, {name: to_torch(value).clone().requires_grad_() for name, value in case.params.items()}


def compare_gradients(student, case):
    """Check the gradients with respect to x and to each parameter."""
    x, params = leaves_of(case)
    by_torch(x, params, case.stride).backward(to_torch(case.dout))
    _, cache = student.preactivation_forward(case.x, case.params, stride=case.stride)
    dx, dparams = student.preactivation_backward.keeping_arguments(case.dout, cache)
    check(dx, "dx").equals(x.grad)
    check(sorted(dparams), "names of the gradients").equals(sorted(case.params))
    for name, value in params.items():
        check(dparams[name], f"dparams[{name!r}]").equals(value.grad)


@task("preactivation_forward", points=2, about="kernels, strides and projections", examples=8)
@given(case=block_cases())
def test_blocks_agree_with_torch(student, case):
    out, _ = student.preactivation_forward.keeping_arguments(case.x, case.params, stride=case.stride)
    check(out, "out").equals(by_torch(*leaves_of(case), case.stride))


@task("preactivation_forward", points=0.5, about="shapes that cannot be added")
def test_shapes_that_differ_need_a_projection(student, rng):
    case = block(int(rng.integers(1 << 30)), stride=2, projected=True)
    check(student.preactivation_forward(case.x, case.params, stride=2)[0], "out").equals(by_torch(*leaves_of(case), 2))
    params = {name: value for name, value in case.params.items() if name != "projection"}
    student.preactivation_forward.refuses(ValueError, case.x, params, stride=1)
    square = block(1, stride=1, projected=False)
    student.preactivation_forward.refuses(ValueError, square.x, square.params, stride=2)
    thin = {**params, "weight_2": params["weight_2"][:1], "bias_2": params["bias_2"][:1]}
    student.preactivation_forward.refuses(ValueError, case.x, thin, stride=1)


@task("preactivation_forward", points=1, about="float32, an empty batch, other layouts in memory, new answers")
def test_memory_and_dtype_of_a_block(student, rng):
    for projected in (False, True):
        case = block(int(rng.integers(1 << 30)), stride=1, projected=projected)
        expected = by_torch(*leaves_of(case), 1)
        for x in layouts(case.x):
            check(student.preactivation_forward.returning_new_arrays(x, case.params)[0], "out").equals(expected)
        params = {name: value.astype(np.float32) for name, value in case.params.items()}
        out, _ = student.preactivation_forward(case.x.astype(np.float32), params)
        check(out, "out").has_dtype("float32")
        check(out, "out").equals(torch.as_tensor(expected).float(), rtol=1e-4, atol=1e-4)
        check(student.preactivation_forward(case.x[:0], case.params)[0], "out").has_shape(0, *expected.shape[1:])


@task("preactivation_backward", points=3, about="kernels, strides and projections", examples=8)
@given(case=block_cases())
def test_gradients_of_blocks_agree_with_autograd(student, case):
    compare_gradients(student, case)


@task("preactivation_backward", points=1, about="float32, other layouts in memory, new answers")
def test_memory_and_dtype_of_the_gradients(student, rng):
    for projected in (False, True):
        case = block(int(rng.integers(1 << 30)), stride=1, projected=projected)
        x, params = leaves_of(case)
        by_torch(x, params, 1).backward(to_torch(case.dout))
        _, cache = student.preactivation_forward(case.x, case.params)
        for dout in layouts(case.dout):
            check(student.preactivation_backward.returning_new_arrays(dout, cache)[0], "dx").equals(x.grad)
        small = {name: in_layout(value.astype(np.float32), "fortran") for name, value in case.params.items()}
        _, cache = student.preactivation_forward(case.x.astype(np.float32), small)
        dx, dparams = student.preactivation_backward(case.dout.astype(np.float32), cache)
        check(dx, "dx").has_dtype("float32")
        check(dx, "dx").equals(torch.as_tensor(x.grad).float(), rtol=1e-3, atol=1e-3)
        check(dparams["weight_1"], "dparams['weight_1']").has_dtype("float32")


@task("preactivation_backward", points=1, about="where the input is exactly 0, and a branch of zeros")
def test_a_branch_of_zeros_hands_the_gradient_back(student, rng):
    case = block(int(rng.integers(1 << 30)), stride=1, projected=False)
    case.params["weight_2"][...] = 0
    case.x[:, :, ::2] = 0
    compare_gradients(student, case)
    projected = block(int(rng.integers(1 << 30)), stride=2, projected=True)
    projected.x[:, :, ::2] = 0
    projected.params["bias_1"][...] = 0
    projected.params["weight_1"][0] = 0
    compare_gradients(student, projected)
