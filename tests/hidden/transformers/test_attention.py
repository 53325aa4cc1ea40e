"""attention.py against torch's operator and its gradients, in float64.

Requires: scale by the root of the head's size, weights over keys, masks of every shape that broadcasts, zeros for
queries that see nothing, stable scores, float32 kept; groups of heads in order; step by step what the causal mask gives
at once; arguments unchanged, new answers, any layout in memory.

Catches: other scales, softmax over queries or heads, masks after the softmax or turned round, NaN of empty rows, groups
that are tiled, heads cut by stride, pasts that grow in the wrong order or leave the new position out.

Expected numbers: torch's scaled_dot_product_attention and autograd, tril, view and transpose.
"""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from grader.judge import check, layouts, task, to_torch
from tests.hidden.transformers.strategies import SEEDS, arrays, attention_cases


def by_torch(case, **options):
    """Return torch's answer, zeros where a query sees nothing, and its gradients."""
    leaves = [part.requires_grad_() for part in to_torch(case.q, case.k, case.v)]
    mask = None if case.mask is None else to_torch(case.mask)
    out = functional.scaled_dot_product_attention(*leaves, attn_mask=mask, **options)
    return out.detach(), torch.autograd.grad(out, leaves, to_torch(case.dout))


@task("causal_mask", points=1, about="every length")
def test_masks_are_lower_triangles(student, rng):
    for length in (int(rng.integers(3, 12)), 2, 1, 2):  # one of them twice: the answer is new each time
        mask = student.causal_mask.returning_new_arrays(length)
        check(mask, "mask").has_dtype("bool")
        check(mask, "mask").equals(torch.ones(length, length).tril().bool())


@task("split_heads", points=1, about="numbers of heads, those that do not fit", examples=6)
@given(parts=arrays((3, 5, 12)), heads=st.sampled_from((1, 2, 3, 4, 12)))
def test_splitting_is_a_view_and_a_transposition(student, parts, heads):
    (x,) = parts
    check(student.split_heads(x, heads)).equals(to_torch(x).view(3, 5, heads, 12 // heads).transpose(1, 2))
    student.split_heads.refuses(ValueError, x, 5)


@task("split_heads", points=0.5, about="other layouts in memory, new answers, float32", examples=6)
@given(parts=arrays((3, 5, 6)))
def test_memory_of_split_heads(student, parts):
    expected = to_torch(parts[0]).view(3, 5, 2, 3).transpose(1, 2)
    for x in layouts(parts[0]):
        check(student.split_heads.returning_new_arrays(x, 2)).equals(expected)
    one_head = student.split_heads.returning_new_arrays(parts[0].astype(np.float32), 1)
    check(one_head).has_dtype("float32")
    check(one_head[:, 0]).equals(parts[0].astype(np.float32))


@task("merge_heads", points=1, about="other layouts in memory, new answers, one head, float32", examples=6)
@given(parts=arrays((3, 2, 5, 4)))
def test_merging_undoes_the_splitting(student, parts):
    expected = to_torch(parts[0]).transpose(1, 2).reshape(3, 5, 8)
    for x in layouts(parts[0]):
        check(student.merge_heads.returning_new_arrays(x)).equals(expected)
    single = student.merge_heads.returning_new_arrays(parts[0][:, :1].astype(np.float32))
    check(single).has_dtype("float32")
    check(single).equals(parts[0][:, 0].astype(np.float32))


@task("sdpa_forward", points=2, about="masks of several shapes, queries that see nothing", examples=10)
@given(case=attention_cases())
def test_attention_agrees_with_torch(student, case):
    out, _ = student.sdpa_forward.keeping_arguments(case.q, case.k, case.v, mask=case.mask)
    check(out, "out").equals(by_torch(case)[0])


@task("sdpa_forward", points=1, about="very large scores, float32", examples=6)
@given(case=attention_cases(), seed=SEEDS)
def test_large_scores_do_not_overflow(student, case, seed):
    large = type(case)(1e4 * case.q, case.k, case.v, case.mask, case.dout)
    check(student.sdpa_forward(large.q, large.k, large.v, mask=large.mask)[0], "out").equals(by_torch(large)[0])
    small = [part.astype(np.float32) for part in (case.q, case.k, case.v)]
    out, _ = student.sdpa_forward(*small, mask=case.mask)
    check(out, "out").has_dtype("float32")
    check(out, "out").equals(by_torch(case)[0].float())


@task("sdpa_forward", points=0.5, about="other layouts in memory, new answers", examples=6)
@given(case=attention_cases())
def test_memory_of_attention(student, case):
    expected = by_torch(case)[0]
    for q, k, v in layouts(case.q, case.k, case.v):
        check(student.sdpa_forward.returning_new_arrays(q, k, v, mask=case.mask)[0], "out").equals(expected)


@task("sdpa_backward", points=3, about="masks of several shapes, queries that see nothing", examples=10)
@given(case=attention_cases())
def test_gradients_of_attention_agree_with_autograd(student, case):
    _, cache = student.sdpa_forward(case.q, case.k, case.v, mask=case.mask)
    got = student.sdpa_backward.keeping_arguments(case.dout, cache)
    for name, gradient, expected in zip(("dq", "dk", "dv"), got, by_torch(case)[1], strict=True):
        check(gradient, name).equals(expected.nan_to_num(0.0))


@task("sdpa_backward", points=1, about="float32, other layouts in memory, new answers", examples=6)
@given(case=attention_cases())
def test_memory_of_gradients_of_attention(student, case):
    _, cache = student.sdpa_forward(case.q, case.k, case.v, mask=case.mask)
    expected = by_torch(case)[1]
    for dout in layouts(case.dout):
        got = student.sdpa_backward.returning_new_arrays(dout, cache)
        for name, gradient, wanted in zip(("dq", "dk", "dv"), got, expected, strict=True):
            check(gradient, name).equals(wanted.nan_to_num(0.0))
    q, k, v, dout = (part.astype(np.float32) for part in (case.q, case.k, case.v, case.dout))
    _, cache = student.sdpa_forward(q, k, v)
    for name, gradient in zip(("dq", "dk", "dv"), student.sdpa_backward(dout, cache), strict=True):
        check(gradient, name).has_dtype("float32")


@task("grouped_query_attention", points=2, about="numbers of groups, masks, groups that do not fit", examples=10)
@given(case=attention_cases(groups=True))
def test_groups_agree_with_torch(student, case):
    out = student.grouped_query_attention.keeping_arguments(case.q, case.k, case.v, mask=case.mask)
    check(out).equals(by_torch(case, enable_gqa=True)[0])
    student.grouped_query_attention.refuses(
        ValueError, case.q[:, :1].repeat(5, 1), *(x[:, :1].repeat(2, 1) for x in (case.k, case.v))
    )


@task("grouped_query_attention", points=0.5, about="other layouts in memory, new answers, float32", examples=6)
@given(case=attention_cases(groups=True))
def test_memory_of_groups(student, case):
    expected = by_torch(case, enable_gqa=True)[0]
    for q, k, v in layouts(case.q, case.k, case.v):
        check(student.grouped_query_attention.returning_new_arrays(q, k, v, mask=case.mask)).equals(expected)
    small = [part.astype(np.float32) for part in (case.q, case.k, case.v)]
    check(student.grouped_query_attention(*small)).has_dtype("float32")


@task("cached_attention", points=2, about="every step, what is kept", examples=6)
@given(parts=arrays((2, 3, 6, 4), (2, 3, 6, 4), (2, 3, 6, 5)))
def test_steps_agree_with_causal_attention(student, parts):
    q, k, v = parts
    expected, past = functional.scaled_dot_product_attention(*to_torch(q, k, v), is_causal=True), {}
    for t in range(6):
        out, past = student.cached_attention(q[:, :, t], k[:, :, t], v[:, :, t], past)
        check(out, "out").equals(expected[:, :, t])
        check(past["keys"], "keys").equals(k[:, :, : t + 1])
        check(past["values"], "values").equals(v[:, :, : t + 1])


@task(
    "cached_attention", points=1, about="the past unchanged, other layouts in memory, new answers, float32", examples=6
)
@given(parts=arrays((2, 3, 2, 4), (2, 3, 2, 4), (2, 3, 2, 5)))
def test_the_past_stays_as_it_was(student, parts):
    expected = functional.scaled_dot_product_attention(*to_torch(*parts), is_causal=True)[:, :, 1]
    first = [np.array(part[:, :, 0]) for part in parts]
    _, past = student.cached_attention.returning_new_arrays(*first, {})
    for step in layouts(*(part[:, :, 1] for part in parts)):
        out, after = student.cached_attention.returning_new_arrays(*step, past)
        check(out, "out").equals(expected)
        check(after["values"], "values").equals(parts[2])
    out, after = student.cached_attention(*(part.astype(np.float32) for part in first), {})
    check(out, "out").has_dtype("float32")
    check(out, "out").equals(first[2].astype(np.float32))
    check(after["keys"], "keys").has_dtype("float32")
