"""The three layers, forward and backward, against torch.

Requires torch's layout of the weights, every coordinate of every gradient for a random upstream gradient, the slope 0
of ReLU at 0, a sigmoid that is right and finite at plus and minus 10,000, batches of one and of none, any layout in
memory, two forward passes before one backward pass, arguments unchanged, float32 kept.

Catches: transposes in the wrong place, gradients averaged where they add up or not reduced at all, the upstream
gradient left out, the mask at the wrong side, of dout or of the wrong sign, the sigmoid's slope taken of z, overflow.

Expected numbers: torch and torch.autograd in float64, once in float32.
"""

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import given

from grader.judge import check, layouts, task, to_torch
from tests.hidden.backprop.strategies import layer_cases, pair_cases

EXTREMES = np.array([-1e4, -800.0, -40.0, -3.0, -1e-3, 0.0, 1e-3, 3.0, 40.0, 800.0, 1e4])


def arguments(case, dtype=np.float64):
    """Return x, weight and bias in a dtype."""
    return tuple(array.astype(dtype) for array in (case.x, case.weight, case.bias))


def check_linear_gradients(student, given, dout, method="keeping_arguments"):
    """Check the three gradients of a linear layer against torch.autograd."""
    _, cache = student.linear_forward(*given)
    answer = getattr(student.linear_backward, method)(dout, cache)
    leaves = to_torch(*given, grad=True)
    F.linear(*leaves).backward(to_torch(dout))
    for name, mine, leaf in zip(("dx", "dweight", "dbias"), answer, leaves, strict=True):
        check(mine, name).equals(leaf.grad)


def check_gradient(student, name, function, x, dout, method="keeping_arguments"):
    """Check the gradient of an elementwise layer against torch.autograd."""
    _, cache = getattr(student, f"{name}_forward")(x)
    dx = getattr(getattr(student, f"{name}_backward"), method)(dout, cache)
    leaf = to_torch(x, grad=True)
    function(leaf).backward(to_torch(dout))
    check(dx, "dx").equals(leaf.grad)


def check_first_of_two(student, name, function, case):
    """Check the gradient of the first of two forward passes: the second has another input of the same shape."""
    _, cache = getattr(student, f"{name}_forward")(case.a)
    getattr(student, f"{name}_forward")(case.b)
    leaf = to_torch(case.a, grad=True)
    function(leaf).backward(to_torch(case.b))
    check(getattr(student, f"{name}_backward")(case.b, cache), "dx").equals(leaf.grad)


@task("linear_forward", points=0.5, about="other sizes", examples=5)
@given(case=layer_cases())
def test_linear_agrees_with_torch(student, case):
    out, _ = student.linear_forward.keeping_arguments(*arguments(case))
    check(out, "out").equals(F.linear(*to_torch(*arguments(case))))


@task("linear_forward", points=0.5, about="one example, none", examples=2)
@given(case=layer_cases())
def test_linear_takes_a_batch_of_one_and_an_empty_batch(student, case):
    x, *others = arguments(case)
    for given_arguments in ((x[:1], *others), (x[:0], *others)):
        out, _ = student.linear_forward(*given_arguments)
        check(out, "out").equals(F.linear(*to_torch(*given_arguments)))


@task("linear_forward", points=0.5, about="other layouts in memory, new answers, float32", examples=2)
@given(case=layer_cases())
def test_linear_takes_any_layout_in_memory(student, case):
    for given_arguments in layouts(*arguments(case, np.float32)):
        out, _ = student.linear_forward.returning_new_arrays(*given_arguments)
        check(out, "out").equals(F.linear(*to_torch(*given_arguments)))


@task("linear_backward", points=1, about="other sizes", examples=6)
@given(case=layer_cases())
def test_linear_gradients_agree_with_torch(student, case):
    check_linear_gradients(student, arguments(case), case.dout)


@task("linear_backward", points=0.5, about="one example, none", examples=2)
@given(case=layer_cases())
def test_linear_gradients_take_a_batch_of_one_and_an_empty_batch(student, case):
    for rows in (1, 0):
        check_linear_gradients(student, (case.x[:rows], case.weight, case.bias), case.dout[:rows])


@task("linear_backward", points=0.5, about="other layouts in memory, new answers", examples=2)
@given(case=layer_cases())
def test_linear_gradients_take_any_layout_in_memory(student, case):
    for x, weight, bias, dout in layouts(*arguments(case), case.dout):
        check_linear_gradients(student, (x, weight, bias), dout, "returning_new_arrays")


@task("linear_backward", points=0.5, about="two forward passes before the backward pass", examples=3)
@given(case=layer_cases())
def test_linear_gradients_belong_to_the_cache_they_were_given(student, case):
    x, weight, bias = arguments(case)
    _, cache = student.linear_forward(x, weight, bias)
    student.linear_forward(2 * x, weight + 1, bias)
    dx, dweight, _ = student.linear_backward(case.dout, cache)
    dout = to_torch(case.dout)
    check(dx, "dx").equals(dout @ to_torch(weight))
    check(dweight, "dweight").equals(dout.T @ to_torch(x))


@task("relu_forward", points=0.5, about="very large numbers, no numbers", examples=5)
@given(case=pair_cases())
def test_relu_agrees_with_torch_for_large_numbers_and_empty_arrays(student, case):
    for x in (case.a, 1e4 * case.a, case.a[:0]):
        out, _ = student.relu_forward.keeping_arguments(x)
        check(out, "out").equals(torch.relu(to_torch(x)))


@task("relu_forward", points=0.5, about="other layouts in memory, new answers, float32", examples=3)
@given(case=pair_cases())
def test_relu_takes_any_layout_in_memory(student, case):
    single = case.a.astype(np.float32)
    for x in (*layouts(single), np.abs(single)):  # where nothing is cut off, too, the answer is a copy
        check(student.relu_forward.returning_new_arrays(x)[0], "out").equals(torch.relu(to_torch(x)))


@task("relu_backward", points=0.5, about="inputs of every size, no inputs", examples=5)
@given(case=pair_cases())
def test_the_gradient_of_relu_agrees_with_torch_everywhere(student, case):
    corner = case.a.copy()
    corner.flat[::2] = 0.0
    for x, dout in ((corner, case.b), (1e4 * case.a, case.b), (case.a[:0], case.b[:0])):
        check_gradient(student, "relu", torch.relu, x, dout)


@task("relu_backward", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=pair_cases())
def test_the_gradient_of_relu_takes_any_layout_in_memory(student, case):
    for x, dout in (*layouts(case.a, case.b), (np.abs(case.a), case.b)):  # where all of it passes, too, it is a copy
        check_gradient(student, "relu", torch.relu, x, dout, "returning_new_arrays")


@task("relu_backward", points=0.5, about="two forward passes before the backward pass", examples=3)
@given(case=pair_cases())
def test_the_gradient_of_relu_belongs_to_the_cache_it_was_given(student, case):
    check_first_of_two(student, "relu", torch.relu, case)


@task("sigmoid_forward", points=0.5, about="other shapes, no numbers, float32", examples=5)
@given(case=pair_cases())
def test_sigmoid_agrees_with_torch(student, case):
    for x in (3 * case.a, case.a[:0], case.a.astype(np.float32)):
        out, _ = student.sigmoid_forward.keeping_arguments(x)
        check(out, "out").equals(torch.sigmoid(to_torch(x)))


@task("sigmoid_forward", points=0.5, about="numbers of every size")
def test_sigmoid_is_right_for_very_large_numbers_in_float64_and_float32(student, rng):
    drawn = EXTREMES * rng.uniform(0.9, 1, size=len(EXTREMES))
    for x in (drawn, drawn.astype(np.float32)):
        out, _ = student.sigmoid_forward(x)
        check(out, "out").equals(torch.sigmoid(to_torch(x)))
    far = drawn[np.abs(drawn) >= 36]  # where a sigmoid is 0 or 1 but for the last digits
    out, _ = student.sigmoid_forward(far)
    check(out, "out").equals(torch.sigmoid(to_torch(far)), rtol=0.0, atol=1e-15)


@task("sigmoid_forward", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=pair_cases())
def test_sigmoid_takes_any_layout_in_memory(student, case):
    for x in layouts(case.a):
        check(student.sigmoid_forward.returning_new_arrays(x)[0], "out").equals(torch.sigmoid(to_torch(x)))


@task("sigmoid_backward", points=0.5, about="very large numbers, no numbers")
def test_the_gradient_of_sigmoid_is_right_for_very_large_numbers(student, rng):
    dout = rng.normal(size=len(EXTREMES))
    for dtype in (np.float64, np.float32):
        check_gradient(student, "sigmoid", torch.sigmoid, EXTREMES.astype(dtype), dout.astype(dtype))
    check_gradient(student, "sigmoid", torch.sigmoid, EXTREMES[:0], dout[:0])


@task("sigmoid_backward", points=0.5, about="other layouts in memory, new answers", examples=3)
@given(case=pair_cases())
def test_the_gradient_of_sigmoid_takes_any_layout_in_memory(student, case):
    for x, dout in layouts(case.a, case.b):
        check_gradient(student, "sigmoid", torch.sigmoid, x, dout, "returning_new_arrays")


@task("sigmoid_backward", points=0.5, about="two forward passes before the backward pass", examples=3)
@given(case=pair_cases())
def test_the_gradient_of_sigmoid_belongs_to_the_cache_it_was_given(student, case):
    check_first_of_two(student, "sigmoid", torch.sigmoid, case)
