"""fast.py against torch: right first, then fast.

Requires torch's answers and gradients in float64 for one position and many, for numbers of positions that no block
divides, scores in the thousands; float32 in and out, no gradient graph, arguments unchanged; then the time of torch's
operator with its backward pass, for shapes that are drawn, with scores up to a hundred.

Catches: wrong scales, gradients without the mean or with one block's keys only, last blocks left out, overflow,
arguments overwritten, float64 inside.

Expected numbers: live torch, scaled_dot_product_attention with autograd.
"""

import torch
from torch.nn import functional

from grader.judge import check, layouts, task

CLOSE = 1e-3
NAMES = ("out", "dq", "dk", "dv")


def expected(q, k, v, dout):
    leaves = [part.clone().requires_grad_() for part in (q, k, v)]
    out = functional.scaled_dot_product_attention(*leaves)
    return out.detach(), *torch.autograd.grad(out, leaves, dout)


def drawn(rng, shape, dtype=torch.float64):
    return [torch.from_numpy(rng.normal(size=shape)).to(dtype) for _ in range(4)]


def compare(answer, case, **options):
    for name, got, wanted in zip(NAMES, answer, expected(*case), strict=True):
        check(got, name).equals(wanted, **options)


@task("attention_fast", points=3, about="one position and many, numbers that no block divides")
def test_answers_and_gradients_agree_with_torch(student, rng):
    for shape in ((2, 3, 1, 4), (3, 2, 7, 5), (1, 2, 389, 6), (2, 1, 131, 3)):
        case = drawn(rng, shape)
        compare(student.attention_fast.keeping_arguments(*case), case)


@task("attention_fast", points=1, about="very large scores")
def test_large_scores_do_not_overflow(student, rng):
    case = drawn(rng, (2, 2, 9, 4))
    case[0] *= 3000
    compare(student.attention_fast(*case), case)


@task("attention_fast", points=1, about="float32, other layouts in memory, no gradient graph, new answers")
def test_float32_stays_and_no_graph_is_kept(student, rng):
    case = drawn(rng, (2, 3, 6, 4))
    for given_case in layouts(*case):
        compare(student.attention_fast.returning_new_arrays(*given_case), case)
    case = drawn(rng, (2, 3, 6, 4), torch.float32)
    answer = student.attention_fast.returning_new_arrays(*case)
    compare(answer, case, atol=1e-5)
    check(answer).holds(not any(part.requires_grad for part in answer), "autograd has been at work")


@task("attention_fast", points=3, about="speed on one CPU thread")
def test_speed_on_one_cpu_thread(student, race):
    race.on_cpu("attention_fast", rtol=CLOSE, share=CLOSE)


@task("attention_fast", points=3, about="speed on a GPU")
def test_speed_on_a_gpu(student, race):
    race.on_gpu("attention_fast", rtol=CLOSE, share=CLOSE)
