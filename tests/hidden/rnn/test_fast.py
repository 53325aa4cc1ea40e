"""fast.py against torch: right first, then fast.

Requires torch's states, last cell and seven gradients in float64, for long and short sequences, one step, one sequence
and none, one input, one unit, gates far open and far shut; float32 in and out, no gradient graph, arguments unchanged;
then the time of torch's own lstm and its backward pass, for sizes that are drawn, with gates far open and far shut, and
equal sequences.

Catches: gates in another order, forget and input gate exchanged, a bias missing, states and cells handed on wrongly,
the gradient of the cell without one of its paths, upstream gradients of the last step alone, weights' gradients of one
step or with the wrong states, exponentials that overflow, arguments that are overwritten, float64 inside; loops over
sequences.

Expected numbers: live torch and torch.autograd on the same tensors.
"""

import torch

from grader.judge import check, task

# Sums of a gate at 100 are off by 2e-5 in float32, and inputs of 150 carry that into dweight_ih: torch is off by 5e-4.
CLOSE = 2e-3
NAMES = ("dx", "dh0", "dc0", "dweight_ih", "dweight_hh", "dbias_ih", "dbias_hh")
SIZES = ((5, 3, 4, 2), (1, 2, 3, 4), (4, 1, 2, 3), (3, 5, 1, 2), (2, 3, 5, 1), (40, 2, 3, 5))  # T, N, D, M


def drawn(rng, steps, batch, features, hidden, dtype=torch.float64):
    """Return the arguments of a call, all of them random."""
    state, rows = (batch, hidden), 4 * hidden
    shapes = (steps, batch, features), state, state, (rows, features), (rows, hidden), (rows,), (rows,)
    return tuple(torch.from_numpy(rng.normal(size=shape)).to(dtype) for shape in (*shapes, (steps, batch, hidden)))


def compare(answer, *case):
    """Compare with torch's own operator, also where scores are so large that its gates are 0 or 1."""
    *arguments, dout = case
    x, h0, c0, *weights = leaves = [tensor.clone().requires_grad_() for tensor in arguments]
    out, _, c_n = torch._VF.lstm(x, (h0[None], c0[None]), weights, True, 1, 0.0, True, False, False)
    check(answer[0], "out").equals(out.detach())
    check(answer[1], "c_n").equals(c_n[0].detach())
    for name, mine, theirs in zip(NAMES, answer[2], torch.autograd.grad(out, leaves, dout), strict=True):
        check(mine, name).equals(theirs)


@task("lstm_fast", points=4, about="many shapes, one step, one sequence, no argument changed")
def test_states_and_gradients_agree_with_torch(student, rng):
    for sizes in SIZES:
        case = drawn(rng, *sizes)
        compare(student.lstm_fast.keeping_arguments(*case), *case)


@task("lstm_fast", points=1, about="no sequences")
def test_without_sequences_the_weights_have_gradients_of_zero(student, rng):
    case = drawn(rng, 5, 0, 4, 2)
    compare(student.lstm_fast(*case), *case)


@task("lstm_fast", points=1, about="gates at their ends")
def test_gates_far_open_and_far_shut_are_right(student, rng):
    x, *others = drawn(rng, *SIZES[0])
    for scale in (1e4, -1e4):
        case = scale * x, *others
        compare(student.lstm_fast(*case), *case)


@task("lstm_fast", points=1, about="float32, no autograd, new answers")
def test_float32_stays_float32_and_no_graph_is_kept(student, rng):
    for _ in range(2):
        case = drawn(rng, *SIZES[0], dtype=torch.float32)
        out, c_n, gradients = student.lstm_fast.returning_new_arrays(*case)
        compare((out, c_n, gradients), *case)
    parts = out, c_n, *gradients
    check(parts).holds(not any(part.requires_grad for part in parts), "autograd has been at work")


@task("lstm_fast", points=3, about="speed on one CPU thread")
def test_speed_on_one_cpu_thread(student, race):
    race.on_cpu("lstm_fast", rtol=CLOSE, share=CLOSE)


@task("lstm_fast", points=3, about="speed on a GPU")
def test_speed_on_a_gpu(student, race):
    race.on_gpu("lstm_fast", rtol=CLOSE, share=CLOSE)
