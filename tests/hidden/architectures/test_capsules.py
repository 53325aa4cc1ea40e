"""Capsules against torch: squash, routing by agreement, the loss of lengths.

Requires: torch's values and autograd's gradients along every axis; a vector of 0 without NaN; every number of rounds
from 1 on; all options of the loss; float32, other layouts in memory, new answers.

Catches: lengths that are not taken the root of, a softmax over the wrong capsules, logits that are kept, gradients
without the length's part, labels and margins that are exchanged.

Expected numbers: live torch in float64.
"""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.judge import check, layouts, task, to_torch
from tests.hidden.architectures.strategies import SEEDS

DIMS = st.sampled_from((-1, 0, 1, 2))
EPS = st.sampled_from((1e-9, 0.3))


def squashed(s, dim=-1, eps=1e-9):
    """Return squashed vectors by torch."""
    squares = s.square().sum(dim, keepdim=True) + eps
    return s * squares.sqrt() / (1 + squares)


def vectors(seed, shape=(2, 3, 4)):
    """Return vectors, short ones and long ones."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape) * np.exp(rng.normal(size=(*shape[:-1], 1)))


def slope(s, dv, **options):
    """Return autograd's gradient of squash."""
    leaf = to_torch(s).clone().requires_grad_()
    return torch.autograd.grad(squashed(leaf, **options), leaf, to_torch(dv))[0]


@task("squash_forward", points=1.5, about="short and long vectors along every axis", examples=8)
@given(seed=SEEDS, dim=DIMS, eps=EPS)
def test_squashed_vectors_agree_with_torch(student, seed, dim, eps):
    s = vectors(seed)
    v, _ = student.squash_forward.keeping_arguments(s, dim=dim, eps=eps)
    check(v, "v").equals(squashed(to_torch(s), dim, eps))


@task("squash_forward", points=1, about="the options by default, 0, float32, other layouts in memory, new answers")
def test_memory_of_squashed_vectors(student, rng):
    s = rng.normal(size=(2, 3, 4))
    s[0, 0], s[0, 1] = 0, 1e-5 * s[0, 1]
    for array in layouts(s):
        check(student.squash_forward.returning_new_arrays(array)[0], "v").equals(squashed(to_torch(s)), atol=1e-15)
    v, _ = student.squash_forward(s.astype(np.float32))
    check(v, "v").has_dtype("float32")
    check(v, "v").equals(torch.as_tensor(squashed(to_torch(s))).float(), rtol=1e-5, atol=1e-7)


@task("squash_backward", points=2, about="short and long vectors along every axis", examples=8)
@given(seed=SEEDS, dim=DIMS, eps=EPS)
def test_gradients_of_squash_agree_with_autograd(student, seed, dim, eps):
    s, dv = vectors(seed), np.random.default_rng(seed + 1).normal(size=(2, 3, 4))
    _, cache = student.squash_forward(s, dim=dim, eps=eps)
    check(student.squash_backward.keeping_arguments(dv, cache), "ds").equals(slope(s, dv, dim=dim, eps=eps))


@task("squash_backward", points=1, about="vectors of 0, float32, other layouts in memory, new answers")
def test_memory_of_the_gradients_of_squash(student, rng):
    s, upstream = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3, 4))
    s[0, 0] = 0
    _, cache = student.squash_forward(s)
    for dv in layouts(upstream):
        check(student.squash_backward.returning_new_arrays(dv, cache), "ds").equals(slope(s, upstream))
    _, cache = student.squash_forward(s.astype(np.float32))
    ds = student.squash_backward(upstream.astype(np.float32), cache)
    check(ds, "ds").has_dtype("float32")
    check(ds, "ds").equals(torch.as_tensor(slope(s, upstream)).float(), rtol=1e-4, atol=1e-5)


def routed(u_hat, iterations):
    """Return the capsules above by torch."""
    b = torch.zeros(u_hat.shape[:3], dtype=u_hat.dtype)
    for _ in range(iterations):
        v = squashed(torch.einsum("nic,nicd->ncd", b.softmax(dim=2), u_hat))
        b = b + torch.einsum("nicd,ncd->nic", u_hat, v)
    return v


@task("dynamic_routing", points=3, about="every number of rounds", examples=8)
@given(seed=SEEDS, iterations=st.integers(1, 5))
def test_routing_agrees_with_torch(student, seed, iterations):
    u_hat = vectors(seed, (2, 5, 3, 4))
    v = student.dynamic_routing.keeping_arguments(u_hat, iterations=iterations)
    check(v, "v").equals(routed(to_torch(u_hat), iterations))


@task("dynamic_routing", points=1, about="large predictions, no rounds, the number of rounds by default")
def test_large_predictions_are_routed_without_overflow(student, rng):
    u_hat = 60 * rng.normal(size=(3, 4, 2, 5))
    check(student.dynamic_routing(u_hat), "v").equals(routed(to_torch(u_hat), 3))
    student.dynamic_routing.refuses(ValueError, u_hat, iterations=0)


@task("dynamic_routing", points=1, about="float32, each image for itself, other layouts in memory, new answers")
def test_memory_of_routing(student, rng):
    u_hat = rng.normal(size=(2, 5, 3, 4))
    expected = routed(to_torch(u_hat), 3)
    for array in layouts(u_hat):
        check(student.dynamic_routing.returning_new_arrays(array), "v").equals(expected)
    v = student.dynamic_routing(u_hat.astype(np.float32))
    check(v, "v").has_dtype("float32")
    check(v, "v").equals(torch.as_tensor(expected).float(), rtol=1e-4, atol=1e-5)
    check(student.dynamic_routing(u_hat[1:]), "v of the second image").equals(expected[1:])


def margin(v, labels, up=0.9, down=0.1, weight=0.5):
    """Return the loss by torch."""
    lengths = v.norm(dim=2)
    true = torch.nn.functional.one_hot(torch.as_tensor(labels), v.shape[1]).double()
    costs = true * (up - lengths).relu() ** 2 + weight * (1 - true) * (lengths - down).relu() ** 2
    return costs.sum(1).mean()


def compare_margin(student, v, labels, **options):
    """Check the loss and its gradient."""
    loss, dv = student.capsule_margin_loss.returning_new_arrays(v, labels, **options)
    leaf = to_torch(v).clone().requires_grad_()
    expected = margin(leaf, labels, **options)
    check(float(loss), "loss").equals(float(expected.detach()))
    check(dv, "dv").equals(torch.autograd.grad(expected, leaf)[0])


@task("capsule_margin_loss", points=2, about="lengths within the margins and beyond, all options", examples=8)
@given(seed=SEEDS, up=st.floats(0.6, 0.95), down=st.floats(0.05, 0.4), weight=st.floats(0.2, 2))
def test_losses_and_gradients_agree_with_torch(student, seed, up, down, weight):
    rng = np.random.default_rng(seed)
    v = rng.normal(size=(5, 4, 3))
    v *= rng.uniform(0.01, 1, size=(5, 4, 1)) / np.linalg.norm(v, axis=2, keepdims=True)
    compare_margin(student, v, rng.integers(0, 4, size=5), up=up, down=down, weight=weight)


@task("capsule_margin_loss", points=1, about="the options by default, vectors of 0, float32, other layouts in memory")
def test_memory_of_the_loss(student, rng):
    v, labels = rng.normal(size=(4, 3, 2)) / 2, rng.integers(0, 3, size=4)
    for array in layouts(v):
        compare_margin(student, array, labels)
    v[0, labels[0]] = 0
    loss, dv = student.capsule_margin_loss(v.astype(np.float32), labels)
    check(float(loss), "loss").equals(float(margin(to_torch(v), labels)), rtol=1e-5)
    check(dv, "dv").has_dtype("float32")
    check(dv[0, labels[0]], "dv of a vector of 0").equals(np.zeros(2, np.float32))
