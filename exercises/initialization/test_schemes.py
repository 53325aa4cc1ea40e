"""What you can check at home: schemes.py on the handout's worked example, and on many random weights.

Expected numbers: by hand. The mean square of 30,000 weights strays by more than 10 % with a probability below 1e-28.
"""

import math

import numpy as np

from grader.judge import check, task


def require_variance(weight, shape, expected):
    """Require the shape, and a mean square within 10 % of the variance."""
    check(weight, "the weights").has_shape(*shape)
    ratio = np.mean(weight**2) / expected
    check(weight, "the weights").holds(0.9 < ratio < 1.1, f"their variance is {ratio:.3g} times {expected:.4g}")


@task("fan_in_and_fan_out", points=1)
def test_fans_match_the_worked_example_of_the_handout(student):
    check(student.fan_in_and_fan_out((4, 6))).equals((6, 4))
    check(student.fan_in_and_fan_out((4, 2, 3, 5))).equals((30, 60))


@task("calculate_gain", points=1)
def test_gains_match_the_worked_example_of_the_handout(student):
    check(student.calculate_gain("relu")).equals(math.sqrt(2))
    check(student.calculate_gain("leaky_relu", 0.5)).equals(math.sqrt(1.6))
    check(student.calculate_gain("tanh")).equals(5 / 3)


@task("constant", points=1)
def test_constant_fills_an_array(student, rng):
    check(student.constant((2, 3), rng, val=0.5)).equals(np.array([[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]]))


@task("normal", points=1)
def test_normal_has_the_variance_of_its_standard_deviation(student, rng):
    require_variance(student.normal((100, 300), rng, mean=4.0, std=0.2) - 4, (100, 300), 0.04)


@task("xavier_uniform", points=1)
def test_xavier_uniform_has_variance_and_bounds(student, rng):
    weight = student.xavier_uniform((100, 300), rng)
    require_variance(weight, (100, 300), 2 / 400)
    check(np.abs(weight).max(), "the largest weight").holds(np.abs(weight).max() <= math.sqrt(6 / 400), "too large")


@task("xavier_normal", points=1)
def test_xavier_normal_has_the_variance(student, rng):
    require_variance(student.xavier_normal((100, 300), rng, gain=3.0), (100, 300), 9 * 2 / 400)


@task("he_std", points=1)
def test_standard_deviation_matches_the_worked_example_of_the_handout(student):
    check(student.he_std((4, 2, 3, 3))).equals(1 / 3)
    check(student.he_std((4, 2, 3, 3), mode="fan_out")).equals(math.sqrt(2 / 36))
    check(student.he_std((4, 2, 3, 3), a=0.5)).equals(math.sqrt(1.6 / 18))


@task("he_uniform", points=1)
def test_he_uniform_has_variance_and_bounds(student, rng):
    weight = student.he_uniform((100, 300), rng)
    require_variance(weight, (100, 300), 2 / 300)
    check(np.abs(weight).max(), "the largest weight").holds(np.abs(weight).max() <= math.sqrt(6 / 300), "too large")


@task("he_normal", points=1)
def test_he_normal_has_the_variance(student, rng):
    require_variance(student.he_normal((100, 300), rng, mode="fan_out"), (100, 300), 2 / 100)


@task("orthogonal", points=1)
def test_rows_of_a_wide_matrix_are_orthonormal(student, rng):
    q = student.orthogonal((3, 7), rng)
    check(q, "the weights").has_shape(3, 7)
    check(q @ q.T, "the matrix times its transpose").equals(np.eye(3), atol=1e-10)


@task("trunc_normal", points=1)
def test_weights_lie_between_the_bounds_and_not_on_them(student, rng):
    weight = student.trunc_normal((100, 300), rng, mean=1.0, std=2.0, a=0.0, b=3.0)
    check(weight, "the weights").has_shape(100, 300)
    outside = np.sum((weight <= 0) | (weight >= 3))
    check(weight, "the weights").holds(outside == 0, f"{outside} of 30,000 lie outside or on a bound")
    distinct = len(np.unique(weight[np.isfinite(weight)]))
    check(weight, "the weights").holds(distinct > 29_990, f"only {distinct} of 30,000 are different")
