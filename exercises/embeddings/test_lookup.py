"""What you can check at home: lookup.py on the handout's worked example, and one batch against torch."""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

WEIGHT = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
INDICES = np.array([2, 0, 2])


@task("check_indices", points=0.5)
def test_words_are_accepted_and_other_numbers_refused(student):
    check(student.check_indices(INDICES, 3)).equals(None)
    for wrong in ([3], [-1], [2, 3], [0, -1]):
        student.check_indices.refuses(IndexError, np.array(wrong), 3)


@task("one_hot", points=0.5)
def test_vectors_match_the_worked_example_of_the_handout(student):
    check(student.one_hot(INDICES, 3), "vectors").equals(np.array([[0, 0, 1], [1, 0, 0], [0, 0, 1]]))


@task("embedding_forward", points=0.5)
def test_lookup_matches_the_worked_example_of_the_handout(student):
    out, _ = student.embedding_forward(INDICES, WEIGHT)
    check(out, "out").equals(np.array([[5.0, 6.0], [1.0, 2.0], [5.0, 6.0]]))


@task("embedding_backward", points=0.5)
def test_gradient_matches_the_worked_example_of_the_handout(student):
    for padding_idx, expected in (
        (None, [[3.0, 4.0], [0.0, 0.0], [6.0, 8.0]]),
        (2, [[3.0, 4.0], [0.0, 0.0], [0.0, 0.0]]),
    ):
        _, cache = student.embedding_forward(INDICES, WEIGHT, padding_idx=padding_idx)
        dweight = student.embedding_backward(WEIGHT, cache)
        check(dweight, f"dweight for padding_idx={padding_idx}").equals(np.array(expected))


@task("embedding_backward", points=1)
def test_a_batch_of_sentences_agrees_with_torch(student, rng):
    indices, dout, weight = rng.integers(0, 5, (4, 6)), rng.normal(size=(4, 6, 3)), rng.normal(size=(5, 3))
    leaf = to_torch(weight, grad=True)
    F.embedding(to_torch(indices), leaf).backward(to_torch(dout))
    _, cache = student.embedding_forward(indices, weight)
    check(student.embedding_backward(dout, cache), "dweight").equals(leaf.grad)


@task("check_indices", points=0.5)
def test_an_empty_batch_passes_and_one_stranger_among_many_does_not(student, rng):
    indices = rng.integers(0, 6, (3, 4))
    for right in (indices, np.zeros((0, 3), dtype=np.int64)):
        check(student.check_indices.keeping_arguments(right, 6)).equals(None)
    for stranger in (-1, 6):
        wrong = indices.copy()
        wrong[rng.integers(3), rng.integers(4)] = stranger
        student.check_indices.refuses(IndexError, wrong, 6)


@task("one_hot", points=0.5)
def test_a_batch_of_sentences_becomes_the_vectors_of_torch(student, rng):
    indices = rng.integers(0, 4, (2, 5))
    check(student.one_hot.keeping_arguments(indices, 6), "vectors").equals(F.one_hot(to_torch(indices), 6))
    student.one_hot.refuses(IndexError, np.array([2, -1]), 6)


@task("embedding_forward", points=0.5)
def test_sentences_are_looked_up_as_in_torch(student, rng):
    indices, weight = rng.integers(0, 5, (4, 6)), rng.normal(size=(5, 3))
    for padding_idx in (None, 1):
        out, _ = student.embedding_forward.keeping_arguments(indices, weight, padding_idx=padding_idx)
        check(out, "out").equals(F.embedding(to_torch(indices), to_torch(weight)))


@task("embedding_forward", points=0.5)
def test_float32_stays_and_strangers_are_refused(student, rng):
    weight = rng.normal(size=(5, 3)).astype(np.float32)
    out, _ = student.embedding_forward(np.array([4, 1]), weight)
    check(out, "out").equals(weight[[4, 1]])
    student.embedding_forward.refuses(IndexError, np.array([4, -1]), weight)


@task("embedding_backward", points=0.5)
def test_word_0_may_be_the_padding_and_float32_stays(student, rng):
    indices, weight = np.array([[0, 2, 2], [1, 0, 2]]), rng.normal(size=(4, 3)).astype(np.float32)
    dout, leaf = rng.normal(size=(2, 3, 3)).astype(np.float32), torch.from_numpy(weight).requires_grad_()
    F.embedding(to_torch(indices), leaf, padding_idx=0).backward(to_torch(dout))
    _, cache = student.embedding_forward(indices, weight, padding_idx=0)
    check(student.embedding_backward.keeping_arguments(dout, cache), "dweight").equals(leaf.grad)
