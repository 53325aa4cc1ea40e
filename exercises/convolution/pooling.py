"""Pooling: what a window says, in one number.

After a convolution it matters that an edge was found, less where exactly. Pooling keeps one number of every window, so
that the image shrinks and small shifts are forgiven: the largest (max pooling), or the mean (average pooling). It has
nothing to learn, and no channel hears of another. An empty batch, N = 0, has an empty output and an empty gradient.

    out[n, c, i, j] = max or mean over u, v of  x_padded[n, c, i*stride + u, j*stride + v]

References
----------
LeCun, Bottou, Bengio, Haffner (1998), Gradient-based learning applied to document recognition, section II.A
    (sub-sampling).
Lin, Chen, Yan (2013), Network in network, section 3.2 (global average pooling).
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

from .conv import Cache, Size2d, col2im, conv2d_output_size, im2col, pad2d, pair


def max_pool2d_forward(
    x: Float[Array, "N C H W"], kernel_size: Size2d, *, stride: Size2d | None = None, padding: Size2d = 0
) -> tuple[Float[Array, "N C HO WO"], Cache]:
    """Keep the largest pixel of every window.

    The padding must never win, not even where all pixels are negative: it counts as minus infinity.

    Parameters
    ----------
    x : images
    kernel_size : int or pair of int
        Rows and columns of the window.
    stride : int or pair of int, optional
        Step of the window; without it the windows stand side by side, ``stride = kernel_size``.
    padding : int or pair of int
        At most half of the kernel.

    Returns
    -------
    out : the maxima, in the dtype of `x`.
    cache : what `max_pool2d_backward` needs: the arguments.

    Raises
    ------
    ValueError
        The padding is more than half of the kernel, or the kernel is larger than the padded image.

    Examples
    --------
    >>> x = np.array([[[[1.0, 2.0, 0.0, -1.0], [4.0, 3.0, -2.0, -3.0]]]])
    >>> max_pool2d_forward(x, 2)[0]
    array([[[[4., 0.]]]])
    """
    raise NotImplementedError("convolution.max_pool2d_forward")


def max_pool2d_backward(dout: Float[Array, "N C HO WO"], cache: Cache) -> Float[Array, "N C H W"]:
    """Hand each window's gradient to the pixel that won it.

    The other pixels could change a little without changing the output: their gradient is zero. Where several pixels are
    equally large the first one, in reading order, gets it all. A pixel that won several windows gets the sum.

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `max_pool2d_forward`

    Returns
    -------
    dx : gradient with respect to the images.

    Examples
    --------
    >>> _, cache = max_pool2d_forward(np.array([[[[1.0, 2.0, 0.0, -1.0], [4.0, 3.0, -2.0, -3.0]]]]), 2)
    >>> max_pool2d_backward(np.array([[[[5.0, 6.0]]]]), cache)[0, 0]
    array([[0., 0., 6., 0.],
           [5., 0., 0., 0.]])
    """
    raise NotImplementedError("convolution.max_pool2d_backward")


def avg_pool2d_forward(
    x: Float[Array, "N C H W"],
    kernel_size: Size2d,
    *,
    stride: Size2d | None = None,
    padding: Size2d = 0,
    count_include_pad: bool = True,
) -> tuple[Float[Array, "N C HO WO"], Cache]:
    """Keep the mean of every window.

    At the border a window sees fewer real pixels than KH * KW. Does the frame of zeros count as pixels? With
    `count_include_pad` every sum is divided by KH * KW, and the border gets darker; without it, by the number of real
    pixels in the window.

    Parameters
    ----------
    x : images
    kernel_size, stride, padding
        As in `max_pool2d_forward`, but padded with zeros.
    count_include_pad : bool
        Whether the divisor counts the padding.

    Returns
    -------
    out : the means, in the dtype of `x`.
    cache : what `avg_pool2d_backward` needs: the arguments.

    Raises
    ------
    ValueError
        The padding is more than half of the kernel, or the kernel is larger than the padded image.

    Examples
    --------
    >>> x = np.array([[[[6.0, 2.0, 4.0]]]])
    >>> avg_pool2d_forward(x, (1, 2), padding=(0, 1))[0]
    array([[[[3., 3.]]]])
    >>> avg_pool2d_forward(x, (1, 2), padding=(0, 1), count_include_pad=False)[0]
    array([[[[6., 3.]]]])
    """
    raise NotImplementedError("convolution.avg_pool2d_forward")


def avg_pool2d_backward(dout: Float[Array, "N C HO WO"], cache: Cache) -> Float[Array, "N C H W"]:
    """Share each window's gradient among its pixels.

    A pixel moves the mean by its own change divided by what the forward pass divided by, so that is its share of the
    gradient. A pixel in several windows gets the sum of its shares.

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `avg_pool2d_forward`

    Returns
    -------
    dx : gradient with respect to the images.

    Examples
    --------
    >>> _, cache = avg_pool2d_forward(np.array([[[[6.0, 2.0, 4.0]]]]), (1, 2), stride=1)
    >>> avg_pool2d_backward(np.array([[[[1.0, 5.0]]]]), cache)
    array([[[[0.5, 3. , 2.5]]]])
    """
    raise NotImplementedError("convolution.avg_pool2d_backward")


def global_avg_pool2d_forward(x: Float[Array, "N C H W"]) -> tuple[Float[Array, "N C"], Cache]:
    """Keep the mean of every channel.

    At the end of a network it stands in for a large linear layer: one number says how much of what channel c looks for
    is anywhere in the image. It has no weights, and takes images of any size. Torch calls it ``adaptive_avg_pool2d(x,
    1)``, and keeps two axes of size 1.

    Parameters
    ----------
    x : images

    Returns
    -------
    out : one mean per image and channel.
    cache : what `global_avg_pool2d_backward` needs: the shape of `x`.

    References
    ----------
    Lin, Chen, Yan (2013), section 3.2.

    Examples
    --------
    >>> global_avg_pool2d_forward(np.array([[[[1.0, 2.0], [3.0, 6.0]]]]))[0]
    array([[3.]])
    """
    raise NotImplementedError("convolution.global_avg_pool2d_forward")


def global_avg_pool2d_backward(dout: Float[Array, "N C"], cache: Cache) -> Float[Array, "N C H W"]:
    """Share each channel's gradient among all its pixels.

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `global_avg_pool2d_forward`

    Returns
    -------
    dx : gradient with respect to the images.

    Examples
    --------
    >>> _, cache = global_avg_pool2d_forward(np.array([[[[1.0, 2.0], [3.0, 6.0]]]]))
    >>> global_avg_pool2d_backward(np.array([[2.0]]), cache)[0, 0]
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """
    raise NotImplementedError("convolution.global_avg_pool2d_backward")
