"""Kernels and the kernel perceptron.

Requires: the Gram matrix between two different sets of points, also of one and of none; a kernel perceptron that makes,
kernel for kernel, the mistakes of the perceptron in the kernel's feature space; answers 0 and 1 from Gram rows of new
points; float32 stays float32; arguments unchanged.

Catches: a forgotten constant, powers before the product, gamma taken for sigma, distances without the square, expanded
squares that lose their digits, labels 0 and 1 in the place of signs, labels counted twice, updates on every example.

Expected numbers: torch.cdist in float64 without its matrix-product shortcut, torch's powers; Rosenblatt's rule in the
feature space of the kernel a · b + 1, on whole numbers, where sums are exact.
"""

import numpy as np
import torch
from hypothesis import given

from datasets.gates import truth_table
from grader.judge import check, task, to_torch
from tests.hidden.perceptron.strategies import gram_cases, points_cases

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


@task("polynomial_kernel", points=1, examples=4)
@given(case=points_cases())
def test_polynomial_kernel_agrees_with_torch_for_every_degree(student, case):
    a, b = to_torch(case.a, case.b)
    for degree, constant in ((1, 0.7), (3, 0.4), (4, -0.3)):
        gram = student.polynomial_kernel.keeping_arguments(case.a, case.b, degree=degree, constant=constant)
        check(gram).equals(torch.pow(a @ b.T + constant, degree))


@task("polynomial_kernel", points=1, examples=3)
@given(case=points_cases())
def test_polynomial_kernel_keeps_float32_and_the_defaults(student, case):
    for rows, columns in SIZES:
        a, b = case.a[:rows].astype(np.float32), case.b[:columns].astype(np.float32)
        check(student.polynomial_kernel(a, b)).equals((to_torch(a) @ to_torch(b).T + 1) ** 2)


@task("rbf_kernel", points=1, examples=4)
@given(case=points_cases())
def test_rbf_kernel_agrees_with_torch(student, case):
    for gamma in (0.3, 1.7):
        gram = student.rbf_kernel.keeping_arguments(case.a, case.b, gamma=gamma)
        check(gram).equals(torch.exp(-gamma * distances(case.a, case.b) ** 2))


@task("rbf_kernel", points=1, examples=3)
@given(case=points_cases())
def test_rbf_kernel_keeps_float32_and_the_default(student, case):
    for rows, columns in SIZES:
        a, b = case.a[:rows].astype(np.float32), case.b[:columns].astype(np.float32)
        check(student.rbf_kernel(a, b)).equals(torch.exp(-(distances(a, b) ** 2)))


@task("rbf_kernel", points=1, examples=3)
@given(case=points_cases())
def test_rbf_kernel_sees_small_distances_far_from_the_origin(student, case):
    a, b = case.a + 1e6, case.b + 1e6
    b[0], b[1] = a[1], b[1] + 1e4  # no distance at all, and one whose exponential is 0
    check(student.rbf_kernel(a, b, gamma=0.6)).equals(torch.exp(-0.6 * distances(a, b) ** 2))


@task("fit_kernel_perceptron", points=2, examples=6)
@given(case=gram_cases())
def test_makes_the_mistakes_of_the_perceptron_in_feature_space(student, case):
    for gram, y in ((case.gram, case.y), (case.gram[:1, :1], case.y[:1])):
        alpha, mistakes = student.fit_kernel_perceptron.keeping_arguments(gram, y, max_epochs=9)
        expected, counts = taught(gram, y, 9)
        check(mistakes.tolist(), "mistakes").equals(counts)
        check(alpha, "alpha").equals(expected)


@task("fit_kernel_perceptron", points=1)
def test_learns_xor_with_the_kernel_of_degree_two_in_float32_and_stops(student):
    x, y = (array.astype(np.float32) for array in truth_table("xor"))
    gram = (x @ x.T + 1) ** 2
    alpha, mistakes = student.fit_kernel_perceptron(gram, y)
    check(mistakes.tolist(), "mistakes").equals(taught(gram, y, 100)[1])
    check(alpha, "alpha").equals(taught(gram, y, 100)[0].astype(np.float32))
    check((gram @ (alpha * (2 * y - 1)) >= 0).astype(np.float32), "the trained answers").equals(y)


@task("fit_kernel_perceptron", points=1)
def test_gives_up_on_xor_without_a_kernel_after_a_hundred_epochs(student):
    x, y = truth_table("xor")
    alpha, mistakes = student.fit_kernel_perceptron(x @ x.T + 1, y)
    expected, counts = taught(x @ x.T + 1, y, 100)
    check(mistakes.tolist(), "mistakes").equals(counts)
    check(alpha, "alpha").equals(expected)


@task("predict_kernel_perceptron", points=1)
def test_answers_for_new_points_follow_from_their_scores(student, rng):
    gram, alpha = rng.normal(size=(40, 6)), rng.integers(0, 5, size=6).astype(float)
    y = rng.permutation(np.array([0.0, 1.0, 0.0, 1.0, 0.0, 1.0]))
    for rows in (gram, gram[:1], gram[:0]):
        answers = student.predict_kernel_perceptron.keeping_arguments(rows, alpha, y)
        check(answers).equals((to_torch(rows) @ to_torch(alpha * (2 * y - 1)) >= 0).double())


@task("predict_kernel_perceptron", points=1)
def test_answers_one_where_the_score_is_exactly_zero(student, rng):
    gram, alpha = rng.integers(-9, 10, size=(60, 4)).astype(np.float32), np.array([1, 3, 2, 1], dtype=np.float32)
    y = np.array([1, 0, 1, 0], dtype=np.float32)
    gram[::2, 0] = 3 * gram[::2, 1] - 2 * gram[::2, 2] + gram[::2, 3]  # the score is exactly 0 in every other row
    check(student.predict_kernel_perceptron(gram, alpha, y)).equals(
        ((gram @ (alpha * (2 * y - 1))) >= 0).astype(np.float32)
    )
