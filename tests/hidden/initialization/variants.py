"""Right answers to the tasks of the initialization unit that are written otherwise: the suite must accept them.

Named ``<task>__<style>``.
"""

import math
from statistics import NormalDist

import numpy as np
import torch

from solutions.initialization import propagation, schemes, workloads


def fan_in_and_fan_out__by_division(shape):
    if len(shape) < 2:
        raise ValueError("too few axes")
    size = int(np.prod(shape))
    return size // shape[0], size // shape[1]


def fan_in_and_fan_out__multiplied_up(shape):
    if len(shape) in (0, 1):
        raise ValueError("too few axes")
    fan_out, fan_in, *kernel = shape
    for size in kernel:
        fan_in, fan_out = fan_in * size, fan_out * size
    return fan_in, fan_out


def calculate_gain__table(nonlinearity, param=None):
    slope = 0.01 if param is None else param
    gains = {**schemes.GAINS, "relu": 2**0.5, "leaky_relu": (2 / (1 + slope * slope)) ** 0.5}
    if nonlinearity not in gains:
        raise ValueError(nonlinearity)
    return gains[nonlinearity]


def calculate_gain__leaky_with_slope_zero(nonlinearity, param=None):
    if nonlinearity == "relu":
        return calculate_gain__leaky_with_slope_zero("leaky_relu", 0.0)
    if nonlinearity == "leaky_relu":
        return float(np.sqrt(2) / np.hypot(1, 0.01 if param is None else param))
    try:
        return schemes.GAINS[nonlinearity]
    except KeyError:
        raise ValueError(nonlinearity) from None


def constant__added_to_zeros(shape, rng, *, val=0.0):
    return np.zeros(shape) + val


def constant__times_ones(shape, rng, *, val=0.0):
    return val * np.ones(shape)


def normal__scaled(shape, rng, *, mean=0.0, std=1.0):
    return mean + std * rng.standard_normal(shape)


def normal__box_muller(shape, rng, *, mean=0.0, std=1.0):
    radius = np.sqrt(-2 * np.log1p(-rng.random(shape)))
    return mean + std * radius * np.cos(2 * np.pi * rng.random(shape))


def xavier_uniform__stretched(shape, rng, *, gain=1.0):
    bound = gain * np.sqrt(3) * np.sqrt(2 / sum(schemes.fan_in_and_fan_out(shape)))
    return (2 * rng.random(shape) - 1) * bound


def xavier_uniform__from_the_variance(shape, rng, *, gain=1.0):
    variance = gain**2 * 2 / np.sum(schemes.fan_in_and_fan_out(shape))
    return rng.uniform(low=-np.sqrt(3 * variance), high=np.sqrt(3 * variance), size=shape)


def xavier_normal__scaled(shape, rng, *, gain=1.0):
    return gain * rng.standard_normal(shape) / np.sqrt(sum(schemes.fan_in_and_fan_out(shape)) / 2)


def xavier_normal__number_by_number(shape, rng, *, gain=1.0):
    fan_in, fan_out = schemes.fan_in_and_fan_out(shape)
    std = (2 * gain**2 / (fan_in + fan_out)) ** 0.5
    return np.array([rng.normal(scale=std) for _ in range(math.prod(shape))]).reshape(shape)


def he_std__root_of_the_variance(shape, *, a=0.0, mode="fan_in", nonlinearity="leaky_relu"):
    fans = dict(zip(("fan_in", "fan_out"), schemes.fan_in_and_fan_out(shape), strict=True))
    if mode not in fans:
        raise ValueError(mode)
    return np.sqrt(schemes.calculate_gain(nonlinearity, a) ** 2 / fans[mode])


def he_std__mode_as_an_index(shape, *, a=0.0, mode="fan_in", nonlinearity="leaky_relu"):
    which = ["fan_in", "fan_out"].index(mode)  # a ValueError of its own for any other mode
    return schemes.calculate_gain(nonlinearity, param=a) * schemes.fan_in_and_fan_out(shape)[which] ** -0.5


def he_uniform__stretched(shape, rng, **options):
    return schemes.he_std(shape, **options) * np.sqrt(12) * (rng.random(shape) - 0.5)


def he_uniform__sizes_and_signs(shape, rng, *, a=0.0, mode="fan_in", nonlinearity="leaky_relu"):
    sizes = rng.uniform(0, 3**0.5 * schemes.he_std(shape, a=a, mode=mode, nonlinearity=nonlinearity), size=shape)
    return np.where(rng.random(shape) < 0.5, -sizes, sizes)


def he_normal__scaled(shape, rng, **options):
    return rng.standard_normal(shape) * schemes.he_std(shape, **options)


def he_normal__row_by_row(shape, rng, *, a=0.0, mode="fan_in", nonlinearity="leaky_relu"):
    weight, std = np.empty(shape), schemes.he_std(shape, a=a, mode=mode, nonlinearity=nonlinearity)
    for row in weight:
        row[...] = rng.normal(0.0, std, size=row.shape)
    return weight


def orthogonal__by_svd(shape, rng, *, gain=1.0):
    u, _, vt = np.linalg.svd(rng.normal(size=(shape[0], math.prod(shape[1:]))), full_matrices=False)
    return gain * (u @ vt).reshape(shape)


def orthogonal__by_gram_and_schmidt(shape, rng, *, gain=1.0):
    rows, columns, vectors = shape[0], math.prod(shape[1:]), []
    for vector in rng.normal(size=(min(rows, columns), max(rows, columns))):
        for _ in range(2):
            for other in vectors:
                vector = vector - vector @ other * other
        vectors.append(vector / np.linalg.norm(vector))
    q = np.stack(vectors)
    return gain * (q if rows <= columns else q.T).reshape(shape)


def orthogonal__signs_along_the_rows_of_a_square(shape, rng, *, gain=1.0):
    """Multiply the rows of a square Q by the signs: S Q has the distribution of S (S Q S) = Q S.

    Conjugation with any signs S keeps the distribution of Q, as it turns Householder's reflections into such ones.
    """
    rows, columns = shape[0], math.prod(shape[1:])
    q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
    signs = np.sign(np.diag(r))
    q = signs[:, None] * q if rows == columns else q * signs
    return gain * (q if rows >= columns else q.T).reshape(shape)


def trunc_normal__by_inversion(shape, rng, *, mean=0.0, std=1.0, a=-2.0, b=2.0):
    normal = NormalDist(mean, std)
    quantiles = rng.uniform(normal.cdf(a), normal.cdf(b), math.prod(shape))
    return np.array([normal.inv_cdf(q) for q in quantiles]).reshape(shape)


def trunc_normal__from_a_pool(shape, rng, *, mean=0.0, std=1.0, a=-2.0, b=2.0):
    count, pool = math.prod(shape), np.empty(0)
    while len(pool) < count:
        drawn = rng.normal(mean, std, count)
        pool = np.concatenate([pool, drawn[(a <= drawn) & (drawn <= b)]])
    return pool[:count].reshape(shape)


def init_weights__by_index(widths, rng, *, scheme="he_normal", **options):
    draw = getattr(schemes, scheme)
    return [draw((widths[index + 1], widths[index]), rng, **options) for index in range(len(widths) - 1)]


def init_weights__last_layer_first(widths, rng, *, scheme="he_normal", **options):
    weights = []
    for fan_out, fan_in in zip(widths[:0:-1], widths[-2::-1], strict=True):
        weights.insert(0, propagation.SCHEMES[scheme]((fan_out, fan_in), rng, **options))
    return weights


def forward_signals__activations_carried(x, weights, *, activation="relu"):
    signals, a = [], x
    for weight in weights:
        signals.append(np.einsum("nd,md->nm", a, weight))
        a = propagation.activate(signals[-1], activation)
    return signals


def forward_signals__recursive(x, weights, *, activation="relu"):
    if len(weights) == 1:
        return [np.dot(x, weights[0].T)]
    before = forward_signals__recursive(x, weights[:-1], activation=activation)
    return [*before, (weights[-1] @ propagation.activate(before[-1], activation).T).T]


def backward_signals__filled_from_the_end(dout, signals, weights, *, activation="relu"):
    dsignals = [dout] * len(weights)
    for index in range(len(weights) - 2, -1, -1):
        da = (weights[index + 1].T @ dsignals[index + 1].T).T
        dsignals[index] = da * propagation.slope(signals[index], activation)
    return dsignals


def backward_signals__recursive(dout, signals, weights, *, activation="relu"):
    if len(signals) == 1:
        return [dout]
    last = np.einsum("nm,md->nd", dout, weights[-1]) * propagation.slope(signals[-2], activation)
    return [*backward_signals__recursive(last, signals[:-1], weights[:-1], activation=activation), dout]


def weight_gradients__by_einsum(x, signals, dsignals, *, activation="relu"):
    inputs = [x] + [propagation.activate(z, activation) for z in signals]
    return [np.einsum("nm,nd->md", dz, a) for dz, a in zip(dsignals, inputs, strict=False)]


def weight_gradients__example_by_example(x, signals, dsignals, *, activation="relu"):
    gradients, a = [], x
    for z, dz in zip(signals, dsignals, strict=True):
        gradient = np.zeros((dz.shape[1], a.shape[1]), a.dtype)
        for row, error in zip(a, dz, strict=True):
            gradient += np.outer(error, row)
        gradients.append(gradient)
        a = propagation.activate(z, activation)
    return gradients


def layer_variances__by_hand(signals):
    return np.array([np.mean((z - z.mean()) ** 2) for z in signals])


def layer_variances__flattened(signals):
    return np.stack([np.var(z.ravel()) for z in signals])


def distinct_units__by_all_pairs(weight, *, tol=1e-6):
    near = np.abs(weight[:, None] - weight).max(axis=2) <= tol * np.abs(weight).max()
    counts = np.zeros(len(weight), dtype=bool)
    for index in range(len(weight)):
        counts[index] = not (near[index] & counts).any()
    return counts.sum()


def distinct_units__struck_off(weight, *, tol=1e-6):
    left, count = weight, 0
    while len(left):
        left = left[np.max(np.abs(left - left[0]), axis=1) > tol * np.max(np.abs(weight))]
        count += 1
    return count


def descend__on_copies(x, labels, weights, *, lr=0.1, activation="relu"):
    weights = [weight.copy() for weight in weights]
    signals = propagation.forward_signals(x, weights, activation=activation)
    loss, dout = propagation.softmax_cross_entropy(signals[-1], labels)
    dsignals = propagation.backward_signals(dout, signals, weights, activation=activation)
    dweights = propagation.weight_gradients(x, signals, dsignals, activation=activation)
    for weight, dweight in zip(weights, dweights, strict=True):
        weight -= lr * dweight
    return weights, float(loss)


def descend__layer_by_layer(x, labels, weights, *, lr=0.1, activation="relu"):
    signals = propagation.forward_signals(x, weights, activation=activation)
    loss, dz = propagation.softmax_cross_entropy(signals[-1], labels)
    after = list(weights)
    for layer in range(len(weights) - 1, -1, -1):
        a = propagation.activate(signals[layer - 1], activation) if layer else x
        after[layer] = weights[layer] - lr * np.einsum("nm,nd->md", dz, a)
        dz = dz @ weights[layer] * propagation.slope(signals[layer - 1], activation) if layer else None
    return after, loss


def lsuv__until_it_fits(x, weights, *, activation="relu"):
    weights = [weight.copy() for weight in weights]
    for index in range(len(weights)):
        for _ in range(3):
            variance = propagation.forward_signals(x, weights[: index + 1], activation=activation)[-1].var()
            if variance == 0:
                raise ValueError("no variance")
            weights[index] = weights[index] / np.sqrt(variance)
    return weights


def lsuv__signal_divided(x, weights, *, activation="relu"):
    scaled, a = [], x
    for weight in weights:
        z = a @ weight.T
        std = np.sqrt(np.mean((z - z.mean()) ** 2))
        if not std > 0:
            raise ValueError("no variance")
        scaled.append(weight / std)
        a = propagation.activate(z / std, activation)
    return scaled


def trunc_normal_fast__row_by_row(uniform, mean, std, a, b):
    rows = uniform.reshape(1, -1) if uniform.dim() < 2 else uniform
    return workloads.trunc_normal_fast__naive(rows, mean, std, a, b).reshape(uniform.shape)


def trunc_normal_fast__out_of_place(uniform, mean, std, a, b):
    root = 2**0.5
    low, high = torch.erf((torch.tensor([a, b], dtype=torch.float64) - mean) / (std * root)).tolist()
    bent = torch.special.erfinv(low * (1 - uniform) + high * uniform)
    return torch.minimum(torch.maximum(mean + std * root * bent, uniform.new_tensor(a)), uniform.new_tensor(b))


def trunc_normal_fast__in_blocks(uniform, mean, std, a, b):
    """Blocks that stay in the cache from the first step to the last."""
    normal = NormalDist(mean, std)
    low, high = normal.cdf(a), normal.cdf(b)
    weight = torch.empty_like(uniform)
    for block, numbers in zip(weight.view(-1).split(1 << 16), uniform.reshape(-1).split(1 << 16), strict=True):
        torch.mul(numbers, 2 * (high - low), out=block)
        block.add_(2 * low - 1).erfinv_().mul_(std * math.sqrt(2)).add_(mean).clamp_(a, b)
    return weight


def _log_sum(scores):
    largest = max(scores)
    return largest + math.log(sum(math.exp(score - largest) for score in scores))


def descend__number_by_number(x, labels, weights, *, lr=0.1, activation="relu"):
    """In plain loops to the last number: what the limits must leave room for."""
    act = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "linear": lambda z: z}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - math.tanh(z) ** 2, "linear": lambda z: 1.0}
    layers, loss = [weight.tolist() for weight in weights], 0.0
    gradients = [[[0.0] * len(row) for row in layer] for layer in layers]
    for example, label in zip(x.tolist(), labels.tolist(), strict=True):
        inputs, signals = [example], []
        for layer in layers:
            z = []
            for row in layer:
                total = 0.0
                for weight, value in zip(row, inputs[-1], strict=True):
                    total += weight * value
                z.append(total)
            signals.append(z)
            inputs.append([act(value) for value in z])
        loss += (_log_sum(signals[-1]) - signals[-1][label]) / len(x)
        dz = [math.exp(score - _log_sum(signals[-1])) / len(x) for score in signals[-1]]
        dz[label] -= 1 / len(x)
        for index in range(len(layers) - 1, -1, -1):
            below = [0.0] * len(inputs[index])
            for unit, slope_of_unit in enumerate(dz):
                for i in range(len(below)):
                    gradients[index][unit][i] += slope_of_unit * inputs[index][i]
                    below[i] += slope_of_unit * layers[index][unit][i]
            if index:
                dz = [d * slope[activation](z) for d, z in zip(below, signals[index - 1], strict=True)]
    pairs = zip(weights, gradients, strict=True)
    return [(weight - lr * np.array(gradient)).astype(weight.dtype) for weight, gradient in pairs], np.float64(loss)
