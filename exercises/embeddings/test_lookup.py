"""What you can check at home: lookup.py on the handout's worked example, and one batch against torch."""

import numpy as np
import torch.nn.functional as F

from grader.judge import check, task, to_torch

WEIGHT = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
INDICES = np.array([2, 0, 2])


@task("check_indices", points=1)
def test_accepts_words_and_refuses_strangers(student):
    check(student.check_indices(INDICES, 3)).equals(None)
    student.check_indices.refuses(IndexError, INDICES, 2)
    student.check_indices.refuses(IndexError, np.array([0, -1]), 3)


@task("one_hot", points=1)
def test_vectors_match_the_worked_example_of_the_handout(student):
    check(student.one_hot(INDICES, 3), "vectors").equals(np.array([[0, 0, 1], [1, 0, 0], [0, 0, 1]]))


@task("embedding_forward", points=1)
def test_lookup_matches_the_worked_example_of_the_handout(student):
    out, _ = student.embedding_forward(INDICES, WEIGHT)
    check(out, "out").equals(np.array([[5.0, 6.0], [1.0, 2.0], [5.0, 6.0]]))


@task("embedding_backward", points=1)
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
