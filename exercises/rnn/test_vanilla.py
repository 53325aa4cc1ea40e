"""What you can check at home: vanilla.py on the handout's worked example, and a sequence against torch.nn.RNN."""

import numpy as np
import torch

from grader.judge import check, task, to_torch

ONE, ZERO = np.array([[1.0]]), np.array([0.0])
WEIGHTS = (ONE, 2 * ONE, ZERO, ZERO)
IMPULSE = np.array([[[0.0]], [[0.0]], [[1.0]]])


def network(weights):
    """Return torch.nn.RNN with these weights."""
    made = torch.nn.RNN(3, 4, dtype=torch.float64)
    for parameter, weight in zip(made.parameters(), weights, strict=True):
        parameter.data = to_torch(weight)
    return made


def drawn(rng):
    """Return a sequence of 5 steps, a first state and weights."""
    return [rng.normal(size=shape) for shape in ((5, 2, 3), (2, 4), (4, 3), (4, 4), 4, 4)]


@task("rnn_step_forward", points=1)
def test_a_step_matches_the_worked_example_of_the_handout(student):
    arrays = (np.array([[1.0]]), np.array([[0.5]]), np.array([[0.3]]), np.array([[0.4]]))
    h_next, _ = student.rnn_step_forward(*arrays, np.array([0.2]), np.array([0.3]))
    check(h_next, "h_next").equals(np.tanh([[1.0]]))


@task("rnn_step_backward", points=1)
def test_its_gradients_match_the_worked_example_of_the_handout(student):
    arrays = (np.array([[1.0]]), np.array([[0.5]]), np.array([[0.3]]), np.array([[0.4]]))
    _, cache = student.rnn_step_forward(*arrays, np.array([0.2]), np.array([-0.7]))
    got = student.rnn_step_backward(np.array([[2.0]]), cache)
    for name, gradient, expected in zip(("dx", "dh", "dweight_ih", "dweight_hh"), got, (0.6, 0.8, 2, 1), strict=False):
        check(gradient, name).equals(np.array([[float(expected)]]))
    check(got[4], "dbias_ih").equals(np.array([2.0]))
    check(got[5], "dbias_hh").equals(np.array([2.0]))


@task("rnn_forward", points=1)
def test_a_sequence_agrees_with_torch(student, rng):
    x, h0, *weights = drawn(rng)
    out, h_n, _ = student.rnn_forward(x, h0, *weights)
    expected, last = network(weights)(to_torch(x), to_torch(h0[None]))
    check(out, "out").equals(expected.detach())
    check(h_n, "h_n").equals(last[0].detach())


@task("rnn_backward", points=1)
def test_gradients_through_time_match_the_worked_example_of_the_handout(student):
    *_, cache = student.rnn_forward(np.zeros((3, 1, 1)), 0 * ONE, *WEIGHTS)
    dx, dh0, _, _, dbias_ih, _ = student.rnn_backward(IMPULSE, 0 * ONE, cache)
    check(dx, "dx").equals(np.array([[[4.0]], [[2.0]], [[1.0]]]))
    check(dh0, "dh0").equals(np.array([[8.0]]))
    check(dbias_ih, "dbias_ih").equals(np.array([7.0]))


@task("truncated_bptt", points=1)
def test_truncated_gradients_match_the_worked_example_of_the_handout(student):
    _, _, (dx, dh0, *_) = student.truncated_bptt(np.zeros((3, 1, 1)), 0 * ONE, *WEIGHTS, IMPULSE, k=2)
    check(dx, "dx").equals(IMPULSE)
    check(dh0, "dh0").equals(0 * ONE)
