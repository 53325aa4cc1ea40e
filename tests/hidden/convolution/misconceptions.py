"""Wrong answers that students give in the convolution unit, most of them the right solution called wrongly."""

import numpy as np
import torch

from grader.judge import misconception
from solutions.convolution import conv, convnet, fast, pooling

# conv_output_size


@misconception(
    "conv_output_size",
    "The dilation counts gaps between cells, 0 for none. Let it be the distance of cells: 1 for neighbours.",
    source="https://github.com/ddbourgin/numpy-ml/issues/27",
)
def dilation_as_gaps(size, kernel_size, *, dilation=1, **options):
    return conv.conv_output_size(size, kernel_size, dilation=dilation + 1, **options)


@misconception(
    "conv_output_size",
    "The first position of the window is missing. Add 1 after dividing: a window that just fits stops once.",
)
def without_the_first_stop(size, kernel_size, **options):
    return conv.conv_output_size(size, kernel_size, **options) - 1


@misconception("conv_output_size", "The padding is counted once. Count it at both ends of the axis.")
def padding_counted_once(size, kernel_size, *, stride=1, padding=0, dilation=1):
    return (size + padding - dilation * (kernel_size - 1) - 1) // stride + 1


@misconception(
    "conv_output_size", "The division is rounded up. Round down: a window that is only partly inside does not count."
)
def rounded_up(size, kernel_size, *, stride=1, padding=0, dilation=1):
    return -((dilation * (kernel_size - 1) + 1 - size - 2 * padding) // stride) + 1


@misconception(
    "conv_output_size",
    "Every cell is counted with a gap. Count only the k - 1 gaps between k cells.",
    source="https://github.com/NVIDIA/cutlass/issues/3502",
)
def span_of_k_gaps(size, kernel_size, *, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * kernel_size) // stride + 1


@misconception(
    "conv_output_size",
    "The dilation is ignored. Use the width of the dilated window: dilation * (kernel_size - 1) + 1.",
    source="https://github.com/PaddlePaddle/Paddle/issues/5242",
)
def span_without_dilation(size, kernel_size, *, stride=1, padding=0, dilation=1):
    return conv.conv_output_size(size, kernel_size, stride=stride, padding=padding)


@misconception("conv_output_size", "A window that does not fit gets an output size. Raise a ValueError for it.")
def size_of_the_impossible(size, kernel_size, *, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


# pad2d


@misconception("pad2d", "The padding is below and to the right only. Put it on all four sides.")
def padded_after_only(x, padding, value=0.0):
    return _pad_after(x, padding, value)


@misconception("pad2d", "Rows and columns are swapped. Use the first number of the pair for the rows.")
def padding_pair_swapped(x, padding, value=0.0):
    return conv.pad2d(x, conv.pair(padding)[::-1], value)


@misconception("pad2d", "The frame is always zero. Fill it with `value`.")
def framed_with_zeros(x, padding, value=0.0):
    return conv.pad2d(x, padding)


@misconception("pad2d", "The first number of the pair is used for both axes. Use the second one for the columns.")
def padded_by_the_first_number(x, padding, value=0.0):
    return conv.pad2d(x, conv.pair(padding)[0], value)


@misconception("pad2d", "The answer is float64 for float32 images. Make it in the dtype of x.")
def padded_in_float64(x, padding, value=0.0):
    return conv.pad2d(x.astype(np.float64), padding, value)


def _pad_after(x, padding, value=0.0):
    rows, columns = conv.pair(padding)
    return np.pad(x, ((0, 0), (0, 0), (0, 2 * rows), (0, 2 * columns)), constant_values=value)


# conv2d_naive


@misconception(
    "conv2d_naive",
    "The kernel is flipped. Slide it over the image as it is: a cross-correlation.",
    source="https://github.com/pytorch/pytorch/issues/117534",
)
def naive_kernel_flipped(x, w, b, **options):
    return conv.conv2d_naive(x, w[:, :, ::-1, ::-1], b, **options)


@misconception(
    "conv2d_naive", "The row stride is used for both axes. Use the second number of the pair for the columns."
)
def naive_row_stride_only(x, w, b, *, stride=1, **options):
    return conv.conv2d_naive(x, w, b, stride=conv.pair(stride)[0], **options)


@misconception(
    "conv2d_naive",
    "The dilation is ignored. Multiply the places in the kernel by it: so far apart are neighbouring cells.",
)
def naive_without_dilation(x, w, b, *, dilation=1, **options):
    return conv.conv2d_naive(x, w, b, **options)


@misconception("conv2d_naive", "The bias is added once per channel. Add it once per output pixel.")
def naive_bias_in_every_channel(x, w, b, **options):
    return conv.conv2d_naive(x, w, b * w.shape[1], **options)


@misconception("conv2d_naive", "The bias is missing. Add b[f] to each pixel of filter f.")
def naive_without_bias(x, w, b, **options):
    return conv.conv2d_naive(x, w, np.zeros_like(b), **options)


@misconception("conv2d_naive", "Every group uses the first channels. Use the channels of block g for group g.")
def naive_first_block_for_all(x, w, b, *, groups=1, **options):
    return conv.conv2d_naive(x[:, : w.shape[1]], w, b, **options)


@misconception("conv2d_naive", "The answer is float64 for float32 images. Make the output in the dtype of x.")
def naive_in_float64(x, w, b, **options):
    return conv.conv2d_naive(x, w, b, **options).astype(np.float64)


# im2col


@misconception("im2col", "Windows are rows here. Make each a column: (N, C * KH * KW, L).")
def windows_as_rows(x, kernel_size, **options):
    return conv.im2col(x, kernel_size, **options).swapaxes(1, 2)


@misconception(
    "im2col", "The rows are ordered by cell, then by channel. Order them by channel, then by cell: (C, KH, KW)."
)
def channels_last(x, kernel_size, **options):
    columns = conv.im2col(x, kernel_size, **options)
    cells = np.prod(conv.pair(kernel_size))
    return columns.reshape(*x.shape[:2], cells, columns.shape[2]).swapaxes(1, 2).reshape(columns.shape)


@misconception(
    "im2col", "The windows are ordered from top to bottom. Order them row by row: stop (i, j) is column i * WO + j."
)
def windows_down_first(x, kernel_size, **options):
    height, width = conv.conv2d_output_size(x.shape[2:], kernel_size, **options)
    columns = conv.im2col(x, kernel_size, **options)
    return columns.reshape(*columns.shape[:2], height, width).swapaxes(2, 3).reshape(columns.shape)


@misconception("im2col", "The stride is ignored along the columns. Use it on both axes.")
def stride_of_rows_only(x, kernel_size, *, stride=1, **options):
    return conv.im2col(x, kernel_size, stride=(conv.pair(stride)[0], 1), **options)


@misconception(
    "im2col", "The dilation is ignored. Multiply the places in the kernel by it: so far apart are neighbouring cells."
)
def windows_without_dilation(x, kernel_size, *, dilation=1, **options):
    return conv.im2col(x, kernel_size, **options)


@misconception("im2col", "The padding is below and to the right only. Put it on all four sides.")
def windows_padded_after_only(x, kernel_size, *, padding=0, **options):
    return conv.im2col(_pad_after(x, padding), kernel_size, **options)


@misconception(
    "im2col",
    "An empty batch raises an error. Work out every size from the shapes, and use nothing that needs an image.",
)
def columns_left_to_reshape(x, kernel_size, **options):
    columns = conv.im2col(x, kernel_size, **options)
    return columns.reshape(len(x), -1, columns.shape[2])


# col2im


@misconception(
    "col2im", "Overlapping windows overwrite each other, cell of the kernel by cell. Add what they contribute up."
)
def overwritten_cell_by_cell(columns, image_size, kernel_size, **options):
    cells = np.arange(columns.shape[1]) % np.prod(conv.pair(kernel_size))
    image = 0
    for cell in range(cells.max() + 1):
        given = conv.col2im(np.where((cells == cell)[:, None], columns, 0), image_size, kernel_size, **options)
        image = np.where(given != 0, given, image)
    return image


@misconception("col2im", "Overlapping windows overwrite each other, window by window. Add what they contribute up.")
def overwritten_window_by_window(columns, image_size, kernel_size, **options):
    return _last_stop_wins(columns, lambda alone: conv.col2im(alone, image_size, kernel_size, **options))


@misconception("col2im", "The frame is still there. Cut the image out of it: H rows and W columns.")
def frame_kept(columns, image_size, kernel_size, *, padding=0, **options):
    return conv.col2im(columns, _framed(image_size, padding), kernel_size, **options)


@misconception("col2im", "The frame is cut off below and to the right only. Cut it off on all four sides.")
def cropped_at_the_end(columns, image_size, kernel_size, *, padding=0, **options):
    framed = conv.col2im(columns, _framed(image_size, padding), kernel_size, **options)
    return framed[:, :, : image_size[0], : image_size[1]]


@misconception(
    "col2im", "The sums are divided by the number of windows. Leave them sums: this is im2col's transpose, no inverse."
)
def averaged_over_windows(columns, image_size, kernel_size, **options):
    count = conv.col2im(np.ones_like(columns), image_size, kernel_size, **options)
    return conv.col2im(columns, image_size, kernel_size, **options) / np.maximum(count, 1)


@misconception(
    "col2im",
    "The numbers come from the wrong places of the columns. Undo the layout of im2col: (N, C, KH, KW, HO, WO).",
)
def layout_of_rows(columns, image_size, kernel_size, **options):
    rows = columns.reshape(len(columns), columns.shape[2], columns.shape[1])
    return conv.col2im(rows.swapaxes(1, 2), image_size, kernel_size, **options)


@misconception("col2im", "The answer is float64 for float32 columns. Make the image in the dtype of the columns.")
def added_in_float64(columns, image_size, kernel_size, **options):
    return conv.col2im(columns, image_size, kernel_size, **options).astype(np.float64)


@misconception(
    "col2im",
    "An empty batch raises an error. Work out every size from the shapes, and use nothing that needs an image.",
)
def channels_left_to_reshape(columns, image_size, kernel_size, **options):
    image = conv.col2im(columns, image_size, kernel_size, **options)
    return image.reshape(len(columns), -1, *image_size)


def _framed(image_size, padding):
    return tuple(size + 2 * frame for size, frame in zip(image_size, conv.pair(padding), strict=True))


def _last_stop_wins(gradients, give_back):
    """What is left when stop after stop writes its gradient into the image instead of adding it."""
    image = give_back(np.zeros_like(gradients))
    for stop in np.ndindex(gradients.shape[2:]):
        alone = np.zeros_like(gradients)
        alone[:, :, *stop] = gradients[:, :, *stop]
        given = give_back(alone)
        image = np.where(given != 0, given, image)
    return image


# conv2d_forward


@misconception("conv2d_forward", "The kernel is flipped. Slide it over the image as it is: a cross-correlation.")
def kernel_flipped(x, w, b, **options):
    return conv.conv2d_forward(x, w[:, :, ::-1, ::-1], b, **options)


@misconception("conv2d_forward", "The padding is below and to the right only. Put it on all four sides.")
def images_padded_after_only(x, w, b, *, padding=0, **options):
    return conv.conv2d_forward(_pad_after(x, padding), w, b, **options)


@misconception("conv2d_forward", "The stride is ignored along the columns. Use it on both axes.")
def stride_ignored_in_one_axis(x, w, b, *, stride=1, **options):
    return conv.conv2d_forward(x, w, b, stride=(conv.pair(stride)[0], 1), **options)


@misconception(
    "conv2d_forward",
    "The dilation is ignored. Multiply the places in the kernel by it: so far apart are neighbouring cells.",
)
def dilation_ignored(x, w, b, *, dilation=1, **options):
    return conv.conv2d_forward(x, w, b, **options)


@misconception("conv2d_forward", "The bias is missing. Add b[f] to each pixel of filter f.")
def bias_forgotten(x, w, b, **options):
    return conv.conv2d_forward(x, w, np.zeros_like(b), **options)


@misconception("conv2d_forward", "Height and width of the output are swapped. Put rows before columns: (N, F, HO, WO).")
def output_transposed(x, w, b, **options):
    out, cache = conv.conv2d_forward(x, w, b, **options)
    return out.swapaxes(2, 3), cache


@misconception(
    "conv2d_forward",
    "The numbers of the output are in the order (N, HO, WO, F). Move the axis of the filters before you reshape.",
)
def reshaped_instead_of_transposed(x, w, b, **options):
    out, cache = conv.conv2d_forward(x, w, b, **options)
    return out.transpose(0, 2, 3, 1).reshape(out.shape), cache


@misconception("conv2d_forward", "Each group takes every G-th channel. Give it a block of consecutive channels.")
def groups_of_every_gth_channel(x, w, b, *, groups=1, **options):
    order = np.arange(x.shape[1]).reshape(-1, groups).T.ravel()
    return conv.conv2d_forward(x[:, order], w, b, groups=groups, **options)


@misconception(
    "conv2d_forward", "The filters are shuffled in the output. Put those of group 0 first, then those of group 1."
)
def groups_shuffled_in_the_output(x, w, b, *, groups=1, **options):
    out, cache = conv.conv2d_forward(x, w, b, groups=groups, **options)
    return out[:, np.arange(len(w)).reshape(groups, -1).T.ravel()], cache


@misconception("conv2d_forward", "The answer is float64 for float32 images. Compute in the dtype of x.")
def computed_in_float64(x, w, b, **options):
    out, cache = conv.conv2d_forward(x, w, b, **options)
    return out.astype(np.float64), cache


@misconception(
    "conv2d_forward",
    "An empty batch raises an error. Work out every size from the shapes, and use nothing that needs an image.",
)
def filters_left_to_reshape(x, w, b, **options):
    out, cache = conv.conv2d_forward(x, w, b, **options)
    return out.reshape(len(x), -1, *out.shape[2:]), cache


# conv2d_backward


@misconception(
    "conv2d_backward",
    "dw is averaged over the batch. Sum over the images: dout already holds the 1 / N of the mean loss.",
)
def dw_averaged(dout, cache):
    dx, dw, db = conv.conv2d_backward(dout, cache)
    return dx, dw / len(dout), db


@misconception("conv2d_backward", "dw still has an axis for the batch. Sum over it: all images use the same filters.")
def dw_not_summed_over_the_batch(dout, cache):
    dx, dw, db = conv.conv2d_backward(dout, cache)
    each = [_gradients_of_image(dout, cache, n)[1] for n in range(len(dout))]
    return dx, np.reshape(each, (len(dout), *dw.shape)), db


@misconception("conv2d_backward", "dw is that of the last image only. Sum over all images: they use the same filters.")
def dw_of_the_last_image(dout, cache):
    dx, _, db = conv.conv2d_backward(dout, cache)
    return dx, _gradients_of_image(dout, cache, len(dout) - 1)[1], db


@misconception("conv2d_backward", "db is a mean. Sum dout over images and pixels: the bias was added to each of them.")
def db_averaged(dout, cache):
    dx, dw, _ = conv.conv2d_backward(dout, cache)
    return dx, dw, dout.mean(axis=(0, 2, 3))


@misconception("conv2d_backward", "db is summed over the batch only. Sum over the pixels, too: one number per filter.")
def db_per_pixel(dout, cache):
    dx, dw, _ = conv.conv2d_backward(dout, cache)
    return dx, dw, dout.sum(axis=0)


@misconception("conv2d_backward", "db is one sum, the same for all filters. Keep the filters apart: one sum for each.")
def db_of_all_filters(dout, cache):
    dx, dw, db = conv.conv2d_backward(dout, cache)
    return dx, dw, np.full_like(db, dout.sum())


@misconception(
    "conv2d_backward", "The upstream gradient is ignored. Multiply by dout: the loss need not be a plain sum."
)
def upstream_ignored(dout, cache):
    return conv.conv2d_backward(np.ones_like(dout), cache)


@misconception(
    "conv2d_backward",
    "dx is that of a kernel turned by 180 degrees. Turn w if you slide it over dout, and only then.",
    source="https://github.com/ddbourgin/numpy-ml/issues/27",
)
def dx_with_the_kernel_flipped(dout, cache):
    x, w, window, groups = cache
    _, dw, db = conv.conv2d_backward(dout, cache)
    return conv.conv2d_backward(dout, (x, w[:, :, ::-1, ::-1], window, groups))[0], dw, db


@misconception(
    "conv2d_backward", "The gradients of the groups are mixed up. Use block g of dout with block g of the filters."
)
def groups_mixed_up(dout, cache):
    _, w, _, groups = cache
    return conv.conv2d_backward(dout[:, np.arange(len(w)).reshape(-1, groups).T.ravel()], cache)


@misconception("conv2d_backward", "The gradients are float64 for float32 images. Compute in the dtype of the images.")
def gradients_in_float64(dout, cache):
    return tuple(gradient.astype(np.float64) for gradient in conv.conv2d_backward(dout, cache))


@misconception(
    "conv2d_backward",
    "An empty batch raises an error. Work out every size from the shapes, and use nothing that needs an image.",
)
def windows_left_to_reshape(dout, cache):
    return conv.conv2d_backward(dout.reshape(*dout.shape[:2], -1).reshape(dout.shape), cache)


def _gradients_of_image(dout, cache, n):
    alone = np.zeros_like(dout)
    alone[n : n + 1] = dout[n : n + 1]
    return conv.conv2d_backward(alone, cache)


# pooling


@misconception(
    "max_pool2d_forward",
    "The padding is zero, and wins against negative pixels. Pad with minus infinity.",
    source="https://github.com/pytorch/pytorch/issues/41294",
)
def max_padded_with_zeros(x, kernel_size, *, stride=None, padding=0):
    return pooling.max_pool2d_forward(conv.pad2d(x, padding), kernel_size, stride=stride)


@misconception(
    "max_pool2d_forward", "Without a stride the window moves by 1. Use the kernel's size where no stride is given."
)
def max_stride_of_one(x, kernel_size, *, stride=None, padding=0):
    return pooling.max_pool2d_forward(x, kernel_size, stride=1 if stride is None else stride, padding=padding)


@misconception(
    "max_pool2d_forward", "The largest absolute value is kept. Keep the largest number: the maximum of -3 and 1 is 1."
)
def largest_magnitude(x, kernel_size, **options):
    highest, cache = pooling.max_pool2d_forward(x, kernel_size, **options)
    lowest, _ = pooling.max_pool2d_forward(-x, kernel_size, **options)
    return np.where(highest >= lowest, highest, -lowest), cache


@misconception("max_pool2d_forward", "Rows and columns of the kernel are swapped. Use its first number for the rows.")
def max_kernel_swapped(x, kernel_size, **options):
    return pooling.max_pool2d_forward(x, conv.pair(kernel_size)[::-1], **options)


@misconception(
    "max_pool2d_forward",
    "Padding of more than half the kernel is accepted. Raise a ValueError: a window could see nothing else.",
)
def max_accepts_any_padding(x, kernel_size, *, stride=None, padding=0):
    stride = kernel_size if stride is None else stride
    return pooling.max_pool2d_forward(conv.pad2d(x, padding, -np.inf), kernel_size, stride=stride)


@misconception(
    "max_pool2d_forward",
    "An empty batch raises an error. Work out every size from the shapes, and use nothing that needs an image.",
)
def max_cells_left_to_reshape(x, kernel_size, **options):
    out, cache = pooling.max_pool2d_forward(x, kernel_size, **options)
    return out.reshape(*x.shape[:2], -1, out.shape[3]), cache


@misconception(
    "max_pool2d_forward",
    "Images that the windows do not fill raise an error. Windows may overlap, and leave pixels over at the end.",
)
def images_cut_into_tiles(x, kernel_size, *, stride=None, padding=0):
    pooling.max_pool2d_forward(x[:1], kernel_size, stride=stride, padding=padding)  # refuses too much padding
    images, (height, width) = conv.pad2d(x, padding, -np.inf), conv.pair(kernel_size)
    tiles = images.shape[2] // height, images.shape[3] // width
    return images.reshape(*x.shape[:2], tiles[0], height, tiles[1], width).max(axis=(3, 5)), None


@misconception(
    "max_pool2d_backward",
    "Every pixel that equals the maximum gets the gradient. Give it to the first one only.",
    source="https://github.com/Theano/Theano/issues/5248",
)
def gradient_to_all_ties(dout, cache):
    return _max_pool_backward(dout, cache, lambda hit: hit)


@misconception(
    "max_pool2d_backward",
    "Equal maxima share the gradient. Give all of it to the first one.",
    source="https://github.com/tensorflow/tensorflow/issues/4886",
)
def gradient_shared_among_ties(dout, cache):
    return _max_pool_backward(dout, cache, lambda hit: hit / hit.sum(axis=2, keepdims=True))


@misconception("max_pool2d_backward", "The last of equal maxima gets the gradient. Give it to the first one.")
def gradient_to_the_last_tie(dout, cache):
    return _max_pool_backward(dout, cache, lambda hit: hit & (hit[:, :, ::-1].cumsum(axis=2)[:, :, ::-1] == 1))


@misconception(
    "max_pool2d_backward", "A pixel that wins several windows keeps the last gradient only. Add its gradients up."
)
def winner_overwritten(dout, cache):
    return _last_stop_wins(dout, lambda alone: pooling.max_pool2d_backward(alone, cache))


@misconception("max_pool2d_backward", "The whole window gets the gradient. Give it to the maximum only.")
def gradient_to_the_whole_window(dout, cache):
    return _max_pool_backward(dout, cache, np.ones_like)


@misconception(
    "max_pool2d_backward", "The padding is zero, and takes gradients from negative pixels. Pad with minus infinity."
)
def gradient_lost_in_the_padding(dout, cache):
    return _max_pool_backward(dout, cache, lambda hit: hit & (hit.cumsum(axis=2) == 1), frame=0.0)


@misconception(
    "max_pool2d_backward",
    "Only the first window gives its gradient back. Go through all windows before you return.",
    source="https://github.com/riccardoandreoni0/CNN-from-scratch/issues/1",
)
def return_inside_the_loop(dout, cache):
    first = np.zeros_like(dout)
    first[:, :, :1, :1] = dout[:, :, :1, :1]
    return pooling.max_pool2d_backward(first, cache)


@misconception("max_pool2d_backward", "Winners get a gradient of 1. Give each the upstream gradient of its window.")
def gradient_of_ones(dout, cache):
    return pooling.max_pool2d_backward(np.ones_like(dout), cache)


def _max_pool_backward(dout, cache, share, frame=-np.inf):
    """Max pooling's backward pass where `share` decides what each pixel gets of its window's gradient."""
    x, kernel_size, stride, padding = cache
    columns = conv.im2col(conv.pad2d(x, padding, frame), kernel_size, stride=stride)
    windows = columns.reshape(*x.shape[:2], np.prod(conv.pair(kernel_size)), columns.shape[2])
    upstream = dout.reshape(*x.shape[:2], 1, columns.shape[2])
    shares = share(windows == windows.max(axis=2, keepdims=True)) * upstream
    return conv.col2im(shares.reshape(columns.shape), x.shape[2:], kernel_size, stride=stride, padding=padding)


@misconception(
    "avg_pool2d_forward", "The padding is never counted. Count it unless count_include_pad is False: divide by KH * KW."
)
def padding_never_counts(x, kernel_size, *, count_include_pad=True, **options):
    return pooling.avg_pool2d_forward(x, kernel_size, count_include_pad=False, **options)


@misconception(
    "avg_pool2d_forward",
    "The padding is counted although count_include_pad is False. Divide by the number of real pixels.",
)
def padding_always_counts(x, kernel_size, *, count_include_pad=True, **options):
    return pooling.avg_pool2d_forward(x, kernel_size, **options)


@misconception("avg_pool2d_forward", "The windows are added up. Divide each sum by the number of pixels.")
def summed_windows(x, kernel_size, **options):
    means, cache = pooling.avg_pool2d_forward(x, kernel_size, **options | {"count_include_pad": True})
    return means * np.asarray(np.prod(conv.pair(kernel_size)), x.dtype), cache


@misconception(
    "avg_pool2d_forward", "Without a stride the window moves by 1. Use the kernel's size where no stride is given."
)
def avg_stride_of_one(x, kernel_size, *, stride=None, **options):
    return pooling.avg_pool2d_forward(x, kernel_size, stride=1 if stride is None else stride, **options)


@misconception(
    "avg_pool2d_forward",
    "Padding of more than half the kernel is accepted. Raise a ValueError: a window could see nothing else.",
)
def avg_accepts_any_padding(x, kernel_size, *, stride=None, padding=0, count_include_pad=True):
    if count_include_pad:
        stride = kernel_size if stride is None else stride
        return pooling.avg_pool2d_forward(conv.pad2d(x, padding), kernel_size, stride=stride)
    return pooling.avg_pool2d_forward(x, kernel_size, stride=stride, padding=padding, count_include_pad=False)


@misconception(
    "avg_pool2d_forward",
    "An empty batch raises an error. Work out every size from the shapes, and use nothing that needs an image.",
)
def avg_cells_left_to_reshape(x, kernel_size, **options):
    out, cache = pooling.avg_pool2d_forward(x, kernel_size, **options)
    return out.reshape(*x.shape[:2], -1, out.shape[3]), cache


@misconception("avg_pool2d_backward", "The gradient is not divided. Give each pixel of the window its share.")
def whole_gradient_to_every_pixel(dout, cache):
    x, kernel_size, stride, padding, _ = cache
    return pooling.avg_pool2d_backward(dout * np.prod(conv.pair(kernel_size)), (x, kernel_size, stride, padding, True))


@misconception(
    "avg_pool2d_backward",
    "Shares are divided by KH * KW although padding does not count. Use the divisor of the forward pass.",
)
def shares_of_the_whole_kernel(dout, cache):
    return pooling.avg_pool2d_backward(dout, (*cache[:-1], True))


@misconception(
    "avg_pool2d_backward",
    "Shares are divided by the real pixels although padding counts. Use the divisor of the forward pass.",
)
def shares_of_the_real_pixels(dout, cache):
    return pooling.avg_pool2d_backward(dout, (*cache[:-1], False))


@misconception("avg_pool2d_backward", "A pixel in several windows keeps the last share only. Add its shares up.")
def share_overwritten(dout, cache):
    return _last_stop_wins(dout, lambda alone: pooling.avg_pool2d_backward(alone, cache))


@misconception("global_avg_pool2d_forward", "The pixels are added up. Divide the sum by H * W.")
def global_sum(x):
    out, cache = pooling.global_avg_pool2d_forward(x)
    return out * np.asarray(x.shape[2] * x.shape[3], x.dtype), cache


@misconception("global_avg_pool2d_forward", "The largest pixel is kept. Take the mean of all pixels.")
def global_max(x):
    return x.max(axis=(2, 3)), x.shape


@misconception(
    "global_avg_pool2d_forward",
    "The two axes of size 1 are still there. Remove them: the result is (N, C), ready for a linear layer.",
)
def global_axes_kept(x):
    return x.mean(axis=(2, 3), keepdims=True), x.shape


@misconception("global_avg_pool2d_forward", "The mean runs over the batch, too. Take one mean per image and channel.")
def global_mean_over_the_batch(x):
    return x.mean(axis=(0, 2, 3)), x.shape


@misconception(
    "global_avg_pool2d_backward", "The gradient is not divided. Divide it by H * W, as the forward pass did."
)
def global_gradient_not_divided(dout, cache):
    dx = pooling.global_avg_pool2d_backward(dout, cache)
    return dx * (dx.shape[2] * dx.shape[3])


@misconception(
    "global_avg_pool2d_backward",
    "The gradient is divided by the batch size, too. dout already holds the 1 / N of the mean loss.",
)
def global_gradient_averaged(dout, cache):
    return pooling.global_avg_pool2d_backward(dout, cache) / len(dout)


# convnet


@misconception("conv_relu_pool_forward", "The ReLU is missing. Apply it between convolution and pooling.")
def stage_without_relu(x, w, b):
    maps, _ = conv.conv2d_forward(x, w, b, padding=_same(w))
    return pooling.max_pool2d_forward(maps, 2)[0], convnet.conv_relu_pool_forward(x, w, b)[1]


@misconception(
    "conv_relu_pool_forward",
    "The convolution does not pad. Pad by half the kernel's size, so that the maps keep their size.",
)
def stage_without_padding(x, w, b):
    return _stage(x, w, b, padding=0)


@misconception(
    "conv_relu_pool_forward", "The padding is that of a 3 x 3 kernel. Use half the kernel's size: KH // 2 and KW // 2."
)
def stage_padded_by_one(x, w, b):
    return _stage(x, w, b, padding=1)


@misconception("conv_relu_pool_forward", "The maps are averaged. Keep the largest of 2 x 2 pixels.")
def stage_with_averages(x, w, b):
    maps, _ = conv.conv2d_forward(x, w, b, padding=_same(w))
    return pooling.avg_pool2d_forward(np.maximum(maps, 0), 2)[0], convnet.conv_relu_pool_forward(x, w, b)[1]


@misconception(
    "conv_relu_pool_backward",
    "The ReLU is left out on the way back. Set the gradient to 0 where its input was not positive.",
)
def stage_gradient_through_relu(dout, cache):
    layer, _, pool = cache
    return conv.conv2d_backward(pooling.max_pool2d_backward(dout, pool), layer)


@misconception(
    "conv_relu_pool_backward",
    "Negative gradients become 0. Set the gradient to 0 where the input of the ReLU was not positive.",
)
def stage_relu_of_the_gradient(dout, cache):
    layer, _, pool = cache
    return conv.conv2d_backward(np.maximum(pooling.max_pool2d_backward(dout, pool), 0), layer)


@misconception(
    "conv_relu_pool_backward",
    "The gradients are averaged over the batch. Only sum: dout already holds the 1 / N of the mean loss.",
)
def stage_gradients_averaged(dout, cache):
    return tuple(gradient / len(dout) for gradient in convnet.conv_relu_pool_backward(dout, cache))


def _same(w):
    return w.shape[2] // 2, w.shape[3] // 2


def _stage(x, w, b, *, padding):
    maps, layer = conv.conv2d_forward(x, w, b, padding=padding)
    maps, relu = convnet.relu_forward(maps)
    out, pool = pooling.max_pool2d_forward(maps, 2)
    return out, (layer, relu, pool)


@misconception("init_lenet", "The standard deviation is 2 / fan_in. Take its root: that is the variance.")
def variance_as_deviation(rng, **sizes):
    return _rescaled(rng, sizes, lambda w: 2 / w[0].size)


@misconception(
    "init_lenet", "The weights have variance 1, and the scores explode. Multiply them by the root of 2 / fan_in."
)
def unit_variance(rng, **sizes):
    return _rescaled(rng, sizes, lambda w: 1.0)


@misconception("init_lenet", "fan_in counts the channels only. Count all numbers that a filter adds up: C * KH * KW.")
def fan_in_without_the_kernel(rng, **sizes):
    return _rescaled(rng, sizes, lambda w: np.sqrt(2 / w.shape[1]))


@misconception("init_lenet", "The scale follows the number of outputs. Use fan_in, the number of inputs.")
def fan_out(rng, **sizes):
    return _rescaled(rng, sizes, lambda w: np.sqrt(2 * w.shape[1] / len(w) / w[0].size))


@misconception("init_lenet", "The variance is 1 / fan_in. Use 2 / fan_in: ReLU sets half of the inputs to 0.")
def variance_of_one_over_fan_in(rng, **sizes):
    return _rescaled(rng, sizes, lambda w: np.sqrt(1 / w[0].size))


@misconception(
    "init_lenet", "All weights are zero. Draw them: otherwise all filters get the same gradient and stay alike."
)
def zero_weights(rng, **sizes):
    return {name: np.zeros_like(array) for name, array in convnet.init_lenet(rng, **sizes).items()}


@misconception("init_lenet", "The weights come from a generator of its own. Draw from the `rng` that is passed in.")
def generator_of_its_own(rng, **sizes):
    return convnet.init_lenet(np.random.default_rng(0), **sizes)


def _rescaled(rng, sizes, scale):
    """He's weights with another standard deviation."""
    params = convnet.init_lenet(rng, **sizes)
    factors = {name: scale(w) / np.sqrt(2 / w[0].size) for name, w in params.items() if w.ndim > 1}
    return {name: array * factors.get(name, 1.0) for name, array in params.items()}


@misconception(
    "lenet_forward",
    "The hidden layer has no ReLU. Apply one between the two linear layers, or they are one linear layer.",
)
def lenet_without_hidden_relu(x, params):
    _, cache = convnet.lenet_forward(x, params)
    hidden = _flat(_maps(x, params)) @ params["fc1.w"].T + params["fc1.b"]
    return hidden @ params["fc2.w"].T + params["fc2.b"], cache


@misconception("lenet_forward", "The scores go through a softmax. Leave it out: it belongs to the loss.")
def lenet_with_softmax(x, params):
    scores, cache = convnet.lenet_forward(x, params)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True), cache


@misconception("lenet_forward", "The scores go through a ReLU. Leave it out: scores may be negative.")
def lenet_with_relu_at_the_end(x, params):
    scores, cache = convnet.lenet_forward(x, params)
    return np.maximum(scores, 0), cache


@misconception(
    "lenet_forward", "The maps are flattened pixel by pixel. Flatten them channel by channel, as they are stored."
)
def lenet_flattened_by_pixel(x, params):
    maps = _maps(x, params)
    shuffled = maps.transpose(0, 2, 3, 1).reshape(maps.shape)
    return _head(shuffled, params), convnet.lenet_forward(x, params)[1]


@misconception(
    "lenet_forward",
    "An empty batch raises an error. Work out every size from the shapes, and use nothing that needs an image.",
)
def flattening_left_to_reshape(x, params):
    maps = _maps(x, params)
    return _head(maps.reshape(len(x), -1), params), convnet.lenet_forward(x, params)[1]


def _maps(x, params):
    """The maps after both stages."""
    maps, _ = convnet.conv_relu_pool_forward(x, params["conv1.w"], params["conv1.b"])
    return convnet.conv_relu_pool_forward(maps, params["conv2.w"], params["conv2.b"])[0]


def _flat(maps):
    """One row per image."""
    return maps.reshape(len(maps), np.prod(maps.shape[1:]))


def _head(maps, params):
    """The scores that follow from the maps."""
    hidden = np.maximum(_flat(maps) @ params["fc1.w"].T + params["fc1.b"], 0)
    return hidden @ params["fc2.w"].T + params["fc2.b"]


@misconception(
    "lenet_backward",
    "The gradients are averaged over the batch. Only sum: dscores already holds the 1 / N of the mean loss.",
)
def lenet_gradients_averaged(dscores, cache):
    return {name: gradient / len(dscores) for name, gradient in convnet.lenet_backward(dscores, cache).items()}


@misconception(
    "lenet_backward",
    "The hidden ReLU is left out on the way back. Set the gradient to 0 where its input was not positive.",
)
def lenet_gradient_through_relu(dscores, cache):
    stage1, stage2, shape, fc1, relu, fc2 = cache
    return convnet.lenet_backward(dscores, (stage1, stage2, shape, fc1, np.ones_like(relu), fc2))


@misconception(
    "lenet_backward",
    "The gradient of the maps is in another order. Only give it the shape (N, C, H, W) of the maps again.",
)
def lenet_unflattened_by_pixel(dscores, cache):
    stage1, stage2, (n, channels, height, width), fc1, relu, fc2 = cache
    dhidden, _, _ = convnet.affine_backward(dscores, fc2)
    dflat, _, _ = convnet.affine_backward(convnet.relu_backward(dhidden, relu), fc1)
    dmaps = dflat.reshape(n, height, width, channels).transpose(0, 3, 1, 2)
    dmaps, dw2, db2 = convnet.conv_relu_pool_backward(dmaps, stage2)
    _, dw1, db1 = convnet.conv_relu_pool_backward(dmaps, stage1)
    filters = {"conv1.w": dw1, "conv1.b": db1, "conv2.w": dw2, "conv2.b": db2}
    return convnet.lenet_backward(dscores, cache) | filters


@misconception("lenet_backward", "The gradient stops before the convolutions. Send it on through both stages.")
def lenet_trains_linear_layers_only(dscores, cache):
    grads = convnet.lenet_backward(dscores, cache)
    return {name: gradient * name.startswith("fc") for name, gradient in grads.items()}


@misconception("gap_head_forward", "Each map's pixels are added up. The head takes their mean, whatever the size.")
def head_of_sums(maps, w, b):
    scores, cache = convnet.gap_head_forward(maps, w * np.asarray(maps.shape[2] * maps.shape[3], w.dtype), b)
    return scores, cache


@misconception("gap_head_forward", "The largest pixel of each map goes into the linear layer. Take the mean.")
def head_of_maxima(maps, w, b):
    return maps.max(axis=(2, 3)) @ w.T + b, convnet.gap_head_forward(maps, w, b)[1]


@misconception("gap_head_forward", "The bias is left out. The linear layer adds one number per class.")
def head_without_bias(maps, w, b):
    return convnet.gap_head_forward(maps, w, np.zeros_like(b))


@misconception("gap_head_forward", "The bias is divided by the number of pixels. Only the maps are averaged.")
def head_with_averaged_bias(maps, w, b):
    return convnet.gap_head_forward(maps, w, b / np.asarray(maps.shape[2] * maps.shape[3], b.dtype))


@misconception("gap_head_forward", "A ReLU stands behind the scores. They stay as they are: the loss takes any sign.")
def head_with_relu(maps, w, b):
    scores, cache = convnet.gap_head_forward(maps, w, b)
    return np.maximum(scores, 0), cache


@misconception("gap_head_forward", "The scores are probabilities already. Softmax belongs to the loss.")
def head_with_softmax(maps, w, b):
    scores, cache = convnet.gap_head_forward(maps, w, b)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True), cache


@misconception(
    "gap_head_backward", "The maps' gradient is not divided by H * W. A pixel moves the mean by that little."
)
def head_gradient_not_divided(dscores, cache):
    dmaps, dw, db = convnet.gap_head_backward(dscores, cache)
    return dmaps * np.asarray(dmaps.shape[2] * dmaps.shape[3], dmaps.dtype), dw, db


@misconception("gap_head_backward", "Only the first pixel of each map gets the gradient. All of them share it.")
def head_gradient_for_one_pixel(dscores, cache):
    dmaps, dw, db = convnet.gap_head_backward(dscores, cache)
    first = np.zeros_like(dmaps)
    first[:, :, 0, 0] = dmaps.sum(axis=(2, 3))
    return first, dw, db


@misconception(
    "gap_head_backward", "The biases' gradient is a mean over the batch. It is a sum: the loss does the averaging."
)
def head_bias_gradient_averaged(dscores, cache):
    dmaps, dw, db = convnet.gap_head_backward(dscores, cache)
    return dmaps, dw, db / max(len(dscores), 1)


@misconception("gap_head_backward", "The weights' gradient is taken with sums of pixels. The linear layer saw means.")
def head_weight_gradient_of_sums(dscores, cache):
    dmaps, dw, db = convnet.gap_head_backward(dscores, cache)
    return dmaps, dw * np.asarray(dmaps.shape[2] * dmaps.shape[3], dw.dtype), db


@misconception("gap_head_backward", "The weights' gradient is divided by the batch size. The loss does the averaging.")
def head_weight_gradient_averaged(dscores, cache):
    dmaps, dw, db = convnet.gap_head_backward(dscores, cache)
    return dmaps, dw / max(len(dscores), 1), db


@misconception("residual_forward", "The skip is added after the last ReLU. Add it before: relu(branch + x).")
def skip_after_the_activation(x, w1, b1, w2, b2):
    branch, cache = _branch(x, w1, b1, w2, b2)
    return np.maximum(branch, 0) + x, cache


@misconception(
    "residual_forward",
    "The skip connection is missing. Add x itself to the branch.",
    source="https://github.com/znxlwm/UGATIT-pytorch/issues/32",
)
def skip_forgotten(x, w1, b1, w2, b2):
    branch, cache = _branch(x, w1, b1, w2, b2)
    return np.maximum(branch, 0), cache


@misconception(
    "residual_forward",
    "The last ReLU is missing. Send the sum of branch and skip through it.",
    source="https://github.com/ajbrock/BoilerPlate/issues/2",
)
def last_relu_forgotten(x, w1, b1, w2, b2):
    branch, cache = _branch(x, w1, b1, w2, b2)
    return branch + x, cache


@misconception(
    "residual_forward", "There is no ReLU between the convolutions. Put one there, or they are one convolution."
)
def inner_relu_forgotten(x, w1, b1, w2, b2):
    inner, _ = conv.conv2d_forward(x, w1, b1, padding=_same(w1))
    branch, _ = conv.conv2d_forward(inner, w2, b2, padding=_same(w2))
    return np.maximum(branch + x, 0), convnet.residual_forward(x, w1, b1, w2, b2)[1]


@misconception(
    "residual_forward",
    "The branch has a ReLU before the sum. Remove it: the branch could only add, never take away.",
    source="https://github.com/kuangliu/pytorch-cifar/issues/4",
)
def relu_before_the_sum(x, w1, b1, w2, b2):
    branch, cache = _branch(x, w1, b1, w2, b2)
    return np.maximum(np.maximum(branch, 0) + x, 0), cache


def _branch(x, w1, b1, w2, b2):
    """The branch before the sum, and the cache of the whole block."""
    inner, _ = conv.conv2d_forward(x, w1, b1, padding=_same(w1))
    branch, _ = conv.conv2d_forward(np.maximum(inner, 0), w2, b2, padding=_same(w2))
    return branch, convnet.residual_forward(x, w1, b1, w2, b2)[1]


@misconception(
    "residual_backward", "The gradient of the skip is missing. Add it to that of the branch: x was used twice."
)
def skip_gradient_forgotten(dout, cache):
    dx, *gradients = convnet.residual_backward(dout, cache)
    return dx - convnet.relu_backward(dout, cache[3]), *gradients


@misconception(
    "residual_backward", "The skip gets dout as it is. Send dout through the last ReLU first: it comes after the sum."
)
def skip_past_the_last_relu(dout, cache):
    dx, *gradients = convnet.residual_backward(dout, cache)
    return dx - convnet.relu_backward(dout, cache[3]) + dout, *gradients


@misconception(
    "residual_backward",
    "The last ReLU is left out on the way back. Set the gradient to 0 where its input was not positive.",
)
def gradient_past_the_last_relu(dout, cache):
    return convnet.residual_backward(dout, (*cache[:3], np.ones_like(cache[3])))


@misconception(
    "residual_backward",
    "The inner ReLU is left out on the way back. Set the gradient to 0 where its input was not positive.",
)
def gradient_past_the_inner_relu(dout, cache):
    conv1, relu1, conv2, relu2 = cache
    return convnet.residual_backward(dout, (conv1, np.ones_like(relu1), conv2, relu2))


# fast.py


@misconception("conv2d_fast", "The kernel is flipped. Slide it over the image as it is: a cross-correlation.")
def fast_layer_flips_the_kernel(x, w, b, dout, stride=1, padding=0):
    out, dx, dw, db = fast.conv2d_fast(x, w.flip(2, 3), b, dout, stride, padding)
    return out, dx, dw.flip(2, 3), db


@misconception(
    "conv2d_fast",
    "The columns are ordered by cell, then by channel. Order them as the filters: by channel, then by cell.",
)
def fast_layer_with_rows_in_another_order(x, w, b, dout, stride=1, padding=0):
    mixed = w.permute(0, 2, 3, 1).reshape(w.shape)
    out, dx, dw, db = fast.conv2d_fast(x, mixed, b, dout, stride, padding)
    return out, dx, dw, db


@misconception("conv2d_fast", "Where windows overlap the last one wins. Add up what all windows give to a pixel.")
def fast_layer_overwrites_where_windows_overlap(x, w, b, dout, stride=1, padding=0):
    out, _, dw, db = fast.conv2d_fast(x, w, b, dout, stride, padding)
    dwindows = torch.einsum("fcuv,nfij->ncuvij", w, dout)
    dpadded = torch.nn.functional.pad(torch.zeros_like(x), [padding] * 4)
    windows = dpadded.unfold(2, w.shape[2], stride).unfold(3, w.shape[3], stride)
    for u in range(w.shape[2]):
        for v in range(w.shape[3]):
            windows[..., u, v] = dwindows[:, :, u, v]
    return out, dpadded[:, :, padding:, padding:][:, :, : x.shape[2], : x.shape[3]], dw, db


@misconception("conv2d_fast", "The gradients of the filters are means over the images. Sum over the images.")
def fast_layer_with_means_over_the_images(x, w, b, dout, stride=1, padding=0):
    out, dx, dw, db = fast.conv2d_fast(x, w, b, dout, stride, padding)
    return out, dx, dw / len(x), db


@misconception("conv2d_fast", "The gradients of the biases are means. Sum over all images and pixels.")
def fast_layer_with_mean_slopes_of_biases(x, w, b, dout, stride=1, padding=0):
    out, dx, dw, _ = fast.conv2d_fast(x, w, b, dout, stride, padding)
    return out, dx, dw, dout.mean(dim=(0, 2, 3))


@misconception("conv2d_fast", "The bias is missing in the output. Add b[f] to each pixel of filter f.")
def fast_layer_without_bias(x, w, b, dout, stride=1, padding=0):
    return fast.conv2d_fast(x, w, torch.zeros_like(b), dout, stride, padding)


@misconception("conv2d_fast", "dx still has the frame. Cut it off: dx has the shape of x.")
def fast_layer_keeps_the_frame(x, w, b, dout, stride=1, padding=0):
    framed = torch.nn.functional.pad(x, [padding] * 4)
    return fast.conv2d_fast(framed, w, b, dout, stride, 0)


@misconception("conv2d_fast", "The frame is cut off at the end only. Cut it off on all four sides.")
def fast_layer_cuts_the_frame_off_at_the_end(x, w, b, dout, stride=1, padding=0):
    framed = torch.nn.functional.pad(x, [padding] * 4)
    out, dx, dw, db = fast.conv2d_fast(framed, w, b, dout, stride, 0)
    return out, dx[:, :, : x.shape[2], : x.shape[3]], dw, db


@misconception(
    "conv2d_fast",
    "dx is that of a kernel turned by 180 degrees. Turn w if you slide it over dout, and only then.",
    source="https://github.com/ddbourgin/numpy-ml/issues/27",
)
def fast_layer_does_not_flip_on_the_way_back(x, w, b, dout, stride=1, padding=0):
    out, _, dw, db = fast.conv2d_fast(x, w, b, dout, stride, padding)
    return out, fast.conv2d_fast(x, w.flip(2, 3), b, dout, stride, padding)[1], dw, db


@misconception(
    "conv2d_fast", "The answer is float64 for float32 images. Compute in the dtype of the images: half as many bytes."
)
def fast_layer_in_float64(x, w, b, dout, stride=1, padding=0):
    return fast.conv2d_fast(x.double(), w.double(), b.double(), dout.double(), stride, padding)


@misconception(
    "conv2d_fast",
    "An empty batch raises an error. Work out every size from the shapes, and use nothing that needs an image.",
)
def fast_layer_leaves_a_size_to_reshape(x, w, b, dout, stride=1, padding=0):
    out, *gradients = fast.conv2d_fast(x, w, b, dout, stride, padding)
    return out.reshape(*dout.shape[:3], -1), *gradients
