"""pooling.py against torch, in float64, and once in float32 to hold the dtype.

Requires what torch.nn.functional's max_pool2d and avg_pool2d promise (stride, padding, count_include_pad), for an empty
batch too, and the mean over both axes for global pooling. Expected numbers come from live torch; gradients from
torch.autograd with a random upstream gradient.

Catches: max pooling padded with zeros (images are negative), gradients sent to all ties, to the last one, or
overwritten where windows overlap, a stride of 1 by default, divisors that count padding when they should not and the
reverse, gradients that are not divided, swapped kernel axes, means over the batch, sizes that a reshape cannot work out
for an empty batch.
"""

from itertools import product

import hypothesis.strategies as st
import numpy as np
import torch.nn.functional as F
from hypothesis import given

from grader.judge import check, in_layout, layouts, task, to_torch
from tests.hidden.convolution.strategies import pool_cases

BATCH = (1, 3, 5, 7)
OPTIONS = {"stride": (1, 2), "padding": (0, 1)}


@task("max_pool2d_forward", points=1, about="windows that overlap, padding", examples=5)
@given(case=pool_cases())
def test_maxima_agree_with_torch_for_every_stride_and_padding(student, case):
    out, _ = student.max_pool2d_forward(case.x, case.kernel_size, **case.options)
    check(out).equals(F.max_pool2d(to_torch(case.x), case.kernel_size, **case.options))


@task("max_pool2d_forward", points=1, about="the default stride, float32")
def test_windows_stand_side_by_side_unless_a_stride_is_given(student, rng):
    x = rng.normal(size=(2, 3, 6, 7)).astype(np.float32)
    out, _ = student.max_pool2d_forward.keeping_arguments(x, (2, 3))
    check(out).equals(F.max_pool2d(to_torch(x), (2, 3)))


@task("max_pool2d_forward", points=1, about="too much padding, kernels that do not fit")
def test_max_pooling_refuses_padding_of_more_than_half_the_kernel(student, rng):
    x = rng.normal(size=(1, 2, 4, 5))
    out, _ = student.max_pool2d_forward(x, (2, 3), padding=1)
    check(out).equals(F.max_pool2d(to_torch(x), (2, 3), padding=1))
    student.max_pool2d_forward.refuses(ValueError, x, (2, 3), padding=2)
    student.max_pool2d_forward.refuses(ValueError, x, (1, 3), padding=(1, 0))
    student.max_pool2d_forward.refuses(ValueError, x, (2, 6))
    student.max_pool2d_forward.refuses(ValueError, x, (7, 3), padding=(1, 0))


@task("max_pool2d_forward", points=1, about="one image, none, other layouts in memory, new answers")
def test_one_image_gives_maxima_and_an_empty_batch_an_empty_array(student, rng):
    images = rng.normal(size=BATCH)
    for x in (*layouts(images), images[:0]):
        out, _ = student.max_pool2d_forward.returning_new_arrays(x, (2, 3), **OPTIONS)
        check(out, "out").equals(F.max_pool2d(to_torch(x), (2, 3), **OPTIONS))


@task("max_pool2d_backward", points=1, about="windows that overlap, padding", examples=5)
@given(case=pool_cases())
def test_winners_of_overlapping_windows_add_their_gradients_up(student, case):
    _, cache = student.max_pool2d_forward(case.x, case.kernel_size, **case.options)
    x = to_torch(case.x, grad=True)
    F.max_pool2d(x, case.kernel_size, **case.options).backward(to_torch(case.dout))
    check(student.max_pool2d_backward(case.dout, cache), "dx").equals(x.grad)


@task("max_pool2d_backward", points=1, about="equal pixels, no argument changed", examples=5)
@given(case=pool_cases(ties=True))
def test_the_first_of_equal_pixels_gets_the_whole_gradient(student, case):
    _, cache = student.max_pool2d_forward(case.x, case.kernel_size, **case.options)
    x = to_torch(case.x, grad=True)
    F.max_pool2d(x, case.kernel_size, **case.options).backward(to_torch(case.dout))
    check(student.max_pool2d_backward.keeping_arguments(case.dout, cache), "dx").equals(x.grad)


@task("max_pool2d_backward", points=1, about="one image, none, other layouts in memory, new answers")
def test_winners_get_gradients_and_an_empty_batch_gives_an_empty_array(student, rng):
    images = rng.normal(size=BATCH)
    for part in (*layouts(images), images[:0]):
        _, cache = student.max_pool2d_forward(part, (2, 3), **OPTIONS)
        x = to_torch(part, grad=True)
        out = F.max_pool2d(x, (2, 3), **OPTIONS)
        dout = in_layout(rng.normal(size=out.shape), "strided")
        out.backward(to_torch(dout))
        check(student.max_pool2d_backward.returning_new_arrays(dout, cache), "dx").equals(x.grad)


@task("avg_pool2d_forward", points=1, about="windows that overlap, padding that counts and does not", examples=5)
@given(case=pool_cases(), include=st.booleans())
def test_means_agree_with_torch_whether_padding_counts_or_not(student, case, include):
    out, _ = student.avg_pool2d_forward(case.x, case.kernel_size, **case.options, count_include_pad=include)
    check(out).equals(F.avg_pool2d(to_torch(case.x), case.kernel_size, **case.options, count_include_pad=include))


@task("avg_pool2d_forward", points=1, about="the defaults, float32")
def test_padding_counts_and_windows_stand_side_by_side_by_default(student, rng):
    images = rng.normal(size=(2, 3, 6, 7))
    x = images.astype(np.float32)
    for arrays in (images, x):
        out, _ = student.avg_pool2d_forward.keeping_arguments(arrays, (3, 2), padding=1)
        check(out).equals(F.avg_pool2d(to_torch(arrays), (3, 2), padding=1))
    out, _ = student.avg_pool2d_forward(x, (3, 2))
    check(out, "out without padding").equals(F.avg_pool2d(to_torch(x), (3, 2)))


@task("avg_pool2d_forward", points=1, about="too much padding, kernels that do not fit")
def test_average_pooling_refuses_padding_of_more_than_half_the_kernel(student, rng):
    x = rng.normal(size=(1, 2, 4, 5))
    out, _ = student.avg_pool2d_forward(x, (2, 3), padding=1)
    check(out).equals(F.avg_pool2d(to_torch(x), (2, 3), padding=1))
    student.avg_pool2d_forward.refuses(ValueError, x, (2, 3), padding=2)
    student.avg_pool2d_forward.refuses(ValueError, x, (3, 1), padding=(0, 1))
    student.avg_pool2d_forward.refuses(ValueError, x, (2, 6))
    student.avg_pool2d_forward.refuses(ValueError, x, (7, 3), padding=(1, 0))


@task("avg_pool2d_forward", points=1, about="one image, none, other layouts in memory, new answers")
def test_one_image_gives_means_and_an_empty_batch_an_empty_array(student, rng):
    images = rng.normal(size=BATCH)
    for x, include in product((*layouts(images), images[:0]), (True, False)):
        out, _ = student.avg_pool2d_forward.returning_new_arrays(x, (2, 3), **OPTIONS, count_include_pad=include)
        check(out, "out").equals(F.avg_pool2d(to_torch(x), (2, 3), **OPTIONS, count_include_pad=include))


@task(
    "avg_pool2d_backward", points=1, about="windows that overlap, padding that counts, no argument changed", examples=5
)
@given(case=pool_cases())
def test_shares_agree_with_torch_when_padding_counts(student, case):
    _, cache = student.avg_pool2d_forward(case.x, case.kernel_size, **case.options)
    x = to_torch(case.x, grad=True)
    F.avg_pool2d(x, case.kernel_size, **case.options).backward(to_torch(case.dout))
    check(student.avg_pool2d_backward.keeping_arguments(case.dout, cache), "dx").equals(x.grad)


@task("avg_pool2d_backward", points=1, about="windows that overlap, padding that does not count", examples=5)
@given(case=pool_cases())
def test_shares_agree_with_torch_when_padding_does_not_count(student, case):
    _, cache = student.avg_pool2d_forward(case.x, case.kernel_size, **case.options, count_include_pad=False)
    x = to_torch(case.x, grad=True)
    F.avg_pool2d(x, case.kernel_size, **case.options, count_include_pad=False).backward(to_torch(case.dout))
    check(student.avg_pool2d_backward(case.dout, cache), "dx").equals(x.grad)


@task("avg_pool2d_backward", points=1, about="one image, none, other layouts in memory, new answers")
def test_one_image_gets_shares_and_an_empty_batch_gives_an_empty_array(student, rng):
    images = rng.normal(size=BATCH)
    for part, include in product((images, images[:0]), (True, False)):
        _, cache = student.avg_pool2d_forward(part, (2, 3), **OPTIONS, count_include_pad=include)
        x = to_torch(part, grad=True)
        out = F.avg_pool2d(x, (2, 3), **OPTIONS, count_include_pad=include)
        dout = in_layout(rng.normal(size=out.shape), "strided")
        out.backward(to_torch(dout))
        for sign in (1, -1):
            dx = student.avg_pool2d_backward.returning_new_arrays(sign * dout, cache)
            check(dx, "dx").equals(sign * x.grad)


@task("global_avg_pool2d_forward", points=1, about="float32, an empty batch, other layouts in memory, new answers")
def test_there_is_one_mean_per_image_and_channel(student, rng):
    images = rng.normal(-2, 1, size=(2, 3, 4, 5)).astype(np.float32)
    for x in (images, images[:0]):
        out, _ = student.global_avg_pool2d_forward.keeping_arguments(x)
        check(out).equals(F.adaptive_avg_pool2d(to_torch(x), 1)[:, :, 0, 0])
    for x in layouts(images):
        out, _ = student.global_avg_pool2d_forward.returning_new_arrays(x)
        check(out).equals(F.adaptive_avg_pool2d(to_torch(x), 1)[:, :, 0, 0])


@task(
    "global_avg_pool2d_backward",
    points=1,
    about="several images and channels, none, other layouts in memory, new answers",
)
def test_all_pixels_of_a_channel_share_its_gradient(student, rng):
    images, upstream = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=(2, 3))
    for given_images, dout in (*layouts(images, upstream), (images[:0], upstream[:0])):
        _, cache = student.global_avg_pool2d_forward(given_images)
        x = to_torch(given_images, grad=True)
        F.adaptive_avg_pool2d(x, 1)[:, :, 0, 0].backward(to_torch(dout))
        check(student.global_avg_pool2d_backward.returning_new_arrays(dout, cache), "dx").equals(x.grad)
