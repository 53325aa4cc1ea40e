"""What you can check at home: glove.py on the handout's worked example."""

import numpy as np
import torch

from grader.judge import check, task, to_torch

SENTENCE = np.array([0, 1, 2, 0, 3])


@task("cooccurrence_counts", points=0.5)
def test_counts_match_the_worked_example_of_the_handout(student):
    expected = np.array([[0, 1.5, 1.5, 1], [1.5, 0, 1, 0], [1.5, 1, 0, 0.5], [1, 0, 0.5, 0]])
    check(student.cooccurrence_counts([SENTENCE], 4, window=2), "counts").equals(expected)


@task("glove_weighting", points=0.5)
def test_weights_match_the_worked_example_of_the_handout(student):
    counts = np.array([0.0, 6.25, 100.0, 300.0])
    check(student.glove_weighting(counts), "weights").equals(np.array([0.0, 0.125, 1.0, 1.0]))


@task("glove_loss", points=0.5)
def test_loss_and_gradients_match_the_worked_example_of_the_handout(student):
    counts, w, w_context = np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([[1.0], [2.0]]), np.array([[3.0], [1.0]])
    got = student.glove_loss(counts, w, w_context, np.array([1.0, 0.0]), np.array([0.0, -1.0]), x_max=1.0)
    loss, dw, dw_context, db, db_context = got
    check(loss, "loss").equals(38.0)
    check(dw, "dw").equals(np.array([[2.0], [38.0]]))
    check(dw_context, "dw_context").equals(np.array([[24.0], [6.0]]))
    check(db, "db").equals(np.array([2.0, 14.0]))
    check(db_context, "db_context").equals(np.array([12.0, 4.0]))


@task("cooccurrence_counts", points=0.5)
def test_counts_of_several_sentences_are_those_of_the_definition(student, rng):
    sentences, expected = [rng.integers(0, 4, length) for length in (14, 1, 6)], np.zeros((5, 5))
    for sentence in sentences:
        for p, word in enumerate(sentence):
            for q, other in enumerate(sentence):
                if 0 < abs(p - q) <= 10:
                    expected[word, other] += 1 / abs(p - q)
    check(student.cooccurrence_counts.keeping_arguments(sentences, 5), "counts").equals(expected)


@task("glove_weighting", points=0.5)
def test_weights_follow_their_options_in_float32(student, rng):
    counts = rng.uniform(0, 40, (2, 5)).astype(np.float32)
    counts[0, :2] = 0, 20
    for options in ({"x_max": 20.0}, {"x_max": 30.0, "alpha": 0.5}):
        expected = (to_torch(counts) / options["x_max"]).clamp(max=1) ** options.get("alpha", 0.75)
        check(student.glove_weighting.keeping_arguments(counts, **options), "weights").equals(expected)


def require_loss(student, rng, dtype=np.float64, **options):
    """Compare loss and gradients with those of torch; some pairs never occur, and some often."""
    counts = rng.permutation([0.0, 0.4, 3.0, 17.0, 250.0, 0.0, 90.0, 1.0, 8.0]).reshape(3, 3).astype(dtype)
    params = [rng.normal(size=shape).astype(dtype) for shape in ((3, 2), (3, 2), 3, 3)]
    w, u, b, c = leaves = to_torch(*params, grad=True)
    i, j = counts.nonzero()
    x = to_torch(counts[i, j])
    errors = (w[i] * u[j]).sum(dim=1) + b[i] + c[j] - x.log()
    weights = (x / options.get("x_max", 100.0)).clamp(max=1) ** options.get("alpha", 0.75)
    loss = (weights * errors**2).sum()
    expected = loss.detach(), *torch.autograd.grad(loss, leaves)
    got = student.glove_loss.keeping_arguments(counts, *params, **options)
    for name, value, reference in zip(("loss", "dw", "dw_context", "db", "db_context"), got, expected, strict=True):
        check(value, name).equals(reference)


@task("glove_loss", points=1)
def test_loss_and_gradients_are_those_of_torch(student, rng):
    require_loss(student, rng)


@task("glove_loss", points=0.5)
def test_options_reach_the_weights_and_float32_stays(student, rng):
    require_loss(student, rng, np.float32, x_max=20.0, alpha=0.5)
