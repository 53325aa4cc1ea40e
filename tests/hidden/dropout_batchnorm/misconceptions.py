"""Wrong answers to the tasks of the dropout and batch norm unit, as students give them.

Those with a cache keep it in the form of the solutions, so that the way back works on whatever they kept.
"""

import numpy as np
import torch

from grader.judge import misconception
from solutions.dropout_batchnorm import batchnorm, debugging, dropout, fast, network, penalties, validation


def fixed():
    """Return the generator of somebody who wants reproducible results."""
    return np.random.default_rng(0)


def masked(x, kept, p):
    """Return what a mask leaves of x, scaled up, and the cache."""
    scale = np.divide(kept, 1 - p, out=np.zeros_like(x), where=np.broadcast_to(kept, x.shape))
    return x * scale, scale


# dropout_forward


@misconception("dropout_forward", "What is kept is not scaled up. Divide it by 1 - p, so that the mean stays the same.")
def mask_not_scaled(x, rng, *, p=0.5, training=True):
    out, scale = dropout.dropout_forward(x, rng, p=p, training=training)
    return np.where(scale > 0, x, out), (scale > 0).astype(x.dtype)


@misconception(
    "dropout_forward",
    "p is used as the probability to keep a number. Drop each number with probability p.",
    source="https://github.com/v-iashin/CS231n/pull/8",
)
def p_keeps(x, rng, *, p=0.5, training=True):
    out, scale = dropout.dropout_forward(x, fixed(), p=p, training=training)  # refuses what is no probability
    return masked(x, rng.random(x.shape) < p, 1 - p) if training else (out, scale)


@misconception(
    "dropout_forward",
    "Numbers are kept where the random number is below p. Drop them there: p is the share that is dropped.",
    source="https://community.deeplearning.ai/t/c2w1-dropout-regularization-lecture-issue/85191",
)
def kept_below_p(x, rng, *, p=0.5, training=True):
    out, scale = dropout.dropout_forward(x, fixed(), p=p, training=training)
    return masked(x, (rng.random(x.shape) < p) & (p < 1), p) if training else (out, scale)


@misconception(
    "dropout_forward",
    "The numbers are divided by p. Divide them by 1 - p, the share that is kept.",
    source="https://github.com/lmjohns3/theanets/pull/123",
)
def divided_by_p(x, rng, *, p=0.5, training=True):
    out, scale = dropout.dropout_forward(x, rng, p=p, training=training)
    factor = (1 - p) / p if training and p > 0 else 1
    return out * factor, scale * factor


@misconception(
    "dropout_forward", "The numbers are multiplied by 1 - p. Divide them by it: fewer are left, so each must grow."
)
def multiplied_by_what_is_kept(x, rng, *, p=0.5, training=True):
    out, scale = dropout.dropout_forward(x, rng, p=p, training=training)
    return (out * (1 - p) ** 2, scale * (1 - p) ** 2) if training else (out, scale)


@misconception(
    "dropout_forward",
    "Half of the numbers are dropped, whatever p is. Compare the random numbers with p.",
    source="https://github.com/rohan-varma/neuralnets/issues/1",
)
def half_struck_out(x, rng, *, p=0.5, training=True):
    out, scale = dropout.dropout_forward(x, rng, p=0.5, training=training)
    factor = np.divide(0.5, 1 - p) if training and p < 1 else 1.0
    return out * x.dtype.type(factor), scale * x.dtype.type(factor)


@misconception(
    "dropout_forward",
    "What is kept is scaled up twice. Divide it by 1 - p once.",
    source="https://github.com/CSTR-Edinburgh/mlpractical/pull/32",
)
def scaled_up_twice(x, rng, *, p=0.5, training=True):
    _, scale = dropout.dropout_forward(x, rng, p=p, training=training)
    return x * scale * scale, scale * scale


@misconception(
    "dropout_forward",
    "The output is scaled when `training` is False. Return x unchanged then: training has done the scaling.",
)
def scaled_when_tested(x, rng, *, p=0.5, training=True):
    if training:
        return dropout.dropout_forward(x, rng, p=p)
    dropout.dropout_forward(x, rng, p=p)
    return (1 - p) * x, np.full_like(x, 1 - p)


@misconception("dropout_forward", "Numbers are also dropped when `training` is False. Return x unchanged then.")
def struck_out_when_tested(x, rng, *, p=0.5, training=True):
    return dropout.dropout_forward(x, rng, p=p)


@misconception("dropout_forward", "One mask serves all examples. Draw a random number for every entry of x.")
def one_mask_for_all_examples(x, rng, *, p=0.5, training=True):
    _, scale = dropout.dropout_forward(x[:1], rng, p=p, training=training)
    scale = np.broadcast_to(scale, x.shape).copy() if len(x) else x
    return x * scale, scale


@misconception(
    "dropout_forward", "Whole examples are dropped. Draw a random number for every entry of x, not one per example."
)
def whole_examples_struck_out(x, rng, *, p=0.5, training=True):
    dropout.dropout_forward(x, rng, p=p, training=training)
    kept = rng.random((len(x), *[1] * (x.ndim - 1))) >= p if training else np.ones_like(x, dtype=bool)
    return masked(x, kept, p if training else 0.0)


@misconception(
    "dropout_forward", "The generator is a new one with a fixed seed. Draw from the `rng` that is passed in."
)
def dropout_with_a_fixed_seed(x, rng, *, p=0.5, training=True):
    return dropout.dropout_forward(x, fixed(), p=p, training=training)


@misconception(
    "dropout_forward", "A p that is no probability is accepted. Raise a ValueError, also when `training` is False."
)
def no_probability_accepted(x, rng, *, p=0.5, training=True):
    return dropout.dropout_forward(x, rng, p=min(max(p, 0.0), 1.0), training=training)


@misconception("dropout_forward", "p = 1 is refused. It is allowed: everything is dropped, and the answer is 0.")
def one_refused(x, rng, *, p=0.5, training=True):
    if p == 1 and training:
        raise ValueError("p must be less than 1")
    return dropout.dropout_forward(x, rng, p=p, training=training)


@misconception("dropout_forward", "p = 1 gives 0 / 0, which is NaN. Divide only what is kept; everything else is 0.")
def nothing_divided_by_nothing(x, rng, *, p=0.5, training=True):
    out, scale = dropout.dropout_forward(x, rng, p=p, training=training)
    return (out * np.nan, scale * np.nan) if p == 1 and training else (out, scale)


@misconception("dropout_forward", "The answer is float64 for float32 numbers. Make the mask in the dtype of x.")
def dropout_lifted_to_float64(x, rng, *, p=0.5, training=True):
    return dropout.dropout_forward(x.astype(np.float64), rng, p=p, training=training)


# dropout_backward


@misconception("dropout_backward", "The gradient passes where numbers were dropped. Set it to 0 there.")
def gradient_passes_everywhere(dout, cache):
    return dout.copy()


@misconception("dropout_backward", "The gradient is not scaled. Divide it by 1 - p, as the forward pass did.")
def gradient_not_scaled(dout, cache):
    return dout * (cache > 0)


@misconception(
    "dropout_backward", "A new mask is drawn on the way back. Keep the mask of the forward pass in the cache."
)
def new_mask_backward(dout, cache):
    largest = cache.max(initial=1.0)
    return dropout.dropout_forward(dout, fixed(), p=1 - 1 / largest)[0]


@misconception(
    "dropout_backward",
    "The gradient passes where numbers were dropped, and nowhere else. Let it pass where they were kept.",
)
def gradient_through_the_holes(dout, cache):
    return dout * (cache == 0)


@misconception("dropout_backward", "The gradient is scaled twice. Divide it by 1 - p once, as the forward pass did.")
def gradient_scaled_twice(dout, cache):
    return dout * cache * cache


@misconception("dropout_backward", "The gradient is multiplied by 1 - p. Divide it by 1 - p, as the forward pass did.")
def gradient_divided_by_the_scale(dout, cache):
    return np.divide(dout, cache, out=np.zeros_like(dout), where=cache > 0)


# batch_norm_forward


def normed(x, mean, var, weight, bias, *, eps, training, spread=None, axes=None):
    """Return a batch norm's output and cache, with whatever mean, variance and root one likes."""
    shape = (-1, *[1] * (x.ndim - 2))
    mean, var = (value.reshape(shape) if value.ndim == 1 else value for value in (mean, var))
    std = np.sqrt(var + eps) if spread is None else spread(var)
    x_hat = (x - mean) / std
    return weight.reshape(shape) * x_hat + bias.reshape(shape), (x_hat, std, weight, training)


def axes_of(x):
    """Return all axes but that of the channels."""
    return (0, *range(2, x.ndim))


@misconception("batch_norm_forward", "eps is added to the root. Add it to the variance, and take the root of the sum.")
def eps_outside_the_root(x, running_mean, running_var, weight, bias, *, training=False, momentum=0.1, eps=1e-5):
    arguments = (x, running_mean, running_var, weight, bias)
    _, new_mean, new_var, _ = batchnorm.batch_norm_forward(*arguments, training=training, momentum=momentum)
    mean, var = (x.mean(axes_of(x)), x.var(axes_of(x))) if training else (running_mean, running_var)
    options = {"eps": eps, "training": training, "spread": lambda var: np.sqrt(var) + eps}
    out, cache = normed(x, mean, var, weight, bias, **options)
    return out, new_mean, new_var, cache


@misconception(
    "batch_norm_forward", "eps is left out. Add it to the variance: a channel of equal values would be divided by 0."
)
def eps_left_out(*arrays, eps=1e-5, **options):
    return batchnorm.batch_norm_forward(*arrays, eps=0.0, **options)


@misconception(
    "batch_norm_forward", "The output uses the unbiased variance. Divide the sum of squares by n for it, not by n - 1."
)
def normalized_unbiased(x, running_mean, running_var, weight, bias, *, training=False, eps=1e-5, **options):
    arguments = (x, running_mean, running_var, weight, bias)
    out, mean, var, cache = batchnorm.batch_norm_forward(*arguments, training=training, eps=eps, **options)
    if training:
        own = x.mean(axes_of(x)), x.var(axes_of(x), ddof=1)
        out, cache = normed(x, *own, weight, bias, eps=eps, training=True)
    return out, mean, var, cache


@misconception(
    "batch_norm_forward",
    "The running variance collects biased variances. Multiply each by n / (n - 1) first.",
    source="https://github.com/ml-explore/mlx/pull/3817",
)
def running_variance_biased(x, running_mean, running_var, weight, bias, *, training=False, momentum=0.1, eps=1e-5):
    options = {"training": training, "momentum": momentum, "eps": eps}
    out, mean, var, cache = batchnorm.batch_norm_forward(x, running_mean, running_var, weight, bias, **options)
    if training:
        var = (1 - momentum) * running_var + momentum * x.var(axes_of(x))
    return out, mean, var, cache


@misconception(
    "batch_norm_forward",
    "Momentum is the wrong way round. Multiply the batch's value by it, and the old one by 1 - momentum.",
    source="https://github.com/d2l-ai/d2l-en/pull/2213",
)
def momentum_reversed(*arrays, momentum=0.1, **options):
    return batchnorm.batch_norm_forward(*arrays, momentum=1 - momentum, **options)


@misconception(
    "batch_norm_forward", "The statistics of the batch are used when `training` is False. Use the running ones then."
)
def batch_statistics_in_testing(x, running_mean, running_var, weight, bias, *, training=False, **options):
    arguments = (x, running_mean, running_var, weight, bias)
    if training or x.size // x.shape[1] < 2:
        return batchnorm.batch_norm_forward(*arguments, training=training, **options)
    out, _, _, cache = batchnorm.batch_norm_forward(*arguments, training=True, **options)
    return out, running_mean, running_var, cache


@misconception(
    "batch_norm_forward", "The running statistics change when `training` is False. Return them unchanged then."
)
def moved_while_tested(x, running_mean, running_var, weight, bias, *, training=False, **options):
    arguments = (x, running_mean, running_var, weight, bias)
    out, mean, var, cache = batchnorm.batch_norm_forward(*arguments, training=training, **options)
    if not training and x.size // x.shape[1] > 1:
        _, mean, var, _ = batchnorm.batch_norm_forward(*arguments, training=True, **options)
    return out, mean, var, cache


@misconception(
    "batch_norm_forward", "Running statistics are used in training. Use the mean and the variance of the batch then."
)
def trained_with_running_statistics(x, running_mean, running_var, weight, bias, *, training=False, **options):
    arguments = (x, running_mean, running_var, weight, bias)
    _, mean, var, _ = batchnorm.batch_norm_forward(*arguments, training=training, **options)
    out, _, _, cache = batchnorm.batch_norm_forward(x, mean, var, weight, bias, **options)
    return out, mean, var, cache


@misconception(
    "batch_norm_forward",
    "The running statistics come back unchanged. In training, return them moved towards those of the batch.",
)
def running_statistics_lost(x, running_mean, running_var, weight, bias, **options):
    out, _, _, cache = batchnorm.batch_norm_forward(x, running_mean, running_var, weight, bias, **options)
    return out, running_mean, running_var, cache


@misconception(
    "batch_norm_forward", "The running statistics are changed in place. Return new arrays, and leave the arguments."
)
def running_statistics_in_place(x, running_mean, running_var, weight, bias, **options):
    arguments = (x, running_mean, running_var, weight, bias)
    out, running_mean[:], running_var[:], cache = batchnorm.batch_norm_forward(*arguments, **options)
    return out, running_mean, running_var, cache


@misconception(
    "batch_norm_forward",
    "Every pixel has statistics of its own. Take mean and variance over all axes but that of the channels.",
)
def pixels_by_themselves(x, running_mean, running_var, weight, bias, *, training=False, eps=1e-5, **options):
    arguments = (x, running_mean, running_var, weight, bias)
    out, mean, var, cache = batchnorm.batch_norm_forward(*arguments, training=training, eps=eps, **options)
    if training and x.ndim > 2:
        own = x.mean(0, keepdims=True), x.var(0, keepdims=True)
        out, cache = normed(x, *own, weight, bias, eps=eps, training=True)
    return out, mean, var, cache


@misconception(
    "batch_norm_forward", "The mean is not subtracted. Subtract the mean of the channel, then divide by the root."
)
def mean_not_subtracted(x, running_mean, running_var, weight, bias, *, training=False, eps=1e-5, **options):
    arguments = (x, running_mean, running_var, weight, bias)
    _, mean, var, _ = batchnorm.batch_norm_forward(*arguments, training=training, eps=eps, **options)
    used = x.var(axes_of(x)) if training else running_var
    out, cache = normed(x, 0 * running_mean, used, weight, bias, eps=eps, training=training)
    return out, mean, var, cache


@misconception(
    "batch_norm_forward",
    "The variance is a difference of large numbers, lost in rounding. Subtract the mean before you square.",
)
def variance_by_difference(x, running_mean, running_var, weight, bias, *, training=False, momentum=0.1, eps=1e-5):
    options = {"training": training, "momentum": momentum, "eps": eps}
    out, new_mean, new_var, cache = batchnorm.batch_norm_forward(x, running_mean, running_var, weight, bias, **options)
    if training:
        axes, count = axes_of(x), x.size // x.shape[1]
        mean = x.mean(axes)
        var = (x**2).mean(axes) - mean**2
        out, cache = normed(x, mean, var, weight, bias, eps=eps, training=True)
        new_var = (1 - momentum) * running_var + momentum * var * count / (count - 1)
    return out, new_mean, new_var, cache


@misconception(
    "batch_norm_forward",
    "Training on a single value per channel is accepted. Raise a ValueError: it would become 0, whatever it is.",
)
def single_value_accepted(x, running_mean, running_var, weight, bias, *, training=False, **options):
    arguments = (x, running_mean, running_var, weight, bias)
    alone = training and x.size == x.shape[1]
    return batchnorm.batch_norm_forward(*arguments, training=training and not alone, **options)


@misconception(
    "batch_norm_forward",
    "A single example is refused when `training` is False. Normalize it with the running statistics.",
)
def single_example_refused(x, *arrays, training=False, **options):
    if x.size == x.shape[1]:
        raise ValueError("more than one value per channel is needed")
    return batchnorm.batch_norm_forward(x, *arrays, training=training, **options)


# batch_norm_backward


def per_channel(values, dout):
    """Turn one number per channel so that it meets axis 1."""
    return values.reshape(-1, *[1] * (dout.ndim - 2))


def scaled_back(through, dout, cache):
    """Return the three gradients, of which the first comes from an own idea of what passes the statistics."""
    x_hat, std, weight, _ = cache
    axes = axes_of(dout)
    return per_channel(weight, dout) * through / std, (dout * x_hat).sum(axes), dout.sum(axes)


@misconception(
    "batch_norm_backward",
    "Mean and variance are treated as constants. In training they depend on x: dx has a term for each.",
)
def statistics_taken_for_constants(dout, cache):
    return scaled_back(dout, dout, cache)


@misconception(
    "batch_norm_backward", "The way through the variance is missing. In training dx has a term with x_hat for it."
)
def variance_forgotten(dout, cache):
    return scaled_back(dout - dout.mean(axes_of(dout), keepdims=True) * cache[3], dout, cache)


@misconception("batch_norm_backward", "The way through the mean is missing. In training dx has a term for it.")
def mean_forgotten(dout, cache):
    x_hat, axes = cache[0], axes_of(dout)
    return scaled_back(dout - x_hat * (dout * x_hat).mean(axes, keepdims=True) * cache[3], dout, cache)


@misconception(
    "batch_norm_backward",
    "The gradient flows through the statistics when `training` was False. They are constants then.",
)
def statistics_in_testing(dout, cache):
    return batchnorm.batch_norm_backward(dout, (*cache[:3], True))


@misconception(
    "batch_norm_backward", "Sums are subtracted instead of means. Divide both by the number of values per channel."
)
def sums_for_means(dout, cache):
    x_hat, axes = cache[0], axes_of(dout)
    sums = dout.sum(axes, keepdims=True) + x_hat * (dout * x_hat).sum(axes, keepdims=True)
    return scaled_back(dout - sums * cache[3], dout, cache)


@misconception("batch_norm_backward", "The weight is missing in dx. Multiply by it, as the forward pass did.")
def weight_missing(dout, cache):
    x_hat, std, weight, training = cache
    dx, _, _ = batchnorm.batch_norm_backward(dout, (x_hat, std, np.ones_like(weight), training))
    return (dx, *batchnorm.batch_norm_backward(dout, cache)[1:])


@misconception(
    "batch_norm_backward", "The gradients of weight and bias are means. Both are sums over all values of the channel."
)
def gradients_averaged(dout, cache):
    dx, dweight, dbias = batchnorm.batch_norm_backward(dout, cache)
    count = dout.size / dout.shape[1]
    return dx, dweight / count, dbias / count


@misconception(
    "batch_norm_backward", "The gradient of weight has the weight as a factor. Multiply dout by x_hat alone."
)
def weight_gradient_without_x_hat(dout, cache):
    dx, dweight, dbias = batchnorm.batch_norm_backward(dout, cache)
    return dx, cache[2] * dweight, dbias


@misconception("batch_norm_backward", "dx is multiplied by the root. Divide by it, as the forward pass did.")
def multiplied_by_the_root(dout, cache):
    dx, dweight, dbias = batchnorm.batch_norm_backward(dout, cache)
    return dx * cache[1] ** 2, dweight, dbias


@misconception("batch_norm_backward", "dx is not divided by the root. Divide by it, as the forward pass did.")
def not_divided_by_the_root(dout, cache):
    dx, dweight, dbias = batchnorm.batch_norm_backward(dout, cache)
    return dx * cache[1], dweight, dbias


# layer_norm_forward


def layer_normed(x, weight, bias, *, axes, spread):
    """Return a layer norm's output and cache, with whatever root one likes."""
    std = spread(x.var(axes, keepdims=True))
    x_hat = (x - x.mean(axes, keepdims=True)) / std
    return weight * x_hat + bias, (x_hat, std, weight, tuple(range(x.ndim - weight.ndim, x.ndim)))


def last(x, normalized_shape):
    """Return the axes that are normalized over, after the solution's checks."""
    batchnorm.layer_norm_forward(x, normalized_shape, np.ones(normalized_shape), np.zeros(normalized_shape))
    return tuple(range(x.ndim - len(normalized_shape), x.ndim))


@misconception(
    "layer_norm_forward", "Mean and variance are taken over the batch. Take them over the features of each example."
)
def normalized_over_the_batch(x, normalized_shape, weight, bias, *, eps=1e-5):
    axes = tuple(range(last(x, normalized_shape)[0]))
    return layer_normed(x, weight, bias, axes=axes, spread=lambda var: np.sqrt(var + eps))


@misconception(
    "layer_norm_forward",
    "Only the last axis is normalized over. Use as many of the last axes as `normalized_shape` has numbers.",
)
def last_axis_alone(x, normalized_shape, weight, bias, *, eps=1e-5):
    last(x, normalized_shape)
    return layer_normed(x, weight, bias, axes=(x.ndim - 1,), spread=lambda var: np.sqrt(var + eps))


@misconception(
    "layer_norm_forward",
    "All axes but the first are normalized over. Use only as many as `normalized_shape` has numbers.",
)
def all_axes_but_the_first(x, normalized_shape, weight, bias, *, eps=1e-5):
    last(x, normalized_shape)
    return layer_normed(x, weight, bias, axes=tuple(range(1, x.ndim)), spread=lambda var: np.sqrt(var + eps))


@misconception(
    "layer_norm_forward",
    "eps is added to the root. Add it to the variance, and take the root of the sum.",
    source="https://github.com/hkproj/pytorch-transformer/pull/31",
)
def layer_eps_outside_the_root(x, normalized_shape, weight, bias, *, eps=1e-5):
    return layer_normed(x, weight, bias, axes=last(x, normalized_shape), spread=lambda var: np.sqrt(var) + eps)


@misconception(
    "layer_norm_forward",
    "The variance is the unbiased one. Divide the sum of squares by the number of features, not by one less.",
    source="https://github.com/harvardnlp/annotated-transformer/pull/119",
)
def layer_variance_unbiased(x, normalized_shape, weight, bias, *, eps=1e-5):
    axes = last(x, normalized_shape)
    count = weight.size
    return layer_normed(x, weight, bias, axes=axes, spread=lambda var: np.sqrt(var * count / max(count - 1, 1) + eps))


@misconception(
    "layer_norm_forward",
    "The variance is squared. Divide by its root instead.",
    source="https://github.com/131250208/TPlinker-joint-extraction/issues/37",
)
def layer_variance_squared(x, normalized_shape, weight, bias, *, eps=1e-5):
    return layer_normed(x, weight, bias, axes=last(x, normalized_shape), spread=lambda var: (var + eps) ** 2)


@misconception("layer_norm_forward", "eps is left out. Add it to the variance: equal features would be divided by 0.")
def layer_eps_left_out(x, normalized_shape, weight, bias, *, eps=1e-5):
    return batchnorm.layer_norm_forward(x, normalized_shape, weight, bias, eps=0.0)


@misconception(
    "layer_norm_forward", "A shape that x does not end in is accepted. Compare the two, and raise a ValueError."
)
def any_shape_accepted(x, normalized_shape, weight, bias, *, eps=1e-5):
    axes = tuple(range(x.ndim - len(normalized_shape), x.ndim))
    return layer_normed(x, weight, bias, axes=axes, spread=lambda var: np.sqrt(var + eps))


# layer_norm_backward


def through(g, cache, *, mean=True, variance=True):
    """Return what is left of a gradient behind the statistics that are not forgotten."""
    x_hat, std, _, axes = cache
    g_mean = g.mean(axes, keepdims=True) if mean else 0
    return (g - g_mean - (x_hat * (g * x_hat).mean(axes, keepdims=True) if variance else 0)) / std


def other_gradients(dout, cache):
    """Return the gradients of weight and bias."""
    return batchnorm.layer_norm_backward(dout, cache)[1:]


@misconception(
    "layer_norm_backward",
    "Mean and variance are treated as constants. They depend on x: dx has a term for each of them.",
)
def layer_statistics_constant(dout, cache):
    return (through(dout * cache[2], cache, mean=False, variance=False), *other_gradients(dout, cache))


@misconception("layer_norm_backward", "The way through the variance is missing. dx has a term with x_hat for it.")
def layer_variance_forgotten(dout, cache):
    return (through(dout * cache[2], cache, variance=False), *other_gradients(dout, cache))


@misconception("layer_norm_backward", "The way through the mean is missing. dx has a term for it.")
def layer_mean_forgotten(dout, cache):
    return (through(dout * cache[2], cache, mean=False), *other_gradients(dout, cache))


@misconception(
    "layer_norm_backward",
    "The weight is multiplied after the means are taken. It differs from feature to feature: multiply dout first.",
)
def weight_drawn_out(dout, cache):
    return (cache[2] * through(dout, cache), *other_gradients(dout, cache))


@misconception("layer_norm_backward", "The weight is missing in dx. Multiply dout by it first.")
def layer_weight_missing(dout, cache):
    return (through(dout, cache), *other_gradients(dout, cache))


@misconception("layer_norm_backward", "The gradients of weight and bias are means. Both are sums over the examples.")
def layer_gradients_averaged(dout, cache):
    dx, dweight, dbias = batchnorm.layer_norm_backward(dout, cache)
    count = dout.size / dweight.size
    return dx, dweight / count, dbias / count


@misconception(
    "layer_norm_backward", "The gradients of weight and bias have too many axes. Sum over all axes that count examples."
)
def summed_over_the_first_axis(dout, cache):
    return (batchnorm.layer_norm_backward(dout, cache)[0], (dout * cache[0]).sum(0), dout.sum(0))


# l1_penalty, l2_penalty


@misconception(
    "l1_penalty",
    "Biases are penalized. Leave out what has one axis; its gradient is 0.",
    source="https://github.com/eriklindernoren/ML-From-Scratch/issues/105",
)
def l1_of_biases(params, *, strength):
    return strength * sum(np.abs(w).sum() for w in params), [strength * np.sign(w) for w in params]


@misconception("l1_penalty", "The gradient is that of the square. Use the sign of w, the slope of |w|.")
def l1_gradient_of_the_square(params, *, strength):
    return penalties.l1_penalty(params, strength=strength)[0], penalties.l2_penalty(params, strength=strength)[1]


@misconception("l1_penalty", "The strength is missing in the gradients. Multiply them by it, too.")
def l1_gradient_without_strength(params, *, strength):
    return penalties.l1_penalty(params, strength=strength)[0], penalties.l1_penalty(params, strength=1.0)[1]


@misconception("l1_penalty", "The weights are added up with their signs. Take their absolute values first.")
def l1_without_absolute_values(params, *, strength):
    total = sum(w.sum() for w in params if w.ndim > 1) if any(w.ndim > 1 for w in params) else 0.0
    return strength * total, penalties.l1_penalty(params, strength=strength)[1]


@misconception("l1_penalty", "Penalty and gradients are divided by the number of weights. Take the sum, not the mean.")
def l1_averaged(params, *, strength):
    count = sum(w.size for w in params if w.ndim > 1) or 1
    return penalties.l1_penalty(params, strength=strength / count)


@misconception("l1_penalty", "A weight of 0 gets a gradient. It gets none: the sign of 0 is 0.")
def l1_pushes_zeros(params, *, strength):
    gradients = [strength * np.where(w < 0, -1, 1).astype(w.dtype) * (w.ndim > 1) for w in params]
    return penalties.l1_penalty(params, strength=strength)[0], gradients


@misconception(
    "l2_penalty",
    "Biases are penalized. Leave out what has one axis; its gradient is 0.",
    source="https://github.com/rasmusbergpalm/DeepLearnToolbox/issues/32",
)
def l2_of_biases(params, *, strength):
    return strength / 2 * sum((w**2).sum() for w in params), [strength * w for w in params]


@misconception(
    "l2_penalty",
    "The penalty is twice as large as its gradient says. Multiply the sum of squares by strength / 2.",
    source="https://github.com/jingtinghuang/CS231n-Spring-2017/issues/3",
)
def l2_without_the_half(params, *, strength):
    penalty, gradients = penalties.l2_penalty(params, strength=strength)
    return 2 * penalty, gradients


@misconception("l2_penalty", "The gradient has a factor of 2. Leave it out: the 1/2 of the penalty cancels it.")
def l2_gradient_doubled(params, *, strength):
    penalty, gradients = penalties.l2_penalty(params, strength=strength)
    return penalty, [2 * gradient for gradient in gradients]


@misconception(
    "l2_penalty",
    "Penalty and gradients are twice as large. Multiply the sum of squares by strength / 2: the 2 cancels then.",
    source="https://github.com/cs231n/cs231n.github.io/issues/89",
)
def l2_doubled(params, *, strength):
    return penalties.l2_penalty(params, strength=2 * strength)


@misconception(
    "l2_penalty", "The root of the sum is taken. Leave it out: the penalty is a sum of squares, not a length."
)
def l2_of_the_length(params, *, strength):
    penalty, gradients = penalties.l2_penalty(params, strength=strength)
    return strength / 2 * np.sqrt(penalty * 2 / strength), gradients


@misconception("l2_penalty", "The strength is missing in the gradients. Multiply them by it, too.")
def l2_gradient_without_strength(params, *, strength):
    return penalties.l2_penalty(params, strength=strength)[0], penalties.l2_penalty(params, strength=1.0)[1]


@misconception("l2_penalty", "Penalty and gradients are divided by the number of weights. Take the sum, not the mean.")
def l2_averaged(params, *, strength):
    count = sum(w.size for w in params if w.ndim > 1) or 1
    return penalties.l2_penalty(params, strength=strength / count)


# soft_threshold


@misconception(
    "soft_threshold", "Small weights become 0, but large ones stay. Subtract the amount from the size of those, too."
)
def hard_threshold(weight, *, amount):
    return np.where(penalties.soft_threshold(weight, amount=amount) == 0, 0 * weight, weight)


@misconception("soft_threshold", "Small weights move beyond 0. Stop at 0: what is smaller than the amount becomes 0.")
def beyond_zero(weight, *, amount):
    penalties.soft_threshold(weight, amount=amount)  # refuses what is negative
    return weight - (amount * np.sign(weight)).astype(weight.dtype)


@misconception(
    "soft_threshold", "The amount is subtracted from negative weights. Add it to them, so that they move towards 0."
)
def sign_ignored(weight, *, amount):
    penalties.soft_threshold(weight, amount=amount)
    return np.maximum(weight - weight.dtype.type(amount), 0) + np.minimum(weight - weight.dtype.type(amount), 0)


@misconception("soft_threshold", "The signs are gone. Give every weight its sign back.")
def sizes_without_signs(weight, *, amount):
    return np.abs(penalties.soft_threshold(weight, amount=amount))


@misconception(
    "soft_threshold",
    "The weights are multiplied by a factor, as in weight decay. Subtract the amount from their sizes.",
)
def shrunk_by_a_factor(weight, *, amount):
    penalties.soft_threshold(weight, amount=amount)
    return weight * weight.dtype.type(1 - amount)


@misconception("soft_threshold", "The amount is multiplied by the largest weight. Subtract it as it is.")
def amount_of_the_largest(weight, *, amount):
    largest = np.abs(weight).max(initial=0)
    return penalties.soft_threshold(weight, amount=amount * float(largest))


@misconception(
    "soft_threshold", "A negative amount is accepted. Raise a ValueError: it would move weights away from 0."
)
def negative_amount_accepted(weight, *, amount):
    return np.sign(weight) * np.maximum(np.abs(weight) - amount, 0)


# max_norm


def lengths(weight, axis):
    """Return lengths along some axes, 1e-300 at least."""
    return np.maximum(np.sqrt((weight**2).sum(axis, keepdims=True)), 1e-300)


@misconception("max_norm", "Columns are shortened. Shorten rows: a unit is a row of (out, in).")
def columns_shortened(weight, *, bound):
    return weight * np.minimum(1, bound / lengths(weight, 0)).astype(weight.dtype)


@misconception(
    "max_norm", "The whole matrix is multiplied by one factor. Give every unit a factor that follows from its length."
)
def whole_matrix_shortened(weight, *, bound):
    return weight * np.minimum(1, bound / lengths(weight, None)).astype(weight.dtype)


@misconception("max_norm", "Short rows are lengthened. Change only rows that are longer than the bound.")
def short_rows_lengthened(weight, *, bound):
    return weight * (bound / lengths(weight, tuple(range(1, weight.ndim)))).astype(weight.dtype)


@misconception(
    "max_norm",
    "Single weights are limited to the bound. Limit the length of each unit, the root of its sum of squares.",
)
def single_weights_cut_off(weight, *, bound):
    return np.clip(weight, -bound, bound)


@misconception("max_norm", "Rows that are too long get the length 1. Give them the bound as their length.")
def shortened_to_one(weight, *, bound):
    size = lengths(weight, tuple(range(1, weight.ndim)))
    return weight * np.where(size > bound, 1 / size, 1).astype(weight.dtype)


@misconception("max_norm", "The sum of squares is compared with the bound. Take its root first.")
def squares_compared(weight, *, bound):
    size = lengths(weight, tuple(range(1, weight.ndim))) ** 2
    return weight * np.minimum(1, bound / np.maximum(size, 1e-300)).astype(weight.dtype)


@misconception("max_norm", "The length of a filter is taken over its last axis only. Take it over C, KH and KW.")
def last_axis_of_a_filter(weight, *, bound):
    return weight * np.minimum(1, bound / lengths(weight, -1)).astype(weight.dtype)


# gaussian_noise


@misconception("gaussian_noise", "The noise is multiplied by the root of std. Multiply it by std itself.")
def root_of_the_std(x, rng, *, std=0.1, training=True):
    penalties.gaussian_noise(x, fixed(), std=std)
    return penalties.gaussian_noise(x, rng, std=np.sqrt(std), training=training).astype(x.dtype)


@misconception("gaussian_noise", "The noise is multiplied by the square of std. Multiply it by std itself.")
def spread_by_the_variance(x, rng, *, std=0.1, training=True):
    penalties.gaussian_noise(x, fixed(), std=std)
    return penalties.gaussian_noise(x, rng, std=std**2, training=training)


@misconception("gaussian_noise", "The inputs are multiplied by the noise. Add it, however large they are.")
def noise_multiplied(x, rng, *, std=0.1, training=True):
    return x * (1 + penalties.gaussian_noise(x, rng, std=std, training=training) - x)


@misconception("gaussian_noise", "All examples get the same noise. Draw a number for every entry of x.")
def one_noise_for_all(x, rng, *, std=0.1, training=True):
    return x + (penalties.gaussian_noise(x[:1], rng, std=std, training=training) - x[:1])


@misconception("gaussian_noise", "The noise is uniform. Draw it from a normal distribution.")
def noise_uniform(x, rng, *, std=0.1, training=True):
    penalties.gaussian_noise(x, fixed(), std=std)
    return x + training * (np.sqrt(3) * std * rng.uniform(-1, 1, x.shape)).astype(x.dtype)


@misconception("gaussian_noise", "Noise is also added when `training` is False. Return x unchanged then.")
def noisy_when_tested(x, rng, *, std=0.1, training=True):
    return penalties.gaussian_noise(x, rng, std=std)


@misconception("gaussian_noise", "The generator is a new one with a fixed seed. Draw from the `rng` that is passed in.")
def noise_with_a_fixed_seed(x, rng, *, std=0.1, training=True):
    return penalties.gaussian_noise(x, fixed(), std=std, training=training)


@misconception("gaussian_noise", "A negative standard deviation is accepted. Raise a ValueError for it.")
def negative_std_accepted(x, rng, *, std=0.1, training=True):
    return penalties.gaussian_noise(x, rng, std=abs(std), training=training)


# shift_images


@misconception("shift_images", "What leaves the image comes in on the other side. Put zeros there.")
def rolled(images, rows, columns):
    moved = [np.roll(image, (down, right), (1, 2)) for image, down, right in zip(images, rows, columns, strict=True)]
    return np.stack(moved)


@misconception(
    "shift_images", "The images move in the opposite direction. For positive shifts move them down and to the right."
)
def shifted_the_other_way(images, rows, columns):
    return penalties.shift_images(images, -rows, -columns)


@misconception("shift_images", "Rows and columns are swapped. `rows` moves an image down, `columns` to the right.")
def rows_and_columns_mixed_up(images, rows, columns):
    return penalties.shift_images(images, columns, rows)


@misconception("shift_images", "All images move like the first one. Give each image its own shift.")
def all_like_the_first(images, rows, columns):
    return penalties.shift_images(images, np.full_like(rows, rows[0]), np.full_like(columns, columns[0]))


@misconception("shift_images", "Negative shifts are used as positive ones. Move up and to the left for them.")
def signs_lost(images, rows, columns):
    return penalties.shift_images(images, abs(rows), abs(columns))


@misconception("shift_images", "The border is repeated where the image has left. Put zeros there.")
def border_repeated(images, rows, columns):
    (height, width), out = images.shape[2:], np.empty_like(images)
    for n, (down, right) in enumerate(zip(rows, columns, strict=True)):
        i = np.clip(np.arange(height) - down, 0, height - 1)
        j = np.clip(np.arange(width) - right, 0, width - 1)
        out[n] = images[n][:, i[:, None], j]
    return out


# flip_images


@misconception("flip_images", "The images are upside down. Reverse the last axis: left and right change places.")
def upside_down(images, chosen):
    return np.where(chosen[:, None, None, None], images[:, :, ::-1], images)


@misconception(
    "flip_images", "The images are turned by 180 degrees. Reverse the last axis only: left and right change places."
)
def turned_by_half(images, chosen):
    return np.where(chosen[:, None, None, None], images[:, :, ::-1, ::-1], images)


@misconception("flip_images", "All images are mirrored. Mirror the chosen ones only.")
def all_mirrored(images, chosen):
    return images[..., ::-1].copy()


@misconception("flip_images", "The images that were not chosen are mirrored. Mirror the chosen ones.")
def others_mirrored(images, chosen):
    return penalties.flip_images(images, ~chosen)


@misconception("flip_images", "The caller's images are changed in place. Return a new array.")
def mirrored_in_place(images, chosen):
    images[chosen] = images[chosen][..., ::-1]
    return images


@misconception("flip_images", "Only the chosen images come back. Return all of them, in their order.")
def chosen_alone(images, chosen):
    return images[chosen][..., ::-1].copy()


# augment


def drawn(images, rng, reach, p, *, low=None, count=None):
    """Draw one augmentation's choices."""
    count = len(images) if count is None else count
    shifts = rng.integers(-reach if low is None else low, reach, (2, count), endpoint=True)
    return shifts, rng.random(count) < p


def made(images, shifts, mirrored):
    """Carry out choices, the same for all images if there is only one."""
    rows, columns = (np.broadcast_to(shift, len(images)) for shift in shifts)
    flipped = penalties.flip_images(images, np.broadcast_to(mirrored, len(images)))
    return penalties.shift_images(flipped, rows, columns)


@misconception("augment", "All images get the same shift. Draw one for each image.")
def one_shift_for_all(images, rng, *, reach=1, p=0.5):
    shifts, _ = drawn(images, rng, reach, p, count=1)
    return made(images, shifts, rng.random(len(images)) < p)


@misconception("augment", "All images are mirrored, or none. Draw a choice for each image.")
def mirrored_together(images, rng, *, reach=1, p=0.5):
    shifts, _ = drawn(images, rng, reach, p)
    return made(images, shifts, rng.random(1) < p)


@misconception("augment", "A shift by plus reach never occurs. Include the upper end when you draw whole numbers.")
def upper_end_left_out(images, rng, *, reach=1, p=0.5):
    shifts, mirrored = drawn(images, rng, reach, p)
    return made(images, rng.integers(-reach, max(reach, 1 - reach), shifts.shape), mirrored)


@misconception("augment", "Images move down and to the right only. Draw the shifts from -reach to reach.")
def shifts_never_negative(images, rng, *, reach=1, p=0.5):
    return made(images, *drawn(images, rng, reach, p, low=0))


@misconception("augment", "Rows and columns share one shift. Draw one for each of them.")
def shifts_along_the_diagonal(images, rng, *, reach=1, p=0.5):
    (rows, _), mirrored = drawn(images, rng, reach, p)
    return made(images, (rows, rows), mirrored)


@misconception(
    "augment", "p is used as the probability to leave an image as it is. Mirror each image with probability p."
)
def p_leaves_unmirrored(images, rng, *, reach=1, p=0.5):
    return penalties.augment(images, rng, reach=reach, p=1 - p)


@misconception("augment", "The generator is a new one with a fixed seed. Draw from the `rng` that is passed in.")
def augmented_with_a_fixed_seed(images, rng, *, reach=1, p=0.5):
    return penalties.augment(images, fixed(), reach=reach, p=p)


# early_stopping


def run(epoch, params, patience, max_epochs, *, better=np.less, waits=lambda wait, patience: wait < patience):
    """Train with an own idea of what is better and of when to go on; return also the last parameters."""
    penalties.early_stopping(lambda p: (p, 0.0), params, patience=patience, max_epochs=1)
    kept, best, lowest, losses = params, 0, np.inf, []
    while len(losses) < max_epochs and waits(len(losses) - best, patience):
        params, loss = epoch(params)
        losses.append(float(loss))
        if better(loss, lowest):
            kept, best, lowest = params, len(losses), loss
    return kept, best, losses, params


@misconception("early_stopping", "The parameters of the last epoch come back. Return those of the best one.")
def last_parameters_returned(epoch, params, *, patience=5, max_epochs=100):
    _, best, losses, latest = run(epoch, params, patience, max_epochs)
    return latest, best, losses


@misconception(
    "early_stopping",
    "The best parameters change in later epochs, which may write into their arrays. Keep a copy.",
    source="https://github.com/pytorch/tutorials/pull/188",
)
def best_kept_without_a_copy(epoch, params, *, patience=5, max_epochs=100):
    return run(epoch, [w.copy() for w in params], patience, max_epochs)[:3]


@misconception("early_stopping", "The best epoch is counted from 0. Count from 1.")
def counted_from_zero(epoch, params, *, patience=5, max_epochs=100):
    kept, best, losses, _ = run(epoch, params, patience, max_epochs)
    return kept, best - 1, losses


@misconception(
    "early_stopping", "One epoch too many is run. Stop as soon as `patience` epochs have passed since the best one."
)
def one_epoch_too_many(epoch, params, *, patience=5, max_epochs=100):
    return run(epoch, params, patience, max_epochs, waits=lambda wait, patience: wait <= patience)[:3]


@misconception("early_stopping", "An equal loss counts as better. Only a smaller one is better.")
def equal_is_better(epoch, params, *, patience=5, max_epochs=100):
    return run(epoch, params, patience, max_epochs, better=np.less_equal)[:3]


@misconception(
    "early_stopping", "A loss of NaN counts as better. Ask whether the loss is smaller: for NaN the answer is no."
)
def not_a_number_is_better(epoch, params, *, patience=5, max_epochs=100):
    return run(epoch, params, patience, max_epochs, better=lambda loss, lowest: not loss >= lowest)[:3]


@misconception("early_stopping", "The loss is compared with the one before. Compare it with the smallest so far.")
def compared_with_the_one_before(epoch, params, *, patience=5, max_epochs=100):
    run(epoch, params, patience, 0)
    kept, best, losses = params, 0, []
    while len(losses) < max_epochs and len(losses) - best < patience:
        params, loss = epoch(params)
        if loss < (losses[-1] if losses else np.inf):
            kept, best = params, len(losses) + 1
        losses.append(float(loss))
    return kept, best, losses


@misconception(
    "early_stopping",
    "Epochs without progress are counted over the whole training. Begin again at 0 after each progress.",
)
def bad_epochs_add_up(epoch, params, *, patience=5, max_epochs=100):
    run(epoch, params, patience, 0)
    kept, best, losses, bad = params, 0, [], 0
    while len(losses) < max_epochs and bad < patience:
        params, loss = epoch(params)
        losses.append(float(loss))
        if loss < min([np.inf, *losses[:-1]]):
            kept, best = params, len(losses)
        else:
            bad += 1
    return kept, best, losses


@misconception(
    "early_stopping", "All epochs are run, whatever patience is. Stop when `patience` epochs have brought no progress."
)
def never_stops(epoch, params, *, patience=5, max_epochs=100):
    return run(epoch, params, patience, max_epochs, waits=lambda wait, patience: True)[:3]


# train_validation_test


def cut(order, n, shares):
    """Return the three parts of a list of indices, or refuse the shares."""
    sizes = [len(part) for part in validation.train_validation_test(n, fixed(), shares=shares)]
    return tuple(np.split(np.asarray(order), np.cumsum(sizes)[:2]))


@misconception(
    "train_validation_test",
    "The examples are divided in the order in which they come. Shuffle the indices first.",
    source="https://github.com/keras-team/keras/issues/8346",
)
def parts_in_order(n, rng, *, shares):
    return cut(np.arange(n), n, shares)


@misconception(
    "train_validation_test", "The generator is a new one with a fixed seed. Draw from the `rng` that is passed in."
)
def divided_with_a_fixed_seed(n, rng, *, shares):
    return validation.train_validation_test(n, fixed(), shares=shares)


@misconception(
    "train_validation_test",
    "Positions in the rest are taken for indices, so that parts overlap. Look up which indices they stand for.",
    source="https://github.com/hlzhang109/TransTEE/issues/2",
)
def positions_for_indices(n, rng, *, shares):
    training, chosen, test = (len(part) for part in cut(range(n), n, shares))
    rest = rng.permutation(training + chosen)
    return rest[:training], rest[training:], rng.permutation(n)[:test]


@misconception(
    "train_validation_test",
    "Each part is drawn from all examples, so that parts overlap. Cut one shuffled list into three.",
    source="https://github.com/IBM/Hestia-GOOD/issues/126",
)
def three_independent_draws(n, rng, *, shares):
    return tuple(rng.permutation(n)[: len(part)] for part in cut(range(n), n, shares))


@misconception(
    "train_validation_test",
    "All three sizes are rounded down, and examples are lost. Give training what remains.",
    source="https://github.com/HUST-NingKang-Lab/MGM/issues/2",
)
def remainder_lost(n, rng, *, shares):
    validation.train_validation_test(n, fixed(), shares=shares)
    sizes = [int(n * share) for share in shares]
    return tuple(np.split(rng.permutation(n)[: sum(sizes)], np.cumsum(sizes)[:2]))


@misconception(
    "train_validation_test", "What remains goes to the test. Round its size down, and give training the rest."
)
def remainder_for_the_test(n, rng, *, shares):
    validation.train_validation_test(n, fixed(), shares=shares)
    return tuple(np.split(rng.permutation(n), np.cumsum([int(n * share) for share in shares[:2]])))


@misconception("train_validation_test", "The sizes of validation and test are rounded to the nearest. Round them down.")
def sizes_rounded_to_the_nearest(n, rng, *, shares):
    validation.train_validation_test(n, fixed(), shares=shares)
    chosen, test = (round(n * share) for share in shares[1:])
    order = rng.permutation(n)
    return order[chosen + test :], order[:chosen], order[chosen : chosen + test]


@misconception(
    "train_validation_test", "Indices are drawn with repetition. Shuffle all of them, so that each comes exactly once."
)
def drawn_with_repetition(n, rng, *, shares):
    return cut(rng.integers(0, max(n, 1), n), n, shares)


@misconception(
    "train_validation_test",
    "Each example draws its part by itself, so that the sizes change from call to call. Fix the sizes, and shuffle.",
)
def part_of_each_example_drawn(n, rng, *, shares):
    validation.train_validation_test(n, fixed(), shares=shares)
    part = rng.choice(3, n, p=np.array(shares) / sum(shares))
    return tuple(np.flatnonzero(part == number) for number in range(3))


@misconception(
    "train_validation_test",
    "The parts are cut out of the data at a random place, so that neighbours stay together. Shuffle the indices.",
)
def cut_at_a_random_place(n, rng, *, shares):
    return cut(np.roll(np.arange(n), rng.integers(max(n, 1))), n, shares)


@misconception("train_validation_test", "Validation and test are exchanged. Return training, validation, test.")
def validation_and_test_exchanged(n, rng, *, shares):
    training, chosen, test = validation.train_validation_test(n, rng, shares=shares)
    return training, test, chosen


@misconception(
    "train_validation_test",
    "Shares are accepted whose sum is not 1. Raise a ValueError.",
)
def any_sum_of_shares_passes(n, rng, *, shares):
    if len(shares) != 3 or min(shares) < 0:
        raise ValueError(shares)
    chosen, test = (int(n * share) for share in shares[1:])
    order = rng.permutation(n)
    return order[chosen + test :], order[:chosen], order[chosen : chosen + test]


@misconception(
    "train_validation_test",
    "The sum of the shares has to be 1 exactly, so that 0.7, 0.2 and 0.1 are refused. Allow for rounding.",
    source="https://github.com/pytorch/pytorch/issues/128116",
)
def no_room_for_rounding(n, rng, *, shares):
    if sum(shares) != 1.0:
        raise ValueError(shares)
    return validation.train_validation_test(n, rng, shares=shares)


@misconception("train_validation_test", "A negative share is accepted. Raise a ValueError.")
def negative_shares_pass(n, rng, *, shares):
    if len(shares) != 3 or abs(sum(shares) - 1) > 1e-9:
        raise ValueError(shares)
    chosen, test = (max(0, int(n * share)) for share in shares[1:])
    order = rng.permutation(n)
    return order[chosen + test :], order[:chosen], order[chosen : chosen + test]


# network_forward


def sent(x, layers, rng, p, training, *, norm_after_relu=False, dropout_first=False, drops=True):
    """Send a batch through a network with steps in another order; return scores and layers."""
    out, updated = x, []
    for layer in layers[:-1]:
        out = out @ layer["weight"].T + layer["bias"]
        if dropout_first:
            out, _ = dropout.dropout_forward(out, rng, p=p, training=training)
        out = np.maximum(out, 0) if norm_after_relu else out
        out, new, _ = network._normalized(out, layer, training)
        out = np.maximum(out, 0) if not norm_after_relu else out
        if drops and not dropout_first:
            out, _ = dropout.dropout_forward(out, rng, p=p, training=training)
        updated.append(new)
    return out @ layers[-1]["weight"].T + layers[-1]["bias"], [*updated, layers[-1]]


@misconception("network_forward", "Batch norm comes after the ReLU. Put it before.")
def norm_behind_the_relu(x, layers, rng, *, p=0.0, training=False):
    return (*sent(x, layers, rng, p, training, norm_after_relu=True), None)


@misconception("network_forward", "There is no dropout. Use it after every ReLU, with the p that is passed in.")
def no_dropout(x, layers, rng, *, p=0.0, training=False):
    return (*sent(x, layers, rng, p, training, drops=False), None)


@misconception(
    "network_forward", "The masks come from a new generator with a fixed seed. Pass on the `rng` that is passed in."
)
def masks_with_a_fixed_seed(x, layers, rng, *, p=0.0, training=False):
    return network.network_forward(x, layers, fixed(), p=p, training=training)


@misconception("network_forward", "Scores are dropped. Drop hidden units only.")
def scores_struck_out(x, layers, rng, *, p=0.0, training=False):
    scores, updated, cache = network.network_forward(x, layers, rng, p=p, training=training)
    return dropout.dropout_forward(scores, rng, p=p, training=training)[0], updated, cache


@misconception(
    "network_forward", "The network always works as in training. Pass `training` on to batch norm and dropout."
)
def always_training(x, layers, rng, *, p=0.0, training=False):
    return network.network_forward(x, layers, rng, p=p, training=True)


@misconception("network_forward", "Batch norm always works as if `training` were False. Pass `training` on to it.")
def norm_never_trains(x, layers, rng, *, p=0.0, training=False):
    scores, updated, cache = network.network_forward(x, layers, rng, p=p)
    return (scores, updated, cache) if not training else (*_dropped(x, layers, rng, p), cache)


def _dropped(x, layers, rng, p):
    """Send a batch through a network whose batch norms are being tested while dropout trains."""
    out = x
    for layer in layers[:-1]:
        out = np.maximum(network._normalized(out @ layer["weight"].T + layer["bias"], layer, False)[0], 0)
        out, _ = dropout.dropout_forward(out, rng, p=p)
    return out @ layers[-1]["weight"].T + layers[-1]["bias"], layers


@misconception("network_forward", "The new running statistics are lost. Put them into the layers that you return.")
def statistics_not_kept(x, layers, rng, *, p=0.0, training=False):
    scores, _, cache = network.network_forward(x, layers, rng, p=p, training=training)
    return scores, layers, cache


@misconception("network_forward", "The caller's layers are changed in place. Put new statistics into new dictionaries.")
def layers_changed_in_place(x, layers, rng, *, p=0.0, training=False):
    scores, updated, cache = network.network_forward(x, layers, rng, p=p, training=training)
    for layer, new in zip(layers, updated, strict=True):
        layer.update(new)
    return scores, layers, cache


@misconception("network_forward", "A ReLU comes after the last layer. Leave it out: scores may be negative.")
def relu_behind_the_scores(x, layers, rng, *, p=0.0, training=False):
    scores, updated, cache = network.network_forward(x, layers, rng, p=p, training=training)
    return np.maximum(scores, 0), updated, cache


# network_backward


def with_caches(cache, change):
    """Return the cache of a network with every hidden layer's part changed."""
    layers, caches, x = cache
    return layers, [change(*part) for part in caches], x


@misconception("network_backward", "The gradients come in reverse order. Return them in the order of the layers.")
def gradients_backward(dscores, cache):
    return network.network_backward(dscores, cache)[::-1]


@misconception(
    "network_backward", "The gradient passes every ReLU. Set it to 0 where the ReLU's input was not positive."
)
def relu_passes_everything(dscores, cache):
    return network.network_backward(
        dscores, with_caches(cache, lambda x, norm, positive, mask: (x, norm, np.ones_like(positive), mask))
    )


@misconception(
    "network_backward", "Dropout is left out on the way back. Send the gradient through `dropout_backward`, too."
)
def mask_missing(dscores, cache):
    return network.network_backward(
        dscores, with_caches(cache, lambda x, norm, positive, mask: (x, norm, positive, np.ones_like(mask)))
    )


@misconception(
    "network_backward", "Batch norm is left out on the way back. Send the gradient through `batch_norm_backward`, too."
)
def norm_left_out(dscores, cache):
    right = network.network_backward(dscores, cache)
    wrong = network.network_backward(
        dscores, with_caches(cache, lambda x, norm, positive, mask: (x, None, positive, mask))
    )
    return [
        mine | {name: its[name] for name in its if name not in mine} for mine, its in zip(wrong, right, strict=True)
    ]


@misconception(
    "network_backward", "The gradients of gamma and beta are missing. Return them with those of weight and bias."
)
def gamma_and_beta_missing(dscores, cache):
    return [{name: layer[name] for name in ("weight", "bias")} for layer in network.network_backward(dscores, cache)]


@misconception(
    "network_backward",
    "The gradients are divided by the batch size. dscores already holds the 1 / N of the mean loss: only sum.",
)
def divided_by_the_batch(dscores, cache):
    return network.network_backward(dscores / len(dscores), cache)


# train_step


def stepped(x, labels, layers, rng, *, lr=0.1, p=0.0, weight_decay=0.0, training=True, decayed=("weight",)):
    """Take a step with an own idea of the mode and of what decays."""
    scores, updated, cache = network.network_forward(x, layers, rng, p=p, training=training)
    loss, dscores = network.softmax_cross_entropy(scores, labels)
    penalty = sum((layer[name] ** 2).sum() for layer in layers for name in decayed if name in layer)
    new = [
        layer
        | {
            name: layer[name] - lr * (slope + weight_decay * (name in decayed) * layer[name])
            for name, slope in by.items()
        }
        for layer, by in zip(updated, network.network_backward(dscores, cache), strict=True)
    ]
    return new, loss + weight_decay / 2 * penalty


@misconception("train_step", "The step goes up. Subtract the gradient to go down.")
def ascent(x, labels, layers, rng, *, lr=0.1, **options):
    return network.train_step(x, labels, layers, rng, lr=-lr, **options)


@misconception("train_step", "There is no dropout. Pass p on to the forward pass.")
def step_without_dropout(x, labels, layers, rng, *, p=0.0, **options):
    return network.train_step(x, labels, layers, rng, **options)


@misconception(
    "train_step", "The masks come from a new generator with a fixed seed. Pass on the `rng` that is passed in."
)
def step_with_a_fixed_seed(x, labels, layers, rng, **options):
    return network.train_step(x, labels, layers, fixed(), **options)


@misconception(
    "train_step", "The forward pass works as if `training` were False. Tell it that the network is being trained."
)
def step_in_testing_mode(x, labels, layers, rng, **options):
    return stepped(x, labels, layers, rng, training=False, **options)


@misconception("train_step", "Biases, gamma and beta decay, too. Penalize the weights only.")
def everything_decays(x, labels, layers, rng, **options):
    return stepped(x, labels, layers, rng, decayed=("weight", "bias", "gamma", "beta"), **options)


@misconception("train_step", "There is no weight decay. Add the penalty's gradient to that of the weights.")
def no_weight_decay(x, labels, layers, rng, *, weight_decay=0.0, **options):
    return network.train_step(x, labels, layers, rng, **options)


@misconception("train_step", "The penalty is missing in the loss. Add it to the cross-entropy.")
def penalty_not_in_the_loss(x, labels, layers, rng, *, weight_decay=0.0, **options):
    new, _ = network.train_step(x, labels, layers, rng, weight_decay=weight_decay, **options)
    return new, network.train_step(x, labels, layers, rng, **options)[1]


@misconception(
    "train_step", "The running statistics are the old ones. Step from the layers that the forward pass returned."
)
def step_loses_statistics(x, labels, layers, rng, **options):
    new, loss = network.train_step(x, labels, layers, rng, **options)
    old = ("running_mean", "running_var")
    return [
        layer | {name: was[name] for name in old if name in was} for layer, was in zip(new, layers, strict=True)
    ], loss


@misconception("train_step", "gamma and beta do not learn. Step along their gradients, too.")
def gamma_and_beta_do_not_learn(x, labels, layers, rng, **options):
    new, loss = network.train_step(x, labels, layers, rng, **options)
    same = ("gamma", "beta")
    return [
        layer | {name: was[name] for name in same if name in was} for layer, was in zip(new, layers, strict=True)
    ], loss


@misconception(
    "train_step",
    "The gradient stops at the statistics of batch norm. In training they depend on the weights: go through them.",
)
def step_with_constant_statistics(x, labels, layers, rng, *, lr=0.1, p=0.0, weight_decay=0.0):
    scores, updated, (old, parts, hidden) = network.network_forward(x, layers, rng, p=p, training=True)
    parts = [(a, norm and (*norm[:3], False), positive, mask) for a, norm, positive, mask in parts]
    _, dscores = network.softmax_cross_entropy(scores, labels)
    gradients = network.network_backward(dscores, (old, parts, hidden))
    loss = network.train_step(x, labels, layers, rng, p=0.0, weight_decay=weight_decay)[1]
    new = []
    for layer, by_name in zip(updated, gradients, strict=True):
        by_name["weight"] = by_name["weight"] + weight_decay * layer["weight"]
        new.append(layer | {name: layer[name] - lr * slope for name, slope in by_name.items()})
    return new, loss


# first_loss


@misconception("first_loss", "The expected loss is log 2 for any number of classes. It is log C, with C columns.")
def log_two_expected(scores, labels):
    return debugging.first_loss(scores, labels)[0], float(np.log(2))


@misconception("first_loss", "The expected loss counts the examples. It is the logarithm of the number of classes.")
def log_of_the_examples(scores, labels):
    return debugging.first_loss(scores, labels)[0], float(np.log(len(scores)))


@misconception("first_loss", "The expected loss has the wrong sign. It is -log(1 / C), which is log C.")
def expected_loss_negative(scores, labels):
    loss, expected = debugging.first_loss(scores, labels)
    return loss, -expected


@misconception("first_loss", "The expected loss is 1 / C, a probability. The loss is minus its logarithm.")
def probability_expected(scores, labels):
    return debugging.first_loss(scores, labels)[0], 1 / scores.shape[1]


@misconception("first_loss", "The logarithm is one to base 2. Losses are natural logarithms.")
def logarithm_to_base_two(scores, labels):
    return debugging.first_loss(scores, labels)[0], float(np.log2(scores.shape[1]))


@misconception("first_loss", "The loss is the sum over the batch. Take the mean, or it grows with the batch.")
def summed_first_loss(scores, labels):
    loss, expected = debugging.first_loss(scores, labels)
    return loss * len(scores), expected


@misconception(
    "first_loss",
    "A probability rounds to 0, and its logarithm is infinite. Subtract the largest score of each row first.",
)
def first_loss_of_rounded_probabilities(scores, labels):
    with np.errstate(all="ignore"):
        powers = np.exp(scores)
        right = (powers / powers.sum(axis=1, keepdims=True))[np.arange(len(labels)), labels]
        return -np.log(right).mean(), float(np.log(scores.shape[1]))


# overfits_one_batch


def trained_on_one_batch(step, params, target, max_steps, *, goes_on):
    """Take steps while somebody wants to go on; return the losses."""
    params, losses = [w.copy() for w in params], []
    while len(losses) < max_steps and (not losses or goes_on(losses[-1], target)):
        params, loss = step(params)
        losses.append(float(loss))
    return losses


@misconception(
    "overfits_one_batch", "The training goes on after the target is reached. Stop with the first loss that meets it."
)
def never_stops_early(step, params, *, target=0.1, max_steps=300):
    losses = trained_on_one_batch(step, params, target, max_steps, goes_on=lambda last, _: last < np.inf)
    return bool(losses) and losses[-1] <= target, losses


@misconception("overfits_one_batch", "A loss that equals the target does not count. At most the target is enough.")
def target_must_be_undercut(step, params, *, target=0.1, max_steps=300):
    losses = trained_on_one_batch(step, params, target, max_steps, goes_on=lambda last, goal: goal <= last < np.inf)
    return bool(losses) and losses[-1] < target, losses


@misconception("overfits_one_batch", "The training goes on with NaN or infinity. Stop: nothing better comes after it.")
def goes_on_with_nan(step, params, *, target=0.1, max_steps=300):
    losses = trained_on_one_batch(step, params, target, max_steps, goes_on=lambda last, goal: not last <= goal)
    return bool(losses) and losses[-1] <= target, losses


@misconception("overfits_one_batch", "A training that ends with NaN counts as learned. Only a loss that is small does.")
def nan_is_learned(step, params, *, target=0.1, max_steps=300):
    losses = trained_on_one_batch(step, params, target, max_steps, goes_on=lambda last, goal: goal < last < np.inf)
    return bool(losses) and not losses[-1] > target, losses


@misconception(
    "overfits_one_batch", "Learned means that the loss has fallen here. It has to be small: at most the target."
)
def fallen_is_learned(step, params, *, target=0.1, max_steps=300):
    _, losses = debugging.overfits_one_batch(step, params, target=target, max_steps=max_steps)
    return bool(losses) and losses[-1] < losses[0], losses


@misconception("overfits_one_batch", "The last loss is missing. List the losses of all steps that were taken.")
def last_loss_not_listed(step, params, *, target=0.1, max_steps=300):
    learned, losses = debugging.overfits_one_batch(step, params, target=target, max_steps=max_steps)
    return learned, losses[:-1]


@misconception("overfits_one_batch", "One step too many is taken. `max_steps` is the largest number of steps.")
def one_step_too_many(step, params, *, target=0.1, max_steps=300):
    return debugging.overfits_one_batch(step, params, target=target, max_steps=max_steps + 1)


@misconception(
    "overfits_one_batch", "Every step starts from the first parameters. Go on from those that the last step returned."
)
def always_from_the_start(step, params, *, target=0.1, max_steps=300):
    return debugging.overfits_one_batch(
        lambda _: (params, step([w.copy() for w in params])[1]), params, target=target, max_steps=max_steps
    )


@misconception(
    "overfits_one_batch",
    "The first parameters are changed by steps that write into their arrays. Train copies.",
    source="https://github.com/pytorch/tutorials/pull/188",
)
def first_parameters_not_copied(step, params, *, target=0.1, max_steps=300):
    losses = []
    while len(losses) < max_steps and (not losses or target < losses[-1] < np.inf):
        params, loss = step(params)
        losses.append(float(loss))
    return bool(losses) and losses[-1] <= target, losses


# update_ratios


def other_ratios(before, after, ratio):
    """Compute another ratio for every pair of weights."""
    debugging.update_ratios(before, after)
    pairs = [(old.astype(np.float64), new.astype(np.float64)) for old, new in zip(before, after, strict=True)]
    with np.errstate(all="ignore"):
        return np.array([ratio(old, new) for old, new in pairs if old.ndim > 1], dtype=np.float64)


@misconception("update_ratios", "The ratio is upside down. Divide the change by the weights.")
def weights_by_updates(before, after):
    return other_ratios(before, after, lambda old, new: np.linalg.norm(old) / np.linalg.norm(new - old))


@misconception("update_ratios", "The squares are compared. Take the root of either sum, or of their quotient.")
def ratio_of_squares(before, after):
    return debugging.update_ratios(before, after) ** 2


@misconception("update_ratios", "The change is divided by the weights after the step. Divide by those before it.")
def measured_by_the_new_weights(before, after):
    return debugging.update_ratios(after, before)


@misconception(
    "update_ratios", "The ratio is a mean over single weights. Divide the length of the change by that of the matrix."
)
def mean_of_single_ratios(before, after):
    return other_ratios(before, after, lambda old, new: np.mean(np.abs((new - old) / old)))


@misconception(
    "update_ratios", "The lengths are subtracted. Subtract the weights: a step may turn them and keep their length."
)
def difference_of_lengths(before, after):
    def ratio(old, new):
        return abs(np.linalg.norm(new) - np.linalg.norm(old)) / np.linalg.norm(old)

    return other_ratios(before, after, ratio)


@misconception("update_ratios", "Biases are in the list. Leave out what has one axis.")
def ratios_of_biases(before, after):
    debugging.update_ratios(before, after)
    return debugging.update_ratios([w[None] for w in before], [w[None] for w in after])


@misconception(
    "update_ratios", "Zeros that stay zeros give 0 / 0, which is NaN. Their ratio is 0: nothing has changed."
)
def zeros_by_zeros(before, after):
    return other_ratios(before, after, lambda old, new: np.linalg.norm(new - old) / np.linalg.norm(old))


@misconception(
    "update_ratios", "A small number is added to the denominator. The ratio of zeros that have changed is infinite."
)
def ratio_with_eps(before, after):
    return other_ratios(before, after, lambda old, new: np.linalg.norm(new - old) / (np.linalg.norm(old) + 1e-8))


@misconception(
    "update_ratios", "Squares of float32 numbers overflow, or round to 0. Convert the weights to float64 first."
)
def ratios_in_single_precision(before, after):
    debugging.update_ratios(before, after)
    pairs = [(old, new) for old, new in zip(before, after, strict=True) if old.ndim > 1]
    with np.errstate(all="ignore"):
        single = [np.sqrt(((new - old) ** 2).sum()) / np.sqrt((old**2).sum()) for old, new in pairs]
    exact = debugging.update_ratios(before, after)
    is_single = np.array([old.dtype == np.float32 for old, _ in pairs], dtype=bool)
    return np.where(is_single, np.array(single, dtype=np.float64), exact)


@misconception(
    "update_ratios", "What one list has too much is overlooked. Raise a ValueError if they differ in length."
)
def longer_list_cut(before, after):
    count = min(len(before), len(after))
    return debugging.update_ratios(before[:count], after[:count])


# dead_units


@misconception(
    "dead_units",
    "One 0 is enough to be called dead. A unit is dead if it is 0 for every example.",
    source="https://github.com/keras-team/keras-contrib/pull/174",
)
def dead_once(batches):
    debugging.dead_units(batches)
    return np.any([(batch == 0).any(axis=0) for batch in batches], axis=0)


@misconception("dead_units", "A unit that is 0 throughout one batch is called dead. It must be 0 in all batches.")
def dead_in_one_batch(batches):
    debugging.dead_units(batches)
    return np.any([(batch == 0).all(axis=0) for batch in batches if len(batch)], axis=0)


@misconception("dead_units", "Only the last batch is looked at. A unit is dead if it is 0 in all of them.")
def last_batch_only(batches):
    debugging.dead_units(batches)
    return debugging.dead_units(batches[-1:])


@misconception("dead_units", "Examples are judged, not units. Ask for every column over all rows.")
def dead_examples(batches):
    debugging.dead_units(batches)
    return (np.concatenate(batches) == 0).all(axis=1)


@misconception(
    "dead_units",
    "What is not positive counts as dead. Only an answer of exactly 0 does: units that say something negative learn.",
    source="https://github.com/XuGW-Kevin/DrM/issues/4",
)
def negative_units_dead(batches):
    debugging.dead_units(batches)
    return np.all([(batch <= 0).all(axis=0) for batch in batches], axis=0)


@misconception("dead_units", "Very small answers count as 0. Compare with 0 exactly.")
def small_units_dead(batches):
    debugging.dead_units(batches)
    return np.all([(np.abs(batch) < 1e-8).all(axis=0) for batch in batches], axis=0)


@misconception("dead_units", "It is the other way round: the units that are at work are marked. Mark the dead ones.")
def living_units(batches):
    return ~debugging.dead_units(batches)


@misconception("dead_units", "An answer for no batches comes back. Raise a ValueError: nothing is known.")
def no_batches_accepted(batches):
    return debugging.dead_units(batches) if batches else np.zeros(0, dtype=bool)


# diagnose


def seen_in(record, **replaced):
    """Name the signs of a record, some of them by another condition."""
    signs = set(debugging.diagnose(record))
    for name, wrong in replaced.items():
        sign = name.replace("_", " ")
        signs = signs | {sign} if wrong else signs - {sign}
    return [sign for sign in debugging.SIGNS if sign in signs]


@misconception("diagnose", "A first loss that is too small is overlooked. It may be too far away on either side.")
def first_loss_only_too_large(record):
    loss, expected = debugging.first_loss(record["scores"], record["labels"])
    return seen_in(record, first_loss=not loss <= 1.2 * expected)


@misconception("diagnose", "The first loss may be 0.2 away. The limit is 20 % of the expected loss.")
def first_loss_off_by_a_number(record):
    loss, expected = debugging.first_loss(record["scores"], record["labels"])
    return seen_in(record, first_loss=not abs(loss - expected) <= 0.2)


@misconception("diagnose", "The smallest loss decides. Take the last one: a training may lose what it had learned.")
def smallest_loss_decides(record):
    losses = [loss for loss in record["losses"] if not np.isnan(loss)]
    return seen_in(record, one_batch=not min(losses, default=1.0) <= 0.1)


@misconception("diagnose", "NaN is no sign here. With NaN every comparison is false: ask whether the number is good.")
def nan_is_no_sign(record):
    loss, expected = debugging.first_loss(record["scores"], record["labels"])
    ratios = debugging.update_ratios(record["before"], record["after"])
    return seen_in(
        record,
        first_loss=abs(loss - expected) > 0.2 * expected,
        one_batch=record["losses"][-1] > 0.1,
        updates_too_large=(ratios > 0.5).any(),
    )


@misconception("diagnose", "Only the first weights are looked at. Each ratio may be a sign.")
def first_ratio_only(record):
    ratio = debugging.update_ratios(record["before"], record["after"])[0]
    return seen_in(record, updates_too_small=ratio < 1e-5, updates_too_large=not ratio <= 0.5)


@misconception("diagnose", "The mean of the ratios decides. Each of them may be a sign.")
def mean_ratio_decides(record):
    ratio = debugging.update_ratios(record["before"], record["after"]).mean()
    return seen_in(record, updates_too_small=ratio < 1e-5, updates_too_large=not ratio <= 0.5)


@misconception("diagnose", "A single dead unit is a sign here. More than half of a layer's units must be dead.")
def one_dead_unit_is_a_sign(record):
    return seen_in(record, dead_units=any(debugging.dead_units([outs]).any() for outs in record["hidden"]))


@misconception("diagnose", "The dead units of all layers are counted together. Each layer counts for itself.")
def dead_units_of_all_layers(record):
    dead = np.concatenate([debugging.dead_units([outs]) for outs in record["hidden"]])
    return seen_in(record, dead_units=dead.mean() > 0.5)


@misconception("diagnose", "Zeros are counted, not dead units. A healthy ReLU is 0 for about half of the examples.")
def zeros_counted(record):
    return seen_in(record, dead_units=any((outs == 0).mean() > 0.5 for outs in record["hidden"]))


@misconception("diagnose", "Only the last hidden layer is looked at. Each layer may have dead units.")
def last_layer_only(record):
    return seen_in(record, dead_units=debugging.dead_units(record["hidden"][-1:]).mean() > 0.5)


@misconception("diagnose", "The search ends with the first sign. Return all that were seen.")
def first_sign_only(record):
    return debugging.diagnose(record)[:1]


@misconception("diagnose", "The signs are in another order. Return them in the order of `SIGNS`.")
def signs_reversed(record):
    return debugging.diagnose(record)[::-1]


# fast.py


@misconception(
    "batch_norm_fast", "Mean and variance are treated as constants. They depend on x: dx has a term for each of them."
)
def fast_norm_with_constant_statistics(x, weight, bias, dout, eps=1e-5):
    out, _, dweight, dbias = fast.batch_norm_fast(x, weight, bias, dout, eps)
    root = torch.sqrt(x.var(dim=(0, 2, 3), correction=0) + eps)
    return out, dout * (weight / root)[:, None, None], dweight, dbias


@misconception("batch_norm_fast", "The way through the variance is missing. dx has a term with x_hat for it.")
def fast_norm_without_the_way_through_the_variance(x, weight, bias, dout, eps=1e-5):
    out, _, dweight, dbias = fast.batch_norm_fast(x, weight, bias, dout, eps)
    root = torch.sqrt(x.var(dim=(0, 2, 3), correction=0) + eps)
    centered = dout - dout.mean(dim=(0, 2, 3), keepdim=True)
    return out, centered * (weight / root)[:, None, None], dweight, dbias


@misconception(
    "batch_norm_fast", "eps is left out. Add it to the variance: a channel of equal values would be divided by 0."
)
def fast_norm_without_eps(x, weight, bias, dout, eps=1e-5):
    return fast.batch_norm_fast(x, weight, bias, dout, 0.0)


@misconception(
    "batch_norm_fast", "Every image has statistics of its own. Take mean and variance over all images and pixels."
)
def fast_norm_image_by_image(x, weight, bias, dout, eps=1e-5):
    parts = [fast.batch_norm_fast(x[n : n + 1], weight, bias, dout[n : n + 1], eps) for n in range(len(x))]
    out, dx, dweights, dbiases = zip(*parts, strict=True)
    return torch.cat(out), torch.cat(dx), sum(dweights), sum(dbiases)


@misconception(
    "batch_norm_fast", "The gradients of weight and bias are means. Both are sums over all values of the channel."
)
def fast_norm_with_mean_slopes(x, weight, bias, dout, eps=1e-5):
    out, dx, dweight, dbias = fast.batch_norm_fast(x, weight, bias, dout, eps)
    count = x.numel() / len(weight)
    return out, dx, dweight / count, dbias / count


@misconception("batch_norm_fast", "The weight is missing in dx. Multiply by it, as the forward pass did.")
def fast_norm_without_weight_on_the_way_back(x, weight, bias, dout, eps=1e-5):
    out, _, dweight, dbias = fast.batch_norm_fast(x, weight, bias, dout, eps)
    return out, fast.batch_norm_fast(x, torch.ones_like(weight), bias, dout, eps)[1], dweight, dbias


@misconception("batch_norm_fast", "The bias is missing in the output. Add it to every value of its channel.")
def fast_norm_without_bias(x, weight, bias, dout, eps=1e-5):
    return fast.batch_norm_fast(x, weight, torch.zeros_like(bias), dout, eps)


@misconception(
    "batch_norm_fast",
    "The answer is float64 for float32 images. Compute in the dtype of the images: half as many bytes.",
)
def fast_norm_in_float64(x, weight, bias, dout, eps=1e-5):
    return fast.batch_norm_fast(x.double(), weight.double(), bias.double(), dout.double(), eps)
