"""fast.py against torch: right first, then fast.

Requires torch's output and its three gradients in float64, for kernels that are not square, strides that leave pixels
over, frames wider than the kernel's half, kernels of one pixel and kernels of the image's size, one image and none, one
channel, one filter; float32 in and out, no gradient graph, arguments unchanged; then the time of torch's own conv2d and
its backward pass, for images and options whose sizes are drawn, with bright, equal and black images among them.

Catches: flipped kernels, columns in another order than the filters, gradients that overwrite each other where windows
overlap, means in the place of sums, a frame that is not cut off or cut off at the wrong end, a forgotten bias, a stride
that is forgotten on the way back, float64 inside.

Expected numbers: live torch and torch.autograd on the same tensors.
"""

import torch
import torch.nn.functional as F

from grader.judge import check, task

# Sums of 288 products in float32, some images thirty times as bright: torch is off by 1e-4, its TF32 by 1.7e-3.
CLOSE = 5e-4
NAMES = ("out", "dx", "dw", "db")
SIZES = (  # N, C, H, W; F, KH, KW; stride, padding
    ((2, 3, 5, 7), (4, 3, 2), 1, 0),
    ((3, 1, 7, 8), (2, 3, 4), 2, 1),
    ((2, 4, 9, 6), (1, 2, 5), 3, 2),
    ((1, 2, 6, 8), (3, 3, 3), 2, 0),  # pixels are left over on both axes
)
SMALLEST = (
    ((3, 2, 4, 5), (4, 1, 1), 1, 0),
    ((2, 3, 4, 5), (1, 4, 5), 1, 0),
    ((1, 1, 1, 2), (1, 1, 1), 1, 3),
)


def drawn(rng, image, kernel, stride, padding, dtype=torch.float64):
    """Return the arguments of a call; the upstream gradient is random too."""
    x, w, b = (
        torch.from_numpy(rng.normal(size=size)).to(dtype)
        for size in (image, (kernel[0], image[1], *kernel[1:]), kernel[:1])
    )
    shape = F.conv2d(x, w, b, stride, padding).shape
    return x, w, b, torch.from_numpy(rng.normal(size=shape)).to(dtype), stride, padding


def compare(answer, x, w, b, dout, stride, padding):
    x, w, b = (tensor.clone().requires_grad_() for tensor in (x, w, b))
    out = F.conv2d(x, w, b, stride, padding)
    expected = out.detach(), *torch.autograd.grad(out, (x, w, b), dout)
    for name, mine, theirs in zip(NAMES, answer, expected, strict=True):
        check(mine, name).equals(theirs)


@task("conv2d_fast", points=3, about="kernels that are not square, strides that leave pixels over")
def test_output_and_gradients_agree_with_torch(student, rng):
    for sizes in SIZES:
        case = drawn(rng, *sizes)
        compare(student.conv2d_fast.keeping_arguments(*case), *case)


@task("conv2d_fast", points=2, about="the smallest kernels and outputs")
def test_smallest_kernels_and_smallest_outputs_are_right(student, rng):
    for sizes in SMALLEST:
        case = drawn(rng, *sizes)
        compare(student.conv2d_fast.keeping_arguments(*case), *case)


@task("conv2d_fast", points=1, about="an empty batch")
def test_an_empty_batch_has_an_empty_output_and_gradients_of_zero(student, rng):
    case = drawn(rng, (0, 3, 5, 8), (4, 3, 2), 2, 1)
    compare(student.conv2d_fast(*case), *case)


@task("conv2d_fast", points=1, about="the defaults")
def test_stride_is_one_and_padding_zero_unless_given(student, rng):
    case = drawn(rng, *SIZES[0])
    compare(student.conv2d_fast(*case[:4]), *case)


@task("conv2d_fast", points=1, about="float32, no gradient graph, new answers")
def test_float32_stays_float32_and_no_graph_is_kept(student, rng):
    for _ in range(2):
        case = drawn(rng, *SIZES[1], dtype=torch.float32)
        answer = student.conv2d_fast.returning_new_arrays(*case)
        compare(answer, *case)
    check(answer).holds(not any(part.requires_grad for part in answer), "autograd has been at work")


@task("conv2d_fast", points=3, about="speed on a processor")
def test_speed_on_one_cpu_thread(student, race):
    race.on_cpu("conv2d_fast", rtol=CLOSE, share=CLOSE)


@task("conv2d_fast", points=3, about="speed on a GPU")
def test_speed_on_a_gpu(student, race):
    race.on_gpu("conv2d_fast", rtol=CLOSE, share=CLOSE)


@task("conv2d_fast", points=2, about="speed on a GPU in bfloat16")
def test_speed_on_a_gpu_in_bfloat16(student, race):
    race.on_gpu("conv2d_fast", rtol=CLOSE, share=CLOSE, dtypes=("bfloat16",))
