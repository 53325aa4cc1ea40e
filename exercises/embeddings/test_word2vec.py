"""What you can check at home: word2vec.py on the handout's worked example, and one batch against torch."""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

SENTENCE = np.array([0, 1, 2, 0, 3])
LN3 = np.log(3)
CENTER, CONTEXT, NEGATIVES = np.array([[1.0, 0.0]]), np.array([[LN3, 2.0]]), np.array([[[0.0, 1.0], [-LN3, 1.0]]])


@task("skipgram_pairs", points=0.5)
def test_pairs_match_the_worked_example_of_the_handout(student):
    pairs = student.skipgram_pairs([SENTENCE], window=1)
    expected = [[0, 1], [0, 2], [0, 3], [1, 0], [1, 2], [2, 0], [2, 1], [3, 0]]
    check(sorted(pairs.tolist()), "the sorted pairs").equals(expected)


@task("cbow_contexts", points=0.5)
def test_contexts_match_the_worked_example_of_the_handout(student):
    contexts, centers = student.cbow_contexts([SENTENCE], window=1, padding_idx=4)
    check(contexts, "contexts").equals(np.array([[4, 1], [0, 2], [1, 0], [2, 3], [0, 4]]))
    check(centers, "centers").equals(SENTENCE)


@task("noise_distribution", points=0.5)
def test_noise_matches_the_worked_example_of_the_handout(student):
    check(student.noise_distribution(np.array([16, 81, 1])), "noise").equals(np.array([8.0, 27.0, 1.0]) / 36)


@task("log_sigmoid", points=0.5)
def test_is_right_in_the_middle_and_far_out(student):
    z = np.array([0.0, LN3, -100.0, -1e4])
    check(student.log_sigmoid(z)).equals(np.array([np.log(1 / 2), np.log(3 / 4), -100.0, -1e4]))


@task("negative_sampling_forward", points=0.5)
def test_loss_matches_the_worked_example_of_the_handout(student):
    loss, _ = student.negative_sampling_forward(CENTER, CONTEXT, NEGATIVES)
    check(loss, "loss").equals(np.log([32 / 9]))


@task("negative_sampling_backward", points=0.5)
def test_gradients_match_the_worked_example_of_the_handout(student):
    _, cache = student.negative_sampling_forward(CENTER, CONTEXT, NEGATIVES)
    dcenter, dcontext, dnegatives = student.negative_sampling_backward(np.ones(1), cache)
    check(dcenter, "dcenter").equals(np.array([[-LN3 / 2, 0.25]]))
    check(dcontext, "dcontext").equals(np.array([[-0.25, 0.0]]))
    check(dnegatives, "dnegatives").equals(np.array([[[0.5, 0.0], [0.25, 0.0]]]))


@task("skipgram_step", points=0.5)
def test_a_step_is_that_of_torch(student):
    centers, contexts, negatives = np.array([0, 1, 0]), np.array([1, 2, 3]), np.array([[2, 2], [1, 0], [3, 0]])
    w_in, w_out = np.arange(8.0).reshape(4, 2) / 10, np.arange(8.0)[::-1].reshape(4, 2) / 10
    new_in, new_out, loss = student.skipgram_step(centers, contexts, negatives, w_in, w_out, lr=0.5)
    v, u = to_torch(w_in, w_out, grad=True)
    positive, negative = (v[centers] * u[contexts]).sum(-1), (v[centers][:, None] * u[negatives]).sum(-1)
    expected = -F.logsigmoid(positive).sum() - F.logsigmoid(-negative).sum()
    dv, du = torch.autograd.grad(expected, (v, u))
    check(loss, "loss").equals(expected.item())
    check(new_in, "w_in").equals(v.detach() - 0.5 * dv)
    check(new_out, "w_out").equals(u.detach() - 0.5 * du)


@task("train_skipgram", points=0.5)
def test_words_with_the_same_company_become_alike(student, rng):
    """Words 0 and 1 are seen with 4, words 2 and 3 with 5: for 200 of 200 seeds their cosines are apart by 0.71.

    The vectors of 0 and 2 are the same at first, and those of 1 and 3: nobody comes by the answer without training.
    """
    pairs = np.array([[0, 4], [1, 4], [2, 5], [3, 5]] * 30)
    w_in, w_out = 0.1 * rng.normal(size=(6, 4)), 0.1 * rng.normal(size=(6, 4))
    w_in[2:4] = w_in[:2]
    vectors, contexts, _ = student.train_skipgram(
        pairs, np.array([1, 1, 1, 1, 2, 2]), w_in, w_out, rng, epochs=20, batch_size=8
    )
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    alike, apart = float(unit[0] @ unit[1]), float(unit[0] @ unit[2])
    told = f"the cosine of 0 and 1 is {alike:.2f}, that of 0 and 2 is {apart:.2f}: it should be smaller by 0.5"
    check(vectors, "w_in").holds(alike > apart + 0.5, told)
    scores = vectors[:4] @ contexts[4:].T
    seen, others = scores[[0, 1, 2, 3], [0, 0, 1, 1]].mean(), scores[[0, 1, 2, 3], [1, 1, 0, 0]].mean()
    told = f"pairs that occur have the mean score {seen:.2f}, the others {others:.2f}: it should be smaller"
    check(contexts, "w_out").holds(seen > others, told)


def drawn_sentences(rng):
    """Return three sentences, one of them a single word, in which words repeat."""
    return [rng.integers(1, 5, length) for length in (6, 1, 3)]


@task("skipgram_pairs", points=0.5)
def test_pairs_of_several_sentences_are_those_of_the_definition(student, rng):
    sentences = drawn_sentences(rng)
    expected = sorted(
        [int(s[i]), int(s[j])] for s in sentences for i in range(len(s)) for j in range(len(s)) if 0 < abs(i - j) <= 2
    )
    pairs = student.skipgram_pairs.keeping_arguments(sentences)
    check(sorted(pairs.tolist()), "the sorted pairs").equals(expected)


@task("skipgram_pairs", points=0.5)
def test_sentences_without_a_context_have_no_pairs(student, rng):
    first, second = words = rng.permutation(9)[:2]
    pairs = student.skipgram_pairs([words[:1], words[1:]])
    check(pairs, "pairs").equals(np.zeros((0, 2), dtype=np.int64))
    expected = sorted([[int(first), int(second)], [int(second), int(first)]])
    check(sorted(student.skipgram_pairs([words]).tolist()), "the sorted pairs").equals(expected)


@task("cbow_contexts", points=0.5)
def test_contexts_of_several_sentences_are_those_of_the_definition(student, rng):
    sentences = drawn_sentences(rng)
    steps = (-2, -1, 1, 2)
    expected = [
        [int(s[i + step]) if 0 <= i + step < len(s) else 7 for step in steps] for s in sentences for i in range(len(s))
    ]
    contexts, centers = student.cbow_contexts.keeping_arguments(sentences, window=2, padding_idx=7)
    check(contexts, "contexts").equals(np.array(expected))
    check(centers, "centers").equals(np.concatenate(sentences))


@task("noise_distribution", points=0.5)
def test_any_power_makes_probabilities_in_float64(student, rng):
    counts = rng.integers(1, 500, 6)
    for power in (0.75, 0.4):
        powers = to_torch(counts).double() ** power
        noise = student.noise_distribution.keeping_arguments(counts, power=power)
        check(noise, f"noise for power={power}").equals(powers / powers.sum())


@task("log_sigmoid", points=0.5)
def test_logarithms_are_those_of_torch(student, rng):
    z = 6 * rng.normal(size=(3, 5))
    check(student.log_sigmoid.keeping_arguments(z)).equals(F.logsigmoid(to_torch(z)))


@task("log_sigmoid", points=0.5)
def test_float32_stays_float32_for_scores_of_1e4(student, rng):
    z = (1e4 * rng.normal(size=(2, 4))).astype(np.float32)
    check(student.log_sigmoid(z)).equals(F.logsigmoid(to_torch(z)))


def drawn_vectors(rng, scale=1.0, dtype=np.float64):
    """Return the vectors of four pairs with three negatives each."""
    return [(scale * rng.normal(size=shape)).astype(dtype) for shape in ((4, 2), (4, 2), (4, 3, 2))]


def losses(center, context, negatives):
    """Return the loss of every pair, in torch."""
    scores = torch.einsum("ne,nke->nk", center, negatives)
    return -F.logsigmoid((center * context).sum(dim=1)) - F.logsigmoid(-scores).sum(dim=1)


@task("negative_sampling_forward", points=0.5)
def test_losses_are_those_of_torch(student, rng):
    arrays = drawn_vectors(rng)
    loss, _ = student.negative_sampling_forward.keeping_arguments(*arrays)
    check(loss, "loss").equals(losses(*to_torch(*arrays)))


@task("negative_sampling_forward", points=0.5)
def test_losses_of_scores_of_1e4_stay_in_float32(student, rng):
    arrays = drawn_vectors(rng, 100.0, np.float32)
    loss, _ = student.negative_sampling_forward(*arrays)
    check(loss, "loss").equals(losses(*to_torch(*arrays)))


def require_gradients(student, rng, arrays):
    """Compare the gradients under a drawn upstream gradient with those of torch.autograd."""
    dout, leaves = rng.normal(size=4).astype(arrays[0].dtype), to_torch(*arrays, grad=True)
    expected = torch.autograd.grad(losses(*leaves), leaves, to_torch(dout))
    _, cache = student.negative_sampling_forward(*arrays)
    gradients = student.negative_sampling_backward.keeping_arguments(dout, cache)
    for name, gradient, reference in zip(("dcenter", "dcontext", "dnegatives"), gradients, expected, strict=True):
        check(gradient, name).equals(reference)


@task("negative_sampling_backward", points=1)
def test_gradients_are_those_of_torch(student, rng):
    require_gradients(student, rng, drawn_vectors(rng))


@task("negative_sampling_backward", points=0.5)
def test_gradients_of_scores_of_1e4_stay_in_float32(student, rng):
    require_gradients(student, rng, drawn_vectors(rng, 100.0, np.float32))


def stepped(batch, w_in, w_out, lr):
    """Return both matrices after a step of torch, and the loss before it."""
    leaves = to_torch(w_in, w_out, grad=True)
    centers, contexts, negatives = (torch.from_numpy(indices) for indices in batch)
    loss = losses(leaves[0][centers], leaves[1][contexts], leaves[1][negatives]).sum()
    return *(leaf.detach() - lr * d for leaf, d in zip(leaves, torch.autograd.grad(loss, leaves), strict=True)), loss


@task("skipgram_step", points=1)
def test_a_drawn_step_is_that_of_torch_and_changes_no_argument(student, rng):
    batch = rng.integers(0, 4, 7), rng.integers(0, 4, 7), rng.integers(0, 4, (7, 3))
    w_in, w_out = rng.normal(size=(2, 4, 3))
    got = student.skipgram_step.keeping_arguments(*batch, w_in, w_out)
    for name, value, expected in zip(("w_in", "w_out", "loss"), got, stepped(batch, w_in, w_out, 0.1), strict=True):
        check(value, name).equals(expected.detach())


@task("train_skipgram", points=1)
def test_two_epochs_make_the_steps_of_torch(student, rng):
    """In the order and with the negatives that the same generator draws, and at a rate that falls."""
    pairs, counts, seed = rng.integers(0, 5, (7, 2)), np.array([9, 4, 1, 30, 2]), int(rng.integers(2**32))
    w_in, w_out = rng.normal(size=(2, 5, 3))
    got = student.train_skipgram.keeping_arguments(
        pairs, counts, w_in, w_out, np.random.default_rng(seed), epochs=2, batch_size=3, lr=0.3, num_negatives=2
    )
    generator, noise, seen, expected = np.random.default_rng(seed), counts**0.75 / (counts**0.75).sum(), 0, [0.0, 0.0]
    for epoch in range(2):
        order = generator.permutation(7)
        for part in np.split(order, [3, 6]):
            negatives = generator.choice(5, size=(len(part), 2), p=noise)
            batch = np.ascontiguousarray(pairs[part].T)
            w_in, w_out, loss = stepped((*batch, negatives), w_in, w_out, 0.3 * (1 - seen / 14))
            w_in, w_out, seen = w_in.numpy(), w_out.numpy(), seen + len(part)
            expected[epoch] += loss.item() / 7
    for name, value, reference in zip(("w_in", "w_out", "losses"), got, (w_in, w_out, np.array(expected)), strict=True):
        check(value, name).equals(reference)


@task("cbow_step", points=0.5)
def test_the_step_of_cbow_matches_the_worked_example_of_the_handout(student):
    w_in = np.array([[2.0, 1.0], [0.0, -1.0], [5.0, 5.0]])
    w_out = np.concatenate([CONTEXT, NEGATIVES[0]])
    batch = np.array([[0, 1, 2, 2]]), np.array([0]), np.array([[1, 2]])
    new_in, new_out, loss = student.cbow_step(*batch, w_in, w_out, lr=1.0, padding_idx=2)
    check(loss, "loss").equals(np.log(32 / 9))
    check(new_in, "w_in").equals(np.array([[2 + LN3 / 4, 7 / 8], [LN3 / 4, -9 / 8], [5, 5]]))
    check(new_out, "w_out").equals(np.array([[LN3 + 1 / 4, 2], [-1 / 2, 1], [-LN3 - 1 / 4, 1]]))


@task("cbow_step", points=1)
def test_a_drawn_step_of_cbow_is_that_of_torch_and_changes_no_argument(student, rng):
    contexts, centers, negatives = rng.integers(0, 5, (6, 4)), rng.integers(0, 5, 6), rng.integers(0, 5, (6, 3))
    contexts[:, 1] = 1 + contexts[:, 1] // 2
    w_in, w_out = rng.normal(size=(2, 5, 3))
    got = student.cbow_step.keeping_arguments(contexts, centers, negatives, w_in, w_out)
    v, u = leaves = to_torch(w_in, w_out, grad=True)
    words = to_torch(contexts != 0).double()[..., None]
    means = (words * v[contexts]).sum(dim=1) / words.sum(dim=1)
    loss = losses(means, u[centers], u[negatives]).sum()
    dv, du = torch.autograd.grad(loss, leaves)
    expected = v.detach() - 0.1 * dv, u.detach() - 0.1 * du, loss.detach()
    for name, value, reference in zip(("w_in", "w_out", "loss"), got, expected, strict=True):
        check(value, name).equals(reference)
