"""What you can check at home: capsules.py on the handout's worked example, and against torch."""

import numpy as np
import torch

from grader.judge import check, task, to_torch


def squashed(s, dim=-1):
    """Return squashed vectors by torch."""
    squares = s.square().sum(dim, keepdim=True) + 1e-9
    return s * squares.sqrt() / (1 + squares)


@task("squash_forward", points=0.5)
def test_a_vector_matches_the_worked_example(student):
    v, _ = student.squash_forward(np.array([[[3.0, 4.0]]]))
    check(v, "v").equals(np.array([[[15.0, 20.0]]]) / 26, atol=1e-9)


@task("squash_forward", points=1)
def test_vectors_along_every_axis_agree_with_torch(student, rng):
    s = rng.normal(size=(2, 3, 4))
    for dim in (0, 1, -1):
        check(student.squash_forward(s, dim=dim)[0], "v").equals(squashed(to_torch(s), dim))


@task("squash_backward", points=1)
def test_gradients_agree_with_autograd(student, rng):
    s, dv = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3, 4))
    s[0, 0] = 0
    leaf = to_torch(s).clone().requires_grad_()
    _, cache = student.squash_forward(s)
    expected = torch.autograd.grad(squashed(leaf), leaf, to_torch(dv))[0]
    check(student.squash_backward(dv, cache), "ds").equals(expected)


@task("dynamic_routing", points=0.5)
def test_one_round_matches_the_worked_example(student):
    v = student.dynamic_routing(np.array([[[[2.0], [2.0]], [[2.0], [-2.0]]]]), iterations=1)
    check(v, "v").equals(np.array([[[0.8], [0.0]]]), atol=1e-8)


@task("dynamic_routing", points=1)
def test_rounds_agree_with_torch(student, rng):
    u_hat = 2 * rng.normal(size=(2, 4, 3, 5))
    b, images = torch.zeros(2, 4, 3, dtype=torch.float64), to_torch(u_hat)
    for iterations in (1, 2, 3):
        v = squashed(torch.einsum("nic,nicd->ncd", b.softmax(2), images))
        b = b + torch.einsum("nicd,ncd->nic", images, v)
        check(student.dynamic_routing(u_hat, iterations=iterations), "v").equals(v)


@task("capsule_margin_loss", points=0.5)
def test_the_loss_matches_the_worked_example(student):
    loss, dv = student.capsule_margin_loss(np.array([[[0.6, 0.0], [0.0, 0.3]]]), np.array([0]))
    check(float(loss), "loss").equals(0.11)
    check(dv, "dv").equals(np.array([[[-0.6, 0.0], [0.0, 0.2]]]))


@task("capsule_margin_loss", points=1)
def test_the_loss_of_a_batch_agrees_with_torch(student, rng):
    v, labels = rng.normal(size=(6, 3, 2)) / 2, rng.integers(0, 3, size=6)
    leaf = to_torch(v).clone().requires_grad_()
    lengths, true = leaf.norm(dim=2), torch.nn.functional.one_hot(torch.from_numpy(labels), 3).double()
    expected = (true * (0.8 - lengths).relu() ** 2 + 0.7 * (1 - true) * (lengths - 0.2).relu() ** 2).sum(1).mean()
    loss, dv = student.capsule_margin_loss(v, labels, up=0.8, down=0.2, weight=0.7)
    check(float(loss), "loss").equals(float(expected.detach()))
    check(dv, "dv").equals(torch.autograd.grad(expected, leaf)[0])
