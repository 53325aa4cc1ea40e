"""Other right answers: the suite must take them all. Each is named `<task>__<style>`."""

import math

import numpy as np
import torch

from solutions.activations import functions, vanishing, workloads

# functions: steps and curves


def step_activation__heaviside(x):
    return np.heaviside(x, 1).astype(x.dtype), x


def step_activation__zeros_and_a_mask(x):
    out = np.zeros_like(x)
    out[x >= 0] = 1
    return out, x.shape


def step_gradient__product_with_zero(dout, cache):
    return dout * 0


def step_gradient__new_array(dout, cache):
    return np.zeros(dout.shape, dtype=dout.dtype)


def sigmoid_activation__tanh(x):
    out = 0.5 * np.tanh(0.5 * x) + 0.5
    return out, out


def sigmoid_activation__masks(x):
    out = np.empty_like(x)
    out[x < 0] = np.exp(x[x < 0]) / (1 + np.exp(x[x < 0]))
    out[x >= 0] = 1 / (1 + np.exp(-x[x >= 0]))
    return out, out


def sigmoid_activation__logaddexp(x):
    out = np.exp(-np.logaddexp(0, -x))
    return out, (x, out)


def sigmoid_activation__overflow_to_infinity(x):
    return 1 / (1 + np.exp(-x)), x


def sigmoid_gradient__difference_of_squares(dout, cache):
    return (cache - cache**2) * dout


def sigmoid_gradient__in_place_on_a_copy(dout, cache):
    dx = dout.copy()
    dx *= cache
    dx *= 1 - cache
    return dx


def tanh_activation__exponentials(x):
    e = np.exp(-2 * abs(x))
    out = np.sign(x) * (1 - e) / (1 + e)
    return out, out


def tanh_activation__expm1(x):
    less = np.expm1(-2 * np.abs(x))
    return np.copysign(-less / (2 + less), x), x


def tanh_gradient__two_factors(dout, cache):
    return dout * (1 - cache) * (1 + cache)


def tanh_gradient__difference(dout, cache):
    return dout - dout * np.square(cache)


def gaussian_activation__product(x):
    return np.exp(-x * x), x


def gaussian_activation__reciprocal(x):
    out = 1 / np.exp(np.square(x))
    return out, (out, x)


def gaussian_gradient__slope_first(dout, cache):
    x, out = cache
    slope = -2.0 * np.multiply(x, out)
    return slope * dout


def gaussian_gradient__sum_of_two(dout, cache):
    half = -cache[0] * cache[1] * dout
    return half + half


# functions: softmax and its logarithm


def softmax_activation__logaddexp(x, *, dim=-1):
    out = np.exp(x - np.expand_dims(np.logaddexp.reduce(x, axis=dim), dim))
    return out, (out, dim)


def softmax_activation__slice_by_slice(x, *, dim=-1):
    scores = np.moveaxis(x, dim, -1)
    out = np.zeros_like(scores)
    for index in np.ndindex(scores.shape[:-1]):
        e = np.exp(scores[index] - max(scores[index]))
        out[index] = e / sum(e)
    return np.moveaxis(out, -1, dim), out


def softmax_activation__axis_moved_first(x, *, dim=-1):
    z = np.moveaxis(x, dim, 0)
    e = np.exp(z - np.max(z, axis=0))
    return np.moveaxis(e / np.sum(e, axis=0), 0, dim), None


def softmax_gradient__matrices(dout, cache):
    out, dim = cache
    s, d = np.moveaxis(out, dim, -1), np.moveaxis(dout, dim, -1)
    jacobian = s[..., :, None] * (np.eye(s.shape[-1], dtype=s.dtype) - s[..., None, :])
    return np.moveaxis(np.einsum("...i,...ij->...j", d, jacobian), -1, dim)


def softmax_gradient__product_minus_share(dout, cache):
    out, dim = cache
    product = np.multiply(out, dout)
    return product - out * np.sum(product, axis=dim, keepdims=True)


def log_softmax_activation__logaddexp(x, *, dim=-1):
    out = x - np.logaddexp.reduce(x, axis=dim, keepdims=True)
    return out, (out, dim)


def log_softmax_activation__axis_moved_last(x, *, dim=-1):
    z = np.moveaxis(x, dim, -1)
    top = z.max(axis=-1)[..., None]
    normal = top + np.log(np.sum(np.exp(z - top), axis=-1))[..., None]
    return np.moveaxis(z - normal, -1, dim), x


def log_softmax_gradient__axis_moved_last(dout, cache):
    out, dim = (np.moveaxis(cache[0], cache[1], -1), cache[1])
    d = np.moveaxis(dout, dim, -1)
    return np.moveaxis(d - d.sum(axis=-1)[..., None] * np.exp(out), -1, dim)


def log_softmax_gradient__matrices(dout, cache):
    out, dim = cache
    s, d = np.exp(np.moveaxis(out, dim, -1)), np.moveaxis(dout, dim, -1)
    jacobian = np.eye(s.shape[-1], dtype=s.dtype) - s[..., None, :]
    return np.moveaxis((d[..., None, :] @ jacobian)[..., 0, :], -1, dim)


# functions: ReLU and its kin


def relu_activation__where(x):
    return np.where(x > 0, x, 0), (x > 0,)


def relu_activation__half_of_sum_and_size(x):
    return (x + np.abs(x)) / 2, x


def relu_gradient__product(dout, cache):
    return dout * (cache > 0)


def relu_gradient__copy_and_assign(dout, cache):
    dx = dout.copy()
    dx[cache <= 0] = 0
    return dx


def leaky_relu_activation__two_halves(x, *, negative_slope=0.01):
    return np.maximum(x, 0) + negative_slope * np.minimum(x, 0), (negative_slope, x)


def leaky_relu_activation__copy_and_multiply(x, *, negative_slope=0.01):
    out = np.array(x)
    out[out < 0] *= negative_slope
    return out, None


def leaky_relu_gradient__slopes(dout, cache):
    x, negative_slope = cache
    slopes = np.full_like(x, negative_slope)
    slopes[x > 0] = 1
    return slopes * dout


def leaky_relu_gradient__masks_as_numbers(dout, cache):
    x, negative_slope = cache
    return dout * (x > 0) + negative_slope * dout * (x <= 0)


def prelu_activation__channel_by_channel(x, weight):
    if weight.size != 1 and weight.size != x.shape[1]:
        raise ValueError("slopes")
    out = x.copy()
    for channel in range(x.shape[1]):
        values = out[:, channel]
        out[:, channel] = np.where(values > 0, values, values * weight[channel % weight.size])
    return out, (x, weight)


def prelu_activation__axis_moved_last(x, weight):
    if len(weight) > 1 and len(weight) != x.shape[1]:
        raise ValueError("slopes")
    moved = np.moveaxis(x, 1, -1)
    return np.moveaxis(np.maximum(moved, 0) + np.minimum(moved, 0) * weight, -1, 1), None


def prelu_gradient__masks(dout, cache):
    x, slope = cache
    negative = x <= 0
    used = np.add.reduce(dout * x * negative, axis=0).reshape(x.shape[1], -1).sum(axis=1)
    return dout * (1 - negative + slope * negative).astype(x.dtype), used if slope.size > 1 else used.sum(keepdims=True)


def prelu_gradient__channel_by_channel(dout, cache):
    x, slope = cache
    weight, dx = slope.ravel(), dout.copy()
    dweight = np.zeros_like(weight)
    for channel in range(x.shape[1]):
        which, negative = channel % len(weight), x[:, channel] <= 0
        dweight[which] += (dout[:, channel] * x[:, channel])[negative].sum()
        dx[:, channel][negative] *= weight[which]
    return dx, dweight


def elu_activation__masks(x, *, alpha=1.0):
    out = x.copy()
    out[x <= 0] = alpha * np.expm1(x[x <= 0])
    return out, (x, alpha)


def elu_activation__two_halves(x, *, alpha=1.0):
    return np.maximum(x, 0) + alpha * np.expm1(-np.maximum(-x, 0)), x


def elu_gradient__two_branches(dout, cache):
    x, alpha = cache
    dx = dout.copy()
    dx[x <= 0] *= alpha * np.exp(x[x <= 0])
    return dx


def elu_gradient__from_the_output(dout, cache):
    x, alpha = cache
    out = functions.elu_activation(x, alpha=alpha)[0]
    return np.where(x > 0, dout, dout * (out + alpha))


# functions: smooth ones


def silu_activation__quotient(x):
    return x / (1 + np.exp(-x)), x


def silu_activation__tanh(x):
    half = x / 2
    return half + half * np.tanh(half), x


def silu_gradient__with_the_output(dout, cache):
    x, s = cache
    out = x * s
    return dout * (out + s * (1 - out))


def silu_gradient__one_bracket(dout, cache):
    x, s = cache
    return s * dout * (1 + x - x * s)


def _normal_probability(x):
    return np.array([math.erfc(-value / math.sqrt(2)) / 2 for value in x.ravel()], x.dtype).reshape(x.shape)


def gelu_activation__complementary_error_function(x, *, approximate="none"):
    if approximate not in ("none", "tanh"):
        raise ValueError(approximate)
    if approximate == "none":
        return x * _normal_probability(x), (x, approximate)
    inner = math.sqrt(2 / math.pi) * x * (1 + 0.044715 * x * x)
    return x * functions.sigmoid_activation(2 * inner)[0], (x, approximate)


def gelu_activation__table(x, *, approximate="none"):
    weights = {
        "none": lambda: functions.erf(x * 0.5**0.5),
        "tanh": lambda: np.tanh((2 / math.pi) ** 0.5 * (x + 0.044715 * np.power(x, 3))),
    }
    if approximate not in weights:
        raise ValueError(approximate)
    return 0.5 * x + 0.5 * x * weights[approximate](), None


def gelu_gradient__complementary_error_function(dout, cache):
    x, approximate = cache
    if approximate == "none":
        return _normal_probability(x) * dout + np.exp(-x * x / 2) / math.sqrt(2 * math.pi) * x * dout
    inner, dinner = math.sqrt(8 / math.pi) * (x + 0.044715 * x**3), math.sqrt(8 / math.pi) * (1 + 0.134145 * x**2)
    s = functions.sigmoid_activation(inner)[0]
    return dout * s + dout * x * dinner * s * (1 - s)


def gelu_gradient__product_rule_in_steps(dout, cache):
    x, approximate = cache
    if approximate == "none":
        weight = (1 + functions.erf(x / math.sqrt(2))) / 2
        dweight = np.exp(-0.5 * np.square(x)) * (2 * math.pi) ** -0.5
    else:
        t = np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))
        weight = 0.5 + t / 2
        dweight = 0.5 * (1 - t) * (1 + t) * math.sqrt(2 / math.pi) * (1 + 0.134145 * x * x)
    return dout * weight + dout * (x * dweight)


def sine_activation__shifted_cosine(x, *, omega=1.0):
    return np.cos(x * omega - math.pi / 2), (omega, x)


def sine_activation__imaginary_part(x, *, omega=1.0):
    return np.exp(1j * omega * x).imag.astype(x.dtype), None


def sine_gradient__shifted_sine(dout, cache):
    x, omega = cache
    return omega * (np.sin(omega * x + math.pi / 2) * dout)


def sine_gradient__real_part(dout, cache):
    x, omega = cache
    return (dout * omega * np.exp(1j * x * omega)).real.astype(dout.dtype)


# vanishing


def deep_forward__by_index(x, weights, *, activation="sigmoid"):
    inputs, caches = [x], []
    for index in range(len(weights)):
        out, cache = vanishing.ACTIVATIONS[activation][0](np.einsum("nd,md->nm", inputs[-1], weights[index]))
        inputs.append(out)
        caches.append(cache)
    return inputs[-1], (activation, list(zip(inputs[:-1], weights, caches, strict=True)))


def deep_forward__recursive(x, weights, *, activation="sigmoid"):
    if not weights:
        return x, (activation, [])
    h, (_, before) = deep_forward__recursive(x, weights[:-1], activation=activation)
    out, cache = vanishing.ACTIVATIONS[activation][0]((weights[-1] @ h.T).T)
    return out, (activation, [*before, (h, weights[-1], cache)])


def deep_backward__filled_from_the_end(dout, cache):
    activation, layers = cache
    dweights = [None] * len(layers)
    for index in range(len(layers) - 1, -1, -1):
        h, weight, kept = layers[index]
        dz = vanishing.ACTIVATIONS[activation][1](dout, kept)
        dweights[index] = np.einsum("nm,nd->md", dz, h)
        dout = np.einsum("nm,md->nd", dz, weight)
    return dout, dweights


def deep_backward__recursive(dout, cache):
    activation, layers = cache
    if not layers:
        return dout, []
    (h, weight, kept), before = layers[-1], layers[:-1]
    dz = vanishing.ACTIVATIONS[activation][1](dout, kept)
    dx, dweights = deep_backward__recursive(np.dot(dz, weight), (activation, before))
    return dx, [*dweights, (h.T @ dz).T]


def gradient_norms__root_of_the_sum(x, weights, dout, *, activation="sigmoid"):
    _, cache = vanishing.deep_forward(x, weights, activation=activation)
    dweights = vanishing.deep_backward(dout, cache)[1]
    return np.sqrt(np.array([np.vdot(dweight, dweight) for dweight in dweights]))


def gradient_norms__filled_in(x, weights, dout, *, activation="sigmoid"):
    norms = np.empty(len(weights), x.dtype)
    cache = vanishing.deep_forward(x, weights, activation=activation)[1]
    for layer, dweight in enumerate(vanishing.deep_backward(dout, cache)[1]):
        norms[layer] = math.sqrt((dweight**2).sum())
    return norms


def factor_per_layer__logarithms(norms):
    if norms.size <= 1:
        raise ValueError("layers")
    return math.exp((math.log(norms[0]) - math.log(norms[-1])) / (norms.size - 1))


def factor_per_layer__mean_of_the_steps(norms):
    if norms.shape[0] < 2:
        raise ValueError("layers")
    return np.prod(norms[:-1] / norms[1:]) ** (1 / (norms.shape[0] - 1))


# fast: as fast as torch


def softmax_cross_entropy_fast__row_by_row(logits, labels):
    return workloads.softmax_cross_entropy_fast__naive(logits, labels)


def softmax_cross_entropy_fast__logsumexp(logits, labels):
    normal = logits.logsumexp(dim=1, keepdim=True)
    log_probabilities = logits - normal
    rows = torch.arange(len(logits))
    loss = -log_probabilities[rows, labels].sum() / len(logits)
    dlogits = log_probabilities.exp()
    dlogits[rows, labels] -= 1.0
    return loss, dlogits / len(logits)


def softmax_cross_entropy_fast__one_hot(logits, labels):
    one_hot = torch.zeros_like(logits).scatter(1, labels.unsqueeze(1), 1.0)
    shifted = logits - logits.max(dim=1).values[:, None]
    exps = torch.exp(shifted)
    totals = torch.einsum("nc->n", exps)
    losses = torch.log(totals) - torch.einsum("nc,nc->n", shifted, one_hot)
    return losses.mean(), (exps / totals[:, None] - one_hot) / logits.shape[0]


def gelu_fast__row_by_row(x, dout):
    out, dx = workloads.gelu_fast__naive(x.reshape(1, -1), dout.reshape(1, -1))
    return out.reshape(x.shape), dx.reshape(x.shape)


def gelu_fast__complement(x, dout):
    below = torch.erfc(-x / math.sqrt(2)) / 2
    return torch.mul(below, x), (x * torch.exp(-x * x / 2) / math.sqrt(2 * math.pi) + below) * dout


def gelu_fast__normal_distribution(x, dout):
    normal = torch.distributions.Normal(x.new_zeros(()), x.new_ones(()), validate_args=False)
    below = normal.cdf(x)
    return x * below, torch.addcmul(below, x, normal.log_prob(x).exp()) * dout


# softmax_triton: kernels of its own, which only stand where Triton is installed


def softmax_triton__online(x, dim):
    from tests.hidden.activations import kernels

    return kernels.launch(kernels.online, x, dim, block=32)


def softmax_triton__four_slices_a_program(x, dim):
    from tests.hidden.activations import kernels

    return kernels.launch_tiles(x, dim)


def softmax_triton__transposed_copy(x, dim):
    from tests.hidden.activations import kernels

    rows = x if dim == 1 else x.T.contiguous()
    out = kernels.launch(kernels.online, rows, 1, block=1024)
    return out if dim == 1 else out.T
