"""What you can check at home: attention.py on the handout's worked example, and against torch."""

import math

import numpy as np
import torch
from torch.nn import functional

from grader.judge import check, layouts, task, to_torch


def drawn(rng, *, groups=None, queries=3, keys=5):
    """Return queries, keys and values of different sizes."""
    heads = 4
    q = rng.normal(size=(2, heads, queries, 6))
    return q, rng.normal(size=(2, groups or heads, keys, 6)), rng.normal(size=(2, groups or heads, keys, 7))


@task("causal_mask", points=0.5)
def test_each_position_sees_itself_and_what_came_before(student, rng):
    for length in (int(rng.integers(4, 9)), 3, 1):
        mask = student.causal_mask(length)
        check(mask, "mask").has_dtype("bool")
        check(mask, "mask").equals(torch.ones(length, length).tril().bool())


@task("split_heads", points=0.5)
def test_heads_get_slices_of_the_features(student, rng):
    x = rng.normal(size=(2, 3, 8))
    check(student.split_heads.returning_new_arrays(x, 2)).equals(to_torch(x).view(2, 3, 2, 4).transpose(1, 2))
    student.split_heads.refuses(ValueError, x, 3)


@task("merge_heads", points=0.5)
def test_slices_become_features_again(student, rng):
    x = rng.normal(size=(2, 5, 3, 4))
    check(student.merge_heads.returning_new_arrays(x)).equals(to_torch(x).transpose(1, 2).reshape(2, 3, 20))


@task("sdpa_forward", points=0.5)
def test_attention_matches_the_worked_example(student):
    q = np.array([[[[1.0, 1.0, 1.0, 1.0]]]])
    k = np.array([[[[0.0, 0, 0, 0], [math.log(3), math.log(3), 0, 0]]]])
    out, _ = student.sdpa_forward(q, k, np.array([[[[4.0], [8.0]]]]))
    check(out, "out").equals(np.array([[[[7.0]]]]))


@task("sdpa_forward", points=1)
def test_attention_under_masks_is_torch_s(student, rng):
    q, k, v = drawn(rng)
    mask = np.tril(np.ones((3, 5), bool), 1)
    for allowed in (None, mask):
        out, _ = student.sdpa_forward.keeping_arguments(q, k, v, mask=allowed)
        attended = None if allowed is None else to_torch(allowed)
        check(out, "out").equals(functional.scaled_dot_product_attention(*to_torch(q, k, v), attn_mask=attended))


@task("sdpa_forward", points=0.5)
def test_scores_in_the_thousands_and_queries_that_see_nothing(student, rng):
    q, k, v = drawn(rng)
    mask = rng.random((3, 5)) < 0.5
    mask[0], mask[1] = False, True
    out, _ = student.sdpa_forward(1000 * q, k, v, mask=mask)
    expected = functional.scaled_dot_product_attention(*to_torch(1000 * q, k, v), attn_mask=to_torch(mask))
    check(out, "out").equals(expected.nan_to_num(0.0))
    small = [part.astype(np.float32) for part in (q, k, v)]
    check(student.sdpa_forward(*small)[0], "out").has_dtype("float32")


@task("sdpa_backward", points=1.5)
def test_gradients_of_attention_are_autograd_s(student, rng):
    for mask in (None, np.tril(np.ones((3, 5), bool), 1)):
        q, k, v = drawn(rng)
        _, cache = student.sdpa_forward(q, k, v, mask=mask)
        dout = rng.normal(size=(2, 4, 3, 7))
        got = student.sdpa_backward.keeping_arguments(dout, cache)
        leaves = [part.requires_grad_() for part in to_torch(q, k, v)]
        out = functional.scaled_dot_product_attention(*leaves, attn_mask=None if mask is None else to_torch(mask))
        for name, gradient, expected in zip("qkv", got, torch.autograd.grad(out, leaves, to_torch(dout)), strict=True):
            check(gradient, "d" + name).equals(expected)


@task("grouped_query_attention", points=1)
def test_heads_share_their_keys_in_order(student, rng):
    q, k, v = drawn(rng, groups=2)
    mask = np.tril(np.ones((3, 5), bool), 1)
    out = student.grouped_query_attention.keeping_arguments(q, k, v, mask=mask)
    expected = functional.scaled_dot_product_attention(*to_torch(q, k, v), attn_mask=to_torch(mask), enable_gqa=True)
    check(out).equals(expected)
    student.grouped_query_attention.refuses(ValueError, *drawn(rng, groups=3))


@task("cached_attention", points=1)
def test_step_by_step_gives_the_rows_of_causal_attention(student, rng):
    q, k, v = drawn(rng, queries=5)
    expected = functional.scaled_dot_product_attention(*to_torch(q, k, v), is_causal=True)
    past = {}
    for t in range(5):
        out, past = student.cached_attention.keeping_arguments(q[:, :, t], k[:, :, t], v[:, :, t], past)
        check(out, "out").equals(expected[:, :, t])
        check(past["keys"], "keys").equals(k[:, :, : t + 1])
        check(past["values"], "values").equals(v[:, :, : t + 1])


@task("merge_heads", points=0.5)
def test_merging_takes_any_layout_in_memory(student, rng):
    for x in layouts(rng.normal(size=(2, 5, 3, 4))):
        check(student.merge_heads(x)).equals(to_torch(np.array(x)).transpose(1, 2).reshape(2, 3, 20))
