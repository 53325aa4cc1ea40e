"""A block that begins as nothing at all: the input goes past it, and it learns what is to be added.

A plain network of 34 layers is worse than one of 10, on the training images as well: it is not too large, it does not
train. Give each pair of layers a way round them. The gradient comes down that way unchanged, and a block whose last
weights are 0 hands on what it gets. Where the ReLU stands matters: after the addition it stands in the way of all
blocks before.

References
----------
He, Zhang, Ren, Sun (2016), Deep residual learning for image recognition.
He, Zhang, Ren, Sun (2016), Identity mappings in deep residual networks, figure 1(b).
"""

from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

Params = dict[str, Array]

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


def preactivation_forward(
    x: Float[Array, "N C H W"], params: Params, *, stride: int = 1
) -> tuple[Float[Array, "N F HO WO"], Cache]:
    """Add to the input what two convolutions make of it, each after a ReLU.

        a = relu(x)        h = conv(a, weight_1, bias_1)        branch = conv(relu(h), weight_2, bias_2)
        out = x + branch                               where the shapes agree
        out = conv(a, projection) + branch             where `params` has a projection, of 1x1 filters

    Both kernels have odd sizes and a padding of half of it, so that they keep the size. The first convolution and the
    projection have the stride, the second has 1. Nothing comes after the addition.

    Parameters
    ----------
    x : ndarray
    params : dict
        "weight_1" (F, C, K, K), "bias_1" (F,), "weight_2" (F, F, K, K), "bias_2" (F,); and "projection" (F, C, 1, 1),
        without a bias, if F is not C or the stride is not 1.
    stride : int

    Returns
    -------
    out : the sum, a new array in the dtype of `x`.
    cache : whatever `preactivation_backward` needs.

    Raises
    ------
    ValueError
        The shapes differ and there is no projection.

    Examples
    --------
    A branch whose last weights are 0 changes nothing, not even where x is negative.

    >>> ones, zeros = np.ones((1, 1, 3, 3)), np.zeros((1, 1, 3, 3))
    >>> params = {"weight_1": ones, "bias_1": np.zeros(1), "weight_2": zeros, "bias_2": np.zeros(1)}
    >>> preactivation_forward(np.array([[[[-1.0, 2.0]]]]), params)[0]
    array([[[[-1.,  2.]]]])
    """
    ### BEGIN SOLUTION
    a = np.maximum(x, 0)
    padding = params["weight_1"].shape[-1] // 2
    h, first = conv2d_forward(a, params["weight_1"], params["bias_1"], stride=stride, padding=padding)
    padding = params["weight_2"].shape[-1] // 2
    branch, second = conv2d_forward(np.maximum(h, 0), params["weight_2"], params["bias_2"], padding=padding)
    shortcut, third = x, None
    if "projection" in params:
        zeros = np.zeros(branch.shape[1], x.dtype)
        shortcut, third = conv2d_forward(a, params["projection"], zeros, stride=stride)
    elif branch.shape != x.shape:
        raise ValueError(f"{x.shape} and {branch.shape} cannot be added without a projection")
    return shortcut + branch, (x, h, first, second, third)
    ### END SOLUTION


def preactivation_backward(dout: Float[Array, "N F HO WO"], cache: Cache) -> tuple[Float[Array, "N C H W"], Params]:
    """Return the gradients of a block: two ways lead from `out` back to x, and their gradients add up.

    Parameters
    ----------
    dout : ndarray
        The gradient with respect to `out`.
    cache : object

    Returns
    -------
    dx : the gradient with respect to `x`.
    dparams : dict
        The gradients, under the names of the parameters.

    Examples
    --------
    >>> zeros = np.zeros((1, 1, 1, 1))
    >>> params = {"weight_1": zeros, "bias_1": np.zeros(1), "weight_2": zeros, "bias_2": np.zeros(1)}
    >>> _, cache = preactivation_forward(np.array([[[[-1.0, 2.0]]]]), params)
    >>> preactivation_backward(np.array([[[[3.0, 4.0]]]]), cache)[0]
    array([[[[3., 4.]]]])
    """
    ### BEGIN SOLUTION
    x, h, first, second, third = cache
    dhidden, dweight_2, dbias_2 = conv2d_backward(dout, second)
    da, dweight_1, dbias_1 = conv2d_backward(dhidden * (h > 0), first)
    dparams = {"weight_1": dweight_1, "bias_1": dbias_1, "weight_2": dweight_2, "bias_2": dbias_2}
    if third is None:
        return da * (x > 0) + dout, dparams
    dshortcut, dparams["projection"], _ = conv2d_backward(dout, third)
    return (da + dshortcut) * (x > 0), dparams
    ### END SOLUTION
