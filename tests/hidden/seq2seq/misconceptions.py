"""Wrong answers that students give, with what is wrong about them. The hidden tests fail each in its own task."""

import numpy as np
import torch

from grader.judge import misconception
from solutions.seq2seq import attention, decoding, encoder_decoder, fast

# attention.py


def refuse_empty(mask):
    """Refuse sentences without words, as every answer here does."""
    if not mask.any(axis=0).all():
        raise ValueError("no word")


def attend_with(query, keys, mask, *, scale=1.0, axis=2, shifted=True, fill=-np.inf, after=False):
    """Attend with one part done otherwise."""
    refuse_empty(mask)
    keys = np.where(mask[:, :, None], keys, 0).astype(keys.dtype)
    scores = np.einsum("qnm,tnm->nqt", query, keys) * keys.dtype.type(scale)
    inside = np.broadcast_to(mask.T[:, None], scores.shape)
    scores = scores if after else np.where(inside, scores, fill).astype(keys.dtype)
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True) if shifted else scores)
    weights = powers / powers.sum(axis=axis, keepdims=True)
    weights = np.where(inside, weights, 0).astype(keys.dtype) if after else weights
    return np.einsum("nqt,tnm->qnm", weights, keys), weights, (query, keys, weights)


@misconception(
    "attend_forward",
    "The padding is looked at. Its places have the weight 0.",
    source="https://github.com/tensorflow/tensorflow/issues/512",
)
def padding_attended(query, keys, mask):
    refuse_empty(mask)
    return attend_with(query, keys, np.ones_like(mask))


@misconception(
    "attend_forward",
    "The padding is removed after the softmax, and the weights no longer add up to 1. Do it before.",
    source="https://github.com/tensorflow/tensorflow/issues/43941",
)
def masked_after_the_softmax(query, keys, mask):
    return attend_with(query, keys, mask, after=True)


@misconception(
    "attend_forward",
    "Scores at the padding are 0, which is a score like any other. Take minus infinity.",
    source="https://github.com/ilivans/tf-rnn-attention/issues/11",
)
def masked_scores_are_zero(query, keys, mask):
    return attend_with(query, keys, mask, fill=0.0)


@misconception("attend_forward", "The mask is upside down: words are left out. True stands for a word.")
def mask_upside_down(query, keys, mask):
    refuse_empty(mask)
    return attend_with(query, keys, ~mask | ~(~mask).any(axis=0))


@misconception("attend_forward", "The softmax runs over the queries. Each query's weights add up to 1 over the places.")
def softmax_over_queries(query, keys, mask):
    refuse_empty(mask)
    with np.errstate(invalid="ignore"):
        return attend_with(query, keys, mask, axis=1, fill=-1e9)


@misconception("attend_forward", "Scores are divided by the root of M. Here they are plain dot products.")
def scores_divided_by_the_root(query, keys, mask):
    return attend_with(query, keys, mask, scale=query.shape[2] ** -0.5)


@misconception("attend_forward", "Large scores overflow. Subtract each row's maximum before the exponential.")
def scores_overflow(query, keys, mask):
    with np.errstate(over="ignore", invalid="ignore"):
        return attend_with(query, keys, mask, shifted=False)


@misconception("attend_forward", "What stands under the padding gets into the mean: 0 * NaN is NaN. Clear it first.")
def padding_not_cleared(query, keys, mask):
    refuse_empty(mask)
    with np.errstate(invalid="ignore"):
        scores = np.where(mask.T[:, None], np.einsum("qnm,tnm->nqt", query, keys), -np.inf)
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    weights = powers / powers.sum(axis=2, keepdims=True)
    return np.einsum("nqt,tnm->qnm", weights, keys), weights, (query, keys, weights)


@misconception("attend_forward", "A sentence without words is accepted. Raise a ValueError for it.")
def empty_sentences_accepted(query, keys, mask):
    return attention.attend_forward(query, keys, mask | ~mask.any(axis=0))


@misconception("attend_forward", "The best key is returned, not a mean. Weigh all keys by the softmax.")
def best_key_only(query, keys, mask):
    _, weights, cache = attend_with(query, keys, mask)
    weights = (weights == weights.max(axis=2, keepdims=True)).astype(weights.dtype)
    return np.einsum("nqt,tnm->qnm", weights, cache[1]), weights, cache


@misconception("attend_forward", "The answer is float64 for float32 arguments. Keep the dtype.")
def attended_in_float64(query, keys, mask):
    return attend_with(query.astype(np.float64), keys.astype(np.float64), mask)


def parts_of(dcontext, cache):
    """Return the gradient of the scores, and the two gradients of the keys."""
    query, keys, weights = cache
    dweights = np.einsum("qnm,tnm->nqt", dcontext, keys)
    dscores = weights * (dweights - (weights * dweights).sum(axis=2, keepdims=True))
    compared, averaged = np.einsum("nqt,qnm->tnm", dscores, query), np.einsum("nqt,qnm->tnm", weights, dcontext)
    return dscores, compared, averaged


@misconception("attend_backward", "The keys get only the mean's gradient. They are compared as well: add that part.")
def keys_only_averaged(dcontext, cache):
    return attention.attend_backward(dcontext, cache)[0], parts_of(dcontext, cache)[2]


@misconception("attend_backward", "The keys get only the scores' gradient. They are averaged as well: add that part.")
def keys_only_compared(dcontext, cache):
    return attention.attend_backward(dcontext, cache)[0], parts_of(dcontext, cache)[1]


@misconception("attend_backward", "The softmax's gradient lacks the mean. Subtract the weighted mean first.")
def softmax_without_the_mean(dcontext, cache):
    query, keys, weights = cache
    dscores = weights * np.einsum("qnm,tnm->nqt", dcontext, keys)
    dkeys = np.einsum("nqt,qnm->tnm", dscores, query) + parts_of(dcontext, cache)[2]
    return np.einsum("nqt,tnm->qnm", dscores, keys), dkeys


@misconception("attend_backward", "The softmax's mean is not weighted. Multiply by the weights before you add up.")
def softmax_with_a_plain_sum(dcontext, cache):
    query, keys, weights = cache
    dweights = np.einsum("qnm,tnm->nqt", dcontext, keys)
    dscores = weights * (dweights - dweights.mean(axis=2, keepdims=True))
    dkeys = np.einsum("nqt,qnm->tnm", dscores, query) + parts_of(dcontext, cache)[2]
    return np.einsum("nqt,tnm->qnm", dscores, keys), dkeys


@misconception("attend_backward", "The softmax is treated as independent sigmoids. A weight depends on all scores.")
def softmax_as_sigmoids(dcontext, cache):
    query, keys, weights = cache
    dscores = weights * (1 - weights) * np.einsum("qnm,tnm->nqt", dcontext, keys)
    dkeys = np.einsum("nqt,qnm->tnm", dscores, query) + parts_of(dcontext, cache)[2]
    return np.einsum("nqt,tnm->qnm", dscores, keys), dkeys


@misconception("attend_backward", "The query gets the gradient of the scores times itself. Multiply by the keys.")
def query_gets_its_mean(dcontext, cache):
    _, keys, weights = cache
    return np.einsum("nqt,tnm->qnm", weights, keys), attention.attend_backward(dcontext, cache)[1]


@misconception("attend_backward", "The gradients of the scores have the wrong sign. Subtract the mean from the rest.")
def softmax_with_the_wrong_sign(dcontext, cache):
    dquery, _ = attention.attend_backward(dcontext, cache)
    _, compared, averaged = parts_of(dcontext, cache)
    return -dquery, averaged - compared


# encoder_decoder.py


@misconception("pad_sequences", "Sentences stand in rows. Time comes first: one sentence per column.")
def sentences_in_rows(sequences, *, padding=0):
    ids, lengths = encoder_decoder.pad_sequences(sequences, padding=padding)
    return ids.T, lengths


@misconception("pad_sequences", "The padding stands before the words. Sentences begin in the first row.")
def padded_at_the_front(sequences, *, padding=0):
    ids, lengths = encoder_decoder.pad_sequences([row[::-1] for row in sequences], padding=padding)
    return ids[::-1], lengths


@misconception("pad_sequences", "The padding is always 0. Use the given one.")
def padding_always_zero(sequences, *, padding=0):
    return encoder_decoder.pad_sequences(sequences)


@misconception("pad_sequences", "Sentences are cut to the shortest. Make room for the longest.")
def cut_to_the_shortest(sequences, *, padding=0):
    ids, lengths = encoder_decoder.pad_sequences(sequences, padding=padding)
    return ids[: lengths.min()], lengths


@misconception("pad_sequences", "The lengths are those with padding. Count the words of each sentence.")
def lengths_of_the_padded(sequences, *, padding=0):
    ids, lengths = encoder_decoder.pad_sequences(sequences, padding=padding)
    return ids, np.full_like(lengths, len(ids))


@misconception("pad_sequences", "There is a row too many. The longest sentence has no padding.")
def padded_too_far(sequences, *, padding=0):
    ids, lengths = encoder_decoder.pad_sequences(sequences, padding=padding)
    return np.concatenate((ids, np.full_like(ids[:1], padding))), lengths


@misconception("pad_sequences", "The word numbers are floating-point numbers. Make an array of int64.")
def padded_as_floats(sequences, *, padding=0):
    ids, lengths = encoder_decoder.pad_sequences(sequences, padding=padding)
    return ids.astype(np.float64), lengths


@misconception(
    "encode_forward",
    "The padding is read into the state. The last state is that after the last word of each sentence.",
    source="https://github.com/tensorflow/tensorflow/issues/1228",
)
def padding_read(ids, lengths, params):
    states, last, cache = encoder_decoder.encode_forward(ids, np.full_like(lengths, len(ids)), params)
    return np.where((np.arange(len(ids))[:, None] < lengths)[:, :, None], states, 0).astype(states.dtype), last, cache


@misconception("encode_forward", "States are shown at the padding. They are 0 there.")
def states_shown_at_the_padding(ids, lengths, params):
    states, _, _ = encoder_decoder.encode_forward(ids, np.full_like(lengths, len(ids)), params)
    _, last, cache = encoder_decoder.encode_forward(ids, lengths, params)
    return states, last, cache


@misconception(
    "encode_forward", "Where a sentence has ended, the last state is 0. Carry the state on through the padding."
)
def last_row_as_last_state(ids, lengths, params):
    states, _, cache = encoder_decoder.encode_forward(ids, lengths, params)
    return states, states[-1].copy(), cache


@misconception("encode_forward", "One word too few is read. A sentence of that length has its last word at length - 1.")
def one_word_too_few(ids, lengths, params):
    return encoder_decoder.encode_forward(ids, lengths - 1, params)


@misconception("encode_forward", "One word too many is read. Stop before the place whose number is the length.")
def one_word_too_many(ids, lengths, params):
    return encoder_decoder.encode_forward(ids, lengths + 1, params)


@misconception("encode_forward", "Sentences are read backwards. Begin with their first word.")
def read_backwards(ids, lengths, params):
    turned = ids.copy()
    for column, length in enumerate(lengths):
        turned[:length, column] = ids[:length, column][::-1]
    return encoder_decoder.encode_forward(turned, lengths, params)


@misconception("encode_forward", "All sentences are as long as the longest, or as the first. Each has its own length.")
def one_length_for_all(ids, lengths, params):
    return encoder_decoder.encode_forward(ids, np.full_like(lengths, lengths[0]), params)


@misconception("encode_backward", "Of a word that occurs more than once only one gradient is left. Add them up.")
def repeated_words_overwritten(dstates, dlast, cache):
    ids, params, caches = cache
    grads = encoder_decoder.encode_backward(dstates, dlast, cache)
    grads["embedding"] = np.zeros_like(params["embedding"])
    dh = dlast
    for t in range(len(ids) - 1, -1, -1):
        reading, step = caches[t]
        dx, before, _ = encoder_decoder.gru_step_gradients(np.where(reading, dh + dstates[t], 0), step)
        dh = np.where(reading, before, dh)
        grads["embedding"][ids[t]] += dx
    return grads


@misconception("encode_backward", "The gradient of the last state is left out. Begin the way back with it.")
def last_state_left_out(dstates, dlast, cache):
    return encoder_decoder.encode_backward(dstates, np.zeros_like(dlast), cache)


@misconception("encode_backward", "The gradients of the states are left out. Add each before its step.")
def states_left_out(dstates, dlast, cache):
    return encoder_decoder.encode_backward(np.zeros_like(dstates), dlast, cache)


@misconception("encode_backward", "Gradients go through the padding. Let them pass it untouched.")
def gradients_through_the_padding(dstates, dlast, cache):
    ids, params, caches = cache
    read = [(np.ones_like(reading), step) for reading, step in caches]
    return encoder_decoder.encode_backward(dstates, dlast, (ids, params, read))


@misconception("encode_backward", "Each step gets only its own gradient. Carry the state's gradient on.")
def gradients_not_carried(dstates, dlast, cache):
    ids, params, caches = cache
    grads = {name: np.zeros_like(params[name]) for name in encoder_decoder.ENCODER}
    for t, (reading, step) in enumerate(caches):
        upstream = dstates[t] + (dlast if t == len(ids) - 1 else 0)
        dx, _, of_step = encoder_decoder.gru_step_gradients(np.where(reading, upstream, 0), step)
        np.add.at(grads["embedding"], ids[t], dx)
        for name, grad in of_step.items():
            grads[name] += grad
    return grads


@misconception("encode_backward", "The last state's gradient enters at the last row, and is lost for shorter ones.")
def last_state_at_the_last_row(dstates, dlast, cache):
    dstates = dstates.copy()
    dstates[-1] += dlast
    return encoder_decoder.encode_backward(dstates, np.zeros_like(dlast), cache)


@misconception("encode_backward", "The weights have the gradient of one step only. Add up all steps.")
def one_step_only(dstates, dlast, cache):
    grads = encoder_decoder.encode_backward(dstates, dlast, cache)
    reading, step = cache[2][-1]
    upstream = np.where(reading, dstates[-1] + dlast, 0)
    return grads | encoder_decoder.gru_step_gradients(upstream, step)[2]


@misconception(
    "decode_forward",
    "The decoder sees its answer: step q reads the target q. It reads the one before, and at first the start.",
)
def answer_seen(last, states, mask, targets, params, *, start=1, attention=True):
    return _decode(last, states, mask, targets, params, attention)


def _decode(last, states, mask, words, params, attention_on):
    """Score after reading these words."""
    hidden, caches, h = [], [], last
    for x in params["embedding"][words]:
        h, cache = encoder_decoder.gru_step(x, h, params)
        hidden.append(h)
        caches.append(cache)
    shown, looked = np.array(hidden), None
    if attention_on:
        context, _, looked = attention.attend_forward(shown, states, mask)
        shown = np.concatenate((shown, context), axis=2)
    scores = shown @ params["weight_out"].T + params["bias_out"]
    return scores, h, (words, params, caches, shown, looked, states)


@misconception("decode_forward", "The start is always word 1. Use the given one.")
def start_always_one(*args, start=1, **options):
    return encoder_decoder.decode_forward(*args, **options)


@misconception("decode_forward", "The decoder begins with zeros. It begins with the encoder's last state.")
def decoder_begins_with_zeros(last, *args, **options):
    return encoder_decoder.decode_forward(np.zeros_like(last), *args, **options)


@misconception("decode_forward", "The context stands before the state. Put the state first.")
def context_before_the_state(last, states, mask, targets, params, **options):
    scores, h, cache = encoder_decoder.decode_forward(last, states, mask, targets, params, **options)
    if options.get("attention", True):
        halves = np.split(cache[3], 2, axis=2)[::-1]
        scores = np.concatenate(halves, axis=2) @ params["weight_out"].T + params["bias_out"]
    return scores, h, cache


@misconception("decode_forward", "The old state asks. Ask with the new one, which has read the last word.")
def old_state_asks(last, states, mask, targets, params, *, start=1, attention=True):
    options = {"start": start, "attention": attention}
    scores, h, cache = encoder_decoder.decode_forward(last, states, mask, targets, params, **options)
    if attention:
        hidden = np.split(cache[3], 2, axis=2)[0]
        context, _, _ = ATTEND(np.concatenate((last[None], hidden[:-1])), states, mask)
        scores = np.concatenate((hidden, context), axis=2) @ params["weight_out"].T + params["bias_out"]
    return scores, h, cache


ATTEND = attention.attend_forward


@misconception("decode_forward", "The bias is left out. Add bias_out to every score.")
def scores_without_bias(last, states, mask, targets, params, **options):
    scores, h, cache = encoder_decoder.decode_forward(last, states, mask, targets, params, **options)
    return scores - params["bias_out"], h, cache


@misconception("decode_forward", "Every step begins with the encoder's state. Hand the state on from step to step.")
def state_not_handed_on(last, states, mask, targets, params, *, start=1, attention=True):
    words = np.concatenate((np.full_like(targets[:1], start), targets[:-1]))
    steps = [_decode(last, states, mask, word[None], params, attention) for word in words]
    return np.concatenate([scores for scores, _, _ in steps]), steps[-1][1], steps[-1][2]


@misconception("decode_forward", "Probabilities are returned. Return the scores: the loss takes the softmax.")
def probabilities_returned(*args, **options):
    scores, h, cache = encoder_decoder.decode_forward(*args, **options)
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    return powers / powers.sum(axis=2, keepdims=True), h, cache


@misconception("decode_forward", "The context is always that of all places. Look only where the mask is true.")
def decoder_ignores_the_mask(last, states, mask, *args, **options):
    return encoder_decoder.decode_forward(last, states, np.ones_like(mask), *args, **options)


def _backward_with(dscores, cache, *, query=True, keys=True, carried=True, once=False):
    """Send gradients back with a part left out."""
    words, params, caches, shown, looked, states = cache
    grads = {name: np.zeros_like(params[name]) for name in encoder_decoder.ENCODER}
    grads["weight_out"] = np.einsum("qnv,qnm->vm", dscores, shown)
    grads["bias_out"] = dscores.sum(axis=(0, 1))
    dhidden, dstates = dscores @ params["weight_out"], np.zeros_like(states)
    if looked is not None:
        dhidden, dcontext = np.split(dhidden, 2, axis=2)
        dquery, dkeys = attention.attend_backward(dcontext, looked)
        dhidden, dstates = dhidden + dquery * query, dkeys * keys
    dh = np.zeros_like(dhidden[0])
    for word, step, of_scores in zip(words[::-1], caches[::-1], dhidden[::-1], strict=True):
        dx, dh, of_step = encoder_decoder.gru_step_gradients(dh * carried + of_scores, step)
        if once:
            grads["embedding"][word] += dx
        else:
            np.add.at(grads["embedding"], word, dx)
        for name, grad in of_step.items():
            grads[name] += grad
    return dh, dstates, grads


@misconception("decode_backward", "The states get nothing through their questions. Add the gradient of the query.")
def query_gradient_left_out(dscores, cache):
    return _backward_with(dscores, cache, query=False)


@misconception("decode_backward", "The encoder's states get no gradient. Attention has looked at them.")
def encoder_states_left_out(dscores, cache):
    return _backward_with(dscores, cache, keys=False)


@misconception("decode_backward", "The state's gradient is not carried on. Add it in the step before.")
def decoder_gradient_not_carried(dscores, cache):
    return _backward_with(dscores, cache, carried=False)


@misconception("decode_backward", "Of a word that is read more than once only one gradient is left. Add them up.")
def written_words_overwritten(dscores, cache):
    return _backward_with(dscores, cache, once=True)


@misconception("decode_backward", "The bias has the mean of the gradients. Take the sum over steps and sentences.")
def bias_gets_the_mean(dscores, cache):
    dlast, dstates, grads = encoder_decoder.decode_backward(dscores, cache)
    return dlast, dstates, grads | {"bias_out": dscores.mean(axis=(0, 1))}


@misconception("decode_backward", "The first state gets no gradient. Return what is left at the beginning.")
def first_state_left_out(dscores, cache):
    dlast, dstates, grads = encoder_decoder.decode_backward(dscores, cache)
    return np.zeros_like(dlast), dstates, grads


@misconception("decode_backward", "The gradient of weight_out is that of one step. Add up all steps.")
def weight_of_one_step(dscores, cache):
    dlast, dstates, grads = encoder_decoder.decode_backward(dscores, cache)
    return dlast, dstates, grads | {"weight_out": dscores[-1].T @ cache[3][-1]}


# decoding.py


@misconception("greedy_decode", "The stop is part of the sentence. Leave it out.")
def stop_kept(step, state, *, start, stop, max_length):
    ids, token = [], start
    while len(ids) < max_length and (not ids or token != stop):
        scores, state = step(token, state)
        token = int(np.argmax(scores))
        ids.append(token)
    return ids


@misconception("greedy_decode", "The sentence goes on after the stop. It ends there.")
def stop_ignored(step, state, *, start, stop, max_length):
    words = decoding.greedy_decode(step, state, start=start, stop=-1, max_length=max_length)
    return [word for word in words if word != stop]


@misconception("greedy_decode", "The state is not handed on. Each step takes the state that the last one returned.")
def greedy_forgets_the_state(step, state, *, start, stop, max_length):
    return decoding.greedy_decode(
        lambda token, _: (step(token, state)[0], state), state, start=start, stop=stop, max_length=max_length
    )


@misconception("greedy_decode", "The start is part of the sentence. Leave it out.")
def start_kept(step, state, *, start, stop, max_length):
    return [start, *decoding.greedy_decode(step, state, start=start, stop=stop, max_length=max_length)]


@misconception("greedy_decode", "Every step reads the start. It reads the word that was chosen last.")
def start_always_read(step, state, *, start, stop, max_length):
    return decoding.greedy_decode(
        lambda _, state: step(start, state), state, start=start, stop=stop, max_length=max_length
    )


@misconception("greedy_decode", "The first word read is 0. It is the given start.")
def greedy_begins_with_zero(step, state, *, start, stop, max_length):
    return decoding.greedy_decode(step, state, start=0, stop=stop, max_length=max_length)


@misconception("greedy_decode", "Of equal scores the last is taken. Take the first.")
def last_of_equals(step, state, *, start, stop, max_length):
    def turned(token, state):
        scores, state = step(token, state)
        scores = np.asarray(scores)
        best = len(scores) - 1 - int(np.argmax(scores[::-1]))
        return np.eye(len(scores))[best], state

    return decoding.greedy_decode(turned, state, start=start, stop=stop, max_length=max_length)


@misconception("greedy_decode", "There is one word too many. Choose at most max_length words.")
def one_word_more(step, state, *, start, stop, max_length):
    return decoding.greedy_decode(step, state, start=start, stop=stop, max_length=max_length + 1)


def _beam(step, state, *, start, stop, width, max_length, alpha, value=None, keep=True, logs=decoding._log_softmax):
    """Search with one part done otherwise."""
    value = value or (lambda total, ids: total / len(ids) ** alpha)
    beam, finished = [(0.0, [], state, False)], []
    for _ in range(max_length):
        candidates = [item for item in beam if item[3]] if keep else []
        for total, ids, before, stopped in beam:
            if stopped:
                continue
            scores, after = step(ids[-1] if ids else start, before)
            for token, log in enumerate(logs(np.asarray(scores))):
                candidates.append((total + float(log), [*ids, token], after, token == stop))
        candidates.sort(key=lambda item: value(item[0], item[1]), reverse=True)
        beam = candidates[:width]
        if not keep:
            finished += [item for item in beam if item[3]]
            beam = [item for item in beam if not item[3]]
        if not beam or all(item[3] for item in beam):
            break
    total, ids, _, _ = max(beam + finished, key=lambda item: value(item[0], item[1]))
    return [word for word in ids if word != stop], value(total, ids)


@misconception(
    "beam_search",
    "Lengths are not normalized. Divide by the number of words to the power of alpha.",
    source="https://github.com/jarobyte91/pytorch_beam_search/issues/5",
)
def alpha_ignored(step, state, *, alpha=0.0, **options):
    return decoding.beam_search(step, state, **options)


@misconception("beam_search", "The value is always the mean per word. Take the length to the power of alpha.")
def always_the_mean(step, state, *, alpha=0.0, **options):
    return decoding.beam_search(step, state, alpha=1.0, **options)


@misconception(
    "beam_search",
    "The stop does not count as a word. The length includes it.",
    source="https://github.com/awslabs/sockeye/issues/483",
)
def stop_not_counted(step, state, *, start, stop, width, max_length, alpha=0.0):
    def value(total, ids):
        return total / max(1, len(ids) - (ids[-1] == stop)) ** alpha

    return _beam(step, state, start=start, stop=stop, width=width, max_length=max_length, alpha=alpha, value=value)


@misconception("beam_search", "Scores are added up. Add log-probabilities: take the log-softmax of each step's scores.")
def scores_added(step, state, *, alpha=0.0, **options):
    return _beam(step, state, alpha=alpha, logs=lambda scores: scores, **options)


@misconception("beam_search", "Probabilities are added up. They multiply: add their logarithms.")
def probabilities_added(step, state, *, alpha=0.0, **options):
    return _beam(step, state, alpha=alpha, logs=lambda scores: np.exp(decoding._log_softmax(scores)), **options)


@misconception(
    "beam_search", "Finished sentences leave the beam and others take their places. They stay in it and compete."
)
def finished_leave_the_beam(step, state, *, alpha=0.0, **options):
    return _beam(step, state, alpha=alpha, keep=False, **options)


@misconception(
    "beam_search",
    "The search ends with the first sentence that stops. Go on until all in the beam have.",
    source="https://github.com/joeynmt/joeynmt/issues/148",
)
def first_finished_wins(step, state, *, start, stop, width, max_length, alpha=0.0):
    beam = [(0.0, [], state)]
    for _ in range(max_length):
        candidates = []
        for total, ids, before in beam:
            scores, after = step(ids[-1] if ids else start, before)
            candidates += [
                (total + float(log), [*ids, token], after) for token, log in enumerate(decoding._log_softmax(scores))
            ]
        beam = sorted(candidates, key=lambda item: item[0] / len(item[1]) ** alpha, reverse=True)[:width]
        done = [item for item in beam if item[1][-1] == stop]
        if done:
            return done[0][1][:-1], done[0][0] / len(done[0][1]) ** alpha
    return beam[0][1], beam[0][0] / max_length**alpha


@misconception("beam_search", "It is greedy whatever the width is. Keep `width` beginnings.")
def width_ignored(step, state, *, width, **options):
    return decoding.beam_search(step, state, width=1, **options)


@misconception("beam_search", "All beginnings share one state. Each is continued from its own.")
def one_state_for_all(step, state, **options):
    current = [state]

    def shared(token, _):
        scores, current[0] = step(token, current[0])
        return scores, current[0]

    return decoding.beam_search(shared, state, **options)


@misconception("beam_search", "The stop is part of the sentence. Leave it out.")
def beam_keeps_the_stop(step, state, *, stop, **options):
    ended = []

    def noting(token, before):
        ended.append(token)
        return step(token, before)

    ids, value = decoding.beam_search(noting, state, stop=stop, **options)
    return ([*ids, stop] if len(ids) < options["max_length"] else ids), value


@misconception("beam_search", "The least probable beginnings are kept. Keep those with the largest values.")
def worst_kept(step, state, *, alpha=0.0, **options):
    return _beam(step, state, alpha=alpha, value=lambda total, ids: -total / len(ids) ** alpha, **options)


@misconception("beam_search", "The value is the sum of log-probabilities. Return it divided, as it was compared.")
def sum_returned(step, state, *, alpha=0.0, **options):
    ids, value = decoding.beam_search(step, state, alpha=alpha, **options)
    words = len(ids) if len(ids) == options["max_length"] else len(ids) + 1
    return ids, value * words**alpha


# fast.py


def attend_torch(
    query, keys, mask, dcontext, *, scale=1.0, dim=2, shifted=True, fill=-torch.inf, mean=True, parts=(1, 1)
):
    """Attend forward and backward with a part done otherwise."""
    q, k, dc = (tensor.transpose(0, 1) for tensor in (query, keys, dcontext))
    scores = (scale * (q @ k.mT)).masked_fill(~mask.T[:, None], fill)
    powers = torch.exp(scores - scores.amax(dim, keepdim=True) if shifted else scores)
    weights = powers / powers.sum(dim, keepdim=True)
    context, dweights = weights @ k, dc @ k.mT
    dscores = scale * weights * (dweights - (weights * dweights).sum(dim, keepdim=True) * mean)
    dkeys = parts[0] * (dscores.mT @ q) + parts[1] * (weights.mT @ dc)
    return tuple(tensor.transpose(0, 1) for tensor in (context, dscores @ k, dkeys))


@misconception("attend_fast", "The padding is looked at. Its places have the weight 0.")
def fast_without_mask(query, keys, mask, dcontext):
    return attend_torch(query, keys, torch.ones_like(mask), dcontext)


@misconception("attend_fast", "Scores at the padding are 0, which is a score like any other. Take minus infinity.")
def fast_masks_with_zero(*args):
    return attend_torch(*args, fill=0.0)


@misconception("attend_fast", "Scores are divided by the root of M. Here they are plain dot products.")
def fast_scaled(*args):
    return attend_torch(*args, scale=args[0].shape[2] ** -0.5)


@misconception("attend_fast", "Large scores overflow. Subtract each row's maximum before the exponential.")
def fast_overflows(*args):
    return attend_torch(*args, shifted=False)


@misconception("attend_fast", "The softmax runs over the queries. Each query's weights add up to 1 over the places.")
def fast_softmax_over_queries(*args):
    return attend_torch(*args, dim=1, fill=-1e9)


@misconception("attend_fast", "The softmax's gradient lacks the mean. Subtract the weighted mean first.")
def fast_without_the_mean(*args):
    return attend_torch(*args, mean=False)


@misconception("attend_fast", "The keys get only the mean's gradient. They are compared as well: add that part.")
def fast_keys_only_averaged(*args):
    return attend_torch(*args, parts=(0, 1))


@misconception("attend_fast", "The keys get only the scores' gradient. They are averaged as well: add that part.")
def fast_keys_only_compared(*args):
    return attend_torch(*args, parts=(1, 0))


@misconception("attend_fast", "The answer is float64 for float32 tensors, or was computed so. Use their dtype.")
def fast_in_float64(query, keys, mask, dcontext):
    return fast.attend_fast(query.double(), keys.double(), mask, dcontext.double())


@misconception("attend_fast", "The context itself is returned as its gradient. Send `dcontext` back.")
def fast_ignores_the_gradient(query, keys, mask, dcontext):
    return attend_torch(query, keys, mask, torch.ones_like(dcontext))
