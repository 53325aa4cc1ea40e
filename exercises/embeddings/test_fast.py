"""Bags of words and a skip-gram step, on the handout's worked examples and against torch. Right before fast.

Speed is measured by `grade bench`.

Expected numbers: by hand, and torch with its autograd.
"""

import math

import torch
import torch.nn.functional as F

from grader.judge import check, task

LOG3 = math.log(3)


def doubles(rows):
    return torch.tensor(rows, dtype=torch.float64)


@task("embedding_bag_fast", points=1)
def test_bags_match_the_worked_example(student):
    weight, dout = doubles([[1, 2], [3, 4], [5, 6]]), doubles([[2, 4], [6, 8]])
    out, dweight = student.embedding_bag_fast(torch.tensor([[2, 0], [2, 2]]), weight, dout)
    check(out, "out").equals(doubles([[3, 4], [5, 6]]))
    check(dweight, "dweight").equals(doubles([[1, 2], [0, 0], [7, 10]]))


@task("embedding_bag_fast", points=1)
def test_bags_agree_with_torch(student, rng):
    indices, dout = torch.from_numpy(rng.integers(0, 6, size=(4, 5))), torch.from_numpy(rng.normal(size=(4, 3)))
    weight = torch.from_numpy(rng.normal(size=(6, 3))).requires_grad_()
    expected = F.embedding_bag(indices, weight, mode="mean")
    out, dweight = student.embedding_bag_fast(indices, weight.detach(), dout)
    check(out, "out").equals(expected.detach())
    check(dweight, "dweight").equals(torch.autograd.grad(expected, weight, dout)[0])


@task("skipgram_fast", points=1)
def test_step_matches_the_worked_example(student):
    w_in, w_out = doubles([[1, 0], [0, 0], [0, 0]]), doubles([[LOG3, 2], [0, 1], [-LOG3, 1]])
    words = torch.tensor([0]), torch.tensor([0]), torch.tensor([[1, 2]])
    new_in, new_out, loss = student.skipgram_fast(*words, w_in, w_out, 1.0)
    check(new_in, "w_in").equals(doubles([[1 + LOG3 / 2, -0.25], [0, 0], [0, 0]]))
    check(new_out, "w_out").equals(doubles([[LOG3 + 0.25, 2], [-0.5, 1], [-LOG3 - 0.25, 1]]))
    check(loss, "loss").equals(doubles(math.log(32 / 9)))


@task("skipgram_fast", points=1)
def test_step_with_repeated_words_agrees_with_torch(student, rng):
    centers, contexts, *negatives = torch.from_numpy(rng.integers(0, 4, size=(5, 6)))
    w_in, w_out = (torch.from_numpy(rng.normal(size=(4, 2))).requires_grad_() for _ in range(2))
    negatives = torch.stack(negatives, dim=1)
    center, context = w_in[centers], w_out[contexts]
    scores = torch.einsum("ne,nke->nk", center, w_out[negatives])
    expected = -F.logsigmoid((center * context).sum(dim=1)).sum() - F.logsigmoid(-scores).sum()
    dw_in, dw_out = torch.autograd.grad(expected, (w_in, w_out))
    new_in, new_out, loss = student.skipgram_fast(centers, contexts, negatives, w_in.detach(), w_out.detach(), 0.3)
    check(new_in, "w_in").equals(w_in.detach() - 0.3 * dw_in)
    check(new_out, "w_out").equals(w_out.detach() - 0.3 * dw_out)
    check(loss, "loss").equals(expected.detach())
