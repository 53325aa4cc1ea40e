"""Wrong answers that students give, with what is wrong about them. The hidden tests fail each in its own task."""

import math

import numpy as np
import torch

from grader.judge import misconception
from solutions.transformers import attention, block, fast, objectives

# attention.py


@misconception(
    "causal_mask", "The mask is transposed: positions look at what comes after them. Rows ask, columns answer."
)
def mask_transposed(length):
    return attention.causal_mask(length).T


@misconception("causal_mask", "Nobody may look at itself. The diagonal is True, too.")
def mask_without_the_diagonal(length):
    return np.tri(length, k=-1, dtype=bool)


@misconception("causal_mask", "True stands for what is forbidden. It stands for what a position may look at.")
def mask_inverted(length):
    return ~attention.causal_mask(length)


@misconception("causal_mask", "The mask has numbers. Return booleans.")
def mask_of_numbers(length):
    return np.tri(length)


@misconception(
    "split_heads",
    "Time and heads are not exchanged: the numbers of one position are spread over the positions of a head. Cut the "
    "features first, then exchange the axes.",
)
def split_by_reshape(x, heads):
    if x.shape[2] % heads:
        raise ValueError("parts")
    return np.array(x).reshape(x.shape[0], heads, x.shape[1], x.shape[2] // heads).copy()


@misconception("split_heads", "A head gets every P-th feature. It gets a slice of features that lie beside each other.")
def split_by_stride(x, heads):
    n, t, e = x.shape
    if e % heads:
        raise ValueError("parts")
    return np.array(x.reshape(n, t, e // heads, heads).transpose(0, 3, 1, 2))


@misconception("split_heads", "The heads are in the opposite order. Head 0 gets the first features.")
def split_backwards(x, heads):
    return attention.split_heads(x, heads)[:, ::-1].copy()


@misconception(
    "split_heads", "Features that are left over are dropped. Raise a ValueError where the parts are not equal."
)
def split_without_the_rest(x, heads):
    return attention.split_heads(x[..., : x.shape[-1] // heads * heads], heads)


@misconception(
    "merge_heads",
    "The axes are merged without exchanging heads and time: a position gets numbers of other positions. Exchange them "
    "first.",
)
def merge_by_reshape(x):
    n, p, t, d = x.shape
    return np.array(x).reshape(n, t, p * d).copy()


@misconception("merge_heads", "The heads' features are mixed number by number. Put whole heads beside each other.")
def merge_number_by_number(x):
    n, p, t, d = x.shape
    return np.array(x.transpose(0, 2, 3, 1)).reshape(n, t, p * d)


@misconception("merge_heads", "The mean of the heads is returned for each of them. Keep the features of all heads.")
def merge_by_the_mean(x):
    return np.tile(x.mean(axis=1), (1, 1, x.shape[1])).astype(x.dtype)


def attended(q, k, v, mask=None, *, scale=None, axis=-1, low=-np.inf):
    """Attend with one of its parts done otherwise."""
    scores = q @ k.swapaxes(-1, -2) * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)
    if mask is not None:
        scores = np.where(mask, scores, low)
    highest = scores.max(axis=axis, keepdims=True)
    weights = np.exp(scores - np.where(np.isfinite(highest), highest, 0))
    totals = weights.sum(axis=axis, keepdims=True)
    weights = weights / np.where(totals == 0, 1, totals)
    return (weights @ v).astype(q.dtype), (q, k, v, weights.astype(q.dtype))


@misconception(
    "sdpa_forward",
    "The scores are divided by D. Divide them by its root.",
)
def scaled_by_the_size(q, k, v, *, mask=None):
    return attended(q, k, v, mask, scale=1 / q.shape[-1])


@misconception("sdpa_forward", "The scores are not divided by the root of D.")
def not_scaled(q, k, v, *, mask=None):
    return attended(q, k, v, mask, scale=1.0)


@misconception("sdpa_forward", "The scores are divided by the root of all heads' features. Use the size of one head.")
def scaled_by_all_heads(q, k, v, *, mask=None):
    return attended(q, k, v, mask, scale=1 / math.sqrt(q.shape[-1] * q.shape[1]))


@misconception("sdpa_forward", "The weights of each key add up to 1. Those of each query have to.")
def softmax_over_queries(q, k, v, *, mask=None):
    return attended(q, k, v, mask, axis=-2)


@misconception(
    "sdpa_forward", "The mask is applied after the softmax, so that weights do not add up to 1. Apply it before."
)
def mask_after_the_softmax(q, k, v, *, mask=None):
    _, (_, _, _, weights) = attended(q, k, v)
    weights = weights if mask is None else (weights * mask).astype(q.dtype)
    return weights @ v, (q, k, v, weights)


@misconception("sdpa_forward", "The mask is read the wrong way round. True is where a query may look.")
def mask_read_inverted(q, k, v, *, mask=None):
    return attended(q, k, v, None if mask is None else ~mask)


@misconception("sdpa_forward", "Forbidden keys have a score of 0, which is a score like others. Use minus infinity.")
def forbidden_scores_of_zero(q, k, v, *, mask=None):
    return attended(q, k, v, mask, low=0.0)


@misconception("sdpa_forward", "The mask is ignored.")
def mask_ignored(q, k, v, *, mask=None):
    return attended(q, k, v)


@misconception("sdpa_forward", "A query that may look at nothing gets NaN. Its answer is 0.")
def nan_for_empty_rows(q, k, v, *, mask=None):
    out, (*others, weights) = attended(q, k, v, mask)
    empty = weights.sum(axis=-1, keepdims=True) == 0
    return np.where(empty, np.nan, out).astype(q.dtype), (*others, np.where(empty, np.nan, weights).astype(q.dtype))


@misconception("sdpa_forward", "Large scores overflow. Subtract the largest score of each row first.")
def scores_overflow(q, k, v, *, mask=None):
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    with np.errstate(all="ignore"):
        weights = np.exp(scores) if mask is None else np.exp(scores) * mask
        totals = weights.sum(axis=-1, keepdims=True)
        weights = weights / np.where(totals == 0, 1, totals)
        return weights @ v, (q, k, v, weights)


@misconception("sdpa_forward", "The answer is float64 for float32 arrays. Keep the dtype of the queries.")
def attention_in_float64(q, k, v, *, mask=None):
    return attention.sdpa_forward(*(np.asarray(part, np.float64) for part in (q, k, v)), mask=mask)


def gradients(dout, cache, *, scaled=True, mean=True, swap=False):
    """Return gradients with one of their parts left out."""
    q, k, v, weights = cache
    dweights = dout @ v.swapaxes(-1, -2)
    less = (dweights * weights).sum(axis=-1, keepdims=True) if mean else 0
    dscores = weights * (dweights - less) / (math.sqrt(q.shape[-1]) if scaled else 1)
    return dscores @ k, dscores.swapaxes(-1, -2) @ q, weights.swapaxes(-1, -2) @ dout


@misconception("sdpa_backward", "The gradients of queries and keys are not divided by the root of D.")
def gradient_not_scaled(dout, cache):
    return gradients(dout, cache, scaled=False)


@misconception(
    "sdpa_backward",
    "The weights are taken as independent. Their sum is 1: subtract the weighted mean of their gradients.",
)
def gradient_without_the_mean(dout, cache):
    return gradients(dout, cache, mean=False)


@misconception(
    "sdpa_backward", "The gradient of the values comes from the values. It is the weights, transposed, times dout."
)
def values_in_their_own_gradient(dout, cache):
    dq, dk, dv = gradients(dout, cache)
    return dq, dk, dv * cache[2]


@misconception("sdpa_backward", "The gradient of the keys has the wrong sign.")
def keys_with_the_wrong_sign(dout, cache):
    dq, dk, dv = gradients(dout, cache)
    return dq, -dk, dv


@misconception("sdpa_backward", "No gradient comes back to the queries. They take part in the scores.")
def no_gradient_of_queries(dout, cache):
    dq, dk, dv = gradients(dout, cache)
    return np.zeros_like(dq), dk, dv


@misconception("sdpa_backward", "The mean is subtracted without its weights. Weight the gradients of a row first.")
def unweighted_mean(dout, cache):
    q, k, v, weights = cache
    dweights = dout @ v.swapaxes(-1, -2)
    dscores = weights * (dweights - dweights.mean(axis=-1, keepdims=True)) / math.sqrt(q.shape[-1])
    return dscores @ k, dscores.swapaxes(-1, -2) @ q, weights.swapaxes(-1, -2) @ dout


@misconception(
    "grouped_query_attention",
    "Heads take the groups by turns. The first P / G heads share the first group.",
)
def groups_by_turns(q, k, v, *, mask=None):
    times, rest = divmod(q.shape[1], k.shape[1])
    if rest:
        raise ValueError("groups")
    return attention.sdpa_forward(q, np.tile(k, (1, times, 1, 1)), np.tile(v, (1, times, 1, 1)), mask=mask)[0]


@misconception("grouped_query_attention", "All heads ask the first group. Each P / G heads have a group of their own.")
def only_the_first_group(q, k, v, *, mask=None):
    if q.shape[1] % k.shape[1]:
        raise ValueError("groups")
    return attention.sdpa_forward(q, k[:, :1], v[:, :1], mask=mask)[0]


@misconception("grouped_query_attention", "The mask is ignored.")
def mask_ignored_by_groups(q, k, v, *, mask=None):
    return attention.grouped_query_attention(q, k, v)


@misconception("grouped_query_attention", "Heads that do not fit the groups are accepted. Raise a ValueError.")
def groups_that_do_not_fit(q, k, v, *, mask=None):
    index = np.arange(q.shape[1]) * k.shape[1] // q.shape[1]
    return attention.sdpa_forward(q, k[:, index], v[:, index], mask=mask)[0]


@misconception("cached_attention", "The new position does not look at itself. Add its key and value first.")
def step_without_itself(q, k, v, past):
    _, after = attention.cached_attention(q, k, v, past)
    if not past:
        return np.zeros_like(v), after
    return attention.sdpa_forward(q[:, :, None], past["keys"], past["values"])[0][:, :, 0], after


@misconception("cached_attention", "New keys stand before the old ones. Put them at the end, in the order of time.")
def past_backwards(q, k, v, past):
    out, after = attention.cached_attention(q, k, v, past)
    if past:
        after = {name: np.roll(array, 1, axis=2) for name, array in after.items()}
    return out, after


@misconception("cached_attention", "The past is forgotten: the answer is the new value.")
def past_forgotten(q, k, v, past):
    _, after = attention.cached_attention(q, k, v, past)
    return np.array(v), after


@misconception("cached_attention", "Only the last step is kept. Keep all keys and values.")
def only_the_last_step_kept(q, k, v, past):
    out, _ = attention.cached_attention(q, k, v, past)
    return out, {"keys": k[:, :, None].copy(), "values": v[:, :, None].copy()}


@misconception("cached_attention", "The past that was passed in is changed. Return a new one.")
def past_changed_in_place(q, k, v, past):
    out, after = attention.cached_attention(q, k, v, past)
    past.update(after)
    return out, after


# block.py


@misconception(
    "rms_norm_forward",
    "The mean is subtracted, as layer normalization does. RMSNorm only divides.",
)
def mean_subtracted(x, weight, *, eps=1e-6):
    centered = x - x.mean(axis=-1, keepdims=True)
    root = np.sqrt((centered**2).mean(axis=-1, keepdims=True) + eps)
    return centered / root * weight, (centered / root, weight, root)


@misconception("rms_norm_forward", "The features are divided by their length. Take the mean of squares, not the sum.")
def divided_by_the_length(x, weight, *, eps=1e-6):
    root = np.sqrt((x * x).sum(axis=-1, keepdims=True) + eps)
    return x / root * weight, (x / root, weight, root)


@misconception("rms_norm_forward", "eps is added to the root. It stands under it.")
def eps_beside_the_root(x, weight, *, eps=1e-6):
    root = np.sqrt((x * x).mean(axis=-1, keepdims=True)) + eps
    return x / root * weight, (x / root, weight, root)


@misconception("rms_norm_forward", "The weight is left out.")
def norm_without_weight(x, weight, *, eps=1e-6):
    out, cache = block.rms_norm_forward(x, np.ones_like(weight), eps=eps)
    return out, cache


@misconception("rms_norm_forward", "All positions are divided by the same number. Each has a root of its own.")
def one_root_for_all(x, weight, *, eps=1e-6):
    root = np.sqrt((x * x).mean(keepdims=True) + eps)
    return x / root * weight, (x / root, weight, root)


@misconception("rms_norm_forward", "The features are divided by the mean of squares. Take its root.")
def divided_without_the_root(x, weight, *, eps=1e-6):
    root = (x * x).mean(axis=-1, keepdims=True) + eps
    return x / root * weight, (x / root, weight, root)


@misconception("rms_norm_backward", "The root is taken as constant. It depends on every feature.")
def constant_root(dout, cache):
    _, weight, root = cache
    return dout * weight / root, block.rms_norm_backward(dout, cache)[1]


@misconception("rms_norm_backward", "The weight is missing in the gradient of x.")
def gradient_without_weight(dout, cache):
    normed, weight, root = cache
    return block.rms_norm_backward(dout, (normed, np.ones_like(weight), root))[0], block.rms_norm_backward(dout, cache)[
        1
    ]


@misconception("rms_norm_backward", "The gradient of the weight is a mean over positions. Sum it over them.")
def mean_over_positions(dout, cache):
    dx, dweight = block.rms_norm_backward(dout, cache)
    return dx, (dweight / max(1, dout.size // dweight.size)).astype(dweight.dtype)


@misconception(
    "rms_norm_backward", "The products are summed over the features. Take their mean, as the forward pass does."
)
def sum_of_products(dout, cache):
    normed, weight, root = cache
    slope = dout * weight
    dx = (slope - normed * (slope * normed).sum(axis=-1, keepdims=True)) / root
    return dx, block.rms_norm_backward(dout, cache)[1]


def rotated(x, base=10000.0, offset=0, *, sign=1, speed=1.0, neighbours=False):
    """Rotate with one of the parts done otherwise."""
    if x.shape[-1] % 2:
        raise ValueError("odd")
    half = x.shape[-1] // 2
    angles = sign * (offset + np.arange(x.shape[2]))[:, None] / base ** (speed * np.arange(half) / half)
    a, b = (x[..., ::2], x[..., 1::2]) if neighbours else (x[..., :half], x[..., half:])
    parts = a * np.cos(angles) - b * np.sin(angles), a * np.sin(angles) + b * np.cos(angles)
    out = np.stack(parts, axis=-1).reshape(x.shape) if neighbours else np.concatenate(parts, axis=-1)
    return out.astype(x.dtype)


@misconception(
    "rotary_embedding",
    "Neighbouring features are pairs. Here feature i belongs to feature i + D / 2.",
)
def neighbours_as_pairs(x, *, base=10000.0, offset=0):
    return rotated(x, base, offset, neighbours=True)


@misconception("rotary_embedding", "The pairs turn the wrong way. The sine is subtracted in the first half.")
def turned_the_wrong_way(x, *, base=10000.0, offset=0):
    return rotated(x, base, offset, sign=-1)


@misconception("rotary_embedding", "The exponent is half as large as it should be. It is 2 i / D, with i the pair.")
def slower_speeds(x, *, base=10000.0, offset=0):
    return rotated(x, base, offset, speed=0.5)


@misconception("rotary_embedding", "All pairs turn equally fast. Each is slower than the one before.")
def one_speed(x, *, base=10000.0, offset=0):
    return rotated(x, base, offset, speed=0.0)


@misconception("rotary_embedding", "The offset is ignored. Positions count from it.")
def offset_ignored(x, *, base=10000.0, offset=0):
    return rotated(x, base)


@misconception("rotary_embedding", "The base is always 10000. Use the argument.")
def base_ignored(x, *, base=10000.0, offset=0):
    return rotated(x, 10000.0, offset)


@misconception("rotary_embedding", "The first position has number 1. Count from the offset, which is 0 by default.")
def counted_from_one(x, *, base=10000.0, offset=0):
    return rotated(x, base, offset + 1)


@misconception("rotary_embedding", "The answer is float64 for float32 features. Keep the dtype.")
def rotation_in_float64(x, *, base=10000.0, offset=0):
    return rotated(x.astype(np.float64), base, offset)


@misconception(
    "swiglu_forward", "The gate and the hidden layer are exchanged. The first weight's product is activated."
)
def gate_exchanged(x, w_gate, w_up, w_down):
    out, _ = block.swiglu_forward(x, w_up, w_gate, w_down)
    return out, block.swiglu_forward(x, w_gate, w_up, w_down)[1]


@misconception("swiglu_forward", "The gate is a plain sigmoid. It is z times the sigmoid of z.")
def sigmoid_gate(x, w_gate, w_up, w_down):
    gate, up = x @ w_gate.T, x @ w_up.T
    out = (0.5 * (1 + np.tanh(0.5 * gate)) * up) @ w_down.T
    return out, block.swiglu_forward(x, w_gate, w_up, w_down)[1]


@misconception("swiglu_forward", "Gate and hidden layer are added. Multiply them.")
def gate_added(x, w_gate, w_up, w_down):
    gate = x @ w_gate.T
    out = (gate * 0.5 * (1 + np.tanh(0.5 * gate)) + x @ w_up.T) @ w_down.T
    return out, block.swiglu_forward(x, w_gate, w_up, w_down)[1]


@misconception("swiglu_forward", "Both hidden layers are activated. Only the gate is.")
def both_activated(x, w_gate, w_up, w_down):
    gate, up = (z * 0.5 * (1 + np.tanh(0.5 * z)) for z in (x @ w_gate.T, x @ w_up.T))
    return (gate * up) @ w_down.T, block.swiglu_forward(x, w_gate, w_up, w_down)[1]


@misconception("swiglu_backward", "The gate is taken as constant. Its own gradient goes back to x, too.")
def constant_gate(dout, cache):
    _, w_gate, w_up, w_down, gate, _, sigmoid = cache
    _, _, dw_up, dw_down = block.swiglu_backward(dout, cache)
    dx = ((dout @ w_down) * gate * sigmoid) @ w_up
    return dx, np.zeros_like(w_gate), dw_up, dw_down


@misconception("swiglu_backward", "The slope of the gate is its sigmoid. z takes part as a factor, too.")
def slope_is_the_sigmoid(dout, cache):
    x, w_gate, w_up, w_down, gate, up, sigmoid = cache
    _, _, dw_up, dw_down = block.swiglu_backward(dout, cache)
    dgate = (dout @ w_down) * up * sigmoid
    dx = dgate @ w_gate + ((dout @ w_down) * gate * sigmoid) @ w_up
    return dx, np.tensordot(dgate, x, (range(x.ndim - 1), range(x.ndim - 1))), dw_up, dw_down


@misconception("swiglu_backward", "The gradients of both hidden weights are exchanged.")
def hidden_gradients_exchanged(dout, cache):
    dx, dw_gate, dw_up, dw_down = block.swiglu_backward(dout, cache)
    return dx, dw_up, dw_gate, dw_down


# objectives.py


@misconception("next_token_targets", "The targets are the inputs themselves. A target is the token after its input.")
def targets_are_inputs(ids):
    inputs, _ = objectives.next_token_targets(ids)
    return inputs, inputs.copy()


@misconception("next_token_targets", "Inputs and targets are exchanged: the model would guess the token before.")
def guess_the_past(ids):
    return objectives.next_token_targets(ids)[::-1]


@misconception("next_token_targets", "The answers share memory with the tokens. Copy them.")
def targets_as_views(ids):
    objectives.next_token_targets(ids)
    return ids[:, :-1], ids[:, 1:]


@misconception("next_token_targets", "A text without a second token is accepted. Raise a ValueError.")
def short_texts_accepted(ids):
    return ids[:, :-1].copy(), ids[:, 1:].copy()


def spoiled(ids, rng, mask_id, vocab_size, p, *, hidden=0.8, random=0.1):
    """Hide tokens by other shares."""
    chosen, kind = rng.random(ids.shape) < p, rng.random(ids.shape)
    inputs = np.where(chosen & (kind < hidden), mask_id, ids)
    words = rng.integers(vocab_size, size=ids.shape)
    return np.where(chosen & (kind >= 1 - random), words, inputs), np.where(chosen, ids, -100)


@misconception("mask_tokens", "All chosen tokens are hidden. Hide 80 % of them.")
def all_hidden(ids, rng, *, mask_id, vocab_size, p=0.15):
    return spoiled(ids, rng, mask_id, vocab_size, p, hidden=1.0, random=0.0)


@misconception("mask_tokens", "No chosen token is replaced by a random one. Replace 10 % of them.")
def none_random(ids, rng, *, mask_id, vocab_size, p=0.15):
    return spoiled(ids, rng, mask_id, vocab_size, p, random=0.0)


@misconception("mask_tokens", "No chosen token stays as it is. 10 % of them do.")
def none_kept(ids, rng, *, mask_id, vocab_size, p=0.15):
    return spoiled(ids, rng, mask_id, vocab_size, p, random=0.2)


@misconception("mask_tokens", "All tokens are asked for. The targets are -100 where a token was not chosen.")
def all_asked(ids, rng, *, mask_id, vocab_size, p=0.15):
    return spoiled(ids, rng, mask_id, vocab_size, p)[0], ids.copy()


@misconception("mask_tokens", "Only hidden tokens are asked for. Those that look unchanged are asked for, too.")
def only_hidden_asked(ids, rng, *, mask_id, vocab_size, p=0.15):
    inputs, targets = spoiled(ids, rng, mask_id, vocab_size, p)
    return inputs, np.where(inputs == mask_id, targets, -100)


@misconception("mask_tokens", "The probability is always 0.15. Use the argument.")
def fixed_probability(ids, rng, *, mask_id, vocab_size, p=0.15):
    return spoiled(ids, rng, mask_id, vocab_size, 0.15)


@misconception("mask_tokens", "Random tokens may be special ones. Draw them from 0 to V - 1.")
def random_special_tokens(ids, rng, *, mask_id, vocab_size, p=0.15):
    return spoiled(ids, rng, mask_id, mask_id + 1, p)


@misconception("top_k_sample", "The best token is always taken. Draw from the k best.")
def always_the_best(scores, rng, *, k, temperature=1.0):
    objectives.top_k_sample(scores, rng, k=k, temperature=temperature)
    return scores.argmax(axis=1)


@misconception("top_k_sample", "All tokens may be drawn. Only the k best may.")
def all_may_be_drawn(scores, rng, *, k, temperature=1.0):
    objectives.top_k_sample(scores, rng, k=k, temperature=temperature)
    return objectives.top_k_sample(scores, rng, k=scores.shape[1], temperature=temperature)


@misconception("top_k_sample", "The k best are equally probable. Take the softmax of their scores.")
def equally_probable(scores, rng, *, k, temperature=1.0):
    objectives.top_k_sample(scores, rng, k=k, temperature=temperature)
    return objectives.top_k_sample(scores, rng, k=k, temperature=1e12)


@misconception("top_k_sample", "The scores are multiplied by the temperature. Divide by it.")
def temperature_multiplies(scores, rng, *, k, temperature=1.0):
    return objectives.top_k_sample(scores, rng, k=k, temperature=1 / temperature if temperature > 0 else temperature)


@misconception("top_k_sample", "The temperature is ignored. Divide the scores by it.")
def temperature_ignored(scores, rng, *, k, temperature=1.0):
    objectives.top_k_sample(scores, rng, k=k, temperature=temperature)
    return objectives.top_k_sample(scores, rng, k=k)


@misconception("top_k_sample", "The answer is the rank among the best. Return the token that has this rank.")
def ranks_for_tokens(scores, rng, *, k, temperature=1.0):
    tokens = objectives.top_k_sample(scores, rng, k=k, temperature=temperature)
    return (-scores).argsort(axis=1).argsort(axis=1)[np.arange(len(tokens)), tokens]


@misconception("top_k_sample", "One more than the k best may be drawn.")
def one_too_many(scores, rng, *, k, temperature=1.0):
    objectives.top_k_sample(scores, rng, k=k, temperature=temperature)
    return objectives.top_k_sample(scores, rng, k=min(k + 1, scores.shape[1]), temperature=temperature)


# fast.py


def by_hand(q, k, v, dout, *, scale=None, mean=True, slope_scale=None):
    """Attend with one of the parts done otherwise."""
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    weights = torch.softmax(q @ k.transpose(2, 3) * scale, dim=-1)
    dweights = dout @ v.transpose(2, 3)
    less = (weights * dweights).sum(dim=-1, keepdim=True) if mean else 0
    dscores = weights * (dweights - less) * (scale if slope_scale is None else slope_scale)
    return weights @ v, dscores @ k, dscores.transpose(2, 3) @ q, weights.transpose(2, 3) @ dout


@misconception("attention_fast", "The scores are not divided by the root of D.")
def fast_not_scaled(q, k, v, dout):
    return by_hand(q, k, v, dout, scale=1.0)


@misconception("attention_fast", "The scores are divided by D. Divide them by its root.")
def fast_scaled_by_the_size(q, k, v, dout):
    return by_hand(q, k, v, dout, scale=1 / q.shape[-1])


@misconception("attention_fast", "The gradients of queries and keys are not divided by the root of D.")
def fast_gradient_not_scaled(q, k, v, dout):
    return by_hand(q, k, v, dout, slope_scale=1.0)


@misconception("attention_fast", "The weighted mean is not subtracted from the gradient of the weights.")
def fast_without_the_mean(q, k, v, dout):
    return by_hand(q, k, v, dout, mean=False)


@misconception("attention_fast", "The gradients of keys and values are those of the last block. Add up all blocks.")
def only_the_last_block(q, k, v, dout):
    out, dq, _, _ = by_hand(q, k, v, dout)
    start = q.shape[2] // 2
    _, _, dk, dv = by_hand(q[:, :, start:], k, v, dout[:, :, start:])
    return out, dq, dk, dv


@misconception("attention_fast", "Each query sees only the keys of its own block. It sees all keys.")
def keys_of_the_own_block(q, k, v, dout):
    middle = q.shape[2] // 2
    parts = [
        by_hand(*(x[:, :, rows] for x in (q, k, v, dout)))
        for rows in (slice(middle), slice(middle, None))
        if len(range(q.shape[2])[rows])
    ]
    return tuple(torch.cat(column, dim=2) for column in zip(*parts, strict=True))


@misconception("attention_fast", "Large scores overflow. Subtract the largest of each row first.")
def fast_overflows(q, k, v, dout):
    weights = torch.exp(q @ k.transpose(2, 3) / math.sqrt(q.shape[-1]))
    weights = weights / weights.sum(dim=-1, keepdim=True)
    dweights = dout @ v.transpose(2, 3)
    dscores = weights * (dweights - (weights * dweights).sum(dim=-1, keepdim=True)) / math.sqrt(q.shape[-1])
    return weights @ v, dscores @ k, dscores.transpose(2, 3) @ q, weights.transpose(2, 3) @ dout


@misconception("attention_fast", "The answer is float64 for float32 tensors. Use their dtype.")
def fast_in_float64(q, k, v, dout):
    return fast.attention_fast(*(x.double() for x in (q, k, v, dout)))
