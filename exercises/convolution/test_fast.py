"""A convolution layer forward and backward, on the handout's worked example and against torch. Right before fast.

Speed is measured by `grade bench`.

Expected numbers: by hand, and torch with its autograd.
"""

import torch
import torch.nn.functional as F

from grader.judge import check, task


@task("conv2d_fast", points=0.5)
def test_layer_matches_the_worked_example(student):
    x = torch.tensor([[[[1, 2, 0], [3, 1, 2], [0, 1, 4]]]], dtype=torch.float64)
    w = torch.tensor([[[[1, -1], [0, 2]]]], dtype=torch.float64)
    b, dout = torch.ones(1, dtype=torch.float64), torch.tensor([[[[1, 0], [0, 2]]]], dtype=torch.float64)
    out, dx, dw, db = student.conv2d_fast(x, w, b, dout)
    check(out, "out").equals(torch.tensor([[[[2, 7], [5, 8]]]], dtype=torch.float64))
    check(dx, "dx").equals(torch.tensor([[[[1, -1, 0], [0, 4, -2], [0, 0, 4]]]], dtype=torch.float64))
    check(dw, "dw").equals(torch.tensor([[[[3, 6], [5, 9]]]], dtype=torch.float64))
    check(db, "db").equals(torch.tensor([3], dtype=torch.float64))


@task("conv2d_fast", points=1)
def test_layer_with_stride_and_padding_agrees_with_torch(student, rng):
    shapes = (2, 3, 5, 7), (4, 3, 3, 2), (4,)
    x, w, b = (torch.from_numpy(rng.normal(size=shape)).requires_grad_() for shape in shapes)
    expected = F.conv2d(x, w, b, stride=2, padding=1)
    dout = torch.from_numpy(rng.normal(size=expected.shape))
    gradients = torch.autograd.grad(expected, (x, w, b), dout)
    out, *obtained = student.conv2d_fast(x.detach(), w.detach(), b.detach(), dout, 2, 1)
    check(out, "out").equals(expected.detach())
    for name, mine, theirs in zip(("dx", "dw", "db"), obtained, gradients, strict=True):
        check(mine, name).equals(theirs)


@task("conv2d_fast", points=0.5)
def test_layer_stays_in_float32_with_no_image(student, rng):
    for images in (2, 0):
        shapes = (images, 3, 5, 7), (4, 3, 3, 2), (4,)
        x, w, b = (torch.from_numpy(rng.normal(size=shape)).float() for shape in shapes)
        expected = F.conv2d(x, w, b, stride=2, padding=1)
        out, dx, dw, db = student.conv2d_fast.keeping_arguments(x, w, b, torch.ones_like(expected), 2, 1)
        check(out, "out").equals(expected, rtol=1e-4, atol=1e-5)
        check(dx, "dx").has_dtype("float32")
        check(dw, "dw").has_shape(4, 3, 3, 2)
        check(db, "db").equals(torch.full((4,), 12.0 * images))
