"""What you can check at home: word2vec.py on the handout's worked example, and one batch against torch."""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

SENTENCE = np.array([0, 1, 2, 0, 3])
LN3 = np.log(3)
CENTER, CONTEXT, NEGATIVES = np.array([[1.0, 0.0]]), np.array([[LN3, 2.0]]), np.array([[[0.0, 1.0], [-LN3, 1.0]]])


@task("skipgram_pairs", points=1)
def test_pairs_match_the_worked_example_of_the_handout(student):
    pairs = student.skipgram_pairs([SENTENCE], window=1)
    expected = [[0, 1], [0, 2], [0, 3], [1, 0], [1, 2], [2, 0], [2, 1], [3, 0]]
    check(sorted(pairs.tolist()), "the sorted pairs").equals(expected)


@task("cbow_contexts", points=1)
def test_contexts_match_the_worked_example_of_the_handout(student):
    contexts, centers = student.cbow_contexts([SENTENCE], window=1, padding_idx=4)
    check(contexts, "contexts").equals(np.array([[4, 1], [0, 2], [1, 0], [2, 3], [0, 4]]))
    check(centers, "centers").equals(SENTENCE)


@task("noise_distribution", points=1)
def test_noise_matches_the_worked_example_of_the_handout(student):
    check(student.noise_distribution(np.array([16, 81, 1])), "noise").equals(np.array([8.0, 27.0, 1.0]) / 36)


@task("log_sigmoid", points=1)
def test_is_right_in_the_middle_and_far_out(student):
    z = np.array([0.0, LN3, -1e4])
    check(student.log_sigmoid(z)).equals(np.array([np.log(1 / 2), np.log(3 / 4), -1e4]))


@task("negative_sampling_forward", points=1)
def test_loss_matches_the_worked_example_of_the_handout(student):
    loss, _ = student.negative_sampling_forward(CENTER, CONTEXT, NEGATIVES)
    check(loss, "loss").equals(np.log([32 / 9]))


@task("negative_sampling_backward", points=1)
def test_gradients_match_the_worked_example_of_the_handout(student):
    _, cache = student.negative_sampling_forward(CENTER, CONTEXT, NEGATIVES)
    dcenter, dcontext, dnegatives = student.negative_sampling_backward(np.ones(1), cache)
    check(dcenter, "dcenter").equals(np.array([[-LN3 / 2, 0.25]]))
    check(dcontext, "dcontext").equals(np.array([[-0.25, 0.0]]))
    check(dnegatives, "dnegatives").equals(np.array([[[0.5, 0.0], [0.25, 0.0]]]))


@task("skipgram_step", points=1)
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


@task("train_skipgram", points=1)
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
