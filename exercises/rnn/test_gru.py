"""What you can check at home: gru.py on the handout's worked example, and a sequence against torch.nn.GRU."""

import numpy as np
import torch

from grader.judge import check, task, to_torch

WEIGHTS, BIAS, ZERO, EIGHT = np.zeros((3, 1)), np.zeros(3), np.zeros((1, 1)), np.array([[8.0]])


@task("gru_step_forward", points=1)
def test_a_step_matches_the_worked_example_of_the_handout(student):
    bias_ih, bias_hh = np.array([0.0, 0.0, 1.0]), np.array([0.0, 0.0, 2.0])
    h_next, _ = student.gru_step_forward(ZERO, np.array([[3.0]]), WEIGHTS, WEIGHTS, bias_ih, bias_hh)
    check(h_next, "h_next").equals(0.5 * np.tanh([[2.0]]) + 1.5)


@task("gru_step_backward", points=1)
def test_its_gradients_match_the_worked_example_of_the_handout(student):
    _, cache = student.gru_step_forward(ZERO, np.array([[4.0]]), WEIGHTS, WEIGHTS, BIAS, BIAS)
    _, dh, _, _, dbias_ih, dbias_hh = student.gru_step_backward(np.array([[1.0]]), cache)
    check(dh, "dh").equals(np.array([[0.5]]))
    check(dbias_ih, "dbias_ih").equals(np.array([0.0, 1.0, 0.5]))
    check(dbias_hh, "dbias_hh").equals(np.array([0.0, 1.0, 0.25]))


@task("gru_forward", points=1)
def test_a_sequence_agrees_with_torch(student, rng):
    x, h0, *weights = [rng.normal(size=shape) for shape in ((5, 2, 3), (2, 4), (12, 3), (12, 4), 12, 12)]
    network = torch.nn.GRU(3, 4, dtype=torch.float64)
    for parameter, weight in zip(network.parameters(), weights, strict=True):
        parameter.data = to_torch(weight)
    expected, last = network(to_torch(x), to_torch(h0[None]))
    out, h_n, _ = student.gru_forward(x, h0, *weights)
    check(out, "out").equals(expected.detach())
    check(h_n, "h_n").equals(last[0].detach())


@task("gru_backward", points=1)
def test_the_states_gradient_matches_the_worked_example_of_the_handout(student):
    *_, cache = student.gru_forward(np.ones((3, 1, 1)), EIGHT, WEIGHTS, WEIGHTS, BIAS, BIAS)
    _, dh0, *_ = student.gru_backward(np.ones((3, 1, 1)), ZERO, cache)
    check(dh0, "dh0").equals(np.array([[0.875]]))
