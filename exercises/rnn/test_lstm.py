"""What you can check at home: lstm.py on the handout's worked example, and a sequence against torch.nn.LSTM."""

import numpy as np
import torch

from grader.judge import check, task, to_torch

WEIGHTS, BIAS, ZERO, CELL = np.zeros((4, 1)), np.zeros(4), np.zeros((1, 1)), np.array([[8.0]])
NAMES = ("dx", "dh0", "dc0", "dweight_ih", "dweight_hh", "dbias_ih", "dbias_hh")


def drawn(rng, steps=5, sequences=2, dtype=np.float64):
    """Return a sequence of 3 inputs, first states of 4 units, and weights."""
    shapes = (steps, sequences, 3), (sequences, 4), (sequences, 4), (16, 3), (16, 4), 16, 16
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


def read(x, h0, c0, *weights):
    """Return all outputs of torch's own LSTM, without the axis of its layers."""
    out, h_n, c_n = torch._VF.lstm(x, (h0[None], c0[None]), weights, True, 1, 0.0, False, False, False)
    return out, h_n[0], c_n[0]


def stepped(x, h, c, *weights):
    """Return one step of torch's own LSTM."""
    return torch._VF.lstm_cell(x, (h, c), *weights)


def require(answers, expected, names=NAMES):
    """Compare one array after the other, by name."""
    for name, answer, reference in zip(names, answers, expected, strict=True):
        check(answer, name).equals(reference.detach())


def require_step_gradients(student, rng, dtype=np.float64):
    """Compare the gradients of a step with those of torch.autograd."""
    x, *others = drawn(rng, dtype=dtype)
    upstream = [rng.normal(size=(2, 4)).astype(dtype) for _ in range(2)]
    *_, cache = student.lstm_step_forward(x[0], *others)
    leaves = to_torch(x[0], *others, grad=True)
    expected = torch.autograd.grad(stepped(*leaves), leaves, [to_torch(part) for part in upstream])
    require(student.lstm_step_backward.keeping_arguments(*upstream, cache), expected)


def require_gradients(student, rng, *sizes):
    """Compare the gradients through time with those of torch.autograd."""
    x, *others = drawn(rng, *sizes)
    shapes = [(*x.shape[:2], 4)] + 2 * [(x.shape[1], 4)]
    upstream = [rng.normal(size=shape).astype(x.dtype) for shape in shapes]
    *_, cache = student.lstm_forward(x, *others)
    leaves = to_torch(x, *others, grad=True)
    expected = torch.autograd.grad(read(*leaves), leaves, to_torch(*upstream))
    require(student.lstm_backward.keeping_arguments(*upstream, cache), expected)


@task("lstm_step_forward", points=0.5)
def test_a_step_matches_the_worked_example_of_the_handout(student):
    h_next, c_next, _ = student.lstm_step_forward(np.ones((1, 1)), ZERO, CELL, WEIGHTS, WEIGHTS, BIAS, BIAS)
    check(c_next, "c_next").equals(np.array([[4.0]]))
    check(h_next, "h_next").equals(0.5 * np.tanh([[4.0]]))


@task("lstm_step_backward", points=0.5)
def test_its_gradients_match_the_worked_example_of_the_handout(student):
    *_, cache = student.lstm_step_forward(np.ones((1, 1)), ZERO, CELL, WEIGHTS, WEIGHTS, BIAS, BIAS)
    _, _, dc, dweight_ih, *_ = student.lstm_step_backward(ZERO, np.array([[1.0]]), cache)
    check(dc, "dc").equals(np.array([[0.5]]))
    check(dweight_ih, "dweight_ih").equals(np.array([[0.0], [2.0], [0.5], [0.0]]))


@task("lstm_backward", points=0.5)
def test_the_cells_gradient_matches_the_worked_example_of_the_handout(student):
    *_, cache = student.lstm_forward(np.ones((3, 1, 1)), ZERO, CELL, WEIGHTS, WEIGHTS, BIAS, BIAS)
    _, _, dc0, *_ = student.lstm_backward(np.zeros((3, 1, 1)), ZERO, np.array([[1.0]]), cache)
    check(dc0, "dc0").equals(np.array([[0.125]]))


@task("lstm_step_forward", points=1)
def test_a_step_of_several_units_agrees_with_torch(student, rng):
    x, *others = drawn(rng)
    require(student.lstm_step_forward(x[0], *others)[:2], stepped(*to_torch(x[0], *others)), ("h_next", "c_next"))


@task("lstm_step_forward", points=0.5)
def test_gates_far_open_and_far_shut_stay_in_float32_and_no_argument_changes(student, rng):
    x, *others = drawn(rng, dtype=np.float32)
    x = np.float32(1e4) * x
    got = student.lstm_step_forward.keeping_arguments(x[0], *others)
    require(got[:2], stepped(*to_torch(x[0], *others)), ("h_next", "c_next"))


@task("lstm_step_backward", points=1)
def test_the_gradients_of_a_step_are_those_of_torch(student, rng):
    require_step_gradients(student, rng)


@task("lstm_step_backward", points=0.5)
def test_the_gradients_of_a_step_keep_to_float32(student, rng):
    require_step_gradients(student, rng, np.float32)


@task("lstm_forward", points=0.5)
def test_the_last_state_matches_the_worked_example_of_the_handout(student):
    out, h_n, c_n, _ = student.lstm_forward(np.ones((3, 1, 1)), ZERO, CELL, WEIGHTS, WEIGHTS, BIAS, BIAS)
    check(c_n, "c_n").equals(np.array([[1.0]]))
    check(out, "out").equals(np.tanh([[[4.0]], [[2.0]], [[1.0]]]) / 2)
    check(h_n, "h_n").equals(np.tanh([[1.0]]) / 2)


@task("lstm_forward", points=1)
def test_a_sequence_agrees_with_torch(student, rng):
    arguments = drawn(rng)
    require(student.lstm_forward(*arguments)[:3], read(*to_torch(*arguments)), ("out", "h_n", "c_n"))


@task("lstm_forward", points=0.5)
def test_a_single_sequence_stays_in_float32_and_a_sequence_without_steps_is_refused(student, rng):
    x, *others = drawn(rng, 4, 1, np.float32)
    got = student.lstm_forward.keeping_arguments(x, *others)
    require(got[:3], read(*to_torch(x, *others)), ("out", "h_n", "c_n"))
    student.lstm_forward.refuses(ValueError, x[:0], *others)


@task("lstm_backward", points=1)
def test_gradients_through_time_are_those_of_torch(student, rng):
    require_gradients(student, rng)


@task("lstm_backward", points=0.5)
def test_gradients_of_one_step_keep_to_float32(student, rng):
    require_gradients(student, rng, 1, 3, np.float32)
