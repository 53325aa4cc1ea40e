"""Skip-gram and CBOW with negative sampling: pairs, contexts, noise, loss, gradients, a step, and training to the end.

Requires: all pairs of a window and no others, sentence by sentence; full contexts with padding; counts^power that add
up to 1; a loss that is exact for scores of 10,000; all gradients; batches of one pair and of none; one step with every
gradient taken at the old vectors; training in the stated order, with a rate that falls. At last the trained vectors
must solve analogies.

Catches: windows to one side, across sentences, one too narrow or too wide, the centre as its own context, equal words
taken for the centre; the power forgotten or taken after the division; overflow; signs of the negatives, means over
negatives or pairs, negatives or context without gradient; `+=` that loses repeated words, gradients at updated vectors,
uphill steps; gaps as part of a mean, sums for means, the mean's whole gradient for each word; one order or one
set of negatives for everything, uniform noise, a constant rate, a last batch dropped.

Expected numbers: for pairs and contexts the definition, spelled out place by place; live torch (logsigmoid, autograd,
optim.SGD) for all the rest.
"""

from functools import cache

import hypothesis.strategies as st
import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import given

from datasets.tales import load_tales
from grader.judge import check, layouts, task, to_torch
from tests.hidden.embeddings.strategies import StepCase, cbow_cases, corpus_cases, sampling_cases, step_cases

ARRAYS = ("center", "context", "negatives")


def pairs_of(sentences, window):
    """Return all pairs of a centre and a word of its context, sorted."""
    places = [(s, i, j) for s in sentences for i in range(len(s)) for j in range(len(s)) if 0 < abs(i - j) <= window]
    return sorted([int(s[i]), int(s[j])] for s, i, j in places)


def contexts_of(sentences, window, padding):
    """Return the context of every word, place by place, and the words."""
    steps = [step for step in range(-window, window + 1) if step]
    rows = [
        [int(s[i + step]) if 0 <= i + step < len(s) else padding for step in steps]
        for s in sentences
        for i in range(len(s))
    ]
    return np.array(rows), np.concatenate(sentences)


def sampling_loss(center, context, negatives):
    """Equation 4 of Mikolov et al. (2013) with the opposite sign, in torch."""
    positive = (center * context).sum(-1)
    return -F.logsigmoid(positive) - F.logsigmoid(-(negatives @ center[..., None])[..., 0]).sum(-1)


def batch_loss(w_in, w_out, centers, contexts, negatives):
    """Return the sum of a batch's losses, in torch."""
    return sampling_loss(
        *(
            F.embedding(to_torch(i), w)
            for i, w in zip((centers, contexts, negatives), (w_in, w_out, w_out), strict=True)
        )
    ).sum()


def sorted_rows(pairs):
    """Return the rows in the order of the alphabet: a student may list pairs in any."""
    return np.array(sorted(pairs.tolist()), dtype=np.int64).reshape(-1, 2)


@task("skipgram_pairs", points=1, about="several sentences and windows", examples=8)
@given(case=corpus_cases())
def test_lists_every_pair_of_a_window_and_no_other(student, case):
    pairs = student.skipgram_pairs.keeping_arguments(case.sentences, window=case.window)
    expected = np.array(pairs_of(case.sentences, case.window))
    check(sorted_rows(pairs), "the sorted pairs").equals(expected)


@task("skipgram_pairs", points=0.5, about="the default window, sentences without context, new answers")
def test_the_window_is_two_by_default_and_a_lone_word_has_no_pairs(student, rng):
    sentences = [rng.integers(0, 9, 7), rng.integers(0, 9, 4)]
    for _ in range(2):
        pairs = student.skipgram_pairs.returning_new_arrays(sentences)
        check(sorted_rows(pairs), "the sorted pairs").equals(np.array(pairs_of(sentences, 2)))
    for sentences in ([np.array([3]), np.array([5])], []):
        check(student.skipgram_pairs(sentences), "pairs").has_shape(0, 2)


@task("cbow_contexts", points=1, about="several sentences and windows", examples=8)
@given(case=corpus_cases())
def test_contexts_stand_from_left_to_right_with_padding_beyond_the_ends(student, case):
    padding = case.vocab_size
    contexts, centers = student.cbow_contexts.keeping_arguments(case.sentences, window=case.window, padding_idx=padding)
    expected, words = contexts_of(case.sentences, case.window, padding)
    check(contexts, "contexts").equals(expected)
    check(centers, "centers").equals(words)


@task("cbow_contexts", points=1, about="default options, new answers")
def test_two_places_to_either_side_and_padding_by_word_0_are_the_defaults(student, rng):
    sentences = [rng.integers(1, 9, 6), rng.integers(1, 9, 2)]
    for _ in range(2):
        contexts, centers = student.cbow_contexts.returning_new_arrays(sentences)
        expected, words = contexts_of(sentences, 2, 0)
        check(contexts, "contexts").equals(expected)
        check(centers, "centers").equals(words)


@task("noise_distribution", points=1, about="vocabularies of several sizes")
def test_probabilities_are_proportional_to_powers_of_the_counts(student, rng):
    for size in (1, 4, 30):
        counts = rng.integers(1, 5000, size)
        check(student.noise_distribution.keeping_arguments(counts), "noise").equals(
            to_torch(counts).double() ** 0.75 / (to_torch(counts).double() ** 0.75).sum()
        )


@task("noise_distribution", points=1, about="several powers, new answers")
def test_the_power_decides_how_much_frequent_words_are_preferred(student, rng):
    counts = rng.integers(1, 5000, 7)
    for power in (1.0, 0.0, 0.5):
        powers = to_torch(counts).double() ** power
        noise = student.noise_distribution.returning_new_arrays(counts, power=power)
        check(noise, f"noise for power={power}").equals(powers / powers.sum())


@task("log_sigmoid", points=0.5, about="several shapes, float32, an empty array")
def test_logarithms_agree_with_torch_in_either_dtype(student, rng):
    for shape, dtype in (((9,), np.float64), ((3, 5), np.float32), ((2, 3, 4), np.float64), ((0, 2), np.float64)):
        z = (4 * rng.normal(size=shape)).astype(dtype)
        check(student.log_sigmoid.keeping_arguments(z)).equals(F.logsigmoid(to_torch(z)))


@task("log_sigmoid", points=0.5, about="scores far out")
def test_is_exact_for_scores_of_either_sign_however_large(student, rng):
    z = np.array([-1e4, -800.0, -40.0, 0.0, 20.0, 40.0, 800.0, 1e4]) * rng.uniform(0.95, 1, size=8)
    logs = student.log_sigmoid(z)
    check(logs).equals(F.logsigmoid(to_torch(z)))
    small = abs(float(logs[4]) / F.logsigmoid(to_torch(z[4])).item() - 1)
    check(logs, f"log_sigmoid({z[4]:.4g})").holds(
        small < 1e-6, f"it is wrong by the factor {small:.2g}: digits were lost near 1"
    )


@task("negative_sampling_forward", points=0.5, about="other shapes, no argument changed", examples=6)
@given(case=sampling_cases())
def test_losses_agree_with_torch(student, case):
    arrays = case.center, case.context, case.negatives
    loss, _ = student.negative_sampling_forward.keeping_arguments(*arrays)
    check(loss, "loss").equals(sampling_loss(*to_torch(*arrays)))


@task("negative_sampling_forward", points=0.5, about="scores far out")
def test_losses_of_very_large_scores_are_exact(student, rng):
    for sign in (1.0, -1.0):
        arrays = np.array([[100.0, 0.0]]), np.array([[sign * 100, 3.0]]), np.array([[[-sign * 100, 1.0], [0.5, 2.0]]])
        arrays = [array * rng.uniform(0.8, 1, size=array.shape) for array in arrays]
        check(student.negative_sampling_forward(*arrays)[0], "loss").equals(sampling_loss(*to_torch(*arrays)))


@task("negative_sampling_backward", points=1.5, about="other shapes, upstream gradients", examples=6)
@given(case=sampling_cases())
def test_gradients_of_all_vectors_agree_with_torch(student, case):
    arrays = case.center, case.context, case.negatives
    _, cached = student.negative_sampling_forward(*arrays)
    got = student.negative_sampling_backward.keeping_arguments(case.dout, cached)
    expected = torch.autograd.grad(
        sampling_loss(*(leaves := to_torch(*arrays, grad=True))), leaves, to_torch(case.dout)
    )
    for name, mine, theirs in zip(ARRAYS, got, expected, strict=True):
        check(mine, f"d{name}").equals(theirs)


@task("negative_sampling_backward", points=0.5, about="scores far out")
def test_gradients_of_very_large_scores_are_finite_and_exact(student):
    for sign in (1.0, -1.0):
        arrays = np.array([[100.0, 0.5]]), np.array([[sign * 100, 3.0]]), np.array([[[-sign * 100, 1.0], [0.0, 2.0]]])
        dout, leaves = np.array([1.5]), to_torch(*arrays, grad=True)
        expected = torch.autograd.grad(sampling_loss(*leaves), leaves, to_torch(dout))
        _, cached = student.negative_sampling_forward(*arrays)
        for name, mine, theirs in zip(ARRAYS, student.negative_sampling_backward(dout, cached), expected, strict=True):
            check(mine, f"d{name}").equals(theirs)


@task("negative_sampling_backward", points=0.5, about="float32, one pair and none", examples=3)
@given(case=sampling_cases())
def test_gradients_keep_float32_for_batches_of_any_size(student, case):
    for pairs in (None, 1, 0):
        arrays = [array[:pairs].astype(np.float32) for array in (case.center, case.context, case.negatives)]
        _, cached = student.negative_sampling_forward(*arrays)
        leaves, dout = to_torch(*arrays, grad=True), case.dout[:pairs].astype(np.float32)
        expected = torch.autograd.grad(sampling_loss(*leaves), leaves, to_torch(dout))
        for name, mine, theirs in zip(ARRAYS, student.negative_sampling_backward(dout, cached), expected, strict=True):
            check(mine, f"d{name}").equals(theirs)


@task("skipgram_step", points=1.5, about="repeated words, the default rate, no argument changed", examples=6)
@given(case=step_cases())
def test_one_step_is_that_of_torch(student, case):
    batch = case.centers, case.contexts, case.negatives
    for options in ({"lr": 0.3}, {}):
        w_in, w_out, loss = student.skipgram_step.keeping_arguments(*batch, case.w_in, case.w_out, **options)
        leaves = to_torch(case.w_in, case.w_out, grad=True)
        expected = batch_loss(*leaves, *batch)
        dw_in, dw_out = torch.autograd.grad(expected, leaves)
        rate = options.get("lr", 0.1)
        check(loss, "loss").equals(expected.item())
        check(w_in, "w_in").equals(leaves[0].detach() - rate * dw_in)
        check(w_out, "w_out").equals(leaves[1].detach() - rate * dw_out)


@task("skipgram_step", points=0.5, about="float32, one pair and none")
def test_a_step_stays_in_float32_and_leaves_other_words_alone(student, rng):
    w_in, w_out = (rng.normal(size=(9, 4)).astype(np.float32) for _ in range(2))
    whole = np.array([1, 5, 1]), np.array([2, 2, 0]), np.array([[2, 7], [7, 7], [3, 0]])
    for pairs in (3, 1, 0):
        batch = [indices[:pairs] for indices in whole]
        new_in, new_out, _ = student.skipgram_step(*batch, w_in, w_out, lr=0.5)
        leaves = to_torch(w_in, w_out, grad=True)
        dw_in, dw_out = torch.autograd.grad(batch_loss(*leaves, *batch), leaves)
        check(new_in, "w_in").equals(leaves[0].detach() - 0.5 * dw_in)
        check(new_out, "w_out").equals(leaves[1].detach() - 0.5 * dw_out)
        others = np.setdiff1d(np.arange(9), batch[0])
        check(new_in[others], "rows of w_in that no centre read").equals(w_in[others])


def trained(case, counts, seed, *, epochs, batch_size, lr, num_negatives):
    """Train in torch, with the order of the pairs and the negatives that the seed's generator draws."""
    rng, noise = np.random.default_rng(seed), counts**0.75 / (counts**0.75).sum()
    pairs, leaves, losses, seen = np.stack([case.centers, case.contexts], axis=1), [], [], 0
    leaves = to_torch(case.w_in, case.w_out, grad=True)
    optimizer = torch.optim.SGD(leaves, lr=lr)
    for _ in range(epochs):
        total = 0.0
        for batch in torch.from_numpy(rng.permutation(len(pairs))).split(batch_size):
            negatives = rng.choice(len(counts), size=(len(batch), num_negatives), p=noise)
            optimizer.param_groups[0]["lr"] = lr * (1 - seen / (epochs * len(pairs)))
            optimizer.zero_grad()
            loss = batch_loss(*leaves, *pairs[batch].T, negatives)
            loss.backward()
            optimizer.step()
            total, seen = total + loss.item(), seen + len(batch)
        losses.append(total / len(pairs))
    return *leaves, np.array(losses)


@task("train_skipgram", points=1, about="order, negatives and rate of every step", examples=4)
@given(case=step_cases())
def test_training_makes_the_steps_of_torch_in_the_stated_order(student, case):
    counts, seed = np.arange(1, len(case.w_in) + 1) ** 2, int(case.centers.sum())
    pairs = np.stack([case.centers, case.contexts], axis=1)
    options = {"epochs": 3, "batch_size": 4, "lr": 0.3, "num_negatives": 3}
    got = student.train_skipgram.keeping_arguments(
        pairs, counts, case.w_in, case.w_out, np.random.default_rng(seed), **options
    )
    expected = trained(case, counts, seed, **options)
    for name, mine, theirs in zip(("w_in", "w_out", "losses"), got, expected, strict=True):
        check(mine, name).equals(theirs)


@task("train_skipgram", points=0.5, about="default options, new answers", examples=2)
@given(case=step_cases())
def test_defaults_are_five_epochs_of_batches_of_64_with_five_negatives(student, case):
    case = type(case)(np.resize(case.centers, 70), np.resize(case.contexts, 70), case.negatives, case.w_in, case.w_out)
    counts = np.arange(1, len(case.w_in) + 1)
    pairs = np.stack([case.centers, case.contexts], axis=1)
    for seed in (5, 6):
        got = student.train_skipgram.returning_new_arrays(
            pairs, counts, case.w_in, case.w_out, np.random.default_rng(seed)
        )
        expected = trained(case, counts, seed, epochs=5, batch_size=64, lr=0.2, num_negatives=5)
        for name, mine, theirs in zip(("w_in", "w_out", "losses"), got, expected, strict=True):
            check(mine, name).equals(theirs, rtol=1e-7, atol=1e-8)


@cache
def pairs_of_the_tales():
    """Return all pairs of the tales with a window of 5."""
    tales = load_tales()
    return np.array(pairs_of(tales.sentences, 5))


def share_solved(vectors, analogies):
    """Return the share of analogies that the vectors solve by 3CosAdd, in torch."""
    unit = F.normalize(to_torch(vectors))
    questions, answers = to_torch(analogies[:, :3]), to_torch(analogies[:, 3])
    a, b, c = unit[questions.T]
    scores = F.normalize(b - a + c) @ unit.T
    return (scores.scatter(1, questions, -torch.inf).argmax(dim=1) == answers).double().mean().item()


def mean_loss(rng, w_in, w_out):
    """Return torch's mean loss of a pair of the tales, with negatives that are drawn here."""
    pairs, counts = pairs_of_the_tales(), load_tales().counts
    negatives = rng.choice(len(counts), size=(len(pairs), 5), p=counts**0.75 / (counts**0.75).sum())
    return batch_loss(*to_torch(w_in, w_out), *pairs.T, negatives).item() / len(pairs)


def require_training_of_torch(student, rng, pairs, counts, w_in):
    """Compare two epochs on a few pairs with torch's, from contexts that have begun to learn."""
    seed, w_out = rng.integers(2**32), 0.1 * rng.normal(size=w_in.shape)
    case = StepCase(*pairs.T, np.zeros((0, 0)), w_in, w_out)
    got = student.train_skipgram(pairs, counts, w_in, w_out, np.random.default_rng(seed), epochs=2)
    expected = trained(case, counts, seed, epochs=2, batch_size=64, lr=0.2, num_negatives=5)
    for name, mine, theirs in zip(("w_in", "w_out", "losses"), got, expected, strict=True):
        check(mine, name).equals(theirs)


@task("train_skipgram", points=2, about="a whole training run on the tales")
def test_trained_vectors_solve_nine_of_ten_analogies(student, rng):
    """The tales with a window of 5, vectors of 24 numbers, all defaults; from 200 seeds, default_rng(0) to (199).

    The solution solves 96 % or more for 200 of 200 seeds, 99 % in the median; a pair then costs 1.69 in the mean,
    by `tests/benchmarks/learning_seeds.py embeddings --wrong 3`. Of the mistakes, tried on one to three seeds: with a
    constant rate 19 to 34 % are solved; with negatives in common for a batch, with steps that always start from the
    first vectors, or without learning contexts, about 1 % or less; with a step that goes uphill, is divided by the
    batch, takes gradients at updated vectors or negatives from w_in, 44 % or less. Other negatives, orders, batches and
    columns learn as well: but no misconception trains on the first 200 pairs as torch does, so each fails in 3 of 3.
    """
    tales = load_tales()
    size, width = len(tales.words), 24
    w_in = rng.uniform(-0.5 / width, 0.5 / width, (size, width))
    require_training_of_torch(student, rng, pairs_of_the_tales()[:200], tales.counts, w_in)
    vectors, contexts, _ = student.train_skipgram(
        pairs_of_the_tales(), tales.counts, w_in, np.zeros((size, width)), rng
    )
    solved = share_solved(vectors, np.concatenate(list(tales.analogies.values())))
    check(vectors, "w_in").holds(solved >= 0.9, f"it solves {solved:.0%} of 180 analogies; at least 90 % are wanted")
    loss = mean_loss(rng, vectors, contexts)
    check(contexts, "w_out").holds(loss < 2.0, f"the mean loss of a pair is {loss:.2f}; below 2.0 is wanted")


@task("log_sigmoid", points=0.5, about="arrays in another memory layout, new answers")
def test_logarithms_of_arrays_in_any_memory_layout_are_new(student, rng):
    z = 4 * rng.normal(size=(2, 3, 5))
    for arranged in layouts(z):
        check(student.log_sigmoid.returning_new_arrays(arranged)).equals(F.logsigmoid(to_torch(z)))


@task("negative_sampling_forward", points=0.5, about="float32, one pair and none, another memory layout, new answers")
@given(case=sampling_cases())
def test_losses_of_few_pairs_stay_in_float32_in_any_memory_layout(student, case):
    for pairs in (None, 1, 0):
        batch = [array[:pairs].astype(np.float32) for array in (case.center, case.context, case.negatives)]
        for arrays in layouts(*batch):
            loss, _ = student.negative_sampling_forward.returning_new_arrays(*arrays)
            check(loss, "loss").equals(sampling_loss(*to_torch(*batch)))


@task(
    "negative_sampling_backward",
    points=0.5,
    about="two batches forward before one goes back, another memory layout, new answers",
)
@given(cases=st.tuples(sampling_cases(), sampling_cases()))
def test_every_cache_belongs_to_its_own_batch(student, cases):
    batches = [(case.center, case.context, case.negatives) for case in cases]
    caches = [student.negative_sampling_forward(*batch)[1] for batch in batches]
    for case, batch, cached in zip(cases, batches, caches, strict=True):
        leaves = to_torch(*batch, grad=True)
        expected = torch.autograd.grad(sampling_loss(*leaves), leaves, to_torch(case.dout))
        for dout in layouts(case.dout):
            got = student.negative_sampling_backward.returning_new_arrays(dout, cached)
            for name, mine, theirs in zip(ARRAYS, got, expected, strict=True):
                check(mine, f"d{name}").equals(theirs)


@task("skipgram_step", points=0.5, about="arrays in another memory layout, new answers")
@given(case=step_cases())
def test_a_step_makes_new_matrices_from_any_memory_layout(student, case):
    batch, leaves = (case.centers, case.contexts, case.negatives), to_torch(case.w_in, case.w_out, grad=True)
    dw_in, dw_out = torch.autograd.grad(batch_loss(*leaves, *batch), leaves)
    for arrays in layouts(*batch, case.w_in, case.w_out):
        w_in, w_out, _ = student.skipgram_step.returning_new_arrays(*arrays)
        check(w_in, "w_in").equals(leaves[0].detach() - 0.1 * dw_in)
        check(w_out, "w_out").equals(leaves[1].detach() - 0.1 * dw_out)


def cbow_loss(w_in, w_out, contexts, centers, negatives, padding):
    """Return the sum of a batch's losses, each mean taken over one context's words, in torch."""
    rows = [w_in[to_torch(context[context != padding])] for context in contexts]
    means = [row.mean(dim=0) if len(row) else row.sum(dim=0) for row in rows]
    means = torch.stack(means) if means else w_in[:0]
    return sampling_loss(means, *(F.embedding(to_torch(i), w_out) for i in (centers, negatives))).sum()


def require_cbow_step(got, w_in, w_out, batch, lr, padding):
    """Compare a step of CBOW with that of torch."""
    leaves = to_torch(w_in, w_out, grad=True)
    expected = cbow_loss(*leaves, *batch, padding)
    dw_in, dw_out = torch.autograd.grad(expected, leaves)
    new_in, new_out, loss = got
    check(loss, "loss").equals(expected.detach())
    check(new_in, "w_in").equals(leaves[0].detach() - lr * dw_in)
    check(new_out, "w_out").equals(leaves[1].detach() - lr * dw_out)


@task("cbow_step", points=1.5, about="gaps and repeated words, default options, no argument changed", examples=6)
@given(case=cbow_cases())
def test_one_step_of_cbow_is_that_of_torch(student, case):
    batch = case.contexts, case.centers, case.negatives
    for options in ({"lr": 0.3, "padding_idx": len(case.w_in) - 1}, {}):
        got = student.cbow_step.keeping_arguments(*batch, case.w_in, case.w_out, **options)
        require_cbow_step(got, case.w_in, case.w_out, batch, options.get("lr", 0.1), options.get("padding_idx", 0))


@task("cbow_step", points=0.5, about="float32, one context and none, nothing but gaps", examples=3)
@given(case=cbow_cases())
def test_a_step_of_cbow_stays_in_float32_and_a_context_of_gaps_has_the_mean_0(student, case):
    w_in, w_out = case.w_in.astype(np.float32), case.w_out.astype(np.float32)
    contexts = case.contexts.copy()
    contexts[1] = 0
    for size in (2, 1, 0):
        batch = contexts[:size], case.centers[:size], case.negatives[:size]
        got = student.cbow_step(*batch, w_in, w_out, lr=0.5)
        require_cbow_step(got, w_in, w_out, batch, 0.5, 0)


@task("cbow_step", points=0.5, about="arrays in another memory layout, new answers", examples=2)
@given(case=cbow_cases())
def test_a_step_of_cbow_makes_new_matrices_from_any_memory_layout(student, case):
    arrays = case.contexts, case.centers, case.negatives, case.w_in, case.w_out
    for arranged in layouts(*arrays):
        got = student.cbow_step.returning_new_arrays(*arranged)
        require_cbow_step(got, case.w_in, case.w_out, arrays[:3], 0.1, 0)
