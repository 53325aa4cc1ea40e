"""Losses and gradients of the four linear models, and the closed form of the first.

Requires: the mean over examples (over all entries for regression), gradients of both parameters, right values for
scores of ±10,000, a batch of one, any layout in memory, no penalty on the bias, the subgradient 0 at the hinge's kink,
the smallest solution of a rank-deficient fit; arguments unchanged; float32 stays float32. A loss may be any kind of
float.

Catches: sums for means, factors of 2, a forgotten one-hot, broadcasting (N, 1) against (N,), overflow and clipping,
the softmax over the wrong axis, labels 0/1 in the place of -1/+1, a hinge at 0, the wrong side of the hinge, a
penalized bias, a missing intercept, inverted normal equations.

Expected numbers: torch's losses and torch.autograd in float64; torch.linalg.lstsq with the driver for any rank.
"""

from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import given

from grader.judge import check, layouts, task, to_torch
from tests.hidden.perceptron.strategies import (
    binary_cases,
    least_squares_cases,
    multiclass_cases,
    regression_cases,
)


def parameters(case, dtype=np.float64):
    """Return examples, targets, weight and bias in a dtype; class numbers stay whole."""
    y = case.y if case.y.dtype.kind == "i" else case.y.astype(dtype)
    return case.x.astype(dtype), y, case.weight.astype(dtype), case.bias.astype(dtype)


def first_example(case):
    """Return the case with a batch of one."""
    return replace(case, x=case.x[:1], y=case.y[:1])


def check_against_autograd(answer, criterion, x, y, weight, bias):
    """Check loss and gradients against a criterion of torch's, which takes scores, targets and weight."""
    x, y = to_torch(x, y)
    weight, bias = to_torch(weight, bias, grad=True)
    loss = criterion(F.linear(x, weight, bias), y, weight)
    dweight, dbias = torch.autograd.grad(loss, (weight, bias))
    check(float(answer[0]), "loss").equals(loss)
    check(answer[1], "dweight").equals(dweight)
    check(answer[2], "dbias").equals(dbias)


def squared_error(z, y, _):
    return F.mse_loss(z, y)


def logistic(z, y, _):
    return F.binary_cross_entropy_with_logits(z[:, 0], y)


def cross_entropy(z, y, _):
    return F.cross_entropy(z, y)


def hinge(l2):
    return lambda z, y, weight: F.relu(1 - y * z[:, 0]).mean() + l2 / 2 * weight.square().sum()


def check_fit(answer, case):
    """Check weights and bias against the least-squares solution of smallest norm."""
    x, y = to_torch(case.x, case.y)
    columns = torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], dim=1)
    solution = torch.linalg.lstsq(columns, y, driver="gelsd").solution
    check(answer[0], "weight").equals(solution[:-1].T)
    check(answer[1], "bias").equals(solution[-1])


@task("fit_linear_regression", points=1, about="dependent columns, fewer examples than weights", examples=6)
@given(case=least_squares_cases(dependent=True))
def test_fit_finds_the_smallest_of_many_equally_good_solutions(student, case):
    check_fit(student.fit_linear_regression.keeping_arguments(case.x, case.y), case)


@task("fit_linear_regression", points=0.5, about="a single example", examples=4)
@given(case=least_squares_cases())
def test_fit_takes_a_single_example(student, case):
    single = first_example(case)
    check_fit(student.fit_linear_regression(single.x, single.y), single)


@task("fit_linear_regression", points=0.5, about="float32", examples=3)
@given(case=least_squares_cases())
def test_fit_keeps_float32(student, case):
    single = replace(case, x=case.x.astype(np.float32), y=case.y.astype(np.float32))
    check_fit(student.fit_linear_regression(single.x, single.y), single)


@task("fit_linear_regression", points=0.5, about="other layouts in memory, new answers", examples=2)
@given(case=least_squares_cases())
def test_fit_takes_any_layout_in_memory(student, case):
    for x, y in layouts(case.x, case.y):
        check_fit(student.fit_linear_regression.returning_new_arrays(x, y), case)


@task("linear_regression_loss", points=0.5, about="a batch of one", examples=4)
@given(case=regression_cases())
def test_squared_error_takes_a_single_example(student, case):
    arguments = parameters(first_example(case))
    answer = student.linear_regression_loss.keeping_arguments(*arguments)
    check_against_autograd(answer, squared_error, *arguments)


@task("linear_regression_loss", points=0.5, about="other shapes, float32", examples=4)
@given(case=regression_cases())
def test_squared_error_keeps_float32_for_other_shapes(student, case):
    for dtype in (np.float64, np.float32):
        arguments = parameters(case, dtype)
        check_against_autograd(student.linear_regression_loss(*arguments), squared_error, *arguments)


@task("linear_regression_loss", points=0.5, about="other layouts in memory, new answers", examples=2)
@given(case=regression_cases())
def test_squared_error_takes_any_layout_in_memory(student, case):
    for arguments in layouts(*parameters(case)):
        check_against_autograd(
            student.linear_regression_loss.returning_new_arrays(*arguments), squared_error, *arguments
        )


@task("logistic_regression_loss", points=0.5, about="a batch of one", examples=4)
@given(case=binary_cases())
def test_logistic_loss_takes_a_single_example(student, case):
    arguments = parameters(first_example(case))
    answer = student.logistic_regression_loss.keeping_arguments(*arguments)
    check_against_autograd(answer, logistic, *arguments)


@task("logistic_regression_loss", points=1, about="very large scores, in float64 and float32", examples=4)
@given(case=binary_cases(scale=1e4))
def test_logistic_loss_is_right_for_very_large_scores(student, case):
    for dtype in (np.float64, np.float32):
        arguments = parameters(case, dtype)
        check_against_autograd(student.logistic_regression_loss(*arguments), logistic, *arguments)


@task("logistic_regression_loss", points=0.5, about="other shapes, float32", examples=4)
@given(case=binary_cases())
def test_logistic_loss_keeps_float32_for_other_shapes(student, case):
    for dtype in (np.float64, np.float32):
        arguments = parameters(case, dtype)
        check_against_autograd(student.logistic_regression_loss(*arguments), logistic, *arguments)


@task("logistic_regression_loss", points=0.5, about="other layouts in memory, new answers", examples=2)
@given(case=binary_cases())
def test_logistic_loss_takes_any_layout_in_memory(student, case):
    for arguments in layouts(*parameters(case)):
        check_against_autograd(student.logistic_regression_loss.returning_new_arrays(*arguments), logistic, *arguments)


@task("softmax_regression_loss", points=0.5, about="a batch of one", examples=4)
@given(case=multiclass_cases())
def test_softmax_loss_takes_a_single_example(student, case):
    arguments = parameters(first_example(case))
    answer = student.softmax_regression_loss.keeping_arguments(*arguments)
    check_against_autograd(answer, cross_entropy, *arguments)


@task("softmax_regression_loss", points=0.5, about="examples that differ much")
def test_softmax_loss_of_an_example_does_not_depend_on_the_others(student, rng):
    x, weight, bias = rng.normal(size=(4, 3)), rng.normal(size=(5, 3)), rng.normal(size=5)
    x[:, 0], weight[:, 0] = [600.0, -200.0, 0.0, -250.0], 1.0  # an exponential of each is a number, of 850 it is not
    arguments = x, rng.integers(0, 5, size=4), weight, bias
    check_against_autograd(student.softmax_regression_loss(*arguments), cross_entropy, *arguments)


@task("softmax_regression_loss", points=0.5, about="very large scores, in float64 and float32", examples=4)
@given(case=multiclass_cases(scale=1e4))
def test_softmax_loss_is_right_for_very_large_scores(student, case):
    for dtype in (np.float64, np.float32):
        arguments = parameters(case, dtype)
        check_against_autograd(student.softmax_regression_loss(*arguments), cross_entropy, *arguments)


@task("softmax_regression_loss", points=0.5, about="other shapes, float32", examples=4)
@given(case=multiclass_cases())
def test_softmax_loss_keeps_float32_for_other_shapes(student, case):
    for dtype in (np.float64, np.float32):
        arguments = parameters(case, dtype)
        check_against_autograd(student.softmax_regression_loss(*arguments), cross_entropy, *arguments)


@task("softmax_regression_loss", points=0.5, about="other layouts in memory, new answers", examples=2)
@given(case=multiclass_cases())
def test_softmax_loss_takes_any_layout_in_memory(student, case):
    for arguments in layouts(*parameters(case)):
        check_against_autograd(
            student.softmax_regression_loss.returning_new_arrays(*arguments), cross_entropy, *arguments
        )


@task("linear_svm_loss", points=0.5, about="a batch of one", examples=4)
@given(case=binary_cases(labels=(-1.0, 1.0)))
def test_hinge_loss_takes_a_single_example(student, case):
    arguments = parameters(first_example(case))
    answer = student.linear_svm_loss.keeping_arguments(*arguments, l2=0.3)
    check_against_autograd(answer, hinge(0.3), *arguments)


@task("linear_svm_loss", points=0.5, about="very large scores, in float64 and float32", examples=4)
@given(case=binary_cases(labels=(-1.0, 1.0), scale=1e4))
def test_hinge_loss_is_right_for_very_large_scores(student, case):
    for dtype in (np.float64, np.float32):
        arguments = parameters(case, dtype)
        check_against_autograd(student.linear_svm_loss(*arguments, l2=0.3), hinge(0.3), *arguments)


@task("linear_svm_loss", points=0.5, about="other shapes, float32", examples=4)
@given(case=binary_cases(labels=(-1.0, 1.0)))
def test_hinge_loss_keeps_float32_for_other_shapes(student, case):
    for dtype in (np.float64, np.float32):
        arguments = parameters(case, dtype)
        check_against_autograd(student.linear_svm_loss(*arguments, l2=0.3), hinge(0.3), *arguments)


@task("linear_svm_loss", points=0.5, about="other layouts in memory, new answers", examples=2)
@given(case=binary_cases(labels=(-1.0, 1.0)))
def test_hinge_loss_takes_any_layout_in_memory(student, case):
    for arguments in layouts(*parameters(case)):
        check_against_autograd(student.linear_svm_loss.returning_new_arrays(*arguments, l2=0.3), hinge(0.3), *arguments)


@task("linear_svm_loss", points=0.5, about="examples exactly at the margin")
def test_an_example_exactly_at_the_margin_has_no_gradient(student, rng):
    weight, bias, y = np.array([[1.0, *rng.integers(2, 9, size=2)]]), np.array([3.0]), np.array([1.0, -1.0, 1.0, -1.0])
    x = rng.integers(-9, 10, size=(4, 3)).astype(float)
    x[:, 0] = y - bias - x[:, 1:] @ weight[0, 1:]  # whole numbers, so that y z is exactly 1 in every row
    loss, dweight, dbias = student.linear_svm_loss(x, y, weight, bias, l2=0.5)
    check(float(loss), "loss").equals(float(0.25 * np.sum(weight**2)))
    check(dweight, "dweight").equals(0.5 * weight)
    check(dbias, "dbias").equals(np.zeros(1))


@task("linear_svm_loss", points=0.5, about="wrong labels among right ones, the penalty left out")
def test_hinge_loss_refuses_labels_other_than_minus_one_and_one(student, rng):
    x, weight, bias = rng.normal(size=(3, 2)), rng.normal(size=(1, 2)), rng.normal(size=1)
    right = x, np.array([1.0, -1.0, 1.0]), weight, bias
    check_against_autograd(student.linear_svm_loss(*right), hinge(0.01), *right)
    student.linear_svm_loss.refuses(ValueError, x, np.array([1.0, 0.0, -1.0]), weight, bias)
    student.linear_svm_loss.refuses(ValueError, x, np.array([1.0, -1.0, 2.0]), weight, bias)


def products(x, degree):
    """Return all products of at most `degree` columns, in torch."""
    columns = torch.arange(x.shape[1])
    sets = [torch.combinations(columns, count, with_replacement=True) for count in range(1, degree + 1)]
    return torch.cat([x[:, chosen.reshape(len(chosen), -1)].prod(dim=2) for chosen in sets], dim=1)


@task("polynomial_features", points=1, about="several numbers of inputs and degrees, no argument changed")
def test_features_are_all_products_in_the_stated_order(student, rng):
    for inputs, degree in ((3, 2), (2, 4), (1, 5), (4, 1), (4, 3)):
        x = rng.uniform(0.5, 1.5, size=(5, inputs)) * rng.choice([-1, 1], size=(5, inputs))
        features = student.polynomial_features.keeping_arguments(x, degree=degree)
        check(features, "features").equals(products(to_torch(x), degree))


@task("polynomial_features", points=0.5, about="float32, no example, arrays in another memory layout, new answers")
def test_features_of_float32_in_any_layout_are_new(student, rng):
    drawn = rng.normal(size=(4, 3)).astype(np.float32)
    for x in (*layouts(drawn), drawn[:0]):
        for degree in (2, 1):
            features = student.polynomial_features.returning_new_arrays(x, degree=degree)
            check(features, "features").equals(products(to_torch(x), degree))
