"""Kernels and the kernel perceptron, on the handout's worked examples, on random points, and on what else is promised.

Expected numbers: by hand, torch, and the rule in the feature space of the kernel a · b + 1.
"""

import numpy as np
import torch

from grader.judge import check, task, to_torch


def points(rng, dtype=np.float64):
    """Draw two sets of points."""
    return rng.normal(size=(5, 3)).astype(dtype), rng.normal(size=(7, 3)).astype(dtype)


def squared_distances(a, b):
    """Return the squared distances between the rows of two sets of points."""
    return torch.cdist(*to_torch(a, b), compute_mode="donot_use_mm_for_euclid_dist") ** 2


def taught(x, y, max_epochs):
    """Train a perceptron on examples with a constant 1 appended; return how often each was wrong, and mistakes."""
    examples, alpha, counts = np.column_stack([x, np.ones(len(x))]), np.zeros(len(x)), []
    weights = np.zeros(examples.shape[1])
    while len(counts) < max_epochs and 0 not in counts:
        counts.append(0)
        for i, sign in enumerate(2 * y - 1):
            if (weights @ examples[i] >= 0) != (sign > 0):
                weights, alpha[i], counts[-1] = weights + sign * examples[i], alpha[i] + 1, counts[-1] + 1
    return alpha, counts


@task("polynomial_kernel", points=0.75)
def test_polynomial_kernel_matches_the_worked_example_of_the_handout(student):
    a, b = np.array([[1.0, 2.0]]), np.array([[3.0, -1.0], [0.0, 1.0]])
    check(student.polynomial_kernel(a, b, degree=2, constant=1.0)).equals(np.array([[4.0, 9.0]]))
    check(student.polynomial_kernel(a, b, degree=3, constant=0.5)).equals(np.array([[3.375, 15.625]]))


@task("polynomial_kernel", points=0.5)
def test_polynomial_kernel_agrees_with_torch_on_random_points(student, rng):
    a, b = points(rng)
    product = to_torch(a) @ to_torch(b).T
    check(student.polynomial_kernel(a, b)).equals((product + 1) ** 2)
    check(student.polynomial_kernel(a, b, degree=3, constant=-0.4)).equals((product - 0.4) ** 3)


@task("polynomial_kernel", points=0.25)
def test_polynomial_kernel_keeps_float32_and_its_arguments(student, rng):
    a, b = points(rng, np.float32)
    check(student.polynomial_kernel.keeping_arguments(a, b)).equals((to_torch(a) @ to_torch(b).T + 1) ** 2)


@task("rbf_kernel", points=1)
def test_rbf_kernel_matches_the_worked_example_of_the_handout(student):
    gram = student.rbf_kernel(np.array([[0.0, 0.0]]), np.array([[2.0, 0.0], [0.0, 1.0]]), gamma=0.5)
    check(gram).equals(np.exp([[-2.0, -0.5]]))


@task("rbf_kernel", points=0.5)
def test_rbf_kernel_agrees_with_torch_on_random_points(student, rng):
    a, b = points(rng)
    check(student.rbf_kernel(a, b)).equals(torch.exp(-squared_distances(a, b)))
    check(student.rbf_kernel(a, b, gamma=0.3)).equals(torch.exp(-0.3 * squared_distances(a, b)))


@task("rbf_kernel", points=0.5)
def test_rbf_kernel_sees_small_distances_far_from_the_origin(student, rng):
    a, b = points(rng)
    far = a + 1e6, b + 1e6
    check(student.rbf_kernel.keeping_arguments(*far)).equals(torch.exp(-squared_distances(*far)))


@task("fit_kernel_perceptron", points=1)
def test_the_not_gate_is_learned_as_in_the_handout(student):
    alpha, mistakes = student.fit_kernel_perceptron(np.array([[1.0, 1.0], [1.0, 2.0]]), np.array([1.0, 0.0]))
    check(alpha, "alpha").equals(np.array([1.0, 1.0]))
    check(mistakes.tolist(), "mistakes").equals([1, 1, 0])


@task("fit_kernel_perceptron", points=1)
def test_training_makes_the_mistakes_of_the_perceptron_in_feature_space(student, rng):
    for count in (6, 8):
        x, y = rng.integers(-4, 5, size=(count, 3)).astype(float), rng.permutation(np.arange(count) % 2).astype(float)
        alpha, mistakes = student.fit_kernel_perceptron(x @ x.T + 1, y, max_epochs=7)
        expected, counts = taught(x, y, 7)
        check(mistakes.tolist(), "mistakes").equals(counts)
        check(alpha, "alpha").equals(expected)


@task("fit_kernel_perceptron", points=0.5)
def test_training_learns_xor_in_float32_and_keeps_its_arguments(student, rng):
    x = rng.permutation(np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32))
    y = (x[:, 0] != x[:, 1]).astype(np.float32)
    gram = (x @ x.T + 1) ** 2
    alpha, mistakes = student.fit_kernel_perceptron.keeping_arguments(gram, y)
    check(alpha, "alpha").has_dtype("float32")
    check((gram @ (alpha * (2 * y - 1)) >= 0).astype(np.float32), "the trained answers").equals(y)
    check(mistakes.tolist()[-1:], "the last epoch's mistakes").equals([0])


@task("predict_kernel_perceptron", points=0.75)
def test_answers_match_the_worked_example_of_the_handout(student):
    gram, alpha, y = np.array([[1.0, 3.0], [-1.0, 3.0], [2.0, 1.0]]), np.array([2.0, 1.0]), np.array([1.0, 0.0])
    check(student.predict_kernel_perceptron(gram, alpha, y)).equals(np.array([0.0, 0.0, 1.0]))


@task("predict_kernel_perceptron", points=0.5)
def test_answers_follow_from_the_scores_on_random_numbers(student, rng):
    gram, alpha = rng.normal(size=(40, 6)), rng.integers(0, 6, size=6).astype(float)
    y = rng.permutation(np.arange(6) % 2).astype(float)
    scores = to_torch(gram) @ to_torch(alpha * (2 * y - 1))
    check(student.predict_kernel_perceptron(gram, alpha, y)).equals((scores >= 0).double())


@task("predict_kernel_perceptron", points=0.25)
def test_a_score_of_zero_answers_one_in_float32(student, rng):
    gram, alpha = rng.integers(-9, 10, size=(20, 3)).astype(np.float32), np.array([1, 2, 1], np.float32)
    gram[::2, 0] = 2 * gram[::2, 1] - gram[::2, 2]  # the score is exactly 0 in every other row
    y = np.array([1, 0, 1], np.float32)
    answers = student.predict_kernel_perceptron.keeping_arguments(gram, alpha, y)
    check(answers).equals((gram @ (alpha * (2 * y - 1)) >= 0).astype(np.float32))


@task("kernel_ridge", points=0.5)
def test_coefficients_match_the_worked_example_of_the_handout(student):
    alpha = student.kernel_ridge(np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([[8.0], [0.0]]), l2=1.0)
    check(alpha, "alpha").equals(np.array([[3.0], [-1.0]]))


@task("kernel_ridge", points=0.5)
def test_coefficients_solve_the_system_of_torch(student, rng):
    x, y = rng.normal(size=(6, 2)), rng.normal(size=(6, 3))
    gram = x @ x.T
    alpha = student.kernel_ridge.keeping_arguments(gram, y, l2=0.4)
    check(alpha, "alpha").equals(
        torch.linalg.solve(to_torch(gram) + 0.4 * torch.eye(6, dtype=torch.float64), to_torch(y))
    )
