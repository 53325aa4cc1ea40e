"""fast.py against torch: right first, then fast.

Requires torch's output and gradients in float64 on odd sizes, right values for channels that are constant, far from 0
or small beside eps, another eps, float32 in and out, no gradient graph, arguments unchanged; then the time of torch's
own batch norm and its backward pass, for sizes and an eps that are drawn, with channels far from 0, constant and small.

Catches: statistics taken for constants, unbiased variances, variances as differences of large numbers, eps outside of
the root or left out, statistics per image or per pixel, means in the place of sums, a forgotten weight or bias,
overwritten arguments, float64 inside; loops.

Expected numbers: live torch and torch.autograd on the same tensors.
"""

import torch
import torch.nn.functional as F

from grader.judge import check, task

# A mean of 1,000 in float32 is off by 6e-5 or twice that, where the spread is 2, and a channel's sum of products with
# it by 3e-4. The difference of two large means is off by a tenth.
CLOSE = 1e-3
SHAPES = ((2, 3, 5, 4), (4, 5, 1, 3), (1, 2, 3, 7), (7, 1, 2, 3), (3, 4, 1, 1))
NAMES = ("out", "dx", "dweight", "dbias")


def drawn(rng, shape, dtype=torch.float64):
    """Return random images, weights, biases and a gradient."""
    sizes = (shape, shape[1:2], shape[1:2], shape)
    return tuple(torch.from_numpy(rng.normal(size=size)).to(dtype) for size in sizes)


def compare(answer, x, weight, bias, dout, eps=1e-5, rtol=1e-6, atol=1e-9):
    x, weight, bias = (argument.clone().requires_grad_() for argument in (x, weight, bias))
    out = F.batch_norm(x, None, None, weight, bias, training=True, eps=eps)
    expected = (out.detach(), *torch.autograd.grad(out, (x, weight, bias), dout))
    for name, mine, theirs in zip(NAMES, answer, expected, strict=True):
        check(mine, name).equals(theirs, rtol=rtol, atol=atol)


@task("batch_norm_fast", points=3, about="images of odd sizes, another eps")
def test_batch_norm_and_gradients_agree_with_torch(student, rng):
    for shape in SHAPES:
        arguments = drawn(rng, shape)
        compare(student.batch_norm_fast.keeping_arguments(*arguments), *arguments)
        compare(student.batch_norm_fast(*arguments, 0.7), *arguments, eps=0.7)


@task("batch_norm_fast", points=2, about="channels that are constant, small or far from 0")
def test_batch_norm_is_right_for_constant_small_and_distant_channels(student, rng):
    x, weight, bias, dout = drawn(rng, (3, 4, 2, 5))
    x[:, 0] = -2.5
    x[:, 1] *= 1e-3
    x[:, 2] += 1e6
    answer = student.batch_norm_fast(x, weight, bias, dout)
    compare(answer, x, weight, bias, dout, atol=1e-7)


@task("batch_norm_fast", points=1, about="float32, no gradient graph, new answers")
def test_float32_stays_float32_and_no_graph_is_kept(student, rng):
    for _ in range(2):
        arguments = drawn(rng, (4, 3, 5, 2), dtype=torch.float32)
        answer = student.batch_norm_fast.returning_new_arrays(*arguments)
        compare(answer, *arguments, rtol=1e-4, atol=1e-5)
    check(answer).holds(not any(part.requires_grad for part in answer), "autograd has been at work")


@task("batch_norm_fast", points=3, about="speed on a processor")
def test_speed_on_one_cpu_thread(student, race):
    race.on_cpu("batch_norm_fast", rtol=CLOSE, share=CLOSE)


@task("batch_norm_fast", points=3, about="speed on a GPU")
def test_speed_on_a_gpu(student, race):
    race.on_gpu("batch_norm_fast", rtol=CLOSE, share=CLOSE)
