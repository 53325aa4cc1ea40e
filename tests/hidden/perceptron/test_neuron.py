"""The neuron and Rosenblatt's rule.

Requires: 1 at exactly 0; answers 0 and 1; an update only where the answer is wrong, of weights and bias, in the right
direction, times the learning rate; training example by example, mistakes per epoch, an end after the first epoch
without any; batches of one and of none; any layout of the arguments in memory; arguments unchanged; float32 stays
float32. A bias may be any kind of float.

Catches: a strict inequality, labels -1 and +1, a forgotten, subtracted or frozen bias, the sum in the place of the
answer, flipped signs, a learning rate that is ignored, cumulative counts, whole-batch updates, training on after
convergence.

Expected numbers: torch.heaviside; the rule written out with signs on examples with a constant 1 appended (`taught`),
which is the form of Novikoff's proof; his bound (R / gamma)^2 for clouds made with a known margin.
"""

from dataclasses import replace

import numpy as np
import torch
from hypothesis import given

from datasets.gates import truth_table
from grader.judge import check, layouts, task, to_torch
from tests.hidden.perceptron.strategies import (
    TrainingCase,
    drawn_xor,
    neuron_cases,
    separable_cases,
    training_cases,
    update_cases,
)


def fired(z):
    """Return the step function of a tensor, as torch has it."""
    return torch.heaviside(z, torch.ones((), dtype=z.dtype))


def taught(case):
    """Train on examples with a constant 1 appended and labels as signs; return weights with the bias, and mistakes."""
    examples, signs = np.column_stack([case.x, np.ones(len(case.x))]), 2 * case.y - 1
    weights, mistakes = np.zeros(examples.shape[1]), []
    while len(mistakes) < case.max_epochs and 0 not in mistakes:
        mistakes.append(0)
        for example, sign in zip(examples, signs, strict=True):
            if (weights @ example >= 0) != (sign > 0):
                weights, mistakes[-1] = weights + case.lr * sign * example, mistakes[-1] + 1
    return weights, mistakes


@task("step", points=0.5, about="numbers very near to zero and very far from it, three axes")
def test_step_is_one_from_zero_upwards_however_near_or_far(student, rng):
    z = rng.permutation(np.concatenate([rng.normal(size=7), [0.0, 1e-30, -1e-30, 1e4, -1e4]])).reshape(2, 3, 2)
    for sums in (z, z.astype(np.float32)):
        check(student.step.keeping_arguments(sums)).equals(fired(to_torch(sums)))


@task("step", points=0.25, about="one row, no row")
def test_step_takes_one_row_and_no_rows(student, rng):
    z = rng.permutation([[-2.0, -0.5, 0.0, 1.0, 3.0]])
    for sums in (z, z[:0]):
        check(student.step(sums)).equals(fired(to_torch(sums)))


@task("step", points=0.25, about="other layouts in memory, new answers")
def test_step_takes_any_layout_in_memory(student, rng):
    for z in layouts(rng.normal(size=(4, 3))):
        check(student.step.returning_new_arrays(z)).equals(fired(to_torch(z)))


@task("predict", points=0.5, about="sums that are exactly zero")
def test_answers_one_exactly_on_the_boundary(student, rng):
    weights, bias, sums = np.array([1.0, *rng.integers(2, 9, size=2)]), 5.0, rng.permutation(np.arange(-12.0, 13.0))
    x = rng.integers(-9, 10, size=(25, 3)).astype(float)
    x[:, 0] = sums - x[:, 1:] @ weights[1:] - bias  # whole numbers, so that every sum from -12 to 12 comes out exactly
    check(student.predict(x, weights, bias)).equals((sums >= 0).astype(float))


@task("predict", points=0.5, about="one input, one example, none", examples=5)
@given(case=neuron_cases())
def test_agrees_with_torch_on_batches_of_any_size(student, case):
    for examples in (case.x, case.x[:1], case.x[:0]):
        answers = student.predict.keeping_arguments(examples, case.weights, case.bias)
        x, weights = to_torch(examples, case.weights)
        check(answers).equals(fired(x @ weights + case.bias))


@task("predict", points=0.5, about="other layouts in memory, new answers, a second call")
def test_predict_takes_any_layout_in_memory(student, rng):
    for x, weights in layouts(rng.normal(size=(30, 3)), rng.normal(size=3)):
        for inputs in (x, -x):
            expected = fired(to_torch(inputs) @ to_torch(weights) + 0.4)
            check(student.predict.returning_new_arrays(inputs, weights, 0.4)).equals(expected)


@task("perceptron_update", points=0.5, about="examples that are answered wrongly", examples=6)
@given(case=update_cases(wrong=True))
def test_learns_from_a_wrong_answer(student, case):
    weights, bias = student.perceptron_update.keeping_arguments(case.x, case.y, case.weights, case.bias, lr=case.lr)
    sign = 1.0 if case.y == 1 else -1.0
    check(weights, "weights").equals(case.weights + case.lr * sign * case.x)
    check(bias, "bias").equals(case.bias + case.lr * sign)


@task("perceptron_update", points=0.5, about="examples that are answered rightly", examples=6)
@given(case=update_cases(wrong=False))
def test_leaves_the_neuron_alone_after_a_right_answer(student, case):
    weights, bias = student.perceptron_update.keeping_arguments(case.x, case.y, case.weights, case.bias, lr=case.lr)
    check(weights, "weights").equals(case.weights)
    check(bias, "bias").equals(case.bias)


@task("perceptron_update", points=0.5, about="the very first update, in float32")
def test_the_first_update_of_a_training_is_right_and_keeps_float32(student, rng):
    x, zero = rng.normal(size=4).astype(np.float32), np.zeros(4, np.float32)
    check(student.perceptron_update(x, 0.0, x, 0.25, lr=0.5)[0], "weights").equals(np.float32(0.5) * x)
    weights, bias = student.perceptron_update(x, 0.0, zero, 0.0, lr=0.5)  # the sum is 0: a false alarm
    check(weights, "weights").equals(np.float32(-0.5) * x)
    check(float(bias), "bias").equals(-0.5)
    check(student.perceptron_update(x, 1.0, zero, 0.0, lr=0.5)[0], "weights").equals(zero)


@task("perceptron_update", points=0.5, about="other layouts in memory, new answers, the rate left out")
def test_an_update_takes_any_layout_in_memory(student, rng):
    for x, weights in layouts(*rng.normal(size=(2, 5))):
        wrong = float(x @ weights < 0.25)  # with the bias -0.25
        new_weights, new_bias = student.perceptron_update.returning_new_arrays(x, wrong, weights, -0.25)
        check(new_weights, "weights").equals(weights + (2 * wrong - 1) * x)
        check(new_bias, "bias").equals(-0.25 + 2 * wrong - 1)


@task("fit_perceptron", points=1, about="every epoch's mistakes, weights and bias", examples=7)
@given(case=training_cases())
def test_goes_example_by_example_through_every_epoch(student, case):
    weights, bias, mistakes = student.fit_perceptron.keeping_arguments(
        case.x, case.y, lr=case.lr, max_epochs=case.max_epochs
    )
    expected, counts = taught(case)
    check(mistakes.tolist(), "mistakes").equals(counts)
    check(weights, "weights").equals(expected[:-1])
    check(bias, "bias").equals(float(expected[-1]))


@task("fit_perceptron", points=0.5, about="a single example", examples=4)
@given(case=training_cases())
def test_learns_a_single_example(student, case):
    single = replace(case, x=case.x[:1], y=case.y[:1])
    weights, _, mistakes = student.fit_perceptron(single.x, single.y, lr=case.lr)
    expected, counts = taught(replace(single, max_epochs=100))
    check(mistakes.tolist(), "mistakes").equals(counts)
    check(weights, "weights").equals(expected[:-1])


@task("fit_perceptron", points=0.5, about="Novikoff's bound on the mistakes, clouds with a gap", examples=5)
@given(clouds=separable_cases())
def test_makes_no_more_mistakes_than_the_theorem_allows_and_separates_the_clouds(student, clouds):
    weights, bias, mistakes = student.fit_perceptron(clouds.x, clouds.y, max_epochs=2000)
    radius = np.sqrt((clouds.x**2).sum(axis=1).max() + 1)
    gamma = clouds.margin / np.sqrt(1 + clouds.offset**2)
    bound = (radius / gamma) ** 2
    expected, counts = taught(TrainingCase(clouds.x, clouds.y, 1.0, 2000))
    assert sum(counts) <= bound  # a theorem about the rule: not about what somebody says that they counted
    check(mistakes.tolist(), "mistakes").equals(counts)
    check(weights, "weights").equals(expected[:-1])
    check(bias, "bias").equals(float(expected[-1]))
    check((clouds.x @ weights + bias >= 0).astype(float), "the trained neuron's answers").equals(clouds.y)


@task("fit_perceptron", points=0.5, about="classes that no line separates, the number of epochs left out")
def test_gives_up_on_xor_after_max_epochs(student, rng):
    x, y = drawn_xor(rng)
    for options, epochs in (({"max_epochs": 7}, 7), ({}, 100)):
        weights, bias, mistakes = student.fit_perceptron(x, y, **options)
        expected, counts = taught(TrainingCase(x, y, 1.0, epochs))
        check(mistakes.tolist(), f"mistakes in {epochs} epochs").equals(counts)
        check(weights, "weights").equals(expected[:-1])
        check(bias, "bias").equals(float(expected[-1]))


@task("fit_perceptron", points=0.5, about="labels that are no labels, among right ones")
def test_refuses_labels_other_than_zero_and_one(student, rng):
    x, y = rng.normal(size=(12, 2)), np.arange(12.0) % 2
    expected, _ = taught(TrainingCase(x, y, 0.5, 4))
    check(student.fit_perceptron(x, y, lr=0.5, max_epochs=4)[0], "weights").equals(expected[:-1])
    student.fit_perceptron.refuses(ValueError, x, np.arange(12.0) % 3, lr=0.5, max_epochs=4)  # 0 and 1, and 2 as well
    student.fit_perceptron.refuses(ValueError, x, y / 2, lr=0.5, max_epochs=4)


@task("fit_perceptron", points=0.5, about="float32, other layouts in memory, new answers")
def test_training_takes_any_layout_in_memory_and_keeps_float32(student, rng):
    table, labels = truth_table("or")
    order = rng.permutation(4)
    for x, y in layouts(table[order].astype(np.float32), labels[order].astype(np.float32)):
        weights, bias, mistakes = student.fit_perceptron.returning_new_arrays(x, y)
        expected, counts = taught(TrainingCase(x, y, 1.0, 100))
        check(mistakes.tolist(), "mistakes").equals(counts)
        check(weights, "weights").equals(expected[:-1].astype(np.float32))
        check(float(bias), "bias").equals(float(expected[-1]))
