"""Wrong answers to the tasks of the embeddings unit, as students give them."""

import numpy as np
import torch

from grader.judge import misconception
from solutions.embeddings import documents, fast, geometry, glove, lookup, word2vec

# check_indices


@misconception(
    "check_indices", "Negative indices pass, and NumPy takes them from the end. Raise an IndexError: they are no words."
)
def negative_ones_pass(indices, size):
    if np.any(indices >= size):
        raise IndexError(size)


@misconception("check_indices", "The index V passes. Raise an IndexError for it: V words have the indices 0 to V - 1.")
def size_itself_passes(indices, size):
    if np.any((indices < 0) | (indices > size)):
        raise IndexError(size)


@misconception("check_indices", "The indices count from 1. Count from 0 to V - 1.")
def counted_from_one(indices, size):
    if np.any((indices < 1) | (indices > size)):
        raise IndexError(size)


@misconception("check_indices", "An empty array of indices is refused: it has no smallest entry. Accept it.")
def empty_batch_refused(indices, size):
    if indices.min() < 0 or indices.max() >= size:
        raise IndexError(size)


@misconception(
    "check_indices", "Wrong indices pass where others are right. Raise an IndexError for a single wrong one."
)
def all_must_be_wrong(indices, size):
    if np.all((indices < 0) | (indices >= size)):
        raise IndexError(size)


@misconception("check_indices", "The error is a ValueError. Raise an IndexError, as torch and NumPy do for an index.")
def value_error_raised(indices, size):
    if np.any((indices < 0) | (indices >= size)):
        raise ValueError(size)


# one_hot


@misconception("one_hot", "The vectors are floats. Make them int64, as torch does.")
def floats_for_integers(indices, num_classes):
    lookup.check_indices(indices, num_classes)
    return np.eye(num_classes)[indices]


@misconception("one_hot", "The axes of the indices are lost. Keep them, and add one axis at the end.")
def flattened(indices, num_classes):
    return lookup.one_hot(indices, num_classes).reshape(-1, num_classes)


@misconception("one_hot", "The new axis comes first. Put it at the end.")
def classes_first(indices, num_classes):
    return np.moveaxis(lookup.one_hot(indices, num_classes), -1, 0)


@misconception("one_hot", "The length of the vectors is the largest index + 1. Make it `num_classes`.")
def length_from_the_indices(indices, num_classes):
    lookup.check_indices(indices, num_classes)
    return np.eye(int(indices.max()) + 1, dtype=np.int64)[indices]


@misconception("one_hot", "A negative index gets the vector of a word at the end. Raise an IndexError for it.")
def negative_vectors(indices, num_classes):
    return np.eye(num_classes, dtype=np.int64)[indices]


# embedding_forward


@misconception("embedding_forward", "The columns are picked. Pick rows: a word is a row of the (V, E) matrix.")
def columns_picked(indices, weight, *, padding_idx=None):
    return weight.T[indices % weight.shape[1]], (indices, weight.shape, padding_idx)


@misconception(
    "embedding_forward",
    "The padding word reads as zeros. Look it up like any other: only its gradient is left out.",
    source="https://github.com/pytorch/pytorch/issues/6411",
)
def padding_reads_as_zeros(indices, weight, *, padding_idx=None):
    out, cache = lookup.embedding_forward(indices, weight, padding_idx=padding_idx)
    return (out if padding_idx is None else out * (indices != padding_idx % len(weight))[..., None]), cache


@misconception(
    "embedding_forward",
    "A negative index is taken from the end of the matrix. Raise an IndexError: it is a mistake in the data.",
)
def negative_rows(indices, weight, *, padding_idx=None):
    return np.take(weight, indices, axis=0), (indices, weight.shape, padding_idx)


@misconception("embedding_forward", "The axes of the indices are lost. Keep them, and add one axis at the end.")
def lookup_flattened(indices, weight, *, padding_idx=None):
    out, cache = lookup.embedding_forward(indices, weight, padding_idx=padding_idx)
    return out.reshape(-1, weight.shape[1]), cache


@misconception(
    "embedding_forward",
    "The answer is float64 (or another dtype) for a float32 matrix. Pick the rows, and do not convert them.",
)
def lifted_by_one_hot(indices, weight, *, padding_idx=None):
    product = lookup.one_hot(indices, len(weight)) @ weight
    return product, (indices, weight.shape, padding_idx)


# embedding_backward


@misconception("embedding_backward", "Of several gradients for one word only the last one stays. Add them all up.")
def only_the_last_one_stays(dout, cache):
    indices, shape, padding_idx = cache
    dweight = np.zeros(shape, dtype=dout.dtype)
    dweight[indices] += dout
    if padding_idx is not None:
        dweight[padding_idx] = 0
    return dweight


@misconception("embedding_backward", "The padding word learns. Set its row of the gradient to 0.")
def padding_learns(dout, cache):
    indices, shape, _ = cache
    return lookup.embedding_backward(dout, (indices, shape, None))


@misconception("embedding_backward", "The gradients of a word are averaged over its places. Add them up.")
def averaged_over_places(dout, cache):
    indices, shape, _ = cache
    counts = np.bincount(indices.ravel(), minlength=shape[0]).clip(1)
    return lookup.embedding_backward(dout, cache) / counts[:, None].astype(dout.dtype)


@misconception(
    "embedding_backward",
    "Row 0 never learns. Without a padding word all rows do: tell 0 from None.",
    source="https://github.com/ibalazevic/TuckER/issues/17",
)
def row_0_is_padding(dout, cache):
    indices, shape, padding_idx = cache
    return lookup.embedding_backward(dout, (indices, shape, padding_idx or 0))


@misconception("embedding_backward", "A padding word 0 counts as none. Compare it with None: 0 is a word as well.")
def padding_0_taken_for_none(dout, cache):
    indices, shape, padding_idx = cache
    return lookup.embedding_backward(dout, (indices, shape, padding_idx or None))


@misconception("embedding_backward", "The gradient is float64 for a float32 upstream gradient. Keep its dtype.")
def lifted_to_float64(dout, cache):
    return lookup.embedding_backward(dout.astype(np.float64), cache)


@misconception(
    "embedding_backward", "The gradients are divided by the batch size. dout holds that already: only add up."
)
def divided_by_the_batch_size(dout, cache):
    return lookup.embedding_backward(dout / dout.dtype.type(max(len(dout), 1)), cache)


# skipgram_pairs


@misconception("skipgram_pairs", "The window opens to the right only. Count the words before the centre, too.")
def to_the_right_only(sentences, *, window=2):
    return rows(
        [(s[i], s[j]) for s in sentences for i in range(len(s)) for j in range(i + 1, min(len(s), i + window + 1))]
    )


def rows(pairs):
    """Return pairs as an array with two columns."""
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


@misconception("skipgram_pairs", "The window reaches into the next sentence. Stop at the end of each sentence.")
def across_sentences(sentences, *, window=2):
    return word2vec.skipgram_pairs([np.concatenate(sentences)] if sentences else [], window=window)


@misconception("skipgram_pairs", "The centre is its own context. Leave out its place.")
def centre_as_context(sentences, *, window=2):
    own = [(word, word) for sentence in sentences for word in sentence]
    return np.concatenate([word2vec.skipgram_pairs(sentences, window=window), rows(own)])


@misconception(
    "skipgram_pairs", "Words that equal the centre are left out. Leave out its place only: a word may occur twice."
)
def equal_words_left_out(sentences, *, window=2):
    pairs = word2vec.skipgram_pairs(sentences, window=window)
    return pairs[pairs[:, 0] != pairs[:, 1]]


@misconception(
    "skipgram_pairs",
    "The window is one place short on the right. Count `window` places on both sides.",
    source="https://github.com/Andras7/word2vec-pytorch/issues/10",
)
def one_short_on_the_right(sentences, *, window=2):
    return rows(
        [
            (s[i], s[j])
            for s in sentences
            for i in range(len(s))
            for j in range(max(0, i - window), min(len(s), i + window))
            if i != j
        ]
    )


@misconception(
    "skipgram_pairs",
    "Only words with a full window are centres. Use all words: near the end of a sentence the context is shorter.",
)
def full_windows_only(sentences, *, window=2):
    return rows(
        [
            (s[i], s[j])
            for s in sentences
            for i in range(window, len(s) - window)
            for j in range(i - window, i + window + 1)
            if i != j
        ]
    )


@misconception("skipgram_pairs", "Near the beginning a window goes on at the end of the sentence. Stop at place 0.")
def round_the_beginning(sentences, *, window=2):
    return rows(
        [
            (s[i], s[j])
            for s in sentences
            for i in range(len(s))
            for j in range(i - window, min(len(s), i + window + 1))
            if i != j and j >= -len(s)
        ]
    )


@misconception(
    "skipgram_pairs",
    "Pairs that occur twice are listed once. List every occurrence: the vectors learn from how often it comes.",
)
def each_pair_once(sentences, *, window=2):
    return np.unique(word2vec.skipgram_pairs(sentences, window=window), axis=0)


# cbow_contexts


@misconception("cbow_contexts", "The centre is part of its context. Take its column out.")
def centre_in_its_context(sentences, *, window=2, padding_idx=0):
    contexts, centers = word2vec.cbow_contexts(sentences, window=window, padding_idx=padding_idx)
    return np.insert(contexts, window, centers, axis=1), centers


@misconception("cbow_contexts", "The window reaches into the next sentence. Pad every sentence by itself.")
def contexts_across_sentences(sentences, *, window=2, padding_idx=0):
    return word2vec.cbow_contexts([np.concatenate(sentences)], window=window, padding_idx=padding_idx)


@misconception("cbow_contexts", "The gaps are always filled with 0. Fill them with `padding_idx`.")
def padded_with_zeros(sentences, *, window=2, padding_idx=0):
    return word2vec.cbow_contexts(sentences, window=window)


@misconception(
    "cbow_contexts", "Words without a full window are left out. Make every word a centre once, and pad the gaps."
)
def without_the_ends(sentences, *, window=2, padding_idx=0):
    whole = [sentence for sentence in sentences if len(sentence) > 2 * window]
    found = [word2vec.cbow_contexts([sentence], window=window) for sentence in whole]
    contexts = [context[window:-window] for context, _ in found]
    centers = [center[window:-window] for _, center in found]
    return (
        np.concatenate([np.zeros((0, 2 * window), dtype=np.int64), *contexts]),
        np.concatenate([np.zeros(0, dtype=np.int64), *centers]),
    )


@misconception(
    "cbow_contexts",
    "The context is in the order from near to far. Put it in the order of the text, from left to right.",
)
def from_near_to_far(sentences, *, window=2, padding_idx=0):
    contexts, centers = word2vec.cbow_contexts(sentences, window=window, padding_idx=padding_idx)
    order = [place for step in range(window) for place in (window - 1 - step, window + step)]
    return contexts[:, order], centers


@misconception("cbow_contexts", "The gaps are at the end of each row. Put each where the word is missing.")
def gaps_at_the_end(sentences, *, window=2, padding_idx=0):
    contexts, centers = word2vec.cbow_contexts(sentences, window=window, padding_idx=-1)
    order = np.argsort(contexts == -1, axis=1, kind="stable")
    moved = np.take_along_axis(contexts, order, axis=1)
    return np.where(moved == -1, padding_idx, moved), centers


# noise_distribution


@misconception(
    "noise_distribution", "These are the shares of the words themselves. Raise the counts to the power first."
)
def power_forgotten(counts, *, power=0.75):
    return counts / counts.sum()


@misconception(
    "noise_distribution", "The shares are raised to the power, and no longer add up to 1. Divide after the power."
)
def normalized_before_the_power(counts, *, power=0.75):
    return (counts / counts.sum()) ** power


@misconception("noise_distribution", "The answer does not add up to 1. Divide it by its sum.")
def not_normalized(counts, *, power=0.75):
    return counts**power


@misconception("noise_distribution", "The power is always 3/4. Use `power`.")
def power_always_three_quarters(counts, *, power=0.75):
    return word2vec.noise_distribution(counts)


@misconception("noise_distribution", "The powers are divided by the sum of the counts. Divide them by their own sum.")
def divided_by_the_counts(counts, *, power=0.75):
    return counts**power / counts.sum()


@misconception("noise_distribution", "All words have the same probability. Make it grow with the count of a word.")
def uniform_noise(counts, *, power=0.75):
    return np.full(len(counts), 1 / len(counts))


# log_sigmoid


def silently(function):
    """Run a calculation that overflows without its warnings."""

    def quiet(*args, **options):
        with np.errstate(all="ignore"):
            return function(*args, **options)

    return quiet


@misconception(
    "log_sigmoid",
    "The exponential overflows for large negative scores. Rewrite the formula: there the answer is nearly the score.",
)
@silently
def exponential_overflows(z):
    return -np.log(1 + np.exp(-z))


@misconception(
    "log_sigmoid",
    "For large negative scores the sigmoid is 0 and its logarithm -inf. Do not compute the sigmoid first.",
)
@silently
def logarithm_of_zero(z):
    return np.log(0.5 * (1 + np.tanh(z / 2)))


@misconception(
    "log_sigmoid", "A small number in the logarithm limits the answer. Leave it out, and rewrite the formula."
)
def small_number_under_the_logarithm(z):
    return np.log(np.exp(word2vec.log_sigmoid(z)) + z.dtype.type(1e-10))


@misconception("log_sigmoid", "The sign of the score is wrong: this is log sigma(-z). Return log sigma(z).")
def other_sign_of_the_score(z):
    return word2vec.log_sigmoid(-z)


@misconception(
    "log_sigmoid", "This is -log sigma(z). Leave the minus sign out: the logarithm of a number below 1 is negative."
)
def minus_the_logarithm(z):
    return -word2vec.log_sigmoid(z)


@misconception("log_sigmoid", "This is the sigmoid. Return its logarithm.")
def logarithm_forgotten(z):
    return np.exp(word2vec.log_sigmoid(z))


@misconception(
    "log_sigmoid", "Scores are clipped at 30, so that very unlikely pairs cost too little. Rewrite the formula instead."
)
def clipped_scores(z):
    return word2vec.log_sigmoid(np.clip(z, -30, 30))


# negative_sampling_forward


def cache_of(center, context, negatives):
    """Return the right cache: the way back is not what these get wrong."""
    return word2vec.negative_sampling_forward(center, context, negatives)[1]


def terms(center, context, negatives):
    """Return the scores of the context and of the negatives."""
    return cache_of(center, context, negatives)[3:]


@misconception(
    "negative_sampling_forward",
    "The negatives have the sign of the context: the loss would make them likely. Use minus their scores.",
)
def sign_of_the_negatives(center, context, negatives):
    positive, negative = terms(center, context, negatives)
    loss = -word2vec.log_sigmoid(positive) - word2vec.log_sigmoid(negative).sum(axis=1)
    return loss, cache_of(center, context, negatives)


@misconception("negative_sampling_forward", "The loss is a mean over the negatives. Sum over them.")
def mean_over_the_negatives(center, context, negatives):
    positive, negative = terms(center, context, negatives)
    loss = -word2vec.log_sigmoid(positive) - word2vec.log_sigmoid(-negative).mean(axis=1)
    return loss, cache_of(center, context, negatives)


@misconception("negative_sampling_forward", "This is the objective to be maximized. Return minus it.")
def objective_for_loss(center, context, negatives):
    loss, cache = word2vec.negative_sampling_forward(center, context, negatives)
    return -loss, cache


@misconception(
    "negative_sampling_forward",
    "The negatives are left out. Add a term for each: otherwise the best vectors are infinitely long.",
)
def without_negatives(center, context, negatives):
    positive, _ = terms(center, context, negatives)
    return -word2vec.log_sigmoid(positive), cache_of(center, context, negatives)


@misconception(
    "negative_sampling_forward",
    "The scores of the negatives are added up before the logarithm. Give each negative a term of its own.",
)
def scores_added_first(center, context, negatives):
    positive, negative = terms(center, context, negatives)
    loss = -word2vec.log_sigmoid(positive) - word2vec.log_sigmoid(-negative.sum(axis=1))
    return loss, cache_of(center, context, negatives)


@misconception("negative_sampling_forward", "The negatives are multiplied by the context. Multiply them by the centre.")
def negatives_against_the_context(center, context, negatives):
    positive, _ = terms(center, context, negatives)
    negative = np.einsum("ne,nke->nk", context, negatives)
    loss = -word2vec.log_sigmoid(positive) - word2vec.log_sigmoid(-negative).sum(axis=1)
    return loss, cache_of(center, context, negatives)


@misconception(
    "negative_sampling_forward", "Large scores make the loss infinite. Use `log_sigmoid`, which does not overflow."
)
@silently
def infinite_losses(center, context, negatives):
    positive, negative = terms(center, context, negatives)
    loss = np.log(1 + np.exp(-positive)) + np.log(1 + np.exp(negative)).sum(axis=1)
    return loss, cache_of(center, context, negatives)


# negative_sampling_backward


@misconception(
    "negative_sampling_backward",
    "Only the word of the context has a gradient. Give the negatives one, and the centre a term for each of them.",
)
def only_the_positive_learns(dout, cache):
    _, dcontext, dnegatives = word2vec.negative_sampling_backward(dout, cache)
    center, context, negatives, positive, negative = cache
    pulled = word2vec.negative_sampling_backward(dout, (center, context, 0 * negatives, positive, negative))[0]
    return pulled, dcontext, 0 * dnegatives


@misconception(
    "negative_sampling_backward",
    "The gradients that come from the negatives have the wrong sign. Their loss falls when their scores fall.",
)
def negatives_pulled_near(dout, cache):
    center, context, negatives, positive, negative = cache
    dcenter, dcontext, dnegatives = word2vec.negative_sampling_backward(dout, cache)
    pulled = word2vec.negative_sampling_backward(dout, (center, context, 0 * negatives, positive, negative))[0]
    return 2 * pulled - dcenter, dcontext, -dnegatives


@misconception("negative_sampling_backward", "The gradient of the centre lacks the negatives. Sum up 1 + K terms.")
def centre_forgets_the_negatives(dout, cache):
    center, context, negatives, positive, negative = cache
    _, dcontext, dnegatives = word2vec.negative_sampling_backward(dout, cache)
    pulled = word2vec.negative_sampling_backward(dout, (center, context, 0 * negatives, positive, negative))[0]
    return pulled, dcontext, dnegatives


@misconception("negative_sampling_backward", "The derivative of -log sigma(z) is sigma(z) here. Subtract 1 from it.")
def one_is_missing(dout, cache):
    center, context, negatives, positive, negative = cache
    wrong = -positive  # sigma(z) instead of -sigma(-z): the same function of the other score, with the other sign
    dcenter, dcontext, dnegatives = word2vec.negative_sampling_backward(
        dout, (center, context, negatives, wrong, negative)
    )
    pulled = word2vec.negative_sampling_backward(dout, (center, context, 0 * negatives, wrong, negative))[0]
    return dcenter - 2 * pulled, -dcontext, dnegatives


@misconception("negative_sampling_backward", "The upstream gradient is ignored. Multiply all gradients by it.")
def upstream_ignored(dout, cache):
    return word2vec.negative_sampling_backward(np.ones_like(dout), cache)


@misconception(
    "negative_sampling_backward",
    "The gradients are divided by the number of negatives. Leave that out: the loss is a sum over them.",
)
def divided_by_the_negatives(dout, cache):
    center, context, negatives, positive, negative = cache
    dcenter, dcontext, dnegatives = word2vec.negative_sampling_backward(dout, cache)
    pulled = word2vec.negative_sampling_backward(dout, (center, context, 0 * negatives, positive, negative))[0]
    count = negatives.shape[1]
    return pulled + (dcenter - pulled) / count, dcontext, dnegatives / count


@misconception(
    "negative_sampling_backward",
    "The gradients are divided by the batch size. Leave that out: dout says how much each pair counts.",
)
def averaged_over_the_batch(dout, cache):
    return word2vec.negative_sampling_backward(dout / dout.dtype.type(len(dout)), cache)


@misconception(
    "negative_sampling_backward",
    "The gradient of a negative has sigma(z) - 1, as if it had been seen. Use sigma(z).",
    source="https://github.com/Rockung/ml",
)
def negatives_as_if_they_were_seen(dout, cache):
    dcenter, dcontext, dnegatives = word2vec.negative_sampling_backward(dout, cache)
    return dcenter, dcontext, dnegatives - dout[:, None, None] * cache[0][:, None]


# skipgram_step


@misconception("skipgram_step", "The gradient is added. Subtract it to go down.")
def uphill(centers, contexts, negatives, w_in, w_out, *, lr=0.1):
    return word2vec.skipgram_step(centers, contexts, negatives, w_in, w_out, lr=-lr)


@misconception("skipgram_step", "The step is that of the mean loss. Take the sum: each pair steps as if it came alone.")
def mean_of_the_batch(centers, contexts, negatives, w_in, w_out, *, lr=0.1):
    new_in, new_out, loss = word2vec.skipgram_step(centers, contexts, negatives, w_in, w_out, lr=lr / len(centers))
    return new_in, new_out, loss / len(centers)


def rows_updated_once(weight, indices, gradient, lr):
    """Update rows by fancy assignment, which loses repeated ones."""
    new = weight.copy()
    new[indices] -= lr * gradient
    return new


@misconception(
    "skipgram_step", "Words that occur twice in the batch learn from one place only. Add their gradients up."
)
def repeated_words_lost(centers, contexts, negatives, w_in, w_out, *, lr=0.1):
    others = np.column_stack([contexts, negatives])
    vectors = w_in[centers], w_out[contexts], w_out[negatives]
    loss, cache = word2vec.negative_sampling_forward(*vectors)
    dcenter, dcontext, dnegatives = word2vec.negative_sampling_backward(np.ones_like(loss), cache)
    dothers = np.concatenate([dcontext[:, None], dnegatives], axis=1)
    return rows_updated_once(w_in, centers, dcenter, lr), rows_updated_once(w_out, others, dothers, lr), loss.sum()


@misconception(
    "skipgram_step",
    "The centres step along context vectors that have moved already. Compute all gradients before the first step.",
)
def centre_after_the_context(centers, contexts, negatives, w_in, w_out, *, lr=0.1):
    _, new_out, loss = word2vec.skipgram_step(centers, contexts, negatives, w_in, w_out, lr=lr)
    new_in, _, _ = word2vec.skipgram_step(centers, contexts, negatives, w_in, new_out, lr=lr)
    return new_in, new_out, loss


@misconception("skipgram_step", "Only the centres learn. Step along the gradients of context and negatives, too.")
def contexts_do_not_learn(centers, contexts, negatives, w_in, w_out, *, lr=0.1):
    new_in, _, loss = word2vec.skipgram_step(centers, contexts, negatives, w_in, w_out, lr=lr)
    return new_in, w_out, loss


@misconception("skipgram_step", "The negatives are read from `w_in`. Read context and negatives from `w_out`.")
def negatives_among_the_centres(centers, contexts, negatives, w_in, w_out, *, lr=0.1):
    loss, cache = word2vec.negative_sampling_forward(w_in[centers], w_out[contexts], w_in[negatives])
    dcenter, dcontext, dnegatives = word2vec.negative_sampling_backward(np.ones_like(loss), cache)
    new_in, new_out = w_in.copy(), w_out.copy()
    rate = w_in.dtype.type(lr)
    np.subtract.at(new_in, centers, rate * dcenter)
    np.subtract.at(new_in, negatives, rate * dnegatives)
    np.subtract.at(new_out, contexts, rate * dcontext)
    return new_in, new_out, loss.sum()


@misconception(
    "skipgram_step", "This is the loss after the step. Return the one before it, to which the gradients belong."
)
def loss_after_the_step(centers, contexts, negatives, w_in, w_out, *, lr=0.1):
    new_in, new_out, _ = word2vec.skipgram_step(centers, contexts, negatives, w_in, w_out, lr=lr)
    return new_in, new_out, word2vec.skipgram_step(centers, contexts, negatives, new_in, new_out, lr=lr)[2]


# train_skipgram


def training(pairs, counts, w_in, w_out, rng, *, epochs=5, batch_size=64, lr=0.2, num_negatives=5, **mistakes):
    """Train as the solution does, but for the parts that are passed in."""
    order_of = mistakes.get("order_of", lambda rng, size, epoch: rng.permutation(size))
    noise = mistakes.get("noise_of", word2vec.noise_distribution)(counts)
    negatives_of = mistakes.get("negatives_of", word2vec.draw_negatives)
    rate_of = mistakes.get("rate_of", lambda done: 1 - done)
    step = mistakes.get("step", word2vec.skipgram_step)
    losses = np.zeros(epochs)
    last = len(pairs) - len(pairs) % batch_size if mistakes.get("drop_last") else len(pairs)
    for epoch in range(epochs):
        order = order_of(rng, len(pairs), epoch)
        for start in range(0, last, batch_size):
            centers, contexts = pairs[order[start : start + batch_size]].T
            negatives = negatives_of(rng, noise, (len(centers), num_negatives))
            rate = lr * rate_of((epoch + start / len(pairs)) / epochs)
            w_in, w_out, loss = step(centers, contexts, negatives, w_in, w_out, lr=rate)
            losses[epoch] += loss / len(pairs)
    return w_in, w_out, losses


@misconception("train_skipgram", "The learning rate stays the same. Let it fall in a straight line towards 0.")
def constant_rate(*args, **options):
    return training(*args, **options, rate_of=lambda done: 1.0)


@misconception("train_skipgram", "The pairs come in the order of the text. Shuffle them in each epoch.")
def order_of_the_text(*args, **options):
    return training(*args, **options, order_of=lambda rng, size, epoch: np.arange(size))


@misconception("train_skipgram", "One order serves all epochs. Shuffle anew in each.")
def one_order_for_all(*args, **options):
    orders = []

    def once(rng, size, epoch):
        orders.append(orders[0] if orders else rng.permutation(size))
        return orders[0]

    return training(*args, **options, order_of=once)


@misconception("train_skipgram", "Negatives are drawn uniformly. Draw them from the noise distribution of the counts.")
def negatives_drawn_uniformly(*args, **options):
    return training(*args, **options, noise_of=lambda counts: np.full(len(counts), 1 / len(counts)))


@misconception(
    "train_skipgram",
    "Negatives are drawn with the shares of the words. Use the noise distribution, which has the power 3/4.",
)
def noise_without_power(*args, **options):
    return training(*args, **options, noise_of=lambda counts: counts / counts.sum())


@misconception("train_skipgram", "All pairs of a batch share one set of negatives. Draw a set for each pair.")
def shared_negatives(*args, **options):
    def negatives_of(rng, noise, shape):
        return np.repeat(word2vec.draw_negatives(rng, noise, (1, shape[1])), shape[0], axis=0)

    return training(*args, **options, negatives_of=negatives_of)


@misconception("train_skipgram", "Every step starts from the first vectors. Go on from those of the step before.")
def always_from_the_start(pairs, counts, w_in, w_out, rng, **options):
    def step(centers, contexts, negatives, _in, _out, *, lr):
        return word2vec.skipgram_step(centers, contexts, negatives, w_in, w_out, lr=lr)

    return training(pairs, counts, w_in, w_out, rng, **options, step=step)


@misconception(
    "train_skipgram", "The vectors of the context stay as they were at first. Keep both new matrices after each step."
)
def contexts_not_kept(*args, **options):
    return training(*args, **options, step=contexts_do_not_learn)


@misconception("train_skipgram", "Centre and context are exchanged. The first column of the pairs holds the centres.")
def columns_exchanged(pairs, *args, **options):
    return training(pairs[:, ::-1], *args, **options)


@misconception(
    "train_skipgram", "The last, smaller batch of every epoch is left out. Use it: its pairs count like all others."
)
def last_batch_dropped(*args, **options):
    return training(*args, **options, drop_last=True)


@misconception("train_skipgram", "The losses are sums over the epoch. Divide them by the number of pairs.")
def sums_of_losses(pairs, *args, **options):
    w_in, w_out, losses = training(pairs, *args, **options)
    return w_in, w_out, losses * len(pairs)


# cbow_step


def cbow(contexts, centers, negatives, w_in, w_out, *, lr=0.1, padding_idx=0, **mistakes):
    """Take a step as the solution does, but for the shares forward and backward that are passed in."""
    words = (contexts != padding_idx)[:, :, None].astype(w_in.dtype)
    shares = words / np.maximum(words.sum(axis=1, keepdims=True), 1)
    forward = mistakes.get("forward", lambda words, shares: shares)(words, shares)
    backward = mistakes.get("backward", lambda words, shares: shares)(words, shares)
    add_at = mistakes.get("add_at", np.add.at)
    means = (forward * w_in[contexts]).sum(axis=1)
    loss, cache = word2vec.negative_sampling_forward(means, w_out[centers], w_out[negatives])
    dmean, dcenter, dnegatives = word2vec.negative_sampling_backward(np.ones_like(loss), cache)
    new_in, new_out, rate = w_in.copy(), w_out.copy(), w_in.dtype.type(-lr)
    add_at(new_in, contexts, rate * backward * dmean[:, None])
    np.add.at(new_out, centers, rate * dcenter)
    np.add.at(new_out, negatives, rate * dnegatives)
    return new_in, new_out, loss.sum()


@misconception(
    "cbow_step",
    "Every word of the context moves by the whole gradient of the mean. Of a mean of L vectors each gets 1/L of it.",
    source="https://arxiv.org/abs/2012.15332",
)
def whole_gradient_for_each_word(*args, **options):
    return cbow(*args, **options, backward=lambda words, shares: words)


@misconception("cbow_step", "The context's vectors are added up. It is their mean that guesses the centre.")
def sum_of_the_context(*args, **options):
    return cbow(*args, **options, forward=lambda words, shares: words, backward=lambda words, shares: words)


@misconception("cbow_step", "Gaps count as words: the padding's vector is in the mean. Leave it out.")
def gaps_count_as_words(*args, **options):
    def all_places(words, shares):
        return np.full_like(words, 1 / words.shape[1])

    return cbow(*args, **options, forward=all_places, backward=all_places)


@misconception(
    "cbow_step", "The sum is divided by the number of places. Divide by the number of words: gaps do not count."
)
def divided_by_all_places(*args, **options):
    def of_places(words, shares):
        return words / words.shape[1]

    return cbow(*args, **options, forward=of_places, backward=of_places)


@misconception("cbow_step", "The gaps are always word 0. `padding_idx` says which word fills them.")
def gaps_always_word_0(*args, padding_idx=0, **options):
    return cbow(*args, **options)


@misconception("cbow_step", "A word that occurs twice in the batch's contexts learns once. Its gradients add up.")
def context_words_learn_once(*args, **options):
    def once(array, indices, values):
        array[indices] += values

    return cbow(*args, **options, add_at=once)


@misconception("cbow_step", "The gradient is added. Subtract it to go downhill.")
def cbow_uphill(*args, lr=0.1, **options):
    return cbow(*args, **options, lr=-lr)


@misconception(
    "cbow_step", "The matrices are exchanged: contexts are rows of `w_in`, the centre and negatives rows of `w_out`."
)
def cbow_matrices_exchanged(contexts, centers, negatives, w_in, w_out, **options):
    new_out, new_in, loss = cbow(contexts, centers, negatives, w_out, w_in, **options)
    return new_in, new_out, loss


@misconception("cbow_step", "This is the step of the mean loss. The batch's loss is a sum, whatever its size.")
def cbow_mean_of_the_batch(*args, lr=0.1, **options):
    new_in, new_out, loss = cbow(*args, **options, lr=lr / max(len(args[1]), 1))
    return new_in, new_out, loss / max(len(args[1]), 1)


@misconception("cbow_step", "This is the loss after the step. Return the one that the gradients belong to.")
def cbow_loss_after_the_step(contexts, centers, negatives, w_in, w_out, **options):
    new_in, new_out, _ = cbow(contexts, centers, negatives, w_in, w_out, **options)
    return new_in, new_out, cbow(contexts, centers, negatives, new_in, new_out, **options)[2]


# cooccurrence_counts


@misconception("cooccurrence_counts", "Only words to the right are counted. Count each pair of places from both sides.")
def counted_from_one_side(sentences, vocab_size, *, window=10):
    counts = np.zeros((vocab_size, vocab_size))
    for sentence in sentences:
        for distance in range(1, window + 1):
            np.add.at(counts, (sentence[:-distance], sentence[distance:]), 1 / distance)
    return counts


@misconception("cooccurrence_counts", "Every neighbour counts 1. Let one at distance d count 1/d.")
def distance_ignored(sentences, vocab_size, *, window=10):
    return sum(
        (
            glove.cooccurrence_counts([s[p : p + 2 * d : d]], vocab_size, window=1)
            for s in sentences
            for d in range(1, window + 1)
            for p in range(len(s) - d)
        ),
        start=np.zeros((vocab_size, vocab_size)),
    )


@misconception("cooccurrence_counts", "The window reaches into the next sentence. Stop at the end of each sentence.")
def counted_across_sentences(sentences, vocab_size, *, window=10):
    return glove.cooccurrence_counts(
        [np.concatenate([*sentences, np.zeros(0, dtype=np.int64)])], vocab_size, window=window
    )


@misconception(
    "cooccurrence_counts", "A pair of words that occurs twice at one distance is counted once. Add every occurrence up."
)
def repeated_pairs_lost(sentences, vocab_size, *, window=10):
    counts = np.zeros((vocab_size, vocab_size))
    for sentence in sentences:
        for distance in range(1, window + 1):
            counts[sentence[:-distance], sentence[distance:]] += 1 / distance
            counts[sentence[distance:], sentence[:-distance]] += 1 / distance
    return counts


@misconception(
    "cooccurrence_counts",
    "A word near itself is counted from one side only. Count it from both sides: the diagonal, too.",
)
def diagonal_from_one_side(sentences, vocab_size, *, window=10):
    counts = glove.cooccurrence_counts(sentences, vocab_size, window=window)
    return counts - np.diag(np.diag(counts)) / 2


@misconception(
    "cooccurrence_counts", "The window is one place short. Count words that are exactly `window` apart, too."
)
def window_one_short(sentences, vocab_size, *, window=10):
    return glove.cooccurrence_counts(sentences, vocab_size, window=window - 1)


@misconception("cooccurrence_counts", "Every word counts as its own neighbour. Leave out its own place.")
def own_neighbour(sentences, vocab_size, *, window=10):
    words = np.concatenate([*sentences, np.zeros(0, dtype=np.int64)])
    own = np.bincount(words, minlength=vocab_size)
    return glove.cooccurrence_counts(sentences, vocab_size, window=window) + np.diag(own)


@misconception(
    "cooccurrence_counts",
    "The weight falls in a straight line with the distance, as windows of random width make it. Use 1/d.",
    source="https://github.com/BayesForDays/nontology/issues/2",
)
def linear_decay(sentences, vocab_size, *, window=10):
    counts = np.zeros((vocab_size, vocab_size))
    for sentence in sentences:
        for distance in range(1, window + 1):
            pairs = (sentence[:-distance], sentence[distance:])
            np.add.at(counts, pairs, (window + 1 - distance) / window)
    return counts + counts.T


# glove_weighting


@misconception("glove_weighting", "Weights go beyond 1. Make them 1 from x_max on.")
def weights_beyond_one(counts, *, x_max=100.0, alpha=0.75):
    return (counts / x_max) ** alpha


@misconception("glove_weighting", "The weight is count / x_max itself. Raise it to the power alpha.")
def weight_without_power(counts, *, x_max=100.0, alpha=0.75):
    return np.minimum(counts / x_max, 1)


@misconception("glove_weighting", "The power is taken of the count alone. Divide by x_max first.")
def power_of_the_count(counts, *, x_max=100.0, alpha=0.75):
    return np.minimum(counts**alpha / x_max, 1)


@misconception("glove_weighting", "x_max is always 100. Use the argument, where the weight stops growing.")
def x_max_always_100(counts, *, x_max=100.0, alpha=0.75):
    return glove.glove_weighting(counts, alpha=alpha)


@misconception("glove_weighting", "alpha is always 3/4. Use the argument.")
def alpha_always_three_quarters(counts, *, x_max=100.0, alpha=0.75):
    return glove.glove_weighting(counts, x_max=x_max)


@misconception("glove_weighting", "Counts above x_max weigh nothing. Let them weigh 1.")
def frequent_pairs_dropped(counts, *, x_max=100.0, alpha=0.75):
    return np.where(counts < x_max, glove.glove_weighting(counts, x_max=x_max, alpha=alpha), counts.dtype.type(0))


# glove_loss


def loss_with(params, weights, logs):
    """Compute loss and gradients from the weights and logarithms of somebody else."""
    w, w_context, b, b_context = params
    errors = w @ w_context.T + b[:, None] + b_context - logs
    g = 2 * weights * errors
    return (weights * errors**2).sum(), g @ w_context, g.T @ w, g.sum(axis=1), g.sum(axis=0)


def logs_of(counts):
    """Return the logarithms of the counts, 0 for those that are 0."""
    return np.log(np.where(counts > 0, counts, 1))


@misconception("glove_loss", "A count of 0 gives NaN: 0 times -inf. Leave out the pairs that never occur.")
@silently
def logarithm_of_no_count(counts, w, w_context, b, b_context, *, x_max=100.0, alpha=0.75):
    weights = glove.glove_weighting(counts, x_max=x_max, alpha=alpha)
    return loss_with((w, w_context, b, b_context), weights, np.log(counts))


def other_loss(counts, params, weights, logs, options):
    """Compute the loss with other weights or logarithms."""
    x_max, alpha = options.get("x_max", 100.0), options.get("alpha", 0.75)
    return loss_with(params, weights(counts, x_max=x_max, alpha=alpha), logs(counts))


@misconception(
    "glove_loss", "The logarithm of count + 1 is fitted. Fit log(count): pairs that never occur have weight 0 anyway."
)
def logarithm_of_one_more(counts, *params, **options):
    return other_loss(counts, params, glove.glove_weighting, np.log1p, options)


@misconception("glove_loss", "The counts themselves are fitted. Fit their logarithms.")
def counts_for_logarithms(counts, *params, **options):
    return other_loss(counts, params, glove.glove_weighting, lambda counts: counts, options)


@misconception(
    "glove_loss", "All pairs weigh the same, also those that never occur. Weight them with `glove_weighting`."
)
def without_weights(counts, *params, **options):
    return other_loss(counts, params, lambda counts, **_: np.ones_like(counts), logs_of, options)


@misconception(
    "glove_loss", "The weight is squared with the error. Square the error only, then multiply by the weight."
)
def weight_squared(counts, *params, **options):
    return other_loss(
        counts, params, lambda counts, **given: glove.glove_weighting(counts, **given) ** 2, logs_of, options
    )


@misconception(
    "glove_loss", "The biases are missing in the error. Add b along the rows and b_context along the columns."
)
def biases_missing(counts, w, w_context, b, b_context, **options):
    return glove.glove_loss(counts, w, w_context, 0 * b, 0 * b_context, **options)


@misconception(
    "glove_loss", "The biases are exchanged. Add b for the word of the row, and b_context for that of the column."
)
def biases_exchanged(counts, w, w_context, b, b_context, **options):
    loss, dw, dw_context, db, db_context = glove.glove_loss(counts, w, w_context, b_context, b, **options)
    return loss, dw, dw_context, db, db_context


@misconception(
    "glove_loss",
    "The gradients are half as large as they should be. Multiply by the 2 of the derivative of the square.",
)
def factor_two_missing(counts, *params, **options):
    loss, *gradients = glove.glove_loss(counts, *params, **options)
    return loss, *(gradient / 2 for gradient in gradients)


@misconception("glove_loss", "Loss and gradients are half as large as they should be. There is no 1/2 in the loss.")
def half_in_the_loss(counts, *params, **options):
    return tuple(part / 2 for part in glove.glove_loss(counts, *params, **options))


@misconception(
    "glove_loss", "The gradients of w and w_context are exchanged. For dw sum over the words of the context."
)
def gradients_exchanged(counts, *params, **options):
    loss, dw, dw_context, db, db_context = glove.glove_loss(counts, *params, **options)
    return loss, dw_context, dw, db, db_context


@misconception(
    "glove_loss",
    "The gradients of the biases are exchanged. For db sum over the columns, for db_context over the rows.",
)
def bias_gradients_exchanged(counts, *params, **options):
    loss, dw, dw_context, db, db_context = glove.glove_loss(counts, *params, **options)
    return loss, dw, dw_context, db_context, db


@misconception("glove_loss", "The loss is a mean over all pairs. Take the sum.")
def mean_over_pairs(counts, *params, **options):
    return tuple(part / counts.dtype.type(counts.size) for part in glove.glove_loss(counts, *params, **options))


@misconception("glove_loss", "x_max and alpha do not change the weights. Pass them on.")
def options_not_passed_on(counts, *params, **options):
    return glove.glove_loss(counts, *params)


@misconception(
    "glove_loss",
    "The logarithm of the count is added. Subtract it: the error is the distance from it.",
    source="https://github.com/noaRricky/pytorch-glove/issues/1",
)
def logarithm_added(counts, *params, **options):
    return other_loss(counts, params, glove.glove_weighting, lambda counts: -logs_of(counts), options)


# principal_components


def by_svd(centred, num_components):
    """Return the components of points that are said to be centred, with the signs of the convention."""
    rows = np.linalg.svd(centred, full_matrices=False)[2][:num_components]
    largest = np.abs(rows).argmax(axis=1)[:, None]
    return rows * np.sign(np.take_along_axis(rows, largest, axis=1))


def refuse_too_many(x, num_components):
    """Raise the error that is wanted."""
    if num_components > min(len(x) - 1, x.shape[1]):
        raise ValueError(num_components)


@misconception(
    "principal_components",
    "The mean is not subtracted, so that the first direction points to it. Centre the points first.",
)
def not_centred(x, *, num_components=2):
    refuse_too_many(x, num_components)
    components = by_svd(x, num_components)
    singular = np.linalg.svd(x, compute_uv=False)[:num_components]
    return x @ components.T, components, singular**2 / (len(x) - 1)


@misconception(
    "principal_components", "The mean of each point is subtracted. Subtract the mean of each feature over all points."
)
def rows_centred(x, *, num_components=2):
    refuse_too_many(x, num_components)
    centred = x - x.mean(axis=1, keepdims=True)
    components = by_svd(centred, num_components)
    singular = np.linalg.svd(centred, compute_uv=False)[:num_components]
    return centred @ components.T, components, singular**2 / (len(x) - 1)


@misconception(
    "principal_components", "The scores come from the points as they are. Subtract the mean first, then project."
)
def scores_not_centred(x, *, num_components=2):
    _, components, variances = geometry.principal_components(x, num_components=num_components)
    return x @ components.T, components, variances


@misconception(
    "principal_components",
    "The signs are left to chance. Multiply each component by the sign of its entry of largest absolute value.",
)
def signs_of_lapack(x, *, num_components=2):
    scores, components, variances = geometry.principal_components(x, num_components=num_components)
    rows = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[2][:num_components]
    signs = np.sign(np.sum(rows * components, axis=1))
    return scores * signs, components * signs[:, None], variances


@misconception(
    "principal_components", "The components change their signs, but the scores do not. Change both together."
)
def scores_not_turned(x, *, num_components=2):
    scores, components, variances = geometry.principal_components(x, num_components=num_components)
    rows = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[2][:num_components]
    return scores * np.sign(np.sum(rows * components, axis=1)), components, variances


@misconception("principal_components", "These are singular values. Square them and divide by N - 1.")
def singular_values_for_variances(x, *, num_components=2):
    scores, components, variances = geometry.principal_components(x, num_components=num_components)
    return scores, components, np.sqrt(variances * x.dtype.type(len(x) - 1))


@misconception("principal_components", "The variances are divided by N. Divide by N - 1.")
def variances_divided_by_n(x, *, num_components=2):
    scores, components, variances = geometry.principal_components(x, num_components=num_components)
    return scores, components, variances * x.dtype.type((len(x) - 1) / len(x))


@misconception(
    "principal_components", "The features are scaled to the same spread first. Leave that out: their own spread counts."
)
def features_standardized(x, *, num_components=2):
    refuse_too_many(x, num_components)
    return geometry.principal_components((x - x.mean(axis=0)) / x.std(axis=0), num_components=num_components)


@misconception(
    "principal_components", "More components are asked for than there are, and fewer come back. Raise a ValueError."
)
def too_many_pass(x, *, num_components=2):
    return geometry.principal_components(x, num_components=min(num_components, len(x) - 1, x.shape[1]))


@misconception(
    "principal_components",
    "The rows of the matrix of eigenvectors are used as directions. Use its columns.",
    source="https://datascience.stackexchange.com/questions/82864",
)
def rows_for_eigenvectors(x, *, num_components=2):
    refuse_too_many(x, num_components)
    _, _, variances = geometry.principal_components(x, num_components=num_components)
    centred = x - x.mean(axis=0)
    vectors = np.linalg.eigh(centred.T @ centred)[1][:, ::-1]
    rows = vectors[:num_components].astype(x.dtype)
    return centred @ rows.T, rows, variances


@misconception(
    "principal_components", "The components of the smallest variances come first. Put the largest variances first."
)
def smallest_variances_first(x, *, num_components=2):
    refuse_too_many(x, num_components)
    every = geometry.principal_components(x, num_components=min(len(x) - 1, x.shape[1]))
    scores, components, variances = every
    return scores[:, ::-1][:, :num_components], components[::-1][:num_components], variances[::-1][:num_components]


@misconception("principal_components", "The components are columns. Return them as rows, one component in each.")
def components_as_columns(x, *, num_components=2):
    scores, components, variances = geometry.principal_components(x, num_components=num_components)
    return scores, components.T, variances


# normalize_rows


@misconception("normalize_rows", "The columns have the length 1. Divide the rows by their lengths.")
def columns_normalized(x, *, eps=1e-12):
    return geometry.normalize_rows(x.T, eps=eps).T


@misconception(
    "normalize_rows", "Everything is divided by one length, that of the whole matrix. Divide each row by its own."
)
def one_length_for_all(x, *, eps=1e-12):
    return x / max(np.linalg.norm(x), eps)


@misconception("normalize_rows", "eps is added to the length. Divide by the larger of length and eps.")
def eps_added(x, *, eps=1e-12):
    return x / (np.linalg.norm(x, axis=1, keepdims=True) + eps)


@misconception("normalize_rows", "The rows are divided by their squared lengths. Take the root first.")
def divided_by_the_square(x, *, eps=1e-12):
    return x / np.maximum((x**2).sum(axis=1, keepdims=True), eps)


@misconception(
    "normalize_rows", "The absolute values of a row add up to 1. Divide by the root of the sum of squares instead."
)
def entries_add_up_to_one(x, *, eps=1e-12):
    return x / np.maximum(np.abs(x).sum(axis=1, keepdims=True), eps)


@misconception("normalize_rows", "A row of zeros is divided by 0. Divide by eps at least.")
@silently
def divided_by_zero(x, *, eps=1e-12):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


# cosine_similarities


@misconception(
    "cosine_similarities",
    "These are inner products: long vectors win. Divide by both lengths.",
    source="https://github.com/LeeXun/word2vector/issues/6",
)
def inner_products(x, y):
    return x @ y.T


@misconception("cosine_similarities", "Only one of the two vectors is divided by its length. Divide by both lengths.")
def one_side_normalized(x, y):
    return geometry.normalize_rows(x) @ y.T


@misconception("cosine_similarities", "This is 1 minus the cosine, the cosine distance. Return the cosine itself.")
def cosine_distances(x, y):
    return 1 - geometry.cosine_similarities(x, y)


@misconception("cosine_similarities", "These are the angles between the vectors. Return their cosines.")
def angles(x, y):
    return np.arccos(np.clip(geometry.cosine_similarities(x, y), -1, 1))


@misconception(
    "cosine_similarities",
    "The length of one vector is used twice. Divide by the length of each of the two.",
    source="https://github.com/prateekb1912/word-vector-operations",
)
def one_length_twice(x, y):
    return x @ y.T / np.maximum((x**2).sum(axis=1, keepdims=True), 1e-12).astype(x.dtype)


@misconception(
    "cosine_similarities", "A row of zeros gives NaN. Its similarity to everything is 0: do not divide it by 0."
)
@silently
def nan_for_zeros(x, y):
    return x @ y.T / (np.linalg.norm(x, axis=1)[:, None] * np.linalg.norm(y, axis=1))


@misconception("cosine_similarities", "The means are subtracted first, which gives the correlation. Leave that out.")
def correlations(x, y):
    return geometry.cosine_similarities(x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True))


# nearest_words


def ranked(similarities, exclude, k):
    """Return the words with the largest numbers, but for the excluded ones."""
    if exclude is not None:
        np.put_along_axis(similarities, exclude, -np.inf, axis=1)
    if np.any((similarities > -np.inf).sum(axis=1) < k):
        raise ValueError(k)
    return np.argsort(-similarities, axis=1)[:, :k]


@misconception("nearest_words", "Excluded words are found, the query's own word first of all. Leave them out.")
def excluded_words_found(queries, vectors, *, k=5, exclude=None):
    geometry.nearest_words(queries, vectors, k=k, exclude=exclude)
    return geometry.nearest_words(queries, vectors, k=k)


@misconception(
    "nearest_words", "The inner product decides, so that long vectors are near to every query. Compare cosines."
)
def nearest_by_inner_product(queries, vectors, *, k=5, exclude=None):
    return ranked(queries @ vectors.T, exclude, k)


@misconception("nearest_words", "The distance decides. Compare cosines: only the direction counts.")
def nearest_by_distance(queries, vectors, *, k=5, exclude=None):
    return ranked(-np.linalg.norm(queries[:, None] - vectors, axis=2), exclude, k)


@misconception("nearest_words", "The least similar words come first. Sort from large to small.")
def least_similar_first(queries, vectors, *, k=5, exclude=None):
    return ranked(-geometry.cosine_similarities(queries, vectors), exclude, k)


@misconception("nearest_words", "The most similar word comes last. Put it first in the row.")
def most_similar_last(queries, vectors, *, k=5, exclude=None):
    return geometry.nearest_words(queries, vectors, k=k, exclude=exclude)[:, ::-1]


@misconception(
    "nearest_words", "The k words are the right ones, but not in order. Sort them: the most similar comes first."
)
def nearest_not_sorted(queries, vectors, *, k=5, exclude=None):
    return np.sort(geometry.nearest_words(queries, vectors, k=k, exclude=exclude), axis=1)


@misconception(
    "nearest_words",
    "The words excluded for one query are excluded for all. Use each row of `exclude` for its own query.",
)
def excluded_for_all(queries, vectors, *, k=5, exclude=None):
    similarities = geometry.cosine_similarities(queries, vectors)
    if exclude is not None:
        similarities[:, exclude.ravel()] = -np.inf
    if k > similarities.shape[1] or (exclude is not None and k > similarities.shape[1] - exclude.shape[1]):
        raise ValueError(k)
    return np.argsort(-similarities, axis=1)[:, :k]


@misconception("nearest_words", "The nearest word is always skipped. Leave out only what `exclude` names.")
def first_one_skipped(queries, vectors, *, k=5, exclude=None):
    geometry.nearest_words(queries, vectors, k=k, exclude=exclude)
    similarities = geometry.cosine_similarities(queries, vectors)
    return np.argsort(-similarities, axis=1)[:, 1 : k + 1]


@misconception(
    "nearest_words", "Fewer than k words are left, and excluded ones come back, or too few. Raise a ValueError."
)
def too_few_words_pass(queries, vectors, *, k=5, exclude=None):
    similarities = geometry.cosine_similarities(queries, vectors)
    if exclude is not None:
        np.put_along_axis(similarities, exclude, -np.inf, axis=1)
    return np.argsort(-similarities, axis=1)[:, :k]


@misconception(
    "nearest_words",
    "The vectors that were passed in are changed. Divide into new ones: they belong to the caller.",
    source="https://github.com/deeplearning4j/deeplearning4j/issues/3285",
)
def vectors_normalized_in_place(queries, vectors, *, k=5, exclude=None):
    words = geometry.nearest_words(queries, vectors, k=k, exclude=exclude)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return words


# solve_analogies


def walked(questions, vectors, signs, exclude=True):
    """Answer by another walk along the three vectors."""
    a, b, c = vectors[questions.T]
    walk = signs[0] * a + signs[1] * b + signs[2] * c
    return geometry.nearest_words(walk, vectors, k=1, exclude=questions if exclude else None)[:, 0]


@misconception(
    "solve_analogies",
    "The words of the question are answers, and often win. Exclude them.",
    source="https://github.com/deeplearning4j/deeplearning4j/issues/2905",
)
def words_of_the_question(questions, vectors):
    return walked(questions, geometry.normalize_rows(vectors), (-1, 1, 1), exclude=False)


@misconception("solve_analogies", "The walk is a - b + c. Go the other way, by b - a from c.")
def backwards(questions, vectors):
    return walked(questions, geometry.normalize_rows(vectors), (1, -1, 1))


@misconception("solve_analogies", "The walk is a + b - c. Start at c, and go by b - a.")
def other_walk(questions, vectors):
    return walked(questions, geometry.normalize_rows(vectors), (1, 1, -1))


@misconception(
    "solve_analogies",
    "The vectors keep their lengths in the sum, so that the longest decides. Divide each by its length first.",
    source="https://github.com/kudkudak/word-embeddings-benchmarks/issues/65",
)
def lengths_kept(questions, vectors):
    return walked(questions, vectors, (-1, 1, 1))


@misconception("solve_analogies", "All three vectors are added. Subtract a.")
def all_added(questions, vectors):
    return walked(questions, geometry.normalize_rows(vectors), (1, 1, 1))


@misconception("solve_analogies", "The answer is the nearest word to c, whatever a and b are. Add b - a to c first.")
def nearest_to_c(questions, vectors):
    return walked(questions, geometry.normalize_rows(vectors), (0, 0, 1))


# tf_idf


def weights_with(counts, idf):
    """Return the table that is weighted by an idf, in the dtype that is wanted."""
    return geometry.normalize_rows((counts * idf).astype(np.result_type(counts, np.float32)))


def idf_of(holding, total, smooth):
    """Return the idf of words that some number of documents hold."""
    return np.log((total + smooth) / np.maximum(holding + smooth, 1)) + 1


@misconception(
    "tf_idf",
    "The occurrences of a word are counted. Count the documents that hold it, however often it stands there.",
    source="https://github.com/iit-cs579/main/issues/128",
)
def occurrences_for_documents(counts, *, smooth=True):
    return weights_with(counts, idf_of(counts.sum(axis=0), len(counts), smooth))


@misconception(
    "tf_idf",
    "The 1 after the logarithm is missing, so that a word of all documents weighs nothing. Add it.",
    source="https://github.com/yooper/php-text-analysis/issues/63",
)
def idf_of_the_textbook(counts, *, smooth=True):
    return weights_with(counts, idf_of(np.count_nonzero(counts, axis=0), len(counts), smooth) - 1)


@misconception(
    "tf_idf",
    "The logarithm is not the natural one. Use the natural one: because of the 1 that is added, the base matters.",
    source="https://github.com/melaniewalsh/Intro-Cultural-Analytics/issues/39",
)
def common_logarithm(counts, *, smooth=True):
    natural = idf_of(np.count_nonzero(counts, axis=0), len(counts), smooth) - 1
    return weights_with(counts, natural / np.log(10) + 1)


@misconception(
    "tf_idf",
    "1 is added to the number of documents that hold a word only. Add it to the number of all documents, too.",
    source="https://github.com/NaturalNode/natural/issues/184",
)
def smoothed_below_only(counts, *, smooth=True):
    holding = np.count_nonzero(counts, axis=0)
    return weights_with(counts, np.log(len(counts) / np.maximum(holding + smooth, 1)) + 1)


@misconception(
    "tf_idf",
    "The rows are not brought to length 1. Divide each by its length.",
    source="https://github.com/bbc/Similarity/issues/5",
)
def weights_of_any_length(counts, *, smooth=True):
    idf = idf_of(np.count_nonzero(counts, axis=0), len(counts), smooth)
    return (counts * idf).astype(np.result_type(counts, np.float32))


@misconception(
    "tf_idf", "The weights of a document add up to 1. Its row has to have the length 1, with squares and root."
)
def weights_add_up_to_one(counts, *, smooth=True):
    weights = weights_of_any_length(counts, smooth=smooth)
    return weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-12).astype(weights.dtype)


@misconception("tf_idf", "The columns have the length 1. Bring the rows, which are documents, to length 1.")
def words_of_length_one(counts, *, smooth=True):
    return geometry.normalize_rows(weights_of_any_length(counts, smooth=smooth).T).T.copy()


@misconception(
    "tf_idf", "The counts of the documents are brought to length 1 first, and weighted after it. Weight first."
)
def length_one_before_the_weights(counts, *, smooth=True):
    idf = idf_of(np.count_nonzero(counts, axis=0), len(counts), smooth)
    rows = geometry.normalize_rows(counts.astype(np.result_type(counts, np.float32)))
    return (rows * idf).astype(rows.dtype)


@misconception("tf_idf", "`smooth` changes nothing. Where it is False, leave out both 1 in the fraction.")
def always_smooth(counts, *, smooth=True):
    return documents.tf_idf(counts)


@misconception("tf_idf", "The fraction is never smoothed. By default, add 1 above and below.")
def never_smooth(counts, *, smooth=True):
    return documents.tf_idf(counts, smooth=False)


@misconception(
    "tf_idf",
    "A word that no document holds gives NaN. Its column has to stay zero, with smoothing and without.",
    source="https://github.com/NaturalNode/natural/pull/180",
)
@silently
def nan_for_words_of_no_document(counts, *, smooth=True):
    idf = np.log((len(counts) + smooth) / (np.count_nonzero(counts, axis=0) + smooth)) + 1
    return weights_with(counts, idf)


@misconception("tf_idf", "A document without words gives NaN. Its row has to stay zero.")
@silently
def nan_for_empty_documents(counts, *, smooth=True):
    weights = weights_of_any_length(counts, smooth=smooth)
    return weights / np.linalg.norm(weights, axis=1, keepdims=True)


@misconception(
    "tf_idf", "A word counts once per document, however often it stands there. Multiply its idf by its count."
)
def words_count_once(counts, *, smooth=True):
    idf = idf_of(np.count_nonzero(counts, axis=0), len(counts), smooth)
    return weights_with((counts > 0).astype(counts.dtype), idf)


@misconception("tf_idf", "The logarithm of the counts is weighted. Weight the counts themselves.")
def logarithms_of_counts(counts, *, smooth=True):
    idf = idf_of(np.count_nonzero(counts, axis=0), len(counts), smooth)
    return weights_with((1 + np.log(np.maximum(counts, 1))) * (counts > 0), idf).astype(
        np.result_type(counts, np.float32)
    )


@misconception("tf_idf", "The answer is float64 for float32 counts. Keep their dtype.")
def weights_in_float64(counts, *, smooth=True):
    return documents.tf_idf(counts.astype(np.float64), smooth=smooth)


# latent_semantic_analysis


def decomposed(counts, num_components):
    """Return the kept parts of the decomposition: columns, singular values, rows."""
    if num_components > min(counts.shape):
        raise ValueError(num_components)
    u, singular, rows = np.linalg.svd(counts, full_matrices=False)
    return u[:, :num_components], singular[:num_components], rows[:num_components]


@misconception(
    "latent_semantic_analysis",
    "The table is centred first, which is the analysis of principal components. Subtract nothing.",
    source="https://github.com/rock3125/sentence2vec/issues/8",
)
def table_centred(counts, *, num_components=2):
    u, singular, rows = decomposed(
        (counts - counts.mean(axis=0)).astype(np.result_type(counts, np.float32)), num_components
    )
    return u * singular, rows.T * singular, singular


@misconception(
    "latent_semantic_analysis",
    "The documents are not scaled. Multiply each of their columns by its singular value.",
    source="https://github.com/stuart-lab/signac/issues/1247",
)
def documents_not_scaled(counts, *, num_components=2):
    u, singular, rows = decomposed(counts, num_components)
    return u, rows.T * singular, singular


@misconception(
    "latent_semantic_analysis", "The words are not scaled. Multiply each of their columns by its singular value, too."
)
def words_not_scaled(counts, *, num_components=2):
    u, singular, rows = decomposed(counts, num_components)
    return u * singular, rows.T.copy(), singular


@misconception(
    "latent_semantic_analysis",
    "The coordinates are scaled by the roots of the singular values. Scale by the singular values themselves.",
    source="https://github.com/dselivanov/text2vec/issues/247",
)
def scaled_by_roots(counts, *, num_components=2):
    u, singular, rows = decomposed(counts, num_components)
    return u * np.sqrt(singular), rows.T * np.sqrt(singular), singular


@misconception(
    "latent_semantic_analysis",
    "The coordinates are divided by the singular values. Multiply by them: large ones mean more.",
    source="https://github.com/scikit-learn/scikit-learn/issues/7283",
)
def divided_by_singular_values(counts, *, num_components=2):
    u, singular, rows = decomposed(counts, num_components)
    return u / singular, rows.T / singular, singular


@misconception(
    "latent_semantic_analysis", "The squares of the singular values come back. Return the singular values themselves."
)
def squares_of_singular_values(counts, *, num_components=2):
    coordinates, words, singular = documents.latent_semantic_analysis(counts, num_components=num_components)
    return coordinates, words, singular**2


@misconception("latent_semantic_analysis", "Documents and words are exchanged. The rows of the table are documents.")
def documents_and_words_exchanged(counts, *, num_components=2):
    return documents.latent_semantic_analysis(np.ascontiguousarray(counts.T), num_components=num_components)


@misconception(
    "latent_semantic_analysis",
    "The components of the smallest singular values are kept. Keep those of the largest, the largest first.",
)
def smallest_components_kept(counts, *, num_components=2):
    decomposed(counts, num_components)
    parts = documents.latent_semantic_analysis(counts, num_components=min(counts.shape))
    return tuple(part[..., ::-1][..., :num_components].copy() for part in parts)


@misconception(
    "latent_semantic_analysis",
    "The signs of documents and words do not belong together. Change the sign of a column on both sides, or on none.",
)
def signs_of_words_turned(counts, *, num_components=2):
    coordinates, words, singular = documents.latent_semantic_analysis(counts, num_components=num_components)
    return coordinates, -words, singular


@misconception(
    "latent_semantic_analysis",
    "More components are wanted than there are, and fewer come back. Raise a ValueError.",
    source="https://github.com/scikit-learn/scikit-learn/issues/31745",
)
def too_many_components_pass(counts, *, num_components=2):
    return documents.latent_semantic_analysis(counts, num_components=min(num_components, *counts.shape))


@misconception("latent_semantic_analysis", "The coordinates have the length 1. Leave the lengths as they are.")
def coordinates_of_length_one(counts, *, num_components=2):
    coordinates, words, singular = documents.latent_semantic_analysis(counts, num_components=num_components)
    return geometry.normalize_rows(coordinates), geometry.normalize_rows(words), singular


@misconception("latent_semantic_analysis", "The answers are float64 for float32 counts. Keep their dtype.")
def coordinates_in_float64(counts, *, num_components=2):
    return documents.latent_semantic_analysis(counts.astype(np.float64), num_components=num_components)


# fast.py


@misconception("embedding_bag_fast", "The vectors of a bag are added up. Take their mean.")
def bags_are_sums(indices, weight, dout):
    out, dweight = fast.embedding_bag_fast(indices, weight, dout)
    return out * indices.shape[1], dweight


@misconception("embedding_bag_fast", "Each word gets all of dout. Divide it by L, the number of words in the bag.")
def bags_pass_all_of_dout(indices, weight, dout):
    out, dweight = fast.embedding_bag_fast(indices, weight, dout)
    return out, dweight * indices.shape[1]


@misconception("embedding_bag_fast", "Of several gradients for one word only one stays. Add them all up.")
def bags_lose_gradients(indices, weight, dout):
    dweight = torch.zeros_like(weight)
    for bag, slopes in zip(indices, dout / indices.shape[1], strict=True):
        dweight[bag] += slopes
    return fast.embedding_bag_fast(indices, weight, dout)[0], dweight


@misconception("embedding_bag_fast", "A word that is in a bag twice counts once. Count it as often as it is there.")
def bags_are_sets(indices, weight, dout):
    out, dweight = torch.zeros_like(dout), torch.zeros_like(weight)
    for n, bag in enumerate(indices):
        words = bag.unique()
        out[n] = weight[words].mean(dim=0)
        dweight[words] += dout[n] / len(words)
    return out, dweight


@misconception("embedding_bag_fast", "Word 0 gets no gradient, like a padding word. Let all words learn.")
def bags_with_padding(indices, weight, dout):
    out, dweight = fast.embedding_bag_fast(indices, weight, dout)
    return out, torch.cat([torch.zeros_like(dweight[:1]), dweight[1:]])


@misconception("embedding_bag_fast", "The gradient of a word is divided by how often it occurs. Add its gradients up.")
def bags_with_mean_gradients(indices, weight, dout):
    out, dweight = fast.embedding_bag_fast(indices, weight, dout)
    counts = torch.bincount(indices.flatten(), minlength=len(weight)).clamp(min=1)
    return out, dweight / counts[:, None]


@misconception("embedding_bag_fast", "The bags are read along the wrong axis. Read each row of the indices as a bag.")
def bags_of_columns(indices, weight, dout):
    return fast.embedding_bag_fast(indices.T.reshape(indices.shape), weight, dout)


@misconception(
    "embedding_bag_fast",
    "The vectors are divided by their lengths before the mean. Average them as they are.",
    source="https://github.com/piskvorky/gensim/issues/2763",
)
def bags_of_unit_vectors(indices, weight, dout):
    out, dweight = fast.embedding_bag_fast(indices, weight / weight.norm(dim=1, keepdim=True), dout)
    return out, dweight


@misconception(
    "embedding_bag_fast",
    "The answer is float64 for float32 vectors. Compute in the dtype of the vectors: half as many bytes.",
)
def bags_in_float64(indices, weight, dout):
    return fast.embedding_bag_fast(indices, weight.double(), dout.double())


@misconception("skipgram_fast", "Of several moves of one word only the last one stays. Add them all up.")
def step_loses_moves(centers, contexts, negatives, w_in, w_out, lr):
    loss = fast.skipgram_fast(centers, contexts, negatives, w_in, w_out, lr)[2]
    words = torch.column_stack([contexts, negatives])
    center, others = w_in[centers], w_out[words]
    slopes = torch.sigmoid(torch.einsum("ne,nke->nk", center, others))
    slopes[:, 0] -= 1
    new_in, new_out = w_in.clone(), w_out.clone()
    new_in[centers] -= lr * torch.einsum("nk,nke->ne", slopes, others)
    new_out[words] -= lr * slopes[:, :, None] * center[:, None]
    return new_in, new_out, loss


@misconception("skipgram_fast", "The step goes up. Subtract the gradients to go down.")
def fast_step_goes_up(centers, contexts, negatives, w_in, w_out, lr):
    return fast.skipgram_fast(centers, contexts, negatives, w_in, w_out, -lr)


@misconception("skipgram_fast", "The loss is a mean over the pairs, and so are the moves. Sum both over the pairs.")
def fast_step_of_the_mean(centers, contexts, negatives, w_in, w_out, lr):
    *new, loss = fast.skipgram_fast(centers, contexts, negatives, w_in, w_out, lr / len(centers))
    return *new, loss / len(centers)


@misconception("skipgram_fast", "The loss is a mean over the pairs. Sum it over the pairs, as the moves.")
def fast_step_with_mean_loss(centers, contexts, negatives, w_in, w_out, lr):
    *new, loss = fast.skipgram_fast(centers, contexts, negatives, w_in, w_out, lr)
    return *new, loss / len(centers)


@misconception(
    "skipgram_fast",
    "The negatives are pulled near like the context. Make their scores smaller: their slope is sigma(z).",
)
def fast_step_pulls_negatives(centers, contexts, negatives, w_in, w_out, lr):
    words = torch.column_stack([contexts, negatives])
    each = torch.repeat_interleave(centers, words.shape[1])
    return fast.skipgram_fast(each, words.flatten(), negatives.new_zeros(len(each), 0), w_in, w_out, lr)


@misconception("skipgram_fast", "The centre moves by its context alone. Add the moves that the negatives cause.")
def fast_step_moves_centers_by_contexts(centers, contexts, negatives, w_in, w_out, lr):
    _, new_out, loss = fast.skipgram_fast(centers, contexts, negatives, w_in, w_out, lr)
    return fast.skipgram_fast(centers, contexts, negatives[:, :0], w_in, w_out, lr)[0], new_out, loss


@misconception(
    "skipgram_fast", "Context and negatives move along centres that have moved already. Use the old centres."
)
def fast_step_with_new_centers(centers, contexts, negatives, w_in, w_out, lr):
    new_in, _, loss = fast.skipgram_fast(centers, contexts, negatives, w_in, w_out, lr)
    return new_in, fast.skipgram_fast(centers, contexts, negatives, new_in, w_out, lr)[1], loss


@misconception(
    "skipgram_fast",
    "The loss is infinite where a sigmoid is 0. Compute the logarithm in a form that does not overflow.",
)
def fast_step_with_infinite_loss(centers, contexts, negatives, w_in, w_out, lr):
    *new, _ = fast.skipgram_fast(centers, contexts, negatives, w_in, w_out, lr)
    scores = torch.einsum("ne,nke->nk", w_in[centers], w_out[torch.column_stack([contexts, negatives])])
    return *new, -torch.sigmoid(scores[:, 0]).log().sum() - torch.sigmoid(-scores[:, 1:]).log().sum()


@misconception(
    "skipgram_fast", "The vectors that were passed in are moved. Return new ones: they belong to the caller."
)
def fast_step_in_place(centers, contexts, negatives, w_in, w_out, lr):
    new_in, new_out, loss = fast.skipgram_fast(centers, contexts, negatives, w_in, w_out, lr)
    return w_in.copy_(new_in), w_out.copy_(new_out), loss


@misconception(
    "skipgram_fast",
    "The answer is float64 for float32 vectors. Compute in the dtype of the vectors: half as many bytes.",
)
def fast_step_in_float64(centers, contexts, negatives, w_in, w_out, lr):
    return fast.skipgram_fast(centers, contexts, negatives, w_in.double(), w_out.double(), lr)


@misconception(
    "skipgram_fast",
    "An empty batch raises an error. Work out every size from the shapes, and use nothing that needs a pair.",
)
def fast_step_leaves_a_size_to_view(centers, contexts, negatives, w_in, w_out, lr):
    words = torch.column_stack([contexts, negatives])
    w_out.index_select(0, words.flatten()).view(*words.shape, -1)
    return fast.skipgram_fast(centers, contexts, negatives, w_in, w_out, lr)
