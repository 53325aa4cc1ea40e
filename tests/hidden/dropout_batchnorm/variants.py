"""Right answers to the tasks of the dropout and batch norm unit that are written otherwise: the suite must accept them.

Named ``<task>__<style>``. The ways back work on the caches of the solutions.
"""

import itertools
import math

import numpy as np
import torch

from solutions.dropout_batchnorm import batchnorm, debugging, dropout, network, penalties, workloads


def dropout_forward__by_choice(x, rng, *, p=0.5, training=True):
    if p < 0 or p > 1:
        raise ValueError("p")
    if not training or p == 0:
        return x, np.ones_like(x)
    if p == 1:
        return np.zeros_like(x), np.zeros_like(x)
    scale = rng.choice(np.array([0, 1 / (1 - p)], x.dtype), size=x.shape, p=[p, 1 - p])
    return scale * x, scale


def dropout_forward__binomial(x, rng, *, p=0.5, training=True):
    if not (p >= 0 and p <= 1):
        raise ValueError("p")
    if not training:
        return x.copy(), np.ones_like(x)
    kept = rng.binomial(1, 1 - p, x.shape).astype(x.dtype)
    scale = kept / (1 - p) if p < 1 else kept
    return np.where(kept == 1, x / (1 - p) if p < 1 else 0, 0).astype(x.dtype), scale.astype(x.dtype)


def dropout_backward__into_a_copy(dout, cache):
    dx = dout.copy()
    dx *= cache
    return dx


def dropout_backward__where(dout, cache):
    return np.where(cache == 0, 0, dout * cache)


def flattened(x):
    """Return an array as one row per value and one column per channel."""
    return np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])


def unflattened(rows, like):
    """Undo `flattened`."""
    moved = (like.shape[0], *like.shape[2:], like.shape[1])
    return np.moveaxis(rows.reshape(moved), -1, 1)


def batch_norm_forward__on_rows(x, running_mean, running_var, weight, bias, *, training=False, momentum=0.1, eps=1e-5):
    rows = flattened(x)
    if training and len(rows) == 1:
        raise ValueError("one value")
    mean, var = (rows.mean(0), rows.var(0)) if training else (running_mean, running_var)
    if training:
        running_mean = running_mean + momentum * (mean - running_mean)
        running_var = running_var + momentum * (rows.var(0, ddof=1) - running_var)
    std = np.sqrt(var + eps)
    x_hat = (rows - mean) / std
    cache = (unflattened(x_hat, x), std.reshape(-1, *[1] * (x.ndim - 2)), weight, training)
    return unflattened(weight * x_hat + bias, x), running_mean, running_var, cache


def batch_norm_forward__by_einsum(
    x, running_mean, running_var, weight, bias, *, training=False, momentum=0.1, eps=1e-5
):
    cube = x.reshape(len(x), x.shape[1], int(np.prod(x.shape[2:])))
    count = len(x) * cube.shape[2]
    mean, var = running_mean.copy(), running_var.copy()
    if training:
        if count < 2:
            raise ValueError("one value")
        mean = np.einsum("nch->c", cube) / count
        centred = cube - mean[:, None]
        var = np.einsum("nch,nch->c", centred, centred) / count
        running_mean = momentum * mean + (1 - momentum) * running_mean
        running_var = momentum * count / (count - 1) * var + (1 - momentum) * running_var
    inverse = (1 / np.sqrt(var + eps)).astype(x.dtype)
    x_hat = (cube - mean[:, None]) * inverse[:, None]
    out = (x_hat * weight[:, None] + bias[:, None]).reshape(x.shape)
    std = (1 / inverse).reshape(-1, *[1] * (x.ndim - 2))
    return out, running_mean, running_var, (x_hat.reshape(x.shape), std, weight, training)


def batch_norm_backward__step_by_step(dout, cache):
    """Algorithm 1's gradients one after the other, in units of the standard deviation."""
    x_hat, std, weight, training = cache
    g, hat = flattened(dout), flattened(x_hat)
    dweight, dbias = (g * hat).sum(0), g.sum(0)
    dhat, count = g * weight, len(g)
    dx = dhat / std.ravel()
    if training:
        dvar = (dhat * hat).sum(0) * -0.5 / std.ravel() ** 2
        dmean = -dhat.sum(0) / std.ravel()
        dx = dx + dvar * 2 * hat * std.ravel() / count + dmean / count
    return unflattened(dx, dout), dweight, dbias


def batch_norm_backward__channel_by_channel(dout, cache):
    x_hat, std, weight, training = cache
    dx, dweight, dbias = np.empty_like(dout), np.empty_like(weight), np.empty_like(weight)
    for c in range(dout.shape[1]):
        g, hat = dout[:, c], x_hat[:, c]
        dbias[c], dweight[c] = np.sum(g), np.sum(g * hat)
        kept = g.size * g - dbias[c] - hat * dweight[c] if training else g.size * g
        dx[:, c] = weight[c] / std.ravel()[c] * (kept / g.size)
    return dx, dweight, dbias


def layer_norm_forward__on_rows(x, normalized_shape, weight, bias, *, eps=1e-5):
    if tuple(x.shape[-len(normalized_shape) :]) != tuple(normalized_shape):
        raise ValueError("shape")
    rows = x.reshape(-1, weight.size)
    centred = rows - rows.mean(1, keepdims=True)
    std = np.sqrt((centred**2).mean(1, keepdims=True) + eps)
    x_hat = (centred / std).reshape(x.shape)
    axes = tuple(range(x.ndim - weight.ndim, x.ndim))
    std = std.reshape(*x.shape[: axes[0]], *[1] * weight.ndim)
    return x_hat * weight + bias, (x_hat, std, weight, axes)


def layer_norm_forward__example_by_example(x, normalized_shape, weight, bias, *, eps=1e-5):
    leading = x.shape[: x.ndim - len(normalized_shape)]
    if leading + tuple(normalized_shape) != x.shape:
        raise ValueError("shape")
    x_hat, std = np.empty_like(x), np.empty((*leading, *[1] * weight.ndim), x.dtype)
    for index in np.ndindex(*leading):
        std[index] = np.sqrt(np.var(x[index]) + eps)
        x_hat[index] = (x[index] - np.mean(x[index])) / std[index]
    return weight * x_hat + bias, (x_hat, std, weight, tuple(range(len(leading), x.ndim)))


def layer_norm_backward__on_rows(dout, cache):
    x_hat, std, weight, _ = cache
    size = weight.size
    rows, hat = dout.reshape(-1, size), x_hat.reshape(-1, size)
    g = rows * weight.ravel()
    sums, products = g.sum(1, keepdims=True), np.einsum("nd,nd->n", g, hat)[:, None]
    dx = (size * g - sums - hat * products) / (size * std.reshape(-1, 1))
    dweight, dbias = np.einsum("nd,nd->d", rows, hat), rows.sum(0)
    return dx.reshape(dout.shape), dweight.reshape(weight.shape), dbias.reshape(weight.shape)


def layer_norm_backward__example_by_example(dout, cache):
    x_hat, std, weight, axes = cache
    dx, dweight, dbias = np.empty_like(dout), np.zeros_like(weight), np.zeros_like(weight)
    for index in np.ndindex(*dout.shape[: axes[0]]):
        hat, g = x_hat[index], dout[index] * weight
        dx[index] = (g - np.mean(g) - hat * np.mean(g * hat)) / std[index]
        dweight += dout[index] * hat
        dbias += dout[index]
    return dx, dweight, dbias


def l1_penalty__by_loop(params, *, strength):
    penalty, gradients = 0.0, []
    for w in params:
        if w.ndim > 1:
            penalty += strength * np.linalg.norm(w.ravel(), 1)
            gradients.append(strength * ((w > 0).astype(w.dtype) - (w < 0)))
        else:
            gradients.append(np.zeros_like(w))
    return penalty, [g.astype(w.dtype) for g, w in zip(gradients, params, strict=True)]


def l1_penalty__sign_times_weight(params, *, strength):
    gradients = [strength * np.sign(w) if w.ndim >= 2 else 0 * w for w in params]
    return float(sum(np.vdot(g, w) for g, w in zip(gradients, params, strict=True))), gradients


def l2_penalty__by_loop(params, *, strength):
    penalty, gradients = 0.0, []
    for w in params:
        counts = w.ndim != 1
        penalty += 0.5 * strength * np.linalg.norm(w.ravel()) ** 2 if counts else 0.0
        gradients.append(w * strength if counts else np.zeros_like(w))
    return penalty, gradients


def l2_penalty__gradient_times_weight(params, *, strength):
    gradients = [strength * w if w.ndim >= 2 else 0 * w for w in params]
    return float(sum(np.vdot(g, w) for g, w in zip(gradients, params, strict=True))) / 2, gradients


def soft_threshold__both_sides(weight, *, amount):
    if amount < 0:
        raise ValueError("amount")
    return np.maximum(weight - amount, 0) + np.minimum(weight + amount, 0)


def soft_threshold__number_by_number(weight, *, amount):
    if not amount >= 0:
        raise ValueError(f"{amount} is negative")
    new = np.zeros_like(weight)
    for place, value in np.ndenumerate(weight):
        if abs(value) > amount:
            new[place] = value - amount if value > 0 else value + amount
    return new


def max_norm__row_by_row(weight, *, bound):
    new = weight.copy()
    for row in new:
        length = np.linalg.norm(row)
        if length > bound:
            row *= bound / length
    return new


def max_norm__on_rows(weight, *, bound):
    size = np.linalg.norm(weight.reshape(len(weight), -1), axis=1)
    factors = np.divide(bound, size, out=np.ones_like(size), where=size > bound)
    return np.einsum("f...,f->f...", weight, factors)


def gaussian_noise__box_muller(x, rng, *, std=0.1, training=True):
    if std < 0:
        raise ValueError("std")
    radius = np.sqrt(-2 * np.log1p(-rng.random(x.shape)))
    return (x + training * std * radius * np.cos(2 * np.pi * rng.random(x.shape))).astype(x.dtype)


def gaussian_noise__drawn_with_its_std(x, rng, *, std=0.1, training=True):
    if std < 0:
        raise ValueError("std")
    return x + rng.normal(0.0, std, x.shape).astype(x.dtype) if training else x


def shift_images__by_slices(images, rows, columns):
    height, width = images.shape[2:]
    shifted = np.zeros_like(images)
    for n, (down, right) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True)):
        if abs(down) >= height or abs(right) >= width:
            continue
        to = slice(max(down, 0), height + min(down, 0)), slice(max(right, 0), width + min(right, 0))
        source = slice(max(-down, 0), height + min(-down, 0)), slice(max(-right, 0), width + min(-right, 0))
        shifted[n, :, to[0], to[1]] = images[n, :, source[0], source[1]]
    return shifted


def shift_images__in_a_frame(images, rows, columns):
    height, width = images.shape[2:]
    framed = np.pad(images, ((0, 0), (0, 0), (height, height), (width, width)))
    shifted = []
    for image, down, right in zip(framed, rows, columns, strict=True):
        top, left = height - np.clip(down, -height, height), width - np.clip(right, -width, width)
        shifted.append(image[:, top : top + height, left : left + width])
    return np.array(shifted, images.dtype).reshape(images.shape)


def flip_images__into_a_copy(images, chosen):
    flipped = images.copy()
    flipped[chosen] = flipped[chosen][..., ::-1]
    return flipped


def flip_images__one_by_one(images, chosen):
    flipped = [np.flip(image, 2) if one else image for image, one in zip(images, chosen, strict=True)]
    return np.stack(flipped) if flipped else images.copy()


def augment__one_by_one(images, rng, *, reach=1, p=0.5):
    made = [images[:0]]
    for image in images:
        down, right = rng.integers(-reach, reach + 1, 2)
        mirrored = rng.random() < p
        one = penalties.shift_images(image[None], np.array([down]), np.array([right]))
        made.append(
            penalties.shift_images(image[None, ..., ::-1], np.array([down]), np.array([right])) if mirrored else one
        )
    return np.concatenate(made)


def augment__flipped_last(images, rng, *, reach=1, p=0.5):
    rows = rng.choice(np.arange(-reach, reach + 1), len(images))
    columns = rng.choice(np.arange(-reach, reach + 1), len(images))
    return penalties.flip_images(penalties.shift_images(images, rows, columns), rng.random(len(images)) >= 1 - p)


def early_stopping__waiting(epoch, params, *, patience=5, max_epochs=100):
    if patience <= 0:
        raise ValueError("patience")
    best, lowest, kept, losses, wait = 0, float("inf"), params, [], 0
    params = [w.copy() for w in params]
    for number in range(1, max_epochs + 1):
        params, loss = epoch(params)
        losses.append(loss)
        if loss < lowest:
            best, lowest, kept, wait = number, loss, [w.copy() for w in params], 0
        else:
            wait += 1
        if wait == patience:
            break
    return kept, best, losses


def early_stopping__history_kept(epoch, params, *, patience=5, max_epochs=100):
    if patience < 1:
        raise ValueError("patience")
    history, losses = [params], [np.inf]
    while len(losses) <= max_epochs:
        new, loss = epoch([w.copy() for w in history[-1]])
        history.append(new)
        losses.append(float(loss))
        best = int(np.nanargmin(losses))
        if len(losses) - 1 - best >= patience:
            break
    best = int(np.nanargmin(losses))
    return history[best], best, losses[1:]


def train_validation_test__by_random_keys(n, rng, *, shares):
    if len(shares) != 3 or any(share < 0 for share in shares) or not np.isclose(sum(shares), 1, rtol=0, atol=1e-9):
        raise ValueError("shares")
    chosen, test = (int(np.floor(n * share)) for share in shares[1:])
    order = np.argsort(rng.random(n))
    return tuple(np.split(order, [n - chosen - test, n - test]))


def train_validation_test__by_labels(n, rng, *, shares):
    if len(shares) != 3 or min(shares) < 0 or abs(1 - np.sum(shares)) > 1e-9:
        raise ValueError("shares")
    chosen, test = int(n * shares[1]), int(n * shares[2])
    labels = np.repeat([0, 1, 2], [n - chosen - test, chosen, test])
    rng.shuffle(labels)
    return tuple(np.flatnonzero(labels == part) for part in range(3))


def network_forward__by_index(x, layers, rng, *, p=0.0, training=False):
    updated, caches, a = [dict(layer) for layer in layers], [], x
    for index in range(len(layers) - 1):
        layer, norm = updated[index], None
        z = np.einsum("nd,md->nm", a, layer["weight"]) + layer["bias"]
        if "gamma" in layer:
            z, layer["running_mean"], layer["running_var"], norm = batchnorm.batch_norm_forward(
                z, layer["running_mean"], layer["running_var"], layer["gamma"], layer["beta"], training=training
            )
        out, mask = dropout.dropout_forward(z * (z > 0), rng, p=p, training=training)
        caches.append((a, norm, z > 0, mask))
        a = out
    return a @ updated[-1]["weight"].T + updated[-1]["bias"], updated, (layers, caches, a)


def network_forward__dropout_before_relu(x, layers, rng, *, p=0.0, training=False):
    """Multiplying by what is not negative and ReLU may change places."""
    caches, updated = [], []
    for layer in layers[:-1]:
        z, new, norm = network._normalized(x @ layer["weight"].T + layer["bias"], layer, training)
        struck, mask = dropout.dropout_forward(z, rng, p=p, training=training)
        caches.append((x, norm, z > 0, mask))
        updated.append(new)
        x = np.maximum(struck, 0)
    return x @ layers[-1]["weight"].T + layers[-1]["bias"], [*updated, layers[-1]], (layers, caches, x)


def network_backward__by_index(dscores, cache):
    layers, caches, hidden = cache
    gradients = [None] * len(layers)
    gradients[-1] = {"weight": dscores.T @ hidden, "bias": dscores.sum(0)}
    dx = dscores @ layers[-1]["weight"]
    for index in range(len(caches) - 1, -1, -1):
        x, norm, positive, mask = caches[index]
        dz, gradients[index] = dropout.dropout_backward(dx * positive, mask), {}
        if norm:
            dz, gradients[index]["gamma"], gradients[index]["beta"] = batchnorm.batch_norm_backward(dz, norm)
        gradients[index] |= {"weight": np.einsum("nm,nd->md", dz, x), "bias": dz.sum(0)}
        dx = np.einsum("nm,md->nd", dz, layers[index]["weight"])
    return gradients


def network_backward__recursive(dscores, cache):
    layers, caches, hidden = cache
    dx, last = network.affine_backward(dscores, hidden, layers[-1]["weight"])
    return [*_below(dx, layers[:-1], caches), last]


def _below(dx, layers, caches):
    """Return the gradients of all hidden layers from the gradient of the topmost one's output."""
    if not layers:
        return []
    x, norm, positive, mask = caches[-1]
    dz, learned = np.where(positive, dx * mask, 0), {}
    if norm is not None:
        dz, *rest = batchnorm.batch_norm_backward(dz, norm)
        learned = dict(zip(("gamma", "beta"), rest, strict=True))
    below, gradient = network.affine_backward(dz, x, layers[-1]["weight"])
    return [*_below(below, layers[:-1], caches[:-1]), gradient | learned]


def train_step__decay_first(x, labels, layers, rng, *, lr=0.1, p=0.0, weight_decay=0.0):
    scores, updated, cache = network.network_forward(x, layers, rng, p=p, training=True)
    loss, dscores = network.softmax_cross_entropy(scores, labels)
    gradients, new = network.network_backward(dscores, cache), []
    for layer, gradient in zip(updated, gradients, strict=True):
        loss = loss + 0.5 * weight_decay * np.sum(layer["weight"] ** 2)
        shrunk = layer | {"weight": (1 - lr * weight_decay) * layer["weight"]}
        new.append({name: shrunk[name] - lr * gradient.get(name, 0) for name in shrunk})
    return new, loss


def train_step__on_copies(x, labels, layers, rng, *, lr=0.1, p=0.0, weight_decay=0.0):
    scores, updated, cache = network.network_forward(x, layers, rng, p=p, training=True)
    loss, dscores = network.softmax_cross_entropy(scores, labels)
    updated = [{name: array.copy() for name, array in layer.items()} for layer in updated]
    penalty, decays = penalties.l2_penalty([layer["weight"] for layer in layers], strength=weight_decay)
    for layer, gradient, decay in zip(updated, network.network_backward(dscores, cache), decays, strict=True):
        for name in gradient:
            layer[name] -= lr * gradient[name]
        layer["weight"] -= lr * decay
    return updated, float(loss + penalty)


def batch_norm_fast__channel_by_channel(x, weight, bias, dout, eps=1e-5):
    return workloads.batch_norm_fast__naive(x, weight, bias, dout, eps)


def batch_norm_fast__channels_in_rows(x, weight, bias, dout, eps=1e-5):
    rows, back = x.transpose(0, 1).flatten(1), dout.transpose(0, 1).flatten(1)
    var, mean = torch.var_mean(rows, dim=1, correction=0, keepdim=True)
    x_hat = (rows - mean) / torch.sqrt(var + eps)
    dweight, dbias = torch.einsum("cn,cn->c", back, x_hat), back.sum(dim=1)
    inner = back - back.mean(dim=1, keepdim=True) - x_hat * (back * x_hat).mean(dim=1, keepdim=True)
    shape = x.transpose(0, 1).shape
    out = (weight[:, None] * x_hat + bias[:, None]).reshape(shape).transpose(0, 1)
    return out, (weight[:, None] * inner / torch.sqrt(var + eps)).reshape(shape).transpose(0, 1), dweight, dbias


def _product(a, b):
    """Multiply two matrices number by number."""
    out = [[0.0] * b.shape[1] for _ in range(a.shape[0])]
    rows, columns = a.tolist(), b.T.tolist()
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            total = 0.0
            for left, right in zip(row, column, strict=True):
                total += left * right
            out[i][j] = total
    return np.array(out).reshape(a.shape[0], b.shape[1])


def _normed(z, layer):
    """Return a batch norm in training, number by number: its output, its cache, and the new running statistics."""
    out, x_hat, roots, means, variances = z.copy(), z.copy(), [], [], []
    for c, column in enumerate(z.T.tolist()):
        mean = sum(column) / len(column)
        variance = sum((value - mean) ** 2 for value in column) / len(column)
        root = (variance + 1e-5) ** 0.5
        for n, value in enumerate(column):
            x_hat[n, c] = (value - mean) / root
            out[n, c] = layer["gamma"][c] * x_hat[n, c] + layer["beta"][c]
        roots.append(root)
        means.append(0.9 * layer["running_mean"][c] + 0.1 * mean)
        variances.append(0.9 * layer["running_var"][c] + 0.1 * variance * len(column) / (len(column) - 1))
    return out, (x_hat, roots), {"running_mean": np.array(means), "running_var": np.array(variances)}


def _normed_back(dz, layer, cache):
    """Return the gradients of a batch norm in training, number by number."""
    (x_hat, roots), dx, dgamma, dbeta = cache, dz.copy(), [], []
    for c in range(dz.shape[1]):
        slopes, numbers = dz[:, c].tolist(), x_hat[:, c].tolist()
        dgamma.append(sum(d * h for d, h in zip(slopes, numbers, strict=True)))
        dbeta.append(sum(slopes))
        for n, (d, h) in enumerate(zip(slopes, numbers, strict=True)):
            dx[n, c] = layer["gamma"][c] / roots[c] * (d - (dbeta[c] + h * dgamma[c]) / len(dz))
    return dx, {"gamma": np.array(dgamma), "beta": np.array(dbeta)}


def train_step__number_by_number(x, labels, layers, rng, *, lr=0.1, p=0.0, weight_decay=0.0):
    """In plain loops to the last number: what the limits must leave room for. Dropout is the solution's."""
    inputs, kept, running, penalty = [x], [], [], 0.0
    for layer in layers:
        z = _product(inputs[-1], layer["weight"].T) + layer["bias"]
        penalty += weight_decay / 2 * sum(value * value for value in layer["weight"].ravel().tolist())
        norm, moved, mask = None, {}, None
        if layer is not layers[-1]:
            if "gamma" in layer:
                z, norm, moved = _normed(z, layer)
            positive = z > 0
            z, drop = dropout.dropout_forward(np.where(positive, z, 0.0), rng, p=p)
            mask = positive, drop
        inputs.append(z)
        kept.append((norm, mask))
        running.append(moved)
    loss, dz = network.softmax_cross_entropy(inputs.pop(), labels)
    stepped = []
    for layer, (norm, mask), moved, below in zip(layers[::-1], kept[::-1], running[::-1], inputs[::-1], strict=True):
        slopes = {}
        if mask is not None:
            dz = dropout.dropout_backward(dz, mask[1]) * mask[0]
            if norm is not None:
                dz, slopes = _normed_back(dz, layer, norm)
        slopes |= {"weight": _product(dz.T, below) + weight_decay * layer["weight"], "bias": dz.sum(axis=0)}
        stepped.append(layer | moved | {name: layer[name] - lr * slope for name, slope in slopes.items()})
        dz = _product(dz, layer["weight"])
    return stepped[::-1], loss + penalty


def first_loss__by_logaddexp(scores, labels):
    normalizers = np.logaddexp.reduce(scores, axis=1)
    right = np.take_along_axis(scores, labels[:, None], axis=1)[:, 0]
    return np.mean(normalizers - right), -np.log(1 / scores.shape[1])


def first_loss__number_by_number(scores, labels):
    losses = []
    for row, label in zip(scores.tolist(), labels.tolist(), strict=True):
        largest = max(row)
        losses.append(largest - row[label] + math.log(sum(math.exp(score - largest) for score in row)))
    return scores.dtype.type(sum(losses) / len(losses)), math.log(len(scores[0]))


def overfits_one_batch__for_loop(step, params, *, target=0.1, max_steps=300):
    losses = []
    params = [np.array(w) for w in params]
    for _ in range(max_steps):
        params, loss = step(params)
        losses.append(loss)
        if loss <= target:
            return True, losses
        if not np.isfinite(loss):
            return False, losses
    return False, losses


def overfits_one_batch__generator(step, params, *, target=0.1, max_steps=300):
    def run(params):
        while True:
            params, loss = step([w.copy() for w in params])
            yield loss
            if not math.isfinite(loss) or loss <= target:
                return

    losses = list(itertools.islice(run(params), max_steps))
    return len(losses) > 0 and losses[-1] <= target, losses


def update_ratios__by_einsum(before, after):
    if len(before) != len(after):
        raise ValueError("lengths")
    ratios = []
    for old, new in zip(before, after, strict=True):
        if old.ndim == 1:
            continue
        w = old.astype(np.float64).ravel()
        change = new.astype(np.float64).ravel() - w
        length, moved = math.sqrt(np.einsum("i,i->", w, w)), math.sqrt(np.einsum("i,i->", change, change))
        ratios.append(moved / length if length else (math.inf if moved else 0.0))
    return np.array(ratios, dtype=np.float64)


def update_ratios__number_by_number(before, after):
    if len(before) != len(after):
        raise ValueError("lengths")
    ratios = []
    for old, new in zip(before, after, strict=True):
        if len(old.shape) > 1:
            pairs = list(zip(old.ravel().tolist(), new.ravel().tolist(), strict=True))
            squares, changes = sum(a * a for a, _ in pairs), sum((b - a) ** 2 for a, b in pairs)
            ratios.append(math.sqrt(changes / squares) if squares else (math.inf if changes else 0.0))
    return np.array(ratios, dtype=np.float64)


def dead_units__counting(batches):
    if len(batches) == 0:
        raise ValueError("no batches")
    return sum(np.count_nonzero(batch, axis=0) for batch in batches) == 0


def dead_units__unit_by_unit(batches):
    if not batches:
        raise ValueError("no batches")
    units = batches[0].shape[1]
    return np.array([all(row[unit] == 0 for batch in batches for row in batch) for unit in range(units)])


def diagnose__one_after_the_other(record):
    signs = []
    loss, expected = debugging.first_loss(record["scores"], record["labels"])
    if np.isnan(loss) or loss < 0.8 * expected or loss > 1.2 * expected:
        signs.append("first loss")
    if np.isnan(record["losses"][-1]) or record["losses"][-1] > 0.1:
        signs.append("one batch")
    ratios = debugging.update_ratios(record["before"], record["after"]).tolist()
    if any(ratio < 1e-5 for ratio in ratios):
        signs.append("updates too small")
    if any(ratio > 0.5 or math.isnan(ratio) for ratio in ratios):
        signs.append("updates too large")
    for outs in record["hidden"]:
        if 2 * debugging.dead_units([outs]).sum() > outs.shape[1]:
            return [*signs, "dead units"]
    return signs


def diagnose__from_scratch(record):
    scores = record["scores"]
    shifted = scores - scores.max(axis=1, keepdims=True)
    rows = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(scores)), record["labels"]]
    off = abs(rows.mean() / math.log(scores.shape[1]) - 1)
    pairs = [(w, v) for w, v in zip(record["before"], record["after"], strict=True) if w.ndim > 1]
    ratios = np.array([np.sqrt(((v - w) ** 2).sum() / (w**2).sum()) for w, v in pairs])
    good = {
        "first loss": off <= 0.2,
        "one batch": record["losses"][-1] <= 0.1,
        "updates too small": not (ratios < 1e-5).any(),
        "updates too large": (ratios <= 0.5).all(),
        "dead units": all((outs == 0).all(axis=0).mean() <= 0.5 for outs in record["hidden"]),
    }
    return [sign for sign, fine in good.items() if not fine]
