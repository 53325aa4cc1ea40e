"""Attention and its gradients by blocks, on the handout's worked example and against torch. Right before fast.

Speed is measured by `grade bench`.

Expected numbers: by hand, and torch's operator with autograd.
"""

import math

import torch
from torch.nn import functional

from grader.judge import check, task

NAMES = ("out", "dq", "dk", "dv")


def expected(q, k, v, dout):
    """Return torch's answer and gradients."""
    leaves = [part.clone().requires_grad_() for part in (q, k, v)]
    out = functional.scaled_dot_product_attention(*leaves)
    return out.detach(), *torch.autograd.grad(out, leaves, dout)


def drawn(rng, shape, dtype=torch.float64):
    return [torch.from_numpy(rng.normal(size=shape)).to(dtype) for _ in range(4)]


@task("attention_fast", points=0.5)
def test_attention_by_blocks_matches_the_worked_example(student):
    k = torch.zeros(1, 1, 2, 4, dtype=torch.float64)
    k[0, 0, 1, :2] = math.log(3)
    v = torch.tensor([[[[4.0] * 4, [8.0] * 4]]], dtype=torch.float64)
    out, _, _, dv = student.attention_fast(torch.ones_like(k), k, v, torch.ones_like(k))
    check(out, "out").equals(torch.full_like(k, 7.0))
    check(dv[0, 0, :, 0], "dv").equals(torch.tensor([0.5, 1.5], dtype=torch.float64))


@task("attention_fast", points=1)
def test_short_and_long_texts_agree_with_torch(student, rng):
    for shape in ((2, 3, 5, 4), (1, 2, 300, 6)):
        case = drawn(rng, shape)
        for name, got, wanted in zip(
            NAMES, student.attention_fast.keeping_arguments(*case), expected(*case), strict=True
        ):
            check(got, name).equals(wanted)


@task("attention_fast", points=0.5)
def test_attention_stays_in_float32_without_a_graph(student, rng):
    case = drawn(rng, (1, 2, 6, 4), torch.float32)
    case[0] *= 300
    answer = student.attention_fast.returning_new_arrays(*case)
    for name, got, wanted in zip(NAMES, answer, expected(*case), strict=True):
        check(got, name).equals(wanted, atol=2e-3)
    check(answer).holds(not any(part.requires_grad for part in answer), "autograd has been at work")
