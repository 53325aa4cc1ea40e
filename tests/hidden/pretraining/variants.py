"""Other right answers: the suite must take them all. Each is named `<task>__<style>`."""

import math

import numpy as np
import torch

from solutions.pretraining import kmeans, rbm, workloads

# autoencoder


def _logistic(z):
    return np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z)))).astype(z.dtype)


def autoencoder_forward__einsum(x, weight, bias, bias_out):
    hidden = _logistic(np.einsum("nd,md->nm", x, weight) + bias)
    return _logistic(np.einsum("nm,md->nd", hidden, weight) + bias_out), {"x": x, "weight": weight, "hidden": hidden}


def autoencoder_forward__example_by_example(x, weight, bias, bias_out):
    hidden = [_logistic(weight @ row + bias) for row in x]
    return np.stack([_logistic(weight.T @ h + bias_out) for h in hidden]).astype(x.dtype), np.stack(hidden)


def autoencoder_backward__einsum(dout, cache):
    x, weight, hidden, out = cache
    back = dout * (out - out**2)
    dhidden = np.einsum("nd,md->nm", back, weight) * (hidden - hidden**2)
    dweight = np.einsum("nm,nd->md", hidden, back) + np.einsum("nm,nd->md", dhidden, x)
    return np.einsum("nm,md->nd", dhidden, weight), dweight, np.einsum("nm->m", dhidden), np.einsum("nd->d", back)


def autoencoder_backward__example_by_example(dout, cache):
    x, weight, hidden, out = cache
    dx, dweight = np.empty_like(x), np.zeros_like(weight)
    dbias, dbias_out = np.zeros_like(weight[:, 0]), np.zeros_like(weight[0])
    for n in range(len(x)):
        back = dout[n] * out[n] * (1 - out[n])
        dz = weight @ back * hidden[n] * (1 - hidden[n])
        dx[n], dweight = weight.T @ dz, dweight + np.outer(hidden[n], back) + np.outer(dz, x[n])
        dbias, dbias_out = dbias + dz, dbias_out + back
    return dx, dweight, dbias, dbias_out


def sparsity_penalty__unit_by_unit(hidden, *, target=0.05, strength=1.0):
    total, dhidden = 0.0, np.empty_like(hidden, order="C")
    for unit in range(hidden.shape[1]):
        r = float(hidden[:, unit].mean())
        total += target * math.log(target / r) + (1 - target) * math.log((1 - target) / (1 - r))
        dhidden[:, unit] = strength * (r - target) / (r * (1 - r)) / hidden.shape[0]
    return strength * total, dhidden


def sparsity_penalty__one_fraction(hidden, *, target=0.05, strength=1.0):
    r = np.sum(hidden, axis=0) / len(hidden)
    entropy = target * np.log(target) + (1 - target) * np.log(1 - target)
    penalty = np.sum(entropy - target * np.log(r) - (1 - target) * np.log1p(-r))
    return strength * float(penalty), np.zeros_like(hidden) + strength * (r - target) / (r - r**2) / len(hidden)


# rbm


def rbm_hidden__logistic(v, weight, bias_hidden):
    return _logistic(np.dot(v, weight.T) + bias_hidden)


def rbm_hidden__example_by_example(v, weight, bias_hidden):
    return np.array([_logistic(weight @ row + bias_hidden) for row in v])


def rbm_visible__logistic(h, weight, bias_visible):
    return _logistic(np.einsum("nm,md->nd", h, weight) + bias_visible)


def rbm_visible__example_by_example(h, weight, bias_visible):
    return np.array([_logistic(weight.T @ row + bias_visible) for row in h])


def free_energy__softplus_by_parts(v, weight, bias_visible, bias_hidden):
    z = v @ weight.T + bias_hidden
    return -(v @ bias_visible) - (np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))).sum(axis=-1)


def free_energy__number_by_number(v, weight, bias_visible, bias_hidden):
    values = []
    for row in v:
        value = -sum(float(a) * float(b) for a, b in zip(row, bias_visible, strict=True))
        for weights, bias in zip(weight, bias_hidden, strict=True):
            z = float(bias) + sum(float(a) * float(b) for a, b in zip(row, weights, strict=True))
            value -= max(z, 0) + math.log1p(math.exp(-abs(z)))
        values.append(value)
    return np.array(values, dtype=v.dtype)


def contrastive_divergence__binomial(v, weight, bias_visible, bias_hidden, rng, *, k=1):
    data, after = rbm.rbm_hidden(v, weight, bias_hidden), np.array(v)
    for _ in range(k):
        h = rng.binomial(1, rbm.rbm_hidden(after, weight, bias_hidden)).astype(v.dtype)
        after = rng.binomial(1, rbm.rbm_visible(h, weight, bias_visible)).astype(v.dtype)
    model = rbm.rbm_hidden(after, weight, bias_hidden)
    dweight = np.einsum("nm,nd->md", model, after) - np.einsum("nm,nd->md", data, v)
    return dweight / len(v), after.mean(axis=0) - v.mean(axis=0), model.mean(axis=0) - data.mean(axis=0)


def _up(row, weights, biases):
    sums = [
        bias + sum(a * b for a, b in zip(row, line, strict=True)) for line, bias in zip(weights, biases, strict=True)
    ]
    return [0.5 + 0.5 * math.tanh(z / 2) for z in sums]


def contrastive_divergence__number_by_number(v, weight, bias_visible, bias_hidden, rng, *, k=1):
    m, d = weight.shape
    up, down = weight.tolist(), weight.T.tolist()
    biases, outer = bias_hidden.tolist(), bias_visible.tolist()
    dweight, dvisible, dhidden = np.zeros((m, d)), np.zeros(d), np.zeros(m)
    for row in v.tolist():
        data = model = _up(row, up, biases)
        after = row
        for _ in range(k):
            h = [float(rng.random() < p) for p in model]
            after = [float(rng.random() < p) for p in _up(h, down, outer)]
            model = _up(after, up, biases)
        for j in range(m):
            dhidden[j] += model[j] - data[j]
            for i in range(d):
                dweight[j, i] += model[j] * after[i] - data[j] * row[i]
        for i in range(d):
            dvisible[i] += after[i] - row[i]
    return tuple((total / len(v)).astype(v.dtype) for total in (dweight, dvisible, dhidden))


def train_rbm__shuffled_copies(x, hidden, rng, *, epochs, lr=0.1, momentum=0.5, batch_size=32):
    weight = rng.normal(0, 0.01, (hidden, x.shape[1])).astype(x.dtype)
    params, speeds = [weight, np.zeros_like(weight[0]), np.zeros_like(weight[:, 0])], [0.0, 0.0, 0.0]
    for _ in range(epochs):
        shuffled = rng.permuted(x, axis=0) if x.shape[1] == 1 else x[np.argsort(rng.random(len(x)))]
        for batch in np.split(shuffled, range(batch_size, len(x), batch_size)):
            grads = rbm.contrastive_divergence(batch, *params, rng, k=1)
            for index, grad in enumerate(grads):
                speeds[index] = momentum * speeds[index] + grad
                params[index] = params[index] - lr * speeds[index]
    return tuple(params)


def train_rbm__positions_taken_one_by_one(x, hidden, rng, *, epochs, lr=0.1, momentum=0.5, batch_size=32):
    params = [np.asarray(0.01 * rng.standard_normal((hidden, x.shape[1])), x.dtype)]
    params += [np.zeros(x.shape[1], x.dtype), np.zeros(hidden, x.dtype)]
    moves = [np.zeros_like(param) for param in params]
    for _ in range(epochs):
        left = list(range(len(x)))
        rng.shuffle(left)
        while left:
            batch, left = left[:batch_size], left[batch_size:]
            grads = rbm.contrastive_divergence(x[batch], *params, rng)
            for param, move, grad in zip(params, moves, grads, strict=True):
                move *= momentum
                move -= lr * grad
                param += move
    return params[0], params[1], params[2]


# stack


def greedy_stack__all_data_kept(x, widths, rng, *, epochs, lr=0.1):
    layers, stack = [x], []
    for width in widths:
        drawn = np.random.default_rng(int(rng.integers(2**32)))
        weight, _, bias = rbm.train_rbm(layers[-1], width, drawn, epochs=epochs, lr=lr)
        stack.append((weight, bias))
        layers.append(_logistic(layers[-1] @ weight.T + bias))
    return stack


def greedy_stack__recursive(x, widths, rng, *, epochs, lr=0.1):
    if not widths:
        return []
    weight, _, bias = rbm.train_rbm(x, widths[0], np.random.default_rng(rng.integers(2**32)), epochs=epochs, lr=lr)
    above = rbm.rbm_hidden(x, weight, bias)
    return [(weight, bias), *greedy_stack__recursive(above, widths[1:], rng, epochs=epochs, lr=lr)]


def stack_to_classifier__appended(stack, classes, rng):
    params = [tuple(np.array(array) for array in layer) for layer in stack]
    weight, _ = stack[-1]
    top = rng.normal(0.0, 0.01, size=(classes, weight.shape[0])).astype(weight.dtype)
    params.append((top, np.zeros_like(top[:, 0])))
    return params


def stack_to_classifier__deep_copy(stack, classes, rng):
    import copy

    params, (_, bias) = copy.deepcopy(stack), stack[-1]
    return [
        *params,
        (
            np.asarray(rng.standard_normal((classes, len(bias))) / 100, bias.dtype),
            np.zeros(classes, dtype=bias.dtype),
        ),
    ]


# kmeans


def kmeans_assign__centre_by_centre(x, centers):
    best, labels = np.full(len(x), np.inf), np.zeros(len(x), dtype=int)
    for number, center in enumerate(centers):
        squared = np.square(x - center).sum(axis=1)
        closer = squared < best
        best[closer], labels[closer] = squared[closer], number
    return labels


def kmeans_assign__number_by_number(x, centers):
    labels, rows = [], centers.tolist()
    for example in x.tolist():
        distances = [math.fsum((a - b) ** 2 for a, b in zip(example, center, strict=True)) for center in rows]
        labels.append(distances.index(min(distances)))
    return np.array(labels)


def kmeans_update__one_hot_product(x, labels, centers):
    members = (labels[:, None] == np.arange(len(centers))).astype(x.dtype)
    counts = members.sum(axis=0)
    return np.where(counts[:, None] > 0, members.T @ x / np.maximum(counts, 1)[:, None], centers)


def kmeans_update__sums_in_place(x, labels, centers):
    sums, counts = np.zeros_like(centers), np.bincount(labels, minlength=len(centers))
    np.add.at(sums, labels, x)
    filled, moved = counts > 0, np.array(centers)
    moved[filled] = (sums[filled].T / counts[filled]).T.astype(x.dtype)
    return moved


def kmeans__until_labels_stay(x, k, rng, *, max_iterations=100):
    centers = np.array(x[rng.permutation(len(x))[:k]])
    labels, steps = kmeans.kmeans_assign(x, centers), 0
    while steps < max_iterations:
        centers, before = kmeans.kmeans_update(x, labels, centers), labels
        labels, steps = kmeans.kmeans_assign(x, centers), steps + 1
        if (labels == before).all():
            break
    return centers, labels, float(np.square(x - centers[labels]).sum())


def kmeans__all_steps(x, k, rng, *, max_iterations=100):
    centers = x[rng.permutation(len(x))[-k:]].copy()
    for _ in range(max_iterations):
        centers = kmeans.kmeans_update(x, kmeans.kmeans_assign(x, centers), centers)
    labels = kmeans.kmeans_assign(x, centers)
    return (
        centers,
        labels,
        sum(float(((row - centers[label]) ** 2).sum()) for row, label in zip(x, labels, strict=True)),
    )


# fast


def cd1_fast__example_by_example(v, weight, bias_visible, bias_hidden, hidden_draws, visible_draws):
    return workloads.cd1_fast__naive(v, weight, bias_visible, bias_hidden, hidden_draws, visible_draws)


def cd1_fast__one_product_for_both(v, weight, bias_visible, bias_hidden, hidden_draws, visible_draws):
    data = torch.sigmoid(v @ weight.T + bias_hidden)
    h = torch.where(hidden_draws < data, 1.0, 0.0).to(v.dtype)
    after = torch.where(visible_draws < torch.sigmoid(h @ weight + bias_visible), 1.0, 0.0).to(v.dtype)
    model = torch.sigmoid(after @ weight.T + bias_hidden)
    both = torch.cat((model, -data)).T @ torch.cat((after, v))
    return both / len(v), after.mean(0) - v.mean(0), model.mean(0) - data.mean(0)
