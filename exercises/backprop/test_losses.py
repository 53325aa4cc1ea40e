"""The losses: the handout's worked examples, random numbers, and what else is promised.

Expected numbers: by hand, and torch.
"""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch


def check_loss(answer, criterion, scores, target):
    """Check a loss and its gradient against a criterion of torch's."""
    scores = to_torch(scores, grad=True)
    loss = criterion(scores, to_torch(target))
    check(float(answer[0]), "loss").equals(loss)
    check(answer[1], "the gradient").equals(torch.autograd.grad(loss, scores)[0])


def yes_or_no(rng, scale=2.0, dtype=np.float64):
    """Draw scores, and targets of 0 and 1 in nearly all places."""
    target = rng.integers(0, 2, size=(4, 3)).astype(dtype)
    target[0, 0] = 0.3
    return (scale * rng.normal(size=(4, 3))).astype(dtype), target


def classes(rng, scale=2.0, dtype=np.float64):
    """Draw scores of five examples for three classes, and labels."""
    return (scale * rng.normal(size=(5, 3))).astype(dtype), rng.permutation([0, 1, 1, 2, 2])


@task("mse_loss", points=0.75)
def test_squared_error_matches_the_worked_example_of_the_handout(student):
    prediction, target = np.array([[3.0, 1.0, 0.0], [2.0, 5.0, -1.0]]), np.array([[1.0, 2.0, 0.0], [2.0, 2.0, 0.0]])
    loss, dprediction = student.mse_loss(prediction, target)
    check(float(loss), "loss").equals(2.5)
    check(dprediction, "dprediction").equals(np.array([[2.0, -1.0, 0.0], [0.0, 3.0, -1.0]]) / 3)


@task("mse_loss", points=0.5)
def test_squared_error_agrees_with_torch_on_random_numbers(student, rng):
    for shape in ((5, 3), (4, 2, 3)):
        prediction, target = rng.normal(size=(2, *shape))
        check_loss(student.mse_loss.keeping_arguments(prediction, target), F.mse_loss, prediction, target)


@task("mse_loss", points=0.25)
def test_squared_error_refuses_a_column_against_a_row(student, rng):
    prediction, target = rng.normal(size=(2, 6, 1)).astype(np.float32)
    check_loss(student.mse_loss(prediction, target), F.mse_loss, prediction, target)
    student.mse_loss.refuses(ValueError, prediction, target[:, 0])


@task("binary_cross_entropy_with_logits", points=1)
def test_binary_cross_entropy_matches_the_worked_example_of_the_handout(student):
    logits, target = np.log([[1.0, 3.0, 1 / 3], [3.0, 1.0, 1 / 3]]), np.array([[1.0, 1.0, 0.0], [0.0, 0.5, 1.0]])
    loss, dlogits = student.binary_cross_entropy_with_logits(logits, target)
    check(float(loss), "loss").equals(float(np.log(1024 / 9) / 6))
    check(dlogits, "dlogits").equals(np.array([[-2.0, -1.0, 1.0], [3.0, 0.0, -3.0]]) / 24)


@task("binary_cross_entropy_with_logits", points=0.5)
def test_binary_cross_entropy_agrees_with_torch_on_random_numbers(student, rng):
    case = yes_or_no(rng)
    answer = student.binary_cross_entropy_with_logits.keeping_arguments(*case)
    check_loss(answer, F.binary_cross_entropy_with_logits, *case)


@task("binary_cross_entropy_with_logits", points=0.25)
def test_binary_cross_entropy_stays_right_for_scores_of_ten_thousand(student, rng):
    case = yes_or_no(rng, scale=5000.0)
    check_loss(student.binary_cross_entropy_with_logits(*case), F.binary_cross_entropy_with_logits, *case)


@task("binary_cross_entropy_with_logits", points=0.25)
def test_binary_cross_entropy_refuses_a_column_against_a_row_and_keeps_float32(student, rng):
    logits, target = yes_or_no(rng, dtype=np.float32)
    answer = student.binary_cross_entropy_with_logits(logits, target)
    check_loss(answer, F.binary_cross_entropy_with_logits, logits, target)
    student.binary_cross_entropy_with_logits.refuses(ValueError, logits[:, :1], target[:, 0])


@task("cross_entropy", points=1)
def test_cross_entropy_matches_the_worked_example_of_the_handout(student):
    logits = np.log([[1.0, 2.0, 1.0, 4.0], [3.0, 3.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]])
    loss, dlogits = student.cross_entropy(logits, np.array([3, 2, 0]))
    check(float(loss), "loss").equals(float(np.log(64) / 3))
    expected = np.array([[1.0, 2.0, 1.0, -4.0], [3.0, 3.0, -7.0, 1.0], [-6.0, 2.0, 2.0, 2.0]]) / 24
    check(dlogits, "dlogits").equals(expected)


@task("cross_entropy", points=0.75)
def test_cross_entropy_agrees_with_torch_on_random_numbers(student, rng):
    case = classes(rng)
    check_loss(student.cross_entropy.keeping_arguments(*case), F.cross_entropy, *case)


@task("cross_entropy", points=0.5)
def test_cross_entropy_stays_right_for_scores_of_ten_thousand(student, rng):
    case = classes(rng, scale=5000.0)
    check_loss(student.cross_entropy(*case), F.cross_entropy, *case)


@task("cross_entropy", points=0.25)
def test_cross_entropy_of_float32_is_float32(student, rng):
    case = classes(rng, dtype=np.float32)
    check_loss(student.cross_entropy(*case), F.cross_entropy, *case)
