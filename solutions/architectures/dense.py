"""Every layer reads all layers before it: their results are not added, they stand behind one another.

A residual block adds, and what is added cannot be told apart again. A dense block keeps everything: each layer makes
a few new channels, G of them, from all the channels so far. So it can be narrow, and the loss speaks to each layer
directly.

References
----------
Huang, Liu, van der Maaten, Weinberger (2017), Densely connected convolutional networks.
"""

from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

### BEGIN READY convolution.conv: conv2d_forward conv2d_backward
Size2d = int | tuple[int, int]  # one number for both axes, or (rows, columns)
Cache = Any  # what a forward function keeps for its backward function


def pair(size: Size2d) -> tuple[int, int]:
    """Return a size as a pair (rows, columns). Ready-made."""
    return (size, size) if isinstance(size, int) else (size[0], size[1])


def conv_output_size(size: int, kernel_size: int, *, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Count the stops of a window that slides along one axis."""
    span = dilation * (kernel_size - 1) + 1
    room = size + 2 * padding - span
    if room < 0:
        raise ValueError(f"a window of {span} pixels does not fit into {size} pixels with a padding of {padding}")
    return room // stride + 1


def conv2d_output_size(
    image_size: tuple[int, ...], kernel_size: Size2d, stride: Size2d = 1, padding: Size2d = 0, dilation: Size2d = 1
) -> tuple[int, int]:
    """Return (HO, WO): `conv_output_size` along both axes. Ready-made."""
    rows, columns = zip(image_size, pair(kernel_size), pair(stride), pair(padding), pair(dilation), strict=True)
    height = conv_output_size(rows[0], rows[1], stride=rows[2], padding=rows[3], dilation=rows[4])
    width = conv_output_size(columns[0], columns[1], stride=columns[2], padding=columns[3], dilation=columns[4])
    return height, width


def pad2d(x: Float[Array, "N C H W"], padding: Size2d, value: float = 0.0) -> Float[Array, "N C HP WP"]:
    """Put a frame around every image."""
    rows, columns = pair(padding)
    return np.pad(x, ((0, 0), (0, 0), (rows, rows), (columns, columns)), constant_values=value)


def im2col(
    x: Float[Array, "N C H W"],
    kernel_size: Size2d,
    *,
    stride: Size2d = 1,
    padding: Size2d = 0,
    dilation: Size2d = 1,
) -> Float[Array, "N CKK L"]:
    """Lay out every window of an image as one column."""
    (kh, kw), (si, sj), (di, dj) = pair(kernel_size), pair(stride), pair(dilation)
    stops = np.prod(conv2d_output_size(x.shape[2:], kernel_size, stride, padding, dilation))
    span = (di * (kh - 1) + 1, dj * (kw - 1) + 1)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), span, axis=(2, 3))
    windows = windows[:, :, ::si, ::sj, ::di, ::dj]  # (N, C, HO, WO, KH, KW), still a view
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(len(x), x.shape[1] * kh * kw, stops)


def conv2d_forward(
    x: Float[Array, "N C H W"],
    w: Float[Array, "F CG KH KW"],
    b: Float[Array, "F"],
    *,
    stride: Size2d = 1,
    padding: Size2d = 0,
    dilation: Size2d = 1,
    groups: int = 1,
) -> tuple[Float[Array, "N F HO WO"], Cache]:
    """Convolve a batch of images with F filters by one matrix product.

    Parameters
    ----------
    x, w, b, stride, padding, dilation, groups
        As in `conv2d_naive`.

    Returns
    -------
    out : the filtered images, in the dtype of `x`.
    cache : what `conv2d_backward` needs: the arguments. (The columns are KH * KW times as large; they are made again.)
    """
    window = {"stride": stride, "padding": padding, "dilation": dilation}
    height, width = conv2d_output_size(x.shape[2:], w.shape[2:], **window)
    filters = w.reshape(groups, -1, np.prod(w.shape[1:]))  # (G, F/G, CKK/G)
    columns = im2col(x, w.shape[2:], **window).reshape(len(x), groups, filters.shape[2], height * width)
    out = filters @ columns  # (N, G, F/G, L)
    return out.reshape(len(x), len(w), height, width) + b[:, None, None], (x, w, window, groups)


def col2im(
    columns: Float[Array, "N CKK L"],
    image_size: tuple[int, int],
    kernel_size: Size2d,
    *,
    stride: Size2d = 1,
    padding: Size2d = 0,
    dilation: Size2d = 1,
) -> Float[Array, "N C H W"]:
    """Add every column back to where `im2col` took it from."""
    (kh, kw), (si, sj), (di, dj) = pair(kernel_size), pair(stride), pair(dilation)
    (height, width), (top, left) = image_size, pair(padding)
    ho, wo = conv2d_output_size(image_size, kernel_size, stride, padding, dilation)
    cells = columns.reshape(len(columns), columns.shape[1] // (kh * kw), kh, kw, ho, wo)
    image = pad2d(np.zeros((*cells.shape[:2], height, width), dtype=columns.dtype), padding)
    for u, v in np.ndindex(kh, kw):
        image[:, :, u * di : u * di + ho * si : si, v * dj : v * dj + wo * sj : sj] += cells[:, :, u, v]
    return image[:, :, top : top + height, left : left + width]


def conv2d_backward(
    dout: Float[Array, "N F HO WO"], cache: Cache
) -> tuple[Float[Array, "N C H W"], Float[Array, "F CG KH KW"], Float[Array, "F"]]:
    """Return the gradients of a convolution with respect to images, filters and biases.

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `conv2d_forward`

    Returns
    -------
    dx : gradient with respect to the images.
    dw : gradient with respect to the filters.
    db : gradient with respect to the biases.
    """
    x, w, window, groups = cache
    columns = im2col(x, w.shape[2:], **window)
    filters = w.reshape(groups, -1, np.prod(w.shape[1:]))  # (G, F/G, CKK/G)
    by_group = dout.reshape(len(x), *filters.shape[:2], columns.shape[2])  # (N, G, F/G, L)
    dw = by_group @ columns.reshape(len(x), groups, filters.shape[2], columns.shape[2]).swapaxes(2, 3)
    dcolumns = filters.swapaxes(1, 2) @ by_group  # (N, G, CKK/G, L)
    dx = col2im(dcolumns.reshape(columns.shape), x.shape[2:], w.shape[2:], **window)
    return dx, dw.sum(axis=0).reshape(w.shape), dout.sum(axis=(0, 2, 3))


### END READY


def dense_block_forward(
    x: Float[Array, "N C H W"], weights: list[Float[Array, "G _ K K"]]
) -> tuple[Float[Array, "N F H W"], Cache]:
    """Let each layer append its channels to all the channels that it reads.

        features = x;   for each weight:   features = [features, conv(relu(features), weight)]

    The kernels have odd sizes and a padding of half of it; there is no bias.

    Parameters
    ----------
    x : ndarray
    weights : list of ndarray
        Layer l (from 0) has (G, C + l * G, K, K). No layers: out is a copy of `x`.

    Returns
    -------
    out : x and what each layer made, along the axis of channels: F = C + layers * G.
    cache : whatever `dense_block_backward` needs.

    Examples
    --------
    >>> out, _ = dense_block_forward(np.array([[[[-1.0]], [[2.0]]]]), [np.ones((1, 2, 1, 1)), np.ones((1, 3, 1, 1))])
    >>> out.ravel()
    array([-1.,  2.,  2.,  4.])
    """
    ### BEGIN SOLUTION
    features, caches = x.copy(), []
    for weight in weights:
        zeros = np.zeros(len(weight), x.dtype)
        new, cache = conv2d_forward(np.maximum(features, 0), weight, zeros, padding=weight.shape[-1] // 2)
        features = np.concatenate([features, new], axis=1)
        caches.append(cache)
    return features, (features.copy(), caches)
    ### END SOLUTION


def dense_block_backward(
    dout: Float[Array, "N F H W"], cache: Cache
) -> tuple[Float[Array, "N C H W"], list[Float[Array, "G _ K K"]]]:
    """Return the gradients with respect to the input and to each layer's weights.

    Channels are read by all later layers and by the loss: their gradients add up, from the last layer to the first.

    Parameters
    ----------
    dout : ndarray
        The gradient with respect to `out`.
    cache : object

    Returns
    -------
    dx : the gradient with respect to `x`.
    dweights : one gradient for each layer, in their order.

    Examples
    --------
    >>> _, cache = dense_block_forward(np.array([[[[-1.0]], [[2.0]]]]), [np.ones((1, 2, 1, 1)), np.ones((1, 3, 1, 1))])
    >>> dense_block_backward(np.ones((1, 4, 1, 1)), cache)[0].ravel()
    array([1., 4.])
    """
    ### BEGIN SOLUTION
    features, caches = cache
    dfeatures, dweights = dout.copy(), []
    for layer in reversed(caches):
        width = layer[0].shape[1]
        dread, dweight, _ = conv2d_backward(dfeatures[:, width:], layer)
        dfeatures = dfeatures[:, :width] + dread * (features[:, :width] > 0)
        dweights.append(dweight)
    return dfeatures, dweights[::-1]
    ### END SOLUTION
