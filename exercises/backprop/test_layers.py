"""The layers: the handout's worked examples, random numbers, and what else is promised.

Expected numbers: by hand, and torch.
"""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

X = np.array([[1.0, 2.0], [3.0, -1.0]])
WEIGHT, BIAS = np.array([[1.0, 0.0], [2.0, -1.0], [0.0, 3.0]]), np.array([0.0, 1.0, -1.0])
Z = np.array([[-2.0, 0.0, 3.0], [0.5, -0.5, 1.0]])
DOUT = np.array([[5.0, 6.0, -7.0], [2.0, -3.0, 4.0]])
LOG_ODDS = np.array([[0.0, np.log(3.0)], [-np.log(3.0), np.log(7.0)], [np.log(4.0), 0.0]])


def layer(rng, dtype=np.float64):
    """Draw examples, weight and bias of a layer with four inputs and three outputs, and a gradient of its output."""
    return [rng.normal(size=size).astype(dtype) for size in ((5, 4), (3, 4), 3, (5, 3))]


def check_linear_gradients(student, x, weight, bias, dout):
    """Check the three gradients of a linear layer against autograd."""
    _, cache = student.linear_forward(x, weight, bias)
    answer = student.linear_backward.keeping_arguments(dout, cache)
    leaves = to_torch(x, weight, bias, grad=True)
    F.linear(*leaves).backward(to_torch(dout))
    for name, mine, leaf in zip(("dx", "dweight", "dbias"), answer, leaves, strict=True):
        check(mine, name).equals(leaf.grad)


def check_gradient(dx, function, x, dout):
    """Check the gradient of an elementwise layer against autograd."""
    leaf = to_torch(x, grad=True)
    function(leaf).backward(to_torch(dout))
    check(dx, "dx").equals(leaf.grad)


@task("linear_forward", points=0.75)
def test_linear_matches_the_worked_example_of_the_handout(student):
    out, _ = student.linear_forward(X, WEIGHT, BIAS)
    check(out, "out").equals(np.array([[1.0, 1.0, 5.0], [3.0, 8.0, -4.0]]))


@task("linear_forward", points=0.5)
def test_linear_agrees_with_torch_on_random_numbers(student, rng):
    x, weight, bias, _ = layer(rng)
    check(student.linear_forward(x, weight, bias)[0], "out").equals(F.linear(*to_torch(x, weight, bias)))


@task("linear_forward", points=0.25)
def test_linear_keeps_float32_and_its_arguments(student, rng):
    x, weight, bias, _ = layer(rng, np.float32)
    out, _ = student.linear_forward.keeping_arguments(x, weight, bias)
    check(out, "out").equals(F.linear(*to_torch(x, weight, bias)))


@task("linear_backward", points=1)
def test_linear_gradients_match_the_worked_example_of_the_handout(student):
    _, cache = student.linear_forward(X, WEIGHT, BIAS)
    dx, dweight, dbias = student.linear_backward(np.array([[1.0, 0.0, 1.0], [0.0, 2.0, 0.0]]), cache)
    check(dx, "dx").equals(np.array([[1.0, 3.0], [4.0, -2.0]]))
    check(dweight, "dweight").equals(np.array([[1.0, 2.0], [6.0, -2.0], [1.0, 2.0]]))
    check(dbias, "dbias").equals(np.array([1.0, 2.0, 1.0]))


@task("linear_backward", points=1)
def test_linear_gradients_agree_with_torch_on_random_numbers(student, rng):
    check_linear_gradients(student, *layer(rng))


@task("linear_backward", points=0.5)
def test_linear_gradients_keep_float32(student, rng):
    check_linear_gradients(student, *layer(rng, np.float32))


@task("relu_forward", points=0.5)
def test_relu_matches_the_worked_example_of_the_handout(student):
    out, _ = student.relu_forward(Z)
    check(out, "out").equals(np.array([[0.0, 0.0, 3.0], [0.5, 0.0, 1.0]]))


@task("relu_forward", points=0.25)
def test_relu_agrees_with_torch_on_random_numbers(student, rng):
    x = rng.normal(size=(4, 2, 3))
    check(student.relu_forward(x)[0], "out").equals(torch.relu(to_torch(x)))


@task("relu_forward", points=0.25)
def test_relu_keeps_float32_and_its_argument(student, rng):
    x = rng.normal(size=(4, 3)).astype(np.float32)
    check(student.relu_forward.keeping_arguments(x)[0], "out").equals(torch.relu(to_torch(x)))


@task("relu_backward", points=0.75)
def test_the_gradient_of_relu_matches_the_worked_example_of_the_handout(student):
    _, cache = student.relu_forward(Z)
    check(student.relu_backward(DOUT, cache), "dx").equals(np.array([[0.0, 0.0, -7.0], [2.0, 0.0, 4.0]]))


@task("relu_backward", points=0.5)
def test_the_gradient_of_relu_agrees_with_torch_on_random_numbers(student, rng):
    x, dout = rng.normal(size=(2, 4, 3))
    _, cache = student.relu_forward(x)
    check_gradient(student.relu_backward(dout, cache), torch.relu, x, dout)


@task("relu_backward", points=0.25)
def test_the_gradient_of_relu_keeps_float32_and_its_arguments(student, rng):
    x, dout = rng.normal(size=(2, 5, 2)).astype(np.float32)
    _, cache = student.relu_forward(x)
    check_gradient(student.relu_backward.keeping_arguments(dout, cache), torch.relu, x, dout)


@task("sigmoid_forward", points=0.75)
def test_sigmoid_matches_the_worked_example_of_the_handout(student):
    out, _ = student.sigmoid_forward(LOG_ODDS)
    check(out, "out").equals(np.array([[0.5, 0.75], [0.25, 0.875], [0.8, 0.5]]))


@task("sigmoid_forward", points=0.5)
def test_sigmoid_agrees_with_torch_on_random_numbers(student, rng):
    x = 3 * rng.normal(size=(4, 2, 3))
    check(student.sigmoid_forward.keeping_arguments(x)[0], "out").equals(torch.sigmoid(to_torch(x)))


@task("sigmoid_forward", points=0.25)
def test_sigmoid_stays_right_for_ten_thousand_in_float32(student, rng):
    x = (5000 * rng.normal(size=(4, 3))).astype(np.float32)
    check(student.sigmoid_forward(x)[0], "out").equals(torch.sigmoid(to_torch(x)))


@task("sigmoid_backward", points=0.75)
def test_the_gradient_of_sigmoid_matches_the_worked_example_of_the_handout(student):
    _, cache = student.sigmoid_forward(LOG_ODDS)
    dx = student.sigmoid_backward(np.array([[4.0, -16.0], [16.0, 64.0], [25.0, 8.0]]), cache)
    check(dx, "dx").equals(np.array([[1.0, -3.0], [3.0, 7.0], [4.0, 2.0]]))


@task("sigmoid_backward", points=0.5)
def test_the_gradient_of_sigmoid_agrees_with_torch_on_random_numbers(student, rng):
    x, dout = rng.normal(size=(2, 3, 4))
    _, cache = student.sigmoid_forward(x)
    check_gradient(student.sigmoid_backward(dout, cache), torch.sigmoid, x, dout)


@task("sigmoid_backward", points=0.25)
def test_the_gradient_of_sigmoid_keeps_float32_and_its_arguments(student, rng):
    x, dout = rng.normal(size=(2, 5, 2)).astype(np.float32)
    _, cache = student.sigmoid_forward(x)
    check_gradient(student.sigmoid_backward.keeping_arguments(dout, cache), torch.sigmoid, x, dout)
