"""fast.py against torch: right first, then fast.

Requires torch's scores and gradients in float64 for networks of one to four layers, of one example, of one unit;
nothing passing a ReLU whose input is exactly 0, nor a layer of units that are all off; float32 in and out, no gradient
graph, arguments unchanged; then the time of torch's own linear and relu and their backward pass, for networks whose
shape is drawn, with long, equal and zero examples, units at exactly 0, and units that are off.

Catches: a ReLU behind the last layer or before the first, masks that are forgotten or made from the gradient, gradients
in the wrong order, transposed or averaged, an upstream gradient that is overwritten, float64 inside.

Expected numbers: live torch and torch.autograd on the same tensors.
"""

from itertools import pairwise

import torch

from grader.judge import check, task

# Sums of some hundred products in float32, four layers deep, some a hundred times as large: torch is off by 6e-5.
CLOSE = 5e-4
NETWORKS = ((5, (3, 4, 2)), (1, (2, 5, 3, 4)), (6, (4, 3)), (4, (1, 3, 1, 2, 5)), (7, (3, 1)))


def drawn(rng, count, sizes, dtype=torch.float64):
    """Return examples, parameters and an upstream gradient."""

    def normal(*shape):
        return torch.from_numpy(rng.normal(size=shape)).to(dtype)

    params = [(normal(rows, columns), normal(rows)) for columns, rows in pairwise(sizes)]
    return normal(count, sizes[0]), params, normal(count, sizes[-1])


def expected(x, params, dscores):
    x, flat = x.clone().requires_grad_(), [tensor.clone().requires_grad_() for pair in params for tensor in pair]
    pairs = list(zip(flat[::2], flat[1::2], strict=True))
    scores = x
    for weight, bias in pairs[:-1]:
        scores = torch.relu(scores @ weight.T + bias)
    scores = scores @ pairs[-1][0].T + pairs[-1][1]
    dx, *gradients = torch.autograd.grad(scores, [x, *flat], dscores)
    return scores.detach(), dx, list(zip(gradients[::2], gradients[1::2], strict=True))


def compare(answer, case):
    for name, mine, theirs in zip(("scores", "dx", "grads"), answer, expected(*case), strict=True):
        check(mine, name).equals(theirs)


@task("mlp_fast", points=2, about="every depth, one example, one unit")
def test_scores_and_gradients_agree_with_torch(student, rng):
    for count, sizes in NETWORKS:
        case = drawn(rng, count, sizes)
        compare(student.mlp_fast.keeping_arguments(*case), case)


@task("mlp_fast", points=1.5, about="units that are off")
def test_no_gradient_passes_a_unit_that_is_off(student, rng):
    x, params, dscores = drawn(rng, 6, (3, 5, 4, 2))
    x[:2] = 0.0
    params[0][1][:2] = 0.0  # the inputs of two units are exactly 0 for the first two examples
    params[1][1][:] = -100.0
    case = x, params, dscores
    compare(student.mlp_fast(*case), case)
    params[1][1][:] = 1.0
    compare(student.mlp_fast(*case), case)


@task("mlp_fast", points=1, about="float32, whether autograd has been at work")
def test_float32_stays_float32_and_no_graph_is_kept(student, rng):
    case = drawn(rng, 4, (3, 6, 2), dtype=torch.float32)
    scores, dx, grads = student.mlp_fast(*case)
    compare((scores, dx, grads), case)
    parts = [scores, dx, *(part for pair in grads for part in pair)]
    check(scores).holds(not any(part.requires_grad for part in parts), "autograd has been at work")


@task("mlp_fast", points=0.5, about="tensors that are laid out otherwise in memory, new answers")
def test_network_takes_any_layout_in_memory(student, rng):
    x, params, dscores = drawn(rng, 6, (3, 5, 2))
    turned = [(weight.T.contiguous().T, bias) for weight, bias in params]
    for sign in (1, -1):
        case = sign * x.T.contiguous().T, turned, dscores.T.contiguous().T
        compare(student.mlp_fast.returning_new_arrays(*case), case)


@task("mlp_fast", points=3, about="its time on a processor")
def test_speed_on_one_cpu_thread(student, race):
    race.on_cpu("mlp_fast", rtol=CLOSE, share=CLOSE)


@task("mlp_fast", points=3, about="its time on a GPU")
def test_speed_on_a_gpu(student, race):
    race.on_gpu("mlp_fast", rtol=CLOSE, share=CLOSE)
