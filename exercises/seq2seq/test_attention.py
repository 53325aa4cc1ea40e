"""What you can check at home: attention.py on the handout's worked example, and against torch."""

import numpy as np
import torch

from grader.judge import check, layouts, task, to_torch

LOG3 = float(np.log(3.0))
QUERY, KEYS = np.array([[[LOG3]]]), np.array([[[2.0]], [[1.0]], [[9.0]]])
MASK = np.array([[True], [True], [False]])


def drawn(rng, dtype=np.float64):
    """Return queries, keys, a mask with gaps, and a gradient: Q = 3, T = 5, N = 4, M = 2."""
    query, keys, dcontext = (rng.normal(size=(rows, 4, 2)).astype(dtype) for rows in (3, 5, 3))
    mask = rng.random((5, 4)) < 0.6
    mask[rng.integers(5, size=4), np.arange(4)] = True
    mask[0, 0] = ~mask[1:, 0].all()
    return query, keys, mask, dcontext


def by_torch(query, keys, mask, dcontext):
    """Return context, weights, and the gradients of query and keys."""
    query, keys = (torch.from_numpy(np.array(array)).requires_grad_() for array in (query, keys))
    q, k, seen = query.transpose(0, 1), keys.transpose(0, 1), torch.from_numpy(np.array(mask)).T[:, None]
    context = torch.nn.functional.scaled_dot_product_attention(q, k, k, seen, scale=1.0).transpose(0, 1)
    weights = torch.softmax((q @ k.mT).masked_fill(~seen, -torch.inf), dim=2)
    return context.detach(), weights.detach(), *torch.autograd.grad(context, (query, keys), to_torch(dcontext))


@task("attend_forward", points=0.5)
def test_the_context_matches_the_worked_example(student):
    context, weights, _ = student.attend_forward(QUERY, KEYS, MASK)
    check(weights, "weights").equals(np.array([[[0.75, 0.25, 0.0]]]))
    check(context, "context").equals(np.array([[[1.75]]]))


@task("attend_forward", points=1)
def test_context_and_weights_are_torch_s(student, rng):
    for dtype in (np.float32, np.float64):
        query, keys, mask, dcontext = drawn(rng, dtype)
        context, weights, _ = student.attend_forward.keeping_arguments(query, keys, mask)
        expected = by_torch(query, keys, mask, dcontext)
        check(context, "context").equals(expected[0])
        check(weights, "weights").equals(expected[1])
    check(context, "context").has_dtype("float64")


@task("attend_forward", points=0.5)
def test_large_scores_padding_and_empty_sentences(student, rng):
    query, keys, mask, dcontext = drawn(rng)
    expected = by_torch(1e3 * query, keys, mask, dcontext)
    dirty = np.where(mask[:, :, None], keys, np.nan)
    for given in (keys, dirty):
        context, weights, _ = student.attend_forward(1e3 * query, given, mask)
        check(context, "context").equals(expected[0])
        check(weights, "weights").equals(expected[1])
    mask[:, 2] = False
    student.attend_forward.refuses(ValueError, query, keys, mask)


@task("attend_backward", points=0.5)
def test_the_gradients_match_the_worked_example(student):
    *_, cache = student.attend_forward(QUERY, KEYS, MASK)
    dquery, dkeys = student.attend_backward(np.ones((1, 1, 1)), cache)
    check(dquery, "dquery").equals(np.array([[[0.1875]]]))
    check(dkeys, "dkeys").equals(np.array([[[0.75 + 0.1875 * LOG3]], [[0.25 - 0.1875 * LOG3]], [[0.0]]]))


@task("attend_backward", points=1)
def test_gradients_are_torch_s(student, rng):
    query, keys, mask, dcontext = drawn(rng)
    _, _, dquery, dkeys = by_torch(query, keys, mask, dcontext)
    for given in layouts(dcontext):
        *_, cache = student.attend_forward(query, keys, mask)
        got = student.attend_backward.returning_new_arrays(given, cache)
        check(got[0], "dquery").equals(dquery)
        check(got[1], "dkeys").equals(dkeys)
