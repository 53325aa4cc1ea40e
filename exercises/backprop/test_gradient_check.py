"""Gradient checking, on the handout's worked example and on random numbers. Expected numbers: by hand."""

import numpy as np

from grader.judge import check, task


def a_squared_times_b(x):
    """The function of the worked example."""
    return float(x[0] ** 2 * x[1])


@task("numerical_gradient", points=1)
def test_central_differences_match_the_worked_example_of_the_handout(student):
    check(student.numerical_gradient(a_squared_times_b, np.array([3.0, 2.0]), h=0.5)).equals(np.array([12.0, 9.0]))


@task("numerical_gradient", points=1)
def test_the_gradient_of_a_sum_of_sines_is_the_cosine(student, rng):
    x = rng.normal(size=(2, 3))
    gradient = student.numerical_gradient(lambda x: float(np.sin(x).sum()), x)
    check(gradient).equals(np.cos(x), rtol=1e-7, atol=1e-8)


@task("relative_error", points=1)
def test_relative_errors_match_the_worked_example_of_the_handout(student):
    error = student.relative_error(np.array([3.0, -2.0, 0.0]), np.array([5.0, 2.0, 0.0]))
    check(error).equals(np.array([0.25, 1.0, 0.0]))


@task("check_gradient", points=1)
def test_the_worst_coordinate_is_that_of_the_worked_example(student):
    error, where = student.check_gradient(a_squared_times_b, np.array([3.0, 2.0]), np.array([12.0, 3.0]))
    check(error, "error").equals(0.5, rtol=1e-6)
    check(list(where), "where").equals([1])
