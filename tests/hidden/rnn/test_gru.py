"""gru.py against torch.nn.GRUCell and torch.nn.GRU, in float64, and once in float32 to hold the dtype.

Requires torch's gates in torch's order (r, z, n), the reset gate on the finished product with its bias, and the
gradients of everything that came in; one step, one sequence, none; gates far open and far shut. Expected numbers come
from live torch and torch.autograd, with upstream gradients on the outputs and on the last state.

Catches: gates in another order, the update gate the wrong way round, the reset gate on the state before the product,
or without the bias, one bias for both, a state not handed on, gradients without the update gate's direct path, the
same gradient for both biases, a reset gate without gradient, gradients overwritten in time, exponentials that overflow.
"""

import numpy as np
import pytest
import torch
from hypothesis import given

from grader.judge import check, layouts, task, to_torch
from tests.hidden.rnn.strategies import FEW, recurrent_case, recurrent_cases, saturated

NAMES = ("dx", "dh0", "dweight_ih", "dweight_hh", "dbias_ih", "dbias_hh")


def stepped(*arguments):
    """One step in torch."""
    return torch._VF.gru_cell(*arguments)


def read(x, h0, *weights):
    """A whole sequence in torch.nn.GRU's own operator: outputs and last state."""
    out, h_n = torch._VF.gru(x, h0[None], weights, True, 1, 0.0, False, False, False)
    return out, h_n[0]


def gradients(case):
    """Return the gradients of all arguments, by autograd."""
    leaves = to_torch(*case.arguments, grad=True)
    return torch.autograd.grad(read(*leaves), leaves, to_torch(case.dout, *case.dstate))


def require(got, expected, names=NAMES):
    """Compare one array after the other, by name."""
    for name, value, wanted in zip(names, got, expected, strict=True):
        check(value, name).equals(wanted)


def require_step_gradients(student, case):
    """Compare the gradients of the first step with those of autograd."""
    *_, cache = student.gru_step_forward(*case.step)
    got = student.gru_step_backward.keeping_arguments(*case.dstate, cache)
    leaves = to_torch(*case.step, grad=True)
    require(got, torch.autograd.grad(stepped(*leaves), leaves, to_torch(*case.dstate)))


@task("gru_step_forward", points=1, about="other shapes, no argument changed")
@given(case=recurrent_cases("gru"))
def test_a_step_agrees_with_torch(student, case):
    h_next, _ = student.gru_step_forward.keeping_arguments(*case.step)
    check(h_next, "h_next").equals(stepped(*to_torch(*case.step)))


@task("gru_step_forward", points=0.5, about="float32, one row and none, gates at their ends")
def test_a_step_stays_in_float32_and_survives_gates_far_open_and_far_shut(student, rng):
    for sizes, scale in ((FEW[0], 1e4), (FEW[0], -1e4), (FEW[1], 1.0)):
        x, *others = recurrent_case(rng, "gru", sizes, np.float32).step
        h_next, _ = student.gru_step_forward(np.float32(scale) * x, *others)
        check(h_next, "h_next").equals(stepped(*to_torch(np.float32(scale) * x, *others)))


@task("gru_step_backward", points=1, about="other shapes")
@given(case=recurrent_cases("gru"))
def test_the_gradients_of_a_step_agree_with_torch(student, case):
    require_step_gradients(student, case)


@task("gru_step_backward", points=0.5, about="float32, one sequence and none, units at their ends")
def test_gradients_of_a_step_keep_float32_also_for_large_numbers_and_small_batches(student, rng):
    cases = [recurrent_case(rng, "gru", sizes, np.float32) for sizes in FEW]
    for case in (*cases, saturated(cases[0])):
        require_step_gradients(student, case)


@task("gru_forward", points=0.5, about="other shapes, no argument changed")
@given(case=recurrent_cases("gru"))
def test_all_states_agree_with_torch(student, case):
    got = student.gru_forward.keeping_arguments(*case.arguments)
    require(got[:2], read(*to_torch(*case.arguments)), ("out", "h_n"))


@task("gru_forward", points=0.5, about="one step, one sequence and none, a refusal")
def test_a_sequence_of_one_step_works_and_an_empty_sequence_is_refused(student, rng):
    for case in (recurrent_case(rng, "gru", sizes, np.float32) for sizes in (*FEW, (1, 2, 3, 4))):
        got = student.gru_forward(*case.arguments)
        require(got[:2], read(*to_torch(*case.arguments)), ("out", "h_n"))
    with pytest.raises(RuntimeError, match="Expected sequence length to be larger than 0"):
        read(*to_torch(case.x[:0], *case.state, *case.weights))
    student.gru_forward.refuses(ValueError, case.x[:0], *case.state, *case.weights)


@task("gru_backward", points=1, about="other shapes, gradients of outputs and last state")
@given(case=recurrent_cases("gru"))
def test_gradients_through_time_agree_with_torch(student, case):
    *_, cache = student.gru_forward(*case.arguments)
    require(student.gru_backward.keeping_arguments(case.dout, *case.dstate, cache), gradients(case))


@task("gru_backward", points=0.5, about="float32, one sequence and none, units at their ends")
def test_gradients_keep_float32_also_for_short_sequences_and_small_batches(student, rng):
    cases = [recurrent_case(rng, "gru", sizes, np.float32) for sizes in FEW]
    for case in (*cases, saturated(cases[0])):
        *_, cache = student.gru_forward(*case.arguments)
        require(student.gru_backward(case.dout, *case.dstate, cache), gradients(case))


@task("gru_step_forward", points=0.5, about="arrays in another memory layout, new answers")
def test_a_step_reads_arrays_in_any_memory_layout_and_makes_new_ones(student, rng):
    for sizes in ((3, 2, 4, 5), (4, 3, 2, 5)):
        case = recurrent_case(rng, "gru", sizes)
        for arguments in layouts(*case.step):
            got = student.gru_step_forward.returning_new_arrays(*arguments)
            require(got[:1], [stepped(*to_torch(*case.step))], ("h_next",))


@task("gru_step_backward", points=0.5, about="two steps forward before one goes back, arrays in another memory layout")
def test_every_cache_belongs_to_its_own_step(student, rng):
    cases = [recurrent_case(rng, "gru", (3, 2, 4, 5)) for _ in range(2)]
    caches = [student.gru_step_forward(*case.step)[-1] for case in cases]
    for case, cache in zip(cases, caches, strict=True):
        leaves = to_torch(*case.step, grad=True)
        expected = torch.autograd.grad(stepped(*leaves), leaves, to_torch(*case.dstate))
        for _, *upstream in layouts(case.x, *case.dstate):
            require(student.gru_step_backward(*upstream, cache), expected)


@task("gru_forward", points=0.5, about="arrays in another memory layout, new answers")
def test_sequences_in_any_memory_layout_are_read_into_new_arrays(student, rng):
    case = recurrent_case(rng, "gru", (4, 3, 2, 5))
    for arguments in layouts(*case.arguments):
        got = student.gru_forward.returning_new_arrays(*arguments)
        require(got[:2], read(*to_torch(*case.arguments)), ("out", "h_n"))


@task("gru_backward", points=0.5, about="two sequences read before one goes back, arrays in another memory layout")
def test_every_cache_belongs_to_its_own_sequence(student, rng):
    cases = [recurrent_case(rng, "gru", (4, 3, 2, 5)) for _ in range(2)]
    caches = [student.gru_forward(*case.arguments)[-1] for case in cases]
    for case, cache in zip(cases, caches, strict=True):
        for upstream in layouts(case.dout, *case.dstate):
            require(student.gru_backward(*upstream, cache), gradients(case))
