"""The schemes: fans, gains, bounds, and the distributions that weights are drawn from.

Requires: torch's fans and gains; for every scheme the stated distribution, shape and float64; bounds that are kept and
reached; matrices with orthonormal rows or columns, all equally likely; every random number from the generator.

Catches: fans swapped, receptive fields forgotten, variances in the place of standard deviations, a missing sqrt(3),
one fan instead of both, gains ignored, squared or under the root, options not passed on, clipping instead of drawing
again, rescaled spreads, bounds in units of the spread, QR without signs, wide matrices reshaped, fixed seeds.

Expected numbers: live torch for fans and gains; the distributions' own formulas. Nothing depends on the order in which
a student draws. A right answer fails a random check with the probability exp(-RARITY) at most: for distributions by
the inequality of Dvoretzky, Kiefer and Wolfowitz with Massart's constant, 2 exp(-2 n d^2); for variances by Laurent
and Massart (2000), lemma 1. There are fewer than 100 such checks: 5.2e-10 in all.
"""

import math

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.judge import check, task
from tests.hidden.initialization.strategies import NONLINEARITIES, he_cases, shapes

RARITY = 26.0
LINEAR, CONVOLUTION = (60, 250), (50, 12, 3, 7)
LAYERS = (LINEAR, CONVOLUTION)


def fans(shape):
    """Return fan_in and fan_out as torch counts them."""
    return torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape, device="meta"))


def he(shape, a=0.0, mode="fan_in", nonlinearity="leaky_relu"):
    """Return the standard deviation of torch's kaiming_normal_."""
    return torch.nn.init.calculate_gain(nonlinearity, a) / math.sqrt(fans(shape)[mode == "fan_out"])


def phi(z):
    """Return the standard normal distribution function."""
    return torch.special.ndtr(torch.as_tensor(z, dtype=torch.float64)).numpy()


def fresh(rng):
    """Return a new generator; the one of the test travels as a copy, and would give the same numbers again."""
    return np.random.default_rng(int(rng.integers(2**32)))


def require_form(weight, shape):
    """Require a float64 array of this shape."""
    check(weight, "the weights").has_shape(*shape)
    check(weight, "the weights").has_dtype("float64")


def require_distribution(values, cdf, name):
    """Require that the share of values below any number is near to what the distribution says."""
    share = np.arange(1, values.size + 1) / values.size
    expected = cdf(np.sort(values, axis=None))
    gap = max(np.max(share - expected), np.max(expected - share + 1 / values.size))
    most = math.sqrt((RARITY + math.log(2)) / (2 * values.size))
    check(values, "the weights").holds(
        gap <= most, f"their distribution is {gap:.2g} away from {name}; chance explains {most:.2g}"
    )


def require_normal(weight, mean, std):
    """Require a normal distribution: its form, and more sharply its variance."""
    ratio, n = np.mean((weight - mean) ** 2) / std**2, weight.size
    low, high = 1 - 2 * math.sqrt(RARITY / n), 1 + 2 * math.sqrt(RARITY / n) + 2 * RARITY / n
    fact = f"the mean squared distance from {mean:.4g} is {ratio:.3g} times the variance {std**2:.4g}"
    check(weight, "the weights").holds(low < ratio < high, fact)
    require_distribution(weight, lambda w: phi((w - mean) / std), f"the normal one (std {std:.4g})")


def require_uniform(weight, bound):
    """Require a uniform distribution up to the bounds and not beyond."""
    largest = np.abs(weight).max()
    least = 1 - RARITY / weight.size
    fact = f"the largest is {largest:.5g}, the bound is {bound:.5g}"
    check(weight, "the weights").holds(bound * least <= largest <= bound * (1 + 1e-12), fact)
    require_distribution(weight, lambda w: (w / bound + 1) / 2, f"the uniform one between -{bound:.4g} and {bound:.4g}")


def require_own_randomness(scheme, rng, shape):
    """Require the same numbers from the same generator, none in common from another one, and a new array each time."""
    seed = int(rng.integers(2**32))
    seeds = (seed, seed, seed + 1)
    first, again, other = (scheme.returning_new_arrays(shape, np.random.default_rng(s)) for s in seeds)
    same = np.array_equal(first, again)
    check(again, "the weights").holds(same, "a generator in the same state gave other numbers the second time")
    common = np.isin(first, other).sum()
    check(other, "the weights").holds(common == 0, f"{common} of {first.size} came from another generator as well")


def require_own_numbers(weight):
    """Require that no number comes twice."""
    repeated = weight.size - len(np.unique(weight))
    check(weight, "the weights").holds(repeated == 0, f"{repeated} of {weight.size} are repeated")


@task("fan_in_and_fan_out", points=1, about="kernels with any number of axes, and with none")
@given(shape=shapes())
def test_fans_agree_with_torch(student, shape):
    check(student.fan_in_and_fan_out(shape)).equals(fans(shape))


@task("fan_in_and_fan_out", points=0.5, about="axes of size 1, shapes that have no fans")
def test_refuses_shapes_without_fans(student, rng):
    first, last = (int(size) for size in rng.permutation(np.arange(2, 9))[:2])
    for shape in ((1, last), (first, 1), (first, 1, 1, last)):
        check(student.fan_in_and_fan_out(shape)).equals(fans(shape))
    for shape in ((), (1,), (first,)):
        student.fan_in_and_fan_out.refuses(ValueError, shape)


@task("calculate_gain", points=1, about="every nonlinearity, with a slope and without")
@given(slope=st.floats(0.05, 3.0))
def test_gains_agree_with_torch_with_a_slope_and_without(student, slope):
    for nonlinearity in NONLINEARITIES:
        for arguments in ((nonlinearity, slope), (nonlinearity,)):
            expected = torch.nn.init.calculate_gain(*arguments)
            check(student.calculate_gain(*arguments), nonlinearity).equals(float(expected))


@task("calculate_gain", points=0.5, about="slopes of other kinds and signs, names that are nearly right")
def test_slopes_may_be_whole_or_negative_and_names_must_be_exact(student, rng):
    for slope in (int(rng.integers(2, 9)), -float(rng.uniform(0.3, 2)), 1e4):
        gain = student.calculate_gain("leaky_relu", slope)
        check(gain, f"the gain for the slope {slope}").equals(float(torch.nn.init.calculate_gain("leaky_relu", slope)))
    check(student.calculate_gain("leaky_relu", 0), "the gain for the slope 0").equals(math.sqrt(2))
    for name in ("ReLU", "leaky"):
        student.calculate_gain.refuses(ValueError, name)


@task("constant", points=0.5, about="values of any sign, any number of axes")
@given(shape=shapes(axes=(1, 4)))
def test_every_entry_is_the_value_in_float64(student, shape):
    check(student.constant(shape, np.random.default_rng(1), val=-1.5)).equals(np.full(shape, -1.5))


@task("constant", points=0.5, about="values that are no float64, new answers")
def test_any_kind_of_number_makes_float64(student, rng):
    for val in (3, np.float32(0.5), np.int64(-2)):
        check(student.constant.returning_new_arrays((3, 2), rng, val=val)).equals(np.full((3, 2), float(val)))
    check(student.constant((2, 3, 4), rng)).equals(np.zeros((2, 3, 4)))


@task("normal", points=1, about="the distribution of the weights of a convolution")
def test_normal_has_the_stated_mean_and_standard_deviation(student, rng):
    for options in ({"mean": 0.0, "std": 0.04}, {"mean": -2.0, "std": 3.0}, {}):
        weight = student.normal(CONVOLUTION, fresh(rng), **options)
        require_form(weight, CONVOLUTION)
        require_normal(weight, options.get("mean", 0.0), options.get("std", 1.0))


@task("normal", points=0.5, about="mean or spread alone, numbers that repeat, new answers")
def test_normal_takes_mean_or_spread_alone(student, rng):
    for options in ({"mean": 30.0}, {"std": 0.5}):
        weight = student.normal(LINEAR, fresh(rng), **options)
        require_normal(weight, options.get("mean", 0.0), options.get("std", 1.0))
        require_own_numbers(weight)
    require_own_randomness(student.normal, rng, (3, 2, 4))


@task("xavier_uniform", points=1, about="the distribution, for linear layers and convolutions, with a gain and without")
def test_xavier_uniform_has_the_bounds_of_both_fans(student, rng):
    for shape, options in zip(LAYERS, ({}, {"gain": 2.5}), strict=True):
        weight = student.xavier_uniform(shape, fresh(rng), **options)
        require_form(weight, shape)
        require_uniform(weight, options.get("gain", 1.0) * math.sqrt(6 / sum(fans(shape))))


@task("xavier_uniform", points=0.5, about="kernels of other numbers of axes, numbers that repeat, new answers")
def test_xavier_uniform_fits_kernels_of_one_and_three_axes(student, rng):
    for shape in ((30, 40, 9), (8, 10, 3, 5, 7)):
        weight = student.xavier_uniform(shape, fresh(rng), gain=0.3)
        require_form(weight, shape)
        require_uniform(weight, 0.3 * math.sqrt(6 / sum(fans(shape))))
        require_own_numbers(weight)
    require_own_randomness(student.xavier_uniform, rng, (3, 2, 4))


@task("xavier_normal", points=1, about="the distribution, for linear layers and convolutions, with a gain and without")
def test_xavier_normal_has_the_variance_of_both_fans(student, rng):
    for shape, options in zip(LAYERS, ({}, {"gain": 2.5}), strict=True):
        weight = student.xavier_normal(shape, fresh(rng), **options)
        require_form(weight, shape)
        require_normal(weight, 0.0, options.get("gain", 1.0) * math.sqrt(2 / sum(fans(shape))))


@task("xavier_normal", points=0.5, about="kernels of other numbers of axes, numbers that repeat, new answers")
def test_xavier_normal_fits_kernels_of_one_and_three_axes(student, rng):
    for shape in ((30, 40, 9), (8, 10, 3, 5, 7)):
        weight = student.xavier_normal(shape, fresh(rng), gain=0.3)
        require_form(weight, shape)
        require_normal(weight, 0.0, 0.3 * math.sqrt(2 / sum(fans(shape))))
        require_own_numbers(weight)
    require_own_randomness(student.xavier_normal, rng, (3, 2, 4))


@task("he_std", points=1, about="slope, mode and nonlinearity together")
@given(case=he_cases())
def test_the_standard_deviation_agrees_with_torch(student, case):
    leaky = case.options | {"nonlinearity": "leaky_relu"}
    for options in (case.options, leaky, leaky | {"mode": "fan_out"}, {}):
        check(student.he_std(case.shape, **options)).equals(he(case.shape, **options))


@task("he_std", points=0.5, about="what does not exist")
def test_refuses_a_mode_and_a_nonlinearity_that_do_not_exist(student, rng):
    size = int(rng.integers(2, 9))
    check(student.he_std((size, 9), mode="fan_out")).equals(math.sqrt(2 / size))
    for options in ({"mode": "fan_avg"}, {"mode": "fan_avg", "nonlinearity": "relu"}, {"nonlinearity": "softrelu"}):
        student.he_std.refuses(ValueError, (size, 9), **options)


@task("he_uniform", points=1, about="the distribution, for linear layers and convolutions")
def test_he_uniform_fits_a_relu_and_both_kinds_of_layers(student, rng):
    for shape in LAYERS:
        weight = student.he_uniform(shape, fresh(rng))
        require_form(weight, shape)
        require_uniform(weight, math.sqrt(6 / fans(shape)[0]))
        require_own_numbers(weight)
    require_own_randomness(student.he_uniform, rng, (3, 2, 4))


OPTIONS = (
    {"mode": "fan_out"},
    {"a": 1.5, "nonlinearity": "leaky_relu"},
    {"nonlinearity": "tanh"},
    {"a": 0.7, "mode": "fan_out"},
    {"a": 0.7, "mode": "fan_out", "nonlinearity": "relu"},
)


@task("he_uniform", points=1, about="slope, mode and nonlinearity, alone and together")
def test_he_uniform_passes_its_options_on(student, rng):
    for shape, options in zip((LINEAR, *LAYERS, *LAYERS), OPTIONS, strict=True):
        require_uniform(student.he_uniform(shape, fresh(rng), **options), math.sqrt(3) * he(shape, **options))


@task("he_normal", points=1, about="the distribution, for linear layers and convolutions")
def test_he_normal_fits_a_relu_and_both_kinds_of_layers(student, rng):
    for shape in LAYERS:
        weight = student.he_normal(shape, fresh(rng))
        require_form(weight, shape)
        require_normal(weight, 0.0, math.sqrt(2 / fans(shape)[0]))
        require_own_numbers(weight)
    require_own_randomness(student.he_normal, rng, (3, 2, 4))


@task("he_normal", points=1, about="slope, mode and nonlinearity, alone and together")
def test_he_normal_passes_its_options_on(student, rng):
    for shape, options in zip((LINEAR, *LAYERS, *LAYERS), OPTIONS, strict=True):
        require_normal(student.he_normal(shape, fresh(rng), **options), 0.0, he(shape, **options))


@task("orthogonal", points=1.5, about="square, tall and wide shapes, convolutions, a gain")
def test_the_shorter_side_is_orthonormal(student, rng):
    for shape, gain in (((9, 5), 1.0), ((4, 11), 0.5), ((7, 7), 3.0), ((6, 2, 5, 3), 1.5), ((40, 3, 2, 4), 1.0)):
        options = {} if gain == 1 else {"gain": gain}  # the default is tried, too
        require_orthonormal(student.orthogonal(shape, fresh(rng), **options), shape, gain)


def require_orthonormal(weight, shape, gain):
    """Require the form, and that the shorter side stands at right angles and has the length of the gain."""
    require_form(weight, shape)
    matrix = weight.reshape(shape[0], -1)
    product = matrix.T @ matrix if len(matrix) > matrix.shape[1] else matrix @ matrix.T
    name = f"the matrix times its transpose, for the shape {shape},"
    check(product, name).equals(gain**2 * np.eye(len(product)), rtol=0.0, atol=1e-10)


@task("orthogonal", points=0.5, about="one row, one column")
def test_a_single_row_or_column_has_the_length_of_the_gain(student, rng):
    for shape, gain in (((1, 6), 2.0), ((5, 1), 0.5), ((1, 3, 2, 2), 1.0), ((1, 1), 4.0)):
        require_orthonormal(student.orthogonal(shape, fresh(rng), gain=gain), shape, gain)


@task("orthogonal", points=1.5, about="directions that come more often than others, new answers")
def test_all_directions_are_equally_likely(student, rng):
    """Archimedes: a coordinate of a random point on a sphere in three dimensions is uniformly distributed."""
    for shape in ((3, 3), (1, 3), (3, 2)):
        first = [student.orthogonal.returning_new_arrays(shape, fresh(rng)).flat[0] for _ in range(64)]
        check(first, "64 matrices").holds(
            0 < np.sum(np.array(first) < 0) < 64, f"[0, 0] always has the same sign, in the shape {shape}"
        )
        require_distribution(np.array(first), lambda q: (q + 1) / 2, "the uniform one between -1 and 1")


def require_truncated(weight, mean, std, a, b):
    """Require the normal distribution between its bounds."""
    smallest, largest = weight.min(), weight.max()
    fact = f"they lie between {smallest:.4g} and {largest:.4g}, the bounds are {a:g} and {b:g}"
    check(weight, "the weights").holds(a <= smallest and largest <= b, fact)
    repeated = weight.size - len(np.unique(weight))
    check(weight, "the weights").holds(repeated < 4, f"{repeated} of {weight.size} are repeated")  # by chance: 1e-24
    low, high = phi((a - mean) / std), phi((b - mean) / std)
    require_distribution(weight, lambda w: (phi((w - mean) / std) - low) / (high - low), "the truncated normal one")


@task("trunc_normal", points=1, about="the distribution by default, for a convolution")
def test_truncates_at_plus_and_minus_two_by_default(student, rng):
    shape = (200, 12, 5, 10)  # so many that a spread of 1.1 instead of 1 shows
    weight = student.trunc_normal(shape, fresh(rng))
    require_form(weight, shape)
    require_truncated(weight, 0.0, 1.0, -2.0, 2.0)


@task("trunc_normal", points=0.5, about="bounds on one side of the mean, narrow ones, small spreads, new answers")
def test_shares_are_exact_for_any_mean_and_bounds(student, rng):
    for mean, std, a, b in ((0.5, 2.0, -1.0, 2.0), (-3.0, 0.5, -4.0, -3.0), (0.0, 0.02, -0.03, 0.05)):
        weight = student.trunc_normal.returning_new_arrays(LINEAR, fresh(rng), mean=mean, std=std, a=a, b=b)
        require_truncated(weight, mean, std, a, b)


@task("trunc_normal", points=0.5, about="bounds far away, few numbers")
def test_bounds_may_lie_beyond_reach(student, rng):
    require_truncated(student.trunc_normal(LINEAR, fresh(rng), a=0.0, b=math.inf), 0.0, 1.0, 0.0, math.inf)
    for shape in ((1, 1), (3, 1)):
        weight = student.trunc_normal(shape, fresh(rng), std=5.0, a=-1.0, b=1.0)
        require_form(weight, shape)
        check(weight, "the weights").holds(np.all(np.abs(weight) < 1), "one lies outside of -1 and 1")
    require_own_randomness(student.trunc_normal, rng, (3, 2, 4))
