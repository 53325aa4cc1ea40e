"""Other right answers: the suite must take them all. Each is named `<task>__<style>`."""

import math
from itertools import zip_longest

import numpy as np
import torch

from solutions.seq2seq import attention, encoder_decoder, workloads

# attention


def _refuse_empty(mask):
    if (mask.sum(axis=0) == 0).any():
        raise ValueError("no words")


def attend_forward__sentence_by_sentence(query, keys, mask):
    _refuse_empty(mask)
    context = np.empty(query.shape, keys.dtype)
    weights = np.zeros((query.shape[1], len(query), len(keys)), keys.dtype)
    for n in range(query.shape[1]):
        places = np.flatnonzero(mask[:, n])
        scores = query[:, n] @ keys[places, n].T
        powers = np.exp(scores - scores.max(axis=1)[:, None])
        powers /= powers.sum(axis=1)[:, None]
        weights[n][:, places] = powers
        context[:, n] = powers @ keys[places, n]
    return context, weights, None


def attend_forward__number_by_number(query, keys, mask):
    _refuse_empty(mask)
    (steps, count, units), places = query.shape, len(keys)
    context, weights = np.zeros_like(query), np.zeros((count, steps, places), query.dtype)
    for n in range(count):
        for q in range(steps):
            scores = {}
            for t in range(places):
                if mask[t, n]:
                    scores[t] = math.fsum(float(query[q, n, m]) * float(keys[t, n, m]) for m in range(units))
            largest = max(scores.values())
            total = math.fsum(math.exp(score - largest) for score in scores.values())
            for t, score in scores.items():
                weights[n, q, t] = math.exp(score - largest) / total
            for m in range(units):
                context[q, n, m] = math.fsum(float(weights[n, q, t]) * float(keys[t, n, m]) for t in scores)
    return context, weights, None


def attend_forward__products_of_matrices(query, keys, mask):
    _refuse_empty(mask)
    q, k = query.transpose(1, 0, 2), np.where(mask[..., None], keys, np.zeros((), keys.dtype)).transpose(1, 0, 2)
    scores = q @ k.transpose(0, 2, 1)
    scores[np.broadcast_to(~mask.T[:, None, :], scores.shape)] = -np.inf
    shift = scores.max(axis=-1)
    scores -= shift[..., None] + np.log(np.exp(scores - shift[..., None]).sum(axis=-1))[..., None]
    weights = np.exp(scores)
    return (weights @ k).transpose(1, 0, 2), weights, None


def attend_backward__products_of_matrices(dcontext, cache):
    query, keys, weights = cache
    q, k, dc = (array.transpose(1, 0, 2) for array in (query, keys, dcontext))
    rest = dc @ k.transpose(0, 2, 1) - ((weights @ k) * dc).sum(axis=2)[..., None]
    rest *= weights
    dkeys = rest.transpose(0, 2, 1) @ q + weights.transpose(0, 2, 1) @ dc
    return (rest @ k).transpose(1, 0, 2), dkeys.transpose(1, 0, 2)


def attend_backward__by_jacobians(dcontext, cache):
    query, keys, weights = cache
    dquery, dkeys = np.zeros_like(query), np.zeros_like(keys)
    for n, of_sentence in enumerate(weights):
        for q, row in enumerate(of_sentence):
            jacobian = np.diag(row) - np.outer(row, row)
            dscores = jacobian @ (keys[:, n] @ dcontext[q, n])
            dquery[q, n] = keys[:, n].T @ dscores
            dkeys[:, n] += np.outer(dscores, query[q, n]) + np.outer(row, dcontext[q, n])
    return dquery, dkeys


# encoder_decoder


def pad_sequences__zip_longest(sequences, *, padding=0):
    rows = list(zip_longest(*sequences, fillvalue=padding))
    return np.array(rows, dtype=np.int64), np.array([len(row) for row in sequences], dtype=np.int64)


def pad_sequences__lists_first(sequences, *, padding=0):
    longest = max(len(row) for row in sequences)
    padded = [list(row) + [padding] * (longest - len(row)) for row in sequences]
    return np.array(padded, dtype=np.int64).T.copy(), np.array(list(map(len, sequences)), dtype=np.int64)


def encode_forward__sentence_by_sentence(ids, lengths, params):
    units = params["weight_hh"].shape[1]
    states = np.zeros((*ids.shape, units), params["embedding"].dtype)
    last = np.zeros((ids.shape[1], units), params["embedding"].dtype)
    for n, length in enumerate(lengths):
        h = last[n : n + 1]
        for t in range(length):
            h, _ = encoder_decoder.gru_step(params["embedding"][ids[t, n]][None], h, params)
            states[t, n] = h[0]
        last[n] = h[0]
    return states, last, None


def encode_forward__only_those_that_go_on(ids, lengths, params):
    units = params["weight_hh"].shape[1]
    last = np.zeros((ids.shape[1], units), params["embedding"].dtype)
    states = []
    for t, words in enumerate(ids):
        going = np.flatnonzero(lengths > t)
        last = last.copy()
        last[going] = encoder_decoder.gru_step(params["embedding"][words[going]], last[going], params)[0]
        shown = np.zeros_like(last)
        shown[going] = last[going]
        states.append(shown)
    return np.stack(states), last, None


def encode_backward__shares(dstates, dlast, cache):
    ids, params, caches = cache
    size, dtype = len(params["embedding"]), params["embedding"].dtype
    dh, totals, dembedding = dlast, [], 0
    for words, (reading, step), dshown in zip(ids[::-1], caches[::-1], dstates[::-1], strict=True):
        share = reading.astype(dtype)
        dx, before, grads = encoder_decoder.gru_step_gradients(share * (dh + dshown), step)
        dh = share * before + (1 - share) * dh
        dembedding = dembedding + np.eye(size, dtype=dtype)[words].T @ dx
        totals.append(grads)
    return {"embedding": dembedding} | {name: sum(grads[name] for grads in totals) for name in totals[0]}


def encode_backward__words_at_the_end(dstates, dlast, cache):
    ids, params, caches = cache
    grads = {name: 0 * array for name, array in params.items() if name in encoder_decoder.ENCODER}
    dxs, dh = [], np.array(dlast)
    for t in reversed(range(len(ids))):
        reading = caches[t][0][:, 0]
        upstream = (dh + dstates[t]) * reading[:, None]
        dx, before, of_step = encoder_decoder.gru_step_gradients(upstream, caches[t][1])
        dh[reading] = before[reading]
        dxs.insert(0, dx)
        for name in of_step:
            grads[name] = grads[name] + of_step[name]
    flat, vectors = ids.ravel(), np.array(dxs).reshape(ids.size, -1)
    for word in np.unique(flat):
        grads["embedding"][word] = vectors[flat == word].sum(axis=0)
    return grads


def decode_forward__step_by_step(last, states, mask, targets, params, *, start=1, attention=True):
    word, h, scores = np.full(targets.shape[1], start), last, []
    for target in targets:
        h, _ = encoder_decoder.gru_step(params["embedding"][word], h, params)
        shown = h
        if attention:
            context, _, _ = ATTEND(h[None], states, mask)
            shown = np.hstack((h, context[0]))
        scores.append(shown @ params["weight_out"].T + params["bias_out"])
        word = target
    return np.stack(scores), h, None


ATTEND = attention.attend_forward


def decode_forward__two_products(last, states, mask, targets, params, *, start=1, attention=True):
    units = last.shape[1]
    words = np.roll(targets, 1, axis=0)
    words[0] = start
    hidden = [last]
    for word in words:
        hidden.append(encoder_decoder.gru_step(params["embedding"][word], hidden[-1], params)[0])
    hidden = np.stack(hidden)
    scores = hidden[1:] @ params["weight_out"][:, :units].T + params["bias_out"]
    if attention:
        scores += ATTEND(hidden[1:], states, mask)[0] @ params["weight_out"][:, units:].T
    return scores, hidden[-1].copy(), None


def decode_backward__words_by_a_product(dscores, cache):
    words, params, caches, shown, looked, states = cache
    flat = dscores.reshape(-1, dscores.shape[2])
    weight = params["weight_out"]
    grads = {"weight_out": flat.T @ shown.reshape(len(flat), -1), "bias_out": flat.sum(axis=0)}
    dhidden, dstates = dscores @ weight, 0 * states
    if looked is not None:
        units = states.shape[2]
        dquery, dstates = attention.attend_backward(dhidden[..., units:], looked)
        dhidden = dhidden[..., :units] + dquery
    dh, rows, totals = 0, np.eye(len(params["embedding"]), dtype=dscores.dtype), []
    for t in reversed(range(len(words))):
        dx, dh, of_step = encoder_decoder.gru_step_gradients(dhidden[t] + dh, caches[t])
        totals.append(of_step | {"embedding": rows[words[t]].T @ dx})
    return dh, dstates, grads | {name: sum(step[name] for step in totals) for name in totals[0]}


def decode_backward__halves(dscores, cache):
    words, params, caches, shown, looked, states = cache
    grads = {name: np.zeros_like(array) for name, array in params.items()}
    dstates, dh = np.zeros_like(states), np.zeros_like(caches[0][1])
    for t in range(len(words) - 1, -1, -1):
        grads["weight_out"] += dscores[t].T @ shown[t]
        grads["bias_out"] += dscores[t].sum(axis=0)
        dh = dh + dscores[t] @ params["weight_out"][:, : dh.shape[1]]
        if looked is not None:
            query, keys, weights = looked
            part = query[t : t + 1], keys, weights[:, t : t + 1]
            dcontext = (dscores[t] @ params["weight_out"][:, dh.shape[1] :])[None]
            dquery, dkeys = attention.attend_backward(dcontext, part)
            dstates, dh = dstates + dkeys, dh + dquery[0]
        dx, dh, of_step = encoder_decoder.gru_step_gradients(dh, caches[t])
        for row, word in enumerate(words[t]):
            grads["embedding"][word] += dx[row]
        for name, grad in of_step.items():
            grads[name] += grad
    return dh, dstates, grads


# decoding


def greedy_decode__recursion(step, state, *, start, stop, max_length):
    if max_length == 0:
        return []
    scores, after = step(start, state)
    scores = list(scores)
    token = scores.index(max(scores))
    if token == stop:
        return []
    return [token, *greedy_decode__recursion(step, after, start=token, stop=stop, max_length=max_length - 1)]


def greedy_decode__whole_sentence_first(step, state, *, start, stop, max_length):
    words = [start]
    while len(words) <= max_length and (len(words) == 1 or words[-1] != stop):
        scores, state = step(words[-1], state)
        best = 0
        for token in range(1, len(scores)):
            if scores[token] > scores[best]:
                best = token
        words.append(best)
    return words[1:-1] if len(words) > 1 and words[-1] == stop else words[1:]


def beam_search__matrix_of_candidates(step, state, *, start, stop, width, max_length, alpha=0.0):
    sentences, totals, states = [()], np.zeros(1), [state]
    for _ in range(max_length):
        going = [index for index, ids in enumerate(sentences) if not ids or ids[-1] != stop]
        if not going:
            break
        grown, sums, after = [], [], []
        for index, ids in enumerate(sentences):
            if index not in going:
                grown.append(ids)
                sums.append(totals[index])
                after.append(None)
                continue
            scores, new = step(ids[-1] if ids else start, states[index])
            scores = np.asarray(scores, dtype=np.float64)
            largest = scores.max()
            logs = scores - largest - math.log(np.exp(scores - largest).sum())
            grown += [(*ids, token) for token in range(len(logs))]
            sums += list(totals[index] + logs)
            after += [new] * len(logs)
        values = np.array(sums) / np.array([len(ids) for ids in grown]) ** alpha
        best = np.argsort(-values, kind="stable")[:width]
        sentences, totals, states = [grown[i] for i in best], np.array(sums)[best], [after[i] for i in best]
    value = totals[0] / len(sentences[0]) ** alpha
    return [token for token in sentences[0] if token != stop], float(value)


def beam_search__heap(step, state, *, start, stop, width, max_length, alpha=0.0):
    import heapq

    finished, live, count = [], [(0.0, 0, [], state)], 0
    for length in range(1, max_length + 1):
        if not live:
            break
        pool = [(value, order, ids, None, None) for value, order, ids in finished]
        for total, _, ids, before in live:
            scores, after = step(ids[-1] if ids else start, before)
            peak = max(float(score) for score in scores)
            norm = peak + math.log(math.fsum(math.exp(float(score) - peak) for score in scores))
            for token, score in enumerate(scores):
                count += 1
                more = total + float(score) - norm
                pool.append((more / length**alpha, -count, [*ids, token], more, after))
        best = heapq.nlargest(width, pool, key=lambda item: item[:2])
        finished = [(value, order, ids) for value, order, ids, *_ in best if ids[-1] == stop]
        live = [(more, order, ids, after) for _, order, ids, more, after in best if ids[-1] != stop]
    ended = finished + [(total / len(ids) ** alpha, order, ids) for total, order, ids, _ in live]
    value, _, ids = max(ended, key=lambda item: item[:2])
    return (ids[:-1] if ids[-1] == stop else ids), value


# fast


def attend_fast__query_by_query(query, keys, mask, dcontext):
    return workloads.attend_fast__naive(query, keys, mask, dcontext)


def attend_fast__plain_products(query, keys, mask, dcontext):
    q, k, dc = (tensor.transpose(0, 1) for tensor in (query, keys, dcontext))
    scores = (q @ k.mT).masked_fill(~mask.T[:, None], -torch.inf)
    weights = torch.exp(scores - scores.max(2, keepdim=True).values)
    weights = weights / weights.sum(2, keepdim=True)
    dweights = dc @ k.mT
    dscores = weights * (dweights - (weights * dweights).sum(2, keepdim=True))
    context, dquery, dkeys = weights @ k, dscores @ k, dscores.mT @ q + weights.mT @ dc
    return tuple(tensor.transpose(0, 1).contiguous() for tensor in (context, dquery, dkeys))


def attend_fast__sentence_by_sentence(query, keys, mask, dcontext):
    context, dquery, dkeys = torch.empty_like(query), torch.empty_like(query), torch.zeros_like(keys)
    for n in range(query.shape[1]):
        places = mask[:, n].nonzero()[:, 0]
        q, k, dc = query[:, n], keys[places, n], dcontext[:, n]
        scores = q @ k.T
        weights = (scores - scores.logsumexp(1, keepdim=True)).exp()
        context[:, n] = weights @ k
        dscores = weights * (dc @ k.T - (dc * context[:, n]).sum(1, keepdim=True))
        dquery[:, n] = dscores @ k
        dkeys[places, n] = dscores.T @ q + weights.T @ dc
    return context, dquery, dkeys
