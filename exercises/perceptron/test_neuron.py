"""The neuron and Rosenblatt's rule, on the handout's worked example and on random numbers.

Expected numbers: by hand, and the rule written out.
"""

import numpy as np

from grader.judge import check, task


@task("step", points=1)
def test_step_matches_the_worked_example_of_the_handout(student):
    check(student.step(np.array([-0.5, 0.0, 2.0]))).equals(np.array([0.0, 1.0, 1.0]))


@task("predict", points=1)
def test_predict_matches_the_worked_example_of_the_handout(student):
    answers = student.predict(np.array([[0.0, 1.0], [2.0, 0.0]]), np.array([1.0, -1.0]), -0.5)
    check(answers).equals(np.array([0.0, 1.0]))


@task("perceptron_update", points=1)
def test_update_matches_the_worked_example_of_the_handout(student):
    x, weights = np.array([2.0, 1.0]), np.array([1.0, -1.0])
    check(student.perceptron_update(x, 0.0, weights, 0.0, lr=0.5)).equals((np.array([0.0, -1.5]), -0.5))
    check(student.perceptron_update(x, 1.0, weights, 0.0, lr=0.5)).equals((weights, 0.0))


@task("fit_perceptron", points=1)
def test_training_on_and_matches_the_worked_example_of_the_handout(student):
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    weights, bias, mistakes = student.fit_perceptron(x, np.array([0.0, 0.0, 0.0, 1.0]))
    check(mistakes.tolist(), "mistakes").equals([2, 3, 3, 2, 1, 0])
    check(weights, "weights").equals(np.array([2.0, 1.0]))
    check(bias, "bias").equals(-3.0)


@task("fit_perceptron", points=1)
def test_training_separates_two_clouds(student, rng):
    y = np.arange(20.0) % 2
    x = rng.uniform(-1, 1, size=(20, 3)) + np.outer(4 * y - 2, [1.0, 0.0, 0.0])
    weights, bias, mistakes = student.fit_perceptron(x, y, lr=0.3)
    check((x @ weights + bias >= 0).astype(float), "the trained neuron's answers").equals(y)
    expected, counts = np.zeros(4), []  # the rule on examples with a constant 1 appended
    while 0 not in counts:
        counts.append(0)
        for example, sign in zip(np.column_stack([x, np.ones(20)]), 2 * y - 1, strict=True):
            if (expected @ example >= 0) != (sign > 0):
                expected, counts[-1] = expected + 0.3 * sign * example, counts[-1] + 1
    check(mistakes.tolist(), "mistakes").equals(counts)
