"""fast.py against torch: right first, then fast.

Requires torch's loss and gradient in float64 on odd sizes, right values at ±10,000, one example, one class, float32 in
and out, no gradient graph, arguments unchanged; then the time of torch's own cross_entropy and its backward pass.

Catches: exponentials that overflow, maxima of the whole batch, sums instead of means in the loss or the gradient, a
missing or misplaced 1, probabilities in the place of their logarithms, logits that are overwritten; loops.

Expected numbers: live torch and torch.autograd on the same tensors.
"""

import torch
import torch.nn.functional as F

from grader.judge import check, task

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


@task("softmax_cross_entropy_fast", points=3)
def test_loss_and_gradient_agree_with_torch(student, rng):
    for shape in SHAPES:
        logits, labels = drawn(rng, shape)
        loss, dlogits = student.softmax_cross_entropy_fast.keeping_arguments(logits, labels)
        check(loss, "loss").equals(expected(logits, labels)[0])
        check(dlogits, "dlogits").equals(expected(logits, labels)[1])


@task("softmax_cross_entropy_fast", points=2)
def test_loss_and_gradient_are_right_for_logits_of_ten_thousand(student, rng):
    logits, labels = drawn(rng, (7, 5), scale=1e4)
    logits[0] = torch.tensor([-1e4, -1e4, -1e4, -1e4, -1e4])
    loss, dlogits = student.softmax_cross_entropy_fast(logits, labels)
    check(loss, "loss").equals(expected(logits, labels)[0])
    check(dlogits, "dlogits").equals(expected(logits, labels)[1])


@task("softmax_cross_entropy_fast", points=1)
def test_float32_stays_float32_and_no_graph_is_kept(student, rng):
    logits, labels = drawn(rng, (4, 6), dtype=torch.float32)
    loss, dlogits = student.softmax_cross_entropy_fast(logits, labels)
    check(loss, "loss").equals(expected(logits, labels)[0])
    check(dlogits, "dlogits").equals(expected(logits, labels)[1])
    check(dlogits).holds(not (loss.requires_grad or dlogits.requires_grad), "autograd has been at work")


@task("softmax_cross_entropy_fast", points=3)
def test_speed_on_one_cpu_thread(student, race):
    race.on_cpu("softmax_cross_entropy_fast", rtol=1e-4, atol=1e-7)


@task("softmax_cross_entropy_fast", points=3)
def test_speed_on_a_gpu(student, race):
    race.on_gpu("softmax_cross_entropy_fast", rtol=1e-4, atol=1e-7)
