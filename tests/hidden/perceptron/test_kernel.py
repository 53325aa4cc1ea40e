"""Kernels and the kernel perceptron.

Requires: the Gram matrix between two different sets of points, also of one and of none; a kernel perceptron that makes,
kernel for kernel, the mistakes of the perceptron in the kernel's feature space; answers 0 and 1 from Gram rows of new
points; any layout in memory; float32 stays float32; arguments unchanged.

Catches: a forgotten constant, powers before the product, gamma taken for sigma, distances without the square, expanded
squares that lose their digits, labels 0 and 1 in the place of signs, labels counted twice, updates on every example.

Expected numbers: torch.cdist in float64 without its matrix-product shortcut, torch's powers; Rosenblatt's rule in the
feature space of the kernel a · b + 1, on whole numbers, where sums are exact.
"""

from itertools import product

import numpy as np
import torch
from hypothesis import given

from grader.judge import check, layouts, task, to_torch
from tests.hidden.perceptron.strategies import drawn_xor, gram_cases, points_cases

SIZES = ((None, None), (1, None), (None, 1), (0, None), (None, 0))  # how many points of either set: None means all


def distances(a, b):
    """Return the distances between the rows of two sets of points."""
    return torch.cdist(*to_torch(a, b), compute_mode="donot_use_mm_for_euclid_dist")


def taught(gram, y, max_epochs):
    """Train in the feature space: keep each example's score, and add a row of the Gram matrix at each mistake."""
    signs, scores, alpha, mistakes = 2 * y - 1, np.zeros(len(y)), np.zeros(len(y)), []
    while len(mistakes) < max_epochs and 0 not in mistakes:
        before = alpha.sum()
        for i, sign in enumerate(signs):
            if (scores[i] >= 0) != (sign > 0):
                scores, alpha[i] = scores + sign * gram[i], alpha[i] + 1
        mistakes.append(int(alpha.sum() - before))
    return alpha, mistakes


@task("polynomial_kernel", points=0.5, about="every degree with several constants", examples=4)
@given(case=points_cases())
def test_polynomial_kernel_agrees_with_torch_for_every_degree(student, case):
    a, b = to_torch(case.a, case.b)
    for degree, constant in ((1, 0.7), (4, -0.3), (5, 0.0)):
        gram = student.polynomial_kernel.keeping_arguments(case.a, case.b, degree=degree, constant=constant)
        check(gram).equals(torch.pow(a @ b.T + constant, degree))


@task("polynomial_kernel", points=0.5, about="one point, no point", examples=3)
@given(case=points_cases())
def test_polynomial_kernel_takes_few_points(student, case):
    for rows, columns in SIZES:
        a, b = case.a[:rows], case.b[:columns]
        check(student.polynomial_kernel(a, b)).equals((to_torch(a) @ to_torch(b).T + 1) ** 2)


@task("polynomial_kernel", points=0.5, about="other layouts in memory, new answers, float32", examples=2)
@given(case=points_cases())
def test_polynomial_kernel_takes_any_layout_in_memory(student, case):
    for a, b in layouts(case.a.astype(np.float32), case.b.astype(np.float32)):
        check(student.polynomial_kernel.returning_new_arrays(a, b, degree=3)).equals(
            (to_torch(a) @ to_torch(b).T + 1) ** 3
        )


@task("rbf_kernel", points=0.5, about="several gammas, one point, no point", examples=4)
@given(case=points_cases())
def test_rbf_kernel_agrees_with_torch_on_few_points(student, case):
    for (rows, columns), gamma in product(SIZES, (0.2, 1.7)):
        a, b = case.a[:rows], case.b[:columns]
        gram = student.rbf_kernel.keeping_arguments(a, b, gamma=gamma)
        check(gram).equals(torch.exp(-gamma * distances(a, b) ** 2))


@task("rbf_kernel", points=0.5, about="float32", examples=3)
@given(case=points_cases())
def test_rbf_kernel_keeps_float32(student, case):
    a, b = case.a.astype(np.float32), case.b.astype(np.float32)
    check(student.rbf_kernel(a, b)).equals(torch.exp(-(distances(a, b) ** 2)))


@task("rbf_kernel", points=0.5, about="points that are the same or very far from each other", examples=3)
@given(case=points_cases())
def test_rbf_kernel_is_one_for_the_same_point_and_zero_far_away(student, case):
    a, b = case.a + 1e6, case.b + 1e6
    b[0], b[1] = a[1], b[1] + 1e4  # no distance at all, and one whose exponential is 0
    check(student.rbf_kernel(a, b, gamma=0.6)).equals(torch.exp(-0.6 * distances(a, b) ** 2))


@task("rbf_kernel", points=0.5, about="other layouts in memory, new answers", examples=2)
@given(case=points_cases())
def test_rbf_kernel_takes_any_layout_in_memory(student, case):
    for a, b in layouts(case.a, case.b):
        check(student.rbf_kernel.returning_new_arrays(a, b, gamma=0.4)).equals(torch.exp(-0.4 * distances(a, b) ** 2))


@task("fit_kernel_perceptron", points=1, about="every epoch's mistakes, on whole numbers", examples=6)
@given(case=gram_cases())
def test_makes_the_mistakes_of_the_perceptron_in_feature_space(student, case):
    alpha, mistakes = student.fit_kernel_perceptron.keeping_arguments(case.gram, case.y, max_epochs=9)
    expected, counts = taught(case.gram, case.y, 9)
    check(mistakes.tolist(), "mistakes").equals(counts)
    check(alpha, "alpha").equals(expected)


@task("fit_kernel_perceptron", points=0.5, about="a single example", examples=3)
@given(case=gram_cases())
def test_learns_a_single_example(student, case):
    gram, y = case.gram[:1, :1], case.y[:1]
    alpha, mistakes = student.fit_kernel_perceptron(gram, y)
    expected, counts = taught(gram, y, 100)
    check(mistakes.tolist(), "mistakes").equals(counts)
    check(alpha, "alpha").equals(expected)


@task("fit_kernel_perceptron", points=0.5, about="classes that cannot be told apart, the number of epochs left out")
def test_gives_up_on_xor_without_a_kernel_after_a_hundred_epochs(student, rng):
    x, y = drawn_xor(rng)
    alpha, mistakes = student.fit_kernel_perceptron(x @ x.T + 1, y)
    expected, counts = taught(x @ x.T + 1, y, 100)
    check(mistakes.tolist(), "mistakes").equals(counts)
    check(alpha, "alpha").equals(expected)


@task("fit_kernel_perceptron", points=0.5, about="float32, other layouts in memory, new answers", examples=2)
@given(case=gram_cases())
def test_training_takes_any_layout_in_memory_and_keeps_float32(student, case):
    expected, counts = taught(case.gram, case.y, 6)
    for gram, y in layouts(case.gram.astype(np.float32), case.y.astype(np.float32)):
        alpha, mistakes = student.fit_kernel_perceptron.returning_new_arrays(gram, y, max_epochs=6)
        check(mistakes.tolist(), "mistakes").equals(counts)
        check(alpha, "alpha").equals(expected.astype(np.float32))


@task("predict_kernel_perceptron", points=0.5, about="one new point, none, a second call")
def test_answers_for_few_new_points_follow_from_their_scores(student, rng):
    gram, alpha = rng.normal(size=(40, 6)), rng.integers(0, 5, size=6).astype(float)
    y = rng.permutation(np.array([0.0, 1.0, 0.0, 1.0, 0.0, 1.0]))
    for rows in (gram, -gram, gram[:1], gram[:0]):
        answers = student.predict_kernel_perceptron.keeping_arguments(rows, alpha, y)
        check(answers).equals((to_torch(rows) @ to_torch(alpha * (2 * y - 1)) >= 0).double())


@task("predict_kernel_perceptron", points=0.5, about="scores of exactly zero")
def test_answers_one_where_the_score_is_exactly_zero(student, rng):
    gram, alpha = rng.integers(-9, 10, size=(60, 4)).astype(float), np.array([1.0, 3.0, 2.0, 1.0])
    y = np.array([1.0, 0.0, 1.0, 0.0])
    gram[::2, 0] = 3 * gram[::2, 1] - 2 * gram[::2, 2] + gram[::2, 3]  # the score is exactly 0 in every other row
    check(student.predict_kernel_perceptron(gram, alpha, y)).equals((gram @ (alpha * (2 * y - 1)) >= 0).astype(float))


@task("predict_kernel_perceptron", points=0.5, about="other layouts in memory, new answers, float32")
def test_answers_take_any_layout_in_memory(student, rng):
    numbers, alpha, labels = rng.integers(-9, 10, size=(30, 5)), rng.integers(0, 5, size=5), np.arange(5) % 2
    for gram, counts, y in layouts(*(array.astype(np.float32) for array in (numbers, alpha, labels))):
        answers = student.predict_kernel_perceptron.returning_new_arrays(gram, counts, y)
        check(answers).equals((gram @ (counts * (2 * y - 1)) >= 0).astype(np.float32))


def ridge_in_feature_space(features, y, l2):
    """Return the predictions of ridge regression on features that are at hand, from torch's least squares."""
    rows = torch.cat([features, l2**0.5 * torch.eye(features.shape[1], dtype=features.dtype)])
    targets = torch.cat([y, torch.zeros(features.shape[1], y.shape[1], dtype=y.dtype)])
    return features @ torch.linalg.lstsq(rows, targets).solution


@task("kernel_ridge", points=1, about="singular Gram matrices, several targets and penalties, no argument changed")
def test_coefficients_predict_what_ridge_regression_predicts(student, rng):
    for points, outputs, l2 in ((9, 2, 0.3), (7, 1, 2.5), (6, 4, 1.0)):
        features, y = rng.normal(size=(points, 3)), rng.normal(size=(points, outputs))
        gram = features @ features.T
        alpha = student.kernel_ridge.keeping_arguments(gram, y, l2=l2)
        expected = torch.linalg.solve(to_torch(gram) + l2 * torch.eye(points, dtype=torch.float64), to_torch(y))
        check(alpha, "alpha").equals(expected)
        check(gram @ alpha, "gram @ alpha").equals(ridge_in_feature_space(*to_torch(features, y), l2))


@task("kernel_ridge", points=0.5, about="float32, one example, arrays in another memory layout, new answers")
def test_coefficients_of_float32_in_any_layout_are_new(student, rng):
    x, y = rng.normal(size=(5, 8)), rng.normal(size=(5, 2)).astype(np.float32)
    gram = (x @ x.T).astype(np.float32)
    for matrix, targets in (*layouts(gram, y), (gram[:1, :1], y[:1])):
        alpha = student.kernel_ridge.returning_new_arrays(matrix, targets, l2=0.5)
        check(alpha, "alpha").equals(
            torch.linalg.solve(to_torch(matrix) + 0.5 * torch.eye(len(matrix)), to_torch(targets))
        )
