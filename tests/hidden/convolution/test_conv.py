"""conv.py against torch, in float64, and once in float32 to hold the dtype.

Requires what torch.nn.functional's conv2d, unfold, fold and pad promise, with stride, padding and dilation as one
number or as a pair, and groups; an empty batch too. Expected numbers come from live torch; gradients from
torch.autograd with a random upstream gradient.

Catches: flipped kernels, one-sided or swapped padding, stride or dilation on one axis only, mixed-up groups, mixed-up H
and W (sizes differ), columns in another order, col2im that overwrites, averages or keeps the frame, sums over the wrong
axes and means instead of sums in the gradients, arguments changed in place, float32 lifted to float64, sizes that a
reshape cannot work out for an empty batch.
"""

import hypothesis.strategies as st
import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import given

from grader.judge import check, layouts, task, to_torch
from tests.hidden.convolution.strategies import conv_cases, grouped_cases

AXES = st.fixed_dictionaries(
    {
        "stride": st.sampled_from([2, 1, 3]),
        "padding": st.sampled_from([7, 0, 5]),
        "dilation": st.sampled_from([5, 1, 4]),
    }
)


@task("conv_output_size", points=1.25, about="all options together, and none", examples=12)
@given(size=st.integers(20, 40), kernel_size=st.integers(2, 4), options=AXES)
def test_counts_the_stops_as_torch_does(student, size, kernel_size, options):
    stops = student.conv_output_size(size, kernel_size, **options)
    check(stops).equals(F.conv1d(torch.zeros(1, 1, size), torch.zeros(1, 1, kernel_size), **options).shape[2])
    check(student.conv_output_size(size, kernel_size), "the stops without options").equals(size - kernel_size + 1)


@task("conv_output_size", points=0.75, about="windows that just fit, and that do not")
def test_refuses_a_window_that_does_not_fit(student, rng):
    check(student.conv_output_size(5, 2, stride=2, padding=5, dilation=7)).equals(4)
    for padding in (0, 1):
        cells, dilation = int(rng.integers(3, 6)), int(rng.integers(2, 4))
        size = dilation * (cells - 1) + 1 - 2 * padding
        for more in (0, 2):
            stops = student.conv_output_size(size + more, cells, stride=3, padding=padding, dilation=dilation)
            check(stops, "the stops of a window that just fits").equals(1)
        student.conv_output_size.refuses(ValueError, size - 1, cells, stride=3, padding=padding, dilation=dilation)


@task("pad2d", points=1, about="frames of any form, an empty batch")
def test_pads_all_four_sides_as_torch_does(student, rng):
    x = rng.normal(size=(2, 3, 4, 5))
    for padding, (rows, columns) in [((2, 1), (2, 1)), ((0, 3), (0, 3)), (2, (2, 2))]:
        for images in (x, x[:0]):
            framed = F.pad(to_torch(images), (columns, columns, rows, rows))
            check(student.pad2d.keeping_arguments(images, padding)).equals(framed)


@task("pad2d", points=1, about="float32, other values, other layouts in memory, new answers")
def test_fills_the_frame_with_the_value_in_the_dtype_of_the_images(student, rng):
    x = rng.normal(size=(2, 3, 4, 5)).astype(np.float32)
    for images in layouts(x):
        framed = student.pad2d.returning_new_arrays(images, (2, 1), -np.inf)
        check(framed).equals(F.pad(to_torch(x), (1, 1, 2, 2), value=-torch.inf))
    check(student.pad2d.returning_new_arrays(x, 0), "the images without a frame").equals(x)
    check(student.pad2d(x, 1, value=3.5)).equals(F.pad(to_torch(x), (1, 1, 1, 1), value=3.5))


@task("conv2d_naive", points=2, about="stride, padding and dilation together", examples=6)
@given(case=conv_cases())
def test_naive_agrees_with_torch_for_every_stride_padding_and_dilation(student, case):
    out = student.conv2d_naive(case.x, case.w, case.b, **case.options)
    check(out).equals(F.conv2d(*to_torch(case.x, case.w, case.b), **case.options))


@task("conv2d_naive", points=1, about="groups with all other options, float32", examples=2)
@given(case=grouped_cases())
def test_naive_keeps_groups_apart_and_computes_in_float32(student, case):
    x, w, b = (array.astype(np.float32) for array in (case.x, case.w, case.b))
    out = student.conv2d_naive.keeping_arguments(x, w, b, **case.options)
    check(out).equals(F.conv2d(*to_torch(x, w, b), **case.options))


@task("conv2d_naive", points=1, about="kernels that do not fit")
def test_naive_refuses_a_kernel_larger_than_the_padded_image(student, rng):
    x, w, b = rng.normal(size=(1, 2, 4, 3)), rng.normal(size=(3, 2, 2, 5)), rng.normal(size=3)
    check(student.conv2d_naive(x, w, b, padding=1)).equals(F.conv2d(*to_torch(x, w, b), padding=1))
    check(student.conv2d_naive(x, w[..., :2], b)).equals(F.conv2d(*to_torch(x, w[..., :2], b)))
    student.conv2d_naive.refuses(ValueError, x, w, b)
    student.conv2d_naive.refuses(ValueError, x, w, b, padding=1, dilation=2)


@task("conv2d_naive", points=1, about="one image, none, other layouts in memory, new answers")
def test_naive_gives_an_output_for_one_image_and_an_empty_one_for_none(student, rng):
    images, w, b = rng.normal(size=(1, 4, 5, 7)), rng.normal(size=(6, 2, 2, 3)), rng.normal(size=6)
    options = {"stride": (1, 2), "padding": (0, 1), "groups": 2}
    for arguments in (*layouts(images, w, b), (images[:0], w, b)):
        out = student.conv2d_naive.returning_new_arrays(*arguments, **options)
        check(out).equals(F.conv2d(*to_torch(*arguments), **options))


@task("im2col", points=1, about="stride, padding and dilation together", examples=6)
@given(case=conv_cases())
def test_columns_agree_with_torch_for_every_stride_padding_and_dilation(student, case):
    columns = student.im2col(case.x, case.w.shape[2:], **case.window)
    check(columns).equals(F.unfold(to_torch(case.x), case.w.shape[2:], **case.window))


@task("im2col", points=1, about="float32, kernels that do not fit")
def test_columns_keep_the_dtype_and_refuse_a_kernel_that_does_not_fit(student, rng):
    x = rng.normal(size=(2, 3, 4, 6)).astype(np.float32)
    check(student.im2col.keeping_arguments(x, (3, 2), padding=1)).equals(F.unfold(to_torch(x), (3, 2), padding=1))
    student.im2col.refuses(ValueError, x, (5, 2))


@task("im2col", points=1, about="one image, none, other layouts in memory, new answers")
def test_one_image_gives_columns_and_an_empty_batch_an_empty_array(student, rng):
    images, options = rng.normal(size=(1, 3, 5, 7)), {"stride": (1, 2), "padding": (0, 1)}
    for x in (*layouts(images), images[:0]):
        columns = student.im2col.returning_new_arrays(x, (2, 3), **options)
        check(columns).equals(F.unfold(to_torch(x), (2, 3), **options))


@task("col2im", points=1, about="stride, padding and dilation together", examples=6)
@given(case=conv_cases(), seed=st.integers(0, 999))
def test_images_agree_with_torch_for_every_stride_padding_and_dilation(student, case, seed):
    sizes = case.x.shape[2:], case.w.shape[2:]
    columns = np.random.default_rng(seed).normal(size=F.unfold(to_torch(case.x), sizes[1], **case.window).shape)
    image = student.col2im.keeping_arguments(columns, *sizes, **case.window)
    check(image).equals(F.fold(to_torch(columns), *sizes, **case.window))


@task("col2im", points=1, about="float32, the frame")
def test_images_keep_the_dtype_and_drop_what_lands_in_the_frame(student, rng):
    columns = rng.normal(size=(2, 3 * 6, 5 * 6)).astype(np.float32)
    image = student.col2im(columns, (4, 6), (2, 3), padding=1)
    check(image).equals(F.fold(to_torch(columns), (4, 6), (2, 3), padding=1))
    without_frame = student.col2im(columns, (6, 8), (2, 3))
    check(without_frame).equals(F.fold(to_torch(columns), (6, 8), (2, 3)))


@task("col2im", points=1, about="one image, none, other layouts in memory, new answers")
def test_one_image_comes_back_and_an_empty_batch_as_an_empty_array(student, rng):
    one, options = rng.normal(size=(1, 3 * 6, 4 * 4)), {"stride": (1, 2), "padding": (0, 1)}
    for columns in (*layouts(one), one[:0]):
        image = student.col2im.returning_new_arrays(columns, (5, 7), (2, 3), **options)
        check(image).equals(F.fold(to_torch(columns), (5, 7), (2, 3), **options))


@task("conv2d_forward", points=2, about="stride, padding and dilation together", examples=6)
@given(case=conv_cases())
def test_agrees_with_torch_for_every_stride_padding_and_dilation(student, case):
    out, _ = student.conv2d_forward(case.x, case.w, case.b, **case.options)
    check(out).equals(F.conv2d(*to_torch(case.x, case.w, case.b), **case.options))


@task("conv2d_forward", points=1, about="groups with all other options", examples=4)
@given(case=grouped_cases())
def test_keeps_groups_apart(student, case):
    out, _ = student.conv2d_forward(case.x, case.w, case.b, **case.options)
    check(out).equals(F.conv2d(*to_torch(case.x, case.w, case.b), **case.options))


@task("conv2d_forward", points=1, about="float32, arguments unchanged")
def test_computes_in_float32_and_leaves_its_arguments_alone(student, rng):
    x, w, b = (rng.normal(size=shape).astype(np.float32) for shape in [(2, 3, 6, 5), (4, 3, 2, 3), (4,)])
    out, _ = student.conv2d_forward.keeping_arguments(x, w, b, padding=1)
    check(out).equals(F.conv2d(*to_torch(x, w, b), padding=1))


@task("conv2d_forward", points=1, about="kernels that do not fit")
def test_refuses_a_kernel_larger_than_the_padded_image(student, rng):
    x, w, b = rng.normal(size=(1, 2, 3, 4)), rng.normal(size=(3, 2, 5, 2)), rng.normal(size=3)
    check(student.conv2d_forward(x, w, b, padding=1)[0]).equals(F.conv2d(*to_torch(x, w, b), padding=1))
    student.conv2d_forward.refuses(ValueError, x, w, b)
    student.conv2d_forward.refuses(ValueError, x, w, b, padding=1, dilation=2)


@task("conv2d_forward", points=1, about="one image, none, other layouts in memory, new answers")
def test_one_image_gives_an_output_and_an_empty_batch_an_empty_one(student, rng):
    images, w, b = rng.normal(size=(1, 4, 5, 7)), rng.normal(size=(6, 2, 2, 3)), rng.normal(size=6)
    options = {"stride": (1, 2), "padding": (0, 1), "groups": 2}
    for arguments in (*layouts(images, w, b), (images[:0], w, b)):
        out, _ = student.conv2d_forward.returning_new_arrays(*arguments, **options)
        check(out, "out").equals(F.conv2d(*to_torch(*arguments), **options))


@task("conv2d_backward", points=3, about="stride, padding and dilation together", examples=6)
@given(case=conv_cases())
def test_gradients_agree_with_torch_for_every_stride_padding_and_dilation(student, case):
    _, cache = student.conv2d_forward(case.x, case.w, case.b, **case.options)
    dx, dw, db = student.conv2d_backward(case.dout, cache)
    x, w, b = to_torch(case.x, case.w, case.b, grad=True)
    F.conv2d(x, w, b, **case.options).backward(to_torch(case.dout))
    check(dx, "dx").equals(x.grad)
    check(dw, "dw").equals(w.grad)
    check(db, "db").equals(b.grad)


@task("conv2d_backward", points=1, about="groups with all other options", examples=4)
@given(case=grouped_cases())
def test_gradients_keep_groups_apart(student, case):
    _, cache = student.conv2d_forward(case.x, case.w, case.b, **case.options)
    dx, dw, db = student.conv2d_backward(case.dout, cache)
    x, w, b = to_torch(case.x, case.w, case.b, grad=True)
    F.conv2d(x, w, b, **case.options).backward(to_torch(case.dout))
    check(dx, "dx").equals(x.grad)
    check(dw, "dw").equals(w.grad)
    check(db, "db").equals(b.grad)


@task("conv2d_backward", points=1, about="float32, no argument changed")
def test_gradients_stay_in_float32(student, rng):
    shapes = [(3, 2, 5, 6), (4, 2, 3, 2), (4,), (3, 4, 3, 5)]
    x, w, b, dout = (rng.normal(size=shape).astype(np.float32) for shape in shapes)
    _, cache = student.conv2d_forward(x, w, b)
    got = student.conv2d_backward.keeping_arguments(dout, cache)
    inputs = to_torch(x, w, b, grad=True)
    F.conv2d(*inputs).backward(to_torch(dout))
    for name, gradient, expected in zip(("dx", "dw", "db"), got, inputs, strict=True):
        check(gradient, name).equals(expected.grad)


@task("conv2d_backward", points=1, about="one image, none, other layouts in memory, new answers")
def test_one_image_gives_filters_and_biases_gradients_and_an_empty_batch_gives_zeros(student, rng):
    shapes, options = [(1, 4, 5, 7), (6, 2, 2, 3), 6, (1, 6, 4, 4)], {"stride": (1, 2), "padding": (0, 1), "groups": 2}
    images, filters, biases, upstream = arrays = [rng.normal(size=shape) for shape in shapes]
    for *given_arrays, dout in (*layouts(*arrays), (images[:0], filters, biases, upstream[:0])):
        _, cache = student.conv2d_forward(*given_arrays, **options)
        got = student.conv2d_backward.returning_new_arrays(dout, cache)
        inputs = to_torch(*given_arrays, grad=True)
        F.conv2d(*inputs, **options).backward(to_torch(dout))
        for name, gradient, expected in zip(("dx", "dw", "db"), got, inputs, strict=True):
            check(gradient, name).equals(expected.grad)
