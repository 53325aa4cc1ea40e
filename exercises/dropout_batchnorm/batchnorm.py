"""Batch normalization and layer normalization, forward and backward.

Both bring numbers to mean 0 and variance 1 and then stretch and shift them as the network learns to like it:

    x_hat = (x - mean) / sqrt(var + eps)          out = weight * x_hat + bias

They differ in what they take the mean over. Batch norm takes one per channel, over all examples (and over all pixels of
an image). Then an example's output depends on its batch, so that testing needs something else: means and variances that
were collected while training. Layer norm takes one per example, over its features, and needs no such thing.

On the way back the mean and the variance count as well: they are functions of x. With g = dout * weight,

    dx = (g - mean(g) - x_hat * mean(g * x_hat)) / sqrt(var + eps)

where the means run over the same numbers as those of x. It is algorithm 1's chain of gradients in one line.

References
----------
Ioffe, Szegedy (2015), Batch normalization: accelerating deep network training by reducing internal covariate shift,
    algorithms 1 and 2, section 3 (gradients) and 3.2 (convolutions).
Ba, Kiros, Hinton (2016), Layer normalization, equations 3 and 4.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

Cache = object


def batch_norm_forward(
    x: Float[Array, "..."],
    running_mean: Float[Array, "C"],
    running_var: Float[Array, "C"],
    weight: Float[Array, "C"],
    bias: Float[Array, "C"],
    *,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> tuple[Float[Array, "..."], Float[Array, "C"], Float[Array, "C"], Cache]:
    """Normalize every channel; names, order and defaults are those of ``torch.nn.functional.batch_norm``.

        out = weight * (x - mean) / sqrt(var + eps) + bias

    While training, mean and var are the batch's own: var is the mean squared distance, the sum divided by the number n
    of values in the channel. The running statistics then move a little towards them, with the *unbiased* variance,

        running_mean <- (1 - momentum) * running_mean + momentum * mean
        running_var  <- (1 - momentum) * running_var  + momentum * var * n / (n - 1)

    When the network is tested, mean and var are the running ones, and these stay as they are. Torch changes them in
    place; here they are returned.

    Parameters
    ----------
    x : ndarray, shape (N, C) or (N, C, H, W)
        A channel is a column, or the pixels of all images at one place of axis 1.
    running_mean, running_var : ndarray, shape (C,)
        What was collected so far; at the beginning 0 and 1.
    weight, bias : ndarray, shape (C,)
        What stretches and shifts: the paper's gamma and beta.
    training : bool
        Whether the network is being trained.
    momentum : float
        The share of the new batch in the running statistics.
    eps : float
        What keeps the root away from zero.

    Returns
    -------
    out : ndarray
        In the shape and dtype of `x`.
    running_mean : ndarray
        The new one.
    running_var : ndarray
        The new one.
    cache : object
        Whatever `batch_norm_backward` needs.

    Raises
    ------
    ValueError
        Training with a single value per channel: it would be normalized to 0, whatever it is.

    Examples
    --------
    >>> x, zero, one = np.array([[1.0], [3.0], [5.0], [7.0]]), np.zeros(1), np.ones(1)
    >>> out, mean, var, _ = batch_norm_forward(x, zero, one, 2 * one, one, training=True, momentum=0.75, eps=4.0)
    >>> out.ravel(), mean, var
    (array([-1.        ,  0.33333333,  1.66666667,  3.        ]), array([3.]), array([5.25]))
    """
    raise NotImplementedError("dropout_batchnorm.batch_norm_forward")


def batch_norm_backward(
    dout: Float[Array, "..."], cache: Cache
) -> tuple[Float[Array, "..."], Float[Array, "C"], Float[Array, "C"]]:
    """Send the gradient back through a batch norm, after training and after testing.

        dbias = sum(dout)          dweight = sum(dout * x_hat)
        training:  dx = weight * (dout - mean(dout) - x_hat * mean(dout * x_hat)) / sqrt(var + eps)
        testing:   dx = weight * dout / sqrt(var + eps)

    Sums and means run over all values of a channel. The running statistics are constants: when the network is tested,
    nothing flows through them.

    Parameters
    ----------
    dout : ndarray
        The gradient of the loss with respect to `out`.
    cache : object
        From `batch_norm_forward`.

    Returns
    -------
    dx : ndarray
        The gradient with respect to `x`.
    dweight : ndarray
    dbias : ndarray

    Examples
    --------
    >>> x, zero, one = np.array([[1.0], [3.0], [5.0], [7.0]]), np.zeros(1), np.ones(1)
    >>> *_, cache = batch_norm_forward(x, zero, one, 2 * one, one, training=True, eps=4.0)
    >>> dx, dweight, dbias = batch_norm_backward(np.array([[9.0], [0.0], [0.0], [0.0]]), cache)
    >>> dx.ravel(), dweight, dbias
    (array([ 3., -2., -1.,  0.]), array([-9.]), array([9.]))
    """
    raise NotImplementedError("dropout_batchnorm.batch_norm_backward")


def layer_norm_forward(
    x: Float[Array, "..."],
    normalized_shape: tuple[int, ...],
    weight: Float[Array, "..."],
    bias: Float[Array, "..."],
    *,
    eps: float = 1e-5,
) -> tuple[Float[Array, "..."], Cache]:
    """Normalize every example by itself; arguments as of ``torch.nn.functional.layer_norm``.

        out = weight * (x - mean) / sqrt(var + eps) + bias

    Mean and var (the mean squared distance) are taken over the last axes of x, as many as `normalized_shape` has.
    Training and testing are the same, and a batch of one is as good as any.

    Parameters
    ----------
    x : ndarray
        Any shape that ends in `normalized_shape`.
    normalized_shape : tuple of int
        The sizes of the axes to normalize over.
    weight, bias : ndarray
        Of the shape `normalized_shape`: every feature has its own.
    eps : float

    Returns
    -------
    out : ndarray
        In the shape and dtype of `x`.
    cache : object
        Whatever `layer_norm_backward` needs.

    Raises
    ------
    ValueError
        The shape of `x` does not end in `normalized_shape`.

    Examples
    --------
    >>> x, one = np.array([[1.0, 3.0, 5.0, 7.0]]), np.ones(4)
    >>> layer_norm_forward(x, (4,), 2 * one, one, eps=4.0)[0]
    array([[-1.        ,  0.33333333,  1.66666667,  3.        ]])
    """
    raise NotImplementedError("dropout_batchnorm.layer_norm_forward")


def layer_norm_backward(
    dout: Float[Array, "..."], cache: Cache
) -> tuple[Float[Array, "..."], Float[Array, "..."], Float[Array, "..."]]:
    """Send the gradient back through a layer norm.

        dbias = sum(dout)          dweight = sum(dout * x_hat)                  over the examples
        g = dout * weight          dx = (g - mean(g) - x_hat * mean(g * x_hat)) / sqrt(var + eps)    over the features

    Here the weight cannot be drawn out of the means: it differs from feature to feature.

    Parameters
    ----------
    dout : ndarray
        The gradient of the loss with respect to `out`.
    cache : object
        From `layer_norm_forward`.

    Returns
    -------
    dx : ndarray
        The gradient with respect to `x`.
    dweight : ndarray
        In the shape of `weight`.
    dbias : ndarray
        In the shape of `bias`.

    Examples
    --------
    >>> _, cache = layer_norm_forward(np.array([[1.0, 3.0, 5.0, 7.0]]), (4,), np.full(4, 2.0), np.ones(4), eps=4.0)
    >>> dx, dweight, dbias = layer_norm_backward(np.array([[9.0, 0.0, 0.0, 0.0]]), cache)
    >>> dx, dweight, dbias
    (array([[ 3., -2., -1.,  0.]]), array([-9.,  0.,  0.,  0.]), array([9., 0., 0., 0.]))
    """
    raise NotImplementedError("dropout_batchnorm.layer_norm_backward")
