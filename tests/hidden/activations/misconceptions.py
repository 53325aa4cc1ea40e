"""Wrong answers to the tasks of the activations unit, as students give them."""

import math

import numpy as np
import torch

from grader.judge import misconception
from solutions.activations import fast, functions, vanishing

# functions.py: the step


@misconception("step_activation", "Zero counts as below the threshold. The step answers 1 at exactly 0.")
def step_is_zero_at_zero(x):
    return (x > 0).astype(x.dtype), None


@misconception("step_activation", "The answers are -1 and +1. The step answers 0 and 1.")
def step_answers_signs(x):
    return np.where(x >= 0, 1.0, -1.0).astype(x.dtype), None


@misconception("step_activation", "At zero the answer is 1/2. The step of the docstring answers 1 there.")
def step_is_half_at_zero(x):
    return np.heaviside(x, 0.5).astype(x.dtype), None


@misconception("step_activation", "The answer is float64 for a float32 input. Use the dtype of x.")
def step_is_always_float64(x):
    return np.where(x >= 0, 1.0, 0.0).astype(np.float64), None


@misconception("step_gradient", "The gradient passes unchanged. The step is flat: return zeros.")
def step_passes_the_gradient(dout, cache):
    return dout.copy()


@misconception("step_gradient", "The slope is 1 everywhere. The step is flat: return zeros.")
def step_has_slope_one(dout, cache):
    return np.ones_like(dout)


@misconception("step_gradient", "The zeros are float64 for a float32 dout. Use the dtype of dout.")
def step_gradient_is_always_float64(dout, cache):
    return np.zeros(dout.shape)


# functions.py: sigmoid and tanh


@misconception(
    "sigmoid_activation", "Large numbers give NaN: e^x / (1 + e^x) is infinity divided by infinity. Use e^-|x|."
)
def sigmoid_overflows(x):
    with np.errstate(over="ignore", invalid="ignore"):
        out = np.exp(x) / (1 + np.exp(x))
    return out, out


@misconception(
    "sigmoid_activation", "The answer falls from 1 to 0. The sigmoid rises: the exponent has the other sign."
)
def sigmoid_falls(x):
    return functions.sigmoid_activation(-x)


@misconception(
    "sigmoid_activation",
    "The input is clipped so that nothing overflows. That changes the answers for large inputs: rewrite the "
    "formula instead.",
)
def sigmoid_clips(x):
    return functions.sigmoid_activation(np.clip(x, -10, 10))


@misconception(
    "sigmoid_activation",
    "The input is clipped far out, where the answer is no longer exactly 0 or 1. Rewrite the formula instead.",
)
def sigmoid_clips_far_out(x):
    return functions.sigmoid_activation(np.clip(x, -30, 30))


@misconception("sigmoid_activation", "This is tanh, from -1 to 1. The sigmoid goes from 0 to 1.")
def sigmoid_is_tanh(x):
    return functions.tanh_activation(x)


@misconception(
    "sigmoid_activation",
    "The answer is float64 for a float32 input. Keep every array in the dtype of x and every constant a Python number.",
)
def sigmoid_is_always_float64(x):
    return functions.sigmoid_activation(x.astype(np.float64))


@misconception("sigmoid_gradient", "The slope is x (1 - x), with the input x. It is s (1 - s), with the output s.")
def sigmoid_slope_of_the_input(dout, cache):
    with np.errstate(all="ignore"):
        x = np.log(cache) - np.log1p(-cache)
        return dout * x * (1 - x)


@misconception("sigmoid_gradient", "The sigmoid is applied to its own output. The output is s already: use s (1 - s).")
def sigmoid_slope_of_the_sigmoid_of_the_output(dout, cache):
    _, again = functions.sigmoid_activation(cache)
    return functions.sigmoid_gradient(dout, again)


@misconception("sigmoid_gradient", "The upstream gradient is missing. Multiply the slope by dout.")
def sigmoid_slope_without_upstream(dout, cache):
    return cache * (1 - cache)


@misconception("sigmoid_gradient", "The slope is 1 - s^2, that of tanh. The sigmoid's is s (1 - s).")
def sigmoid_slope_of_tanh(dout, cache):
    return functions.tanh_gradient(dout, cache)


@misconception(
    "tanh_activation",
    "Large numbers give NaN: infinity divided by infinity. Use a function that is ready-made, or exponents that "
    "are never positive.",
)
def tanh_overflows(x):
    with np.errstate(over="ignore", invalid="ignore"):
        out = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
    return out, out


@misconception("tanh_activation", "This is tanh(x / 2). Double the input of the sigmoid, too: 2 sigmoid(2 x) - 1.")
def tanh_of_half(x):
    return functions.tanh_activation(x / 2)


@misconception("tanh_activation", "This is the sigmoid, from 0 to 1. Tanh goes from -1 to 1.")
def tanh_is_sigmoid(x):
    return functions.sigmoid_activation(x)


@misconception("tanh_gradient", "The slope is 1 - x^2, with the input x. It is 1 - out^2, with the output.")
def tanh_slope_of_the_input(dout, cache):
    with np.errstate(all="ignore"):
        return dout * (1 - np.arctanh(cache) ** 2)


@misconception("tanh_gradient", "tanh is applied to its own output. The output is tanh(x) already: use 1 - out^2.")
def tanh_slope_of_the_tanh_of_the_output(dout, cache):
    return dout * (1 - np.tanh(cache) ** 2)


@misconception("tanh_gradient", "The square is missing: the slope is 1 - out^2.")
def tanh_slope_without_square(dout, cache):
    return dout * (1 - cache)


@misconception("tanh_gradient", "The slope is out (1 - out), that of the sigmoid. That of tanh is 1 - out^2.")
def tanh_slope_of_the_sigmoid(dout, cache):
    return dout * cache * (1 - cache)


@misconception("tanh_gradient", "The upstream gradient is missing. Multiply the slope by dout.")
def tanh_slope_without_upstream(dout, cache):
    return 1 - cache**2


# functions.py: the Gaussian


@misconception(
    "gaussian_activation", "The exponent is -x^2 / 2, as in the normal distribution. Leave out the 2: it is -x^2."
)
def gaussian_with_half_the_exponent(x):
    return functions.gaussian_activation(x / math.sqrt(2))


@misconception(
    "gaussian_activation", "This is the normal density, with its factor in front. Leave out the factor: the peak is 1."
)
def gaussian_is_a_density(x):
    out = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    return out, (x, out)


@misconception(
    "gaussian_activation", "The answer grows: the exponent is x^2. Square first, then take the minus: -(x^2)."
)
def gaussian_explodes(x):
    with np.errstate(over="ignore"):
        out = np.exp((-x) ** 2)
    return out, (x, out)


@misconception("gaussian_activation", "The exponent is -|x|, which has a peak with a corner. It is -x^2.")
def gaussian_with_a_corner(x):
    out = np.exp(-np.abs(x))
    return out, (x, out)


@misconception("gaussian_gradient", "The gradient is half of what it should be. The derivative of -x^2 is -2 x.")
def gaussian_slope_without_two(dout, cache):
    return functions.gaussian_gradient(dout, cache) / 2


@misconception("gaussian_gradient", "The gradient has the wrong sign. The derivative of -x^2 is -2 x.")
def gaussian_slope_without_sign(dout, cache):
    return -functions.gaussian_gradient(dout, cache)


@misconception("gaussian_gradient", "The inner derivative is missing. Multiply by that of the exponent, -2 x.")
def gaussian_slope_without_inner_derivative(dout, cache):
    return dout * cache[1]


@misconception("gaussian_gradient", "This is the derivative of the exponent alone. Multiply it by e^(-x^2).")
def gaussian_slope_of_the_exponent(dout, cache):
    return dout * -2 * cache[0]


# functions.py: softmax and log-softmax


@misconception(
    "softmax_activation", "Large scores give NaN. Subtract the largest score of each slice before the exponentials."
)
def softmax_not_shifted(x, *, dim=-1):
    with np.errstate(over="ignore", invalid="ignore"):
        out = np.exp(x) / np.exp(x).sum(axis=dim, keepdims=True)
    return out, (out, dim)


@misconception(
    "softmax_activation",
    "The largest score of the whole array is subtracted, and slices far below it become 0 divided by 0. Subtract "
    "the largest of each slice.",
    source="https://manongdao.com/q-672019.html",
)
def softmax_shifted_by_one_maximum(x, *, dim=-1):
    e = np.exp(x - x.max(initial=-np.inf))
    with np.errstate(invalid="ignore"):
        out = e / e.sum(axis=dim, keepdims=True)
    return out, (out, dim)


@misconception("softmax_activation", "The softmax always goes along the last axis. Let it go along dim.")
def softmax_along_the_last_axis(x, *, dim=-1):
    return functions.softmax_activation(x)


@misconception("softmax_activation", "The softmax always goes along the first axis. Let it go along dim.")
def softmax_along_the_first_axis(x, *, dim=-1):
    return functions.softmax_activation(x, dim=0) if len(x) else (x, (x, dim))


@misconception(
    "softmax_activation",
    "The sum goes over the whole array. Take it along dim: each slice adds up to 1 by itself.",
    source="https://stackoverflow.com/questions/34968722/how-to-implement-the-softmax-function-in-python",
)
def softmax_over_everything(x, *, dim=-1):
    e = np.exp(x - x.max(initial=-np.inf))
    return e / e.sum(), (e / e.sum(), dim)


@misconception(
    "softmax_activation", "The scores are divided by their sum. Divide their exponentials by the sum of those."
)
def softmax_without_exponentials(x, *, dim=-1):
    out = x / x.sum(axis=dim, keepdims=True)
    return out, (out, dim)


@misconception(
    "softmax_activation",
    "The largest score is subtracted in the numerator only. Subtract it in the denominator, too.",
    source="https://www.delftstack.com/howto/numpy/numpy-softmax/",
)
def softmax_shifted_above_the_line(x, *, dim=-1):
    with np.errstate(over="ignore", invalid="ignore"):
        out = np.exp(x - x.max(axis=dim, keepdims=True)) / np.exp(x).sum(axis=dim, keepdims=True)
    return out, (out, dim)


@misconception(
    "softmax_activation",
    "What is subtracted is the largest along another axis, so it differs within a slice. Take it along dim.",
    source="https://stackoverflow.com/questions/34968722/how-to-implement-the-softmax-function-in-python",
)
def softmax_shifted_along_the_wrong_axis(x, *, dim=-1):
    e = np.exp(x - x.max(axis=(dim + 1) % x.ndim, keepdims=True, initial=-1e4))
    with np.errstate(invalid="ignore"):
        out = e / e.sum(axis=dim, keepdims=True)
    return out, (out, dim)


@misconception(
    "softmax_gradient",
    "This is dout * s (1 - s), as if each score moved its own probability only. Each moves all: subtract the "
    "weighted mean of dout.",
)
def softmax_slope_element_by_element(dout, cache):
    return dout * cache[0] * (1 - cache[0])


@misconception(
    "softmax_gradient", "This is s - dout, for a target. dout is any gradient: weight it with s, slice by slice."
)
def softmax_slope_for_a_target(dout, cache):
    return cache[0] - dout


@misconception(
    "softmax_gradient", "Nothing is subtracted from dout. Subtract the sum of dout * s over the slice first."
)
def softmax_slope_without_the_sum(dout, cache):
    return dout * cache[0]


@misconception("softmax_gradient", "The plain sum of dout is subtracted. Subtract the sum of dout * s.")
def softmax_sum_not_weighted(dout, cache):
    out, dim = cache
    return out * (dout - dout.sum(axis=dim, keepdims=True))


@misconception(
    "softmax_gradient", "The sum always goes along the last axis. Take it along the dim of the forward pass."
)
def softmax_sum_along_the_last_axis(dout, cache):
    return functions.softmax_gradient(dout, (cache[0], -1))


@misconception("softmax_gradient", "The sum goes over the whole array. Take it along the dim of the forward pass.")
def softmax_sum_over_everything(dout, cache):
    return cache[0] * (dout - (dout * cache[0]).sum())


@misconception(
    "softmax_gradient",
    "This is the gradient of log-softmax. Weight dout with s in the sum, and multiply the difference by s.",
)
def softmax_slope_of_the_logarithm(dout, cache):
    out, dim = cache
    return dout - out * dout.sum(axis=dim, keepdims=True)


@misconception(
    "softmax_gradient",
    "The terms of the sum overwrite one another, and the last one is left. Add them up.",
    source="https://newbe.dev/numpy-calculate-the-derivative-of-the-softmax-function",
)
def softmax_last_term_only(dout, cache):
    out, dim = cache
    last = np.moveaxis(out, dim, -1)[..., -1:] if out.size else out
    slope = -np.moveaxis(out, dim, -1) * last
    if out.size:
        slope[..., -1:] += last
    return dout * np.moveaxis(slope, -1, dim)


@misconception(
    "log_softmax_activation",
    "This is the logarithm of a probability that may be 0. Subtract the logarithm of the sum from the shifted score.",
)
def logarithm_of_the_softmax(x, *, dim=-1):
    with np.errstate(divide="ignore"):
        out = np.log(functions.softmax_activation(x, dim=dim)[0])
    return out, (out, dim)


@misconception(
    "log_softmax_activation",
    "A small number is added inside the logarithm. That changes the answers: subtract the logarithm of the sum "
    "from the shifted score.",
)
def logarithm_with_an_epsilon(x, *, dim=-1):
    out = np.log(functions.softmax_activation(x, dim=dim)[0] + 1e-8)
    return out, (out, dim)


@misconception(
    "log_softmax_activation",
    "Large scores give infinity or NaN. Subtract the largest score of each slice before the exponentials.",
)
def log_softmax_not_shifted(x, *, dim=-1):
    with np.errstate(over="ignore"):
        out = x - np.log(np.exp(x).sum(axis=dim, keepdims=True))
    return out, (out, dim)


@misconception(
    "log_softmax_activation", "The largest score is subtracted inside the sum only. Subtract it from the score, too."
)
def log_softmax_shifted_once(x, *, dim=-1):
    out = x - np.log(np.exp(x - x.max(axis=dim, keepdims=True)).sum(axis=dim, keepdims=True))
    return out, (out, dim)


@misconception("log_softmax_activation", "The sum always goes along the last axis. Let it go along dim.")
def log_softmax_along_the_last_axis(x, *, dim=-1):
    return functions.log_softmax_activation(x)


@misconception("log_softmax_activation", "These are the probabilities. Return their logarithms.")
def log_softmax_is_softmax(x, *, dim=-1):
    out, _ = functions.softmax_activation(x, dim=dim)
    return out, (out, dim)


@misconception(
    "log_softmax_gradient",
    "The probabilities are subtracted as they are. Multiply them by the sum of dout over the slice first.",
)
def log_softmax_without_the_sum(dout, cache):
    return dout - np.exp(cache[0])


@misconception(
    "log_softmax_gradient",
    "This is dout (1 - s), as if each score moved its own answer only. Subtract s times the sum of dout over the "
    "slice.",
)
def log_softmax_element_by_element(dout, cache):
    return dout * (1 - np.exp(cache[0]))


@misconception(
    "log_softmax_gradient",
    "The output is used as the probabilities. It is their logarithms: take the exponential first.",
)
def log_softmax_with_logarithms(dout, cache):
    out, dim = cache
    return dout - out * dout.sum(axis=dim, keepdims=True)


@misconception(
    "log_softmax_gradient", "The sum always goes along the last axis. Take it along the dim of the forward pass."
)
def log_softmax_sum_along_the_last_axis(dout, cache):
    return functions.log_softmax_gradient(dout, (cache[0], -1))


@misconception(
    "log_softmax_gradient", "This is the gradient of the softmax. Subtract s times the plain sum of dout here."
)
def log_softmax_slope_of_the_softmax(dout, cache):
    return functions.softmax_gradient(dout, (np.exp(cache[0]), cache[1]))


# functions.py: the rectifiers


@misconception("relu_activation", "This is the absolute value. ReLU makes negative numbers 0.")
def relu_is_absolute(x):
    return np.abs(x), x


@misconception("relu_activation", "This is the step. ReLU passes positive numbers as they are.")
def relu_is_a_step(x):
    return (x > 0).astype(x.dtype), x


@misconception(
    "relu_activation", "This is min(0, x), which passes the negative numbers. ReLU passes the positive ones."
)
def relu_turned_round(x):
    return np.minimum(x, 0), x


@misconception("relu_activation", "Negative numbers are not 0. This is the plain ReLU, without a slope there.")
def relu_leaks(x):
    return functions.leaky_relu_activation(x)[0], x


@misconception("relu_gradient", "The slope at exactly 0 is 1 here. By convention, torch's too, it is 0.")
def relu_slope_one_at_zero(dout, cache):
    return np.where(cache >= 0, dout, 0)


@misconception("relu_gradient", "The gradient passes where dout is positive. Let it pass where the input was positive.")
def relu_of_the_gradient(dout, cache):
    return np.maximum(dout, 0)


@misconception("relu_gradient", "The upstream gradient is missing. Multiply the slope by dout.")
def relu_slope_without_upstream(dout, cache):
    return (cache > 0).astype(dout.dtype)


@misconception("relu_gradient", "dout is multiplied by the output. The slope is 1 where x > 0, however large x is.")
def relu_times_the_output(dout, cache):
    return dout * np.maximum(cache, 0)


@misconception("relu_gradient", "The gradient passes everywhere. Stop it where the input was not positive.")
def relu_lets_everything_pass(dout, cache):
    return dout.copy()


@misconception(
    "relu_gradient",
    "dout is overwritten where the input was negative. It belongs to the caller: make a new array.",
    source="https://stackoverflow.com/questions/50121887/relu-derivative-with-numpy",
)
def relu_gradient_in_place(dout, cache):
    dout[cache <= 0] = 0
    return dout


@misconception(
    "leaky_relu_activation",
    "A ReLU comes first, and nothing negative is left for the slope. Multiply x itself by the slope.",
    source="https://github.com/tflearn/tflearn/pull/784",
)
def leaky_after_relu(x, *, negative_slope=0.01):
    positive = np.maximum(x, 0)
    return np.where(positive > 0, positive, negative_slope * positive), (x, negative_slope)


@misconception(
    "leaky_relu_activation",
    "The slope is on the positive side. It belongs to the negative side: positive numbers pass as they are.",
)
def leaky_slope_on_the_positive_side(x, *, negative_slope=0.01):
    return np.where(x > 0, negative_slope * x, x), (x, negative_slope)


@misconception("leaky_relu_activation", "The slope is always 0.01. Use the argument.")
def leaky_slope_ignored(x, *, negative_slope=0.01):
    return functions.leaky_relu_activation(x)


@misconception(
    "leaky_relu_activation", "Negative numbers become positive. Multiply them by the slope, and keep their sign."
)
def leaky_sign_lost(x, *, negative_slope=0.01):
    return np.where(x > 0, x, -negative_slope * x), (x, negative_slope)


@misconception(
    "leaky_relu_activation", "The larger of x and slope * x is right for slopes up to 1 only. Decide by the sign of x."
)
def leaky_by_maximum(x, *, negative_slope=0.01):
    return np.maximum(x, negative_slope * x), (x, negative_slope)


@misconception("leaky_relu_activation", "Every negative number becomes negative_slope. Multiply the number by it.")
def leaky_constant(x, *, negative_slope=0.01):
    return np.where(x > 0, x, x.dtype.type(negative_slope)), (x, negative_slope)


@misconception("leaky_relu_gradient", "Nothing passes on the negative side. The slope there is negative_slope.")
def leaky_gradient_of_relu(dout, cache):
    return functions.relu_gradient(dout, cache[0])


@misconception("leaky_relu_gradient", "The slope at exactly 0 is 1 here. As in torch it is negative_slope.")
def leaky_slope_one_at_zero(dout, cache):
    return np.where(cache[0] >= 0, dout, cache[1] * dout)


@misconception(
    "leaky_relu_gradient", "dout itself goes through leaky ReLU. The sign of the input decides, not the sign of dout."
)
def leaky_of_the_gradient(dout, cache):
    return functions.leaky_relu_activation(dout, negative_slope=cache[1])[0]


@misconception(
    "leaky_relu_gradient",
    "On the negative side dout is multiplied by x, too. Leave x out: the slope is negative_slope.",
)
def leaky_slope_times_input(dout, cache):
    return np.where(cache[0] > 0, dout, cache[1] * cache[0] * dout)


@misconception("leaky_relu_gradient", "On the negative side dout is missing. Multiply it by the slope.")
def leaky_slope_without_upstream(dout, cache):
    return np.where(cache[0] > 0, dout, dout.dtype.type(cache[1]))


@misconception(
    "leaky_relu_gradient",
    "The sign of the output decides here. Let that of the input decide: with a negative slope the output is "
    "positive on both sides.",
    source="https://github.com/pytorch/pytorch/issues/31938",
)
def leaky_sign_of_the_output(dout, cache):
    x, negative_slope = cache
    return np.where(
        functions.leaky_relu_activation(x, negative_slope=negative_slope)[0] > 0, dout, negative_slope * dout
    )


@misconception(
    "leaky_relu_gradient",
    "The slope on the way back is always 0.01. It is that of the forward pass: keep it in the cache.",
    source="https://github.com/deeplearning4j/deeplearning4j/issues/8178",
)
def leaky_slope_back_is_fixed(dout, cache):
    return functions.leaky_relu_gradient(dout, (cache[0], 0.01))


@misconception(
    "prelu_activation",
    "The slopes are on the positive side. They belong to the negative side: positive numbers pass as they are.",
)
def prelu_slope_on_the_positive_side(x, weight):
    return -functions.prelu_activation(-x, weight)[0], functions.prelu_activation(x, weight)[1]


@misconception("prelu_activation", "Only the first slope is used. Give every channel its own.")
def prelu_first_slope_only(x, weight):
    functions.prelu_activation(x, weight)
    return functions.prelu_activation(x, weight[:1])


@misconception("prelu_activation", "The slopes are averaged. Give every channel its own.")
def prelu_mean_slope(x, weight):
    functions.prelu_activation(x, weight)
    return functions.prelu_activation(x, weight.mean(keepdims=True))


@misconception("prelu_activation", "Negative numbers become positive. Multiply them by the slope, and keep their sign.")
def prelu_sign_lost(x, weight):
    return functions.prelu_activation(x, -weight)


@misconception(
    "prelu_activation",
    "A number of slopes that does not fit is accepted. Raise a ValueError unless there is one, or one per channel.",
)
def prelu_takes_any_number_of_slopes(x, weight):
    if len(weight) in (1, x.shape[1]):
        return functions.prelu_activation(x, weight)
    return functions.prelu_activation(x, np.resize(weight, x.shape[1]))


def slopes_gradient(dout, cache, count):
    """Return the gradients of PReLU, with one more factor for that of the slopes."""
    dx, dweight = functions.prelu_gradient(dout, cache)
    return dx, (dweight / count).astype(dout.dtype)


@misconception(
    "prelu_gradient",
    "The slopes' gradient is not summed over the batch. Sum it over the examples and positions: all use the same "
    "slopes.",
)
def prelu_slopes_not_summed(dout, cache):
    return functions.prelu_gradient(dout, cache)[0], dout * np.minimum(cache[0], 0)


@misconception("prelu_gradient", "The slopes' gradient is a mean over the batch. Take the sum.")
def prelu_slopes_averaged(dout, cache):
    return slopes_gradient(dout, cache, len(dout))


@misconception(
    "prelu_gradient",
    "The slopes' gradient counts positive inputs, too. Leave them out: they are not multiplied by the slope.",
)
def prelu_slopes_hear_of_positive_inputs(dout, cache):
    x, slope = cache
    products = (dout * x).sum(axis=(0, *range(2, x.ndim)))
    dweight = products if len(slope) > 1 else products.sum(keepdims=True)
    return functions.prelu_gradient(dout, cache)[0], dweight


@misconception("prelu_gradient", "The slopes' gradient lacks the upstream gradient. Sum dout * x.")
def prelu_slopes_without_upstream(dout, cache):
    return functions.prelu_gradient(dout, cache)[0], functions.prelu_gradient(np.ones_like(dout), cache)[1]


@misconception(
    "prelu_gradient", "The slopes' gradient has the slope as a factor. Leave it out: the derivative of slope * x is x."
)
def prelu_slopes_times_slopes(dout, cache):
    dx, dweight = functions.prelu_gradient(dout, cache)
    return dx, dweight * cache[1].ravel()


@misconception("prelu_gradient", "A single slope gets one gradient per channel. Sum over the channels, too.")
def prelu_shared_slope_not_summed(dout, cache):
    x, _ = cache
    return functions.prelu_gradient(dout, cache)[0], (dout * np.minimum(x, 0)).sum(axis=(0, *range(2, x.ndim)))


@misconception("prelu_gradient", "Nothing passes to negative inputs. Multiply dout by the slope there.")
def prelu_stops_at_negative_inputs(dout, cache):
    return np.where(cache[0] > 0, dout, 0), functions.prelu_gradient(dout, cache)[1]


# functions.py: the smooth rectifiers


@misconception("elu_activation", "Alpha is ignored. Multiply e^x - 1 by it.")
def elu_alpha_ignored(x, *, alpha=1.0):
    return functions.elu_activation(x)


@misconception("elu_activation", "The -1 is missing, and the curve jumps at 0. It is alpha * (e^x - 1).")
def elu_without_minus_one(x, *, alpha=1.0):
    return np.where(x > 0, x, alpha * np.exp(np.minimum(x, 0))), (x, alpha)


@misconception("elu_activation", "The 1 is not multiplied by alpha: alpha * e^x - 1. It is alpha * (e^x - 1).")
def elu_one_outside(x, *, alpha=1.0):
    return np.where(x > 0, x, alpha * np.exp(np.minimum(x, 0)) - 1), (x, alpha)


@misconception("elu_activation", "This is CELU, with x / alpha in the exponent. Use x itself there.")
def elu_is_celu(x, *, alpha=1.0):
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / alpha)), (x, alpha)


@misconception(
    "elu_activation",
    "Large numbers give NaN: 0 times infinity. Cut x off at 0 before the exponential, and choose between the two "
    "sides.",
)
def elu_by_multiplying_masks(x, *, alpha=1.0):
    with np.errstate(over="ignore", invalid="ignore"):
        return (x > 0) * x + (x <= 0) * (alpha * np.expm1(x)), (x, alpha)


@misconception("elu_gradient", "Alpha is missing. The slope for x <= 0 is alpha * e^x.")
def elu_slope_without_alpha(dout, cache):
    return functions.elu_gradient(dout, (cache[0], 1.0))


@misconception("elu_gradient", "out + 1 is the slope for alpha = 1 only. It is out + alpha, which is alpha * e^x.")
def elu_slope_of_output_plus_one(dout, cache):
    return dout * np.where(cache[0] > 0, 1, functions.elu_activation(cache[0], alpha=cache[1])[0] + 1)


@misconception("elu_gradient", "On the negative side this is the value of ELU. Its slope is alpha * e^x.")
def elu_value_for_slope(dout, cache):
    return dout * np.where(cache[0] > 0, 1, functions.elu_activation(cache[0], alpha=cache[1])[0])


@misconception("elu_gradient", "The slope on the negative side is constant. It is alpha * e^x.")
def elu_constant_slope(dout, cache):
    return functions.leaky_relu_gradient(dout, cache)


@misconception("elu_gradient", "The slope at exactly 0 is 1 here. As in torch it is alpha.")
def elu_slope_one_at_zero(dout, cache):
    x, alpha = cache
    return dout * np.where(x >= 0, 1, alpha * np.exp(np.minimum(x, 0)))


@misconception(
    "elu_gradient",
    "Large numbers give NaN: 0 times infinity. Cut x off at 0 before the exponential, and choose between the two "
    "sides.",
    source="https://github.com/apache/mxnet/pull/14673",
)
def elu_slope_by_multiplying_masks(dout, cache):
    x, alpha = cache
    with np.errstate(over="ignore", invalid="ignore"):
        return dout * ((x > 0) + (x <= 0) * (alpha * np.exp(x)))


@misconception("silu_activation", "This is the sigmoid alone. Multiply it by x.")
def silu_is_sigmoid(x):
    out, _ = functions.sigmoid_activation(x)
    return out, (x, out)


@misconception(
    "silu_activation",
    "Large numbers give NaN: x e^x / (1 + e^x) is infinity divided by infinity. Use your stable sigmoid.",
)
def silu_overflows(x):
    with np.errstate(over="ignore", invalid="ignore"):
        sigmoid = np.exp(x) / (1 + np.exp(x))
    return x * sigmoid, (x, sigmoid)


@misconception(
    "silu_activation", "The weight is sigmoid(1.702 x), which belongs to an approximation of GELU. Use sigmoid(x)."
)
def silu_is_almost_gelu(x):
    sigmoid, _ = functions.sigmoid_activation(1.702 * x)
    return x * sigmoid, (x, sigmoid)


@misconception("silu_activation", "The weight is tanh(x). Use sigmoid(x).")
def silu_with_tanh(x):
    weight = np.tanh(x)
    return x * weight, (x, weight)


@misconception("silu_gradient", "The second term is missing: x also moves its weight. Add x s (1 - s).")
def silu_first_term_only(dout, cache):
    return dout * cache[1]


@misconception("silu_gradient", "The first term is missing: add s to x s (1 - s).")
def silu_second_term_only(dout, cache):
    return dout * cache[0] * cache[1] * (1 - cache[1])


@misconception("silu_gradient", "The two slopes are multiplied. The product rule adds s and x s (1 - s).")
def silu_slopes_multiplied(dout, cache):
    return dout * cache[1] * (1 - cache[1])


@misconception("silu_gradient", "The second term lacks (1 - s): the slope of the sigmoid is s (1 - s).")
def silu_without_complement(dout, cache):
    return dout * (cache[1] + cache[0] * cache[1])


@misconception(
    "gelu_activation", "This is the tanh form, but the exact one is the default. Use the error function there."
)
def gelu_always_tanh(x, *, approximate="none"):
    functions.gelu_activation(x[:0], approximate=approximate)
    return functions.gelu_activation(x, approximate="tanh")


@misconception(
    "gelu_activation", "The form is ignored: this is always the exact one. Use the one that `approximate` names."
)
def gelu_always_exact(x, *, approximate="none"):
    functions.gelu_activation(x[:0], approximate=approximate)
    return functions.gelu_activation(x)


@misconception("gelu_activation", "The root of 2 is missing. Take the error function of x / sqrt(2).")
def gelu_without_the_root(x, *, approximate="none"):
    if approximate == "none":
        return x / 2 * (1 + functions.erf(x)), (x, approximate)
    return functions.gelu_activation(x, approximate=approximate)


@misconception("gelu_activation", "This is x sigmoid(1.702 x), a rough approximation. Use the error function.")
def gelu_by_sigmoid(x, *, approximate="none"):
    if approximate == "none":
        return x * functions.sigmoid_activation(1.702 * x)[0], (x, approximate)
    return functions.gelu_activation(x, approximate=approximate)


@misconception(
    "gelu_activation",
    "The answer is float64 for a float32 input. Keep every array in the dtype of x and every constant a Python number.",
)
def gelu_lifted_by_a_constant(x, *, approximate="none"):
    out, cache = functions.gelu_activation(x, approximate=approximate)
    return out * np.float64(1.0), cache


@misconception("gelu_activation", "Any other form is computed as the exact one. Raise a ValueError for it.")
def gelu_takes_any_form(x, *, approximate="none"):
    return functions.gelu_activation(x, approximate="tanh" if approximate == "tanh" else "none")


@misconception("gelu_gradient", "The second term is missing: x also moves its weight. Add x times the density.")
def gelu_first_term_only(dout, cache):
    x, approximate = cache
    if approximate == "tanh":
        return dout * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2
    return dout * (1 + functions.erf(x / math.sqrt(2))) / 2


@misconception(
    "gelu_gradient",
    "The form is ignored: this is the slope of the exact one. Keep the form in the cache, and use its slope.",
)
def gelu_slope_always_exact(dout, cache):
    return functions.gelu_gradient(dout, (cache[0], "none"))


@misconception("gelu_gradient", "This is the slope of the tanh form. The exact form has its own, with the density.")
def gelu_slope_always_tanh(dout, cache):
    return functions.gelu_gradient(dout, (cache[0], "tanh"))


@misconception("gelu_gradient", "The second term lacks its factor x. Add x times the density, not the density alone.")
def gelu_density_without_its_factor(dout, cache):
    x, approximate = cache
    if approximate == "tanh":
        return functions.gelu_gradient(dout, cache)
    weight = (1 + functions.erf(x / math.sqrt(2))) / 2
    return dout * (weight + np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi))


@misconception("gelu_gradient", "The density lacks its factor. Divide it by sqrt(2 pi).")
def gelu_density_not_normalized(dout, cache):
    x, approximate = cache
    if approximate == "tanh":
        return functions.gelu_gradient(dout, cache)
    return dout * ((1 + functions.erf(x / math.sqrt(2))) / 2 + x * np.exp(-(x**2) / 2))


@misconception("gelu_gradient", "The inner derivative lacks the cube's part: 1 + 3 * 0.044715 x^2.")
def gelu_cube_forgotten(dout, cache):
    x, approximate = cache
    if approximate == "none":
        return functions.gelu_gradient(dout, cache)
    scale = math.sqrt(2 / math.pi)
    t = np.tanh(scale * (x + 0.044715 * x**3))
    return dout * ((1 + t) / 2 + x / 2 * (1 - t**2) * scale)


# functions.py: the sine


@misconception("sine_activation", "Omega is ignored. It multiplies x inside the sine.")
def sine_omega_ignored(x, *, omega=1.0):
    return functions.sine_activation(x)


@misconception("sine_activation", "Omega multiplies the sine. It belongs inside: it is the frequency.")
def sine_omega_outside(x, *, omega=1.0):
    return omega * np.sin(x), (x, omega)


@misconception("sine_activation", "This is the cosine, 1 at zero. The sine is 0 there.")
def sine_is_cosine(x, *, omega=1.0):
    return np.cos(omega * x), (x, omega)


@misconception("sine_activation", "2 pi is multiplied in. Leave it out: omega counts radians, not turns.")
def sine_in_turns(x, *, omega=1.0):
    return np.sin(2 * math.pi * omega * x), (x, omega)


@misconception("sine_gradient", "The inner derivative is missing. Multiply by omega.")
def sine_slope_without_omega(dout, cache):
    return functions.sine_gradient(dout, cache) / cache[1]


@misconception("sine_gradient", "The gradient has the wrong sign. The derivative of the sine is plus the cosine.")
def sine_slope_turned_round(dout, cache):
    return -functions.sine_gradient(dout, cache)


@misconception("sine_gradient", "Omega is missing inside the cosine. Take the cosine of omega * x.")
def sine_slope_at_another_place(dout, cache):
    return dout * cache[1] * np.cos(cache[0])


@misconception("sine_gradient", "The upstream gradient is missing. Multiply the slope by dout.")
def sine_slope_without_upstream(dout, cache):
    return functions.sine_gradient(np.ones_like(dout), cache)


# vanishing.py


@misconception("deep_forward", "The layers are always sigmoids. Use the activation that is named.")
def deep_always_sigmoid(x, weights, *, activation="sigmoid"):
    return vanishing.deep_forward(x, weights)


@misconception("deep_forward", "The last layer has no activation. Here every layer has one: add it.")
def deep_linear_at_the_end(x, weights, *, activation="sigmoid"):
    h, cache = vanishing.deep_forward(x, weights[:-1], activation=activation)
    return h @ weights[-1].T, cache


@misconception(
    "deep_forward",
    "There is no activation between the layers, which makes them one linear layer. Apply it after every layer.",
)
def deep_linear(x, weights, *, activation="sigmoid"):
    h = x
    for weight in weights:
        h = h @ weight.T
    return h, (activation, [])


@misconception("deep_forward", "The first layer has no activation. Begin the loop with it.")
def deep_linear_at_the_beginning(x, weights, *, activation="sigmoid"):
    return vanishing.deep_forward(x @ weights[0].T, weights[1:], activation=activation)


def propagated(dout, cache, *, slope_everywhere=True, scale=1.0):
    """Run the backward pass, without slopes or with rescaled gradients of the weights."""
    activation, layers = cache
    backward = vanishing.ACTIVATIONS[activation][1]
    dweights = []
    for h, weight, layer_cache in reversed(layers):
        dz = backward(dout, layer_cache) if slope_everywhere else dout
        dweights.append((scale * dz.T @ h).astype(dout.dtype))
        dout = dz @ weight
    return dout, dweights[::-1]


@misconception("deep_backward", "The gradients are in the order of the backward pass. Return the first layer's first.")
def deep_gradients_turned_round(dout, cache):
    dx, dweights = vanishing.deep_backward(dout, cache)
    return dx, dweights[::-1]


@misconception("deep_backward", "The activation's slope is left out. Multiply the gradient by it in every layer.")
def deep_slopes_left_out(dout, cache):
    return propagated(dout, cache, slope_everywhere=False)


@misconception(
    "deep_backward",
    "The weights' gradients are means over the batch. Only sum: dout already says how each example counts.",
)
def deep_means_over_the_batch(dout, cache):
    return propagated(dout, cache, scale=1 / len(dout))


@misconception("deep_backward", "The gradients of the weights are transposed. They have the weights' shape, (out, in).")
def deep_gradients_transposed(dout, cache):
    dx, dweights = vanishing.deep_backward(dout, cache)
    return dx, [dweight.T for dweight in dweights]


@misconception(
    "deep_backward",
    "The slope of the last layer is left out. That layer has an activation, too: multiply by its slope.",
)
def deep_slope_of_the_last_layer_left_out(dout, cache):
    activation, layers = cache
    h, weight, _ = layers[-1]
    dx, dweights = vanishing.deep_backward(dout @ weight, (activation, layers[:-1]))
    return dx, [*dweights, dout.T @ h]


@misconception("gradient_norms", "These are squared norms. Take the root.")
def norms_squared(x, weights, dout, *, activation="sigmoid"):
    return vanishing.gradient_norms(x, weights, dout, activation=activation) ** 2


@misconception("gradient_norms", "The last layer's norm comes first. Return the first layer's first.")
def norms_turned_round(x, weights, dout, *, activation="sigmoid"):
    return vanishing.gradient_norms(x, weights, dout, activation=activation)[::-1]


@misconception("gradient_norms", "The network is always of sigmoids. Pass the activation's name on.")
def norms_of_sigmoids(x, weights, dout, *, activation="sigmoid"):
    return vanishing.gradient_norms(x, weights, dout)


@misconception("gradient_norms", "These are the norms of the weights. Return those of their gradients.")
def norms_of_the_weights(x, weights, dout, *, activation="sigmoid"):
    return np.array([np.linalg.norm(weight) for weight in weights])


@misconception("gradient_norms", "This is the largest singular value. Take the root of the sum of all squares.")
def norms_spectral(x, weights, dout, *, activation="sigmoid"):
    _, cache = vanishing.deep_forward(x, weights, activation=activation)
    return np.array([np.linalg.norm(dweight, 2) for dweight in vanishing.deep_backward(dout, cache)[1]])


@misconception("gradient_norms", "These are means of absolute values. Take the root of the sum of the squares.")
def norms_as_means(x, weights, dout, *, activation="sigmoid"):
    _, cache = vanishing.deep_forward(x, weights, activation=activation)
    return np.array([np.abs(dweight).mean() for dweight in vanishing.deep_backward(dout, cache)[1]])


@misconception(
    "factor_per_layer",
    "The quotient is upside down. Divide the first norm by the last: the gradient goes from the last layer to "
    "the first.",
)
def factor_upside_down(norms):
    return 1 / vanishing.factor_per_layer(norms)


@misconception(
    "factor_per_layer", "The root is of degree L. Take that of degree L - 1: so many steps are between L layers."
)
def factor_with_one_step_too_many(norms):
    vanishing.factor_per_layer(norms)
    return (norms[0] / norms[-1]) ** (1 / len(norms))


@misconception(
    "factor_per_layer",
    "This is the mean of the ratios. Factors multiply: take the root of the first norm divided by the last.",
)
def factor_as_a_mean(norms):
    vanishing.factor_per_layer(norms)
    return np.mean(norms[:-1] / norms[1:])


@misconception("factor_per_layer", "This is the factor of all steps together. Take its root of degree L - 1.")
def factor_of_all_steps(norms):
    vanishing.factor_per_layer(norms)
    return norms[0] / norms[-1]


@misconception("factor_per_layer", "The quotient is divided by L - 1. Factors multiply: take the root of degree L - 1.")
def factor_divided(norms):
    vanishing.factor_per_layer(norms)
    return norms[0] / norms[-1] / (len(norms) - 1)


@misconception("factor_per_layer", "A single layer is accepted, which has no steps. Raise a ValueError for it.")
def factor_of_a_single_layer(norms):
    return vanishing.factor_per_layer(norms) if len(norms) > 1 else norms[0] / norms[0]


# fast.py


@misconception(
    "softmax_cross_entropy_fast",
    "Large logits give infinity or NaN. Subtract the largest logit of each row before the exponentials.",
)
def fast_loss_overflows(logits, labels):
    exps = torch.exp(logits)
    rows, totals = torch.arange(len(logits)), exps.sum(dim=1, keepdim=True)
    dlogits = exps / totals
    dlogits[rows, labels] -= 1
    return (totals.log()[:, 0] - logits[rows, labels]).mean(), dlogits / len(logits)


@misconception(
    "softmax_cross_entropy_fast",
    "The largest logit of the batch is subtracted, and rows far below it become 0 divided by 0. Subtract the "
    "largest of each row.",
)
def fast_loss_with_one_maximum(logits, labels):
    largest = logits.max()
    loss, dlogits = fast_loss_overflows(logits - largest, labels)
    return loss, dlogits


@misconception(
    "softmax_cross_entropy_fast",
    "The loss is a mean, but its gradient is not divided by the number of examples. Divide it by N.",
)
def fast_gradient_of_the_sum(logits, labels):
    loss, dlogits = fast.softmax_cross_entropy_fast(logits, labels)
    return loss, dlogits * len(logits)


@misconception("softmax_cross_entropy_fast", "The losses are added up. Return their mean over the examples.")
def fast_loss_as_a_sum(logits, labels):
    loss, dlogits = fast.softmax_cross_entropy_fast(logits, labels)
    return loss * len(logits), dlogits


@misconception("softmax_cross_entropy_fast", "The gradient lacks the one-hot labels. Subtract 1 at the right class.")
def fast_gradient_without_labels(logits, labels):
    loss, _ = fast.softmax_cross_entropy_fast(logits, labels)
    return loss, torch.exp(logits - logits.logsumexp(dim=1, keepdim=True)) / len(logits)


@misconception(
    "softmax_cross_entropy_fast", "This is the logarithm of a probability that may be 0. Subtract logarithms instead."
)
def fast_loss_from_probabilities(logits, labels):
    _, dlogits = fast.softmax_cross_entropy_fast(logits, labels)
    probabilities = torch.exp(logits - logits.logsumexp(dim=1, keepdim=True))
    return -probabilities[torch.arange(len(logits)), labels].log().mean(), dlogits


@misconception(
    "softmax_cross_entropy_fast", "The gradient has the wrong sign. It is the softmax minus the one-hot labels."
)
def fast_gradient_turned_round(logits, labels):
    loss, dlogits = fast.softmax_cross_entropy_fast(logits, labels)
    return loss, -dlogits


@misconception("softmax_cross_entropy_fast", "The logits are overwritten. They belong to the caller: make one copy.")
def fast_loss_overwrites_logits(logits, labels):
    loss, dlogits = fast.softmax_cross_entropy_fast(logits, labels)
    return loss, logits.copy_(dlogits)


@misconception(
    "softmax_cross_entropy_fast",
    "The answer is float64 for float32 logits, or was computed so. Use the dtype of the logits: half as many bytes.",
)
def fast_loss_in_float64(logits, labels):
    return fast.softmax_cross_entropy_fast(logits.double(), labels)


@misconception("gelu_fast", "This is the approximation by a tanh. Use the error function.")
def fast_gelu_by_a_tanh(x, dout):
    scale = math.sqrt(2 / math.pi)
    bent = torch.tanh(scale * (x + 0.044715 * x**3))
    slope = scale * (1 + 3 * 0.044715 * x**2) * (1 - bent**2)
    return x * (1 + bent) / 2, dout * ((1 + bent) / 2 + x * slope / 2)


@misconception("gelu_fast", "This is x times the sigmoid of 1.702 x, an approximation. Use the error function.")
def fast_gelu_by_a_sigmoid(x, dout):
    gate = torch.sigmoid(1.702 * x)
    return x * gate, dout * (gate + 1.702 * x * gate * (1 - gate))


@misconception("gelu_fast", "The root of 2 is missing. Phi(x) takes the error function of x / sqrt(2).")
def fast_gelu_without_the_root_of_two(x, dout):
    below = (1 + torch.erf(x)) / 2
    return x * below, dout * (below + x * torch.exp(-(x**2)) / math.sqrt(math.pi))


@misconception("gelu_fast", "The slope lacks its second part: x occurs in Phi(x), too. Add x phi(x).")
def fast_gelu_with_half_the_slope(x, dout):
    return fast.gelu_fast(x, dout)[0], dout * torch.special.ndtr(x)


@misconception("gelu_fast", "The density lacks its factor. Divide it by the root of 2 pi.")
def fast_gelu_with_an_unscaled_density(x, dout):
    return fast.gelu_fast(x, dout)[0], dout * (torch.special.ndtr(x) + x * torch.exp(-(x**2) / 2))


@misconception("gelu_fast", "The exponent of the density is -x^2. It is -x^2 / 2.")
def fast_gelu_with_a_narrow_density(x, dout):
    out, _ = fast.gelu_fast(x, dout)
    return out, dout * (torch.special.ndtr(x) + x * torch.exp(-(x**2)) / math.sqrt(2 * math.pi))


@misconception("gelu_fast", "The upstream gradient is missing. Multiply the slope by dout.")
def fast_gelu_without_upstream(x, dout):
    return fast.gelu_fast(x, torch.ones_like(dout))


@misconception(
    "gelu_fast", "An argument is overwritten. Both belong to the caller: let the first operation make a new tensor."
)
def fast_gelu_overwrites_an_argument(x, dout):
    out, dx = fast.gelu_fast(x, dout)
    return x.copy_(out), dx


@misconception(
    "gelu_fast",
    "The answer is float64 for a float32 tensor, or was computed so. Use the dtype of x: half as many bytes.",
)
def fast_gelu_in_float64(x, dout):
    return fast.gelu_fast(x.double(), dout.double())


# softmax_triton.py: kernels, which only stand where Triton is installed


def kernels():
    from tests.hidden.activations import kernels

    return kernels


@misconception(
    "softmax_triton",
    "The lanes beyond the end of the slice hold 0 and are added up as e^0. Load -inf there: its exponential is 0.",
)
def triton_masks_with_zero(x, dim):
    return kernels().launch(kernels().masked_with, x, dim, OTHER=0.0)


@misconception(
    "softmax_triton",
    "The lanes beyond the end of the slice hold -1000, and scores below that are lost. Load -inf there: it is "
    "below every score.",
)
def triton_masks_with_a_finite_number(x, dim):
    return kernels().launch(kernels().masked_with, x, dim, OTHER=-1000.0)


@misconception(
    "softmax_triton", "Large scores give NaN. Subtract the largest score of the slice before the exponentials."
)
def triton_overflows(x, dim):
    return kernels().launch(kernels().without_maximum, x, dim)


@misconception("softmax_triton", "These are exponentials. Divide them by their sum, still inside the kernel.")
def triton_does_not_normalise(x, dim):
    return kernels().launch(kernels().not_normalised, x, dim)


@misconception(
    "softmax_triton",
    "The numbers of a slice are read as neighbours. Multiply by the stride from number to number: down a column "
    "they are not neighbours.",
)
def triton_forgets_the_item_stride(x, dim):
    return kernels().launch(kernels().masked_with, x, dim, OTHER=-math.inf, strides=(x.stride(1 - dim), 1))


@misconception(
    "softmax_triton", "Slices are read as if one began where the other ends. Multiply by the strides of the tensor."
)
def triton_takes_slices_as_contiguous(x, dim):
    return kernels().launch(kernels().masked_with, x, dim, OTHER=-math.inf, strides=(x.shape[dim], 1))


@misconception("softmax_triton", "Every row adds up to 1, whatever dim is. With dim 0, let every column add up to 1.")
def triton_ignores_dim(x, dim):
    return kernels().launch(kernels().masked_with, x, 1, OTHER=-math.inf)


@misconception(
    "softmax_triton", "The block has a fixed size, and longer slices lose their end. Take the next power of two."
)
def triton_with_a_fixed_block(x, dim):
    return kernels().launch(kernels().masked_with, x, dim, OTHER=-math.inf, block=1024)


@misconception("softmax_triton", "The answer is always float32. Make the tensor for it in the dtype of x.")
def triton_is_always_float32(x, dim):
    return kernels().launch(kernels().masked_with, x, dim, OTHER=-math.inf, out=torch.zeros(x.shape))


@misconception("softmax_triton", "The scores are overwritten. They belong to the caller: make a new tensor.")
def triton_overwrites_its_argument(x, dim):
    return kernels().launch(kernels().masked_with, x, dim, OTHER=-math.inf, out=x)
