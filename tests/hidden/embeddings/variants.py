"""Right answers to the tasks of the embeddings unit that are written otherwise: the suite must accept them.

Named ``<task>__<style>``.
"""

import math

import numpy as np
import torch

from solutions.embeddings import geometry, lookup, word2vec, workloads


def check_indices__by_extremes(indices, size):
    if indices.size and (indices.min() < 0 or indices.max() > size - 1):
        raise IndexError("no such word")


def check_indices__one_by_one(indices, size):
    for index in indices.ravel().tolist():
        if not 0 <= index < size:
            raise IndexError(index)


def one_hot__by_comparison(indices, num_classes):
    lookup.check_indices(indices, num_classes)
    return (indices[..., None] == np.arange(num_classes)).astype(np.int64)


def one_hot__by_filling(indices, num_classes):
    lookup.check_indices(indices, num_classes)
    vectors = np.zeros((indices.size, num_classes), dtype=np.int64)
    vectors[np.arange(indices.size), indices.ravel()] = 1
    return vectors.reshape(*indices.shape, num_classes)


def embedding_forward__by_indexing(indices, weight, *, padding_idx=None):
    lookup.check_indices(indices, len(weight))
    return weight[indices].copy(), (indices, weight.shape, padding_idx)


def embedding_forward__by_product(indices, weight, *, padding_idx=None):
    vectors = lookup.one_hot(indices, len(weight)).astype(weight.dtype)
    return vectors @ weight, (indices, weight.shape, padding_idx)


def embedding_backward__by_product(dout, cache):
    indices, (size, width), padding_idx = cache
    vectors = np.eye(size, dtype=dout.dtype)[indices.ravel()]
    dweight = vectors.T @ dout.reshape(-1, width)
    if padding_idx is not None:
        dweight[padding_idx] = 0
    return dweight


def embedding_backward__by_loop(dout, cache):
    indices, shape, padding_idx = cache
    dweight = np.zeros(shape, dtype=dout.dtype)
    skipped = None if padding_idx is None else padding_idx % shape[0]
    for index, gradient in zip(indices.ravel(), dout.reshape(-1, shape[1]), strict=True):
        if index != skipped:
            dweight[index] += gradient
    return dweight


def skipgram_pairs__by_distance(sentences, *, window=2):
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for sentence in sentences:
        for distance in range(1, window + 1):
            both = np.stack([sentence[:-distance], sentence[distance:]], axis=1)
            pairs += [both, both[:, ::-1]]
    return np.concatenate(pairs)


def skipgram_pairs__by_slices(sentences, *, window=2):
    pairs = []
    for sentence in sentences:
        words = sentence.tolist()
        for place, center in enumerate(words):
            context = words[max(0, place - window) : place] + words[place + 1 : place + 1 + window]
            pairs += [[center, word] for word in context]
    return np.array(pairs, dtype=np.int64) if pairs else np.empty((0, 2), dtype=np.int64)


def cbow_contexts__by_loop(sentences, *, window=2, padding_idx=0):
    steps = [*range(-window, 0), *range(1, window + 1)]
    contexts = [
        [sentence[place + step] if 0 <= place + step < len(sentence) else padding_idx for step in steps]
        for sentence in sentences
        for place in range(len(sentence))
    ]
    return np.array(contexts), np.concatenate(sentences)


def cbow_contexts__by_columns(sentences, *, window=2, padding_idx=0):
    steps, blocks = [step for step in range(-window, window + 1) if step], []
    for sentence in sentences:
        places = np.arange(len(sentence))[:, None] + steps
        inside = (places >= 0) & (places < len(sentence))
        blocks.append(np.where(inside, sentence[places.clip(0, len(sentence) - 1)], padding_idx))
    return np.vstack(blocks), np.hstack(sentences)


def noise_distribution__by_logarithms(counts, *, power=0.75):
    logs = power * np.log(counts)
    weights = np.exp(logs - logs.max())
    return weights / weights.sum()


def noise_distribution__of_shares(counts, *, power=0.75):
    shares = (counts / counts.sum()) ** power
    return shares / shares.sum()


def log_sigmoid__by_cases(z):
    return np.minimum(z, 0) - np.log1p(np.exp(-np.abs(z)))


def log_sigmoid__by_masks(z):
    logs, low = np.empty_like(z), z < 0
    logs[low] = z[low] - np.log1p(np.exp(z[low]))
    logs[~low] = -np.log1p(np.exp(-z[~low]))
    return logs


def negative_sampling_forward__side_by_side(center, context, negatives):
    scores = np.einsum("ne,nke->nk", center, np.concatenate([context[:, None], -negatives], axis=1))
    cache = center, context, negatives, scores[:, 0], -scores[:, 1:]
    return -word2vec.log_sigmoid(scores).sum(axis=1), cache


def negative_sampling_forward__by_softplus(center, context, negatives):
    positive = (center * context).sum(axis=1)
    negative = (negatives @ center[:, :, None])[:, :, 0]
    loss = np.logaddexp(0, -positive) + np.logaddexp(0, negative).sum(axis=1)
    return loss, (center, context, negatives, positive, negative)


def negative_sampling_backward__by_tanh(dout, cache):
    center, context, negatives, positive, negative = cache
    dpositive = dout * (np.tanh(positive / 2) - 1) / 2
    dnegative = dout[:, None] * (np.tanh(negative / 2) + 1) / 2
    dcenter = dpositive[:, None] * context + np.einsum("nk,nke->ne", dnegative, negatives)
    return dcenter, np.einsum("n,ne->ne", dpositive, center), np.einsum("nk,ne->nke", dnegative, center)


def negative_sampling_backward__pair_by_pair(dout, cache):
    center, context, negatives, positive, negative = cache
    dcenter, dcontext, dnegatives = np.zeros_like(center), np.zeros_like(context), np.zeros_like(negatives)
    for n in range(len(dout)):
        pull = -dout[n] * np.exp(-np.logaddexp(0, positive[n]))
        push = dout[n] * np.exp(-np.logaddexp(0, -negative[n]))
        dcenter[n] = pull * context[n] + push @ negatives[n]
        dcontext[n] = pull * center[n]
        dnegatives[n] = np.outer(push, center[n])
    return dcenter, dcontext, dnegatives


def skipgram_step__in_place_on_copies(centers, contexts, negatives, w_in, w_out, *, lr=0.1):
    loss, cache = word2vec.negative_sampling_forward(w_in[centers], w_out[contexts], w_out[negatives])
    dcenter, dcontext, dnegatives = word2vec.negative_sampling_backward(np.ones_like(loss), cache)
    w_in, w_out = w_in.copy(), w_out.copy()
    np.subtract.at(w_in, centers, lr * dcenter)
    np.subtract.at(w_out, contexts, lr * dcontext)
    np.subtract.at(w_out, negatives, lr * dnegatives)
    return w_in, w_out, float(loss.sum())


def skipgram_step__two_lookups(centers, contexts, negatives, w_in, w_out, *, lr=0.1):
    looked_up = [lookup.embedding_forward(i, w) for i, w in ((centers, w_in), (contexts, w_out), (negatives, w_out))]
    loss, cache = word2vec.negative_sampling_forward(*(vectors for vectors, _ in looked_up))
    gradients = word2vec.negative_sampling_backward(np.ones_like(loss), cache)
    dw_in, dw_context, dw_negatives = (
        lookup.embedding_backward(gradient, cache) for gradient, (_, cache) in zip(gradients, looked_up, strict=True)
    )
    return w_in - lr * dw_in, w_out - lr * (dw_context + dw_negatives), np.sum(loss)


def train_skipgram__counting_what_was_seen(
    pairs, counts, w_in, w_out, rng, *, epochs=5, batch_size=64, lr=0.2, num_negatives=5
):
    noise, losses, seen, total = word2vec.noise_distribution(counts), [], 0, epochs * len(pairs)
    for _ in range(epochs):
        shuffled, sums = pairs[rng.permutation(len(pairs))], []
        for start in range(0, len(pairs), batch_size):
            batch = shuffled[start : start + batch_size]
            negatives = word2vec.draw_negatives(rng, noise, (len(batch), num_negatives))
            rate = lr * (total - seen) / total
            w_in, w_out, loss = word2vec.skipgram_step(batch[:, 0], batch[:, 1], negatives, w_in, w_out, lr=rate)
            sums.append(loss)
            seen += len(batch)
        losses.append(np.sum(sums) / len(pairs))
    return w_in, w_out, np.array(losses)


def train_skipgram__in_split_batches(
    pairs, counts, w_in, w_out, rng, *, epochs=5, batch_size=64, lr=0.2, num_negatives=5
):
    noise, losses, size = word2vec.noise_distribution(counts), np.zeros(epochs), len(pairs)
    cuts = list(range(batch_size, size, batch_size))
    for epoch in range(epochs):
        for number, batch in enumerate(np.split(rng.permutation(size), cuts)):
            seen = epoch * size + number * batch_size
            w_in, w_out, loss = word2vec.skipgram_step(
                pairs[batch, 0],
                pairs[batch, 1],
                word2vec.draw_negatives(rng, noise, (len(batch), num_negatives)),
                w_in,
                w_out,
                lr=lr - lr * seen / (epochs * size),
            )
            losses[epoch] += loss
    return w_in, w_out, losses / size


def cbow_step__context_by_context(contexts, centers, negatives, w_in, w_out, *, lr=0.1, padding_idx=0):
    new_in, new_out, total = w_in.copy(), w_out.copy(), 0.0
    rate = w_in.dtype.type(lr)
    for context, center, drawn in zip(contexts, centers, negatives, strict=True):
        words = [word for word in context if word != padding_idx]
        mean = w_in[words].mean(axis=0) if words else np.zeros_like(w_in[0])
        for word, sign in ((center, 1), *((word, -1) for word in drawn)):
            score = sign * (w_out[word] @ mean)
            total += np.logaddexp(0, -score)
            slope = w_in.dtype.type(-sign * np.exp(-np.logaddexp(0, score)))
            new_out[word] -= rate * slope * mean
            for near in words:
                new_in[near] -= rate * slope / len(words) * w_out[word]
    return new_in, new_out, np.asarray(total, w_in.dtype)


def cbow_step__by_a_matrix_of_shares(contexts, centers, negatives, w_in, w_out, *, lr=0.1, padding_idx=0):
    shares = (contexts[:, :, None] == np.arange(len(w_in))).sum(axis=1).astype(w_in.dtype)
    shares[:, padding_idx] = 0
    shares /= shares.sum(axis=1, keepdims=True).clip(1)
    loss, cache = word2vec.negative_sampling_forward(shares @ w_in, w_out[centers], w_out[negatives])
    dmean, dcenter, dnegatives = word2vec.negative_sampling_backward(np.ones_like(loss), cache)
    new_out = w_out.copy()
    np.subtract.at(new_out, centers, lr * dcenter)
    np.subtract.at(new_out, negatives, lr * dnegatives)
    return w_in - lr * shares.T @ dmean, new_out, loss.sum()


def cooccurrence_counts__place_by_place(sentences, vocab_size, *, window=10):
    counts = np.zeros((vocab_size, vocab_size))
    for sentence in sentences:
        for place, word in enumerate(sentence):
            for distance, other in enumerate(sentence[place + 1 : place + 1 + window], start=1):
                counts[word, other] += 1 / distance
                counts[other, word] += 1 / distance
    return counts


def cooccurrence_counts__by_one_hot_vectors(sentences, vocab_size, *, window=10):
    counts = np.zeros((vocab_size, vocab_size))
    for sentence in sentences:
        vectors, places = np.eye(vocab_size)[sentence], np.arange(len(sentence))
        distances = np.abs(places[:, None] - places)
        near = (distances > 0) & (distances <= window)
        counts += vectors.T @ (near / distances.clip(1)) @ vectors
    return counts


def glove_weighting__by_cases(counts, *, x_max=100.0, alpha=0.75):
    return np.where(counts < x_max, (counts / x_max) ** alpha, 1).astype(counts.dtype)


def glove_weighting__cut_off_at_the_end(counts, *, x_max=100.0, alpha=0.75):
    return ((counts / x_max) ** alpha).clip(max=1)


def glove_loss__by_pairs_that_occur(counts, w, w_context, b, b_context, *, x_max=100.0, alpha=0.75):
    i, j = np.nonzero(counts)
    errors = (w[i] * w_context[j]).sum(axis=1) + b[i] + b_context[j] - np.log(counts[i, j])
    weights = np.minimum(counts[i, j] / x_max, 1) ** alpha
    g = 2 * weights * errors
    gradients = [np.zeros_like(array) for array in (w, w_context, b, b_context)]
    for gradient, places, terms in zip(
        gradients, (i, j, i, j), (g[:, None] * w_context[j], g[:, None] * w[i], g, g), strict=True
    ):
        np.add.at(gradient, places, terms)
    return (weights * errors * errors).sum(), *gradients


def glove_loss__by_einsum(counts, w, w_context, b, b_context, *, x_max=100.0, alpha=0.75):
    logs = np.zeros_like(counts)
    np.log(counts, out=logs, where=counts > 0)
    errors = np.einsum("ie,je->ij", w, w_context) + np.add.outer(b, b_context) - logs
    weighted = np.minimum(counts / x_max, 1) ** alpha * errors
    dw, dw_context = np.einsum("ij,je->ie", weighted, w_context), np.einsum("ij,ie->je", weighted, w)
    gradients = (2 * part for part in (dw, dw_context, weighted.sum(axis=1), weighted.sum(axis=0)))
    return np.einsum("ij,ij->", weighted, errors), *gradients


def principal_components__by_eigenvectors(x, *, num_components=2):
    if num_components > len(x) - 1 or num_components > x.shape[1]:
        raise ValueError("too many")
    centred = x - x.mean(axis=0)
    variances, vectors = np.linalg.eigh(centred.T @ centred / (len(x) - 1))
    components = vectors[:, ::-1][:, :num_components].T
    components = np.stack([row if row.max() == np.abs(row).max() else -row for row in components])
    return centred @ components.T, components, variances[::-1][:num_components]


def principal_components__scores_from_the_decomposition(x, *, num_components=2):
    if num_components > min(len(x) - 1, x.shape[1]):
        raise ValueError("too many")
    u, s, vt = np.linalg.svd(x - np.mean(x, axis=0, keepdims=True), full_matrices=False)
    signs = np.where(vt.max(axis=1) > -vt.min(axis=1), 1, -1).astype(x.dtype)
    scores, components = u * s * signs, vt * signs[:, None]
    chosen = scores[:, :num_components]
    return chosen, components[:num_components], (chosen**2).sum(axis=0) / (len(x) - 1)


def normalize_rows__by_einsum(x, *, eps=1e-12):
    return x / np.sqrt(np.einsum("nd,nd->n", x, x)).clip(eps)[:, None]


def normalize_rows__row_by_row(x, *, eps=1e-12):
    rows = np.empty_like(x)
    for row, values in enumerate(x):
        rows[row] = values / max(np.sqrt(values @ values), eps)
    return rows


def cosine_similarities__divided_at_the_end(x, y):
    lengths = np.outer(np.linalg.norm(x, axis=1), np.linalg.norm(y, axis=1))
    return np.divide(x @ y.T, lengths, out=np.zeros_like(lengths), where=lengths > 0)


def cosine_similarities__by_einsum(x, y):
    return np.einsum("nd,md->nm", geometry.normalize_rows(x), geometry.normalize_rows(y))


def nearest_words__query_by_query(queries, vectors, *, k=5, exclude=None):
    found = []
    for row, similarities in enumerate(geometry.cosine_similarities(queries, vectors)):
        banned = set() if exclude is None else set(exclude[row].tolist())
        order = [word for word in np.argsort(similarities)[::-1].tolist() if word not in banned]
        if len(order) < k:
            raise ValueError("too few words")
        found.append(order[:k])
    return np.array(found, dtype=np.int64).reshape(len(queries), k)


def nearest_words__by_partition(queries, vectors, *, k=5, exclude=None):
    distances = 1 - geometry.cosine_similarities(queries, vectors)
    if exclude is not None:
        distances[np.arange(len(queries))[:, None], exclude] = np.inf
    if np.any((distances < np.inf).sum(axis=1) < k):
        raise ValueError("too few words")
    best = np.argpartition(distances, k - 1, axis=1)[:, :k]
    return np.take_along_axis(best, np.take_along_axis(distances, best, axis=1).argsort(axis=1), axis=1)


def solve_analogies__by_three_cosines(questions, vectors):
    similarities = geometry.cosine_similarities(vectors, vectors)
    a, b, c = (similarities[column] for column in questions.T)
    scores = b - a + c  # the length of the walk is the same for every candidate
    np.put_along_axis(scores, questions, -np.inf, axis=1)
    return scores.argmax(axis=1)


def solve_analogies__one_by_one(questions, vectors):
    unit, answers = geometry.normalize_rows(vectors), []
    for a, b, c in questions.tolist():
        scores = unit @ (unit[c] + unit[b] - unit[a])
        scores[[a, b, c]] = -2 - np.abs(scores).max()
        answers.append(int(scores.argmax()))
    return np.array(answers, dtype=np.int64)


# fast: as fast as torch


def tf_idf__word_by_word(counts, *, smooth=True):
    weights = np.zeros(counts.shape, np.result_type(counts, np.float32))
    for j, column in enumerate(counts.T):
        holding = sum(1 for count in column if count > 0)
        if holding:
            weights[:, j] = column * (1 + math.log((len(counts) + smooth) / (holding + smooth)))
    for i, row in enumerate(weights):
        weights[i] = row / (math.sqrt(row @ row) or 1.0)
    return weights


def tf_idf__of_shares(counts, *, smooth=True):
    dtype = np.result_type(counts, np.float32)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)  # what lengths of 1 do away with
    holding = (counts != 0).sum(axis=0)
    logs = np.log(len(counts) + smooth) if len(counts) else 0.0
    idf = 1 + logs - np.log(np.where(holding > 0, holding + smooth, 1))
    weights = shares @ np.diag(idf)
    lengths = np.sqrt(np.einsum("nv,nv->n", weights, weights))
    return (weights / np.where(lengths > 0, lengths, 1)[:, None]).astype(dtype)


def latent_semantic_analysis__by_projection(counts, *, num_components=2):
    if not num_components <= min(counts.shape):
        raise ValueError("too many")
    axes = np.linalg.svd(counts, full_matrices=True)[2][:num_components]
    documents = counts @ axes.T
    singular = np.linalg.norm(documents, axis=0)
    return documents, counts.T @ (documents / singular), singular


def latent_semantic_analysis__by_eigenvectors(counts, *, num_components=2):
    if num_components > counts.shape[0] or num_components > counts.shape[1]:
        raise ValueError("too many")
    x = counts.astype(np.float64)
    squares, vectors = np.linalg.eigh(x.T @ x)
    order = np.argsort(-squares)[:num_components]
    singular, axes = np.sqrt(squares[order]), vectors[:, order]
    return tuple(part.astype(np.result_type(counts, np.float32)) for part in (x @ axes, axes * singular, singular))


def embedding_bag_fast__word_by_word(indices, weight, dout):
    return workloads.embedding_bag_fast__naive(indices, weight, dout)


def embedding_bag_fast__all_rows_at_once(indices, weight, dout):
    shares = torch.repeat_interleave(dout / indices.shape[1], indices.shape[1], dim=0)
    dweight = torch.zeros_like(weight).index_put((indices.reshape(-1),), shares, accumulate=True)
    return weight[indices].mean(dim=1), dweight


def embedding_bag_fast__scattered(indices, weight, dout):
    bags, length = indices.shape
    rows = indices.reshape(-1, 1).expand(-1, weight.shape[1])
    out = torch.gather(weight, 0, rows).unflatten(0, (bags, length)).sum(dim=1) / length
    shares = (dout / length)[:, None].expand(-1, length, -1).flatten(0, 1)
    return out, torch.zeros_like(weight).scatter_add(0, rows, shares)


def skipgram_fast__pair_by_pair(centers, contexts, negatives, w_in, w_out, lr):
    return workloads.skipgram_fast__naive(centers, contexts, negatives, w_in, w_out, lr)


def skipgram_fast__signed_scores(centers, contexts, negatives, w_in, w_out, lr):
    words = torch.column_stack([contexts, negatives])
    signs = torch.ones_like(words).to(w_in.dtype)
    signs[:, 0] = -1
    center, others = w_in[centers], w_out[words]
    wrongness = signs * torch.einsum("ne,nke->nk", center, others)
    loss = (wrongness.clamp(min=0) + torch.log1p(torch.exp(-wrongness.abs()))).sum()
    slopes = lr * signs * torch.sigmoid(wrongness)
    new_in, new_out = w_in.clone(), w_out.clone()
    new_in.index_put_((centers,), -torch.einsum("nk,nke->ne", slopes, others), accumulate=True)
    new_out.index_put_((words,), -torch.einsum("nk,ne->nke", slopes, center), accumulate=True)
    return new_in, new_out, loss


def skipgram_fast__one_negative_after_the_other(centers, contexts, negatives, w_in, w_out, lr):
    new_in, new_out, loss = w_in.clone(), w_out.clone(), w_in.new_zeros(())
    center = w_in[centers]
    for word, label in ((contexts, 1), *((drawn, 0) for drawn in negatives.T)):
        vectors = w_out[word]
        score = (center * vectors).sum(dim=1, keepdim=True)
        loss = loss + torch.logaddexp(torch.zeros_like(score), (1 - 2 * label) * score).sum()
        slope = torch.sigmoid(score) - label
        new_in.index_add_(0, centers, slope * vectors, alpha=-lr)
        new_out.index_add_(0, word, slope * center, alpha=-lr)
    return new_in, new_out, loss


def _softplus(z):
    return z + math.log1p(math.exp(-z)) if z > 0 else math.log1p(math.exp(z))


def train_skipgram__number_by_number(
    pairs, counts, w_in, w_out, rng, *, epochs=5, batch_size=64, lr=0.2, num_negatives=5
):
    """In plain loops to the last number: what the limits must leave room for."""
    noise, losses, size = word2vec.noise_distribution(counts), [0.0] * epochs, w_in.shape[1]
    new_in, new_out, listed = w_in.tolist(), w_out.tolist(), pairs.tolist()
    for epoch in range(epochs):
        order = rng.permutation(len(pairs)).tolist()
        for start in range(0, len(pairs), batch_size):
            batch = order[start : start + batch_size]
            negatives = word2vec.draw_negatives(rng, noise, (len(batch), num_negatives)).tolist()
            rate, dw_in, dw_out = lr * (1 - (epoch + start / len(pairs)) / epochs), {}, {}
            for index, drawn in zip(batch, negatives, strict=True):
                center, context = listed[index]
                dcenter = dw_in.setdefault(center, [0.0] * size)
                for word, sign in [(context, 1.0)] + [(negative, -1.0) for negative in drawn]:
                    score, dword = 0.0, dw_out.setdefault(word, [0.0] * size)
                    for d in range(size):
                        score += new_in[center][d] * new_out[word][d]
                    losses[epoch] += _softplus(-sign * score) / len(pairs)
                    slope = -sign * math.exp(-_softplus(sign * score))
                    for d in range(size):
                        dcenter[d] += slope * new_out[word][d]
                        dword[d] += slope * new_in[center][d]
            for vectors, gradients in ((new_in, dw_in), (new_out, dw_out)):
                for word, gradient in gradients.items():
                    for d in range(size):
                        vectors[word][d] -= rate * gradient[d]
    return np.array(new_in, w_in.dtype), np.array(new_out, w_out.dtype), np.array(losses)
