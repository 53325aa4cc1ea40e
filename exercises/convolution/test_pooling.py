"""Pooling: numbers by hand, random images, and what else is promised.

Expected numbers: the handout's worked example, one by hand whose axes differ, and torch with its autograd.
"""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

SQUARE = np.array([[[[1.0, 2.0, 0.0], [3.0, 1.0, 2.0], [0.0, 1.0, 4.0]]]])  # of the handout
X = np.array([[[[1.0, 2.0, 0.0, 3.0], [3.0, 1.0, 2.0, 0.0], [0.0, 1.0, 4.0, 2.0]]]])
CASES = (((2, 3), {"stride": (1, 2), "padding": (1, 0)}), ((3, 2), {"stride": 1, "padding": 1}), ((2, 3), {}))


def drawn(rng, images=2, dtype=np.float64):
    """Return images with three channels; most pixels are negative."""
    return rng.normal(-2, 1, size=(images, 3, 5, 7)).astype(dtype)


def require_forward(function, reference, x, size, **options):
    """Compare a pooling with torch's."""
    check(function.keeping_arguments(x, size, **options)[0]).equals(reference(to_torch(x), size, **options))


def require_gradient(rng, pair, reference, x, *size, **options):
    """Compare the gradient of a pooling with that of autograd."""
    forward, backward = pair
    leaf = to_torch(x, grad=True)
    out = reference(leaf, *size, **options)
    dout = rng.normal(size=out.shape).astype(x.dtype)
    _, cache = forward(x, *size, **options)
    (expected,) = torch.autograd.grad(out, leaf, to_torch(dout))
    check(backward.keeping_arguments(dout, cache), "dx").equals(expected)


def global_avg_pool2d(x):
    return F.adaptive_avg_pool2d(x, 1)[:, :, 0, 0]


@task("max_pool2d_forward", points=0.25)
def test_maxima_match_the_worked_examples(student):
    check(student.max_pool2d_forward(SQUARE, 2, stride=1)[0]).equals(np.array([[[[3.0, 2.0], [3.0, 4.0]]]]))
    check(student.max_pool2d_forward(X, (2, 3), stride=1)[0]).equals(np.array([[[[3.0, 3.0], [4.0, 4.0]]]]))


@task("max_pool2d_forward", points=0.5)
def test_maxima_agree_with_torch_for_all_options_together(student, rng):
    for size, options in CASES:
        require_forward(student.max_pool2d_forward, F.max_pool2d, drawn(rng), size, **options)


@task("max_pool2d_forward", points=0.25)
def test_maxima_stay_in_float32_with_no_image_and_refuse_too_much_padding(student, rng):
    x = drawn(rng, dtype=np.float32)
    for images in (x, x[:0]):
        require_forward(student.max_pool2d_forward, F.max_pool2d, images, (2, 3), padding=1)
    student.max_pool2d_forward.refuses(ValueError, x, (2, 3), padding=2)


@task("max_pool2d_backward", points=0.25)
def test_winners_match_the_worked_example(student):
    _, cache = student.max_pool2d_forward(X, (2, 3), stride=1)
    dx = student.max_pool2d_backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), cache)
    check(dx, "dx").equals(np.array([[[[0.0, 0.0, 0.0, 2.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 7.0, 0.0]]]]))


@task("max_pool2d_backward", points=0.5)
def test_winners_agree_with_torch_for_all_options_together(student, rng):
    pair = student.max_pool2d_forward, student.max_pool2d_backward
    for size, options in CASES:
        require_gradient(rng, pair, F.max_pool2d, drawn(rng), size, **options)
        require_gradient(rng, pair, F.max_pool2d, drawn(rng).round(), size, **options)  # the first of equal pixels


@task("max_pool2d_backward", points=0.25)
def test_winners_stay_in_float32_with_no_image(student, rng):
    pair, x = (student.max_pool2d_forward, student.max_pool2d_backward), drawn(rng, dtype=np.float32)
    for images in (x, x[:0]):
        require_gradient(rng, pair, F.max_pool2d, images, (2, 3), padding=1)


@task("avg_pool2d_forward", points=0.25)
def test_means_match_the_worked_examples(student):
    check(student.avg_pool2d_forward(SQUARE, 2, stride=1)[0]).equals(np.array([[[[1.75, 1.25], [1.25, 2.0]]]]))
    out, _ = student.avg_pool2d_forward(SQUARE, 2, padding=1, count_include_pad=False)
    check(out).equals(np.array([[[[1.0, 1.0], [1.5, 2.0]]]]))
    out, _ = student.avg_pool2d_forward(X, (2, 3), stride=1)
    check(out).equals(np.array([[[[1.5, 4 / 3], [11 / 6, 5 / 3]]]]))


@task("avg_pool2d_forward", points=0.5)
def test_means_agree_with_torch_for_all_options_together(student, rng):
    for size, options in CASES:
        require_forward(student.avg_pool2d_forward, F.avg_pool2d, drawn(rng), size, **options)
        require_forward(student.avg_pool2d_forward, F.avg_pool2d, drawn(rng), size, **options, count_include_pad=False)


@task("avg_pool2d_forward", points=0.25)
def test_means_stay_in_float32_with_no_image_and_refuse_too_much_padding(student, rng):
    x = drawn(rng, dtype=np.float32)
    for images in (x, x[:0]):
        require_forward(student.avg_pool2d_forward, F.avg_pool2d, images, (2, 3), padding=1)
    student.avg_pool2d_forward.refuses(ValueError, x, (2, 3), padding=2)


@task("avg_pool2d_backward", points=0.25)
def test_shares_match_the_worked_examples(student):
    _, cache = student.avg_pool2d_forward(X, (2, 3), stride=1)
    dx = student.avg_pool2d_backward(np.array([[[[6.0, 12.0], [18.0, 24.0]]]]), cache)
    check(dx, "dx").equals(np.array([[[[1.0, 3.0, 3.0, 2.0], [4.0, 10.0, 10.0, 6.0], [3.0, 7.0, 7.0, 4.0]]]]))
    _, cache = student.avg_pool2d_forward(SQUARE, 2, padding=1, count_include_pad=False)
    dx = student.avg_pool2d_backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), cache)
    check(dx, "dx").equals(np.array([[[[1.0, 1.0, 1.0], [1.5, 1.0, 1.0], [1.5, 1.0, 1.0]]]]))


@task("avg_pool2d_backward", points=0.5)
def test_shares_agree_with_torch_for_all_options_together(student, rng):
    pair = student.avg_pool2d_forward, student.avg_pool2d_backward
    for size, options in CASES:
        for counted in (True, False):
            require_gradient(rng, pair, F.avg_pool2d, drawn(rng), size, **options, count_include_pad=counted)


@task("avg_pool2d_backward", points=0.25)
def test_shares_stay_in_float32_with_no_image(student, rng):
    pair, x = (student.avg_pool2d_forward, student.avg_pool2d_backward), drawn(rng, dtype=np.float32)
    for images in (x, x[:0]):
        require_gradient(rng, pair, F.avg_pool2d, images, (2, 3), padding=1)


@task("global_avg_pool2d_forward", points=0.25)
def test_keeps_the_mean_of_each_channel(student):
    x = np.array([[[[1.0, 2.0, 3.0], [3.0, 6.0, 9.0]], [[0.0, 0.0, 0.0], [0.0, 2.0, 1.0]]]])
    check(student.global_avg_pool2d_forward(x)[0]).equals(np.array([[4.0, 0.5]]))


@task("global_avg_pool2d_forward", points=0.75)
def test_means_of_channels_agree_with_torch(student, rng):
    for x in (drawn(rng), drawn(rng, dtype=np.float32), drawn(rng, images=0)):
        out, _ = student.global_avg_pool2d_forward.keeping_arguments(x)
        check(out).equals(global_avg_pool2d(to_torch(x)))


@task("global_avg_pool2d_backward", points=0.25)
def test_shares_the_gradient_among_all_pixels(student, rng):
    _, cache = student.global_avg_pool2d_forward(rng.normal(size=(2, 1, 2, 4)))
    dx = student.global_avg_pool2d_backward(np.array([[4.0], [-2.0]]), cache)
    check(dx, "dx").equals(np.array([[[[0.5] * 4] * 2], [[[-0.25] * 4] * 2]]))


@task("global_avg_pool2d_backward", points=0.75)
def test_shares_of_channels_agree_with_torch(student, rng):
    pair = student.global_avg_pool2d_forward, student.global_avg_pool2d_backward
    for x in (drawn(rng), drawn(rng, dtype=np.float32), drawn(rng, images=0)):
        require_gradient(rng, pair, global_avg_pool2d, x)
