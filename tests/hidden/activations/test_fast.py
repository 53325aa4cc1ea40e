"""fast.py against torch: right first, then fast.

Requires torch's loss and gradient in float64 on odd sizes, right values at ±10,000, one example, one class, float32 in
and out, no gradient graph, arguments unchanged; then the time of torch's own cross_entropy and its backward pass.
The same of the exact GELU, against torch's gelu, for tensors without numbers too. In races shapes are drawn, and some
rows lie at ±10,000, in the tail, or have equal numbers.

Catches: exponentials that overflow, maxima of the whole batch, sums instead of means in the loss or the gradient, a
missing or misplaced 1, probabilities in the place of their logarithms, logits that are overwritten; loops. For the
GELU: its two approximations, a forgotten root of 2, half of the slope, a forgotten upstream gradient, overwritten
arguments.

Expected numbers: live torch and torch.autograd on the same tensors.
"""

import torch
import torch.nn.functional as F

from grader.judge import check, task

# A logarithm of a sum at 10,000 is rounded to 1/1024: whoever subtracts that is off by 5e-4. torch's own float32 is off
# by 1e-6. Beside -1, in the gradient of the right class, a probability near 1 leaves its rounding, a thousandth of what
# is typical of the others. The loss is right to 1e-7, summed up in any order to 1e-6.
RTOL = {"loss": 2e-5, "dlogits": 1e-3}
# An exponential of a difference that was rounded to 8 bits is off by up to 8 %, and Phi near 0 by its rounding near 1.
HALF, GELU_HALF = (4.8e-2, 6.5e-2), (4.5e-2, 5e-2)
GELU = 5e-5  # in float32 torch is off by 3e-6 where Phi is what rounding leaves of 1 - 1
SHAPES = ((5, 3), (3, 7), (1, 4), (6, 1), (2, 11))


def expected(logits, labels):
    logits = logits.clone().requires_grad_()
    loss = F.cross_entropy(logits, labels)
    return loss.detach(), torch.autograd.grad(loss, logits)[0]


def drawn(rng, shape, scale=2.0, dtype=torch.float64):
    """Return random logits and labels; the first two labels differ where there is more than one class."""
    labels = torch.from_numpy(rng.integers(0, shape[1], size=shape[0]))
    labels[:2] = torch.arange(len(labels[:2])) % shape[1]
    return torch.from_numpy(scale * rng.normal(size=shape)).to(dtype), labels


@task("softmax_cross_entropy_fast", points=1.5, about="other shapes, one example, one class")
def test_loss_and_gradient_agree_with_torch(student, rng):
    for shape in SHAPES:
        logits, labels = drawn(rng, shape)
        loss, dlogits = student.softmax_cross_entropy_fast.keeping_arguments(logits, labels)
        check(loss, "loss").equals(expected(logits, labels)[0])
        check(dlogits, "dlogits").equals(expected(logits, labels)[1])


@task("softmax_cross_entropy_fast", points=1.5, about="very large scores")
def test_loss_and_gradient_are_right_for_very_large_logits(student, rng):
    logits, labels = drawn(rng, (7, 5), scale=1e4)
    logits[0] = torch.tensor([-1e4, -1e4, -1e4, -1e4, -1e4])
    loss, dlogits = student.softmax_cross_entropy_fast(logits, labels)
    check(loss, "loss").equals(expected(logits, labels)[0])
    check(dlogits, "dlogits").equals(expected(logits, labels)[1])


@task("softmax_cross_entropy_fast", points=1, about="float32, whether autograd has been at work")
def test_float32_stays_float32_and_no_graph_is_kept(student, rng):
    logits, labels = drawn(rng, (4, 6), dtype=torch.float32)
    loss, dlogits = student.softmax_cross_entropy_fast(logits, labels)
    check(loss, "loss").equals(expected(logits, labels)[0])
    check(dlogits, "dlogits").equals(expected(logits, labels)[1])
    check(dlogits).holds(not (loss.requires_grad or dlogits.requires_grad), "autograd has been at work")


@task("softmax_cross_entropy_fast", points=3, about="its time on a processor")
def test_speed_on_one_cpu_thread(student, race):
    race.on_cpu("softmax_cross_entropy_fast", rtol=RTOL, share=2e-3)


@task("softmax_cross_entropy_fast", points=3, about="its time on a GPU")
def test_speed_on_a_gpu(student, race):
    race.on_gpu("softmax_cross_entropy_fast", rtol=RTOL, share=2e-3)


def expected_gelu(x, dout):
    x = x.clone().requires_grad_()
    out = F.gelu(x)
    return out.detach(), torch.autograd.grad(out, x, dout)[0]


def compare_gelu(answer, x, dout):
    for name, result, expected in zip(("out", "dx"), answer, expected_gelu(x, dout), strict=True):
        check(result, name).equals(expected, rtol=1e-6, atol=1e-13)  # below -5, Phi is what rounding leaves of 1 - 1


@task("gelu_fast", points=1.5, about="other shapes, a single number, none")
def test_gelu_and_gradient_agree_with_torch(student, rng):
    for shape in ((3, 5), (7,), (2, 1, 4), (), (0, 6)):
        x, dout = (torch.as_tensor(rng.normal(size=shape), dtype=torch.float64) for _ in range(2))
        compare_gelu(student.gelu_fast.keeping_arguments(x, dout), x, dout)


@task("gelu_fast", points=1.5, about="numbers of every size")
def test_gelu_is_right_everywhere(student, rng):
    x = torch.tensor([-1e4, -40.0, -3.0, -0.0, 0.0, 1e-9, 3.0, 40.0, 1e4], dtype=torch.float64)
    dout = torch.from_numpy(rng.normal(size=len(x)))
    compare_gelu(student.gelu_fast(x, dout), x, dout)


@task("gelu_fast", points=1, about="float32, whether autograd has been at work")
def test_gelu_of_float32_is_float32_and_keeps_no_graph(student, rng):
    x, dout = (torch.from_numpy(rng.normal(size=(4, 6))).float() for _ in range(2))
    out, dx = student.gelu_fast(x, dout)
    for result, expected, name in zip((out, dx), expected_gelu(x, dout), ("out", "dx"), strict=True):
        check(result, name).equals(expected, rtol=1e-4, atol=5e-6)  # torch's own float32 error function is that coarse
    check(dx).holds(not (out.requires_grad or dx.requires_grad), "autograd has been at work")


@task("gelu_fast", points=3, about="its time on a processor")
def test_speed_of_gelu_on_one_cpu_thread(student, race):
    race.on_cpu("gelu_fast", rtol=GELU, share=GELU)


@task("gelu_fast", points=3, about="its time on a GPU")
def test_speed_of_gelu_on_a_gpu(student, race):
    race.on_gpu("gelu_fast", rtol=GELU, share=GELU)


@task("softmax_cross_entropy_fast", points=2, about="its time on a GPU in bfloat16")
def test_speed_on_a_gpu_in_bfloat16(student, race):
    race.on_gpu("softmax_cross_entropy_fast", rtol=RTOL, share=2e-3, half=HALF, dtypes=("bfloat16",))


@task("gelu_fast", points=2, about="its time on a GPU in bfloat16")
def test_speed_of_gelu_on_a_gpu_in_bfloat16(student, race):
    race.on_gpu("gelu_fast", rtol=GELU, share=GELU, half=GELU_HALF, dtypes=("bfloat16",))


@task("softmax_cross_entropy_fast", points=1, about="other layouts in memory, new answers")
def test_loss_and_gradient_take_any_layout_in_memory(student, rng):
    logits, labels = drawn(rng, (6, 4))
    strided = labels.repeat_interleave(2)[::2]
    for turned in (logits.T.contiguous().T, -logits.repeat_interleave(2, dim=1)[:, ::2]):
        loss, dlogits = student.softmax_cross_entropy_fast.returning_new_arrays(turned, strided)
        check(loss, "loss").equals(expected(turned, labels)[0])
        check(dlogits, "dlogits").equals(expected(turned, labels)[1])


@task("gelu_fast", points=1, about="other layouts in memory, new answers")
def test_gelu_takes_any_layout_in_memory(student, rng):
    x, dout = (torch.from_numpy(rng.normal(size=(5, 3))) for _ in range(2))
    compare_gelu(student.gelu_fast.returning_new_arrays(x.T.contiguous().T, dout), x, dout)
    strided = dout.repeat_interleave(2, dim=1)[:, ::2]
    compare_gelu(student.gelu_fast.returning_new_arrays(-x, strided), -x, dout)
