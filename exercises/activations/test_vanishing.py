"""The deep network and its gradients, on the handout's worked example.

Expected numbers: by hand, and torch with its autograd.
"""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

X = np.array([[3.0, -4.0]])
WEIGHTS = [np.array([[1.0, 3.0], [2.0, 0.5]]), np.array([[-1.0, 2.0]])]
DOUT = np.array([[5.0]])


@task("deep_forward", points=1)
def test_deep_network_matches_the_worked_example(student):
    check(student.deep_forward(X, WEIGHTS, activation="relu")[0]).equals(np.array([[8.0]]))


@task("deep_backward", points=1)
def test_gradients_match_the_worked_example(student):
    _, cache = student.deep_forward(X, WEIGHTS, activation="relu")
    dx, dweights = student.deep_backward(DOUT, cache)
    check(dx, "dx").equals(np.array([[20.0, 5.0]]))
    check(dweights, "dweights").equals([np.array([[0.0, 0.0], [30.0, -40.0]]), np.array([[0.0, 20.0]])])


@task("gradient_norms", points=1)
def test_norms_match_the_worked_example_and_torch(student, rng):
    norms = student.gradient_norms(X, WEIGHTS, DOUT, activation="relu")
    check(norms, "norms").equals(np.array([50.0, 20.0]))
    x, weights, dout = rng.normal(size=(4, 3)), [rng.normal(size=(5, 3)), rng.normal(size=(2, 5))], np.ones((4, 2))
    first, second = to_torch(*weights, grad=True)
    out = torch.tanh(F.linear(torch.tanh(F.linear(to_torch(x), first)), second))
    expected = torch.stack([grad.norm() for grad in torch.autograd.grad(out, (first, second), to_torch(dout))])
    check(student.gradient_norms(x, weights, dout, activation="tanh"), "norms").equals(expected)


@task("factor_per_layer", points=1)
def test_factor_matches_the_worked_example(student):
    check(student.factor_per_layer(np.array([2.0, 5.0, 8.0])), "factor").equals(0.5)
    check(student.factor_per_layer(np.array([50.0, 20.0])), "factor").equals(2.5)
