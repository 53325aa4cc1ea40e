"""fast.py against torch: right first, then fast.

Requires torch's weights, biases and losses in float64 after one and after several steps, on odd sizes, one example and
one input; right losses and steps for scores of ±10,000 on either side; float32 in and out, no gradient graph, arguments
unchanged; then the time of torch's own binary_cross_entropy_with_logits and its backward pass, for sizes that are
drawn, with examples that are 0, the same, or so long that scores are ±120.

Catches: exponentials that overflow, sums instead of means, a step uphill, a bias that stays, losses after the step,
labels of the wrong kind, one step instead of many, weights that are overwritten, float64 inside.

Expected numbers: live torch and torch.autograd on the same tensors.
"""

import torch
import torch.nn.functional as F

from grader.judge import check, task

# Means of 200,000 float32 numbers, some of them 300, four times over: torch is off by 4e-5, in any order by 5e-5.
CLOSE = 3e-4
SIZES = ((7, 3, 1), (1, 4, 2), (5, 1, 3), (2, 6, 5))  # examples, inputs, steps


def drawn(rng, count, width, scale=1.0, dtype=torch.float64):
    """Return examples, labels of both classes where there is room, weights and a bias."""
    x, weight, bias = (torch.from_numpy(rng.normal(size=size)).to(dtype) for size in ((count, width), (1, width), (1,)))
    y = torch.from_numpy(rng.integers(0, 2, size=count)).to(dtype)
    y[:2] = torch.arange(len(y[:2])) % 2
    return scale * x, y, weight, bias


def expected(x, y, weight, bias, lr, steps):
    losses = []
    for _ in range(steps):
        weight, bias = weight.detach().requires_grad_(), bias.detach().requires_grad_()
        loss = F.binary_cross_entropy_with_logits(F.linear(x, weight, bias)[:, 0], y)
        dweight, dbias = torch.autograd.grad(loss, (weight, bias))
        weight, bias = weight.detach() - lr * dweight, bias.detach() - lr * dbias
        losses.append(loss.detach())
    return weight, bias, torch.stack(losses)


def compare(answer, case):
    for name, mine, theirs in zip(("weight", "bias", "losses"), answer, expected(*case), strict=True):
        check(mine, name).equals(theirs)


@task("logistic_descent_fast", points=1.5, about="many steps, one example, one input")
def test_weight_bias_and_losses_agree_with_torch_for_other_sizes(student, rng):
    for count, width, steps in SIZES:
        case = *drawn(rng, count, width), 0.7, steps
        compare(student.logistic_descent_fast.keeping_arguments(*case), case)


@task("logistic_descent_fast", points=1.5, about="very large scores on either side, in float64 and float32")
def test_losses_and_steps_are_right_for_very_large_scores(student, rng):
    for dtype in (torch.float64, torch.float32):
        case = *drawn(rng, 8, 3, scale=1e4, dtype=dtype), 0.1, 2
        case[0][:4] = torch.tensor([1e4, 0.0, 0.0], dtype=dtype)
        case[1][:4] = torch.tensor([0.0, 1.0, 0.0, 1.0], dtype=dtype)
        case[0][2:4] *= -1
        compare(student.logistic_descent_fast(*case), case)


@task("logistic_descent_fast", points=1, about="float32, whether autograd has been at work")
def test_float32_stays_float32_and_no_graph_is_kept(student, rng):
    case = *drawn(rng, 6, 4, dtype=torch.float32), 0.5, 2
    answer = student.logistic_descent_fast(*case)
    compare(answer, case)
    check(answer).holds(not any(part.requires_grad for part in answer), "autograd has been at work")


@task("logistic_descent_fast", points=1, about="tensors that are laid out otherwise in memory, new answers")
def test_steps_take_any_layout_in_memory(student, rng):
    x, *rest = drawn(rng, 6, 4)
    for examples in (x.T.contiguous().T, -x.repeat_interleave(2, dim=1)[:, ::2]):
        case = examples, *rest, 0.5, 2
        compare(student.logistic_descent_fast.returning_new_arrays(*case), case)


@task("logistic_descent_fast", points=3, about="its time on a processor")
def test_speed_on_one_cpu_thread(student, race):
    race.on_cpu("logistic_descent_fast", rtol=CLOSE, share=CLOSE)


@task("logistic_descent_fast", points=3, about="its time on a GPU")
def test_speed_on_a_gpu(student, race):
    race.on_gpu("logistic_descent_fast", rtol=CLOSE, share=CLOSE)
