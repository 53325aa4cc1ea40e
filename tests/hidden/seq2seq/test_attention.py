"""Attention against torch's own operator, forward and backward.

Requires: context, weights and gradients of torch's scaled dot-product attention with a scale of 1, for masks with gaps
and ends, one place, one query; scores of some thousands; whatever stands under the padding, infinite or not a number;
sentences without words refused; float32 stays; any layout in memory, new answers, arguments unchanged.

Catches: padding that is looked at, or masked after the softmax, a softmax over queries, a scale that nobody asked for,
overflow, keys that get only one of their two gradients, a softmax whose gradient lacks the mean.

Expected numbers: live torch.nn.functional.scaled_dot_product_attention and autograd in float64.
"""

import numpy as np
import torch
from hypothesis import given

from grader.judge import check, layouts, task, to_torch
from tests.hidden.seq2seq.strategies import attention, attention_cases


def by_torch(case):
    """Return context, weights, and the gradients of query and keys."""
    query, keys = (torch.from_numpy(np.array(array)).requires_grad_() for array in (case.query, case.keys))
    q, k = query.transpose(0, 1), keys.transpose(0, 1)
    mask = torch.from_numpy(np.array(case.mask)).T[:, None]
    context = torch.nn.functional.scaled_dot_product_attention(q, k, k, mask, scale=1.0).transpose(0, 1)
    weights = torch.softmax((q @ k.mT).masked_fill(~mask, -torch.inf), dim=2)
    gradients = torch.autograd.grad(context, (query, keys), to_torch(case.dcontext))
    return context.detach(), weights.detach(), *gradients


def compare_backward(student, case):
    """Check both gradients."""
    _, _, dquery, dkeys = by_torch(case)
    *_, cache = student.attend_forward(case.query, case.keys, case.mask)
    got = student.attend_backward(case.dcontext, cache)
    check(got[0], "dquery").equals(dquery)
    check(got[1], "dkeys").equals(dkeys)


@task("attend_forward", points=3, about="masks with gaps and ends, one place, one query")
@given(case=attention_cases)
def test_context_and_weights_agree_with_torch(student, case):
    context, weights, _ = student.attend_forward.keeping_arguments(case.query, case.keys, case.mask)
    expected = by_torch(case)
    check(context, "context").equals(expected[0])
    check(weights, "weights").equals(expected[1])


@task("attend_forward", points=1, about="very large scores")
def test_large_scores_are_no_danger(student, rng):
    case = attention(int(rng.integers(2**32)), sizes=(3, 6, 2, 4))
    for size in (1e3, -1e3):
        large = type(case)(size * case.query, case.keys, case.mask, case.dcontext)
        context, weights, _ = student.attend_forward(large.query, large.keys, large.mask)
        expected = by_torch(large)
        check(context, "context").equals(expected[0])
        check(weights, "weights").equals(expected[1])


@task("attend_forward", points=1, about="anything under the padding")
def test_nothing_under_the_padding_plays_a_part(student, rng):
    case = attention(int(rng.integers(2**32)))
    expected = by_torch(case)
    for value in (1e6, np.inf, np.nan):
        keys = np.where(case.mask[:, :, None], case.keys, value)
        context, weights, _ = student.attend_forward(case.query, keys, case.mask)
        check(context, "context").equals(expected[0])
        check(weights, "weights").equals(expected[1])


@task("attend_forward", points=1, about="a sentence without words")
def test_a_sentence_without_words_is_refused(student, rng):
    case = attention(int(rng.integers(2**32)), sizes=(2, 3, 4, 5))
    check(student.attend_forward(case.query, case.keys, case.mask)[0], "context").equals(by_torch(case)[0])
    mask = case.mask.copy()
    mask[:, rng.integers(4)] = False
    student.attend_forward.refuses(ValueError, case.query, case.keys, mask)


@task("attend_forward", points=1, about="other layouts in memory, new answers, float32")
def test_memory_of_queries_and_keys(student, rng):
    for dtype in (np.float32, np.float64):
        case = attention(int(rng.integers(2**32)), dtype=dtype)
        expected = by_torch(case)
        for query, keys, mask in layouts(case.query, case.keys, case.mask):
            context, weights, _ = student.attend_forward.returning_new_arrays(query, keys, mask)
            check(context, "context").equals(expected[0])
            check(weights, "weights").equals(expected[1])
        check(context, "context").has_dtype(np.dtype(dtype).name)
        check(weights, "weights").has_dtype(np.dtype(dtype).name)


@task("attend_backward", points=3, about="both gradients, masks with gaps and ends, one place, one query")
@given(case=attention_cases)
def test_gradients_agree_with_autograd(student, case):
    compare_backward(student, case)


@task("attend_backward", points=1, about="very large scores, anything under the padding")
def test_gradients_of_large_scores_and_of_padding(student, rng):
    case = attention(int(rng.integers(2**32)))
    compare_backward(student, type(case)(300 * case.query, case.keys, case.mask, case.dcontext))
    _, _, dquery, dkeys = by_torch(case)
    keys = np.where(case.mask[:, :, None], case.keys, np.nan)
    *_, cache = student.attend_forward(case.query, keys, case.mask)
    got = student.attend_backward(case.dcontext, cache)
    check(got[0], "dquery").equals(dquery)
    check(got[1], "dkeys").equals(dkeys)


@task("attend_backward", points=1, about="other layouts in memory, new answers, float32")
def test_memory_of_the_gradient_of_the_context(student, rng):
    for dtype in (np.float32, np.float64):
        case = attention(int(rng.integers(2**32)), dtype=dtype)
        _, _, dquery, dkeys = by_torch(case)
        for dcontext in layouts(case.dcontext):
            *_, cache = student.attend_forward(case.query, case.keys, case.mask)
            got = student.attend_backward.returning_new_arrays(dcontext, cache)
            check(got[0], "dquery").equals(dquery)
            check(got[1], "dkeys").equals(dkeys)
        check(got[0], "dquery").has_dtype(np.dtype(dtype).name)
        check(got[1], "dkeys").has_dtype(np.dtype(dtype).name)
