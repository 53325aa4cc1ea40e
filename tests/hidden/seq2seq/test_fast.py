"""fast.py against torch: right first, then fast.

Requires torch's context and gradients in float64 for several sizes, masks with gaps, one place, one query; large
scores; float32 in and out, no gradient graph, arguments unchanged; then the time of torch's own attention, for sizes
that are drawn, with scores above 100, equal keys and sentences of different lengths.

Catches: padding that is looked at, a scale, overflow, gradients of the keys that lack one of their two parts, a softmax
over queries, float64 inside.

Expected numbers: live torch.nn.functional.scaled_dot_product_attention and autograd on the same tensors.
"""

import torch

from grader.judge import check, task
from tests.hidden.seq2seq.strategies import attention

# A score of 100 rounds at 1e-5, and so does its weight; times queries and gradients of a size of 10, that is 1e-3.
CLOSE = 4e-3
NAMES = ("context", "dquery", "dkeys")


def tensors_of(case, dtype=torch.float64):
    query, keys, dcontext = (torch.from_numpy(array).to(dtype) for array in (case.query, case.keys, case.dcontext))
    return query, keys, torch.from_numpy(case.mask), dcontext


def expected(query, keys, mask, dcontext):
    query, keys = query.clone().requires_grad_(), keys.clone().requires_grad_()
    q, k = query.transpose(0, 1), keys.transpose(0, 1)
    context = torch.nn.functional.scaled_dot_product_attention(q, k, k, mask.T[:, None], scale=1.0).transpose(0, 1)
    return context.detach(), *torch.autograd.grad(context, (query, keys), dcontext)


def compare(answer, tensors):
    for name, got, wanted in zip(NAMES, answer, expected(*tensors), strict=True):
        check(got, name).equals(wanted)


@task("attend_fast", points=3, about="several sizes, masks with gaps, one place, one query")
def test_context_and_gradients_agree_with_torch_for_every_size(student, rng):
    for sizes in ((3, 5, 4, 2), (1, 6, 2, 3), (4, 1, 3, 5), (2, 3, 1, 4), (20, 70, 3, 16)):
        tensors = tensors_of(attention(int(rng.integers(2**32)), sizes=sizes))
        compare(student.attend_fast.keeping_arguments(*tensors), tensors)


@task("attend_fast", points=1, about="very large scores")
def test_large_scores_are_attended_to(student, rng):
    for size in (500.0, -500.0):
        query, *others = tensors_of(attention(int(rng.integers(2**32))))
        tensors = size * query, *others
        compare(student.attend_fast(*tensors), tensors)


@task("attend_fast", points=1, about="float32, no gradient graph, new answers")
def test_attention_stays_in_float32_and_no_graph_is_kept(student, rng):
    for _ in range(2):
        tensors = tensors_of(attention(int(rng.integers(2**32))), torch.float32)
        answer = student.attend_fast.returning_new_arrays(*tensors)
        compare(answer, tensors)
        for name, tensor in zip(NAMES, answer, strict=True):
            check(tensor, name).has_dtype("float32")
    graph = any(tensor.requires_grad for tensor in answer)
    check(answer).holds(not graph, "autograd has been at work")


@task("attend_fast", points=3, about="speed on one CPU thread")
def test_speed_on_one_cpu_thread(student, race):
    race.on_cpu("attend_fast", rtol=CLOSE, share=CLOSE)


@task("attend_fast", points=3, about="speed on a GPU")
def test_speed_on_a_gpu(student, race):
    race.on_gpu("attend_fast", rtol=CLOSE, share=CLOSE)
