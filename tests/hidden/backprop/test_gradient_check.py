"""Central differences, the relative error, and the search for the worst coordinate.

Requires the symmetric quotient for any h and any shape, one coordinate at a time, two calls of the function for each,
an error between 0 and 1 that does not prefer either side, 0 for two zeros, the index of the worst coordinate.

Catches: one-sided differences, a wrong denominator, coordinates that do not come back, steps in all coordinates at
once, signs that cancel in the denominator, a floor that is added, absolute for relative errors, flat indices, nan
overlooked.

Expected numbers: the formulas written out, with steps so large that no two quotients agree; torch.autograd.
"""

import numpy as np
from hypothesis import given

from grader.judge import check, layouts, task, to_torch
from tests.hidden.backprop.strategies import pair_cases


def function_of(w):
    """Return a function of all coordinates together, for arrays and tensors."""
    return lambda x: (w * x**3).sum() + (x.sum() - x.reshape(-1)[0] * x.reshape(-1)[-1]) ** 2


def quotients(f, x, h):
    """The central differences, written out."""
    out = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += h
        below[index] -= h
        out[index] = (f(above) - f(below)) / (2 * h)
    return out


def moved_by_default(differentiate):
    """Return how far a function's argument is moved, at the most, from the place where it starts."""
    places = []

    def note(place):
        places.append(place.copy())
        return float((place**2).sum())

    differentiate(note)
    return float(np.ptp(places, axis=0).max()) / 2


def spoiled(gradient, rng, factor):
    """Return a gradient that is a little wrong everywhere and very wrong at one place, and that place."""
    wrong = gradient * rng.uniform(0.99, 1.01, size=gradient.shape)
    where = tuple(int(rng.integers(size)) for size in gradient.shape)
    wrong[where] *= factor
    return wrong, where


def check_worst(student, f, x, wrong, h):
    """Check the error and the place that are reported for a wrong gradient."""
    reference = quotients(f, x, h)
    errors = np.abs(wrong - reference) / np.maximum(np.abs(wrong) + np.abs(reference), 1e-8)
    error, where = student.check_gradient(lambda x: float(f(x)), x, wrong, h=h)
    check(list(where), "where").equals([int(i) for i in np.unravel_index(errors.argmax(), errors.shape)])
    check(float(error), "error").equals(float(errors.max()), rtol=1e-6)


@task("numerical_gradient", points=1, about="large steps, any number of axes", examples=4)
@given(case=pair_cases())
def test_differences_are_central_whatever_the_step(student, case):
    f = function_of(case.b)
    for h in (0.5, 0.1):
        check(student.numerical_gradient(lambda x: float(f(x)), case.a, h=h)).equals(quotients(f, case.a, h), rtol=1e-7)


@task("numerical_gradient", points=0.5, about="the step by default, against autograd", examples=3)
@given(case=pair_cases())
def test_with_the_usual_step_it_agrees_with_autograd(student, case):
    x = to_torch(case.a, grad=True)
    function_of(to_torch(case.b))(x).backward()
    f = function_of(case.b)
    got = student.numerical_gradient(lambda x: float(f(x)), case.a)
    check(got).equals(x.grad, rtol=1e-5, atol=1e-6)


@task("numerical_gradient", points=0.5, about="how often the function is called, and where")
def test_one_coordinate_moves_at_a_time_and_each_costs_two_calls(student, rng):
    x, moved = rng.normal(size=(2, 3)), []

    def note(place):
        moved.append(int((np.abs(place - x) > 1e-9).sum()))
        return float((place**2).sum())

    gradient = student.numerical_gradient(note, x, h=0.01)
    check(gradient).equals(2 * x, rtol=1e-7)
    check(moved, "the coordinates that moved").holds(max(moved) == 1, f"{max(moved)} coordinates move at once, not 1")
    check(moved_by_default(lambda f: student.numerical_gradient(f, x)), "the step by default").equals(1e-5, rtol=1e-4)
    check(moved, "the calls").holds(len(moved) <= 13, f"the function is called {len(moved)} times for 6 coordinates")


@task("numerical_gradient", points=0.5, about="other layouts in memory, new answers", examples=2)
@given(case=pair_cases())
def test_differences_take_any_layout_in_memory(student, case):
    f = function_of(case.b)
    for x in layouts(case.a):
        check(student.numerical_gradient.returning_new_arrays(lambda x: float(f(x)), x, h=0.2)).equals(
            quotients(f, x, 0.2), rtol=1e-7
        )


@task("relative_error", points=0.5, about="other shapes, numbers of very different size", examples=6)
@given(case=pair_cases())
def test_the_error_is_measured_by_both_sizes(student, case):
    expected = np.abs(case.a - case.b) / (np.abs(case.a) + np.abs(case.b))
    check(student.relative_error.keeping_arguments(case.a, case.b)).equals(expected)
    check(student.relative_error(case.b, 1000 * case.b)).equals(np.full(case.b.shape, 999 / 1001))


@task("relative_error", points=0.5, about="zeros and nearly zeros")
def test_the_floor_bounds_the_denominator_and_zeros_are_equal(student, rng):
    a, b = np.array([0.0, 1e-9, 2e-3, 0.0, 5e-8]), np.array([0.0, -1e-9, -1e-3, 4e-3, 0.0])
    a, b = rng.uniform(0.5, 2, size=(2, 5)) * (a, b)
    for options, floor in (({}, 1e-8), ({"floor": 0.01}, 0.01)):
        expected = np.abs(a - b) / np.maximum(np.abs(a) + np.abs(b), floor)
        check(student.relative_error(a, b, **options), f"the error for the floor {floor:g}").equals(expected)


@task("relative_error", points=0.5, about="other layouts in memory, new answers", examples=2)
@given(case=pair_cases())
def test_errors_take_any_layout_in_memory(student, case):
    for a, b in layouts(case.a, case.b):
        check(student.relative_error.returning_new_arrays(a, b)).equals(np.abs(a - b) / (np.abs(a) + np.abs(b)))


@task("check_gradient", points=0.5, about="any number of axes", examples=5)
@given(case=pair_cases())
def test_the_worst_coordinate_is_named(student, case):
    f, rng = function_of(case.b), np.random.default_rng(3)
    wrong, _ = spoiled(quotients(f, case.a, 0.01), rng, 1.5)
    check_worst(student, f, case.a, wrong, 0.01)


@task("check_gradient", points=0.5, about="gradients of very different size")
def test_small_gradients_count_as_much_as_large_ones_whatever_the_step(student, rng):
    scales = np.array([[1e3, 1.0, 1e-3], [10.0, 0.0, 1e2]])  # two gradients of zero are equal
    x = rng.uniform(1, 2, size=(2, 3))
    right = 3 * scales * x**2
    wrong = right * np.array([[1.001, 1.01, 1.2], [1.02, 1.05, 1.002]])
    for h in (0.3, 1e-3):
        check_worst(student, lambda x: (scales * x**3).sum(), x, wrong, h)


@task("check_gradient", points=0.5, about="the step by default, the first of several that are equally bad")
def test_the_first_of_several_equally_bad_coordinates_is_named_with_the_usual_step(student, rng):
    x = rng.normal(size=(3, 2))
    wrong = 2 * x
    wrong[1, 0] += 100
    _, where = student.check_gradient(lambda x: float((x**2).sum()), x, wrong)
    check(list(where), "where").equals([1, 0])
    moved = moved_by_default(lambda f: student.check_gradient(f, x, wrong))
    check(moved, "the step by default").equals(1e-5, rtol=1e-4)
    opposite = np.where([[False, True], [True, False], [False, True]], -2 * x, 2 * x)  # the error is 1 in three places
    _, where = student.check_gradient(lambda x: float((x**2).sum()), np.ones((3, 2)), np.sign(opposite * x) * 2)
    check(list(where), "where").equals([0, 1])


@task("check_gradient", points=0.5, about="a gradient that is quite broken, other layouts in memory, new answers")
def test_the_worst_coordinate_is_named_for_any_layout_in_memory(student, rng):
    for x, wrong in layouts(*rng.uniform(1, 2, size=(2, 3, 4))):
        check_worst(student, lambda x: (x**2).sum(), x, wrong, 0.1)
        spoilt = wrong.copy()
        spoilt[1, 2] = np.nan
        error, where = student.check_gradient.returning_new_arrays(lambda x: float((x**2).sum()), x, spoilt)
        check(list(where), "where").equals([1, 2])
        check(error, "error").holds(np.isnan(error), f"{error} where a coordinate is not a number: nan is expected")
