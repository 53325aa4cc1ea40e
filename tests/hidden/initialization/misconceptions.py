"""Wrong answers to the tasks of the initialization unit, as students give them.

Random ones draw in the most natural way, so that the numbers of a student who makes the same mistake are the same.
"""

import math

import numpy as np
import torch

from grader.judge import misconception
from solutions.initialization import fast, propagation, schemes


def fixed():
    """Return the generator of somebody who wants reproducible results."""
    return np.random.default_rng(0)


def linear(shape):
    """Return the shape without its kernel axes."""
    return tuple(shape[:2])


# fan_in_and_fan_out


@misconception("fan_in_and_fan_out", "The fans are swapped. Shapes are (out, in): fan_in counts the second axis.")
def fans_swapped(shape):
    return schemes.fan_in_and_fan_out(shape)[::-1]


@misconception(
    "fan_in_and_fan_out",
    "The receptive field is missing in both fans. Multiply both by KH * KW: a unit adds up so many pixels per channel.",
)
def receptive_field_forgotten(shape):
    return schemes.fan_in_and_fan_out(linear(shape))


@misconception("fan_in_and_fan_out", "The receptive field is missing in fan_out. Multiply both fans by it.")
def receptive_field_in_one_fan(shape):
    return schemes.fan_in_and_fan_out(shape)[0], schemes.fan_in_and_fan_out(linear(shape))[1]


@misconception("fan_in_and_fan_out", "Only one axis of the kernel is counted. Multiply all of them: KH * KW.")
def one_kernel_axis(shape):
    return schemes.fan_in_and_fan_out(shape[:3])


@misconception("fan_in_and_fan_out", "A shape with one axis gets fans. Raise a ValueError: a bias has none.")
def fans_of_a_bias(shape):
    return schemes.fan_in_and_fan_out(shape) if len(shape) > 1 else (shape[0], shape[0])


# calculate_gain


@misconception("calculate_gain", "This is the gain of the variance. Take its root: the gain multiplies weights.")
def gain_squared(nonlinearity, param=None):
    return schemes.calculate_gain(nonlinearity, param) ** 2


@misconception(
    "calculate_gain",
    "The slope is not squared. Use slope^2, the share of the variance that passes on the negative side.",
)
def slope_not_squared(nonlinearity, param=None):
    root = np.sqrt(0.01 if param is None else param)
    return schemes.calculate_gain(nonlinearity, root)


@misconception("calculate_gain", "The slope of a leaky ReLU is 0 where none is given. Use 0.01 there, as torch does.")
def default_slope_of_zero(nonlinearity, param=None):
    return schemes.calculate_gain(nonlinearity, 0.0 if param is None else param)


@misconception("calculate_gain", "A slope of 0 counts as not given. Compare it with None: 0 is a slope as well.")
def zero_taken_for_none(nonlinearity, param=None):
    return schemes.calculate_gain(nonlinearity, param or 0.01)


@misconception("calculate_gain", "The slope changes the gain of a plain ReLU. Use it for leaky_relu only.")
def relu_with_a_slope(nonlinearity, param=None):
    return schemes.calculate_gain("leaky_relu" if nonlinearity == "relu" and param else nonlinearity, param)


@misconception(
    "calculate_gain", "An unknown nonlinearity gets the gain 1. Raise a ValueError for it: a typo would go unnoticed."
)
def unknown_gain_is_one(nonlinearity, param=None):
    known = nonlinearity in schemes.GAINS or nonlinearity.endswith("relu")
    return schemes.calculate_gain(nonlinearity, param) if known else 1.0


# constant


@misconception("constant", "The array is always zero. Fill it with val.")
def always_zero(shape, rng, *, val=0.0):
    return np.zeros(shape)


@misconception("constant", "A whole number makes an array of integers. Make it float64, whatever val is.")
def constant_integers(shape, rng, *, val=0.0):
    return np.full(shape, val)


@misconception("constant", "The array holds ones. Multiply them by val.")
def always_one(shape, rng, *, val=0.0):
    return np.ones(shape)


# normal


@misconception("normal", "The root of std is used. Use std itself: it is a standard deviation already.")
def root_of_the_std(shape, rng, *, mean=0.0, std=1.0):
    return schemes.normal(shape, rng, mean=mean, std=np.sqrt(std))


@misconception("normal", "The numbers are multiplied by the variance. Multiply them by the standard deviation.")
def spread_by_the_variance(shape, rng, *, mean=0.0, std=1.0):
    return schemes.normal(shape, rng, mean=mean, std=std**2)


@misconception("normal", "The mean is ignored. Add it to all numbers.")
def mean_ignored(shape, rng, *, mean=0.0, std=1.0):
    return schemes.normal(shape, rng, std=std)


@misconception("normal", "The mean is multiplied by std, too. Multiply first, then add the mean.")
def mean_multiplied(shape, rng, *, mean=0.0, std=1.0):
    return (schemes.normal(shape, rng) + mean) * std


@misconception("normal", "The generator is a new one with a fixed seed. Draw from the `rng` that is passed in.")
def normal_with_a_fixed_seed(shape, rng, *, mean=0.0, std=1.0):
    return schemes.normal(shape, fixed(), mean=mean, std=std)


# xavier_uniform


def between(shape, rng, bound):
    """Draw uniformly between two bounds."""
    return rng.uniform(-bound, bound, shape)


@misconception(
    "xavier_uniform", "This bound is the standard deviation. Multiply it by sqrt(3): the variance is bound^2 / 3."
)
def bound_is_the_std(shape, rng, *, gain=1.0):
    return schemes.xavier_uniform(shape, rng, gain=gain / np.sqrt(3))


@misconception(
    "xavier_uniform", "The root is taken of the 6 only. Take it of the whole fraction, 6 / (fan_in + fan_out)."
)
def root_of_the_six_only(shape, rng, *, gain=1.0):
    fan_in, fan_out = schemes.fan_in_and_fan_out(shape)
    bound = gain * math.sqrt(6) / (fan_in + fan_out)
    return rng.uniform(-bound, bound, shape)


@misconception("xavier_uniform", "The bound is 6 / (fan_in + fan_out). Take the root of that.")
def bound_not_a_root(shape, rng, *, gain=1.0):
    return between(shape, rng, gain * 6 / sum(schemes.fan_in_and_fan_out(shape)))


@misconception("xavier_uniform", "Only fan_in counts here. Use the mean of both fans.")
def uniform_with_fan_in_only(shape, rng, *, gain=1.0):
    return between(shape, rng, gain * np.sqrt(3 / schemes.fan_in_and_fan_out(shape)[0]))


@misconception("xavier_uniform", "The gain is ignored. Multiply the bound by it.")
def uniform_without_gain(shape, rng, *, gain=1.0):
    return schemes.xavier_uniform(shape, rng)


@misconception("xavier_uniform", "The gain is under the root. Multiply the root by it.")
def gain_under_the_root(shape, rng, *, gain=1.0):
    return schemes.xavier_uniform(shape, rng, gain=np.sqrt(gain))


@misconception("xavier_uniform", "All weights are positive. Draw them between -bound and bound.")
def one_sided(shape, rng, *, gain=1.0):
    return rng.uniform(0, gain * np.sqrt(6 / sum(schemes.fan_in_and_fan_out(shape))), shape)


@misconception("xavier_uniform", "The receptive field is missing. Multiply both fans of a convolution by KH * KW.")
def uniform_without_receptive_field(shape, rng, *, gain=1.0):
    return between(shape, rng, gain * np.sqrt(6 / sum(linear(shape))))


@misconception("xavier_uniform", "The generator is a new one with a fixed seed. Draw from the `rng` that is passed in.")
def xavier_uniform_with_a_fixed_seed(shape, rng, *, gain=1.0):
    return schemes.xavier_uniform(shape, fixed(), gain=gain)


# xavier_normal


@misconception("xavier_normal", "The variance is used as the standard deviation. Take its root.")
def variance_as_std(shape, rng, *, gain=1.0):
    return rng.normal(0, gain**2 * 2 / sum(schemes.fan_in_and_fan_out(shape)), shape)


@misconception("xavier_normal", "Only fan_in counts here. Use the mean of both fans.")
def normal_with_fan_in_only(shape, rng, *, gain=1.0):
    return rng.normal(0, gain * np.sqrt(1 / schemes.fan_in_and_fan_out(shape)[0]), shape)


@misconception(
    "xavier_normal", "The variance is 1 divided by the sum of the fans. Divide by their mean, half of the sum."
)
def sum_for_mean(shape, rng, *, gain=1.0):
    return schemes.xavier_normal(shape, rng, gain=gain / np.sqrt(2))


@misconception("xavier_normal", "The gain is under the root. Multiply the root by it.")
def normal_gain_under_the_root(shape, rng, *, gain=1.0):
    return schemes.xavier_normal(shape, rng, gain=np.sqrt(gain))


@misconception(
    "xavier_normal",
    "The bound of the uniform distribution, sqrt(6 / ...), is used as the standard deviation. Use sqrt(2 / ...).",
)
def bound_as_std(shape, rng, *, gain=1.0):
    return schemes.xavier_normal(shape, rng, gain=gain * np.sqrt(3))


@misconception("xavier_normal", "The weights are drawn uniformly between bounds. Draw them from a normal distribution.")
def uniform_for_normal(shape, rng, *, gain=1.0):
    return schemes.xavier_uniform(shape, rng, gain=gain)


@misconception("xavier_normal", "The generator is a new one with a fixed seed. Draw from the `rng` that is passed in.")
def xavier_normal_with_a_fixed_seed(shape, rng, *, gain=1.0):
    return schemes.xavier_normal(shape, fixed(), gain=gain)


@misconception(
    "xavier_normal",
    "Brackets are missing: 2 / fan_in + fan_out. Divide by the sum of the fans.",
    source="https://github.com/mlverse/torch/issues/555",
)
def brackets_missing(shape, rng, *, gain=1.0):
    fan_in, fan_out = schemes.fan_in_and_fan_out(shape)
    return rng.normal(0, gain * np.sqrt(2 / fan_in + fan_out), shape)


@misconception(
    "xavier_normal",
    "The kernel's sizes are added to the fans. Multiply by them: C * KH * KW.",
    source="https://github.com/LeelaChessZero/lczero-training/pull/43",
)
def kernel_sizes_added(shape, rng, *, gain=1.0):
    return rng.normal(0, gain * np.sqrt(2 / sum(shape)), shape)


# he_std


@misconception(
    "he_std",
    "The slope is sqrt(5) where none is given, as in torch's layers. Use 0 there.",
    source="https://github.com/pytorch/pytorch/issues/15314",
)
def slope_of_root_five(shape, *, a=0.0, **options):
    return schemes.he_std(shape, a=a or math.sqrt(5), **options)


@misconception(
    "he_std", "The two modes are swapped. fan_in counts the inputs of a unit, the second number of the shape."
)
def modes_swapped(shape, *, a=0.0, mode="fan_in", nonlinearity="leaky_relu"):
    other = {"fan_in": "fan_out", "fan_out": "fan_in"}.get(mode, mode)
    return schemes.he_std(shape, a=a, mode=other, nonlinearity=nonlinearity)


@misconception("he_std", "This is the variance. Take its root: std = gain / sqrt(fan).")
def he_variance(shape, **options):
    return schemes.he_std(shape, **options) ** 2


@misconception("he_std", "The gain is missing. Multiply by it: std = gain / sqrt(fan).")
def gain_missing(shape, *, mode="fan_in", **options):
    return schemes.he_std(shape, mode=mode, nonlinearity="linear")


@misconception("he_std", "The gain is under the root. Take the root of the fan only: std = gain / sqrt(fan).")
def he_gain_under_the_root(shape, *, a=0.0, mode="fan_in", nonlinearity="leaky_relu"):
    unscaled = schemes.he_std(shape, mode=mode, nonlinearity="linear")
    return np.sqrt(schemes.calculate_gain(nonlinearity, a)) * unscaled


@misconception("he_std", "The gain is squared. It is a root already: std = gain / sqrt(fan).")
def he_gain_squared(shape, *, a=0.0, mode="fan_in", nonlinearity="leaky_relu"):
    unscaled = schemes.he_std(shape, mode=mode, nonlinearity="linear")
    return schemes.calculate_gain(nonlinearity, a) ** 2 * unscaled


@misconception("he_std", "The slope is not passed on to the gain. It changes that of a leaky ReLU.")
def slope_not_passed_on(shape, *, a=0.0, **options):
    return schemes.he_std(shape, **options)


@misconception("he_std", "The mode is ignored. Take the fan that it names.")
def mode_ignored(shape, *, mode="fan_in", **options):
    return schemes.he_std(shape, **options)


@misconception("he_std", "The receptive field is missing. Multiply both fans of a convolution by KH * KW.")
def he_without_receptive_field(shape, **options):
    return schemes.he_std(linear(shape), **options)


@misconception("he_std", "A mode that does not exist counts as fan_out. Raise a ValueError for it.")
def mode_not_checked(shape, *, mode="fan_in", **options):
    return schemes.he_std(shape, mode="fan_in" if mode == "fan_in" else "fan_out", **options)


# he_uniform


@misconception(
    "he_uniform", "This bound is the standard deviation. Multiply it by sqrt(3): the variance is bound^2 / 3."
)
def he_bound_is_the_std(shape, rng, **options):
    return between(shape, rng, schemes.he_std(shape, **options))


@misconception(
    "he_uniform", "The standard deviation is multiplied by 3. Multiply it by sqrt(3): the variance is bound^2 / 3."
)
def three_for_its_root(shape, rng, **options):
    return between(shape, rng, 3 * schemes.he_std(shape, **options))


@misconception("he_uniform", "The options are not passed on. Slope, mode and nonlinearity change the bound.")
def he_uniform_without_options(shape, rng, **options):
    return schemes.he_uniform(shape, rng)


@misconception("he_uniform", "All weights are positive. Draw them between -bound and bound.")
def he_one_sided(shape, rng, **options):
    return rng.uniform(0, np.sqrt(3) * schemes.he_std(shape, **options), shape)


@misconception("he_uniform", "The weights are normally distributed. Draw them uniformly between two bounds.")
def normal_for_uniform(shape, rng, **options):
    return schemes.he_normal(shape, rng, **options)


@misconception("he_uniform", "The generator is a new one with a fixed seed. Draw from the `rng` that is passed in.")
def he_uniform_with_a_fixed_seed(shape, rng, **options):
    return schemes.he_uniform(shape, fixed(), **options)


# he_normal


@misconception("he_normal", "The variance is used as the standard deviation. Use what `he_std` returns.")
def he_variance_as_std(shape, rng, **options):
    return rng.normal(0, schemes.he_std(shape, **options) ** 2, shape)


@misconception(
    "he_normal", "The root of the standard deviation is used. Use what `he_std` returns: it is a root already."
)
def root_of_he_std(shape, rng, **options):
    return rng.normal(0, np.sqrt(schemes.he_std(shape, **options)), shape)


@misconception("he_normal", "The options are not passed on. Slope, mode and nonlinearity change the spread.")
def he_normal_without_options(shape, rng, **options):
    return schemes.he_normal(shape, rng)


@misconception(
    "he_normal", "The standard deviation is multiplied by sqrt(3), as for a uniform distribution. Leave that out."
)
def he_normal_with_the_bound(shape, rng, **options):
    return np.sqrt(3) * schemes.he_normal(shape, rng, **options)


@misconception("he_normal", "The weights are drawn uniformly between bounds. Draw them from a normal distribution.")
def he_uniform_for_normal(shape, rng, **options):
    return schemes.he_uniform(shape, rng, **options)


@misconception("he_normal", "The generator is a new one with a fixed seed. Draw from the `rng` that is passed in.")
def he_normal_with_a_fixed_seed(shape, rng, **options):
    return schemes.he_normal(shape, fixed(), **options)


@misconception(
    "he_normal",
    "The variance is 1 / fan, without the factor 2 for ReLU. Multiply by the gain.",
    source="https://github.com/LBANN/lbann/pull/316",
)
def normal_without_the_gain(shape, rng, *, mode="fan_in", **options):
    return rng.normal(0, schemes.he_std(shape, mode=mode, nonlinearity="linear"), shape)


@misconception(
    "he_uniform",
    "The variance is 1 / fan, without the factor 2 for ReLU. Multiply by the gain.",
    source="https://github.com/jw1912/bullet/pull/363",
)
def uniform_without_he_gain(shape, rng, *, mode="fan_in", **options):
    return between(shape, rng, np.sqrt(3) * schemes.he_std(shape, mode=mode, nonlinearity="linear"))


# orthogonal


def tall(shape, rng):
    """Draw normal numbers for a matrix that is at least as high as wide."""
    return rng.normal(size=sorted((shape[0], np.prod(shape[1:])), reverse=True))


@misconception(
    "orthogonal",
    "The signs are not corrected, so that some directions are more likely. Multiply Q's columns by the signs on "
    "R's diagonal.",
)
def signs_not_corrected(shape, rng, *, gain=1.0):
    q, _ = np.linalg.qr(tall(shape, rng))
    return gain * (q if shape[0] == len(q) else q.T).reshape(shape)


@misconception(
    "orthogonal", "For a wide shape the matrix was reshaped. Transpose it: its rows have to be the columns of Q."
)
def reshaped_where_wide(shape, rng, *, gain=1.0):
    q, r = np.linalg.qr(tall(shape, rng))
    return gain * (q * np.sign(np.diag(r))).reshape(shape)


@misconception("orthogonal", "For a wide shape the result is tall. Transpose it back to the shape that was asked for.")
def wide_comes_out_high(shape, rng, *, gain=1.0):
    q = schemes.orthogonal(shape, rng, gain=gain).reshape(shape[0], -1)
    return q.reshape(shape) if len(q) >= q.shape[1] else q.T


@misconception("orthogonal", "The gain is ignored. Multiply the matrix by it.")
def orthogonal_without_gain(shape, rng, *, gain=1.0):
    return schemes.orthogonal(shape, rng)


@misconception("orthogonal", "The gain is squared. Multiply the matrix by the gain itself.")
def orthogonal_gain_squared(shape, rng, *, gain=1.0):
    return schemes.orthogonal(shape, rng, gain=gain**2)


@misconception("orthogonal", "The rows have length 1, but are not at right angles. Take Q of a QR decomposition.")
def rows_normalized(shape, rng, *, gain=1.0):
    rows = rng.normal(size=(shape[0], np.prod(shape[1:])))
    return gain * (rows / np.linalg.norm(rows, axis=1, keepdims=True)).reshape(shape)


@misconception(
    "orthogonal", "The numbers given to QR are uniform and positive. Draw normal ones: only they favour no direction."
)
def qr_of_positive_numbers(shape, rng, *, gain=1.0):
    q, r = np.linalg.qr(rng.random(size=tall(shape, np.random.default_rng(0)).shape))
    return gain * ((q * np.sign(np.diag(r))) if shape[0] == len(q) else (q * np.sign(np.diag(r))).T).reshape(shape)


@misconception("orthogonal", "The generator is a new one with a fixed seed. Draw from the `rng` that is passed in.")
def orthogonal_with_a_fixed_seed(shape, rng, *, gain=1.0):
    return schemes.orthogonal(shape, fixed(), gain=gain)


# trunc_normal


@misconception("trunc_normal", "What lies outside is moved to the bound, where it piles up. Draw it again.")
def clipped(shape, rng, *, mean=0.0, std=1.0, a=-2.0, b=2.0):
    return np.clip(rng.normal(mean, std, shape), a, b)


@misconception(
    "trunc_normal",
    "The bounds are multiplied by std, and the mean is added. Use them as they are: they are plain numbers.",
)
def bounds_in_units_of_std(shape, rng, *, mean=0.0, std=1.0, a=-2.0, b=2.0):
    return schemes.trunc_normal(shape, rng, mean=mean, std=std, a=mean + a * std, b=mean + b * std)


@misconception("trunc_normal", "The bounds are measured from the mean. Use them as they are, wherever the mean is.")
def bounds_around_the_mean(shape, rng, *, mean=0.0, std=1.0, a=-2.0, b=2.0):
    return schemes.trunc_normal(shape, rng, mean=mean, std=std, a=mean + a, b=mean + b)


@misconception(
    "trunc_normal", "Numbers are drawn again only once, and some of the new ones lie outside. Go on until none does."
)
def drawn_again_once(shape, rng, *, mean=0.0, std=1.0, a=-2.0, b=2.0):
    weight = rng.normal(mean, std, shape)
    outside = (weight < a) | (weight > b)
    weight[outside] = rng.normal(mean, std, outside.sum())
    return weight


@misconception(
    "trunc_normal", "The spread is scaled back up to std. Leave it: `std` belongs to the distribution before the cut."
)
def spread_restored(shape, rng, *, mean=0.0, std=1.0, a=-2.0, b=2.0):
    weight = schemes.trunc_normal(shape, rng, mean=mean, std=std, a=a, b=b)
    return (weight - weight.mean()) * std / weight.std() + weight.mean()


@misconception(
    "trunc_normal", "The weights are drawn uniformly between the bounds. Draw normal numbers, and those outside again."
)
def even_between_the_bounds(shape, rng, *, mean=0.0, std=1.0, a=-2.0, b=2.0):
    return rng.uniform(a, b, shape)


@misconception(
    "trunc_normal",
    "Nothing is cut off: this is the whole normal distribution. Draw again what lies outside the bounds.",
)
def not_truncated(shape, rng, *, mean=0.0, std=1.0, a=-2.0, b=2.0):
    return rng.normal(mean, std, shape)


@misconception("trunc_normal", "The generator is a new one with a fixed seed. Draw from the `rng` that is passed in.")
def trunc_normal_with_a_fixed_seed(shape, rng, **options):
    return schemes.trunc_normal(shape, fixed(), **options)


# init_weights


def pairs_of(widths):
    """Return the inputs and outputs of every layer."""
    return [widths[index : index + 2] for index in range(len(widths) - 1)]


@misconception(
    "init_weights",
    "Every layer starts from the same seed, so equal shapes get equal numbers. Go on with one generator.",
)
def same_state_for_every_layer(widths, rng, *, scheme="he_normal", **options):
    weights, state = [], rng.bit_generator.state
    for pair in pairs_of(widths):
        rng.bit_generator.state = state
        weights += propagation.init_weights(pair, rng, scheme=scheme, **options)
    return weights


@misconception(
    "init_weights",
    "`rng` is not used: every layer starts from the seed 0. Draw all layers from the `rng` that is passed in.",
)
def seed_zero_for_every_layer(widths, rng, *, scheme="he_normal", **options):
    return [propagation.init_weights(pair, fixed(), scheme=scheme, **options)[0] for pair in pairs_of(widths)]


@misconception("init_weights", "The matrices are (in, out). Make them (out, in), as torch does: a row per unit.")
def rows_are_inputs(widths, rng, **options):
    return [weight.T for weight in propagation.init_weights(widths, rng, **options)]


@misconception(
    "init_weights", "The scheme is given the shapes (in, out), so that it mixes up the fans. Give it (out, in)."
)
def transposed_after_drawing(widths, rng, **options):
    return [propagation.init_weights(pair[::-1], rng, **options)[0].T for pair in pairs_of(widths)]


@misconception("init_weights", "The options do not reach the scheme. Pass them on.")
def options_lost(widths, rng, *, scheme="he_normal", **options):
    return propagation.init_weights(widths, rng, scheme=scheme)


@misconception("init_weights", "The scheme's name is ignored. Look it up in SCHEMES.")
def scheme_ignored(widths, rng, *, scheme="he_normal", **options):
    return propagation.init_weights(widths, rng)


@misconception("init_weights", "The last layer is missing. Make one matrix fewer than there are widths.")
def last_layer_missing(widths, rng, **options):
    return propagation.init_weights(widths, rng, **options)[:-1]


# forward_signals


@misconception(
    "forward_signals", "These are the activations f(z). Keep what each layer computes before its nonlinearity."
)
def activations_kept(x, weights, *, activation="relu"):
    return [propagation.activate(z, activation) for z in propagation.forward_signals(x, weights, activation=activation)]


@misconception("forward_signals", "The input goes through the nonlinearity. Give x itself to the first layer.")
def input_activated(x, weights, *, activation="relu"):
    return propagation.forward_signals(propagation.activate(x, activation), weights, activation=activation)


@misconception("forward_signals", "A nonlinearity follows the last layer. Return its z as it is.")
def output_activated(x, weights, *, activation="relu"):
    *signals, last = propagation.forward_signals(x, weights, activation=activation)
    return [*signals, propagation.activate(last, activation)]


@misconception(
    "forward_signals",
    "There is no nonlinearity between the layers, which makes them one linear layer. Apply it to each z before "
    "the next layer.",
)
def no_nonlinearity(x, weights, *, activation="relu"):
    return propagation.forward_signals(x, weights, activation="linear")


@misconception("forward_signals", "The nonlinearity is always ReLU. Use the one that `activation` names.")
def always_relu(x, weights, *, activation="relu"):
    return propagation.forward_signals(x, weights)


# backward_signals


@misconception("backward_signals", "The slope is missing: these gradients belong to a_l. Multiply them by f'(z_l).")
def slope_missing(dout, signals, weights, *, activation="relu"):
    return propagation.backward_signals(dout, signals, weights, activation="linear")


@misconception(
    "backward_signals", "The gradients run from the last layer to the first. Return them in the order of the signals."
)
def last_layer_first(dout, signals, weights, *, activation="relu"):
    return propagation.backward_signals(dout, signals, weights, activation=activation)[::-1]


@misconception(
    "backward_signals",
    "The output's gradient is multiplied by a slope. Leave it as it is: no nonlinearity follows z_L.",
)
def slope_at_the_output(dout, signals, weights, *, activation="relu"):
    dout = dout * propagation.slope(signals[-1], activation)
    return propagation.backward_signals(dout, signals, weights, activation=activation)


@misconception("backward_signals", "The slope is computed at f(z_l). Compute it at z_l itself.")
def slope_at_the_activation(dout, signals, weights, *, activation="relu"):
    activations = [propagation.activate(z, activation) for z in signals]
    return propagation.backward_signals(dout, activations, weights, activation=activation)


@misconception(
    "backward_signals", "The gradient is multiplied by the nonlinearity itself. Multiply it by its derivative."
)
def activation_for_slope(dout, signals, weights, *, activation="relu"):
    dsignals = [dout]
    for weight, z in zip(weights[:0:-1], signals[-2::-1], strict=True):
        dsignals.append(dsignals[-1] @ weight * propagation.activate(z, activation))
    return dsignals[::-1]


# weight_gradients


@misconception("weight_gradients", "The inputs are the z of the layer below. Use its activations f(z).")
def inputs_not_activated(x, signals, dsignals, *, activation="relu"):
    return propagation.weight_gradients(x, signals, dsignals, activation="linear")


@misconception("weight_gradients", "The matrices are (in, out). Give them the shapes of the weights, (out, in).")
def gradients_transposed(x, signals, dsignals, *, activation="relu"):
    return [dw.T for dw in propagation.weight_gradients(x, signals, dsignals, activation=activation)]


@misconception(
    "weight_gradients", "The gradients are divided by N. dsignals already holds the 1 / N of the mean loss: only sum."
)
def averaged_once_more(x, signals, dsignals, *, activation="relu"):
    return [dw / len(x) for dw in propagation.weight_gradients(x, signals, dsignals, activation=activation)]


@misconception("weight_gradients", "The input goes through the nonlinearity. Use x itself for the first layer.")
def gradient_of_an_activated_input(x, signals, dsignals, *, activation="relu"):
    return propagation.weight_gradients(propagation.activate(x, activation), signals, dsignals, activation=activation)


# layer_variances


@misconception("layer_variances", "The variance runs over the examples only. Take it over examples and units together.")
def over_the_examples(signals):
    return np.array([z.var(axis=0).mean() for z in signals])


@misconception("layer_variances", "The variance runs over the units only. Take it over examples and units together.")
def over_the_units(signals):
    return np.array([z.var(axis=1).mean() for z in signals])


@misconception("layer_variances", "These are standard deviations. Return their squares, the variances.")
def standard_deviations(signals):
    return np.sqrt(propagation.layer_variances(signals))


@misconception("layer_variances", "This is the mean square. Subtract the mean first.")
def mean_squares(signals):
    return np.array([(z**2).mean() for z in signals])


@misconception("layer_variances", "The sum is divided by n - 1. Divide it by n.")
def unbiased(signals):
    return np.array([z.var(ddof=1) for z in signals])


# distinct_units


@misconception("distinct_units", "The units are compared exactly. Allow for tol: rounding makes equal units differ.")
def compared_exactly(weight, *, tol=1e-6):
    return len(np.unique(weight, axis=0))


@misconception("distinct_units", "The columns are compared. Compare the rows: a unit is a row of (out, in).")
def columns_compared(weight, *, tol=1e-6):
    return propagation.distinct_units(weight.T, tol=tol)


@misconception("distinct_units", "The tolerance is absolute. Multiply it by the largest weight of the layer.")
def absolute_tolerance(weight, *, tol=1e-6):
    largest = np.abs(weight).max()
    return propagation.distinct_units(weight, tol=tol / largest if largest else tol)


@misconception(
    "distinct_units",
    "Only neighbouring rows are compared. Compare each with all that were counted: equal units may be anywhere.",
)
def neighbours_compared(weight, *, tol=1e-6):
    steps = np.abs(np.diff(weight, axis=0)).max(axis=1)
    return 1 + int(np.sum(steps > tol * np.abs(weight).max()))


@misconception(
    "distinct_units", "Units that have a copy are not counted at all. Count the first of each set of equal units."
)
def without_copies(weight, *, tol=1e-6):
    gaps = np.abs(weight[:, None] - weight).max(axis=2)
    return int(np.sum((gaps <= tol * np.abs(weight).max()).sum(axis=1) == 1))


@misconception("distinct_units", "Units with one weight in common count as equal. All of their weights have to agree.")
def one_weight_in_common(weight, *, tol=1e-6):
    room, counted = tol * np.abs(weight).max(), []
    for unit in weight:
        if not any(np.abs(unit - other).min() <= room for other in counted):
            counted.append(unit)
    return len(counted)


# descend


@misconception("descend", "The gradient is added. Subtract it to go down.")
def uphill(x, labels, weights, *, lr=0.1, activation="relu"):
    return propagation.descend(x, labels, weights, lr=-lr, activation=activation)


@misconception("descend", "The learning rate is ignored. Multiply the gradient by it.")
def rate_ignored(x, labels, weights, *, lr=0.1, activation="relu"):
    return propagation.descend(x, labels, weights, lr=1.0, activation=activation)


@misconception("descend", "The activation is not passed on. Use the same one forward, backward and in the gradients.")
def activation_not_passed_on(x, labels, weights, *, lr=0.1, activation="relu"):
    return propagation.descend(x, labels, weights, lr=lr)


@misconception(
    "descend", "The weights that were passed in are changed in place. They belong to the caller: return new ones."
)
def weights_changed_in_place(x, labels, weights, **options):
    new, loss = propagation.descend(x, labels, weights, **options)
    for weight, changed in zip(weights, new, strict=True):
        weight[:] = changed
    return weights, loss


@misconception("descend", "This is the loss after the step. Return the one that the gradient belongs to.")
def loss_after_the_step(x, labels, weights, *, lr=0.1, activation="relu"):
    after, _ = propagation.descend(x, labels, weights, lr=lr, activation=activation)
    return after, propagation.descend(x, labels, after, lr=lr, activation=activation)[1]


@misconception("descend", "Only the last layer learns. Take the step in every layer.")
def last_layer_only(x, labels, weights, *, lr=0.1, activation="relu"):
    after, loss = propagation.descend(x, labels, weights, lr=lr, activation=activation)
    return [*weights[:-1], after[-1]], loss


# lsuv


def rescaled(x, weights, activation, measure, *, onwards=True):
    """Divide every layer by a measure of its signal; send on what the new weights make of it, or the old ones."""
    scaled, a = [], x
    for weight in weights:
        scaled.append(weight / measure(a @ weight.T))
        a = propagation.activate(a @ (scaled[-1] if onwards else weight).T, activation)
    return scaled


@misconception(
    "lsuv", "The weights are divided by the variance. Divide by its root: the signal is linear in the weights."
)
def divided_by_the_variance(x, weights, *, activation="relu"):
    return rescaled(x, weights, activation, np.var)


@misconception(
    "lsuv", "All layers are measured before any is rescaled. Measure each on the rescaled signal from below."
)
def measured_beforehand(x, weights, *, activation="relu"):
    return rescaled(x, weights, activation, np.std, onwards=False)


@misconception("lsuv", "The variance is measured after the nonlinearity. Measure that of z, before it.")
def measured_behind_the_nonlinearity(x, weights, *, activation="relu"):
    return rescaled(x, weights, activation, lambda z: propagation.activate(z, activation).std())


@misconception(
    "lsuv", "The weights that were passed in are changed in place. They belong to the caller: return new ones."
)
def rescaled_in_place(x, weights, **options):
    new = propagation.lsuv(x, weights, **options)
    for weight, changed in zip(weights, new, strict=True):
        weight[:] = changed
    return weights


@misconception("lsuv", "The mean square becomes 1. Make the variance 1: subtract the signal's mean when you measure.")
def mean_square_made_one(x, weights, *, activation="relu"):
    return rescaled(x, weights, activation, lambda z: np.sqrt(np.mean(z**2)))


@misconception("lsuv", "Every unit is scaled by itself. Scale all weights of a layer by one number.")
def every_unit_by_itself(x, weights, *, activation="relu"):
    return rescaled(x, weights, activation, lambda z: z.std(axis=0)[:, None])


@misconception("lsuv", "A layer without variance is left as it is. Raise a ValueError for it.")
def dead_layers_passed_over(x, weights, *, activation="relu"):
    return rescaled(x, weights, activation, lambda z: z.std() or z.dtype.type(1))


# fast.py


@misconception(
    "trunc_normal_fast", "What lies outside is moved to the bounds and piles up there. Limit the uniform share instead."
)
def fast_weights_pile_up_at_the_bounds(uniform, mean, std, a, b):
    return fast.trunc_normal_fast(uniform, mean, std, -math.inf, math.inf).clamp(a, b)


@misconception(
    "trunc_normal_fast", "The bounds are used as multiples of std. Use them as they are: they are plain numbers."
)
def fast_bounds_in_units_of_std(uniform, mean, std, a, b):
    return fast.trunc_normal_fast(uniform, mean, std, mean + std * a, mean + std * b)


@misconception("trunc_normal_fast", "The bounds are measured from 0. Subtract the mean before dividing by std.")
def fast_bounds_without_the_mean(uniform, mean, std, a, b):
    return mean + fast.trunc_normal_fast(uniform, 0.0, std, a, b)


@misconception("trunc_normal_fast", "The mean is not added. Add it to the finished numbers.")
def fast_weights_without_the_mean(uniform, mean, std, a, b):
    return fast.trunc_normal_fast(uniform, mean, std, a, b) - mean


@misconception(
    "trunc_normal_fast", "The root of 2 is missing. Phi^-1(p) is sqrt(2) times the inverse error function of 2 p - 1."
)
def fast_weights_without_the_root_of_two(uniform, mean, std, a, b):
    low, high = (math.erf((bound - mean) / std) for bound in (a, b))
    return (mean + std * torch.erfinv(low + uniform * (high - low))).clamp(a, b)


@misconception("trunc_normal_fast", "The root of std is used. Use std itself: it is a standard deviation already.")
def fast_weights_with_std_as_a_variance(uniform, mean, std, a, b):
    return fast.trunc_normal_fast(uniform, mean, math.sqrt(std), a, b)


@misconception(
    "trunc_normal_fast", "The weights are uniform between the bounds. Put the shares through the inverse of Phi."
)
def fast_weights_uniform(uniform, mean, std, a, b):
    return a + uniform * (b - a)


@misconception(
    "trunc_normal_fast",
    "Larger numbers become smaller weights. Let the share grow from that of the lower bound to that of the upper.",
)
def fast_weights_fall(uniform, mean, std, a, b):
    return fast.trunc_normal_fast(1 - uniform, mean, std, a, b)


@misconception("trunc_normal_fast", "At the ends weights become infinite by rounding. Limit the results to a and b.")
def fast_weights_become_infinite(uniform, mean, std, a, b):
    low, high = (math.erf((bound - mean) / std / math.sqrt(2)) for bound in (a, b))
    return mean + std * math.sqrt(2) * torch.erfinv(low + uniform * (high - low))


@misconception("trunc_normal_fast", "The uniform numbers are overwritten. They belong to the caller: make one copy.")
def fast_weights_overwrite_the_numbers(uniform, mean, std, a, b):
    return uniform.copy_(fast.trunc_normal_fast(uniform, mean, std, a, b))


@misconception(
    "trunc_normal_fast",
    "The answer is float64 for float32 numbers, or was computed so. Use the dtype of the numbers: half as many bytes.",
)
def fast_weights_in_float64(uniform, mean, std, a, b):
    return fast.trunc_normal_fast(uniform.double(), mean, std, a, b)
