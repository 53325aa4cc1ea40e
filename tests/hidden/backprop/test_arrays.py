"""Gradients of stretched arrays: sums over what broadcasting repeated, for five operations and for sums.

Requires: gradients in the shape of what they belong to, summed over axes that were put in front and over axes of size 1
that were repeated; the two gradients of + - * / and of products of matrices, in stacks too; gradients of sums over any
axes; formulas of several arrays in which results are used again. New answers, float32, every memory layout, no numbers.

Catches: gradients left in the result's shape, only one kind of axis summed, axes lost that were of size 1, means in the
place of sums, shapes lined up on the left, the gradient itself handed back, factors swapped, transpositions missing or
of all axes, sums not put back along their own axis.

Expected numbers: torch.autograd in float64 on the same operation.
"""

import operator

import numpy as np
import torch
from hypothesis import given

from grader.judge import check, layouts, task, to_torch
from tests.hidden.backprop.strategies import broadcast_cases, product_cases

OPERATIONS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "@": operator.matmul}


@task("unbroadcast", points=1.5, about="axes in front, axes of size 1, both, and neither; new answers")
@given(case=broadcast_cases())
def test_the_gradient_of_a_stretched_array_is_that_of_torch(student, case):
    for shape in (case.a.shape, case.b.shape):
        leaf = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
        (expected,) = torch.autograd.grad(leaf.expand(case.dout.shape), leaf, to_torch(case.dout))
        check(student.unbroadcast.returning_new_arrays(case.dout, shape), "gradient").equals(expected)


@task("unbroadcast", points=1, about="float32, no numbers, other layouts in memory")
def test_unbroadcast_keeps_the_dtype_in_every_layout(student, rng):
    for wide, shape in (((4, 3, 2), (3, 1)), ((4, 3), ()), ((2, 5), (1, 5)), ((0, 3), (3,)), ((3, 0), (3, 1))):
        gradient = rng.normal(size=wide).astype(np.float32)
        leaf = torch.zeros(shape, requires_grad=True)
        (expected,) = torch.autograd.grad(leaf.expand(wide), leaf, to_torch(gradient).float())
        for arranged in (gradient, *layouts(gradient)):
            got = student.unbroadcast.returning_new_arrays(arranged, shape)
            check(got, "gradient").equals(expected, rtol=1e-5, atol=1e-5)


@task("unbroadcast", points=0.5, about="shapes that are not stretched like this")
def test_shapes_that_do_not_fit_are_refused(student, rng):
    gradient = rng.normal(size=(4, 3))
    check(student.unbroadcast(gradient, (4, 1)), "gradient").equals(to_torch(gradient).sum(1, keepdim=True))
    for shape in ((4,), (2, 3), (4, 3, 1), (1, 4, 3), (6, 2), (2, 1)):
        student.unbroadcast.refuses(ValueError, gradient, shape)


def torch_gradients(symbol, dout, a, b):
    """Return torch's gradients of both operands."""
    leaves = to_torch(a, b, grad=True)
    return torch.autograd.grad(OPERATIONS[symbol](*leaves), leaves, to_torch(dout))


@task("array_operation_backward", points=1.5, about="+ - * / of arrays of different shapes; new answers")
@given(case=broadcast_cases())
def test_gradients_of_stretched_operands_agree_with_torch(student, case):
    for symbol in "+-*/":
        for a, b in ((case.a, case.b), (case.b, case.a)):
            got = student.array_operation_backward.returning_new_arrays(symbol, case.dout, a, b)
            check(got, f"da and db of a {symbol} b").equals(torch_gradients(symbol, case.dout, a, b))


@task("array_operation_backward", points=1, about="products of matrices and of stacks of them; new answers")
@given(case=product_cases())
def test_gradients_of_products_of_matrices_agree_with_torch(student, case):
    got = student.array_operation_backward.returning_new_arrays("@", case.dout, case.a, case.b)
    check(got, "da and db of a @ b").equals(torch_gradients("@", case.dout, case.a, case.b))


@task("array_operation_backward", points=0.5, about="float32, other layouts in memory, symbols that are no operations")
def test_operations_keep_the_dtype_in_every_layout(student, rng):
    a, b = (rng.uniform(0.5, 2, size=shape).astype(np.float32) for shape in ((3, 3), (3, 3)))
    dout = rng.normal(size=(3, 3)).astype(np.float32)
    for symbol in OPERATIONS:
        expected = [gradient.float() for gradient in torch_gradients(symbol, dout, a, b)]
        for arranged in zip(layouts(dout), layouts(a), layouts(b), strict=True):
            got = student.array_operation_backward.keeping_arguments(symbol, *arranged)
            check(list(got), f"da and db of a {symbol} b").equals(expected, rtol=1e-4, atol=1e-4)
    student.array_operation_backward.refuses(ValueError, "%", dout, a, b)


SUMS = (
    ((4, 3), 0),
    ((4, 3), 1),
    ((4, 3), -2),
    ((2, 3, 4), 1),
    ((2, 3, 4), (0, 2)),
    ((2, 3, 4), (-1, 0)),
    ((2, 3), None),
)


@task("sum_backward", points=1.5, about="any axes, in any order, from either end; new answers")
def test_gradients_of_sums_agree_with_torch(student, rng):
    for shape, axis in (*SUMS, ((3, 3), 0), ((3, 3), 1), ((3, 3, 3), (2, 0)), ((), None), ((3, 1), 1)):
        leaf = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
        total = leaf.sum() if axis is None else leaf.sum(axis)
        dout = rng.normal(size=tuple(total.shape))
        (expected,) = torch.autograd.grad(total, leaf, to_torch(dout))
        options = {} if axis is None else {"axis": axis}
        check(student.sum_backward.returning_new_arrays(dout, shape, **options), "gradient").equals(expected)


@task("sum_backward", points=0.5, about="float32, no numbers, other layouts in memory")
def test_sums_keep_the_dtype_in_every_layout(student, rng):
    for shape, axis in (((4, 3, 5), 1), ((3, 2, 4), (0,)), ((0, 3), 1), ((3, 0), 1)):
        dout = rng.normal(size=np.zeros(shape).sum(axis).shape).astype(np.float32)
        expected = to_torch(dout).float().unsqueeze(axis if isinstance(axis, int) else axis[0]).expand(shape)
        for arranged in (dout, *layouts(dout)):
            check(student.sum_backward.returning_new_arrays(arranged, shape, axis=axis), "gradient").equals(expected)


@task("sum_backward", points=1, about="your functions inside the class ArrayValue")
def test_formulas_of_arrays_agree_with_torch(student, rng):
    x, w, bias = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=4)
    check(student.sum_backward(bias, (3, 4), axis=0), "gradient").equals(to_torch(bias).expand(3, 4))

    def formula(x, w, bias, one):
        hidden = one / (((x @ w + bias) * -1.0).exp() + 1.0)
        gap = 0.5 - (hidden * bias).sum(1)
        return (2.0 / (1.0 + gap * gap / 5.0)).sum(0) + w.sum((0, 1))

    leaves = [student.ArrayValue(array) for array in (x, w, bias, np.ones((5, 1)))]
    mirrors = to_torch(x, w, bias, np.ones((5, 1)), grad=True)
    out = formula(*leaves)
    out.backward()
    expected = formula(*mirrors)
    expected.backward()
    check(out.data, "value").equals(expected)
    for name, leaf, mirror in zip(("x", "w", "bias", "one"), leaves, mirrors, strict=True):
        check(leaf.grad, f"the gradient of {name}").equals(mirror.grad)
