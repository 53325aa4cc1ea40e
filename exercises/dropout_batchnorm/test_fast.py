"""Batch norm forward and backward, on the handout's worked example and against torch. Right before fast.

Speed is measured by `grade bench`.

Expected numbers: by hand, and torch with its autograd.
"""

import torch
import torch.nn.functional as F

from grader.judge import check, task


@task("batch_norm_fast", points=0.5)
def test_batch_norm_matches_the_worked_example(student):
    numbers = torch.tensor([[1, 3, 5, 7], [9, 0, 0, 0]], dtype=torch.float64)
    x, dout = numbers.reshape(2, 2, 1, 2, 1)
    weight, bias = torch.tensor([[2], [1]], dtype=torch.float64)
    out, dx, dweight, dbias = student.batch_norm_fast(x, weight, bias, dout, 4.0)
    check(out, "out").equals(torch.tensor([-1, 1 / 3, 5 / 3, 3], dtype=torch.float64).reshape(2, 1, 2, 1))
    check(dx, "dx").equals(torch.tensor([3, -2, -1, 0], dtype=torch.float64).reshape(2, 1, 2, 1), atol=1e-12)
    check(dweight, "dweight").equals(torch.tensor([-9], dtype=torch.float64))
    check(dbias, "dbias").equals(torch.tensor([9], dtype=torch.float64))


@task("batch_norm_fast", points=1)
def test_batch_norm_of_a_batch_agrees_with_torch(student, rng):
    shapes = (2, 3, 5, 4), (3,), (3,)
    x, weight, bias = (torch.from_numpy(rng.normal(size=shape)).requires_grad_() for shape in shapes)
    expected = F.batch_norm(x, None, None, weight, bias, training=True)
    dout = torch.from_numpy(rng.normal(size=expected.shape))
    gradients = torch.autograd.grad(expected, (x, weight, bias), dout)
    out, *obtained = student.batch_norm_fast(x.detach(), weight.detach(), bias.detach(), dout)
    check(out, "out").equals(expected.detach())
    for name, mine, theirs in zip(("dx", "dweight", "dbias"), obtained, gradients, strict=True):
        check(mine, name).equals(theirs)


@task("batch_norm_fast", points=0.5)
def test_float32_stays_and_arguments_stay_as_they_are(student, rng):
    shapes = (2, 3, 5, 4), (3,), (3,), (2, 3, 5, 4)
    x, weight, bias, dout = (torch.from_numpy(rng.normal(size=shape)).float() for shape in shapes)
    out, *gradients = student.batch_norm_fast.keeping_arguments(x, weight, bias, dout, 0.3)
    check(out, "out").equals(F.batch_norm(x, None, None, weight, bias, training=True, eps=0.3), rtol=1e-4, atol=1e-5)
    for name, gradient in zip(("dx", "dweight", "dbias"), gradients, strict=True):
        check(gradient, name).has_dtype("float32")
