"""What you can check at home: propagation.py on the handout's worked example, and one network against torch."""

import numpy as np
import torch

from grader.judge import check, task, to_torch

X, LABELS = np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([0, 1])
WEIGHTS = [np.array([[1.0, 1.0], [1.0, -1.0]]), np.array([[2.0, 5.0]])]
SIGNALS = [np.array([[3.0, -1.0], [3.0, 3.0]]), np.array([[6.0], [21.0]])]
DSIGNALS = [np.array([[2.0, 0.0], [-2.0, -5.0]]), np.array([[1.0], [-1.0]])]


@task("init_weights", points=1)
def test_layers_get_their_shapes_and_their_own_numbers(student, rng):
    weights = student.init_weights((5, 4, 4, 4, 2), rng)
    shapes = [tuple(weight.shape) for weight in weights]
    check(shapes, "the shapes").equals([(4, 5), (4, 4), (4, 4), (2, 4)])
    numbers = np.concatenate([weight.ravel() for weight in weights])
    distinct = len(np.unique(numbers[np.isfinite(numbers)]))
    check(weights, "weights").holds(distinct == 60, f"{distinct} different numbers among the 60 of four layers")


@task("forward_signals", points=1)
def test_signals_match_the_worked_example_of_the_handout(student):
    check(list(student.forward_signals(X, WEIGHTS)), "signals").equals(SIGNALS)


@task("backward_signals", points=1)
def test_their_gradients_match_the_worked_example_of_the_handout(student):
    got = student.backward_signals(DSIGNALS[1], SIGNALS, WEIGHTS)
    check(list(got), "dsignals").equals(DSIGNALS)


@task("weight_gradients", points=1)
def test_weight_gradients_match_the_worked_example_of_the_handout(student):
    got = student.weight_gradients(X, SIGNALS, DSIGNALS)
    check(list(got), "dweights").equals([np.array([[-4.0, 4.0], [-15.0, 0.0]]), np.array([[0.0, -3.0]])])


@task("layer_variances", points=1)
def test_variances_match_the_worked_example_of_the_handout(student):
    check(student.layer_variances(SIGNALS)).equals(np.array([3.0, 56.25]))


@task("distinct_units", points=1)
def test_counts_the_units_of_a_small_layer(student):
    check(student.distinct_units(np.array([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0 + 1e-9], [2.0, 2.0]]))).equals(3)


@task("descend", points=1)
def test_a_step_lowers_the_loss_as_in_torch(student, rng):
    x, labels, w = rng.normal(size=(6, 4)), rng.integers(0, 3, 6), rng.normal(size=(3, 4))
    (weight,), loss = student.descend(x, labels, [w], lr=0.2)
    leaf = to_torch(w, grad=True)
    expected = torch.nn.functional.cross_entropy(to_torch(x) @ leaf.T, to_torch(labels))
    expected.backward()
    check(loss, "loss").equals(expected)
    check(weight, "weights[0]").equals(leaf.detach() - 0.2 * leaf.grad)


@task("lsuv", points=1)
def test_rescaled_weights_match_the_worked_example_of_the_handout(student):
    scaled = student.lsuv(X, WEIGHTS)
    check(list(scaled), "weights").equals([WEIGHTS[0] / np.sqrt(3), WEIGHTS[1] / np.sqrt(18.75)])
