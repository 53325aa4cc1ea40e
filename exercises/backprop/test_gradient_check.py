"""Gradient checking: the handout's worked examples, random numbers, and what else is promised.

Expected numbers: by hand, the formulas written out, and autograd.
"""

import numpy as np

from grader.judge import check, task, to_torch


def a_squared_times_b(x):
    """The function of the worked example."""
    return float(x[0] ** 2 * x[1])


def quotients(f, x, h):
    """Return the central differences, written out."""
    out = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index], below[index] = x[index] + h, x[index] - h
        out[index] = (f(above) - f(below)) / (2 * h)
    return out


@task("numerical_gradient", points=1)
def test_central_differences_match_the_worked_example_of_the_handout(student):
    check(student.numerical_gradient(a_squared_times_b, np.array([3.0, 2.0]), h=0.5)).equals(np.array([12.0, 9.0]))
    x = np.array([[1.0, 2.0, 0.0], [3.0, -1.0, 0.5]])
    slopes = student.numerical_gradient(lambda x: float((x**3).sum()), x, h=1.0)
    check(slopes).equals(np.array([[4.0, 13.0, 1.0], [28.0, 4.0, 1.75]]))


@task("numerical_gradient", points=0.75)
def test_central_differences_agree_with_autograd_on_random_numbers(student, rng):
    w, x = rng.normal(size=(2, 2, 3))

    def f(x):
        return (w_of(x) * x**3).sum() + x.reshape(-1)[0] * x.sum()

    def w_of(x):
        return w if isinstance(x, np.ndarray) else to_torch(w)

    leaf = to_torch(x, grad=True)
    f(leaf).backward()
    gradient = student.numerical_gradient(lambda x: float(f(x)), x)
    check(gradient).equals(leaf.grad, rtol=1e-5, atol=1e-6)


@task("numerical_gradient", points=0.75)
def test_coordinates_move_one_at_a_time_by_the_step_that_was_asked_for(student, rng):
    x, places = rng.normal(size=(2, 3)), []

    def note(place):
        places.append(place.copy())
        return float((place**3).sum())

    check(student.numerical_gradient.keeping_arguments(note, x, h=0.25)).equals(3 * x**2 + 0.25**2)
    moved = np.abs(np.array(places) - x) > 1e-9
    check(places, "the calls").holds(
        int(moved.sum(axis=(1, 2)).max()) == 1, f"{int(moved.sum(axis=(1, 2)).max())} coordinates move at once, not 1"
    )


@task("relative_error", points=0.75)
def test_relative_errors_match_the_worked_example_of_the_handout(student):
    a, b = np.array([[3.0, -2.0, 0.0], [1.0, 0.0, 4.0]]), np.array([[5.0, 2.0, 0.0], [1.0, -3.0, 1.0]])
    check(student.relative_error(a, b)).equals(np.array([[0.25, 1.0, 0.0], [0.0, 1.0, 0.6]]))


@task("relative_error", points=0.5)
def test_relative_errors_agree_with_the_formula_on_random_numbers(student, rng):
    a, b = rng.normal(size=(2, 4, 3))
    expected = np.abs(a - b) / (np.abs(a) + np.abs(b))
    check(student.relative_error.keeping_arguments(a, b)).equals(expected)


@task("relative_error", points=0.25)
def test_the_floor_bounds_the_denominator_from_below(student, rng):
    a, b = rng.uniform(0.001, 0.002, size=(2, 5))
    check(student.relative_error(a, b, floor=0.01)).equals(np.abs(a - b) / 0.01)
    check(student.relative_error(a * 1e-7, b * 1e-7)).equals(np.abs(a - b) * 10)


@task("check_gradient", points=1)
def test_the_worst_coordinate_is_that_of_the_worked_example(student):
    error, where = student.check_gradient(a_squared_times_b, np.array([3.0, 2.0]), np.array([12.0, 3.0]))
    check(float(error), "error").equals(0.5, rtol=1e-6)
    check(list(where), "where").equals([1])


@task("check_gradient", points=0.5)
def test_the_worst_coordinate_of_a_matrix_is_found_by_the_relative_error(student, rng):
    x, scales = rng.uniform(1, 2, size=(3, 4)), 10.0 ** rng.integers(-2, 3, size=(3, 4))

    def f(x):
        return float((scales * x**3).sum())

    for h in (1e-5, 0.3):
        wrong = quotients(f, x, h) * rng.uniform(1.05, 1.5, size=(3, 4))
        errors = np.abs(wrong - quotients(f, x, h)) / np.maximum(np.abs(wrong) + np.abs(quotients(f, x, h)), 1e-8)
        error, where = student.check_gradient.keeping_arguments(f, x, wrong, h=h)
        check(list(where), "where").equals([int(i) for i in np.unravel_index(errors.argmax(), errors.shape)])
        check(float(error), "error").equals(float(errors.max()), rtol=1e-5)


@task("check_gradient", points=0.5)
def test_a_nan_is_worse_than_everything_else(student, rng):
    x = rng.uniform(1, 2, size=(3, 2))
    wrong = 2 * x
    wrong[0, 1] *= 2
    wrong[2, 1] = np.nan
    error, where = student.check_gradient(lambda x: float((x**2).sum()), x, wrong)
    check(list(where), "where").equals([2, 1])
    check(error, "error").holds(np.isnan(error), f"{error} where a coordinate is not a number: nan is expected")
