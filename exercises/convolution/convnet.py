"""Networks of convolutions: a small LeNet, a head that forgets places, and a residual block.

LeNet repeats one stage, convolution, nonlinearity, pooling, and ends in linear layers. From stage to stage the maps get
smaller and more numerous: where counts less and less, what more and more.

    8 x 8 image  ->  6 maps 4 x 4  ->  16 maps 2 x 2  ->  64 numbers  ->  84 hidden units  ->  10 scores

It is LeNet-5 for digits of 8 x 8 pixels, with ReLU and max pooling in place of its sigmoids and trained averages. Much
deeper networks need a second path around their layers: a residual block computes ``relu(branch(x) + x)``, so that its
layers only learn what to change, and gradients find a way past them. And a network that ends in the mean of each map
forgets where in the image it found what it found.

A batch may be empty, N = 0: so are the scores then, and the gradients of all parameters are zero.

References
----------
LeCun, Bottou, Bengio, Haffner (1998), Gradient-based learning applied to document recognition, section II.B.
Lin, Chen, Yan (2013), Network in network, section 3.2 (global average pooling in place of linear layers).
He, Zhang, Ren, Sun (2015), Delving deep into rectifiers, section 2.2 (initialization).
He, Zhang, Ren, Sun (2015), Deep residual learning for image recognition, section 3.2.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array

from .conv import Cache, conv2d_backward, conv2d_forward
from .pooling import (
    global_avg_pool2d_backward,
    global_avg_pool2d_forward,
    max_pool2d_backward,
    max_pool2d_forward,
)

Parameters = dict[str, Array]


def relu_forward(x: Float[Array, "..."]) -> tuple[Float[Array, "..."], Cache]:
    """Return the positive part. Ready-made."""
    return np.maximum(x, 0), x


def relu_backward(dout: Float[Array, "..."], cache: Cache) -> Float[Array, "..."]:
    """Let the gradient pass where the input was positive. Ready-made."""
    return dout * (cache > 0)


def affine_forward(
    x: Float[Array, "N D"], w: Float[Array, "M D"], b: Float[Array, "M"]
) -> tuple[Float[Array, "N M"], Cache]:
    """Return ``x @ w.T + b``; the weights lie as torch's, (out, in). Ready-made."""
    return x @ w.T + b, (x, w)


def affine_backward(
    dout: Float[Array, "N M"], cache: Cache
) -> tuple[Float[Array, "N D"], Float[Array, "M D"], Float[Array, "M"]]:
    """Return the gradients with respect to x, w and b. Ready-made."""
    x, w = cache
    return dout @ w, dout.T @ x, dout.sum(axis=0)


def softmax_cross_entropy(scores: Float[Array, "N C"], labels: Int[Array, "N"]) -> tuple[float, Float[Array, "N C"]]:
    """Return the mean loss over the batch, and its gradient with respect to the scores. Ready-made."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    right = np.arange(len(labels)), labels
    dscores = np.exp(log_probabilities)
    dscores[right] -= 1
    return float(-log_probabilities[right].mean()), dscores / len(labels)


def conv_relu_pool_forward(
    x: Float[Array, "N C H W"], w: Float[Array, "F C KH KW"], b: Float[Array, "F"]
) -> tuple[Float[Array, "N F HP WP"], Cache]:
    """Compute one stage of LeNet: convolution, ReLU, 2 x 2 max pooling.

    The convolution pads by ``KH // 2`` and ``KW // 2``, so that an odd kernel keeps the size of the image and only the
    pooling halves it.

    Parameters
    ----------
    x : images, or the maps of the stage before
    w, b : filters and biases

    Returns
    -------
    out : the maps, HP = H // 2.
    cache : what `conv_relu_pool_backward` needs: the caches of the three layers, in their order.

    References
    ----------
    LeCun et al. (1998), section II.B, layers C1 and S2.

    Examples
    --------
    >>> x = np.array([[[[1.0, -2.0], [3.0, -4.0]]]])
    >>> conv_relu_pool_forward(x, np.array([[[[-1.0]]]]), np.zeros(1))[0]
    array([[[[4.]]]])
    """
    raise NotImplementedError("convolution.conv_relu_pool_forward")


def conv_relu_pool_backward(
    dout: Float[Array, "N F HP WP"], cache: Cache
) -> tuple[Float[Array, "N C H W"], Float[Array, "F C KH KW"], Float[Array, "F"]]:
    """Send a gradient back through one stage: pooling, ReLU, convolution.

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `conv_relu_pool_forward`

    Returns
    -------
    dx : gradient with respect to the images.
    dw : gradient with respect to the filters.
    db : gradient with respect to the biases.

    Examples
    --------
    >>> x = np.array([[[[1.0, -2.0], [3.0, -4.0]]]])
    >>> _, cache = conv_relu_pool_forward(x, np.array([[[[-1.0]]]]), np.zeros(1))
    >>> dx, dw, db = conv_relu_pool_backward(np.array([[[[2.0]]]]), cache)
    >>> dx[0, 0], dw[0, 0], db
    (array([[ 0.,  0.],
           [ 0., -2.]]), array([[-8.]]), array([2.]))
    """
    raise NotImplementedError("convolution.conv_relu_pool_backward")


def init_lenet(
    rng: np.random.Generator,
    *,
    image_size: int = 8,
    filters: tuple[int, int] = (6, 16),
    hidden: int = 84,
    classes: int = 10,
) -> Parameters:
    """Draw the parameters of a LeNet for grey images.

    Weights are normal with mean zero and variance ``2 / fan_in``, where fan_in counts the inputs that a unit adds up,
    C * KH * KW for a filter. Then activations neither die out nor explode from layer to layer. Biases are zero.

    Parameters
    ----------
    rng : Generator
        The only source of randomness.
    image_size : int
        Height and width, divisible by 4.
    filters : pair of int
        How many, in the first and in the second stage; each is 3 x 3.
    hidden, classes : int
        Sizes of the two linear layers' outputs.

    Returns
    -------
    params : float64 arrays named ``conv1.w``, ``conv1.b``, ``conv2.w``, ``conv2.b``, ``fc1.w``, ``fc1.b``, ``fc2.w``,
        ``fc2.b``; filters are (F, C, 3, 3), linear weights (out, in).

    References
    ----------
    He et al. (2015), Delving deep into rectifiers, equation 10.

    Examples
    --------
    >>> params = init_lenet(np.random.default_rng(0))
    >>> params["conv2.w"].shape, params["fc1.w"].shape
    ((16, 6, 3, 3), (84, 64))
    """
    raise NotImplementedError("convolution.init_lenet")


def lenet_forward(x: Float[Array, "N C H W"], params: Parameters) -> tuple[Float[Array, "N classes"], Cache]:
    """Score images with LeNet: two stages, a hidden layer with ReLU, a linear layer.

    The maps of the second stage are flattened image by image: channel after channel, row after row. The scores are left
    as they are; softmax belongs to the loss.

    Parameters
    ----------
    x : images
    params : as `init_lenet` names them

    Returns
    -------
    scores : one per image and class.
    cache : what `lenet_backward` needs: the caches of stage, stage, flattening (the maps' shape), linear, ReLU, linear.

    References
    ----------
    LeCun et al. (1998), section II.B.

    Examples
    --------
    >>> scores, _ = lenet_forward(np.ones((2, 1, 8, 8)), init_lenet(np.random.default_rng(0)))
    >>> scores.shape
    (2, 10)
    """
    raise NotImplementedError("convolution.lenet_forward")


def lenet_backward(dscores: Float[Array, "N classes"], cache: Cache) -> Parameters:
    """Send the scores' gradient back through LeNet, and collect the gradients of its parameters.

    Parameters
    ----------
    dscores : gradient of the loss with respect to the scores
    cache : from `lenet_forward`

    Returns
    -------
    grads : gradients with respect to the parameters, under the same names.

    Examples
    --------
    >>> params = init_lenet(np.random.default_rng(0))
    >>> scores, cache = lenet_forward(np.ones((2, 1, 8, 8)), params)
    >>> lenet_backward(np.ones((2, 10)), cache)["fc2.b"]
    array([2., 2., 2., 2., 2., 2., 2., 2., 2., 2.])
    """
    raise NotImplementedError("convolution.lenet_backward")


def gap_head_forward(
    maps: Float[Array, "N F H W"], w: Float[Array, "C F"], b: Float[Array, "C"]
) -> tuple[Float[Array, "N C"], Cache]:
    """Score images by the mean of each map: global average pooling, then a linear layer.

    The mean does not ask where in a map something was found, so the head's scores stay as they are when the maps are
    shifted and lose nothing at the border. It also takes maps of any size.

    Parameters
    ----------
    maps : the last layer's maps
    w : weights of the linear layer, one row per class.
    b : its biases

    Returns
    -------
    scores : one per image and class.
    cache : what `gap_head_backward` needs: the caches of pooling and of the linear layer.

    References
    ----------
    Lin, Chen, Yan (2013), Network in network, section 3.2.

    Examples
    --------
    The maps' means are 3 and 1, wherever their numbers stand:

    >>> maps = np.array([[[[6.0, 0.0]], [[1.0, 1.0]]]])
    >>> scores, _ = gap_head_forward(maps, np.array([[1.0, 2.0], [0.0, -1.0]]), np.array([0.0, 10.0]))
    >>> scores
    array([[5., 9.]])
    """
    raise NotImplementedError("convolution.gap_head_forward")


def gap_head_backward(
    dscores: Float[Array, "N C"], cache: Cache
) -> tuple[Float[Array, "N F H W"], Float[Array, "C F"], Float[Array, "C"]]:
    """Send the scores' gradient back through the linear layer and the mean.

    Parameters
    ----------
    dscores : gradient of the loss with respect to the scores
    cache : from `gap_head_forward`

    Returns
    -------
    dmaps : gradient with respect to the maps: all pixels of a map have the same.
    dw : gradient with respect to the weights.
    db : gradient with respect to the biases.

    Examples
    --------
    >>> maps = np.array([[[[6.0, 0.0]], [[1.0, 1.0]]]])
    >>> _, cache = gap_head_forward(maps, np.array([[1.0, 2.0], [0.0, -1.0]]), np.zeros(2))
    >>> dmaps, dw, db = gap_head_backward(np.array([[1.0, 4.0]]), cache)
    >>> dmaps[0, :, 0], dw
    (array([[ 0.5,  0.5],
           [-1. , -1. ]]), array([[ 3.,  1.],
           [12.,  4.]]))
    """
    raise NotImplementedError("convolution.gap_head_backward")


def residual_forward(
    x: Float[Array, "N C H W"],
    w1: Float[Array, "M C KH KW"],
    b1: Float[Array, "M"],
    w2: Float[Array, "C M KH KW"],
    b2: Float[Array, "C"],
) -> tuple[Float[Array, "N C H W"], Cache]:
    """Compute a residual block: two convolutions, and a skip connection around them.

    The skip is added *before* the last ReLU. With all weights zero the block hands positive images through unchanged:
    to do nothing is easy, and a deep network of such blocks need not be worse than a shallow one.

        out = relu(conv(relu(conv(x, w1, b1)), w2, b2) + x)

    Parameters
    ----------
    x : images
    w1, b1 : filters and biases of the first convolution, to M maps
    w2, b2 : those of the second, back to C maps
        Kernels are odd and of one size; the padding ``(KH // 2, KW // 2)`` keeps the size of the image.

    Returns
    -------
    out : as large as `x`.
    cache : what `residual_backward` needs: the caches of convolution, ReLU, convolution, ReLU.

    References
    ----------
    He et al. (2015), Deep residual learning for image recognition, equation 1 and figure 2.

    Examples
    --------
    >>> x, zero = np.array([[[[5.0, -1.0]]]]), np.zeros((1, 1, 1, 1))
    >>> residual_forward(x, zero, np.zeros(1), zero, np.zeros(1))[0]
    array([[[[5., 0.]]]])
    """
    raise NotImplementedError("convolution.residual_forward")


def residual_backward(
    dout: Float[Array, "N C H W"], cache: Cache
) -> tuple[
    Float[Array, "N C H W"],
    Float[Array, "M C KH KW"],
    Float[Array, "M"],
    Float[Array, "C M KH KW"],
    Float[Array, "C"],
]:
    """Send a gradient back through a residual block, on both paths.

    The last ReLU stops the gradient where the sum was not positive. The sum hands the rest to both summands: what comes
    back along the branch and what comes straight along the skip meet at `x` and add up.

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `residual_forward`

    Returns
    -------
    dx : gradient with respect to the images, from both paths.
    dw1 : gradient with respect to the first filters.
    db1 : gradient with respect to the first biases.
    dw2 : gradient with respect to the second filters.
    db2 : gradient with respect to the second biases.

    References
    ----------
    He, Zhang, Ren, Sun (2016), Identity mappings in deep residual networks, equation 5: the gradient on two paths.

    Examples
    --------
    >>> x, one, zero = np.array([[[[5.0, -1.0]]]]), np.ones((1, 1, 1, 1)), np.zeros(1)
    >>> _, cache = residual_forward(x, one, zero, one, zero)
    >>> residual_backward(np.array([[[[1.0, 1.0]]]]), cache)[0]
    array([[[[2., 0.]]]])
    """
    raise NotImplementedError("convolution.residual_backward")
