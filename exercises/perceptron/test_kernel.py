"""Kernels and the kernel perceptron, on the handout's worked examples. Expected numbers: by hand."""

import numpy as np

from grader.judge import check, task


@task("polynomial_kernel", points=1)
def test_polynomial_kernel_matches_the_worked_example_of_the_handout(student):
    a, b = np.array([[1.0, 2.0]]), np.array([[3.0, -1.0], [0.0, 1.0]])
    check(student.polynomial_kernel(a, b, degree=2, constant=1.0)).equals(np.array([[4.0, 9.0]]))
    check(student.polynomial_kernel(a, b, degree=3, constant=0.5)).equals(np.array([[3.375, 15.625]]))


@task("rbf_kernel", points=1)
def test_rbf_kernel_matches_the_worked_example_of_the_handout(student):
    gram = student.rbf_kernel(np.array([[0.0, 0.0]]), np.array([[2.0, 0.0], [0.0, 1.0]]), gamma=0.5)
    check(gram).equals(np.exp([[-2.0, -0.5]]))


@task("fit_kernel_perceptron", points=1)
def test_training_on_not_matches_the_worked_example_of_the_handout(student):
    alpha, mistakes = student.fit_kernel_perceptron(np.array([[1.0, 1.0], [1.0, 2.0]]), np.array([1.0, 0.0]))
    check(alpha, "alpha").equals(np.array([1.0, 1.0]))
    check(mistakes.tolist(), "mistakes").equals([1, 1, 0])


@task("predict_kernel_perceptron", points=1)
def test_answers_match_the_worked_example_of_the_handout(student):
    gram, alpha, y = np.array([[1.0, 3.0], [-1.0, 3.0], [2.0, 1.0]]), np.array([2.0, 1.0]), np.array([1.0, 0.0])
    check(student.predict_kernel_perceptron(gram, alpha, y)).equals(np.array([0.0, 0.0, 1.0]))
