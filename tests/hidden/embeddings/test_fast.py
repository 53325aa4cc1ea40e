"""fast.py against torch: right first, then fast.

Requires torch's means, losses, gradients and new vectors in float64, for words that come several times or never, one
word, one bag and none, one pair and none, one negative, another learning rate, and scores of ±10,000; float32 in and
out, no gradient graph, arguments unchanged; then the time of torch's own embedding_bag, or embedding and logsigmoid,
with the backward pass, for sizes that are drawn, with words that repeat in a bag and over bags, words that never come,
and scores of ±10,000.

Catches: gradients that overwrite each other where words repeat, sums for means and means for sums, a padding word that
nobody asked for, wrong signs, vectors that are updated too early, losses that overflow, arguments that are overwritten,
float64 inside; loops over words.

Expected numbers: live torch and torch.autograd on the same tensors.
"""

import torch
import torch.nn.functional as F

from grader.judge import check, task

# In float32 a word in a thousand bags has a gradient that is off by 4e-5, by the order of its terms.
BAG = 2e-4
# Scores of 10,000 are off by 1e-3, and vectors of 35 by less than 2e-4 of that; so is a loss, added up term by term.
STEP = 5e-4
BAGS = ((5, 3, 7, 2), (1, 4, 3, 5), (6, 1, 2, 3), (3, 8, 1, 4), (2, 5, 40, 3))  # N, L; V, E
PAIRS = ((7, 3, 5, 2), (1, 2, 4, 3), (4, 1, 2, 5), (3, 5, 1, 4), (6, 2, 40, 3))  # N, K; V, E


def normal(rng, *shape, dtype=torch.float64):
    return torch.from_numpy(rng.normal(size=shape)).to(dtype)


def bags(rng, count, length, size, width, dtype=torch.float64):
    indices = torch.from_numpy(rng.integers(0, size, size=(count, length)))
    return indices, normal(rng, size, width, dtype=dtype), normal(rng, count, width, dtype=dtype)


def pairs(rng, count, drawn, size, width, dtype=torch.float64):
    centers, contexts, *negatives = torch.from_numpy(rng.integers(0, size, size=(2 + drawn, count)))
    matrices = normal(rng, 2, size, width, dtype=dtype)
    return centers, contexts, torch.stack(negatives, dim=1), *matrices, rng.uniform(0.2, 0.9)


def compare_bags(answer, indices, weight, dout):
    weight = weight.clone().requires_grad_()
    out = F.embedding_bag(indices, weight, mode="mean")
    check(answer[0], "out").equals(out.detach())
    check(answer[1], "dweight").equals(torch.autograd.grad(out, weight, dout)[0])


def compare_step(answer, centers, contexts, negatives, w_in, w_out, lr):
    leaves = [matrix.clone().requires_grad_() for matrix in (w_in, w_out)]
    center, others = leaves[0][centers], leaves[1][torch.column_stack([contexts, negatives])]
    scores = torch.einsum("ne,nke->nk", center, others)
    loss = -F.logsigmoid(scores[:, 0]).sum() - F.logsigmoid(-scores[:, 1:]).sum()
    gradients = torch.autograd.grad(loss, leaves)
    for name, mine, old, slope in zip(("w_in", "w_out"), answer, (w_in, w_out), gradients, strict=False):
        check(mine, name).equals(old - lr * slope)
    check(answer[2], "loss").equals(loss.detach())


@task("embedding_bag_fast", points=3, about="many shapes, repeated words, no argument changed")
def test_means_and_gradients_agree_with_torch(student, rng):
    for sizes in BAGS:
        case = bags(rng, *sizes)
        compare_bags(student.embedding_bag_fast.keeping_arguments(*case), *case)


@task("embedding_bag_fast", points=1, about="no bags")
def test_without_bags_there_are_no_means_and_gradients_are_zero(student, rng):
    case = bags(rng, 0, 3, 7, 2)
    compare_bags(student.embedding_bag_fast(*case), *case)


@task("embedding_bag_fast", points=1, about="float32, no autograd, new answers")
def test_bags_stay_in_float32_and_no_graph_is_kept(student, rng):
    for _ in range(2):
        case = bags(rng, *BAGS[0], dtype=torch.float32)
        answer = student.embedding_bag_fast.returning_new_arrays(*case)
        compare_bags(answer, *case)
    check(answer).holds(not any(part.requires_grad for part in answer), "autograd has been at work")


@task("embedding_bag_fast", points=3, about="speed on one CPU thread")
def test_speed_of_bags_on_one_cpu_thread(student, race):
    race.on_cpu("embedding_bag_fast", rtol=BAG, share=BAG)


@task("embedding_bag_fast", points=3, about="speed on a GPU")
def test_speed_of_bags_on_a_gpu(student, race):
    race.on_gpu("embedding_bag_fast", rtol=BAG, share=BAG)


@task("skipgram_fast", points=3, about="many shapes, repeated words, no argument changed")
def test_new_vectors_and_loss_agree_with_torch(student, rng):
    for sizes in PAIRS:
        case = pairs(rng, *sizes)
        compare_step(student.skipgram_fast.keeping_arguments(*case), *case)


@task("skipgram_fast", points=2, about="large scores")
def test_a_step_is_right_for_very_large_scores(student, rng):
    centers, contexts, negatives, w_in, w_out, lr = pairs(rng, *PAIRS[0])
    for sign in (1e4, -1e4):
        case = centers, contexts, negatives, w_in.abs(), sign * w_out.abs(), lr
        compare_step(student.skipgram_fast(*case), *case)


@task("skipgram_fast", points=1, about="no pairs")
def test_without_pairs_nothing_moves_and_the_loss_is_zero(student, rng):
    case = pairs(rng, 0, 3, 5, 2)
    compare_step(student.skipgram_fast(*case), *case)


@task("skipgram_fast", points=1, about="float32, no autograd, new answers")
def test_a_step_stays_in_float32_and_no_graph_is_kept(student, rng):
    for _ in range(2):
        case = pairs(rng, *PAIRS[0], dtype=torch.float32)
        answer = student.skipgram_fast.returning_new_arrays(*case)
        compare_step(answer, *case)
    check(answer).holds(not any(part.requires_grad for part in answer), "autograd has been at work")


@task("skipgram_fast", points=3, about="speed on one CPU thread")
def test_speed_of_a_step_on_one_cpu_thread(student, race):
    race.on_cpu("skipgram_fast", rtol=STEP, share=STEP)


@task("skipgram_fast", points=3, about="speed on a GPU")
def test_speed_of_a_step_on_a_gpu(student, race):
    race.on_gpu("skipgram_fast", rtol=STEP, share=STEP)
