"""The deep network and its gradients: the handout's worked example, random networks, and what else is promised.

Expected numbers: by hand, and torch with its autograd.
"""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

X = np.array([[3.0, -4.0]])
WEIGHTS = [np.array([[1.0, 3.0], [2.0, 0.5], [-1.0, 1.0]]), np.array([[-1.0, 2.0, 1.0]])]
DOUT = np.array([[5.0]])
REFERENCES = {"sigmoid": torch.sigmoid, "relu": torch.relu, "tanh": torch.tanh}


def deep_network(rng, dtype=np.float64):
    """Draw four examples, three layers of different width, and a gradient of the output."""
    x, *weights, dout = (rng.normal(size=size).astype(dtype) for size in ((4, 3), (5, 3), (6, 5), (2, 6), (4, 2)))
    return x, weights, dout


def network(x, weights, activation):
    """Return the network's output in torch."""
    for weight in weights:
        x = REFERENCES[activation](F.linear(x, weight))
    return x


def gradients(x, weights, dout, activation):
    """Return the gradients with respect to the input and to each layer's weights."""
    leaves = to_torch(x, *weights, grad=True)
    return torch.autograd.grad(network(leaves[0], leaves[1:], activation), leaves, to_torch(dout))


def check_gradients(student, x, weights, dout, activation):
    """Check all gradients against autograd."""
    _, cache = student.deep_forward(x, weights, activation=activation)
    dx, dweights = student.deep_backward.keeping_arguments(dout, cache)
    expected = gradients(x, weights, dout, activation)
    check(dx, "dx").equals(expected[0])
    check(dweights, "dweights").equals(list(expected[1:]))


@task("deep_forward", points=0.75)
def test_deep_network_matches_the_worked_example(student):
    check(student.deep_forward(X, WEIGHTS, activation="relu")[0]).equals(np.array([[8.0]]))
    check(student.deep_forward(X, WEIGHTS[:1], activation="relu")[0]).equals(np.array([[0.0, 4.0, 0.0]]))


@task("deep_forward", points=0.5)
def test_deep_network_agrees_with_torch_on_random_numbers(student, rng):
    x, weights, _ = deep_network(rng)
    for activation in REFERENCES:
        out, _ = student.deep_forward.keeping_arguments(x, weights, activation=activation)
        check(out).equals(network(to_torch(x), to_torch(*weights), activation))


@task("deep_forward", points=0.25)
def test_layers_are_sigmoids_by_default_and_keep_float32(student, rng):
    x, weights, _ = deep_network(rng, np.float32)
    check(student.deep_forward(x, weights)[0]).equals(network(to_torch(x), to_torch(*weights), "sigmoid"))


@task("deep_backward", points=0.75)
def test_gradients_match_the_worked_example(student):
    _, cache = student.deep_forward(X, WEIGHTS, activation="relu")
    dx, dweights = student.deep_backward(DOUT, cache)
    check(dx, "dx").equals(np.array([[20.0, 5.0]]))
    first, second = np.array([[0.0, 0.0], [30.0, -40.0], [0.0, 0.0]]), np.array([[0.0, 20.0, 0.0]])
    check(dweights, "dweights").equals([first, second])


@task("deep_backward", points=0.5)
def test_gradients_agree_with_torch_on_random_numbers(student, rng):
    for activation in REFERENCES:
        check_gradients(student, *deep_network(rng), activation)


@task("deep_backward", points=0.25)
def test_gradients_keep_float32(student, rng):
    check_gradients(student, *deep_network(rng, np.float32), "tanh")


@task("gradient_norms", points=0.75)
def test_norms_match_the_worked_example(student):
    norms = student.gradient_norms(X, WEIGHTS, DOUT, activation="relu")
    check(norms, "norms").equals(np.array([50.0, 20.0]))


@task("gradient_norms", points=0.75)
def test_norms_agree_with_torch_on_random_numbers(student, rng):
    for activation in REFERENCES:
        case = deep_network(rng)
        expected = torch.stack([gradient.norm() for gradient in gradients(*case, activation)[1:]])
        check(student.gradient_norms.keeping_arguments(*case, activation=activation), "norms").equals(expected)


@task("factor_per_layer", points=0.75)
def test_factor_matches_the_worked_example(student):
    check(float(student.factor_per_layer(np.array([2.0, 5.0, 8.0]))), "factor").equals(0.5)
    check(float(student.factor_per_layer(np.array([50.0, 20.0]))), "factor").equals(2.5)


@task("factor_per_layer", points=0.5)
def test_factor_leads_from_the_last_random_norm_to_the_first(student, rng):
    for layers in (2, 4, 7):
        norms, factor = rng.uniform(0.5, 2, size=layers), float(rng.uniform(0.2, 3))
        norms[0] = norms[-1] * factor ** (layers - 1)
        check(float(student.factor_per_layer.keeping_arguments(norms)), "factor").equals(factor)


@task("factor_per_layer", points=0.25)
def test_factor_needs_two_layers(student, rng):
    norms = rng.uniform(1, 2, size=2)
    check(float(student.factor_per_layer(norms)), "factor").equals(float(norms[0] / norms[1]))
    student.factor_per_layer.refuses(ValueError, norms[:1])
