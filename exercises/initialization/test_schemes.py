"""What you can check at home: schemes.py on the handout's worked example, against torch, and on many random weights.

Expected numbers: by hand, or torch's. The mean square of 30,000 weights strays by more than 10 % with a probability
below 1e-28, their share beyond two standard deviations by a fifth with one below 1e-14.
"""

import math

import numpy as np
import torch

from grader.judge import check, task

LAYER, CONVOLUTION = (100, 300), (50, 12, 5, 10)
NAMES = ("linear", "conv2d", "sigmoid", "tanh", "selu", "relu")


def require_variance(weight, shape, expected):
    """Require the shape, float64, and a mean square within 10 % of the variance."""
    check(weight, "the weights").has_shape(*shape)
    check(weight, "the weights").has_dtype("float64")
    ratio = np.mean(weight**2) / expected
    check(weight, "the weights").holds(0.9 < ratio < 1.1, f"their variance is {ratio:.3g} times {expected:.4g}")


def require_bound(weight, bound):
    """Require weights on both sides that come near to the bound and do not exceed it."""
    low, high = weight.min(), weight.max()
    near = -bound <= low < -0.99 * bound and 0.99 * bound < high <= bound
    check(weight, "the weights").holds(near, f"they lie between {low:.4g} and {high:.4g}, the bound is {bound:.4g}")


def require_normal_tails(weight, std):
    """Require the normal distribution's share beyond two standard deviations, 4.55 %."""
    share = np.mean(np.abs(weight) > 2 * std)
    check(weight, "the weights").holds(0.036 < share < 0.055, f"{share:.2%} lie beyond two standard deviations")


def require_own_randomness(scheme, rng, **options):
    """Require the same numbers from the same generator, and others from another one; return the first."""
    seed = int(rng.integers(2**32))
    first, again, other = (scheme((6, 4), np.random.default_rng(s), **options) for s in (seed, seed, seed + 1))
    same = np.array_equal(first, again)
    check(again, "the weights").holds(same, "a generator in the same state gave other numbers the second time")
    common = np.isin(first, other).sum()
    check(other, "the weights").holds(common == 0, f"{common} of {first.size} came from another generator as well")
    return first


@task("fan_in_and_fan_out", points=0.5)
def test_fans_match_the_worked_example_of_the_handout(student):
    check(student.fan_in_and_fan_out((4, 6))).equals((6, 4))
    check(student.fan_in_and_fan_out((4, 2, 3, 5))).equals((30, 60))


@task("fan_in_and_fan_out", points=0.5)
def test_fans_count_the_weights_of_a_unit_and_of_an_input(student, rng):
    for axes in (2, 3, 4, 5):
        shape = tuple(int(size) for size in rng.permutation(np.arange(2, 8))[:axes])
        weight = torch.empty(shape)
        check(student.fan_in_and_fan_out(shape), f"the fans of {shape}").equals(
            (weight[0].numel(), weight[:, 0].numel())
        )


@task("fan_in_and_fan_out", points=0.5)
def test_a_bias_has_no_fans(student, rng):
    size = int(rng.integers(3, 9))
    check(student.fan_in_and_fan_out((size, 2)), "the fans of a matrix").equals((2, size))
    student.fan_in_and_fan_out.refuses(ValueError, (size,))


@task("calculate_gain", points=0.5)
def test_gains_match_the_worked_example_of_the_handout(student):
    check(student.calculate_gain("relu")).equals(math.sqrt(2))
    check(student.calculate_gain("leaky_relu", 0.5)).equals(math.sqrt(1.6))
    check(student.calculate_gain("tanh")).equals(5 / 3)


@task("calculate_gain", points=0.5)
def test_gains_agree_with_torch_and_only_leaky_relu_has_a_slope(student, rng):
    slope = float(rng.uniform(0.1, 2))
    for name in (*NAMES, "leaky_relu"):
        check(student.calculate_gain(name, slope), name).equals(float(torch.nn.init.calculate_gain(name, slope)))


@task("calculate_gain", points=0.5)
def test_a_slope_may_be_zero_or_not_given_and_names_must_be_known(student, rng):
    slope = float(rng.uniform(0.3, 2))
    check(student.calculate_gain("leaky_relu", slope), "the gain with a slope").equals(math.sqrt(2 / (1 + slope**2)))
    check(student.calculate_gain("leaky_relu", 0.0), "the gain for the slope 0").equals(math.sqrt(2))
    check(student.calculate_gain("leaky_relu"), "the gain without a slope").equals(math.sqrt(2 / (1 + 0.01**2)))
    student.calculate_gain.refuses(ValueError, "rectified")


@task("constant", points=0.5)
def test_constant_fills_an_array(student, rng):
    check(student.constant((2, 3), rng, val=0.5)).equals(np.array([[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]]))


@task("constant", points=0.5)
def test_constant_is_float64_for_whole_numbers_and_zero_by_default(student, rng):
    val = int(rng.integers(2, 9))
    check(student.constant((3, 2, 4), rng, val=val)).equals(np.full((3, 2, 4), float(val)))
    check(student.constant((3, 2), rng)).equals(np.zeros((3, 2)))


@task("normal", points=0.5)
def test_normal_without_spread_is_its_mean(student, rng):
    check(student.normal((2, 3), rng, mean=5.0, std=0.0)).equals(np.full((2, 3), 5.0))


@task("normal", points=0.5)
def test_normal_has_the_variance_of_its_standard_deviation(student, rng):
    mean, std = float(rng.uniform(2, 5)), float(rng.uniform(0.1, 0.4))
    weight = student.normal(LAYER, rng, mean=mean, std=std) - mean
    require_variance(weight, LAYER, std**2)
    require_normal_tails(weight, std)
    require_variance(student.normal(LAYER, rng), LAYER, 1.0)


@task("normal", points=0.5)
def test_normal_draws_from_the_generator_alone(student, rng):
    first = require_own_randomness(student.normal, rng, mean=9.0)
    check(first, "the weights").holds(4 < first.mean() < 14, f"their mean is {first.mean():.3g}, not about 9")


@task("xavier_uniform", points=0.5)
def test_xavier_uniform_reaches_the_bound_of_the_worked_example(student, rng):
    weight = student.xavier_uniform((40, 110), rng)
    require_variance(weight, (40, 110), 0.2**2 / 3)
    require_bound(weight, 0.2)


@task("xavier_uniform", points=0.5)
def test_xavier_uniform_has_variance_and_bounds_for_any_gain(student, rng):
    for shape, fans in ((LAYER, 400), (CONVOLUTION, 62 * 50)):
        gain = float(rng.uniform(1.5, 4))
        weight = student.xavier_uniform(shape, rng, gain=gain)
        require_variance(weight, shape, gain**2 * 2 / fans)
        require_bound(weight, gain * math.sqrt(6 / fans))


@task("xavier_uniform", points=0.5)
def test_xavier_uniform_draws_from_the_generator_alone(student, rng):
    first = require_own_randomness(student.xavier_uniform, rng, gain=3.0)
    largest = np.abs(first).max()
    check(first, "the weights").holds(0.8 < largest <= 3 * math.sqrt(0.6), f"the largest is {largest:.3g}, not about 2")


@task("xavier_normal", points=0.5)
def test_xavier_normal_has_the_variance_of_the_mean_of_both_fans(student, rng):
    weight = student.xavier_normal(LAYER, rng)
    require_variance(weight, LAYER, 2 / 400)
    require_normal_tails(weight, math.sqrt(2 / 400))


@task("xavier_normal", points=0.5)
def test_xavier_normal_has_the_variance_for_any_gain(student, rng):
    for shape, fans in ((LAYER, 400), (CONVOLUTION, 62 * 50)):
        gain = float(rng.uniform(1.5, 4))
        require_variance(student.xavier_normal(shape, rng, gain=gain), shape, gain**2 * 2 / fans)


@task("xavier_normal", points=0.5)
def test_xavier_normal_draws_from_the_generator_alone(student, rng):
    first = require_own_randomness(student.xavier_normal, rng, gain=3.0)
    size = np.sqrt(np.mean(first**2))
    check(first, "the weights").holds(0.3 < size < 4, f"their root mean square is {size:.3g}, not about 1.3")


@task("he_std", points=0.5)
def test_standard_deviation_matches_the_worked_example_of_the_handout(student):
    check(student.he_std((4, 2, 3, 3))).equals(1 / 3)
    check(student.he_std((4, 2, 3, 3), mode="fan_out")).equals(math.sqrt(2 / 36))
    check(student.he_std((4, 2, 3, 3), a=0.5)).equals(math.sqrt(1.6 / 18))


@task("he_std", points=0.5)
def test_standard_deviation_agrees_with_torch_for_every_nonlinearity(student, rng):
    for name in (*NAMES, "leaky_relu"):
        out, channels, kernel = (int(size) for size in rng.permutation(np.arange(2, 9))[:3])
        slope = float(rng.uniform(0.1, 2))
        gain = float(torch.nn.init.calculate_gain(name, slope))
        for mode, fan in (("fan_in", channels * kernel), ("fan_out", out * kernel)):
            std = student.he_std((out, channels, kernel), a=slope, mode=mode, nonlinearity=name)
            check(std, f"the std for {name} and {mode}").equals(gain / math.sqrt(fan))


@task("he_std", points=0.5)
def test_a_mode_that_does_not_exist_is_refused(student, rng):
    size = int(rng.integers(3, 9))
    check(student.he_std((5, size))).equals(math.sqrt(2 / size))
    student.he_std.refuses(ValueError, (5, size), mode="both")


@task("he_uniform", points=0.5)
def test_he_uniform_has_variance_and_bounds_for_relu(student, rng):
    weight = student.he_uniform(LAYER, rng)
    require_variance(weight, LAYER, 2 / 300)
    require_bound(weight, math.sqrt(6 / 300))


@task("he_uniform", points=0.5)
def test_he_uniform_takes_mode_nonlinearity_and_slope(student, rng):
    require_variance(
        student.he_uniform(CONVOLUTION, rng, mode="fan_out", nonlinearity="tanh"), CONVOLUTION, (5 / 3) ** 2 / 2500
    )
    slope = float(rng.uniform(1, 2))
    require_variance(student.he_uniform(LAYER, rng, a=slope), LAYER, 2 / (1 + slope**2) / 300)


@task("he_uniform", points=1)
def test_he_uniform_draws_from_the_generator_alone_and_refuses_other_modes(student, rng):
    first = require_own_randomness(student.he_uniform, rng)
    largest = np.abs(first).max()
    check(first, "the weights").holds(0.4 < largest <= math.sqrt(1.5), f"the largest is {largest:.3g}, not about 1.2")
    student.he_uniform.refuses(ValueError, (6, 4), rng, mode="fan_both")


@task("he_normal", points=0.5)
def test_he_normal_has_the_variance_for_relu(student, rng):
    weight = student.he_normal(LAYER, rng)
    require_variance(weight, LAYER, 2 / 300)
    require_normal_tails(weight, math.sqrt(2 / 300))


@task("he_normal", points=0.5)
def test_he_normal_takes_mode_nonlinearity_and_slope(student, rng):
    require_variance(
        student.he_normal(CONVOLUTION, rng, mode="fan_out", nonlinearity="tanh"), CONVOLUTION, (5 / 3) ** 2 / 2500
    )
    slope = float(rng.uniform(1, 2))
    require_variance(student.he_normal(LAYER, rng, a=slope), LAYER, 2 / (1 + slope**2) / 300)


@task("he_normal", points=1)
def test_he_normal_draws_from_the_generator_alone_and_refuses_other_modes(student, rng):
    first = require_own_randomness(student.he_normal, rng)
    size = np.sqrt(np.mean(first**2))
    check(first, "the weights").holds(0.15 < size < 2.5, f"their root mean square is {size:.3g}, not about 0.7")
    student.he_normal.refuses(ValueError, (6, 4), rng, mode="fan_both")


@task("orthogonal", points=1)
def test_the_shorter_side_is_orthonormal_times_the_gain(student, rng):
    for shape in ((3, 7), (8, 2)):
        gain = float(rng.uniform(1.5, 3))
        for options, square in (({}, 1.0), ({"gain": gain}, gain**2)):
            q = student.orthogonal(shape, rng, **options)
            check(q, "the weights").has_shape(*shape)
            product = q @ q.T if shape[0] < shape[1] else q.T @ q
            name = f"the matrix times its transpose, for the shape {shape},"
            check(product, name).equals(square * np.eye(min(shape)), rtol=0.0, atol=1e-10)


@task("orthogonal", points=1)
def test_kernels_are_one_axis_and_no_direction_is_preferred(student, rng):
    weights = [student.orthogonal((4, 2, 2, 3), np.random.default_rng(int(rng.integers(2**32)))) for _ in range(40)]
    rows = np.stack(weights).reshape(40, 4, 12)
    check(rows[0] @ rows[0].T, "the matrix times its transpose").equals(np.eye(4), atol=1e-10)
    for row in range(4):
        positive = int((rows[:, row, row] > 0).sum())
        fact = f"number [{row}, {row}] is positive in {positive} of 40 matrices; about 20 should be"
        check(rows, "the weights").holds(0 < positive < 40, fact)  # by chance: 2e-12


@task("orthogonal", points=0.5)
def test_orthogonal_draws_from_the_generator_alone(student, rng):
    first = require_own_randomness(student.orthogonal, rng)
    check(first.T @ first, "the transpose times the matrix").equals(np.eye(4), atol=1e-10)


@task("trunc_normal", points=0.5)
def test_weights_lie_between_the_bounds_and_not_on_them(student, rng):
    weight = student.trunc_normal(LAYER, rng, mean=1.0, std=2.0, a=0.0, b=3.0)
    check(weight, "the weights").has_shape(*LAYER)
    outside = np.sum((weight <= 0) | (weight >= 3))
    check(weight, "the weights").holds(outside == 0, f"{outside} of 30,000 lie outside or on a bound")
    distinct = len(np.unique(weight[np.isfinite(weight)]))
    check(weight, "the weights").holds(distinct > 29_990, f"only {distinct} of 30,000 are different")


@task("trunc_normal", points=1)
def test_shares_are_those_of_the_normal_distribution_between_the_bounds(student, rng):
    """A share among 30,000 strays by more than 0.02 with a probability below 1e-10."""
    mean, std = float(rng.uniform(-1, 1)), float(rng.uniform(1, 2))
    a, b = mean - 0.5 * std, mean + 2 * std
    for weight, (m, s, low, high) in (
        (student.trunc_normal(LAYER, rng, mean=mean, std=std, a=a, b=b), (mean, std, a, b)),
        (student.trunc_normal(LAYER, rng), (0.0, 1.0, -2.0, 2.0)),
    ):
        middle = low + (high - low) * 0.3
        below = torch.special.ndtr((torch.tensor([low, middle, high], dtype=torch.float64) - m) / s)
        expected = float((below[1] - below[0]) / (below[2] - below[0]))
        share = np.mean(weight < middle)
        fact = f"{share:.3g} of them lie below {middle:.3g}; it should be {expected:.3g}"
        check(weight, "the weights").holds(abs(share - expected) < 0.02, fact)


@task("trunc_normal", points=0.5)
def test_trunc_normal_draws_from_the_generator_alone(student, rng):
    first = require_own_randomness(student.trunc_normal, rng, mean=0.5, a=0.0, b=1.0)
    inside = (first > 0) & (first < 1)
    check(first, "the weights").holds(inside.all(), f"{np.sum(~inside)} of 24 lie outside of 0 and 1")
