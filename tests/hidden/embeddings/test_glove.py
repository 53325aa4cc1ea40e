"""GloVe: co-occurrence counts, their weights, the loss and its gradients.

Requires: every pair of places of a sentence within the window, 1/distance each, from both sides; weights that stop at
1; the sum of weighted squares with all four gradients, where counts may be 0, some or all; one word; dtypes kept,
arguments unchanged.

Catches: counts from one side only, across sentences, without distances, repeated pairs lost or the diagonal counted
once; weights above 1, power or x_max ignored; the logarithm of 0 or of 1 + x, missing biases or weights, squared
weights, the factor 2, gradients of w and its partner or of the biases exchanged, means for sums.

Expected numbers: the definition of the counts, place by place; equations 8 and 9 in torch with torch.autograd.
"""

import numpy as np
import torch
from hypothesis import given

from grader.judge import check, layouts, task, to_torch
from tests.hidden.embeddings.strategies import corpus_cases, glove_cases

GRADIENTS = ("dw", "dw_context", "db", "db_context")


def counts_of(sentences, size, window):
    """Add 1/distance for every pair of places of one sentence within the window."""
    counts = np.zeros((size, size))
    for sentence in sentences:
        for p, one in enumerate(sentence):
            for q, other in enumerate(sentence):
                if 0 < abs(p - q) <= window:
                    counts[one, other] += 1 / abs(p - q)
    return counts


def weighting(counts, x_max=100.0, alpha=0.75):
    """Equation 9, in torch."""
    return torch.where(counts < x_max, (counts / x_max) ** alpha, torch.ones_like(counts))


def loss_of(counts, w, w_context, b, b_context, **options):
    """Equation 8, in torch, summed over the pairs that occur."""
    i, j = torch.nonzero(counts, as_tuple=True)
    errors = (w[i] * w_context[j]).sum(-1) + b[i] + b_context[j] - counts[i, j].log()
    return (weighting(counts[i, j], **options) * errors**2).sum()


def loss_and_gradients(counts, params, **options):
    """Return the loss and the gradients of all parameters, by torch.autograd."""
    leaves = to_torch(*params, grad=True)
    loss = loss_of(to_torch(counts), *leaves, **options)
    return loss, *torch.autograd.grad(loss, leaves)


def require_loss_and_gradients(got, expected):
    """Compare all five results under their names."""
    for name, mine, theirs in zip(("loss", *GRADIENTS), got, expected, strict=True):
        check(mine, name).equals(theirs)


@task("cooccurrence_counts", points=1, about="several sentences and windows", examples=8)
@given(case=corpus_cases())
def test_neighbours_count_by_their_distance_from_both_sides(student, case):
    size = case.vocab_size + 1
    counts = student.cooccurrence_counts.keeping_arguments(case.sentences, size, window=case.window)
    check(counts, "counts").equals(counts_of(case.sentences, size, case.window))


@task("cooccurrence_counts", points=1, about="the default window, no sentences, new answers")
def test_the_window_is_ten_by_default_and_an_empty_text_has_no_counts(student, rng):
    sentences = [rng.permutation(14), rng.integers(0, 3, 12)]
    for _ in range(2):
        counts = student.cooccurrence_counts.returning_new_arrays(sentences, 14)
        check(counts, "counts").equals(counts_of(sentences, 14, 10))
    check(student.cooccurrence_counts([], 3), "counts").equals(np.zeros((3, 3)))


@task("glove_weighting", points=1, about="several shapes, float32")
def test_weights_follow_equation_9_in_either_dtype(student, rng):
    for shape, dtype in (((7,), np.float64), ((4, 5), np.float32), ((2, 3), np.float64), ((4,), np.float32)):
        counts = rng.uniform(0, 250, shape).astype(dtype)
        counts.flat[:4] = 0, 100, 101, 1e4
        check(student.glove_weighting.keeping_arguments(counts), "weights").equals(weighting(to_torch(counts)))


@task("glove_weighting", points=0.5, about="options together, one count and none")
def test_x_max_and_alpha_change_the_weights(student, rng):
    counts = rng.uniform(0, 30, 9)
    for some in (counts[:1], counts[:0]):
        check(student.glove_weighting(some), "weights").equals(weighting(to_torch(some)))
    for options in ({"x_max": 10.0}, {"alpha": 0.5}, {"x_max": 20.0, "alpha": 1.5}):
        check(student.glove_weighting(counts, **options), "weights").equals(weighting(to_torch(counts), **options))


@task("glove_loss", points=1, about="counts of all sizes, no argument changed", examples=8)
@given(case=glove_cases())
def test_loss_and_gradients_agree_with_torch(student, case):
    got = student.glove_loss.keeping_arguments(case.counts, *case.params)
    require_loss_and_gradients(got, loss_and_gradients(case.counts, case.params))


@task("glove_loss", points=0.5, about="options together", examples=4)
@given(case=glove_cases())
def test_options_are_passed_on_by_themselves_and_together(student, case):
    for options in ({"x_max": 10.0}, {"alpha": 0.5}, {"x_max": 20.0, "alpha": 1.5}):
        got = student.glove_loss(case.counts, *case.params, **options)
        require_loss_and_gradients(got, loss_and_gradients(case.counts, case.params, **options))


@task("glove_loss", points=0.5, about="float32, arrays in another memory layout, new answers", examples=4)
@given(case=glove_cases())
def test_loss_keeps_float32_and_all_results_are_new_in_any_memory_layout(student, case):
    arrays = [array.astype(np.float32) for array in (case.counts, *case.params)]
    expected = loss_and_gradients(arrays[0], arrays[1:])
    for arranged in layouts(*arrays):
        require_loss_and_gradients(student.glove_loss.returning_new_arrays(*arranged), expected)


@task("glove_loss", points=0.5, about="a single word, no pairs at all", examples=4)
@given(case=glove_cases())
def test_a_single_word_or_no_pairs_at_all_are_enough(student, case):
    single = case.counts[:1, :1] + 3, [param[:1] for param in case.params]
    for counts, params in (single, (0 * case.counts, case.params)):
        require_loss_and_gradients(student.glove_loss(counts, *params), loss_and_gradients(counts, params))


@task("glove_loss", points=0.5, about="a whole descent")
def test_descent_fits_the_logarithms_of_the_counts(student, rng):
    """Counts that vectors of two numbers fit exactly: for 200 of 200 seeds the loss comes down to 2.8 % or less.

    The losses at the start and at the end are torch's: what the student's function says of itself is not asked.
    """
    w, w_context, b, b_context = (0.5 * rng.normal(size=shape) for shape in ((6, 2), (6, 2), 6, 6))
    counts = np.exp(w @ w_context.T + b[:, None] + b_context)
    params = [0.3 * rng.normal(size=array.shape) for array in (w, w_context, b, b_context)]
    first = loss = loss_of(*to_torch(counts, *params), x_max=1.0).item()
    for _ in range(200):
        _, *gradients = student.glove_loss(counts, *params, x_max=1.0)
        params = [param - 0.03 * gradient for param, gradient in zip(params, gradients, strict=True)]
        loss = loss_of(*to_torch(counts, *params), x_max=1.0).item()
        if not loss < 100 * first:  # uphill, which would overflow before long
            break
    told = f"the loss is {loss:.3g} after 200 steps, from {first:.3g} at the start; a tenth of it is wanted"
    check(params[0], "w").holds(loss < first / 10, told)


@task("glove_weighting", points=0.5, about="arrays in another memory layout, new answers")
def test_weights_of_counts_in_any_memory_layout_are_new(student, rng):
    counts = rng.uniform(0, 250, (2, 3, 4))
    for arranged in layouts(counts):
        weights = student.glove_weighting.returning_new_arrays(arranged)
        check(weights, "weights").equals(weighting(to_torch(counts)))
