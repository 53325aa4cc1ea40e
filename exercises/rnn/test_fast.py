"""An LSTM on tensors, on the handout's worked example and against torch. Right before fast.

Speed is measured by `grade bench`.

Expected numbers: by hand, and torch with its autograd.
"""

import math

import torch

from grader.judge import check, task

NAMES = ("dx", "dh0", "dc0", "dweight_ih", "dweight_hh", "dbias_ih", "dbias_hh")


@task("lstm_fast", points=1)
def test_lstm_matches_the_worked_example(student):
    x, h0 = torch.ones(1, 1, 1, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)
    weights, biases = torch.zeros(4, 1, dtype=torch.float64), torch.zeros(4, dtype=torch.float64)
    dout = torch.ones(1, 1, 1, dtype=torch.float64)
    out, c_n, gradients = student.lstm_fast(x, h0, 8 + h0, weights, weights, biases, biases, dout)
    check(out, "out").equals(torch.tensor([[[math.tanh(4) / 2]]], dtype=torch.float64))
    check(c_n, "c_n").equals(torch.tensor([[4.0]], dtype=torch.float64))
    slope = 0.5 * (1 - math.tanh(4) ** 2)  # from the state to the cell
    expected = [0, 2 * slope, slope / 2, math.tanh(4) / 4]
    check(gradients[2], "dc0").equals(torch.tensor([[slope / 2]], dtype=torch.float64))
    check(gradients[5], "dbias_ih").equals(torch.tensor(expected, dtype=torch.float64))


@task("lstm_fast", points=1)
def test_lstm_agrees_with_torch(student, rng):
    shapes = (5, 2, 4), (2, 3), (2, 3), (12, 4), (12, 3), (12,), (12,)
    x, h0, c0, *weights = leaves = [torch.from_numpy(rng.normal(size=shape)).requires_grad_() for shape in shapes]
    expected, _, last = torch._VF.lstm(x, (h0[None], c0[None]), weights, True, 1, 0.0, True, False, False)
    dout = torch.from_numpy(rng.normal(size=expected.shape))
    out, c_n, obtained = student.lstm_fast(*(leaf.detach() for leaf in leaves), dout)
    check(out, "out").equals(expected.detach())
    check(c_n, "c_n").equals(last[0].detach())
    for name, mine, theirs in zip(NAMES, obtained, torch.autograd.grad(expected, leaves, dout), strict=True):
        check(mine, name).equals(theirs)
