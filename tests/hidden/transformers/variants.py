"""Other right answers: the suite must take them all. Each is named `<task>__<style>`."""

import math

import numpy as np
import torch

from solutions.transformers import workloads

# attention


def causal_mask__number_by_number(length):
    mask = np.zeros((length, length), dtype=bool)
    for i in range(length):
        mask[i, : i + 1] = True
    return mask


def causal_mask__cumulative(length):
    return np.cumsum(np.eye(length), axis=1).T > 0


def split_heads__stacked_slices(x, heads):
    if x.shape[2] % heads != 0:
        raise ValueError("unequal parts")
    return np.stack(np.split(x, heads, axis=2), axis=1)


def split_heads__head_by_head(x, heads):
    size, rest = divmod(x.shape[2], heads)
    if rest:
        raise ValueError("unequal parts")
    out = np.empty((x.shape[0], heads, x.shape[1], size), x.dtype)
    for head in range(heads):
        out[:, head] = x[:, :, head * size : (head + 1) * size]
    return out


def merge_heads__concatenated(x):
    return np.concatenate([x[:, head] for head in range(x.shape[1])], axis=-1)


def merge_heads__head_by_head(x):
    n, p, t, d = x.shape
    out = np.empty((n, t, p * d), x.dtype)
    for head in range(p):
        out[:, :, head * d : head * d + d] = x[:, head]
    return out


def _weights_of(scores):
    """Return the softmax of a list of scores, of which some are minus infinity."""
    highest = max(scores)
    if highest == -math.inf:
        return [0.0] * len(scores)
    parts = [math.exp(score - highest) for score in scores]
    return [part / sum(parts) for part in parts]


def sdpa_forward__number_by_number(q, k, v, *, mask=None):
    n, p, queries, d = q.shape
    keys, e = v.shape[2:]
    allowed = np.broadcast_to(True if mask is None else mask, (n, p, queries, keys))
    out, weights = np.zeros((n, p, queries, e), q.dtype), np.zeros((n, p, queries, keys), q.dtype)
    for i in range(n):
        for h in range(p):
            for row in range(queries):
                scores = []
                for t in range(keys):
                    score = sum(float(q[i, h, row, c]) * float(k[i, h, t, c]) for c in range(d)) / math.sqrt(d)
                    scores.append(score if allowed[i, h, row, t] else -math.inf)
                weights[i, h, row] = _weights_of(scores)
                for c in range(e):
                    out[i, h, row, c] = sum(float(weights[i, h, row, t]) * float(v[i, h, t, c]) for t in range(keys))
    return out, (q, k, v, weights)


def sdpa_forward__einsum(q, k, v, *, mask=None):
    scores = np.einsum("npqd,nptd->npqt", q / math.sqrt(q.shape[-1]), k)
    allowed = np.ones(scores.shape, bool) if mask is None else np.broadcast_to(mask, scores.shape)
    top = np.max(scores, axis=-1, keepdims=True, initial=np.finfo(q.dtype).min, where=allowed)
    parts = np.where(allowed, np.exp(np.minimum(scores - top, 0)), 0)
    total = parts.sum(axis=-1, keepdims=True)
    weights = np.divide(parts, total, out=np.zeros_like(parts), where=total > 0)
    return np.einsum("npqt,npte->npqe", weights, v), (q, k, v, weights)


def sdpa_backward__einsum(dout, cache):
    q, k, v, weights = cache
    out = np.einsum("npqt,npte->npqe", weights, v)
    dscores = np.einsum("npqe,npte->npqt", dout, v) - np.einsum("npqe,npqe->npq", dout, out)[..., None]
    dscores = dscores * weights / math.sqrt(q.shape[-1])
    return (
        np.einsum("npqt,nptd->npqd", dscores, k),
        np.einsum("npqt,npqd->nptd", dscores, q),
        np.einsum("npqt,npqe->npte", weights, dout),
    )


def sdpa_backward__query_by_query(dout, cache):
    q, k, v, weights = cache
    dq, dk, dv = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v)
    for place in np.ndindex(q.shape[:3]):
        head, w, slope = place[:2], weights[place], dout[place]
        jacobian = np.diag(w) - np.outer(w, w)
        dscores = jacobian @ (v[head] @ slope) / math.sqrt(q.shape[-1])
        dq[place] = dscores @ k[head]
        dk[head] += np.outer(dscores, q[place])
        dv[head] += np.outer(w, slope)
    return dq, dk, dv


def grouped_query_attention__head_by_head(q, k, v, *, mask=None):
    heads, groups = q.shape[1], k.shape[1]
    if heads % groups:
        raise ValueError("groups")
    allowed = True if mask is None else mask
    allowed = np.broadcast_to(allowed, (q.shape[0], heads, q.shape[2], k.shape[2]))
    answers = []
    for head in range(heads):
        group = slice(head * groups // heads, head * groups // heads + 1)
        one = slice(head, head + 1)
        answers.append(sdpa_forward__einsum(q[:, one], k[:, group], v[:, group], mask=allowed[:, one])[0])
    return np.concatenate(answers, axis=1)


def grouped_query_attention__indexed(q, k, v, *, mask=None):
    if q.shape[1] % k.shape[1]:
        raise ValueError("groups")
    group = np.arange(q.shape[1]) // (q.shape[1] // k.shape[1])
    return sdpa_forward__einsum(q, k[:, group], v[:, group], mask=mask)[0]


def cached_attention__einsum(q, k, v, past):
    keys = np.concatenate([past["keys"], k[:, :, None]], axis=2) if past else k[:, :, None].copy()
    values = np.concatenate([past["values"], v[:, :, None]], axis=2) if past else v[:, :, None].copy()
    scores = np.einsum("npd,nptd->npt", q, keys) / math.sqrt(q.shape[-1])
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return np.einsum("npt,npte->npe", weights, values), {"keys": keys, "values": values}


def cached_attention__filled_in(q, k, v, past):
    seen = past["keys"].shape[2] if past else 0
    after = {}
    for name, new in (("keys", k), ("values", v)):
        after[name] = np.empty((*new.shape[:2], seen + 1, new.shape[2]), new.dtype)
        if seen:
            after[name][:, :, :seen] = past[name]
        after[name][:, :, seen] = new
    out, _ = sdpa_forward__number_by_number(q[:, :, None], after["keys"], after["values"])
    return out[:, :, 0].copy(), after


# block


def rms_norm_forward__number_by_number(x, weight, *, eps=1e-6):
    out, normed, roots = np.empty_like(x), np.empty_like(x), np.empty((*x.shape[:-1], 1), x.dtype)
    for place in np.ndindex(x.shape[:-1]):
        total = 0.0
        for number in x[place]:
            total += float(number) ** 2
        roots[place] = math.sqrt(total / x.shape[-1] + eps)
        for i in range(x.shape[-1]):
            normed[(*place, i)] = x[(*place, i)] / roots[place][0]
            out[(*place, i)] = normed[(*place, i)] * weight[i]
    return out, (normed, weight, roots)


def rms_norm_forward__norm(x, weight, *, eps=1e-6):
    squares = np.einsum("...e,...e->...", x, x)[..., None] / x.shape[-1]
    scale = (squares + eps) ** -0.5
    return (x * scale * weight).astype(x.dtype), ((x * scale).astype(x.dtype), weight, (1 / scale).astype(x.dtype))


def rms_norm_backward__two_terms(dout, cache):
    normed, weight, root = cache
    direct = dout * weight / root
    inner = np.einsum("...e,...e->...", dout * weight, normed)[..., None] / weight.size
    return direct - normed * inner / root, (dout * normed).reshape(-1, weight.size).sum(axis=0)


def rms_norm_backward__jacobian(dout, cache):
    normed, weight, root = cache
    dx, dweight = np.zeros_like(normed), np.zeros_like(weight)
    for place in np.ndindex(normed.shape[:-1]):
        y = normed[place]
        jacobian = (np.eye(len(y)) - np.outer(y, y) / len(y)) / root[place]
        dx[place] = jacobian @ (dout[place] * weight)
        dweight += dout[place] * y
    return dx, dweight


def rotary_embedding__complex(x, *, base=10000.0, offset=0):
    if x.shape[-1] % 2:
        raise ValueError("odd")
    half = x.shape[-1] // 2
    speeds = base ** (-2 * np.arange(half) / x.shape[-1])
    turned = (x[..., :half] + 1j * x[..., half:]) * np.exp(1j * np.outer(offset + np.arange(x.shape[2]), speeds))
    return np.concatenate((turned.real, turned.imag), axis=-1).astype(x.dtype)


def rotary_embedding__pair_by_pair(x, *, base=10000.0, offset=0):
    half, rest = divmod(x.shape[-1], 2)
    if rest:
        raise ValueError("odd")
    out = np.empty_like(x)
    for t in range(x.shape[2]):
        for i in range(half):
            angle = (offset + t) * base ** (-i / half)
            a, b = x[:, :, t, i], x[:, :, t, i + half]
            out[:, :, t, i] = a * math.cos(angle) - b * math.sin(angle)
            out[:, :, t, i + half] = a * math.sin(angle) + b * math.cos(angle)
    return out


def _sigmoid(z):
    """Return the sigmoid without overflow."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + small), small / (1 + small))


def swiglu_forward__einsum(x, w_gate, w_up, w_down):
    gate, up = np.einsum("...e,me->...m", x, w_gate), np.einsum("...e,me->...m", x, w_up)
    sigmoid = _sigmoid(gate)
    return np.einsum("...m,em->...e", gate * sigmoid * up, w_down), (x, w_gate, w_up, w_down, gate, up, sigmoid)


def swiglu_forward__position_by_position(x, w_gate, w_up, w_down):
    out = np.empty(x.shape, x.dtype)
    gates, ups = (np.empty((*x.shape[:-1], len(w_up)), x.dtype) for _ in range(2))
    for place in np.ndindex(x.shape[:-1]):
        gates[place], ups[place] = w_gate @ x[place], w_up @ x[place]
        out[place] = w_down @ (gates[place] * _sigmoid(gates[place]) * ups[place])
    return out, (x, w_gate, w_up, w_down, gates, ups, _sigmoid(gates))


def swiglu_backward__einsum(dout, cache):
    x, w_gate, w_up, w_down, gate, up, sigmoid = cache
    dhidden = np.einsum("...e,em->...m", dout, w_down)
    dup, dgate = dhidden * gate * sigmoid, dhidden * up * (sigmoid + gate * sigmoid * (1 - sigmoid))
    dx = np.einsum("...m,me->...e", dgate, w_gate) + np.einsum("...m,me->...e", dup, w_up)

    def outer(left, right):
        return np.einsum("ni,nj->ij", left.reshape(-1, left.shape[-1]), right.reshape(-1, right.shape[-1]))

    dw_down = outer(dout, gate * sigmoid * up)
    return dx, outer(dgate, x), outer(dup, x), dw_down


def swiglu_backward__position_by_position(dout, cache):
    x, w_gate, w_up, w_down, gate, up, sigmoid = cache
    dx, dgates, dups, ddowns = np.zeros_like(x), np.zeros_like(w_gate), np.zeros_like(w_up), np.zeros_like(w_down)
    for place in np.ndindex(x.shape[:-1]):
        z, u, s = gate[place], up[place], sigmoid[place]
        dhidden = w_down.T @ dout[place]
        dz, du = dhidden * u * (s + z * s * (1 - s)), dhidden * z * s
        dx[place] = w_gate.T @ dz + w_up.T @ du
        dgates += np.outer(dz, x[place])
        dups += np.outer(du, x[place])
        ddowns += np.outer(dout[place], z * s * u)
    return dx, dgates, dups, ddowns


# objectives


def next_token_targets__token_by_token(ids):
    n, t = ids.shape
    if t <= 1:
        raise ValueError("short")
    inputs, targets = np.empty((n, t - 1), ids.dtype), np.empty((n, t - 1), ids.dtype)
    for row in range(n):
        for place in range(t - 1):
            inputs[row, place], targets[row, place] = ids[row, place], ids[row, place + 1]
    return inputs, targets


def next_token_targets__deleted(ids):
    if ids.shape[1] < 2:
        raise ValueError("short")
    return np.delete(ids, -1, axis=1), np.delete(ids, 0, axis=1)


def mask_tokens__chosen_only(ids, rng, *, mask_id, vocab_size, p=0.15):
    inputs, targets = np.array(ids), np.full_like(ids, -100)
    rows, columns = np.nonzero(rng.random(ids.shape) < p)
    targets[rows, columns] = ids[rows, columns]
    kinds = rng.choice(3, size=len(rows), p=(0.8, 0.1, 0.1))
    inputs[rows[kinds == 0], columns[kinds == 0]] = mask_id
    random = kinds == 1
    inputs[rows[random], columns[random]] = rng.integers(0, vocab_size, size=random.sum())
    return inputs, targets


def mask_tokens__token_by_token(ids, rng, *, mask_id, vocab_size, p=0.15):
    inputs, targets = np.array(ids), np.full_like(ids, -100)
    for place in np.ndindex(ids.shape):
        if rng.random() >= p:
            continue
        targets[place], kind = ids[place], rng.random()
        if kind < 0.1:
            inputs[place] = int(rng.random() * vocab_size)
        elif kind >= 0.2:
            inputs[place] = mask_id
    return inputs, targets


def top_k_sample__row_by_row(scores, rng, *, k, temperature=1.0):
    if k < 1 or k > scores.shape[1] or temperature <= 0:
        raise ValueError("k")
    tokens = np.empty(len(scores), int)
    for row, values in enumerate(scores):
        best = sorted(range(len(values)), key=lambda token, values=values: -values[token])[:k]
        parts = np.exp((values[best].astype(np.float64) - values[best[0]]) / temperature)
        tokens[row] = best[int(np.searchsorted(np.cumsum(parts), rng.random() * parts.sum(), side="right"))]
    return tokens


def top_k_sample__gumbel(scores, rng, *, k, temperature=1.0):
    if not 0 < k <= scores.shape[1] or not temperature > 0:
        raise ValueError("k")
    bar = np.sort(scores, axis=1)[:, -k, None]
    noise = rng.gumbel(size=scores.shape)
    return np.where(scores >= bar, scores / temperature + noise, -np.inf).argmax(axis=1)


# fast


def attention_fast__query_by_query(q, k, v, dout):
    return workloads.attention_fast__naive(q, k, v, dout)


def attention_fast__whole_table(q, k, v, dout):
    scale = q.shape[-1] ** -0.5
    weights = torch.softmax(torch.matmul(q, k.mT) * scale, dim=-1)
    out, dv = weights @ v, weights.mT @ dout
    dscores = weights * (dout @ v.mT - (out * dout).sum(dim=-1, keepdim=True)) * scale
    return out, dscores @ k, dscores.mT @ q, dv
