"""The layers, on the handout's worked example and on random numbers. Expected numbers: by hand, and torch."""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

X = np.array([[1.0, 2.0], [3.0, -1.0]])
WEIGHT, BIAS = np.array([[1.0, 0.0], [2.0, -1.0], [0.0, 3.0]]), np.array([0.0, 1.0, -1.0])


@task("linear_forward", points=1)
def test_linear_matches_the_worked_example_of_the_handout(student):
    out, _ = student.linear_forward(X, WEIGHT, BIAS)
    check(out, "out").equals(np.array([[1.0, 1.0, 5.0], [3.0, 8.0, -4.0]]))


@task("linear_backward", points=1)
def test_linear_gradients_match_the_worked_example_of_the_handout(student):
    _, cache = student.linear_forward(X, WEIGHT, BIAS)
    dx, dweight, dbias = student.linear_backward(np.array([[1.0, 0.0, 1.0], [0.0, 2.0, 0.0]]), cache)
    check(dx, "dx").equals(np.array([[1.0, 3.0], [4.0, -2.0]]))
    check(dweight, "dweight").equals(np.array([[1.0, 2.0], [6.0, -2.0], [1.0, 2.0]]))
    check(dbias, "dbias").equals(np.array([1.0, 2.0, 1.0]))


@task("linear_backward", points=1)
def test_linear_gradients_agree_with_torch_on_random_numbers(student, rng):
    given, dout = [rng.normal(size=size) for size in ((5, 3), (4, 3), 4)], rng.normal(size=(5, 4))
    _, cache = student.linear_forward(*given)
    answer = student.linear_backward(dout, cache)
    leaves = to_torch(*given, grad=True)
    F.linear(*leaves).backward(to_torch(dout))
    for name, mine, leaf in zip(("dx", "dweight", "dbias"), answer, leaves, strict=True):
        check(mine, name).equals(leaf.grad)


@task("relu_forward", points=1)
def test_relu_matches_the_worked_example_of_the_handout(student):
    out, _ = student.relu_forward(np.array([-2.0, 0.0, 3.0]))
    check(out, "out").equals(np.array([0.0, 0.0, 3.0]))


@task("relu_backward", points=1)
def test_the_gradient_of_relu_matches_the_worked_example_of_the_handout(student):
    _, cache = student.relu_forward(np.array([-2.0, 0.0, 3.0]))
    check(student.relu_backward(np.array([5.0, 6.0, -7.0]), cache), "dx").equals(np.array([0.0, 0.0, -7.0]))


@task("sigmoid_forward", points=1)
def test_sigmoid_matches_the_worked_example_of_the_handout(student):
    out, _ = student.sigmoid_forward(np.array([0.0, np.log(3.0)]))
    check(out, "out").equals(np.array([0.5, 0.75]))


@task("sigmoid_backward", points=1)
def test_the_gradient_of_sigmoid_matches_the_worked_example_and_torch(student, rng):
    _, cache = student.sigmoid_forward(np.array([0.0, np.log(3.0)]))
    check(student.sigmoid_backward(np.array([4.0, -16.0]), cache), "dx").equals(np.array([1.0, -3.0]))
    x, dout = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    _, cache = student.sigmoid_forward(x)
    leaf = to_torch(x, grad=True)
    torch.sigmoid(leaf).backward(to_torch(dout))
    check(student.sigmoid_backward(dout, cache), "dx").equals(leaf.grad)
