"""One-hot vectors, the lookup of embeddings and its gradient.

Requires: torch's answers for indices of any shape, none at all among them; indices outside the vocabulary refused at
both ends; gradients of repeated words added up, that of the padding word left out; dtypes kept, arguments unchanged, no
memory shared with the matrix.

Catches: negative indices taken from the end, V itself accepted, empty batches refused, floats for integers, flattened
shapes, `+=` that loses repeated indices, means instead of sums, a padding row that learns or that reads as zeros,
float32 lifted to float64.

Expected numbers: live torch.nn.functional.one_hot and embedding, torch.autograd for the gradient.
"""

import hypothesis.strategies as st
import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import given

from grader.judge import check, layouts, task, to_torch
from tests.hidden.embeddings.strategies import lookup_cases

EMPTY = np.zeros((0, 3), dtype=np.int64)


def gradient_of(case, padding_idx):
    """Return the gradient of the matrix by torch.autograd."""
    weight = to_torch(case.weight, grad=True)
    F.embedding(to_torch(case.indices), weight, padding_idx=padding_idx).backward(to_torch(case.dout))
    return weight.grad


@task("check_indices", points=1, about="strangers at either end, several shapes")
def test_refuses_indices_beyond_either_end_wherever_they_stand(student, rng):
    for shape in ((7,), (3, 4), (2, 2, 3)):
        indices = rng.integers(0, 5, shape)
        indices.flat[:2] = 0, 4
        student.check_indices.keeping_arguments(indices, 5)
        for wrong in (-1, 5, -5, 17):
            bad = indices.copy()
            bad.flat[int(rng.integers(bad.size))] = wrong
            student.check_indices.refuses(IndexError, bad, 5)


@task("check_indices", points=0.5, about="an empty batch, a single index")
def test_an_empty_batch_and_a_single_index_are_accepted(student, rng):
    size = int(rng.integers(2, 9))
    for indices in (EMPTY, np.array(size - 1), np.array([0])):
        check(student.check_indices(indices, size)).equals(None)
    student.check_indices.refuses(IndexError, np.array(size), size)


@task("one_hot", points=1, about="indices of any shape", examples=6)
@given(case=lookup_cases())
def test_vectors_agree_with_torch_for_indices_of_any_shape(student, case):
    size = len(case.weight) + 1
    vectors = student.one_hot.keeping_arguments(case.indices, size)
    check(vectors, "vectors").equals(F.one_hot(to_torch(case.indices), size))


@task("one_hot", points=0.5, about="an empty batch, refusals")
def test_an_empty_batch_works_and_unknown_words_are_refused(student, rng):
    size = int(rng.integers(2, 9))
    for indices in (EMPTY, rng.integers(0, size, 3)):
        check(student.one_hot(indices, size), "vectors").equals(F.one_hot(to_torch(indices), size))
    for stranger in (-1, size):
        student.one_hot.refuses(IndexError, np.array([0, stranger]), size)


@task("embedding_forward", points=0.5, about="indices of any shape, padding words", examples=6)
@given(case=lookup_cases())
def test_lookup_agrees_with_torch_and_with_the_product_by_one_hot_vectors(student, case):
    for padding_idx in (None, 0, -1):
        out, _ = student.embedding_forward.keeping_arguments(case.indices, case.weight, padding_idx=padding_idx)
        check(out, "out").equals(F.embedding(to_torch(case.indices), to_torch(case.weight), padding_idx))
    one_hot = F.one_hot(to_torch(case.indices), len(case.weight)).double()
    check(out, "out").equals(one_hot @ to_torch(case.weight))


@task("embedding_forward", points=0.5, about="float32, a single index, an empty batch")
def test_lookup_keeps_float32_for_batches_of_any_size(student, rng):
    weight = rng.normal(size=(5, 3)).astype(np.float32)
    for indices in (EMPTY, np.array(3), np.array([[2]])):
        out, _ = student.embedding_forward.keeping_arguments(indices, weight)
        check(out, "out").equals(F.embedding(to_torch(indices), to_torch(weight)))


@task("embedding_forward", points=1, about="refusals")
def test_refuses_words_that_have_no_row(student, rng):
    weight = rng.normal(size=(5, 3))
    out, _ = student.embedding_forward(np.array([0, 4]), weight)
    check(out, "out").equals(weight[[0, 4]])
    for stranger in (-1, 5):
        student.embedding_forward.refuses(IndexError, np.array([0, stranger]), weight)


@task("embedding_backward", points=2, about="repeated words, indices of any shape", examples=6)
@given(case=lookup_cases())
def test_gradients_of_repeated_words_add_up_as_in_torch(student, case):
    _, cache = student.embedding_forward(case.indices, case.weight)
    dweight = student.embedding_backward.keeping_arguments(case.dout, cache)
    check(dweight, "dweight").equals(gradient_of(case, None))


@task("embedding_backward", points=1, about="padding words", examples=6)
@given(case=lookup_cases())
def test_the_padding_word_learns_nothing(student, case):
    for padding_idx in (1, len(case.weight) - 1, 0, -1):
        _, cache = student.embedding_forward(case.indices, case.weight, padding_idx=padding_idx)
        check(student.embedding_backward(case.dout, cache), "dweight").equals(gradient_of(case, padding_idx))


@task("embedding_backward", points=0.5, about="float32, a single index, an empty batch")
def test_gradients_keep_float32_for_batches_of_any_size(student, rng):
    weight = rng.normal(size=(5, 3)).astype(np.float32)
    for indices in (EMPTY, np.array(3), np.array([4, 4, 0, 4])):
        dout, leaf = rng.normal(size=(*indices.shape, 3)).astype(np.float32), to_torch(weight, grad=True)
        F.embedding(to_torch(indices), leaf).backward(to_torch(dout))
        _, cache = student.embedding_forward(indices, weight)
        check(student.embedding_backward(dout, cache), "dweight").equals(leaf.grad)


@task("embedding_backward", points=1, about="a model of words, several steps")
def test_a_linear_model_of_words_learns_what_torch_learns(student, rng):
    """Three steps of gradient descent through torch.nn.Embedding with a padding word, and through the student's."""
    indices, target = rng.integers(0, 4, (6, 5)), rng.normal(size=(6, 5, 3))
    layer = torch.nn.Embedding(4, 3, padding_idx=2, dtype=torch.float64)
    weight = layer.weight.detach().numpy().copy()
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        ((layer(to_torch(indices)) - to_torch(target)) ** 2).sum().backward()
        optimizer.step()
        out, cache = student.embedding_forward(indices, weight, padding_idx=2)
        weight = weight - 0.1 * student.embedding_backward(2 * (out - target), cache)
    check(weight, "the weight after three steps").equals(layer.weight)


@task("check_indices", points=0.5, about="indices in another memory layout")
def test_a_stranger_is_seen_in_any_memory_layout(student, rng):
    indices = rng.integers(0, 5, (3, 4))
    wrong = indices.copy()
    wrong[2, 3] = 5
    for right, bad in layouts(indices, wrong):
        check(student.check_indices(right, 5)).equals(None)
        student.check_indices.refuses(IndexError, bad, 5)


@task("one_hot", points=0.5, about="arrays in another memory layout, new answers")
@given(case=lookup_cases())
def test_vectors_of_indices_in_any_memory_layout_are_new(student, case):
    for indices in layouts(case.indices):
        vectors = student.one_hot.returning_new_arrays(indices, len(case.weight))
        check(vectors, "vectors").equals(F.one_hot(to_torch(case.indices), len(case.weight)))


@task("embedding_forward", points=0.5, about="arrays in another memory layout, new answers")
@given(case=lookup_cases())
def test_what_is_looked_up_is_a_copy_in_any_memory_layout(student, case):
    """Also for a single word, whose row could be a view of the matrix, and for all words in their order."""
    single, whole = case.indices.flat[0] + np.zeros((), dtype=np.int64), np.arange(len(case.weight))
    for given_indices in (case.indices, single, whole):
        expected = F.embedding(to_torch(given_indices), to_torch(case.weight))
        for indices, weight in layouts(given_indices, case.weight):
            out, _ = student.embedding_forward.returning_new_arrays(indices, weight)
            check(out, "out").equals(expected)


@task("embedding_backward", points=0.5, about="two lookups before one goes back, arrays in another memory layout")
@given(cases=st.tuples(lookup_cases(), lookup_cases()))
def test_every_cache_belongs_to_its_own_lookup(student, cases):
    caches = [student.embedding_forward(case.indices, case.weight)[1] for case in cases]
    for case, cache in zip(cases, caches, strict=True):
        for dout in layouts(case.dout):
            check(student.embedding_backward(dout, cache), "dweight").equals(gradient_of(case, None))
