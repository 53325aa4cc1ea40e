"""What you can check at home: vanilla.py on the handout's worked example, and a sequence against torch.nn.RNN."""

import numpy as np
import torch

from grader.judge import check, task, to_torch

ONE, ZERO = np.array([[1.0]]), np.array([0.0])
WEIGHTS = (ONE, 2 * ONE, ZERO, ZERO)
IMPULSE = np.array([[[0.0]], [[0.0]], [[1.0]]])


NAMES = ("dx", "dh0", "dweight_ih", "dweight_hh", "dbias_ih", "dbias_hh")


def drawn(rng, steps=5, sequences=2, dtype=np.float64):
    """Return a sequence of 3 inputs, a first state of 4 units, weights and an upstream gradient."""
    shapes = (steps, sequences, 3), (sequences, 4), (4, 3), (4, 4), 4, 4, (steps, sequences, 4)
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


def read(x, h0, *weights):
    """Return outputs and last state of torch's plain network."""
    out, h_n = torch._VF.rnn_tanh(x, h0[None], weights, True, 1, 0.0, False, False, False)
    return out, h_n[0]


def require(answers, expected, names=NAMES):
    """Compare one array after the other, by name."""
    for name, answer, reference in zip(names, answers, expected, strict=True):
        check(answer, name).equals(reference.detach())


def require_step_gradients(student, x, *others_and_dout):
    """Compare the gradients of a step with those of torch.autograd."""
    *others, dout = others_and_dout
    _, cache = student.rnn_step_forward(x[0], *others)
    leaves = to_torch(x[0], *others, grad=True)
    expected = torch.autograd.grad(torch._VF.rnn_tanh_cell(*leaves), leaves, to_torch(dout[0]))
    require(student.rnn_step_backward.keeping_arguments(dout[0], cache), expected)


def require_gradients(student, *case, dh_n):
    """Compare the gradients through time with those of torch.autograd."""
    *arguments, dout = case
    *_, cache = student.rnn_forward(*arguments)
    leaves = to_torch(*arguments, grad=True)
    expected = torch.autograd.grad(read(*leaves), leaves, to_torch(dout, dh_n))
    require(student.rnn_backward.keeping_arguments(dout, dh_n, cache), expected)


@task("rnn_step_forward", points=0.5)
def test_a_step_matches_the_worked_example_of_the_handout(student):
    arrays = (np.array([[1.0]]), np.array([[0.5]]), np.array([[0.3]]), np.array([[0.4]]))
    h_next, _ = student.rnn_step_forward(*arrays, np.array([0.1]), np.array([0.4]))
    check(h_next, "h_next").equals(np.tanh([[1.0]]))


@task("rnn_step_backward", points=0.5)
def test_its_gradients_match_the_worked_example_of_the_handout(student):
    arrays = (np.array([[1.0]]), np.array([[0.5]]), np.array([[0.3]]), np.array([[0.4]]))
    _, cache = student.rnn_step_forward(*arrays, np.array([0.1]), np.array([-0.6]))
    got = student.rnn_step_backward(np.array([[2.0]]), cache)
    for name, gradient, expected in zip(("dx", "dh", "dweight_ih", "dweight_hh"), got, (0.6, 0.8, 2, 1), strict=False):
        check(gradient, name).equals(np.array([[float(expected)]]))
    check(got[4], "dbias_ih").equals(np.array([2.0]))
    check(got[5], "dbias_hh").equals(np.array([2.0]))


@task("rnn_forward", points=0.5)
def test_a_sequence_agrees_with_torch(student, rng):
    *arguments, _ = drawn(rng)
    require(student.rnn_forward(*arguments)[:2], read(*to_torch(*arguments)), ("out", "h_n"))


@task("rnn_forward", points=0.5)
def test_a_single_sequence_stays_in_float32_and_a_sequence_without_steps_is_refused(student, rng):
    x, *others, _ = drawn(rng, 4, 1, np.float32)
    got = student.rnn_forward.keeping_arguments(x, *others)
    require(got[:2], read(*to_torch(x, *others)), ("out", "h_n"))
    student.rnn_forward.refuses(ValueError, x[:0], *others)


@task("rnn_backward", points=0.5)
def test_gradients_through_time_match_the_worked_example_of_the_handout(student):
    *_, cache = student.rnn_forward(np.zeros((3, 1, 1)), 0 * ONE, *WEIGHTS)
    dx, dh0, _, _, dbias_ih, _ = student.rnn_backward(IMPULSE, 0 * ONE, cache)
    check(dx, "dx").equals(np.array([[[4.0]], [[2.0]], [[1.0]]]))
    check(dh0, "dh0").equals(np.array([[8.0]]))
    check(dbias_ih, "dbias_ih").equals(np.array([7.0]))


@task("truncated_bptt", points=0.5)
def test_truncated_gradients_match_the_worked_example_of_the_handout(student):
    x, dout = np.zeros((5, 1, 1)), np.ones((5, 1, 1))
    _, _, (dx, dh0, _, _, dbias_ih, _) = student.truncated_bptt(x, 0 * ONE, *WEIGHTS, dout, k=2)
    check(dx, "dx").equals(np.array([3.0, 1.0, 3.0, 1.0, 1.0]).reshape(5, 1, 1))
    check(dh0, "dh0").equals(6 * ONE)
    check(dbias_ih, "dbias_ih").equals(np.array([9.0]))


@task("rnn_step_forward", points=0.5)
def test_a_step_of_several_units_agrees_with_torch(student, rng):
    x, *others, _ = drawn(rng)
    h_next, _ = student.rnn_step_forward(x[0], *others)
    check(h_next, "h_next").equals(torch._VF.rnn_tanh_cell(*to_torch(x[0], *others)))


@task("rnn_step_forward", points=0.5)
def test_inputs_of_1e4_stay_in_float32_and_no_argument_changes(student, rng):
    x, *others, _ = drawn(rng, dtype=np.float32)
    x = np.float32(1e4) * x
    h_next, _ = student.rnn_step_forward.keeping_arguments(x[0], *others)
    check(h_next, "h_next").equals(torch._VF.rnn_tanh_cell(*to_torch(x[0], *others)))


@task("rnn_step_backward", points=0.5)
def test_the_gradients_of_a_step_are_those_of_torch(student, rng):
    require_step_gradients(student, *drawn(rng))


@task("rnn_step_backward", points=0.5)
def test_the_gradients_of_a_step_keep_to_float32(student, rng):
    require_step_gradients(student, *drawn(rng, dtype=np.float32))


@task("rnn_backward", points=1)
def test_gradients_through_time_are_those_of_torch(student, rng):
    case = drawn(rng)
    require_gradients(student, *case, dh_n=rng.normal(size=case[1].shape))


@task("rnn_backward", points=0.5)
def test_gradients_of_one_step_keep_to_float32(student, rng):
    case = drawn(rng, 1, 3, np.float32)
    require_gradients(student, *case, dh_n=np.zeros_like(case[1]))


@task("truncated_bptt", points=1)
def test_pieces_of_two_steps_agree_with_torch(student, rng):
    """The state is detached before every piece: nothing else is cut."""
    *arguments, dout = drawn(rng)
    out, h_n, gradients = student.truncated_bptt(*arguments, dout, k=2)
    x, h, *weights = leaves = to_torch(*arguments, grad=True)
    pieces = []
    for piece in x.split(2):
        states, h = read(piece, h.detach() if pieces else h, *weights)
        pieces.append(states)
    expected = torch.cat(pieces)
    require((out, h_n), (expected, h), ("out", "h_n"))
    require(gradients, torch.autograd.grad(expected, leaves, to_torch(dout)))


@task("truncated_bptt", points=0.5)
def test_no_argument_changes_and_pieces_without_steps_are_refused(student, rng):
    *arguments, dout = drawn(rng, 3, 1)
    out, _, _ = student.truncated_bptt.keeping_arguments(*arguments, dout, k=4)
    check(out, "out").equals(read(*to_torch(*arguments))[0])
    student.truncated_bptt.refuses(ValueError, *arguments, dout, k=0)
