"""What you can check at home: block.py on the handout's worked example, and against torch."""

import numpy as np
import torch
from torch.nn import functional

from grader.judge import check, task, to_torch


def by_torch(function, arrays, dout):
    """Return torch's answer and its gradients under an upstream gradient."""
    leaves = [part.requires_grad_() for part in to_torch(*arrays)]
    out = function(*leaves)
    return out.detach(), torch.autograd.grad(out, leaves, to_torch(dout))


def swiglu(x, gate, up, down):
    return (functional.silu(x @ gate.T) * (x @ up.T)) @ down.T


def turned(x, base=10000.0, offset=0):
    """Return a rotation by products of complex numbers."""
    half = x.shape[-1] // 2
    speeds = base ** (-torch.arange(half, dtype=torch.float64) / half)
    angles = torch.outer(torch.arange(x.shape[2], dtype=torch.float64) + offset, speeds)
    points = torch.complex(x[..., :half], x[..., half:]) * torch.polar(torch.ones_like(angles), angles)
    return torch.cat((points.real, points.imag), dim=-1)


def weights_of_gates(rng):
    return rng.normal(size=(2, 3, 4)), *rng.normal(size=(2, 5, 4)), rng.normal(size=(4, 5))


@task("rms_norm_forward", points=0.5)
def test_the_root_mean_square_matches_the_worked_example(student):
    out, _ = student.rms_norm_forward(np.array([[1.0, -7.0]]), np.array([5.0, 10.0]), eps=0.0)
    check(out, "out").equals(np.array([[1.0, -14.0]]))


@task("rms_norm_forward", points=1)
def test_norms_are_torch_s(student, rng):
    for eps in (1e-6, 0.5):
        x, weight = 0.01 * rng.normal(size=(2, 3, 5)), rng.normal(size=5)
        out, _ = student.rms_norm_forward.keeping_arguments(x, weight, eps=eps)
        check(out, "out").equals(functional.rms_norm(to_torch(x), (5,), to_torch(weight), eps))
    x, weight = x.astype(np.float32), weight.astype(np.float32)
    check(student.rms_norm_forward(x, weight)[0], "out").has_dtype("float32")


@task("rms_norm_backward", points=1)
def test_gradients_of_norms_are_autograd_s(student, rng):
    x, weight, dout = rng.normal(size=(2, 3, 5)), rng.normal(size=5), rng.normal(size=(2, 3, 5))
    _, cache = student.rms_norm_forward(x, weight, eps=0.3)
    got = student.rms_norm_backward.keeping_arguments(dout, cache)
    _, expected = by_torch(lambda x, weight: functional.rms_norm(x, (5,), weight, 0.3), (x, weight), dout)
    for name, gradient, wanted in zip(("dx", "dweight"), got, expected, strict=True):
        check(gradient, name).equals(wanted)


@task("rotary_embedding", points=0.5)
def test_positions_turn_as_in_the_worked_example(student):
    out = student.rotary_embedding(np.array([[[[1.0, 0.0], [0.0, 2.0]]]]))
    check(out).equals(np.array([[[[1.0, 0.0], [-2 * np.sin(1), 2 * np.cos(1)]]]]))


@task("rotary_embedding", points=1.5)
def test_rotations_are_products_of_complex_numbers(student, rng):
    x = rng.normal(size=(2, 3, 5, 8))
    for options in ({}, {"base": 50.0, "offset": 7}):
        out = student.rotary_embedding.returning_new_arrays(x, **options)
        check(out).equals(turned(to_torch(x), **options))
    check(student.rotary_embedding(x.astype(np.float32))).has_dtype("float32")
    student.rotary_embedding.refuses(ValueError, x[..., :7])


@task("swiglu_forward", points=1.5)
def test_gates_are_torch_s(student, rng):
    for size in (1.0, 1000.0):
        arrays = weights_of_gates(rng)
        arrays = size * arrays[0], *arrays[1:]
        out, _ = student.swiglu_forward.keeping_arguments(*arrays)
        check(out, "out").equals(swiglu(*to_torch(*arrays)))
    check(student.swiglu_forward(*(part.astype(np.float32) for part in arrays))[0], "out").has_dtype("float32")


@task("swiglu_backward", points=1.5)
def test_gradients_of_gates_are_autograd_s(student, rng):
    arrays, dout = weights_of_gates(rng), rng.normal(size=(2, 3, 4))
    _, cache = student.swiglu_forward(*arrays)
    got = student.swiglu_backward.keeping_arguments(dout, cache)
    _, expected = by_torch(swiglu, arrays, dout)
    for name, gradient, wanted in zip(("dx", "dw_gate", "dw_up", "dw_down"), got, expected, strict=True):
        check(gradient, name).equals(wanted)
