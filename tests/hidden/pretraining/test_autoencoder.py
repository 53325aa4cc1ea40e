"""The autoencoder and its sparsity against torch.

Requires: torch's reconstruction for several sizes; autograd's gradients with respect to input, weights and both biases;
the penalty and its gradient by torch's divergence of two Bernoulli distributions, for other targets and strengths;
float32 in and out, arguments unchanged, other layouts in memory, new answers, sums of ten thousand.

Catches: weights that get the gradient of one use only, a bias of the wrong layer, derivatives of the sigmoid that are
forgotten, means for sums, the divergence the other way round, a penalty per example, strengths in one of two answers.

Expected numbers: live torch in float64, its autograd, and torch.distributions.
"""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Bernoulli, kl_divergence

from grader.judge import check, layouts, task, to_torch
from tests.hidden.pretraining.strategies import SEEDS, layer, layer_cases


def by_torch(x, weight, bias, bias_out):
    """Return torch's reconstruction."""
    return torch.sigmoid(torch.sigmoid(x @ weight.T + bias) @ weight + bias_out)


def gradients(case):
    """Return autograd's gradients with respect to all four arguments."""
    leaves = [to_torch(array).requires_grad_() for array in (case.x, case.weight, case.bias, case.bias_out)]
    (by_torch(*leaves) * to_torch(case.dout)).sum().backward()
    return [leaf.grad for leaf in leaves]


def compare_gradients(answer, case):
    for name, got, expected in zip(("dx", "dweight", "dbias", "dbias_out"), answer, gradients(case), strict=True):
        check(got, name).equals(expected)


@task("autoencoder_forward", points=1, about="several sizes, nothing changed in place", examples=6)
@given(case=layer_cases())
def test_the_reconstruction_agrees_with_torch(student, case):
    arguments = case.x, case.weight, case.bias, case.bias_out
    out, _ = student.autoencoder_forward.keeping_arguments(*arguments)
    check(out, "out").equals(by_torch(*map(to_torch, arguments)))


@task("autoencoder_forward", points=0.5, about="float32, very large sums")
def test_large_sums_do_not_overflow_and_float32_stays(student, rng):
    case = layer(rng, dtype=np.float32)
    for size in (1, 1e4):
        arguments = case.x, np.float32(size) * case.weight, case.bias, np.float32(size) * case.bias_out
        out, _ = student.autoencoder_forward(*arguments)
        check(out, "out").equals(by_torch(*map(to_torch, arguments)))


@task("autoencoder_forward", points=0.5, about="arrays in another memory layout, a new answer")
def test_memory_of_the_arguments_and_of_the_answer(student, rng):
    case = layer(rng)
    for arguments in layouts(case.x, case.weight, case.bias, case.bias_out):
        out, _ = student.autoencoder_forward.returning_new_arrays(*arguments)
        check(out, "out").equals(by_torch(*map(to_torch, arguments)))


@task("autoencoder_backward", points=2, about="several sizes, all four gradients", examples=6)
@given(case=layer_cases())
def test_gradients_agree_with_autograd(student, case):
    _, cache = student.autoencoder_forward(case.x, case.weight, case.bias, case.bias_out)
    compare_gradients(student.autoencoder_backward.keeping_arguments(case.dout, cache), case)


@task("autoencoder_backward", points=0.5, about="float32")
def test_gradients_stay_in_float32(student, rng):
    case = layer(rng, (4, 5, 3), np.float32)
    _, cache = student.autoencoder_forward(case.x, case.weight, case.bias, case.bias_out)
    compare_gradients(student.autoencoder_backward(case.dout, cache), case)


@task("autoencoder_backward", points=0.5, about="arrays in another memory layout, new answers")
def test_memory_of_the_gradients(student, rng):
    case = layer(rng)
    for x, weight, bias, bias_out, dout in layouts(case.x, case.weight, case.bias, case.bias_out, case.dout):
        _, cache = student.autoencoder_forward(x, weight, bias, bias_out)
        compare_gradients(student.autoencoder_backward.returning_new_arrays(dout, cache), case)


def penalty_of(hidden, target, strength):
    """Return the penalty and its gradient by torch's distributions."""
    leaf = to_torch(hidden).requires_grad_()
    wanted = Bernoulli(torch.tensor(target, dtype=leaf.dtype))
    penalty = strength * kl_divergence(wanted, Bernoulli(leaf.mean(dim=0))).sum()
    penalty.backward()
    return penalty.detach(), leaf.grad


def compare_penalty(answer, hidden, target=0.05, strength=1.0):
    penalty, dhidden = penalty_of(hidden, target, strength)
    check(float(answer[0]), "penalty").equals(float(penalty), rtol=1e-5)
    check(answer[1], "dhidden").equals(dhidden)


@task("sparsity_penalty", points=2, about="other targets and strengths, nothing changed in place", examples=6)
@given(
    case=layer_cases(), seed=SEEDS, target=st.sampled_from((0.05, 0.2, 0.7)), strength=st.sampled_from((0.1, 1.0, 3.0))
)
def test_penalty_and_gradient_agree_with_torch(student, case, seed, target, strength):
    hidden = np.random.default_rng(seed).uniform(0.02, 0.98, size=case.hidden.shape)
    answer = student.sparsity_penalty.keeping_arguments(hidden, target=target, strength=strength)
    compare_penalty(answer, hidden, target, strength)


@task("sparsity_penalty", points=0.5, about="the values by default, an activity at the target")
def test_five_percent_are_the_default_and_cost_nothing(student, rng):
    hidden = rng.uniform(0.1, 0.9, size=(6, 4))
    compare_penalty(student.sparsity_penalty(hidden), hidden)
    hidden[:, 2] = 0.05 + np.array([0.03, -0.03, 0.01, -0.01, 0.02, -0.02])
    compare_penalty(student.sparsity_penalty(hidden), hidden)


@task("sparsity_penalty", points=0.5, about="float32, arrays in another memory layout, new answers")
def test_memory_and_dtype_of_the_penalty_s_gradient(student, rng):
    hidden = rng.uniform(0.1, 0.9, size=(5, 3))
    for array in layouts(hidden):
        compare_penalty(student.sparsity_penalty.returning_new_arrays(array, strength=0.5), hidden, 0.05, 0.5)
    compare_penalty(student.sparsity_penalty(hidden.astype(np.float32), target=0.1), hidden.astype(np.float32), 0.1)
