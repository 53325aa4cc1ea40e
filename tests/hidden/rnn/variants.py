"""Right answers to the tasks of the recurrent unit that are written otherwise: the suite must accept them.

Named ``<task>__<style>``. A cache is read by its own backward function alone, so variants of a forward function answer
with the cache of the solution, and variants of a backward function read it.
"""

import math

import numpy as np
import torch

from solutions.rnn import gru, lstm, training, vanilla, workloads


def logistic(z):
    """The sigmoid by two formulas, one for each sign."""
    power = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, power) / (1 + power)


# vanilla


def rnn_step_forward__one_product(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    both = np.concatenate([x, h], axis=1) @ np.concatenate([weight_ih, weight_hh], axis=1).T
    h_next = np.tanh(both + (bias_ih + bias_hh))
    return h_next, (x, h, weight_ih, weight_hh, h_next)


def rnn_step_forward__einsum(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    h_next = np.tanh(np.einsum("nd,md->nm", x, weight_ih) + np.einsum("nk,mk->nm", h, weight_hh) + bias_ih + bias_hh)
    return h_next, (x, h, weight_ih, weight_hh, h_next)


def rnn_step_backward__einsum(dh_next, cache):
    x, h, weight_ih, weight_hh, h_next = cache
    dz = dh_next - dh_next * h_next * h_next
    dbias = np.einsum("nm->m", dz)
    dweights = np.einsum("nm,nd->md", dz, x), np.einsum("nm,nk->mk", dz, h)
    return np.einsum("nm,md->nd", dz, weight_ih), np.einsum("nm,mk->nk", dz, weight_hh), *dweights, dbias, dbias.copy()


def rnn_step_backward__example_by_example(dh_next, cache):
    x, h, weight_ih, weight_hh, h_next = cache
    dx, dh, dw_ih, dw_hh, dbias = (np.zeros_like(a) for a in (x, h, weight_ih, weight_hh, weight_hh[0]))
    for n in range(len(x)):
        dz = dh_next[n] * (1 - h_next[n]) * (1 + h_next[n])
        dx[n], dh[n] = weight_ih.T @ dz, weight_hh.T @ dz
        dw_ih += np.outer(dz, x[n])
        dw_hh += np.outer(dz, h[n])
        dbias += dz
    return [dx, dh, dw_ih, dw_hh, dbias, dbias]


def rnn_forward__inputs_first(x, h0, weight_ih, weight_hh, bias_ih, bias_hh):
    if not len(x):
        raise ValueError("T = 0")
    of_x = x @ weight_ih.T + bias_ih + bias_hh
    out, caches, h = np.empty_like(of_x), [], h0
    for t in range(len(x)):
        out[t] = np.tanh(of_x[t] + h @ weight_hh.T)
        caches.append((x[t], h, weight_ih, weight_hh, out[t]))
        h = out[t]
    return out, h.copy(), caches


def rnn_forward__recursive(x, h0, *weights):
    if len(x) == 0:
        raise ValueError("no steps")
    h, cache = vanilla.rnn_step_forward(x[0], h0, *weights)
    if len(x) == 1:
        return h[None], h, [cache]
    out, h_n, caches = rnn_forward__recursive(x[1:], h, *weights)
    return np.concatenate([h[None], out]), h_n, [cache, *caches]


def _weights_afterwards(caches, dzs):
    """Sums over time by products over all steps and examples."""
    x, h = (np.stack([cache[index] for cache in caches]) for index in (0, 1))
    dz = np.stack(dzs)
    return np.einsum("tng,tnd->gd", dz, x), np.einsum("tng,tnm->gm", dz, h), dz.sum(axis=(0, 1)), dz.sum(axis=(0, 1))


def rnn_backward__weights_afterwards(dout, dh_n, cache):
    dh, dzs = dh_n, [None] * len(cache)
    for t in range(len(cache) - 1, -1, -1):
        dzs[t] = (dh + dout[t]) * (1 - cache[t][4] ** 2)
        dh = dzs[t] @ cache[t][3]
    return np.stack(dzs) @ cache[0][2], dh, *_weights_afterwards(cache, dzs)


def _accumulating(step):
    """Through time with arrays that are added to in place."""

    def backward(dout, *dstate_and_cache):
        *dstate, cache = dstate_and_cache
        totals, dx = None, []
        for t in reversed(range(len(dout))):
            first, *rest = step(dstate[0] + dout[t], *dstate[1:], cache[t])
            dstate, gradients = rest[: len(dstate)], rest[len(dstate) :]
            dx.insert(0, first)
            totals = totals or [np.zeros_like(gradient) for gradient in gradients]
            for total, gradient in zip(totals, gradients, strict=True):
                np.add(total, gradient, out=total)
        return np.array(dx), *dstate, *totals

    return backward


def rnn_backward__in_place(dout, dh_n, cache):
    return _accumulating(vanilla.rnn_step_backward)(dout, dh_n, cache)


def truncated_bptt__zeroed_at_the_borders(x, h0, *weights_and_dout, k):
    *weights, dout = weights_and_dout
    if k <= 0:
        raise ValueError("k must be positive")
    out, h_n, cache = vanilla.rnn_forward(x, h0, *weights)
    totals, dx, dh, dh0 = [np.zeros_like(weight) for weight in weights], np.zeros_like(x), np.zeros_like(h0), None
    for t in reversed(range(len(x))):
        if (t + 1) % k == 0:
            dh = np.zeros_like(h0)
        dx[t], dh, *gradients = vanilla.rnn_step_backward(dout[t] + dh, cache[t])
        totals = [total + gradient for total, gradient in zip(totals, gradients, strict=True)]
        dh0 = dh
    return out, h_n, (dx, dh0, *totals)


def truncated_bptt__recursive(x, h0, *weights_and_dout, k):
    *weights, dout = weights_and_dout
    if k < 1 or len(x) == 0:
        raise ValueError("nothing to cut")
    out, h_n, cache = vanilla.rnn_forward(x[:k], h0, *weights)
    first = vanilla.rnn_backward(dout[:k], 0 * h0, cache)
    if len(x) <= k:
        return out, h_n, first
    rest, h_n, others = truncated_bptt__recursive(x[k:], h_n, *weights, dout[k:], k=k)
    sums = [one + other for one, other in zip(first[2:], others[2:], strict=True)]
    return np.concatenate([out, rest]), h_n, (np.concatenate([first[0], others[0]]), first[1], *sums)


# lstm


def _lstm_cache(x, h, c, weight_ih, weight_hh, gates, c_next):
    return x, h, c, weight_ih, weight_hh, *gates, np.tanh(c_next)


def lstm_step_forward__block_by_block(x, h, c, weight_ih, weight_hh, bias_ih, bias_hh):
    m, gates = h.shape[1], []
    for block, function in enumerate((logistic, logistic, np.tanh, logistic)):
        rows = slice(block * m, (block + 1) * m)
        gates.append(function(x @ weight_ih[rows].T + bias_ih[rows] + (h @ weight_hh[rows].T + bias_hh[rows])))
    i, f, g, o = gates
    c_next = i * g + c * f
    return np.tanh(c_next) * o, c_next, _lstm_cache(x, h, c, weight_ih, weight_hh, gates, c_next)


def lstm_step_forward__one_product(x, h, c, weight_ih, weight_hh, bias_ih, bias_hh):
    z = np.hstack([x, h]) @ np.hstack([weight_ih, weight_hh]).T + (bias_ih + bias_hh)
    z = z.reshape(len(x), 4, h.shape[1]).swapaxes(0, 1)
    gates = logistic(z[0]), logistic(z[1]), np.tanh(z[2]), logistic(z[3])
    c_next = gates[1] * c + gates[0] * gates[2]
    return gates[3] * np.tanh(c_next), c_next, _lstm_cache(x, h, c, weight_ih, weight_hh, gates, c_next)


def lstm_step_backward__einsum(dh_next, dc_next, cache):
    x, h, c, weight_ih, weight_hh, i, f, g, o, shown = cache
    do = dh_next * shown
    dc = dc_next + dh_next * o - dh_next * o * shown**2
    slopes = np.stack([i - i**2, f - f**2, 1 - g**2, o - o**2], axis=1)
    dz = (np.stack([dc * g, dc * c, dc * i, do], axis=1) * slopes).reshape(len(x), len(weight_ih))
    dbias = dz.sum(0)
    dweights = np.einsum("ng,nd->gd", dz, x), np.einsum("ng,nm->gm", dz, h)
    return dz.dot(weight_ih), dz.dot(weight_hh), f * dc, *dweights, dbias, dbias.copy()


def lstm_step_backward__block_by_block(dh_next, dc_next, cache):
    x, h, c, weight_ih, weight_hh, i, f, g, o, shown = cache
    dc = (1 - shown**2) * o * dh_next + dc_next
    dz = np.empty((len(x), len(weight_ih)), dtype=x.dtype)
    m = h.shape[1]
    dz[:, :m], dz[:, m : 2 * m] = i * (1 - i) * g * dc, f * (1 - f) * c * dc
    dz[:, 2 * m : 3 * m], dz[:, 3 * m :] = (1 - g) * (1 + g) * i * dc, o * (1 - o) * shown * dh_next
    ones = np.ones(len(x), dtype=x.dtype)
    return dz @ weight_ih, dz @ weight_hh, dc * f, (x.T @ dz).T, (h.T @ dz).T, ones @ dz, ones @ dz


def lstm_forward__filled(x, h0, c0, *weights):
    if x.shape[0] < 1:
        raise ValueError("T must be positive")
    out, caches, h, c = np.zeros((len(x), *h0.shape), dtype=x.dtype), [None] * len(x), h0, c0
    for t in range(len(x)):
        h, c, caches[t] = lstm.lstm_step_forward(x[t], h, c, *weights)
        out[t] = h
    return out, out[-1].copy(), c, caches


def lstm_forward__recursive(x, h0, c0, *weights):
    if len(x) == 0:
        raise ValueError("no steps")
    h, c, cache = lstm.lstm_step_forward(x[0], h0, c0, *weights)
    if len(x) == 1:
        return h[None], h, c, [cache]
    out, h_n, c_n, caches = lstm_forward__recursive(x[1:], h, c, *weights)
    return np.concatenate([h[None], out]), h_n, c_n, [cache, *caches]


def lstm_backward__in_place(dout, dh_n, dc_n, cache):
    return _accumulating(lstm.lstm_step_backward)(dout, dh_n, dc_n, cache)


def lstm_backward__filled(dout, dh_n, dc_n, cache):
    dx, dh, dc = np.zeros((*dout.shape[:2], cache[0][0].shape[1]), dtype=dout.dtype), dh_n, dc_n
    sums = np.zeros(4, dtype=object)
    for t in range(len(dout) - 1, -1, -1):
        dx[t], dh, dc, *gradients = lstm.lstm_step_backward(dh + dout[t], dc, cache[t])
        for index, gradient in enumerate(gradients):
            sums[index] = gradient + sums[index]
    return dx, dh, dc, *sums


# gru


def gru_step_forward__block_by_block(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    r_rows, z_rows, n_rows = (slice(block * h.shape[1], (block + 1) * h.shape[1]) for block in range(3))
    r = logistic(x @ weight_ih[r_rows].T + h @ weight_hh[r_rows].T + bias_ih[r_rows] + bias_hh[r_rows])
    z = logistic(x @ weight_ih[z_rows].T + h @ weight_hh[z_rows].T + bias_ih[z_rows] + bias_hh[z_rows])
    product = h @ weight_hh[n_rows].T + bias_hh[n_rows]
    n = np.tanh(x @ weight_ih[n_rows].T + bias_ih[n_rows] + r * product)
    return n - z * n + z * h, (x, h, weight_ih, weight_hh, r, z, n, product)


def gru_step_forward__reshaped(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    of_x = (x @ weight_ih.T + bias_ih).reshape(len(x), 3, h.shape[1])
    of_h = (h @ weight_hh.T + bias_hh).reshape(len(x), 3, h.shape[1])
    gates = logistic(of_x[:, :2] + of_h[:, :2])
    r, z = gates[:, 0], gates[:, 1]
    n = np.tanh(of_x[:, 2] + r * of_h[:, 2])
    return n + z * (h - n), (x, h, weight_ih, weight_hh, r, z, n, of_h[:, 2])


def gru_step_backward__einsum(dh_next, cache):
    x, h, weight_ih, weight_hh, r, z, n, product = cache
    dn = (dh_next - dh_next * z) * (1 - n * n)
    dz, dr = (dh_next * h - dh_next * n) * (z - z * z), dn * product * (r - r * r)
    of_x, of_h = np.hstack([dr, dz, dn]), np.hstack([dr, dz, r * dn])
    dweights = np.einsum("ng,nd->gd", of_x, x), np.einsum("ng,nm->gm", of_h, h)
    return of_x.dot(weight_ih), dh_next * z + of_h.dot(weight_hh), *dweights, of_x.sum(0), of_h.sum(0)


def gru_step_backward__block_by_block(dh_next, cache):
    x, h, weight_ih, weight_hh, r, z, n, product = cache
    dn = dh_next * (1 - z) * (1 - n) * (1 + n)
    blocks_x = [dn * product * r * (1 - r), dh_next * (h - n) * z * (1 - z), dn]
    blocks_h = [*blocks_x[:2], dn * r]
    dx = sum(block @ weight for block, weight in zip(blocks_x, np.split(weight_ih, 3), strict=True))
    dh = sum(block @ weight for block, weight in zip(blocks_h, np.split(weight_hh, 3), strict=True)) + z * dh_next
    dweight_ih, dweight_hh = (
        np.vstack([block.T @ x for block in blocks_x]),
        np.vstack([block.T @ h for block in blocks_h]),
    )
    return dx, dh, dweight_ih, dweight_hh, *(np.hstack([b.sum(0) for b in blocks]) for blocks in (blocks_x, blocks_h))


def gru_forward__filled(x, h0, *weights):
    if x.shape[0] < 1:
        raise ValueError("T must be positive")
    out, caches, h = np.zeros((len(x), *h0.shape), dtype=x.dtype), [None] * len(x), h0
    for t in range(len(x)):
        out[t], caches[t] = gru.gru_step_forward(x[t], h, *weights)
        h = out[t]
    return out, h.copy(), caches


def gru_forward__recursive(x, h0, *weights):
    if len(x) == 0:
        raise ValueError("no steps")
    h, cache = gru.gru_step_forward(x[0], h0, *weights)
    if len(x) == 1:
        return h[None], h, [cache]
    out, h_n, caches = gru_forward__recursive(x[1:], h, *weights)
    return np.concatenate([h[None], out]), h_n, [cache, *caches]


def gru_backward__in_place(dout, dh_n, cache):
    return _accumulating(gru.gru_step_backward)(dout, dh_n, cache)


def gru_backward__filled(dout, dh_n, cache):
    dx, dh, sums = np.zeros((*dout.shape[:2], cache[0][0].shape[1]), dtype=dout.dtype), dh_n, np.zeros(4, dtype=object)
    for t in range(len(dout) - 1, -1, -1):
        dx[t], dh, *gradients = gru.gru_step_backward(dh + dout[t], cache[t])
        for index, gradient in enumerate(gradients):
            sums[index] = gradient + sums[index]
    return dx, dh, *sums


# training


def sequence_cross_entropy__flattened(scores, targets):
    flat, labels = scores.reshape(-1, scores.shape[2]), targets.reshape(-1)
    rows = np.flatnonzero(labels >= 0)
    highest = flat[rows].max(axis=1)
    log_sums = highest + np.log(np.exp(flat[rows] - highest[:, None]).sum(axis=1))
    dflat = np.zeros_like(flat)
    dflat[rows] = np.exp(flat[rows] - log_sums[:, None])
    dflat[rows, labels[rows]] -= 1
    return (log_sums - flat[rows, labels[rows]]).mean(), (dflat / len(rows)).reshape(scores.shape)


def sequence_cross_entropy__step_by_step(scores, targets):
    count, losses, dscores = int((targets != -100).sum()), [], np.zeros_like(scores)
    for t, n in np.ndindex(targets.shape):
        if targets[t, n] != -100:
            shifted = scores[t, n] - scores[t, n].max()
            powers = np.exp(shifted)
            losses.append(np.log(powers.sum()) - shifted[targets[t, n]])
            dscores[t, n] = powers / powers.sum()
            dscores[t, n, targets[t, n]] -= 1
    return sum(losses) / count, dscores / count


def perplexity__power_of_two(scores, targets):
    return 2 ** (training.sequence_cross_entropy(scores, targets)[0] / np.log(2))


def perplexity__geometric_mean(scores, targets):
    rows, labels = scores[targets != -100], targets[targets != -100]
    shifted = rows - rows.max(axis=1, keepdims=True)
    probabilities = (np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True))[np.arange(len(rows)), labels]
    return float(np.prod(probabilities ** (-1 / len(rows))))


def clip_grad_norm__one_vector(grads, max_norm):
    total_norm = np.linalg.norm(np.concatenate([np.ravel(grad) for grad in grads]))
    if total_norm + 1e-6 <= max_norm:
        return [grad.copy() for grad in grads], total_norm
    return [(grad * (max_norm / (total_norm + 1e-6))).astype(grad.dtype) for grad in grads], total_norm


def clip_grad_norm__norm_of_norms(grads, max_norm):
    total_norm = np.linalg.norm([np.linalg.norm(grad) for grad in grads]).astype(grads[0].dtype)
    factor = min(1.0, float(max_norm / (total_norm + 1e-6)))
    return [factor * grad for grad in grads], total_norm


def _run(x, state, params, cell):
    weights = [params[name] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    if cell == "lstm":
        out, h, c, cache = lstm.lstm_forward(x, state[0], state[1], *weights)
        return out, (h, c), cache
    out, h, cache = {"rnn": vanilla.rnn_forward, "gru": gru.gru_forward}[cell](x, state[0], *weights)
    return out, (h,), cache


def recurrent_forward__by_cases(x, state, params, *, cell="rnn"):
    out, state_n, cache = _run(x, state, params, cell)
    scores = np.array([states @ params["weight_out"].T for states in out]) + params["bias_out"]
    return scores, state_n, (out, state, params, cell, cache)


def recurrent_forward__einsum(x, state, params, *, cell="rnn"):
    out, state_n, cache = _run(x, state, params, cell)
    scores = np.einsum("tnm,cm->tnc", out, params["weight_out"]) + params["bias_out"]
    return scores, list(state_n), (out, state, params, cell, cache)


def recurrent_backward__by_cases(dscores, cache):
    out, state, params, cell, of_cell = cache
    dout = np.einsum("tnc,cm->tnm", dscores, params["weight_out"])
    if cell == "lstm":
        _, _, _, *four = lstm.lstm_backward(dout, 0 * state[0], 0 * state[1], of_cell)
    else:
        backward = vanilla.rnn_backward if cell == "rnn" else gru.gru_backward
        _, _, *four = backward(dout, 0 * state[0], of_cell)
    grads = dict(zip(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), four, strict=True))
    return {"bias_out": dscores.sum((0, 1)), "weight_out": np.tensordot(dscores, out, ([0, 1], [0, 1])), **grads}


def recurrent_backward__flattened(dscores, cache):
    out, state, params, cell, of_cell = cache
    flat = dscores.reshape(-1, dscores.shape[2])
    nothing = [np.zeros_like(part) for part in state]
    back = training.CELLS[cell][1](dscores @ params["weight_out"], *nothing, of_cell)
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_out", "bias_out")
    return dict(zip(names, (*back[-4:], flat.T @ out.reshape(-1, out.shape[2]), flat.sum(axis=0)), strict=True))


def train_on_sequences__name_by_name(x, targets, state, params, *, cell="rnn", lr=1.0, max_norm=1.0):
    scores, state_n, cache = training.recurrent_forward(x, state, params, cell=cell)
    loss, dscores = training.sequence_cross_entropy(scores, targets)
    grads = training.recurrent_backward(dscores, cache)
    names = sorted(params)
    clipped, _ = training.clip_grad_norm([grads[name] for name in names], max_norm)
    moved = {}
    for name, grad in zip(names, clipped, strict=True):
        moved[name] = params[name].copy()
        moved[name] -= lr * grad
    return moved, state_n, loss


def train_on_sequences__shorter_rate(x, targets, state, params, *, cell="rnn", lr=1.0, max_norm=1.0):
    scores, state_n, cache = training.recurrent_forward(x, state, params, cell=cell)
    loss, dscores = training.sequence_cross_entropy(scores, targets)
    grads = training.recurrent_backward(dscores, cache)
    norm = math.sqrt(sum(float(np.sum(grad * grad)) for grad in grads.values()))
    rate = lr * min(1.0, max_norm / (norm + 1e-6))
    return {name: value - rate * grads[name] for name, value in params.items()}, state_n, float(loss)


def sample_characters__gumbel(scores, rng, *, temperature=1.0):
    if temperature < 0:
        raise ValueError("negative")
    if temperature == 0:
        return np.argmax(scores, axis=1)
    return (scores / temperature + rng.gumbel(size=scores.shape)).argmax(axis=1)


def sample_characters__choice(scores, rng, *, temperature=1.0):
    if temperature < 0:
        raise ValueError("negative")
    if temperature == 0:
        return np.array([int(np.argmax(row)) for row in scores], dtype=int)
    shifted = (scores - scores.max(axis=1, keepdims=True)) / temperature
    probabilities = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    return np.array([rng.choice(len(row), p=row) for row in probabilities], dtype=int)


def complete_text__one_array(text, length, params, alphabet, rng, *, cell="rnn", temperature=0.0):
    rows, written = np.eye(len(alphabet)), list(text)
    state = training.zero_state(1, params["weight_hh"].shape[1], cell=cell)
    x = np.stack([rows[alphabet.index(letter)] for letter in text])[:, None]
    while len(written) < len(text) + length:
        scores, state, _ = training.recurrent_forward(x, state, params, cell=cell)
        index = int(training.sample_characters(scores[-1], rng, temperature=temperature)[0])
        written.append(alphabet[index])
        x = rows[[[index]]]
    return "".join(written)


def complete_text__letter_by_letter(text, length, params, alphabet, rng, *, cell="rnn", temperature=0.0):
    numbers, scores = [alphabet.find(letter) for letter in text], None
    state = training.zero_state(1, params["weight_hh"].shape[1], cell=cell)
    for place in range(len(text) + length):
        if place >= len(text):
            numbers.append(int(training.sample_characters(scores, rng, temperature=temperature)[0]))
        x = np.zeros((1, 1, len(alphabet)))
        x[0, 0, numbers[place]] = 1.0
        (scores,), state, _ = training.recurrent_forward(x, state, params, cell=cell)
    return "".join(alphabet[number] for number in numbers)


# fast: nearly as fast as torch


def lstm_fast__sequence_by_sequence(x, h0, c0, weight_ih, weight_hh, bias_ih, bias_hh, dout):
    return workloads.lstm_fast__naive(x, h0, c0, weight_ih, weight_hh, bias_ih, bias_hh, dout)


def lstm_fast__step_by_step(x, h0, c0, weight_ih, weight_hh, bias_ih, bias_hh, dout):
    h, c, kept = h0, c0, []
    both = torch.cat([weight_ih, weight_hh], dim=1)
    for x_t in x:
        joined = torch.cat([x_t, h], dim=1)
        i, f, g, o = torch.tensor_split(joined @ both.T + bias_ih + bias_hh, 4, dim=1)
        i, f, g, o = 1 / (1 + torch.exp(-i)), 1 / (1 + torch.exp(-f)), torch.tanh(g), 1 / (1 + torch.exp(-o))
        kept.append((joined, c, i, f, g, o))
        c = f * c + i * g
        h = o * torch.tanh(c)
        kept[-1] += (c,)
    out = torch.stack([step[5] * torch.tanh(step[6]) for step in kept])
    dh, dc, dx, dboth, dbias = torch.zeros_like(h0), torch.zeros_like(c0), [], 0, 0
    for dout_t, (joined, old, i, f, g, o, new) in zip(dout.flip(0), kept[::-1], strict=True):
        shown, dh = torch.tanh(new), dh + dout_t
        dc = dc + dh * o * (1 - shown**2)
        slopes = dc * g * i * (1 - i), dc * old * f * (1 - f), dc * i * (1 - g**2), dh * shown * o * (1 - o)
        dz = torch.cat(slopes, dim=1)
        dboth, dbias = dboth + torch.einsum("nz,nj->zj", dz, joined), dbias + dz.sum(dim=0)
        dx_t, dh = (dz @ both).split([x.shape[2], h0.shape[1]], dim=1)
        dx, dc = [dx_t, *dx], dc * f
    dweight_ih, dweight_hh = (part.contiguous() for part in dboth.split([x.shape[2], h0.shape[1]], dim=1))
    return out, c, (torch.stack(dx), dh, dc, dweight_ih, dweight_hh, dbias, dbias)


def lstm_fast__four_networks(x, h0, c0, weight_ih, weight_hh, bias_ih, bias_hh, dout):
    inputs = [x @ w.T + b for w, b in zip(weight_ih.chunk(4), (bias_ih + bias_hh).chunk(4), strict=True)]
    blocks = weight_hh.chunk(4)
    states, cells, gates = [h0], [c0], []
    for t in range(len(x)):
        sums = [each[t] + states[-1] @ block.T for each, block in zip(inputs, blocks, strict=True)]
        i, f, g, o = sums[0].sigmoid(), sums[1].sigmoid(), sums[2].tanh(), sums[3].sigmoid()
        gates.append((i, f, g, o))
        cells.append(f * cells[-1] + i * g)
        states.append(o * cells[-1].tanh())
    dh, dc, dzs = torch.zeros_like(h0), torch.zeros_like(c0), [None] * len(x)
    for t in range(len(x) - 1, -1, -1):
        (i, f, g, o), shown = gates[t], cells[t + 1].tanh()
        dh = dh + dout[t]
        dc = dc + dh * o * (1 - shown * shown)
        dzs[t] = dc * g * i * (1 - i), dc * cells[t] * f * (1 - f), dc * i * (1 - g * g), dh * shown * o * (1 - o)
        dh, dc = sum(dz @ block for dz, block in zip(dzs[t], blocks, strict=True)), dc * f
    dz = torch.stack([torch.cat(parts, dim=1) for parts in dzs])
    dbias = dz.sum(dim=(0, 1))
    dweight_ih, dweight_hh = (torch.einsum("tnz,tni->zi", dz, a) for a in (x, torch.stack(states[:-1])))
    return torch.stack(states[1:]), cells[-1], (dz @ weight_ih, dh, dc, dweight_ih, dweight_hh, dbias, dbias)


def _sigmoid(z):
    return (1 + math.tanh(z / 2)) / 2


def _sums(p, x, h):
    """Return what every row of the weights adds up to."""
    sums = []
    for k in range(len(p["bias_ih"])):
        total = p["bias_ih"][k] + p["bias_hh"][k]
        for weight, value in zip(p["weight_ih"][k], x, strict=True):
            total += weight * value
        for weight, value in zip(p["weight_hh"][k], h, strict=True):
            total += weight * value
        sums.append(total)
    return sums


def _plain_step(p, x, state):
    h = [math.tanh(z) for z in _sums(p, x, state[0])]
    return (h,), None


def _plain_slopes(step, dstate):
    _, _, (h,), _ = step
    return [d * (1 - value * value) for d, value in zip(dstate[0], h, strict=True)], []


def _lstm_step(p, x, state):
    sums, size, h, c, gates = _sums(p, x, state[0]), len(state[0]), [], [], []
    for k in range(size):
        i, f, o = (_sigmoid(sums[block * size + k]) for block in (0, 1, 3))
        g = math.tanh(sums[2 * size + k])
        c.append(f * state[1][k] + i * g)
        h.append(o * math.tanh(c[k]))
        gates.append((i, f, g, o))
    return (h, c), gates


def _lstm_slopes(step, dstate):
    _, before, (_, c), gates = step
    size, dc_before = len(c), []
    slopes = [0.0] * (4 * size)
    for k, (i, f, g, o) in enumerate(gates):
        squashed = math.tanh(c[k])
        dc = dstate[1][k] + dstate[0][k] * o * (1 - squashed**2)
        slopes[k], slopes[size + k] = dc * g * i * (1 - i), dc * before[1][k] * f * (1 - f)
        slopes[2 * size + k], slopes[3 * size + k] = dc * i * (1 - g * g), dstate[0][k] * squashed * o * (1 - o)
        dc_before.append(dc * f)
    return slopes, [dc_before]


def _scores_of(p, h):
    scores = []
    for unit, row in enumerate(p["weight_out"]):
        total = p["bias_out"][unit]
        for weight, value in zip(row, h, strict=True):
            total += weight * value
        scores.append(total)
    return scores


def _back(p, grads, steps, dscores, slopes_of):
    """Go back through the steps of one sequence, and add to the gradients."""
    size = len(p["weight_hh"][0])
    dstate = [[0.0] * size for _ in steps[0][1]]
    for step, dscore in zip(steps[::-1], dscores[::-1], strict=True):
        x, before, after, _ = step
        for unit, value in enumerate(dscore):
            grads["bias_out"][unit] += value
            for j in range(size):
                grads["weight_out"][unit][j] += value * after[0][j]
                dstate[0][j] += value * p["weight_out"][unit][j]
        slopes, others = slopes_of(step, dstate)
        dh = [0.0] * size
        for k, value in enumerate(slopes):
            grads["bias_ih"][k] += value
            grads["bias_hh"][k] += value
            for d in range(len(x)):
                grads["weight_ih"][k][d] += value * x[d]
            for j in range(size):
                grads["weight_hh"][k][j] += value * before[0][j]
                dh[j] += value * p["weight_hh"][k][j]
        dstate = [dh, *others]


def train_on_sequences__number_by_number(x, targets, state, params, *, cell="rnn", lr=1.0, max_norm=1.0):
    """In plain loops to the last number: what the limits must leave room for. A GRU's step is the solution's."""
    if cell == "gru":
        return training.train_on_sequences(x, targets, state, params, cell=cell, lr=lr, max_norm=max_norm)
    step_of, slopes_of = (_lstm_step, _lstm_slopes) if cell == "lstm" else (_plain_step, _plain_slopes)
    p, loss, count = {name: value.tolist() for name, value in params.items()}, 0.0, int((targets != -100).sum())
    grads, last = {name: np.zeros_like(value).tolist() for name, value in params.items()}, []
    for n in range(x.shape[1]):
        now, steps, dscores = tuple(part[n].tolist() for part in state), [], []
        for row, target in zip(x[:, n].tolist(), targets[:, n].tolist(), strict=True):
            after, kept = step_of(p, row, now)
            steps.append((row, now, after, kept))
            now = after
            scores = _scores_of(p, now[0])
            if target == -100:
                dscores.append([0.0] * len(scores))
                continue
            exponentials = [math.exp(score - max(scores)) for score in scores]
            loss += (math.log(sum(exponentials)) + max(scores) - scores[target]) / count
            slopes = [exponential / sum(exponentials) / count for exponential in exponentials]
            slopes[target] -= 1 / count
            dscores.append(slopes)
        last.append(now)
        _back(p, grads, steps, dscores, slopes_of)
    clipped, _ = training.clip_grad_norm([np.array(grad) for grad in grads.values()], max_norm)
    dtype = x.dtype.type
    moved = {name: params[name] - dtype(lr) * grad.astype(dtype) for name, grad in zip(grads, clipped, strict=True)}
    return moved, tuple(np.array(part, dtype) for part in zip(*last, strict=True)), dtype(loss)


def sample_characters__number_by_number(scores, rng, *, temperature=1.0):
    """In plain loops to the last number: what the limits must leave room for."""
    if temperature < 0:
        raise ValueError("negative")
    characters = []
    for row in scores.tolist():
        best = 0
        for index in range(len(row)):
            if row[index] > row[best]:
                best = index
        if temperature > 0:
            weights = [math.exp((score - row[best]) / temperature) for score in row]
            left = float(rng.random()) * sum(weights)
            for index in range(len(weights)):
                if weights[index] > 0:
                    best = index
                    left -= weights[index]
                    if left < 0:
                        break
        characters.append(best)
    return np.array(characters, dtype=int)
