"""The neuron and Rosenblatt's rule, on the handout's worked examples, on random numbers, and on what else is promised.

Expected numbers: by hand, torch, and the rule written out.
"""

import numpy as np
import torch

from grader.judge import check, task, to_torch


def fired(z):
    """Return the step function of an array, as torch has it."""
    z = to_torch(z)
    return torch.heaviside(z, torch.ones((), dtype=z.dtype))


def taught(x, y, lr, max_epochs):
    """Train by the rule, on examples with a constant 1 appended; return weights with the bias, and mistakes."""
    weights, counts = np.zeros(x.shape[1] + 1), []
    while len(counts) < max_epochs and 0 not in counts:
        counts.append(0)
        for example, sign in zip(np.column_stack([x, np.ones(len(x))]), 2 * y - 1, strict=True):
            if (weights @ example >= 0) != (sign > 0):
                weights, counts[-1] = weights + lr * sign * example, counts[-1] + 1
    return weights, counts


@task("step", points=0.5)
def test_step_matches_the_worked_example_of_the_handout(student):
    z = np.array([[-0.5, 0.0, 2.0], [1.0, -3.0, 0.25]])
    check(student.step(z)).equals(np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]))


@task("step", points=0.25)
def test_step_agrees_with_torch_on_random_numbers(student, rng):
    z = rng.normal(size=(2, 4, 3))
    z[0, :2] = 0.0
    check(student.step(z)).equals(fired(z))


@task("step", points=0.25)
def test_step_keeps_float32_and_its_argument(student, rng):
    z = rng.normal(size=(3, 5)).astype(np.float32)
    check(student.step.keeping_arguments(z)).equals(fired(z))


@task("predict", points=0.5)
def test_predict_matches_the_worked_example_of_the_handout(student):
    x = np.array([[2.0, 1.0], [1.0, 0.25], [0.0, 3.0], [1.0, -1.0]])
    check(student.predict(x, np.array([1.0, -2.0]), -0.5)).equals(np.array([0.0, 1.0, 0.0, 1.0]))


@task("predict", points=0.5)
def test_predict_agrees_with_torch_on_random_neurons(student, rng):
    for bias in (-0.8, 0.8):
        x, weights = rng.normal(size=(30, 4)), rng.normal(size=4)
        check(student.predict(x, weights, bias)).equals(fired(x @ weights + bias))


@task("predict", points=0.5)
def test_predict_keeps_float32_and_its_arguments(student, rng):
    x, weights = rng.normal(size=(20, 3)).astype(np.float32), rng.normal(size=3).astype(np.float32)
    check(student.predict.keeping_arguments(x, weights, 0.5)).equals(fired(x @ weights + np.float32(0.5)))


@task("perceptron_update", points=1)
def test_updates_match_the_worked_example_of_the_handout(student):
    x, weights = np.array([2.0, 1.0]), np.array([1.0, -1.0])
    check(student.perceptron_update(x, 0.0, weights, 0.0, lr=0.5)).equals((np.array([0.0, -1.5]), -0.5))
    weights = np.array([0.0, -1.5])
    check(student.perceptron_update(np.array([1.0, -2.0]), 1.0, weights, -0.5, lr=0.5)).equals((weights, -0.5))
    check(student.perceptron_update(np.array([3.0, 1.0]), 1.0, weights, -0.5, lr=0.5)).equals(
        (np.array([1.5, -1.0]), 0.0)
    )


@task("perceptron_update", points=0.5)
def test_updates_follow_the_rule_on_random_neurons(student, rng):
    for label in (0.0, 1.0, 0.0, 1.0, 0.0, 1.0):
        x, weights, bias, lr = rng.normal(size=3), rng.normal(size=3), float(rng.normal()), float(rng.uniform(0.1, 0.7))
        new_weights, new_bias = student.perceptron_update(x, label, weights, bias, lr=lr)
        error = label - float(x @ weights + bias >= 0)
        check(new_weights, "weights").equals(weights + lr * error * x)
        check(new_bias, "bias").equals(bias + lr * error)


@task("perceptron_update", points=0.5)
def test_an_update_begins_at_zero_weights_and_keeps_float32_and_its_arguments(student, rng):
    x, zero = rng.normal(size=4).astype(np.float32), np.zeros(4, np.float32)
    weights, bias = student.perceptron_update.keeping_arguments(x, 0.0, zero, 0.0)  # a sum of 0 fires
    check(weights, "weights").equals(-x)
    check(float(bias), "bias").equals(-1.0)


@task("fit_perceptron", points=1.5)
def test_the_and_gate_is_learned_as_in_the_handout(student):
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    weights, bias, mistakes = student.fit_perceptron(x, np.array([0.0, 0.0, 0.0, 1.0]))
    check(mistakes.tolist(), "mistakes").equals([2, 3, 3, 2, 1, 0])
    check(weights, "weights").equals(np.array([2.0, 1.0]))
    check(bias, "bias").equals(-3.0)


@task("fit_perceptron", points=1)
def test_training_follows_the_rule_on_random_examples(student, rng):
    for count, lr in ((6, 0.3), (9, 0.7)):
        x, y = rng.normal(size=(count, 3)), rng.permutation(np.arange(count) % 2).astype(float)
        weights, bias, mistakes = student.fit_perceptron(x, y, lr=lr, max_epochs=8)
        expected, counts = taught(x, y, lr, 8)
        check(mistakes.tolist(), "mistakes").equals(counts)
        check(weights, "weights").equals(expected[:-1])
        check(bias, "bias").equals(float(expected[-1]))


@task("fit_perceptron", points=1)
def test_training_refuses_other_labels_and_keeps_float32_and_its_arguments(student, rng):
    y = (np.arange(20) % 2).astype(np.float32)
    x = (rng.uniform(-1, 1, size=(20, 3)) + np.outer(4 * y - 2, [1.0, 0.0, 0.0])).astype(np.float32)
    weights, bias, _ = student.fit_perceptron.keeping_arguments(x, y)
    check(weights, "weights").has_dtype("float32")
    check((x @ weights + bias >= 0).astype(np.float32), "the trained neuron's answers").equals(y)
    student.fit_perceptron.refuses(ValueError, x, 2 * y - 1)
