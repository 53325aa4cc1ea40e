"""What you can check at home: gru.py on the handout's worked example, and a sequence against torch.nn.GRU."""

import numpy as np
import torch

from grader.judge import check, task, to_torch

WEIGHTS, BIAS, ZERO, EIGHT = np.zeros((3, 1)), np.zeros(3), np.zeros((1, 1)), np.array([[8.0]])
NAMES = ("dx", "dh0", "dweight_ih", "dweight_hh", "dbias_ih", "dbias_hh")


def drawn(rng, steps=5, sequences=2, dtype=np.float64):
    """Return a sequence of 3 inputs, first states of 4 units, and weights."""
    shapes = (steps, sequences, 3), (sequences, 4), (12, 3), (12, 4), 12, 12
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


def read(x, h0, *weights):
    """Return all outputs of torch's own GRU, without the axis of its layers."""
    out, h_n = torch._VF.gru(x, h0[None], weights, True, 1, 0.0, False, False, False)
    return out, h_n[0]


def stepped(x, h, *weights):
    """Return one step of torch's own GRU."""
    return torch._VF.gru_cell(x, h, *weights)


def require(answers, expected, names=NAMES):
    """Compare one array after the other, by name."""
    for name, answer, reference in zip(names, answers, expected, strict=True):
        check(answer, name).equals(reference.detach())


def require_step_gradients(student, rng, dtype=np.float64):
    """Compare the gradients of a step with those of torch.autograd."""
    x, *others = drawn(rng, dtype=dtype)
    upstream = [rng.normal(size=(2, 4)).astype(dtype) for _ in range(1)]
    *_, cache = student.gru_step_forward(x[0], *others)
    leaves = to_torch(x[0], *others, grad=True)
    expected = torch.autograd.grad(stepped(*leaves), leaves, [to_torch(part) for part in upstream])
    require(student.gru_step_backward.keeping_arguments(*upstream, cache), expected)


def require_gradients(student, rng, *sizes):
    """Compare the gradients through time with those of torch.autograd."""
    x, *others = drawn(rng, *sizes)
    shapes = [(*x.shape[:2], 4)] + 1 * [(x.shape[1], 4)]
    upstream = [rng.normal(size=shape).astype(x.dtype) for shape in shapes]
    *_, cache = student.gru_forward(x, *others)
    leaves = to_torch(x, *others, grad=True)
    expected = torch.autograd.grad(read(*leaves), leaves, to_torch(*upstream))
    require(student.gru_backward.keeping_arguments(*upstream, cache), expected)


@task("gru_step_forward", points=0.5)
def test_a_step_matches_the_worked_example_of_the_handout(student):
    weight_hh = np.zeros((6, 2))
    weight_hh[4:] = [[0.0, 1.0], [1.0, 0.0]]
    log_3 = np.log(3)
    bias_ih, bias_hh = np.array([0.0, log_3, log_3, log_3, -2.5, -2.5]), np.array([0.0, 0.0, 0.0, 0.0, 2.0, 2.0])
    h_next, _ = student.gru_step_forward(ZERO, np.array([[2.0, 4.0]]), np.zeros((6, 1)), weight_hh, bias_ih, bias_hh)
    check(h_next, "h_next").equals(0.25 * np.tanh([[0.5, 0.5]]) + [[1.5, 3.0]])


@task("gru_step_backward", points=0.5)
def test_its_gradients_match_the_worked_example_of_the_handout(student):
    _, cache = student.gru_step_forward(ZERO, np.array([[4.0]]), WEIGHTS, WEIGHTS, BIAS, BIAS)
    _, dh, _, _, dbias_ih, dbias_hh = student.gru_step_backward(np.array([[1.0]]), cache)
    check(dh, "dh").equals(np.array([[0.5]]))
    check(dbias_ih, "dbias_ih").equals(np.array([0.0, 1.0, 0.5]))
    check(dbias_hh, "dbias_hh").equals(np.array([0.0, 1.0, 0.25]))


@task("gru_backward", points=0.5)
def test_the_states_gradient_matches_the_worked_example_of_the_handout(student):
    *_, cache = student.gru_forward(np.ones((3, 1, 1)), EIGHT, WEIGHTS, WEIGHTS, BIAS, BIAS)
    _, dh0, *_ = student.gru_backward(np.ones((3, 1, 1)), ZERO, cache)
    check(dh0, "dh0").equals(np.array([[0.875]]))


@task("gru_step_forward", points=1)
def test_a_step_of_several_units_agrees_with_torch(student, rng):
    x, *others = drawn(rng)
    require(student.gru_step_forward(x[0], *others)[:1], [stepped(*to_torch(x[0], *others))], ("h_next",))


@task("gru_step_forward", points=0.5)
def test_gates_far_open_and_far_shut_stay_in_float32_and_no_argument_changes(student, rng):
    x, *others = drawn(rng, dtype=np.float32)
    x = np.float32(1e4) * x
    got = student.gru_step_forward.keeping_arguments(x[0], *others)
    require(got[:1], [stepped(*to_torch(x[0], *others))], ("h_next",))


@task("gru_step_backward", points=1)
def test_the_gradients_of_a_step_are_those_of_torch(student, rng):
    require_step_gradients(student, rng)


@task("gru_step_backward", points=0.5)
def test_the_gradients_of_a_step_keep_to_float32(student, rng):
    require_step_gradients(student, rng, np.float32)


@task("gru_forward", points=0.5)
def test_the_last_state_matches_the_worked_example_of_the_handout(student):
    out, h_n, _ = student.gru_forward(np.ones((3, 1, 1)), EIGHT, WEIGHTS, WEIGHTS, BIAS, BIAS)
    check(out, "out").equals(np.array([[[4.0]], [[2.0]], [[1.0]]]))
    check(h_n, "h_n").equals(np.array([[1.0]]))


@task("gru_forward", points=0.5)
def test_a_sequence_agrees_with_torch(student, rng):
    arguments = drawn(rng)
    require(student.gru_forward(*arguments)[:2], read(*to_torch(*arguments)), ("out", "h_n"))


@task("gru_forward", points=0.5)
def test_a_single_sequence_stays_in_float32_and_a_sequence_without_steps_is_refused(student, rng):
    x, *others = drawn(rng, 4, 1, np.float32)
    got = student.gru_forward.keeping_arguments(x, *others)
    require(got[:2], read(*to_torch(x, *others)), ("out", "h_n"))
    student.gru_forward.refuses(ValueError, x[:0], *others)


@task("gru_backward", points=1)
def test_gradients_through_time_are_those_of_torch(student, rng):
    require_gradients(student, rng)


@task("gru_backward", points=0.5)
def test_gradients_of_one_step_keep_to_float32(student, rng):
    require_gradients(student, rng, 1, 3, np.float32)
