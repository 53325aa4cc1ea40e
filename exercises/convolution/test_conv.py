"""Convolutions in NumPy: numbers by hand, random images, and what else is promised.

Expected numbers: the handout's worked example, one by hand whose axes differ, and torch with its autograd.
"""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

SQUARE = np.array([[[[1.0, 2.0, 0.0], [3.0, 1.0, 2.0], [0.0, 1.0, 4.0]]]])  # of the handout
KERNEL, B = np.array([[[[1.0, -1.0], [0.0, 2.0]]]]), np.array([1.0])
X = np.array([[[[1.0, 2.0, 0.0, 3.0], [3.0, 1.0, 2.0, 0.0], [0.0, 1.0, 4.0, 2.0]]]])
W = np.array([[[[1.0, 0.0, -1.0], [0.0, 2.0, 1.0]]]])
OUT = np.array([[[[6.0, 4.0], [8.0, 12.0]]]])
COLUMNS = np.array([[[1.0, 2, 3, 1], [2.0, 0, 1, 2], [0.0, 3, 2, 0], [3.0, 1, 0, 1], [1.0, 2, 1, 4], [2.0, 0, 4, 2]]])
WINDOW = {"stride": (1, 2), "padding": (2, 1), "dilation": (2, 1)}
OPTIONS = WINDOW | {"groups": 2}


def drawn(rng, images=2, dtype=np.float64):
    """Return images with four channels, six filters for two groups, and biases."""
    shapes = (images, 4, 5, 7), (6, 2, 3, 2), (6,)
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


def require_forward(function, x, w, b, **options):
    """Compare a convolution with torch's."""
    check(function.keeping_arguments(x, w, b, **options)[0], "out").equals(F.conv2d(*to_torch(x, w, b), **options))


def require_gradients(student, rng, x, w, b, **options):
    """Compare the gradients of a convolution with those of autograd."""
    leaves = to_torch(x, w, b, grad=True)
    out = F.conv2d(*leaves, **options)
    dout = rng.normal(size=out.shape).astype(x.dtype)
    _, cache = student.conv2d_forward(x, w, b, **options)
    gradients = student.conv2d_backward.keeping_arguments(dout, cache)
    expected = torch.autograd.grad(out, leaves, to_torch(dout))
    for name, gradient, reference in zip(("dx", "dw", "db"), gradients, expected, strict=True):
        check(gradient, name).equals(reference)


@task("conv_output_size", points=0.25)
def test_counts_the_stops_of_a_window(student):
    check(student.conv_output_size(3, 2)).equals(2)
    check(student.conv_output_size(8, 3, stride=2)).equals(3)
    check(student.conv_output_size(8, 3, stride=2, padding=2)).equals(5)
    check(student.conv_output_size(8, 3, stride=2, padding=2, dilation=3)).equals(3)


@task("conv_output_size", points=0.5)
def test_counts_the_stops_of_drawn_windows_as_torch_does(student, rng):
    for _ in range(8):
        size, kernel_size = int(rng.integers(20, 40)), int(rng.integers(2, 5))
        options = {name: int(rng.integers(1, 5)) for name in ("stride", "padding", "dilation")}
        image, kernel = torch.zeros(1, 1, size), torch.zeros(1, 1, kernel_size)
        stops = student.conv_output_size(size, kernel_size, **options)
        check(stops).equals(F.conv1d(image, kernel, **options).shape[2])


@task("conv_output_size", points=0.25)
def test_a_window_that_does_not_fit_is_refused(student, rng):
    dilation, kernel_size = int(rng.integers(2, 6)), int(rng.integers(5, 9))
    check(student.conv_output_size(dilation + 1, 2, stride=3, dilation=dilation), "the stops of one that fits").equals(
        1
    )
    student.conv_output_size.refuses(ValueError, dilation, 2, stride=3, dilation=dilation)
    student.conv_output_size.refuses(ValueError, kernel_size - 3, kernel_size, padding=1)


@task("pad2d", points=0.25)
def test_puts_a_frame_around_the_image(student):
    framed = [[7.0, 7.0, 7.0, 7.0, 7.0], [7.0, 1.0, 2.0, 3.0, 7.0], [7.0, 7.0, 7.0, 7.0, 7.0]]
    check(student.pad2d(np.array([[[[1.0, 2.0, 3.0]]]]), 1, 7.0)).equals(np.array([[framed]]))
    check(student.pad2d(np.array([[[[1.0, 2.0, 3.0]]]]), (0, 1))).equals(np.array([[[[0.0, 1.0, 2.0, 3.0, 0.0]]]]))


@task("pad2d", points=0.5)
def test_frames_are_as_wide_as_torch_makes_them(student, rng):
    x = rng.normal(size=(2, 3, 4, 5))
    for padding, (rows, columns) in (((2, 1), (2, 1)), ((0, 3), (0, 3)), (2, (2, 2))):
        check(student.pad2d.keeping_arguments(x, padding)).equals(F.pad(to_torch(x), (columns, columns, rows, rows)))


@task("pad2d", points=0.25)
def test_frames_of_infinity_stay_in_float32(student, rng):
    x = rng.normal(size=(2, 3, 4, 5)).astype(np.float32)
    check(student.pad2d(x, (2, 1), -np.inf)).equals(F.pad(to_torch(x), (1, 1, 2, 2), value=-torch.inf))


@task("conv2d_naive", points=0.25)
def test_naive_matches_the_worked_examples(student):
    check(student.conv2d_naive(SQUARE, KERNEL, B)).equals(np.array([[[[2.0, 7.0], [5.0, 8.0]]]]))
    check(student.conv2d_naive(X, W, B)).equals(OUT)


@task("conv2d_naive", points=0.5)
def test_naive_agrees_with_torch_for_all_options_together(student, rng):
    for options in (OPTIONS, {"groups": 2}, {"stride": 2, "padding": 1, "groups": 2}):
        x, w, b = drawn(rng)
        out = student.conv2d_naive.keeping_arguments(x, w, b, **options)
        check(out).equals(F.conv2d(*to_torch(x, w, b), **options))


@task("conv2d_naive", points=0.25)
def test_naive_computes_in_float32_takes_no_image_and_refuses_large_kernels(student, rng):
    x, w, b = drawn(rng, dtype=np.float32)
    for images in (x, x[:0]):
        check(student.conv2d_naive(images, w, b, **OPTIONS)).equals(F.conv2d(*to_torch(images, w, b), **OPTIONS))
    student.conv2d_naive.refuses(ValueError, x[..., :1], w, b, groups=2)


@task("im2col", points=0.25)
def test_columns_match_the_worked_examples(student):
    columns = [[1.0, 2.0, 3.0, 1.0], [2.0, 0.0, 1.0, 2.0], [3.0, 1.0, 0.0, 1.0], [1.0, 2.0, 1.0, 4.0]]
    check(student.im2col(SQUARE, 2)).equals(np.array([columns]))
    check(student.im2col(X, (2, 3))).equals(COLUMNS)


@task("im2col", points=0.5)
def test_columns_agree_with_torch_for_all_options_together(student, rng):
    for options in (WINDOW, {}, {"stride": (2, 1), "padding": (0, 1), "dilation": (1, 2)}):
        x = rng.normal(size=(2, 3, 6, 7))
        check(student.im2col.keeping_arguments(x, (2, 3), **options)).equals(F.unfold(to_torch(x), (2, 3), **options))


@task("im2col", points=0.25)
def test_columns_stay_in_float32_with_no_image_and_refuse_large_kernels(student, rng):
    x = rng.normal(size=(2, 3, 4, 6)).astype(np.float32)
    for images in (x, x[:0]):
        check(student.im2col(images, (3, 2), padding=1)).equals(F.unfold(to_torch(images), (3, 2), padding=1))
    student.im2col.refuses(ValueError, x, (5, 2))


@task("col2im", points=0.25)
def test_images_match_the_worked_example(student):
    image = student.col2im(COLUMNS, (3, 4), (2, 3))
    check(image).equals(np.array([[[[1.0, 4.0, 0.0, 3.0], [6.0, 4.0, 8.0, 0.0], [0.0, 2.0, 8.0, 2.0]]]]))


@task("col2im", points=0.5)
def test_images_agree_with_torch_for_all_options_together(student, rng):
    for options in (WINDOW, {}, {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}):
        stops = F.unfold(torch.zeros(1, 3, 6, 7), (2, 3), **options).shape[2]
        columns = rng.normal(size=(2, 3 * 6, stops))
        image = student.col2im.keeping_arguments(columns, (6, 7), (2, 3), **options)
        check(image).equals(F.fold(to_torch(columns), (6, 7), (2, 3), **options))


@task("col2im", points=0.25)
def test_images_stay_in_float32_with_no_columns(student, rng):
    columns = rng.normal(size=(2, 3 * 6, 5 * 6)).astype(np.float32)
    for part in (columns, columns[:0]):
        expected = F.fold(to_torch(part), (4, 6), (2, 3), padding=1)
        check(student.col2im(part, (4, 6), (2, 3), padding=1)).equals(expected)


@task("conv2d_forward", points=0.5)
def test_matches_the_worked_examples(student):
    check(student.conv2d_forward(SQUARE, KERNEL, B)[0]).equals(np.array([[[[2.0, 7.0], [5.0, 8.0]]]]))
    check(student.conv2d_forward(X, W, B)[0]).equals(OUT)


@task("conv2d_forward", points=1)
def test_agrees_with_torch_for_all_options_together(student, rng):
    for options in (OPTIONS, {"groups": 2}, {"stride": 2, "padding": 1, "groups": 2}):
        require_forward(student.conv2d_forward, *drawn(rng), **options)


@task("conv2d_forward", points=0.25)
def test_computes_in_float32(student, rng):
    require_forward(student.conv2d_forward, *drawn(rng, dtype=np.float32), padding=1, groups=2)


@task("conv2d_forward", points=0.25)
def test_takes_no_image_and_refuses_large_kernels(student, rng):
    x, w, b = drawn(rng)
    require_forward(student.conv2d_forward, x[:0], w, b, **OPTIONS)
    student.conv2d_forward.refuses(ValueError, x[..., :1], w, b, groups=2)


@task("conv2d_backward", points=0.5)
def test_gradients_match_the_worked_examples(student):
    _, cache = student.conv2d_forward(SQUARE, KERNEL, B)
    dx, dw, db = student.conv2d_backward(np.array([[[[1.0, 0.0], [0.0, 2.0]]]]), cache)
    check(dx, "dx").equals(np.array([[[[1.0, -1.0, 0.0], [0.0, 4.0, -2.0], [0.0, 0.0, 4.0]]]]))
    check(dw, "dw").equals(np.array([[[[3.0, 6.0], [5.0, 9.0]]]]))
    check(db, "db").equals(np.array([3.0]))
    _, cache = student.conv2d_forward(X, W, B)
    dx, dw, db = student.conv2d_backward(np.array([[[[1.0, 0.0], [-1.0, 2.0]]]]), cache)
    check(dx, "dx").equals(np.array([[[[1.0, 0.0, -1.0, 0.0], [-1.0, 4.0, 2.0, -2.0], [0.0, -2.0, 3.0, 2.0]]]]))
    check(dw, "dw").equals(np.array([[[[0.0, 5.0, -2.0], [5.0, 8.0, 2.0]]]]))
    check(db, "db").equals(np.array([2.0]))


@task("conv2d_backward", points=1)
def test_gradients_agree_with_torch_for_all_options_together(student, rng):
    for options in (OPTIONS, {"groups": 2}, {"stride": 2, "padding": 1, "groups": 2}):
        require_gradients(student, rng, *drawn(rng), **options)


@task("conv2d_backward", points=0.25)
def test_the_gradients_of_float32_are_float32(student, rng):
    require_gradients(student, rng, *drawn(rng, dtype=np.float32), padding=1, groups=2)


@task("conv2d_backward", points=0.25)
def test_gradients_after_one_image_and_after_none(student, rng):
    for images in (1, 0):
        require_gradients(student, rng, *drawn(rng, images), **OPTIONS)
