"""Arrays as nodes: the handout's worked examples, random numbers, and what else is promised.

Expected numbers: by hand, and torch.autograd.
"""

import operator

import numpy as np
import torch

from grader.judge import check, layouts, task, to_torch

OPERATIONS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "@": operator.matmul}
GRADIENT = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def torch_gradients(symbol, dout, a, b):
    """Return torch's gradients of both operands."""
    leaves = to_torch(a, b, grad=True)
    return torch.autograd.grad(OPERATIONS[symbol](*leaves), leaves, to_torch(dout))


@task("unbroadcast", points=0.5)
def test_gradients_add_up_in_the_worked_example_of_the_handout(student):
    check(student.unbroadcast(GRADIENT, (3,)), "gradient").equals(np.array([5.0, 7.0, 9.0]))
    check(student.unbroadcast(GRADIENT, (2, 1)), "gradient").equals(np.array([[6.0], [15.0]]))


@task("unbroadcast", points=1.25)
def test_stretched_axes_are_summed_for_random_gradients(student, rng):
    for shape in ((3, 4), (1, 4), (3, 1), (4,), (1,), (), (2, 1, 4), (2, 3, 4), (1, 3, 1)):
        gradient = rng.normal(size=(2, 3, 4))
        leaf = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
        (expected,) = torch.autograd.grad(leaf.expand(2, 3, 4), leaf, to_torch(gradient))
        for arranged in layouts(gradient):
            check(student.unbroadcast.returning_new_arrays(arranged, shape), f"for {shape}").equals(expected)


@task("unbroadcast", points=0.25)
def test_a_shape_that_does_not_fit_is_refused_and_float32_stays(student, rng):
    small = rng.normal(size=(4, 3)).astype(np.float32)
    check(student.unbroadcast(small, (3,)), "gradient").equals(to_torch(small).float().sum(0), rtol=1e-5)
    for shape in ((4,), (2, 3), (4, 3, 1)):
        student.unbroadcast.refuses(ValueError, small, shape)


@task("array_operation_backward", points=0.5)
def test_both_gradients_match_the_worked_example_of_the_handout(student):
    a, b, dout = np.array([[5.0, 6.0]]), np.array([[7.0], [8.0]]), np.array([[1.0, 2.0], [3.0, 4.0]])
    da, db = student.array_operation_backward("*", dout, a, b)
    check(da, "da").equals(np.array([[31.0, 46.0]]))
    check(db, "db").equals(np.array([[17.0], [39.0]]))


@task("array_operation_backward", points=1.5)
def test_gradients_of_random_operands_agree_with_torch(student, rng):
    shapes = [((4, 3), (3,)), ((4, 1), (1, 3)), ((), (4, 3)), ((3, 3), (3, 3))]
    for symbol in "+-*/":
        for left, right in shapes:
            a, b = rng.uniform(0.5, 2, left), rng.uniform(0.5, 2, right)
            dout = rng.normal(size=np.broadcast_shapes(left, right))
            got = student.array_operation_backward.returning_new_arrays(symbol, dout, a, b)
            check(got, f"da and db of a {symbol} b").equals(torch_gradients(symbol, dout, a, b))
    for left, right in (((4, 3), (3, 2)), ((3, 3), (3, 3)), ((5, 4, 3), (3, 2)), ((5, 1, 4, 3), (2, 3, 2))):
        a, b = rng.normal(size=left), rng.normal(size=right)
        dout = rng.normal(size=(a @ b).shape)
        got = student.array_operation_backward.returning_new_arrays("@", dout, a, b)
        check(got, "da and db of a @ b").equals(torch_gradients("@", dout, a, b))


@task("array_operation_backward", points=0.25)
def test_an_operation_that_does_not_exist_is_refused(student):
    one = np.ones((2, 2))
    check(list(student.array_operation_backward("-", one, one, one)), "da and db").equals([one, -one])
    student.array_operation_backward.refuses(ValueError, "%", one, one, one)


@task("sum_backward", points=0.25)
def test_the_gradient_of_a_sum_matches_the_worked_example_of_the_handout(student):
    got = student.sum_backward(np.array([1.0, 2.0]), (2, 3), axis=1)
    check(got, "gradient").equals(np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]))


@task("sum_backward", points=1.25)
def test_every_number_gets_the_gradient_of_its_sum(student, rng):
    for shape, axis in (((3, 3), 0), ((3, 3), -1), ((2, 3, 4), (2, 0)), ((2, 3, 4), (0, -2)), ((4, 3), None)):
        leaf = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
        total = leaf.sum() if axis is None else leaf.sum(axis)
        dout = rng.normal(size=tuple(total.shape))
        (expected,) = torch.autograd.grad(total, leaf, to_torch(dout))
        check(student.sum_backward.returning_new_arrays(dout, shape, axis=axis), "gradient").equals(expected)
    small = rng.normal(size=(2, 4)).astype(np.float32)
    expected = to_torch(small).float().unsqueeze(1).expand(2, 3, 4)
    check(student.sum_backward(small, (2, 3, 4), axis=1), "gradient of float32").equals(expected)


@task("sum_backward", points=0.5)
def test_a_layer_of_arrays_learns_what_torch_learns(student, rng):
    x, w, bias = rng.normal(size=(5, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)
    check(student.sum_backward(bias, (3, 2), axis=0), "gradient").equals(to_torch(bias).expand(3, 2))
    leaves = [student.ArrayValue(array) for array in (x, w, bias)]
    mirrors = to_torch(x, w, bias, grad=True)
    for a, b, c in (leaves, mirrors):
        out = a @ b + c
        (out * out).sum().backward()
    for name, leaf, mirror in zip(("x", "w", "bias"), leaves, mirrors, strict=True):
        check(leaf.grad, f"the gradient of {name}").equals(mirror.grad)
