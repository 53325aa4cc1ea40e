"""Convolution by hand: first with loops, then as one matrix product.

A convolution layer slides F filters over an image and notes at every stop how well the window matches each of them.
Libraries compute the cross-correlation, the kernel is not flipped:

    out[n, f, i, j] = b[f] + sum over c, u, v of  w[f, c, u, v] * x_padded[n, c, i*si + u*di, j*sj + v*dj]

with the stride (si, sj) and the dilation (di, dj). Stride, padding and dilation are given as one number for both axes
or as a pair (for rows, for columns), as in torch. A batch may be empty, N = 0: so is the output then, and the gradients
of filters and biases are sums of nothing, zero.

References
----------
LeCun, Bottou, Bengio, Haffner (1998), Gradient-based learning applied to document recognition, section II.A.
Chellapilla, Puri, Simard (2006), High performance convolutional neural networks for document processing: convolution
    as a matrix product.
Dumoulin, Visin (2016), A guide to convolution arithmetic for deep learning, chapters 2 and 5.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

Size2d = int | tuple[int, int]  # one number for both axes, or (rows, columns)
Cache = Any  # what a forward function keeps for its backward function


def pair(size: Size2d) -> tuple[int, int]:
    """Return a size as a pair (rows, columns). Ready-made.

    Examples
    --------
    >>> pair(2), pair((2, 3))
    ((2, 2), (2, 3))
    """
    return (size, size) if isinstance(size, int) else (size[0], size[1])


def conv_output_size(size: int, kernel_size: int, *, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Count the stops of a window that slides along one axis.

    The window starts at the first pixel of the padded axis and moves by `stride` as long as all of it is inside; pixels
    that are left over at the end are not seen. Its span is more than `kernel_size` where dilation leaves holes between
    the cells.

        stops = floor((size + 2 * padding - span) / stride) + 1        span = dilation * (kernel_size - 1) + 1

    Parameters
    ----------
    size : int
        Pixels along the axis.
    kernel_size : int
        Cells of the kernel along the axis.
    stride, padding, dilation : int
        Step of the window, pixels added at *each* end, distance between neighbouring cells.

    Returns
    -------
    stops : the size of the output along the axis.

    Raises
    ------
    ValueError
        The span is larger than the padded axis.

    References
    ----------
    Dumoulin, Visin (2016), chapters 2 and 5 (dilation).

    Examples
    --------
    >>> conv_output_size(5, 3), conv_output_size(5, 3, stride=2, padding=1)
    (3, 3)
    """
    raise NotImplementedError("convolution.conv_output_size")


def conv2d_output_size(
    image_size: tuple[int, ...], kernel_size: Size2d, stride: Size2d = 1, padding: Size2d = 0, dilation: Size2d = 1
) -> tuple[int, int]:
    """Return (HO, WO): `conv_output_size` along both axes. Ready-made.

    Examples
    --------
    >>> conv2d_output_size((5, 8), 3, stride=(1, 2))
    (3, 3)
    """
    rows, columns = zip(image_size, pair(kernel_size), pair(stride), pair(padding), pair(dilation), strict=True)
    height = conv_output_size(rows[0], rows[1], stride=rows[2], padding=rows[3], dilation=rows[4])
    width = conv_output_size(columns[0], columns[1], stride=columns[2], padding=columns[3], dilation=columns[4])
    return height, width


def pad2d(x: Float[Array, "N C H W"], padding: Size2d, value: float = 0.0) -> Float[Array, "N C HP WP"]:
    """Put a frame around every image.

    Without it the output shrinks with every layer, and a pixel at the border is seen by fewer windows than one inside.
    Layers pad with zeros; max pooling will pad with minus infinity.

    Parameters
    ----------
    x : images
    padding : int or pair of int
        Rows added above *and* below, columns added left *and* right.
    value : float
        What the frame is filled with.

    Returns
    -------
    padded : the images with their frame, HP = H + 2 * padding[0], in the dtype of `x`.

    Examples
    --------
    >>> pad2d(np.ones((1, 1, 1, 2)), (0, 1))[0, 0]
    array([[0., 1., 1., 0.]])
    """
    raise NotImplementedError("convolution.pad2d")


def conv2d_naive(
    x: Float[Array, "N C H W"],
    w: Float[Array, "F CG KH KW"],
    b: Float[Array, "F"],
    *,
    stride: Size2d = 1,
    padding: Size2d = 0,
    dilation: Size2d = 1,
    groups: int = 1,
) -> Float[Array, "N F HO WO"]:
    """Convolve a batch of images with F filters, one output pixel at a time.

    This is the formula at the head of the file, word for word: slow, and easy to trust. What you write later has to
    agree with it. With groups, the input channels and the filters are cut into `groups` consecutive blocks, and the
    filters of block g see the channels of block g only: ``CG = C / groups``.

    Parameters
    ----------
    x : images
    w : filters, CG = C / groups channels each
    b : one bias per filter
    stride, padding, dilation : int or pair of int
        Step of the window, width of the frame of zeros, distance between neighbouring cells of the kernel.
    groups : int
        Divides C and F.

    Returns
    -------
    out : the filtered images, in the dtype of `x`.

    Raises
    ------
    ValueError
        The kernel is larger than the padded image.

    References
    ----------
    LeCun et al. (1998), section II.A.
    Krizhevsky, Sutskever, Hinton (2012), ImageNet classification with deep convolutional neural networks, section 3.5:
        two groups, one on each of two processors.

    Examples
    --------
    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> w = np.array([[[[1.0, 0.0], [0.0, -1.0]]]])
    >>> conv2d_naive(x, w, np.array([10.0]))[0, 0]
    array([[6., 6.],
           [6., 6.]])
    """
    raise NotImplementedError("convolution.conv2d_naive")


def im2col(
    x: Float[Array, "N C H W"],
    kernel_size: Size2d,
    *,
    stride: Size2d = 1,
    padding: Size2d = 0,
    dilation: Size2d = 1,
) -> Float[Array, "N CKK L"]:
    """Lay out every window of an image as one column.

    Then a convolution is a matrix product, which processors do well. Column ``i * WO + j`` holds the window at stop
    (i, j): L = HO * WO. Row ``(c * KH + u) * KW + v`` holds what cell (u, v) of channel c meets, stop by stop:
    CKK = C * KH * KW. Overlapping windows repeat their common pixels. An empty batch gives (0, CKK, L).

    Parameters
    ----------
    x : images
    kernel_size : int or pair of int
        KH and KW.
    stride, padding, dilation : int or pair of int
        As in `conv2d_naive`.

    Returns
    -------
    columns : the layout of ``torch.nn.functional.unfold``.

    Raises
    ------
    ValueError
        The kernel is larger than the padded image.

    References
    ----------
    Chellapilla, Puri, Simard (2006), where the convolution is unrolled into a matrix product.

    Examples
    --------
    >>> im2col(np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]]), (1, 2))[0]
    array([[1., 2., 4., 5.],
           [2., 3., 5., 6.]])
    """
    raise NotImplementedError("convolution.im2col")


def col2im(
    columns: Float[Array, "N CKK L"],
    image_size: tuple[int, int],
    kernel_size: Size2d,
    *,
    stride: Size2d = 1,
    padding: Size2d = 0,
    dilation: Size2d = 1,
) -> Float[Array, "N C H W"]:
    """Add every column back to where `im2col` took it from.

    This is the transpose of `im2col`, not its inverse: a pixel that k windows have seen receives k contributions, and
    they add up. That is what the gradient with respect to the image needs. What lands in the frame is dropped.
    An empty batch gives (0, C, H, W).

    Parameters
    ----------
    columns : in the layout of `im2col`
    image_size : pair of int
        H and W of the image, without its frame.
    kernel_size, stride, padding, dilation : int or pair of int
        As `im2col` was given them.

    Returns
    -------
    image : the sums, in the dtype of `columns`.

    Examples
    --------
    >>> col2im(np.ones((1, 2, 4)), (2, 3), (1, 2))[0, 0]
    array([[1., 2., 1.],
           [1., 2., 1.]])
    """
    raise NotImplementedError("convolution.col2im")


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

    Each filter, flattened, is a row of a matrix; each window is a column of `im2col`. Row times column is a filter at a
    stop: (F, CKK) @ (N, CKK, L) is (N, F, L). With groups, a further axis of blocks stands in front of both. An empty
    batch gives (0, F, HO, WO).

    Parameters
    ----------
    x, w, b, stride, padding, dilation, groups
        As in `conv2d_naive`.

    Returns
    -------
    out : the filtered images, in the dtype of `x`.
    cache : what `conv2d_backward` needs: the arguments. (The columns are KH * KW times as large; they are made again.)

    Raises
    ------
    ValueError
        The kernel is larger than the padded image.

    Examples
    --------
    >>> out, _ = conv2d_forward(np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2)), np.zeros(1))
    >>> out[0, 0]
    array([[4., 4.],
           [4., 4.]])
    """
    raise NotImplementedError("convolution.conv2d_forward")


def conv2d_backward(
    dout: Float[Array, "N F HO WO"], cache: Cache
) -> tuple[Float[Array, "N C H W"], Float[Array, "F CG KH KW"], Float[Array, "F"]]:
    """Return the gradients of a convolution with respect to images, filters and biases.

    The forward pass was ``out = W @ columns + b``. The gradients of a matrix product are products with the other factor
    transposed, and whatever was used more than once adds up its gradients: a filter over all stops of all images, a
    pixel over all windows that saw it (`col2im`). After an empty batch dw and db are zero, in their usual shapes.

        dW = sum over n of  dout[n] @ columns[n].T
        dcolumns[n] = W.T @ dout[n]
        db = sum over n, i, j of  dout[n, :, i, j]

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `conv2d_forward`

    Returns
    -------
    dx : gradient with respect to the images.
    dw : gradient with respect to the filters.
    db : gradient with respect to the biases.

    Examples
    --------
    >>> out, cache = conv2d_forward(np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2)), np.zeros(1))
    >>> dx, dw, db = conv2d_backward(np.ones((1, 1, 2, 2)), cache)
    >>> dx[0, 0]
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    raise NotImplementedError("convolution.conv2d_backward")
