"""Losses and gradients of the linear models, on the handout's worked examples and on random numbers.

Expected numbers: by hand, and torch with its autograd.
"""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch


def check_against_autograd(answer, loss, weight, bias):
    """Check a loss and its gradients against those of a loss that torch computed."""
    dweight, dbias = torch.autograd.grad(loss, (weight, bias))
    check(answer[0], "loss").equals(loss)
    check(answer[1], "dweight").equals(dweight)
    check(answer[2], "dbias").equals(dbias)


@task("fit_linear_regression", points=1)
def test_fit_finds_the_line_of_the_handouts_worked_example(student):
    weight, bias = student.fit_linear_regression(np.array([[0.0], [1.0], [3.0]]), np.array([[1.0], [3.0], [7.0]]))
    check(weight, "weight").equals(np.array([[2.0]]))
    check(bias, "bias").equals(np.array([1.0]))


@task("linear_regression_loss", points=1)
def test_squared_error_matches_the_worked_example_of_the_handout(student):
    x, y = np.array([[1.0], [0.0]]), np.array([[1.0], [2.0]])
    loss, dweight, dbias = student.linear_regression_loss(x, y, np.array([[2.0]]), np.array([1.0]))
    check(loss, "loss").equals(2.5)
    check(dweight, "dweight").equals(np.array([[2.0]]))
    check(dbias, "dbias").equals(np.array([1.0]))


@task("logistic_regression_loss", points=1)
def test_logistic_loss_matches_the_worked_example_of_the_handout(student):
    x, y = np.array([[1.0, 2.0], [3.0, -2.0]]), np.array([1.0, 0.0])
    loss, dweight, dbias = student.logistic_regression_loss(x, y, np.zeros((1, 2)), np.zeros(1))
    check(loss, "loss").equals(float(np.log(2)))
    check(dweight, "dweight").equals(np.array([[0.5, -1.0]]))
    check(dbias, "dbias").equals(np.array([0.0]))


@task("logistic_regression_loss", points=1)
def test_logistic_loss_agrees_with_torch_on_random_numbers(student, rng):
    x, y, weight, bias = rng.normal(size=(7, 3)), np.arange(7.0) % 2, rng.normal(size=(1, 3)), rng.normal(size=1)
    answer = student.logistic_regression_loss(x, y, weight, bias)
    weight, bias = to_torch(weight, bias, grad=True)
    loss = F.binary_cross_entropy_with_logits(F.linear(to_torch(x), weight, bias)[:, 0], to_torch(y))
    check_against_autograd(answer, loss, weight, bias)


@task("softmax_regression_loss", points=1)
def test_softmax_loss_matches_the_worked_example_of_the_handout(student):
    x, y = np.array([[1.0, 2.0]]), np.array([2])
    loss, dweight, dbias = student.softmax_regression_loss(x, y, np.zeros((4, 2)), np.zeros(4))
    check(loss, "loss").equals(float(np.log(4)))
    check(dweight, "dweight").equals(np.array([[0.25, 0.5], [0.25, 0.5], [-0.75, -1.5], [0.25, 0.5]]))
    check(dbias, "dbias").equals(np.array([0.25, 0.25, -0.75, 0.25]))


@task("softmax_regression_loss", points=1)
def test_softmax_loss_agrees_with_torch_on_random_numbers(student, rng):
    x, y, weight, bias = rng.normal(size=(7, 4)), np.arange(7) % 3, rng.normal(size=(3, 4)), rng.normal(size=3)
    answer = student.softmax_regression_loss(x, y, weight, bias)
    weight, bias = to_torch(weight, bias, grad=True)
    check_against_autograd(answer, F.cross_entropy(F.linear(to_torch(x), weight, bias), to_torch(y)), weight, bias)


@task("linear_svm_loss", points=1)
def test_hinge_loss_matches_the_worked_example_of_the_handout(student):
    x, y = np.array([[3.0], [-0.5]]), np.array([1.0, -1.0])
    loss, dweight, dbias = student.linear_svm_loss(x, y, np.array([[1.0]]), np.zeros(1), l2=0.5)
    check(loss, "loss").equals(0.5)
    check(dweight, "dweight").equals(np.array([[0.25]]))
    check(dbias, "dbias").equals(np.array([0.5]))


@task("linear_svm_loss", points=1)
def test_hinge_loss_agrees_with_torch_on_random_numbers(student, rng):
    x, y, weight, bias = (
        rng.normal(size=(7, 3)),
        np.arange(7) % 2 * 2.0 - 1,
        rng.normal(size=(1, 3)),
        rng.normal(size=1),
    )
    answer = student.linear_svm_loss(x, y, weight, bias, l2=0.2)
    weight, bias = to_torch(weight, bias, grad=True)
    margin = to_torch(y) * F.linear(to_torch(x), weight, bias)[:, 0]
    check_against_autograd(answer, F.relu(1 - margin).mean() + 0.1 * weight.square().sum(), weight, bias)
