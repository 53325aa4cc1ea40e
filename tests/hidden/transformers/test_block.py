"""block.py against torch's rms_norm, complex rotations and autograd, in float64.

Requires: torch's numbers and gradients for any number of axes, every option, large gates; rotations that depend on
distances only; float32 kept, arguments unchanged, new answers, any layout in memory.

Catches: means that are subtracted, eps outside of the root, sums for means, neighbours for halves as pairs, angles of
the wrong speed, sign or start, gates and hidden layers exchanged, other activations, terms of gradients left out.

Expected numbers: torch's rms_norm and silu, products of complex numbers, autograd under a random upstream gradient.
"""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from grader.judge import check, layouts, task, to_torch
from tests.hidden.transformers.strategies import arrays

GATES = (3, 2, 4), (5, 4), (5, 4), (4, 5), (3, 2, 4)
NAMES = ("dx", "dw_gate", "dw_up", "dw_down")


def by_torch(function, parts, dout):
    leaves = [part.requires_grad_() for part in to_torch(*parts)]
    out = function(*leaves)
    return out.detach(), torch.autograd.grad(out, leaves, to_torch(dout))


def normed(eps):
    return lambda x, weight: functional.rms_norm(x, weight.shape, weight, eps)


def swiglu(x, gate, up, down):
    return (functional.silu(x @ gate.T) * (x @ up.T)) @ down.T


def turned(x, base=10000.0, offset=0):
    half = x.shape[-1] // 2
    speeds = base ** (-torch.arange(half, dtype=torch.float64) / half)
    angles = torch.outer(torch.arange(x.shape[2], dtype=torch.float64) + offset, speeds)
    points = torch.complex(x[..., :half], x[..., half:]) * torch.polar(torch.ones_like(angles), angles)
    return torch.cat((points.real, points.imag), dim=-1)


@task(
    "rms_norm_forward", points=2, about="several axes, small numbers, other values of eps and its default", examples=6
)
@given(parts=arrays((3, 2, 5), (5,)), size=st.sampled_from((1e-3, 1.0)), eps=st.sampled_from((1e-6, 1e-2, 1.0)))
def test_norms_agree_with_torch(student, parts, size, eps):
    x, weight = size * parts[0], parts[1]
    for given_x in (x, x[0], x[0, 0]):
        out, _ = student.rms_norm_forward.keeping_arguments(given_x, weight, eps=eps)
        check(out, "out").equals(normed(eps)(*to_torch(given_x, weight)))
    check(student.rms_norm_forward(x, weight)[0], "out").equals(normed(1e-6)(*to_torch(x, weight)))


@task("rms_norm_forward", points=0.5, about="float32, other layouts in memory, new answers", examples=6)
@given(parts=arrays((3, 2, 5), (5,)))
def test_memory_of_norms(student, parts):
    for x, weight in layouts(*parts):
        out, _ = student.rms_norm_forward.returning_new_arrays(x, weight)
        check(out, "out").equals(normed(1e-6)(*to_torch(*parts)))
    check(student.rms_norm_forward(*(part.astype(np.float32) for part in parts))[0], "out").has_dtype("float32")


@task("rms_norm_backward", points=2, about="several axes, eps", examples=6)
@given(parts=arrays((3, 2, 5), (5,), (3, 2, 5)), eps=st.sampled_from((1e-6, 1.0)))
def test_gradients_of_norms_agree_with_autograd(student, parts, eps):
    for index in ((), (0,), (0, 0)):
        x, weight, dout = parts[0][index], parts[1], parts[2][index]
        _, cache = student.rms_norm_forward(x, weight, eps=eps)
        got = student.rms_norm_backward.keeping_arguments(dout, cache)
        for name, gradient, wanted in zip(
            ("dx", "dweight"), got, by_torch(normed(eps), (x, weight), dout)[1], strict=True
        ):
            check(gradient, name).equals(wanted)


@task("rms_norm_backward", points=0.5, about="float32, other layouts in memory, new answers", examples=6)
@given(parts=arrays((3, 2, 5), (5,), (3, 2, 5)))
def test_memory_of_gradients_of_norms(student, parts):
    _, cache = student.rms_norm_forward(*parts[:2])
    expected = by_torch(normed(1e-6), parts[:2], parts[2])[1]
    for dout in layouts(parts[2]):
        got = student.rms_norm_backward.returning_new_arrays(dout, cache)
        for name, gradient, wanted in zip(("dx", "dweight"), got, expected, strict=True):
            check(gradient, name).equals(wanted)
    small = [part.astype(np.float32) for part in parts]
    _, cache = student.rms_norm_forward(*small[:2])
    for name, gradient in zip(("dx", "dweight"), student.rms_norm_backward(small[2], cache), strict=True):
        check(gradient, name).has_dtype("float32")


@task("rotary_embedding", points=2, about="several bases and offsets, and the values by default", examples=8)
@given(
    parts=arrays((2, 3, 5, 8)),
    base=st.sampled_from((10000.0, 100.0)),
    offset=st.sampled_from((0, 1, 30)),
)
def test_rotations_agree_with_complex_numbers(student, parts, base, offset):
    out = student.rotary_embedding.keeping_arguments(parts[0], base=base, offset=offset)
    check(out).equals(turned(to_torch(parts[0]), base, offset))
    check(student.rotary_embedding(parts[0])).equals(turned(to_torch(parts[0])))


@task("rotary_embedding", points=1, about="products that know distances only, odd numbers of features", examples=6)
@given(parts=arrays((1, 1, 1, 6), (1, 1, 1, 6)))
def test_products_depend_on_distances(student, parts):
    q, k = parts

    def product(first, second):
        turned_q = np.asarray(student.rotary_embedding(q, offset=first))
        return float((turned_q * np.asarray(student.rotary_embedding(k, offset=second))).sum())

    expected = float((turned(to_torch(q), offset=3) * to_torch(k)).sum())
    for start in (0, 2, 9):
        check(product(start + 3, start), "the product").equals(expected)
    student.rotary_embedding.refuses(ValueError, q[..., :5])


@task("rotary_embedding", points=0.5, about="float32, other layouts in memory, new answers", examples=6)
@given(parts=arrays((2, 3, 5, 4)))
def test_memory_of_rotations(student, parts):
    for x in layouts(parts[0]):
        check(student.rotary_embedding.returning_new_arrays(x)).equals(turned(to_torch(parts[0])))
    check(student.rotary_embedding(parts[0].astype(np.float32))).has_dtype("float32")


@task("swiglu_forward", points=2, about="several axes, gates far from 0", examples=6)
@given(parts=arrays(*GATES), size=st.sampled_from((1.0, 1e4)))
def test_gates_agree_with_torch(student, parts, size):
    weights = parts[1:4]
    for x in (size * parts[0], size * parts[0][0], size * parts[0][0, 0]):
        out, _ = student.swiglu_forward.keeping_arguments(x, *weights)
        check(out, "out").equals(swiglu(*to_torch(x, *weights)))


@task("swiglu_forward", points=0.5, about="float32, other layouts in memory, new answers", examples=6)
@given(parts=arrays(*GATES))
def test_memory_of_gates(student, parts):
    for given_parts in layouts(*parts[:4]):
        out, _ = student.swiglu_forward.returning_new_arrays(*given_parts)
        check(out, "out").equals(swiglu(*to_torch(*parts[:4])))
    check(student.swiglu_forward(*(part.astype(np.float32) for part in parts[:4]))[0], "out").has_dtype("float32")


@task("swiglu_backward", points=2, about="several axes, gates far from 0", examples=6)
@given(parts=arrays(*GATES), size=st.sampled_from((1.0, 1e4)))
def test_gradients_of_gates_agree_with_autograd(student, parts, size):
    for index in ((), (0,), (0, 0)):
        x, dout, weights = size * parts[0][index], parts[4][index], parts[1:4]
        _, cache = student.swiglu_forward(x, *weights)
        got = student.swiglu_backward.keeping_arguments(dout, cache)
        for name, gradient, wanted in zip(NAMES, got, by_torch(swiglu, (x, *weights), dout)[1], strict=True):
            check(gradient, name).equals(wanted)


@task("swiglu_backward", points=0.5, about="float32, other layouts in memory, new answers", examples=6)
@given(parts=arrays(*GATES))
def test_memory_of_gradients_of_gates(student, parts):
    _, cache = student.swiglu_forward(*parts[:4])
    expected = by_torch(swiglu, parts[:4], parts[4])[1]
    for dout in layouts(parts[4]):
        for name, gradient, wanted in zip(
            NAMES, student.swiglu_backward.returning_new_arrays(dout, cache), expected, strict=True
        ):
            check(gradient, name).equals(wanted)
    small = [part.astype(np.float32) for part in parts]
    _, cache = student.swiglu_forward(*small[:4])
    for name, gradient in zip(NAMES, student.swiglu_backward(small[4], cache), strict=True):
        check(gradient, name).has_dtype("float32")
