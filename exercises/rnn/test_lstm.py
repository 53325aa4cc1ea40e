"""What you can check at home: lstm.py on the handout's worked example, and a sequence against torch.nn.LSTM."""

import numpy as np
import torch

from grader.judge import check, task, to_torch

WEIGHTS, BIAS, ZERO, CELL = np.zeros((4, 1)), np.zeros(4), np.zeros((1, 1)), np.array([[8.0]])


@task("lstm_step_forward", points=1)
def test_a_step_matches_the_worked_example_of_the_handout(student):
    h_next, c_next, _ = student.lstm_step_forward(np.ones((1, 1)), ZERO, CELL, WEIGHTS, WEIGHTS, BIAS, BIAS)
    check(c_next, "c_next").equals(np.array([[4.0]]))
    check(h_next, "h_next").equals(0.5 * np.tanh([[4.0]]))


@task("lstm_step_backward", points=1)
def test_its_gradients_match_the_worked_example_of_the_handout(student):
    *_, cache = student.lstm_step_forward(np.ones((1, 1)), ZERO, CELL, WEIGHTS, WEIGHTS, BIAS, BIAS)
    _, _, dc, dweight_ih, *_ = student.lstm_step_backward(ZERO, np.array([[1.0]]), cache)
    check(dc, "dc").equals(np.array([[0.5]]))
    check(dweight_ih, "dweight_ih").equals(np.array([[0.0], [2.0], [0.5], [0.0]]))


@task("lstm_forward", points=1)
def test_a_sequence_agrees_with_torch(student, rng):
    x, h0, c0, *weights = [rng.normal(size=shape) for shape in ((5, 2, 3), (2, 4), (2, 4), (16, 3), (16, 4), 16, 16)]
    network = torch.nn.LSTM(3, 4, dtype=torch.float64)
    for parameter, weight in zip(network.parameters(), weights, strict=True):
        parameter.data = to_torch(weight)
    expected, (h_last, c_last) = network(to_torch(x), tuple(to_torch(h0[None], c0[None])))
    out, h_n, c_n, _ = student.lstm_forward(x, h0, c0, *weights)
    check(out, "out").equals(expected.detach())
    check(h_n, "h_n").equals(h_last[0].detach())
    check(c_n, "c_n").equals(c_last[0].detach())


@task("lstm_backward", points=1)
def test_the_cells_gradient_matches_the_worked_example_of_the_handout(student):
    *_, cache = student.lstm_forward(np.ones((3, 1, 1)), ZERO, CELL, WEIGHTS, WEIGHTS, BIAS, BIAS)
    _, _, dc0, *_ = student.lstm_backward(np.zeros((3, 1, 1)), ZERO, np.array([[1.0]]), cache)
    check(dc0, "dc0").equals(np.array([[0.125]]))
