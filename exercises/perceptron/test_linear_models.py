"""Losses and gradients of the linear models: the handout's worked examples, random numbers, and what else is promised.

Expected numbers: by hand, and torch with its autograd.
"""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch


def squared_error(z, y, _):
    return F.mse_loss(z, y)


def logistic(z, y, _):
    return F.binary_cross_entropy_with_logits(z[:, 0], y)


def cross_entropy(z, y, _):
    return F.cross_entropy(z, y)


def hinge(l2):
    return lambda z, y, weight: F.relu(1 - y * z[:, 0]).mean() + l2 / 2 * weight.square().sum()


def check_parts(answer, loss, dweight, dbias):
    """Check a loss and its two gradients."""
    check(float(answer[0]), "loss").equals(loss)
    check(answer[1], "dweight").equals(dweight)
    check(answer[2], "dbias").equals(dbias)


def check_against_autograd(answer, criterion, x, y, *parameters):
    """Check loss and gradients against a criterion of torch's, which takes scores, targets and weight."""
    x, y = to_torch(x, y)
    weight, bias = to_torch(*parameters, grad=True)
    loss = criterion(F.linear(x, weight, bias), y, weight)
    check_parts(answer, loss, *torch.autograd.grad(loss, (weight, bias)))


def model(rng, outputs, dtype=np.float64):
    """Draw seven examples with four inputs, a weight and a bias."""
    return tuple(rng.normal(size=size).astype(dtype) for size in ((7, 4), (outputs, 4), outputs))


def check_fit(answer, x, y):
    """Check weights and bias against the least-squares solution of smallest norm."""
    columns = torch.cat([to_torch(x), torch.ones(len(x), 1, dtype=torch.float64)], dim=1)
    solution = torch.linalg.lstsq(columns, to_torch(y), driver="gelsd").solution
    check(answer[0], "weight").equals(solution[:-1].T)
    check(answer[1], "bias").equals(solution[-1])


@task("fit_linear_regression", points=1)
def test_fit_finds_the_lines_of_the_worked_example(student):
    x, y = np.array([[0.0], [1.0], [3.0]]), np.array([[1.0, 0.0], [3.0, 1.0], [7.0, 3.0]])
    weight, bias = student.fit_linear_regression(x, y)
    check(weight, "weight").equals(np.array([[2.0], [1.0]]))
    check(bias, "bias").equals(np.array([1.0, 0.0]))


@task("fit_linear_regression", points=1)
def test_fit_agrees_with_torch_on_random_numbers(student, rng):
    x, y = rng.normal(size=(9, 4)) + 1, rng.normal(size=(9, 2))
    check_fit(student.fit_linear_regression.keeping_arguments(x, y), x, y)


@task("fit_linear_regression", points=0.5)
def test_fit_takes_the_shortest_of_many_solutions(student, rng):
    x, y = rng.normal(size=(3, 5)), rng.normal(size=(3, 2))
    check_fit(student.fit_linear_regression(x, y), x, y)


@task("linear_regression_loss", points=0.75)
def test_squared_error_matches_the_worked_example_of_the_handout(student):
    x, y = np.array([[1.0], [0.0], [2.0]]), np.array([[1.0, -1.0], [2.0, 1.0], [5.0, -5.0]])
    answer = student.linear_regression_loss(x, y, np.array([[2.0], [-1.0]]), np.array([1.0, 0.0]))
    check_parts(answer, 2.5, np.array([[2 / 3], [2.0]]), np.array([1 / 3, 2 / 3]))


@task("linear_regression_loss", points=0.5)
def test_squared_error_agrees_with_torch_on_random_numbers(student, rng):
    (x, *parameters), y = model(rng, 3), rng.normal(size=(7, 3))
    check_against_autograd(student.linear_regression_loss(x, y, *parameters), squared_error, x, y, *parameters)


@task("linear_regression_loss", points=0.25)
def test_squared_error_keeps_float32_and_its_arguments(student, rng):
    (x, *parameters), y = model(rng, 2, np.float32), rng.normal(size=(7, 2)).astype(np.float32)
    answer = student.linear_regression_loss.keeping_arguments(x, y, *parameters)
    check_against_autograd(answer, squared_error, x, y, *parameters)


@task("logistic_regression_loss", points=1)
def test_logistic_loss_matches_the_worked_example_of_the_handout(student):
    x, y = np.array([[1.0, 2.0], [-1.0, 1.0], [0.0, 4.0]]), np.array([1.0, 0.0, 0.0])
    answer = student.logistic_regression_loss(x, y, np.array([[np.log(3), 0.0]]), np.zeros(1))
    check_parts(answer, float(np.log(32 / 9) / 3), np.array([[-1 / 6, 7 / 12]]), np.array([1 / 6]))


@task("logistic_regression_loss", points=0.75)
def test_logistic_loss_agrees_with_torch_on_random_numbers(student, rng):
    (x, *parameters), y = model(rng, 1), rng.permutation(np.arange(7) % 2).astype(float)
    check_against_autograd(student.logistic_regression_loss(x, y, *parameters), logistic, x, y, *parameters)


@task("logistic_regression_loss", points=0.5)
def test_logistic_loss_stays_right_for_scores_of_ten_thousand(student, rng):
    (x, weight, bias), y = model(rng, 1), rng.permutation(np.arange(7) % 2).astype(float)
    answer = student.logistic_regression_loss(x, y, 5000 * weight, bias)
    check_against_autograd(answer, logistic, x, y, 5000 * weight, bias)


@task("logistic_regression_loss", points=0.25)
def test_logistic_loss_keeps_float32_and_its_arguments(student, rng):
    (x, *parameters), y = model(rng, 1, np.float32), (np.arange(7) % 2).astype(np.float32)
    answer = student.logistic_regression_loss.keeping_arguments(x, y, *parameters)
    check_against_autograd(answer, logistic, x, y, *parameters)


@task("softmax_regression_loss", points=1)
def test_softmax_loss_matches_the_worked_example_of_the_handout(student):
    x, y, bias = np.array([[1.0, 2.0], [0.0, 4.0], [3.0, 0.0]]), np.array([3, 1, 3]), np.log([1.0, 2.0, 1.0, 4.0])
    answer = student.softmax_regression_loss(x, y, np.zeros((4, 2)), bias)
    dweight = np.array([[1 / 6, 1 / 4], [1 / 3, -5 / 6], [1 / 6, 1 / 4], [-2 / 3, 1 / 3]])
    check_parts(answer, float(4 / 3 * np.log(2)), dweight, np.array([1 / 8, -1 / 12, 1 / 8, -1 / 6]))


@task("softmax_regression_loss", points=0.75)
def test_softmax_loss_agrees_with_torch_on_random_numbers(student, rng):
    (x, *parameters), y = model(rng, 3), rng.permutation(np.arange(7) % 3)
    check_against_autograd(student.softmax_regression_loss(x, y, *parameters), cross_entropy, x, y, *parameters)


@task("softmax_regression_loss", points=0.5)
def test_softmax_loss_stays_right_for_scores_of_ten_thousand(student, rng):
    (x, weight, bias), y = model(rng, 3), rng.permutation(np.arange(7) % 3)
    answer = student.softmax_regression_loss(x, y, 5000 * weight, bias)
    check_against_autograd(answer, cross_entropy, x, y, 5000 * weight, bias)


@task("softmax_regression_loss", points=0.25)
def test_softmax_loss_keeps_float32_and_its_arguments(student, rng):
    (x, *parameters), y = model(rng, 3, np.float32), rng.permutation(np.arange(7) % 3)
    answer = student.softmax_regression_loss.keeping_arguments(x, y, *parameters)
    check_against_autograd(answer, cross_entropy, x, y, *parameters)


@task("linear_svm_loss", points=1.5)
def test_hinge_loss_matches_the_worked_example_of_the_handout(student):
    x, y = np.array([[1.0, 0.5], [0.5, 1.0], [1.0, 2.0], [-1.0, 0.0]]), np.array([1.0, 1.0, -1.0, 1.0])
    answer = student.linear_svm_loss(x, y, np.array([[1.0, -1.0]]), np.array([0.5]), l2=0.5)
    check_parts(answer, 1.25, np.array([[0.875, -0.25]]), np.array([-0.25]))


@task("linear_svm_loss", points=0.75)
def test_hinge_loss_agrees_with_torch_on_random_numbers(student, rng):
    (x, *parameters), y = model(rng, 1), rng.permutation(np.arange(7) % 2 * 2.0 - 1)
    check_against_autograd(student.linear_svm_loss(x, y, *parameters, l2=0.2), hinge(0.2), x, y, *parameters)
    check_against_autograd(student.linear_svm_loss(x, y, *parameters), hinge(0.01), x, y, *parameters)


@task("linear_svm_loss", points=0.5)
def test_hinge_loss_refuses_the_labels_zero_and_one(student, rng):
    (x, *parameters), y = model(rng, 1), rng.permutation(np.arange(7) % 2 * 2.0 - 1)
    check_against_autograd(student.linear_svm_loss(x, y, *parameters), hinge(0.01), x, y, *parameters)
    student.linear_svm_loss.refuses(ValueError, x, (y + 1) / 2, *parameters)


@task("linear_svm_loss", points=0.25)
def test_hinge_loss_keeps_float32_and_its_arguments(student, rng):
    (x, *parameters), y = model(rng, 1, np.float32), (np.arange(7) % 2 * 2 - 1).astype(np.float32)
    answer = student.linear_svm_loss.keeping_arguments(x, y, *parameters, l2=0.2)
    check_against_autograd(answer, hinge(0.2), x, y, *parameters)


@task("polynomial_features", points=0.5)
def test_products_match_the_worked_example_of_the_handout(student):
    features = student.polynomial_features(np.array([[2.0, 3.0]]), degree=3)
    check(features, "features").equals(np.array([[2.0, 3.0, 4.0, 6.0, 9.0, 8.0, 12.0, 18.0, 27.0]]))


@task("polynomial_features", points=0.5)
def test_products_of_three_inputs_agree_with_torch(student, rng):
    x = rng.normal(size=(4, 3))
    pairs = torch.combinations(torch.arange(3), 2, with_replacement=True)
    features = student.polynomial_features.keeping_arguments(x, degree=2)
    expected = torch.cat([to_torch(x), to_torch(x)[:, pairs].prod(dim=2)], dim=1)
    check(features, "features").equals(expected)
