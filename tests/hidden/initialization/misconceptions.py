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


@misconception("fan_in_and_fan_out", "The fans are swapped. Shapes are (out, in): the inputs stand second.")
def fans_swapped(shape):
    return schemes.fan_in_and_fan_out(shape)[::-1]


@misconception(
    "fan_in_and_fan_out", "The receptive field is forgotten. A convolution adds up KH * KW pixels per channel."
)
def receptive_field_forgotten(shape):
    return schemes.fan_in_and_fan_out(linear(shape))


@misconception("fan_in_and_fan_out", "The receptive field is missing in fan_out. It belongs to both fans.")
def receptive_field_in_one_fan(shape):
    return schemes.fan_in_and_fan_out(shape)[0], schemes.fan_in_and_fan_out(linear(shape))[1]


@misconception("fan_in_and_fan_out", "Only one axis of the kernel is counted. The receptive field is KH * KW.")
def one_kernel_axis(shape):
    return schemes.fan_in_and_fan_out(shape[:3])


@misconception("fan_in_and_fan_out", "A shape with one axis gets fans. A bias has none: raise a ValueError.")
def fans_of_a_bias(shape):
    return schemes.fan_in_and_fan_out(shape) if len(shape) > 1 else (shape[0], shape[0])


# calculate_gain


@misconception("calculate_gain", "This is the gain of the variance. Weights are multiplied by its root.")
def gain_squared(nonlinearity, param=None):
    return schemes.calculate_gain(nonlinearity, param) ** 2


@misconception(
    "calculate_gain", "The slope is not squared. What passes the negative half keeps slope^2 of its variance."
)
def slope_not_squared(nonlinearity, param=None):
    root = np.sqrt(0.01 if param is None else param)
    return schemes.calculate_gain(nonlinearity, root)


@misconception("calculate_gain", "The slope of a leaky ReLU is 0 where it is not given. It is 0.01, as in torch.")
def default_slope_of_zero(nonlinearity, param=None):
    return schemes.calculate_gain(nonlinearity, 0.0 if param is None else param)


@misconception("calculate_gain", "A slope of 0 counts as not given. Compare with None: 0 is a slope as well.")
def zero_taken_for_none(nonlinearity, param=None):
    return schemes.calculate_gain(nonlinearity, param or 0.01)


@misconception("calculate_gain", "The slope changes the gain of a plain ReLU. Only a leaky one has a slope.")
def relu_with_a_slope(nonlinearity, param=None):
    return schemes.calculate_gain("leaky_relu" if nonlinearity == "relu" and param else nonlinearity, param)


@misconception(
    "calculate_gain", "An unknown nonlinearity gets the gain 1. It must be refused: a typo would go unnoticed."
)
def unknown_gain_is_one(nonlinearity, param=None):
    known = nonlinearity in schemes.GAINS or nonlinearity.endswith("relu")
    return schemes.calculate_gain(nonlinearity, param) if known else 1.0


# constant


@misconception("constant", "The value is ignored: the array is always zero. Fill it with val.")
def always_zero(shape, rng, *, val=0.0):
    return np.zeros(shape)


@misconception("constant", "A whole number makes an array of integers. Weights are float64, whatever val is.")
def constant_integers(shape, rng, *, val=0.0):
    return np.full(shape, val)


@misconception("constant", "The array holds ones. They have to be multiplied by val.")
def always_one(shape, rng, *, val=0.0):
    return np.ones(shape)


# normal


@misconception("normal", "The standard deviation is taken for the variance. No root is wanted here.")
def root_of_the_std(shape, rng, *, mean=0.0, std=1.0):
    return schemes.normal(shape, rng, mean=mean, std=np.sqrt(std))


@misconception("normal", "The numbers are multiplied by the variance. Multiply them by the standard deviation.")
def spread_by_the_variance(shape, rng, *, mean=0.0, std=1.0):
    return schemes.normal(shape, rng, mean=mean, std=std**2)


@misconception("normal", "The mean is ignored. Add it to all numbers.")
def mean_ignored(shape, rng, *, mean=0.0, std=1.0):
    return schemes.normal(shape, rng, std=std)


@misconception("normal", "The mean is added before multiplying by std. It is added to the finished numbers.")
def mean_multiplied(shape, rng, *, mean=0.0, std=1.0):
    return (schemes.normal(shape, rng) + mean) * std


@misconception("normal", "The generator is a new one with a fixed seed. Draw from the `rng` that is passed in.")
def normal_with_a_fixed_seed(shape, rng, *, mean=0.0, std=1.0):
    return schemes.normal(shape, fixed(), mean=mean, std=std)


# xavier_uniform


def between(shape, rng, bound):
    """Draw uniformly between two bounds."""
    return rng.uniform(-bound, bound, shape)


@misconception("xavier_uniform", "sqrt(3) is missing: this bound is the standard deviation. Mind bound^2 / 3 = Var.")
def bound_is_the_std(shape, rng, *, gain=1.0):
    return schemes.xavier_uniform(shape, rng, gain=gain / np.sqrt(3))


@misconception("xavier_uniform", "The bound is not a root: 6 / (fan_in + fan_out) is its square.")
def bound_not_a_root(shape, rng, *, gain=1.0):
    return between(shape, rng, gain * 6 / sum(schemes.fan_in_and_fan_out(shape)))


@misconception("xavier_uniform", "Only fan_in counts here. Xavier's rule takes the mean of both fans.")
def uniform_with_fan_in_only(shape, rng, *, gain=1.0):
    return between(shape, rng, gain * np.sqrt(3 / schemes.fan_in_and_fan_out(shape)[0]))


@misconception("xavier_uniform", "The gain is ignored. It multiplies the bound.")
def uniform_without_gain(shape, rng, *, gain=1.0):
    return schemes.xavier_uniform(shape, rng)


@misconception("xavier_uniform", "The gain stands under the root. It multiplies the bound as it is.")
def gain_under_the_root(shape, rng, *, gain=1.0):
    return schemes.xavier_uniform(shape, rng, gain=np.sqrt(gain))


@misconception("xavier_uniform", "All weights are positive. They are drawn between -bound and bound.")
def one_sided(shape, rng, *, gain=1.0):
    return rng.uniform(0, gain * np.sqrt(6 / sum(schemes.fan_in_and_fan_out(shape))), shape)


@misconception("xavier_uniform", "The receptive field is forgotten: the fans of a convolution include KH * KW.")
def uniform_without_receptive_field(shape, rng, *, gain=1.0):
    return between(shape, rng, gain * np.sqrt(6 / sum(linear(shape))))


@misconception("xavier_uniform", "The generator is a new one with a fixed seed. Draw from the `rng` that is passed in.")
def xavier_uniform_with_a_fixed_seed(shape, rng, *, gain=1.0):
    return schemes.xavier_uniform(shape, fixed(), gain=gain)


# xavier_normal


@misconception("xavier_normal", "The variance is used as standard deviation. Take its root.")
def variance_as_std(shape, rng, *, gain=1.0):
    return rng.normal(0, gain**2 * 2 / sum(schemes.fan_in_and_fan_out(shape)), shape)


@misconception("xavier_normal", "Only fan_in counts here. Xavier's rule takes the mean of both fans.")
def normal_with_fan_in_only(shape, rng, *, gain=1.0):
    return rng.normal(0, gain * np.sqrt(1 / schemes.fan_in_and_fan_out(shape)[0]), shape)


@misconception("xavier_normal", "This is the standard deviation for the sum of the fans. Their mean is half of it.")
def sum_for_mean(shape, rng, *, gain=1.0):
    return schemes.xavier_normal(shape, rng, gain=gain / np.sqrt(2))


@misconception("xavier_normal", "The gain stands under the root. It multiplies the standard deviation as it is.")
def normal_gain_under_the_root(shape, rng, *, gain=1.0):
    return schemes.xavier_normal(shape, rng, gain=np.sqrt(gain))


@misconception("xavier_normal", "The bound of the uniform distribution, sqrt(6 / ...), is used as standard deviation.")
def bound_as_std(shape, rng, *, gain=1.0):
    return schemes.xavier_normal(shape, rng, gain=gain * np.sqrt(3))


@misconception(
    "xavier_normal", "The weights are drawn uniformly between bounds. This scheme has a normal distribution."
)
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
    "The kernel's sizes are added to the fans. They multiply them: C * KH * KW.",
    source="https://github.com/LeelaChessZero/lczero-training/pull/43",
)
def kernel_sizes_added(shape, rng, *, gain=1.0):
    return rng.normal(0, gain * np.sqrt(2 / sum(shape)), shape)


# he_std


@misconception(
    "he_std",
    "The slope is sqrt(5) where it is not given, as in torch's layers. Here it is 0.",
    source="https://github.com/pytorch/pytorch/issues/15314",
)
def slope_of_root_five(shape, *, a=0.0, **options):
    return schemes.he_std(shape, a=a or math.sqrt(5), **options)


@misconception("he_std", "The fans are mixed up: fan_in counts the inputs of a unit, the second number of the shape.")
def modes_swapped(shape, *, a=0.0, mode="fan_in", nonlinearity="leaky_relu"):
    other = {"fan_in": "fan_out", "fan_out": "fan_in"}.get(mode, mode)
    return schemes.he_std(shape, a=a, mode=other, nonlinearity=nonlinearity)


@misconception("he_std", "This is the variance. The standard deviation is its root.")
def he_variance(shape, **options):
    return schemes.he_std(shape, **options) ** 2


@misconception("he_std", "The gain is missing: std = gain / sqrt(fan).")
def gain_missing(shape, *, mode="fan_in", **options):
    return schemes.he_std(shape, mode=mode, nonlinearity="linear")


@misconception("he_std", "The gain stands under the root. Only the fan does.")
def he_gain_under_the_root(shape, *, a=0.0, mode="fan_in", nonlinearity="leaky_relu"):
    unscaled = schemes.he_std(shape, mode=mode, nonlinearity="linear")
    return np.sqrt(schemes.calculate_gain(nonlinearity, a)) * unscaled


@misconception("he_std", "The gain is squared. It would be under the root; outside of it, it is not.")
def he_gain_squared(shape, *, a=0.0, mode="fan_in", nonlinearity="leaky_relu"):
    unscaled = schemes.he_std(shape, mode=mode, nonlinearity="linear")
    return schemes.calculate_gain(nonlinearity, a) ** 2 * unscaled


@misconception("he_std", "The slope is not passed on. It changes the gain of a leaky ReLU.")
def slope_not_passed_on(shape, *, a=0.0, **options):
    return schemes.he_std(shape, **options)


@misconception("he_std", "The mode is ignored. It says which of the fans to take.")
def mode_ignored(shape, *, mode="fan_in", **options):
    return schemes.he_std(shape, **options)


@misconception("he_std", "The receptive field is forgotten: the fans of a convolution include KH * KW.")
def he_without_receptive_field(shape, **options):
    return schemes.he_std(linear(shape), **options)


@misconception("he_std", "A mode that does not exist counts as fan_out. It must be refused.")
def mode_not_checked(shape, *, mode="fan_in", **options):
    return schemes.he_std(shape, mode="fan_in" if mode == "fan_in" else "fan_out", **options)


# he_uniform


@misconception("he_uniform", "sqrt(3) is missing: this bound is the standard deviation. Mind bound^2 / 3 = Var.")
def he_bound_is_the_std(shape, rng, **options):
    return between(shape, rng, schemes.he_std(shape, **options))


@misconception("he_uniform", "The standard deviation is multiplied by 3. Its square is: bound^2 / 3 = Var.")
def three_for_its_root(shape, rng, **options):
    return between(shape, rng, 3 * schemes.he_std(shape, **options))


@misconception("he_uniform", "The options are not passed on. Slope, mode and nonlinearity change the bound.")
def he_uniform_without_options(shape, rng, **options):
    return schemes.he_uniform(shape, rng)


@misconception("he_uniform", "All weights are positive. They are drawn between -bound and bound.")
def he_one_sided(shape, rng, **options):
    return rng.uniform(0, np.sqrt(3) * schemes.he_std(shape, **options), shape)


@misconception("he_uniform", "The weights are normally distributed. This scheme draws uniformly between two bounds.")
def normal_for_uniform(shape, rng, **options):
    return schemes.he_normal(shape, rng, **options)


@misconception("he_uniform", "The generator is a new one with a fixed seed. Draw from the `rng` that is passed in.")
def he_uniform_with_a_fixed_seed(shape, rng, **options):
    return schemes.he_uniform(shape, fixed(), **options)


# he_normal


@misconception("he_normal", "The variance is used as standard deviation. he_std is what the distribution wants.")
def he_variance_as_std(shape, rng, **options):
    return rng.normal(0, schemes.he_std(shape, **options) ** 2, shape)


@misconception("he_normal", "The root of the standard deviation is used. It is a root already.")
def root_of_he_std(shape, rng, **options):
    return rng.normal(0, np.sqrt(schemes.he_std(shape, **options)), shape)


@misconception("he_normal", "The options are not passed on. Slope, mode and nonlinearity change the spread.")
def he_normal_without_options(shape, rng, **options):
    return schemes.he_normal(shape, rng)


@misconception("he_normal", "The factor sqrt(3) belongs to the uniform distribution. A normal one wants its std.")
def he_normal_with_the_bound(shape, rng, **options):
    return np.sqrt(3) * schemes.he_normal(shape, rng, **options)


@misconception("he_normal", "The weights are drawn uniformly between bounds. This scheme has a normal distribution.")
def he_uniform_for_normal(shape, rng, **options):
    return schemes.he_uniform(shape, rng, **options)


@misconception("he_normal", "The generator is a new one with a fixed seed. Draw from the `rng` that is passed in.")
def he_normal_with_a_fixed_seed(shape, rng, **options):
    return schemes.he_normal(shape, fixed(), **options)


@misconception(
    "he_normal",
    "The factor 2 for ReLU is missing: this is the variance 1 / fan. The gain belongs to He's rule.",
    source="https://github.com/LBANN/lbann/pull/316",
)
def normal_without_the_gain(shape, rng, *, mode="fan_in", **options):
    return rng.normal(0, schemes.he_std(shape, mode=mode, nonlinearity="linear"), shape)


@misconception(
    "he_uniform",
    "The factor 2 for ReLU is missing: this is the variance 1 / fan. The gain belongs to He's rule.",
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
    "The signs are not corrected, so Q's columns prefer a side. Multiply them by the signs on R's diagonal.",
)
def signs_not_corrected(shape, rng, *, gain=1.0):
    q, _ = np.linalg.qr(tall(shape, rng))
    return gain * (q if shape[0] == len(q) else q.T).reshape(shape)


@misconception("orthogonal", "A wide matrix was reshaped. Turn it over: its rows have to be the columns of Q.")
def reshaped_where_wide(shape, rng, *, gain=1.0):
    q, r = np.linalg.qr(tall(shape, rng))
    return gain * (q * np.sign(np.diag(r))).reshape(shape)


@misconception("orthogonal", "A wide matrix comes out high. The result has the shape that was asked for.")
def wide_comes_out_high(shape, rng, *, gain=1.0):
    q = schemes.orthogonal(shape, rng, gain=gain).reshape(shape[0], -1)
    return q.reshape(shape) if len(q) >= q.shape[1] else q.T


@misconception("orthogonal", "The gain is ignored. It multiplies the matrix.")
def orthogonal_without_gain(shape, rng, *, gain=1.0):
    return schemes.orthogonal(shape, rng)


@misconception("orthogonal", "The gain is squared. The matrix times its transpose has gain^2, the matrix itself gain.")
def orthogonal_gain_squared(shape, rng, *, gain=1.0):
    return schemes.orthogonal(shape, rng, gain=gain**2)


@misconception("orthogonal", "The rows have length 1 but stand at random angles. QR puts them at right angles.")
def rows_normalized(shape, rng, *, gain=1.0):
    rows = rng.normal(size=(shape[0], np.prod(shape[1:])))
    return gain * (rows / np.linalg.norm(rows, axis=1, keepdims=True)).reshape(shape)


@misconception("orthogonal", "The numbers given to QR are uniform and positive. Only normal ones favour no direction.")
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


@misconception("trunc_normal", "The bounds are taken in units of std, around the mean. They are plain numbers.")
def bounds_in_units_of_std(shape, rng, *, mean=0.0, std=1.0, a=-2.0, b=2.0):
    return schemes.trunc_normal(shape, rng, mean=mean, std=std, a=mean + a * std, b=mean + b * std)


@misconception("trunc_normal", "The bounds are taken from the mean. They are plain numbers, wherever the mean is.")
def bounds_around_the_mean(shape, rng, *, mean=0.0, std=1.0, a=-2.0, b=2.0):
    return schemes.trunc_normal(shape, rng, mean=mean, std=std, a=mean + a, b=mean + b)


@misconception("trunc_normal", "It draws again only once. New numbers may lie outside, too: go on until none does.")
def drawn_again_once(shape, rng, *, mean=0.0, std=1.0, a=-2.0, b=2.0):
    weight = rng.normal(mean, std, shape)
    outside = (weight < a) | (weight > b)
    weight[outside] = rng.normal(mean, std, outside.sum())
    return weight


@misconception("trunc_normal", "The spread is scaled back up to std. `std` belongs to the distribution before the cut.")
def spread_restored(shape, rng, *, mean=0.0, std=1.0, a=-2.0, b=2.0):
    weight = schemes.trunc_normal(shape, rng, mean=mean, std=std, a=a, b=b)
    return (weight - weight.mean()) * std / weight.std() + weight.mean()


@misconception("trunc_normal", "The weights are drawn uniformly between the bounds. Their shape is the normal one.")
def even_between_the_bounds(shape, rng, *, mean=0.0, std=1.0, a=-2.0, b=2.0):
    return rng.uniform(a, b, shape)


@misconception("trunc_normal", "Nothing is cut off: this is the whole normal distribution.")
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
    "Every layer starts from the same seed, so equal shapes get equal numbers. Go on with one generator.",
)
def seed_zero_for_every_layer(widths, rng, *, scheme="he_normal", **options):
    return [propagation.init_weights(pair, fixed(), scheme=scheme, **options)[0] for pair in pairs_of(widths)]


@misconception("init_weights", "The matrices are (in, out). Torch's layout is (out, in): a row per unit.")
def rows_are_inputs(widths, rng, **options):
    return [weight.T for weight in propagation.init_weights(widths, rng, **options)]


@misconception("init_weights", "The shapes given to the scheme are (in, out), so that it mixes up the fans.")
def transposed_after_drawing(widths, rng, **options):
    return [propagation.init_weights(pair[::-1], rng, **options)[0].T for pair in pairs_of(widths)]


@misconception("init_weights", "The options do not reach the scheme. Pass them on.")
def options_lost(widths, rng, *, scheme="he_normal", **options):
    return propagation.init_weights(widths, rng, scheme=scheme)


@misconception("init_weights", "The scheme's name is ignored. Look it up in SCHEMES.")
def scheme_ignored(widths, rng, *, scheme="he_normal", **options):
    return propagation.init_weights(widths, rng)


@misconception("init_weights", "The last layer is missing. There is one matrix fewer than there are widths.")
def last_layer_missing(widths, rng, **options):
    return propagation.init_weights(widths, rng, **options)[:-1]


# forward_signals


@misconception("forward_signals", "These are the activations f(z). Keep what each layer computes before it.")
def activations_kept(x, weights, *, activation="relu"):
    return [propagation.activate(z, activation) for z in propagation.forward_signals(x, weights, activation=activation)]


@misconception("forward_signals", "The input goes through the nonlinearity. The first layer sees x itself.")
def input_activated(x, weights, *, activation="relu"):
    return propagation.forward_signals(propagation.activate(x, activation), weights, activation=activation)


@misconception("forward_signals", "A nonlinearity follows the last layer. Its z is the output as it is.")
def output_activated(x, weights, *, activation="relu"):
    *signals, last = propagation.forward_signals(x, weights, activation=activation)
    return [*signals, propagation.activate(last, activation)]


@misconception("forward_signals", "There is no nonlinearity between the layers: together they are one linear layer.")
def no_nonlinearity(x, weights, *, activation="relu"):
    return propagation.forward_signals(x, weights, activation="linear")


@misconception("forward_signals", "The nonlinearity is always ReLU. `activation` names it.")
def always_relu(x, weights, *, activation="relu"):
    return propagation.forward_signals(x, weights)


# backward_signals


@misconception("backward_signals", "The slope is missing: these gradients belong to a_l. Multiply them by f'(z_l).")
def slope_missing(dout, signals, weights, *, activation="relu"):
    return propagation.backward_signals(dout, signals, weights, activation="linear")


@misconception(
    "backward_signals", "The gradients run from the last layer to the first. Return them as the signals lie."
)
def last_layer_first(dout, signals, weights, *, activation="relu"):
    return propagation.backward_signals(dout, signals, weights, activation=activation)[::-1]


@misconception("backward_signals", "The output's gradient is multiplied by a slope. No nonlinearity follows z_L.")
def slope_at_the_output(dout, signals, weights, *, activation="relu"):
    dout = dout * propagation.slope(signals[-1], activation)
    return propagation.backward_signals(dout, signals, weights, activation=activation)


@misconception("backward_signals", "The slope is taken at f(z_l). It is the derivative at z_l itself.")
def slope_at_the_activation(dout, signals, weights, *, activation="relu"):
    activations = [propagation.activate(z, activation) for z in signals]
    return propagation.backward_signals(dout, activations, weights, activation=activation)


@misconception("backward_signals", "The nonlinearity itself is multiplied in. The chain rule wants its derivative.")
def activation_for_slope(dout, signals, weights, *, activation="relu"):
    dsignals = [dout]
    for weight, z in zip(weights[:0:-1], signals[-2::-1], strict=True):
        dsignals.append(dsignals[-1] @ weight * propagation.activate(z, activation))
    return dsignals[::-1]


# weight_gradients


@misconception("weight_gradients", "The inputs are the z of the layer below. They are its activations f(z).")
def inputs_not_activated(x, signals, dsignals, *, activation="relu"):
    return propagation.weight_gradients(x, signals, dsignals, activation="linear")


@misconception("weight_gradients", "The matrices are (in, out). They have the shapes of the weights: (out, in).")
def gradients_transposed(x, signals, dsignals, *, activation="relu"):
    return [dw.T for dw in propagation.weight_gradients(x, signals, dsignals, activation=activation)]


@misconception("weight_gradients", "The gradients are divided by N. The upstream gradient has its mean inside already.")
def averaged_once_more(x, signals, dsignals, *, activation="relu"):
    return [dw / len(x) for dw in propagation.weight_gradients(x, signals, dsignals, activation=activation)]


@misconception("weight_gradients", "The input goes through the nonlinearity. The first layer sees x itself.")
def gradient_of_an_activated_input(x, signals, dsignals, *, activation="relu"):
    return propagation.weight_gradients(propagation.activate(x, activation), signals, dsignals, activation=activation)


# layer_variances


@misconception("layer_variances", "The variance runs over the examples only. It goes over examples and units together.")
def over_the_examples(signals):
    return np.array([z.var(axis=0).mean() for z in signals])


@misconception("layer_variances", "The variance runs over the units only. It goes over examples and units together.")
def over_the_units(signals):
    return np.array([z.var(axis=1).mean() for z in signals])


@misconception("layer_variances", "These are standard deviations. The variance is their square.")
def standard_deviations(signals):
    return np.sqrt(propagation.layer_variances(signals))


@misconception("layer_variances", "This is the mean square. The variance measures distances from the mean.")
def mean_squares(signals):
    return np.array([(z**2).mean() for z in signals])


@misconception("layer_variances", "The sum is divided by n - 1. Divide by n.")
def unbiased(signals):
    return np.array([z.var(ddof=1) for z in signals])


# distinct_units


@misconception("distinct_units", "The units are compared exactly. Rounding makes equal units differ: allow for tol.")
def compared_exactly(weight, *, tol=1e-6):
    return len(np.unique(weight, axis=0))


@misconception("distinct_units", "The columns are compared. A unit is a row of (out, in).")
def columns_compared(weight, *, tol=1e-6):
    return propagation.distinct_units(weight.T, tol=tol)


@misconception("distinct_units", "The tolerance is absolute. It is meant relative to the largest weight of the layer.")
def absolute_tolerance(weight, *, tol=1e-6):
    largest = np.abs(weight).max()
    return propagation.distinct_units(weight, tol=tol / largest if largest else tol)


@misconception("distinct_units", "Only neighbouring rows are compared. Equal units may stand anywhere.")
def neighbours_compared(weight, *, tol=1e-6):
    steps = np.abs(np.diff(weight, axis=0)).max(axis=1)
    return 1 + int(np.sum(steps > tol * np.abs(weight).max()))


@misconception("distinct_units", "Only units without a copy are counted. Of equal ones, the first counts.")
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


@misconception("descend", "The learning rate is ignored. It multiplies the gradient.")
def rate_ignored(x, labels, weights, *, lr=0.1, activation="relu"):
    return propagation.descend(x, labels, weights, lr=1.0, activation=activation)


@misconception("descend", "The activation is not passed on. It must be the same forward and backward.")
def activation_not_passed_on(x, labels, weights, *, lr=0.1, activation="relu"):
    return propagation.descend(x, labels, weights, lr=lr)


@misconception("descend", "This is the loss after the step. Return the one that the gradient belongs to.")
def loss_after_the_step(x, labels, weights, *, lr=0.1, activation="relu"):
    after, _ = propagation.descend(x, labels, weights, lr=lr, activation=activation)
    return after, propagation.descend(x, labels, after, lr=lr, activation=activation)[1]


@misconception("descend", "Only the last layer learns. Every layer takes its step.")
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


@misconception("lsuv", "It divides by the variance. The signal is linear in the weights: divide by its root.")
def divided_by_the_variance(x, weights, *, activation="relu"):
    return rescaled(x, weights, activation, np.var)


@misconception("lsuv", "All layers are measured before any is rescaled. Each must see the rescaled signal from below.")
def measured_beforehand(x, weights, *, activation="relu"):
    return rescaled(x, weights, activation, np.std, onwards=False)


@misconception("lsuv", "The variance is measured behind the nonlinearity. It is that of z, in front of it.")
def measured_behind_the_nonlinearity(x, weights, *, activation="relu"):
    return rescaled(x, weights, activation, lambda z: propagation.activate(z, activation).std())


@misconception("lsuv", "The mean square is made 1. The variance is measured from the signal's mean.")
def mean_square_made_one(x, weights, *, activation="relu"):
    return rescaled(x, weights, activation, lambda z: np.sqrt(np.mean(z**2)))


@misconception("lsuv", "Every unit is scaled by itself. One number per layer scales all of its weights.")
def every_unit_by_itself(x, weights, *, activation="relu"):
    return rescaled(x, weights, activation, lambda z: z.std(axis=0)[:, None])


@misconception("lsuv", "A layer without variance is passed over in silence. It must be refused.")
def dead_layers_passed_over(x, weights, *, activation="relu"):
    return rescaled(x, weights, activation, lambda z: z.std() or z.dtype.type(1))


# fast.py


@misconception(
    "trunc_normal_fast", "What lies outside is moved to the bounds and piles up there. Cut the uniform share."
)
def fast_weights_pile_up_at_the_bounds(uniform, mean, std, a, b):
    return fast.trunc_normal_fast(uniform, mean, std, -math.inf, math.inf).clamp(a, b)


@misconception("trunc_normal_fast", "The bounds are taken as multiples of std. They are numbers.")
def fast_bounds_in_units_of_std(uniform, mean, std, a, b):
    return fast.trunc_normal_fast(uniform, mean, std, mean + std * a, mean + std * b)


@misconception("trunc_normal_fast", "The bounds are taken from 0. Subtract the mean before dividing by std.")
def fast_bounds_without_the_mean(uniform, mean, std, a, b):
    return mean + fast.trunc_normal_fast(uniform, 0.0, std, a, b)


@misconception("trunc_normal_fast", "The mean is not added. The bounds stand round it.")
def fast_weights_without_the_mean(uniform, mean, std, a, b):
    return fast.trunc_normal_fast(uniform, mean, std, a, b) - mean


@misconception("trunc_normal_fast", "The root of 2 is missing: Phi^-1(p) is sqrt(2) times erfinv(2 p - 1).")
def fast_weights_without_the_root_of_two(uniform, mean, std, a, b):
    low, high = (math.erf((bound - mean) / std) for bound in (a, b))
    return (mean + std * torch.erfinv(low + uniform * (high - low))).clamp(a, b)


@misconception("trunc_normal_fast", "std is taken as the variance. It is the standard deviation: no root.")
def fast_weights_with_std_as_a_variance(uniform, mean, std, a, b):
    return fast.trunc_normal_fast(uniform, mean, math.sqrt(std), a, b)


@misconception("trunc_normal_fast", "The weights are uniform between the bounds. Bend them by the inverse of Phi.")
def fast_weights_uniform(uniform, mean, std, a, b):
    return a + uniform * (b - a)


@misconception("trunc_normal_fast", "Larger numbers become smaller weights. Go from the lower bound to the upper.")
def fast_weights_fall(uniform, mean, std, a, b):
    return fast.trunc_normal_fast(1 - uniform, mean, std, a, b)


@misconception("trunc_normal_fast", "At the ends weights become infinite by rounding. No weight lies beyond its bound.")
def fast_weights_become_infinite(uniform, mean, std, a, b):
    low, high = (math.erf((bound - mean) / std / math.sqrt(2)) for bound in (a, b))
    return mean + std * math.sqrt(2) * torch.erfinv(low + uniform * (high - low))


@misconception("trunc_normal_fast", "The uniform numbers are overwritten. They belong to the caller: make one copy.")
def fast_weights_overwrite_the_numbers(uniform, mean, std, a, b):
    return uniform.copy_(fast.trunc_normal_fast(uniform, mean, std, a, b))


@misconception("trunc_normal_fast", "It computes in float64. Use the dtype of the numbers: half as many bytes.")
def fast_weights_in_float64(uniform, mean, std, a, b):
    return fast.trunc_normal_fast(uniform.double(), mean, std, a, b)
