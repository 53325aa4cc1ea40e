"""What you can check at home: autoencoder.py against torch and its autograd."""

import numpy as np
import torch
from torch.distributions import Bernoulli, kl_divergence

from grader.judge import check, task, to_torch


def drawn(rng, n=4, d=5, m=3):
    """Return inputs, weights, both biases."""
    return rng.uniform(size=(n, d)), rng.normal(size=(m, d)), rng.normal(size=m), rng.normal(size=d)


def by_torch(x, weight, bias, bias_out):
    """Return torch's reconstruction."""
    return torch.sigmoid(torch.sigmoid(x @ weight.T + bias) @ weight + bias_out)


@task("autoencoder_forward", points=1)
def test_torch_reconstructs_the_same(student, rng):
    arguments = drawn(rng)
    out, _ = student.autoencoder_forward.keeping_arguments(*arguments)
    check(out, "out").equals(by_torch(*map(to_torch, arguments)))


@task("autoencoder_forward", points=0.25)
def test_the_worked_example_comes_back(student):
    out, _ = student.autoencoder_forward(np.array([[0.0, 1.0]]), np.log([[9.0, 1.0]]), np.zeros(1), np.zeros(2))
    check(out, "out").equals(np.array([[0.75, 0.5]]))


@task("autoencoder_backward", points=1)
def test_all_four_gradients_are_those_of_autograd(student, rng):
    arguments, dout = drawn(rng), rng.normal(size=(4, 5))
    leaves = [to_torch(array).requires_grad_() for array in arguments]
    (by_torch(*leaves) * to_torch(dout)).sum().backward()
    _, cache = student.autoencoder_forward(*arguments)
    answer = student.autoencoder_backward(dout, cache)
    for name, got, leaf in zip(("dx", "dweight", "dbias", "dbias_out"), answer, leaves, strict=True):
        check(got, name).equals(leaf.grad)


@task("sparsity_penalty", points=1)
def test_the_penalty_is_the_divergence_of_the_means(student, rng):
    hidden = rng.uniform(0.1, 0.9, size=(6, 4))
    for options in ({}, {"target": 0.2, "strength": 3.0}):
        leaf = to_torch(hidden).requires_grad_()
        wanted = Bernoulli(torch.tensor(options.get("target", 0.05), dtype=torch.float64))
        expected = options.get("strength", 1.0) * kl_divergence(wanted, Bernoulli(leaf.mean(dim=0))).sum()
        expected.backward()
        penalty, dhidden = student.sparsity_penalty.keeping_arguments(hidden, **options)
        check(float(penalty), "penalty").equals(float(expected.detach()))
        check(dhidden, "dhidden").equals(leaf.grad)
