"""vanilla.py against torch.nn.RNNCell and torch.nn.RNN, in float64, and once in float32 to hold the dtype.

Requires steps and sequences as torch computes them, the gradients of everything that came in, at every step, and
truncation that ends gradients and nothing else; one step, one sequence, none; units far at their ends. Expected numbers
come from live torch and torch.autograd, with random upstream gradients for the outputs and for the last state; for the
truncated gradients from torch with a detached state at the beginning of every piece.

Catches: a missing bias, a missing nonlinearity, a state that is not handed on, transposed weights, slopes at the wrong
place, gradients overwritten or averaged instead of summed over time, a forgotten gradient of the last state or of the
states in between, time running forward on the way back, truncation that resets the state or drops the last piece.
"""

import numpy as np
import pytest
import torch
from hypothesis import given

from grader.judge import check, layouts, task, to_torch
from tests.hidden.rnn.strategies import FEW, recurrent_case, recurrent_cases, saturated

NAMES = ("dx", "dh0", "dweight_ih", "dweight_hh", "dbias_ih", "dbias_hh")


def stepped(x, h, *weights):
    """One step in torch."""
    return torch._VF.rnn_tanh_cell(x, h, *weights)


def read(x, h0, *weights):
    """A whole sequence in torch.nn.RNN's own operator."""
    return torch._VF.rnn_tanh(x, h0[None], weights, True, 1, 0.0, False, False, False)


def gradients(case):
    """Return the gradients of all arguments, by autograd."""
    leaves = to_torch(*case.arguments, grad=True)
    out, h_n = read(*leaves)
    return torch.autograd.grad((out, h_n[0]), leaves, to_torch(case.dout, *case.dstate))


def truncated(case, k):
    """Return outputs and gradients where the state is detached before every piece."""
    leaves = to_torch(*case.arguments, grad=True)
    x, h, *weights = leaves
    outs = []
    for piece in x.split(k):
        out, h_n = read(piece, h, *weights)
        outs.append(out)
        h = h_n[0].detach()
    out = torch.cat(outs)
    return out.detach(), h, torch.autograd.grad(out, leaves, to_torch(case.dout))


def require_gradients(got, expected, names=NAMES):
    """Compare one gradient after the other, by name."""
    for name, gradient, wanted in zip(names, got, expected, strict=True):
        check(gradient, name).equals(wanted)


def require_step_gradients(student, case):
    """Compare the gradients of the first step with those of autograd."""
    _, cache = student.rnn_step_forward(*case.step)
    leaves = to_torch(*case.step, grad=True)
    expected = torch.autograd.grad(stepped(*leaves), leaves, to_torch(case.dout[0]))
    require_gradients(student.rnn_step_backward.keeping_arguments(case.dout[0], cache), expected)


@task("rnn_step_forward", points=0.5, about="other shapes, no argument changed")
@given(case=recurrent_cases("rnn"))
def test_a_step_agrees_with_torch(student, case):
    h_next, _ = student.rnn_step_forward.keeping_arguments(*case.step)
    check(h_next, "h_next").equals(stepped(*to_torch(*case.step)))


@task("rnn_step_forward", points=0.5, about="float32, one row and none, large inputs")
def test_a_step_stays_in_float32_and_in_range(student, rng):
    for sizes in FEW:
        x, *others = recurrent_case(rng, "rnn", sizes, np.float32).step
        h_next, _ = student.rnn_step_forward(1e4 * x, *others)
        check(h_next, "h_next").equals(stepped(*to_torch(1e4 * x, *others)))


@task("rnn_step_backward", points=0.5, about="other shapes, no argument changed")
@given(case=recurrent_cases("rnn"))
def test_the_gradients_of_a_step_agree_with_torch(student, case):
    require_step_gradients(student, case)


@task("rnn_step_backward", points=0.5, about="float32, one sequence and none, units at their ends")
def test_gradients_of_a_step_keep_float32_also_for_large_numbers_and_small_batches(student, rng):
    cases = [recurrent_case(rng, "rnn", sizes, np.float32) for sizes in FEW]
    for case in (*cases, saturated(cases[0])):
        require_step_gradients(student, case)


@task("rnn_forward", points=1, about="other shapes, no argument changed")
@given(case=recurrent_cases("rnn"))
def test_all_states_agree_with_torch(student, case):
    out, h_n, _ = student.rnn_forward.keeping_arguments(*case.arguments)
    expected, last = read(*to_torch(*case.arguments))
    check(out, "out").equals(expected)
    check(h_n, "h_n").equals(last[0])


@task("rnn_forward", points=0.5, about="one step, one sequence and none, a refusal")
def test_a_sequence_of_one_step_works_and_an_empty_sequence_is_refused(student, rng):
    for case in (recurrent_case(rng, "rnn", sizes, np.float32) for sizes in (*FEW, (1, 2, 3, 4))):
        out, h_n, _ = student.rnn_forward(*case.arguments)
        expected, last = read(*to_torch(*case.arguments))
        check(out, "out").equals(expected)
        check(h_n, "h_n").equals(last[0])
    with pytest.raises(RuntimeError, match="Expected sequence length to be larger than 0"):
        read(*to_torch(case.x[:0], *case.state, *case.weights))
    student.rnn_forward.refuses(ValueError, case.x[:0], *case.state, *case.weights)


@task("rnn_backward", points=1.5, about="other shapes, gradients of outputs and last state")
@given(case=recurrent_cases("rnn"))
def test_gradients_through_time_agree_with_torch(student, case):
    *_, cache = student.rnn_forward(*case.arguments)
    require_gradients(student.rnn_backward.keeping_arguments(case.dout, *case.dstate, cache), gradients(case))


@task("rnn_backward", points=1, about="float32, one sequence and none, units at their ends")
def test_gradients_keep_float32_also_for_short_sequences_and_small_batches(student, rng):
    cases = [recurrent_case(rng, "rnn", sizes, np.float32) for sizes in FEW]
    for case in (*cases, saturated(cases[0])):
        *_, cache = student.rnn_forward(*case.arguments)
        require_gradients(student.rnn_backward(case.dout, *case.dstate, cache), gradients(case))


@task("truncated_bptt", points=1.5, about="pieces of several lengths, no argument changed")
@given(case=recurrent_cases("rnn"))
def test_pieces_agree_with_torch_with_a_detached_state(student, case):
    for k in (1, 2, 3):
        out, h_n, got = student.truncated_bptt.keeping_arguments(*case.arguments, case.dout, k=k)
        expected, last, wanted = truncated(case, k)
        check(out, "out").equals(expected)
        check(h_n, "h_n").equals(last)
        require_gradients(got, wanted)


@task("truncated_bptt", points=0.5, about="one long piece")
@given(case=recurrent_cases("rnn"))
def test_a_piece_as_long_as_the_sequence_is_the_whole_gradient(student, case):
    for k in (len(case.x), len(case.x) + 3):
        _, _, got = student.truncated_bptt(*case.arguments, case.dout, k=k)
        require_gradients(got, truncated(case, len(case.x))[2])


@task("truncated_bptt", points=0.5, about="one step, one sequence and none, refusals")
def test_pieces_of_one_step_work_and_pieces_without_steps_are_refused(student, rng):
    for case in (recurrent_case(rng, "rnn", sizes, np.float32) for sizes in (*FEW, (3, 1, 2, 4))):
        out, h_n, got = student.truncated_bptt(*case.arguments, case.dout, k=1)
        expected, last, wanted = truncated(case, 1)
        check(out, "out").equals(expected)
        check(h_n, "h_n").equals(last)
        require_gradients(got, wanted)
    for k in (0, -1):
        student.truncated_bptt.refuses(ValueError, *case.arguments, case.dout, k=k)
    student.truncated_bptt.refuses(ValueError, case.x[:0], *case.state, *case.weights, case.dout[:0], k=1)


@task("rnn_step_forward", points=0.5, about="arrays in another memory layout, new answers")
def test_a_step_reads_arrays_in_any_memory_layout_and_makes_new_ones(student, rng):
    for sizes in ((3, 2, 4, 5), (4, 3, 2, 5)):
        case = recurrent_case(rng, "rnn", sizes)
        for arguments in layouts(*case.step):
            got = student.rnn_step_forward.returning_new_arrays(*arguments)
            require_gradients(got[:1], [stepped(*to_torch(*case.step))], ("h_next",))


@task("rnn_step_backward", points=0.5, about="two steps forward before one goes back, arrays in another memory layout")
def test_every_cache_belongs_to_its_own_step(student, rng):
    cases = [recurrent_case(rng, "rnn", (3, 2, 4, 5)) for _ in range(2)]
    caches = [student.rnn_step_forward(*case.step)[-1] for case in cases]
    for case, cache in zip(cases, caches, strict=True):
        leaves = to_torch(*case.step, grad=True)
        expected = torch.autograd.grad(stepped(*leaves), leaves, to_torch(*case.dstate))
        for _, *upstream in layouts(case.x, *case.dstate):
            require_gradients(student.rnn_step_backward(*upstream, cache), expected)


@task("rnn_forward", points=0.5, about="arrays in another memory layout, new answers")
def test_sequences_in_any_memory_layout_are_read_into_new_arrays(student, rng):
    case = recurrent_case(rng, "rnn", (4, 3, 2, 5))
    for arguments in layouts(*case.arguments):
        got = student.rnn_forward.returning_new_arrays(*arguments)
        out, h_n = read(*to_torch(*case.arguments))
        require_gradients(got[:2], (out, h_n[0]), ("out", "h_n"))


@task("rnn_backward", points=0.5, about="two sequences read before one goes back, arrays in another memory layout")
def test_every_cache_belongs_to_its_own_sequence(student, rng):
    cases = [recurrent_case(rng, "rnn", (4, 3, 2, 5)) for _ in range(2)]
    caches = [student.rnn_forward(*case.arguments)[-1] for case in cases]
    for case, cache in zip(cases, caches, strict=True):
        for upstream in layouts(case.dout, *case.dstate):
            require_gradients(student.rnn_backward(*upstream, cache), gradients(case))


@task("truncated_bptt", points=0.5, about="arrays in another memory layout, new answers")
def test_pieces_of_arrays_in_any_memory_layout_make_new_ones(student, rng):
    case = recurrent_case(rng, "rnn", (5, 3, 2, 4))
    for arguments in layouts(*case.arguments, case.dout):
        out, _, got = student.truncated_bptt.returning_new_arrays(*arguments, k=2)
        expected, _, wanted = truncated(case, 2)
        check(out, "out").equals(expected)
        require_gradients(got, wanted)
