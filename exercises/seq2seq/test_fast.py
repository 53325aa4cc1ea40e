"""Attention on tensors, on the handout's worked example and against torch. Right before fast.

Speed is measured by `grade bench`.

Expected numbers: by hand, and torch.nn.functional.scaled_dot_product_attention with autograd.
"""

import numpy as np
import torch

from grader.judge import check, task

NAMES = ("context", "dquery", "dkeys")


def expected(query, keys, mask, dcontext):
    """Return what torch's operator and autograd make of it."""
    query, keys = query.clone().requires_grad_(), keys.clone().requires_grad_()
    q, k = query.transpose(0, 1), keys.transpose(0, 1)
    context = torch.nn.functional.scaled_dot_product_attention(q, k, k, mask.T[:, None], scale=1.0).transpose(0, 1)
    return context.detach(), *torch.autograd.grad(context, (query, keys), dcontext)


def drawn(rng, dtype=torch.float64):
    """Return queries, keys, a mask with gaps, and a gradient: Q = 3, T = 5, N = 4, M = 2."""
    query, keys, dcontext = (torch.from_numpy(rng.normal(size=(rows, 4, 2))).to(dtype) for rows in (3, 5, 3))
    mask = rng.random((5, 4)) < 0.6
    mask[0], mask[1] = [True, False, True, True], [False, True, True, True]
    return query, keys, torch.from_numpy(mask), dcontext


def compare(answer, tensors):
    """Check the three tensors."""
    for name, got, wanted in zip(NAMES, answer, expected(*tensors), strict=True):
        check(got, name).equals(wanted)


@task("attend_fast", points=0.5)
def test_attention_matches_the_worked_example(student):
    log3 = float(np.log(3.0))
    query, keys = torch.tensor([[[log3]]], dtype=torch.float64), torch.tensor([[[2.0]], [[1.0]], [[9.0]]]).double()
    mask = torch.tensor([[True], [True], [False]])
    context, dquery, dkeys = student.attend_fast(query, keys, mask, torch.ones(1, 1, 1, dtype=torch.float64))
    check(context, "context").equals(torch.tensor([[[1.75]]], dtype=torch.float64))
    check(dquery, "dquery").equals(torch.tensor([[[0.1875]]], dtype=torch.float64))
    check(dkeys, "dkeys").equals(
        torch.tensor([[[0.75 + 0.1875 * log3]], [[0.25 - 0.1875 * log3]], [[0.0]]], dtype=torch.float64)
    )


@task("attend_fast", points=1)
def test_context_and_gradients_are_torch_s(student, rng):
    for size in (1.0, 400.0):
        query, *others = drawn(rng)
        tensors = size * query, *others
        compare(student.attend_fast.keeping_arguments(*tensors), tensors)


@task("attend_fast", points=0.5)
def test_attention_stays_in_float32_without_a_graph(student, rng):
    tensors = drawn(rng, torch.float32)
    answer = student.attend_fast.returning_new_arrays(*tensors)
    compare(answer, tensors)
    check(answer[0], "context").has_dtype("float32")
    check(answer).holds(not any(tensor.requires_grad for tensor in answer), "autograd has been at work")
