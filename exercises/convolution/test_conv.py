"""What you can check at home: conv.py on the handout's worked example, and against torch on random images."""

import numpy as np
import torch.nn.functional as F

from grader.judge import check, task, to_torch

X = np.array([[[[1.0, 2.0, 0.0], [3.0, 1.0, 2.0], [0.0, 1.0, 4.0]]]])
W = np.array([[[[1.0, -1.0], [0.0, 2.0]]]])
B = np.array([1.0])
DOUT = np.array([[[[1.0, 0.0], [0.0, 2.0]]]])
COLUMNS = np.array([[[1.0, 2.0, 3.0, 1.0], [2.0, 0.0, 1.0, 2.0], [3.0, 1.0, 0.0, 1.0], [1.0, 2.0, 1.0, 4.0]]])


@task("conv_output_size", points=1)
def test_counts_the_stops_of_a_window(student):
    check(student.conv_output_size(3, 2)).equals(2)
    check(student.conv_output_size(8, 3, stride=2)).equals(3)
    check(student.conv_output_size(8, 3, stride=2, padding=2)).equals(5)
    check(student.conv_output_size(8, 3, stride=2, padding=2, dilation=3)).equals(3)


@task("pad2d", points=1)
def test_puts_a_frame_around_the_image(student):
    framed = [[7.0, 7.0, 7.0, 7.0, 7.0], [7.0, 1.0, 2.0, 3.0, 7.0], [7.0, 7.0, 7.0, 7.0, 7.0]]
    check(student.pad2d(np.array([[[[1.0, 2.0, 3.0]]]]), 1, 7.0)).equals(np.array([[framed]]))
    check(student.pad2d(np.array([[[[1.0, 2.0, 3.0]]]]), (0, 1))).equals(np.array([[[[0.0, 1.0, 2.0, 3.0, 0.0]]]]))


@task("conv2d_naive", points=1)
def test_naive_matches_the_worked_example_and_torch(student, rng):
    check(student.conv2d_naive(X, W, B)).equals(np.array([[[[2.0, 7.0], [5.0, 8.0]]]]))
    x, w, b = rng.normal(size=(2, 6, 5, 7)), rng.normal(size=(4, 3, 3, 2)), rng.normal(size=4)
    options = {"stride": (1, 2), "padding": (1, 0), "dilation": (2, 1), "groups": 2}
    check(student.conv2d_naive(x, w, b, **options)).equals(F.conv2d(*to_torch(x, w, b), **options))


@task("im2col", points=1)
def test_columns_match_the_worked_example_and_torch(student, rng):
    check(student.im2col(X, 2)).equals(COLUMNS)
    x, options = rng.normal(size=(2, 3, 6, 7)), {"stride": (2, 1), "padding": (0, 1), "dilation": (1, 2)}
    check(student.im2col(x, (2, 3), **options)).equals(F.unfold(to_torch(x), (2, 3), **options))


@task("col2im", points=1)
def test_images_match_the_worked_example_and_torch(student, rng):
    image = student.col2im(COLUMNS, (3, 3), 2)
    check(image).equals(np.array([[[[1.0, 4.0, 0.0], [6.0, 4.0, 4.0], [0.0, 2.0, 4.0]]]]))
    columns, options = rng.normal(size=(2, 3 * 6, 12)), {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}
    image = student.col2im(columns, (6, 7), (2, 3), **options)
    check(image).equals(F.fold(to_torch(columns), (6, 7), (2, 3), **options))


@task("conv2d_forward", points=1)
def test_matches_the_worked_example(student):
    out, _ = student.conv2d_forward(X, W, B)
    check(out).equals(np.array([[[[2.0, 7.0], [5.0, 8.0]]]]))


@task("conv2d_forward", points=1)
def test_agrees_with_torch_on_random_images(student, rng):
    x, w, b = rng.normal(size=(2, 3, 5, 7)), rng.normal(size=(4, 3, 3, 2)), rng.normal(size=4)
    out, _ = student.conv2d_forward(x, w, b, stride=2, padding=1)
    check(out).equals(F.conv2d(*to_torch(x, w, b), stride=2, padding=1))


@task("conv2d_backward", points=1)
def test_gradients_match_the_worked_example(student):
    _, cache = student.conv2d_forward(X, W, B)
    dx, dw, db = student.conv2d_backward(DOUT, cache)
    check(dx, "dx").equals(np.array([[[[1.0, -1.0, 0.0], [0.0, 4.0, -2.0], [0.0, 0.0, 4.0]]]]))
    check(dw, "dw").equals(np.array([[[[3.0, 6.0], [5.0, 9.0]]]]))
    check(db, "db").equals(np.array([3.0]))


@task("conv2d_backward", points=1)
def test_gradients_agree_with_torch_on_random_images(student, rng):
    x, w, b = rng.normal(size=(2, 3, 5, 7)), rng.normal(size=(4, 3, 3, 2)), rng.normal(size=4)
    dout = rng.normal(size=(2, 4, 3, 4))
    _, cache = student.conv2d_forward(x, w, b, stride=2, padding=1)
    got = student.conv2d_backward(dout, cache)
    inputs = to_torch(x, w, b, grad=True)
    F.conv2d(*inputs, stride=2, padding=1).backward(to_torch(dout))
    for name, gradient, expected in zip(("dx", "dw", "db"), got, inputs, strict=True):
        check(gradient, name).equals(expected.grad)
