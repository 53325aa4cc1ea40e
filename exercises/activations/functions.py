"""Thirteen activation functions, each with the function that carries a gradient back through it.

Without something curved between them, two linear layers are one linear layer. An activation bends every number on its
own (softmax and log-softmax: every slice along one axis), so its backward pass has no sums over weights in it:

    out = f(x)            dx = dout * f'(x)

Every pair has the same form. `<name>_activation` returns the output and a cache; `<name>_gradient` takes the gradient
of the loss with respect to that output, and the cache, and returns the gradient with respect to the input.

Inputs get large when a network learns, and exponentials overflow: e^710 is no float64 any more, e^89 no float32. All
functions stay right for inputs of ±10,000, and answer an empty batch with an empty array.

References
----------
LeCun, Bottou, Orr, Müller (1998), Efficient backprop, section 4.4 (sigmoid and tanh).
Nair, Hinton (2010), Rectified linear units improve restricted Boltzmann machines (ReLU).
Maas, Hannun, Ng (2013), Rectifier nonlinearities improve neural network acoustic models (leaky ReLU).
He, Zhang, Ren, Sun (2015), Delving deep into rectifiers, section 2.1 (PReLU).
Clevert, Unterthiner, Hochreiter (2016), Fast and accurate deep network learning by exponential linear units (ELU).
Hendrycks, Gimpel (2016), Gaussian error linear units (GELU, SiLU).
Ramachandran, Zoph, Le (2017), Searching for activation functions (swish).
Sitzmann, Martel, Bergman, Lindell, Wetzstein (2020), Implicit neural representations with periodic activation
    functions (sine).
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import math
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

Cache = Any  # what an activation keeps for its gradient


def erf(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """Return the error function of every number, in the dtype of `x`. Ready-made: NumPy has none.

    Examples
    --------
    >>> erf(np.array([-1.0, 0.0, 1.0])).round(4)
    array([-0.8427,  0.    ,  0.8427])
    """
    return np.vectorize(math.erf, otypes=[x.dtype])(x)


def step_activation(x: Float[Array, "..."]) -> tuple[Float[Array, "..."], Cache]:
    """Answer 1 from zero upwards, and 0 below.

    The first activation, that of McCulloch and Pitts and of the perceptron: torch's ``heaviside`` with 1 at zero.

    Parameters
    ----------
    x : ndarray

    Returns
    -------
    out : zeros and ones, in the dtype of `x`.
    cache : what `step_gradient` needs.

    Examples
    --------
    >>> step_activation(np.array([-2.0, 0.0, 3.0]))[0]
    array([0., 1., 1.])
    """
    raise NotImplementedError("activations.step_activation")


def step_gradient(dout: Float[Array, "..."], cache: Cache) -> Float[Array, "..."]:
    """Carry the gradient back through the step: nothing arrives.

    The step is flat on both sides. At the jump itself it has no derivative; the convention is 0 there too. This is why
    a network of steps cannot learn by gradient descent.

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `step_activation`

    Returns
    -------
    dx : gradient with respect to `x`.

    Examples
    --------
    >>> _, cache = step_activation(np.array([-2.0, 0.0, 3.0]))
    >>> step_gradient(np.array([1.0, -1.0, 5.0]), cache)
    array([0., 0., 0.])
    """
    raise NotImplementedError("activations.step_gradient")


def sigmoid_activation(x: Float[Array, "..."]) -> tuple[Float[Array, "..."], Cache]:
    """Squash every number into (0, 1).

        sigmoid(x) = 1 / (1 + e^-x) = e^x / (1 + e^x)

    The step with its corner rounded. Of the two forms each is safe on one side of zero only; with e^-|x|, which never
    overflows, one gets both. Beyond 37 the answer rounds to 1, and at -10,000 to 0.

    Parameters
    ----------
    x : ndarray

    Returns
    -------
    out : in the shape and dtype of `x`.
    cache : what `sigmoid_gradient` needs.

    Examples
    --------
    >>> sigmoid_activation(np.array([-10000.0, 0.0, np.log(3), 10000.0]))[0]
    array([0.  , 0.5 , 0.75, 1.  ])
    """
    raise NotImplementedError("activations.sigmoid_activation")


def sigmoid_gradient(dout: Float[Array, "..."], cache: Cache) -> Float[Array, "..."]:
    """Carry the gradient back through the sigmoid.

    The slope needs nothing but the output s = sigmoid(x):

        ds/dx = s (1 - s)

    It is 1/4 at most, at x = 0, and next to nothing beyond ±10: the neuron is *saturated*.

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `sigmoid_activation`

    Returns
    -------
    dx : gradient with respect to `x`.

    Examples
    --------
    >>> _, cache = sigmoid_activation(np.array([0.0, np.log(3)]))
    >>> sigmoid_gradient(np.array([2.0, 16.0]), cache)
    array([0.5, 3. ])
    """
    raise NotImplementedError("activations.sigmoid_gradient")


def tanh_activation(x: Float[Array, "..."]) -> tuple[Float[Array, "..."], Cache]:
    """Squash every number into (-1, 1), symmetrically around zero.

        tanh(x) = (e^x - e^-x) / (e^x + e^-x) = 2 sigmoid(2 x) - 1

    The fraction is infinity by infinity for large x; `np.tanh` knows better.

    Parameters
    ----------
    x : ndarray

    Returns
    -------
    out : in the shape and dtype of `x`.
    cache : what `tanh_gradient` needs.

    References
    ----------
    LeCun et al. (1998), section 4.4.

    Examples
    --------
    >>> tanh_activation(np.array([-10000.0, 0.0, np.log(2)]))[0]
    array([-1. ,  0. ,  0.6])
    """
    raise NotImplementedError("activations.tanh_activation")


def tanh_gradient(dout: Float[Array, "..."], cache: Cache) -> Float[Array, "..."]:
    """Carry the gradient back through tanh, whose slope is 1 - out^2.

    At zero the slope is 1, four times the sigmoid's; far out it vanishes all the same.

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `tanh_activation`

    Returns
    -------
    dx : gradient with respect to `x`.

    Examples
    --------
    >>> _, cache = tanh_activation(np.array([0.0, np.log(2)]))
    >>> tanh_gradient(np.array([3.0, 100.0]), cache)
    array([ 3., 64.])
    """
    raise NotImplementedError("activations.tanh_gradient")


def gaussian_activation(x: Float[Array, "..."]) -> tuple[Float[Array, "..."], Cache]:
    """Answer most at zero, and less the farther away, on either side.

        gaussian(x) = e^(-x^2)

    The unit of radial basis functions. It is no probability density: its peak is 1, and there is no 2 in the exponent.

    Parameters
    ----------
    x : ndarray

    Returns
    -------
    out : in the shape and dtype of `x`.
    cache : what `gaussian_gradient` needs.

    Examples
    --------
    >>> gaussian_activation(np.array([0.0, 1.0, -1.0, 10000.0]))[0].round(6)
    array([1.      , 0.367879, 0.367879, 0.      ])
    """
    raise NotImplementedError("activations.gaussian_activation")


def gaussian_gradient(dout: Float[Array, "..."], cache: Cache) -> Float[Array, "..."]:
    """Carry the gradient back through the Gaussian: the slope of e^u times that of u = -x^2.

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `gaussian_activation`

    Returns
    -------
    dx : gradient with respect to `x`.

    Examples
    --------
    At x = 1 the slope is -2 / e:

    >>> _, cache = gaussian_activation(np.array([0.0, 1.0]))
    >>> gaussian_gradient(np.array([3.0, np.e]), cache).round(6)
    array([-0., -2.])
    """
    raise NotImplementedError("activations.gaussian_gradient")


def softmax_activation(x: Float[Array, "..."], *, dim: int = -1) -> tuple[Float[Array, "..."], Cache]:
    """Turn scores into probabilities: positive, and with the sum 1 along an axis.

        softmax(x)_i = e^(x_i) / sum over j of e^(x_j)

    The same number may be subtracted from all scores of a slice, and nothing changes. Subtract the slice's largest:
    then no exponent is positive, and the sum is at least 1.

    Parameters
    ----------
    x : ndarray
        Scores.
    dim : int
        The axis along which the probabilities add up to 1.

    Returns
    -------
    out : in the shape and dtype of `x`.
    cache : what `softmax_gradient` needs.

    Examples
    --------
    >>> softmax_activation(np.array([[0.0, np.log(3)], [10000.0, 0.0]]))[0]
    array([[0.25, 0.75],
           [1.  , 0.  ]])
    """
    raise NotImplementedError("activations.softmax_activation")


def softmax_gradient(dout: Float[Array, "..."], cache: Cache) -> Float[Array, "..."]:
    """Carry the gradient back through the softmax.

    Every score moves every probability of its slice, so the slope is a matrix. With s the probabilities,

        ds_i/dx_j = s_i (1 - s_i) where i = j, and -s_i s_j elsewhere

    Summed against `dout` that needs no matrix: dx = s * (dout - sum of dout * s along the axis).

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `softmax_activation`

    Returns
    -------
    dx : gradient with respect to `x`; along the axis it adds up to 0.

    Examples
    --------
    >>> _, cache = softmax_activation(np.array([0.0, np.log(3)]))
    >>> softmax_gradient(np.array([16.0, 0.0]), cache)
    array([ 3., -3.])
    """
    raise NotImplementedError("activations.softmax_gradient")


def log_softmax_activation(x: Float[Array, "..."], *, dim: int = -1) -> tuple[Float[Array, "..."], Cache]:
    """Return the logarithms of the softmax's probabilities.

        log_softmax(x)_i = x_i - log(sum over j of e^(x_j))

    Do not take the logarithm of the softmax: a probability of e^-1000 rounds to 0, and its logarithm is minus infinity
    instead of -1000. Subtract the slice's largest score, then use the formula as it stands.

    Parameters
    ----------
    x : ndarray
        Scores.
    dim : int
        The axis along which the probabilities add up to 1.

    Returns
    -------
    out : in the shape and dtype of `x`.
    cache : what `log_softmax_gradient` needs.

    Examples
    --------
    >>> log_softmax_activation(np.array([[0.0, 0.0], [0.0, -1000.0]]))[0].round(6)
    array([[-6.93147e-01, -6.93147e-01],
           [ 0.00000e+00, -1.00000e+03]])
    """
    raise NotImplementedError("activations.log_softmax_activation")


def log_softmax_gradient(dout: Float[Array, "..."], cache: Cache) -> Float[Array, "..."]:
    """Carry the gradient back through the log-softmax.

    With s the probabilities, d out_i / d x_j = (1 where i = j) - s_j, so

        dx = dout - s * (sum of dout along the axis)

    With the loss -out[y] this is softmax minus one-hot, the gradient of cross-entropy.

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `log_softmax_activation`

    Returns
    -------
    dx : gradient with respect to `x`; along the axis it adds up to 0.

    Examples
    --------
    >>> _, cache = log_softmax_activation(np.array([0.0, np.log(3)]))
    >>> log_softmax_gradient(np.array([-1.0, 0.0]), cache)
    array([-0.75,  0.75])
    """
    raise NotImplementedError("activations.log_softmax_gradient")


def relu_activation(x: Float[Array, "..."]) -> tuple[Float[Array, "..."], Cache]:
    """Pass what is positive, and answer 0 to the rest: max(0, x).

    Parameters
    ----------
    x : ndarray

    Returns
    -------
    out : in the shape and dtype of `x`.
    cache : what `relu_gradient` needs.

    References
    ----------
    Nair and Hinton (2010).

    Examples
    --------
    >>> relu_activation(np.array([-2.0, 0.0, 3.0]))[0]
    array([0., 0., 3.])
    """
    raise NotImplementedError("activations.relu_activation")


def relu_gradient(dout: Float[Array, "..."], cache: Cache) -> Float[Array, "..."]:
    """Carry the gradient back through ReLU: unchanged where x was positive, else 0.

    On the positive side the slope is exactly 1 however large x is; nothing shrinks. At x = 0 there is a corner, and the
    slope is taken to be 0, as in torch.

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `relu_activation`

    Returns
    -------
    dx : gradient with respect to `x`.

    Examples
    --------
    >>> _, cache = relu_activation(np.array([-2.0, 0.0, 3.0]))
    >>> relu_gradient(np.array([5.0, 6.0, -7.0]), cache)
    array([ 0.,  0., -7.])
    """
    raise NotImplementedError("activations.relu_gradient")


def leaky_relu_activation(x: Float[Array, "..."], *, negative_slope: float = 0.01) -> tuple[Float[Array, "..."], Cache]:
    """Pass what is positive, and a little of what is negative.

        leaky_relu(x) = x where x > 0, else negative_slope * x

    A ReLU whose input is negative for every example never learns again. Here some gradient always comes through.

    Parameters
    ----------
    x : ndarray
    negative_slope : float
        Any number: it may be negative, or larger than 1.

    Returns
    -------
    out : in the shape and dtype of `x`.
    cache : what `leaky_relu_gradient` needs.

    References
    ----------
    Maas et al. (2013), section 2.

    Examples
    --------
    >>> leaky_relu_activation(np.array([-2.0, 0.0, 3.0]))[0]
    array([-0.02,  0.  ,  3.  ])
    """
    raise NotImplementedError("activations.leaky_relu_activation")


def leaky_relu_gradient(dout: Float[Array, "..."], cache: Cache) -> Float[Array, "..."]:
    """Carry the gradient back through leaky ReLU: the slope is 1 where x > 0, else `negative_slope`.

    At x = 0 it is `negative_slope`, as in torch.

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `leaky_relu_activation`

    Returns
    -------
    dx : gradient with respect to `x`.

    Examples
    --------
    >>> _, cache = leaky_relu_activation(np.array([-2.0, 0.0, 3.0]), negative_slope=0.5)
    >>> leaky_relu_gradient(np.array([5.0, 6.0, -7.0]), cache)
    array([ 2.5,  3. , -7. ])
    """
    raise NotImplementedError("activations.leaky_relu_gradient")


def prelu_activation(x: Float[Array, "N C ..."], weight: Float[Array, "P"]) -> tuple[Float[Array, "N C ..."], Cache]:
    """Apply a leaky ReLU whose slope is learned, one for all channels or one for each.

        prelu(x) = x where x > 0, else weight * x

    The channels are axis 1 of `x`, whatever follows. `weight.reshape(-1, 1, 1)` meets that axis of an image; how many
    axes of size 1 does a batch of shape (N, C) need?

    Parameters
    ----------
    x : ndarray
        Two axes or more.
    weight : ndarray
        P slopes; P is 1 or C.

    Returns
    -------
    out : in the shape and dtype of `x`.
    cache : what `prelu_gradient` needs.

    Raises
    ------
    ValueError
        There is neither one slope nor one for each channel.

    References
    ----------
    He et al. (2015), equation 1.

    Examples
    --------
    >>> prelu_activation(np.array([[-2.0, -2.0], [4.0, -4.0]]), np.array([0.5, 0.25]))[0]
    array([[-1. , -0.5],
           [ 4. , -1. ]])
    """
    raise NotImplementedError("activations.prelu_activation")


def prelu_gradient(dout: Float[Array, "N C ..."], cache: Cache) -> tuple[Float[Array, "N C ..."], Float[Array, "P"]]:
    """Carry the gradient back through PReLU, to the input and to the slopes.

    The input's part is that of leaky ReLU. A slope was used by every negative number of its channel, in all examples
    and at all positions, so its gradient is a sum over all of them (a single slope: over the channels too):

        dweight_c = sum of dout * x over all x <= 0 of channel c

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `prelu_activation`

    Returns
    -------
    dx : gradient with respect to `x`.
    dweight : gradient with respect to `weight`, one number for each slope.

    References
    ----------
    He et al. (2015), equations 2 and 3.

    Examples
    --------
    >>> _, cache = prelu_activation(np.array([[-2.0, -2.0], [4.0, -4.0]]), np.array([0.5, 0.25]))
    >>> dx, dweight = prelu_gradient(np.array([[1.0, 2.0], [3.0, 4.0]]), cache)
    >>> dx
    array([[0.5, 0.5],
           [3. , 1. ]])
    >>> dweight
    array([ -2., -20.])
    """
    raise NotImplementedError("activations.prelu_gradient")


def elu_activation(x: Float[Array, "..."], *, alpha: float = 1.0) -> tuple[Float[Array, "..."], Cache]:
    """Pass what is positive, and let what is negative run out smoothly towards -alpha.

        elu(x) = x where x > 0, else alpha * (e^x - 1)

    `np.where` computes both sides everywhere, so e^x would be taken of the large positive numbers too. `np.expm1` is
    e^x - 1 without the loss of digits near zero.

    Parameters
    ----------
    x : ndarray
    alpha : float

    Returns
    -------
    out : in the shape and dtype of `x`.
    cache : what `elu_gradient` needs.

    References
    ----------
    Clevert et al. (2016), section 3.

    Examples
    --------
    >>> elu_activation(np.array([-10000.0, -np.log(2), 0.0, 10000.0]), alpha=3.0)[0]
    array([-3.0e+00, -1.5e+00,  0.0e+00,  1.0e+04])
    """
    raise NotImplementedError("activations.elu_activation")


def elu_gradient(dout: Float[Array, "..."], cache: Cache) -> Float[Array, "..."]:
    """Carry the gradient back through ELU: the slope is 1 where x > 0, else alpha * e^x.

    At x = 0 it is alpha, as in torch. Only with alpha = 1 has the curve no corner there.

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `elu_activation`

    Returns
    -------
    dx : gradient with respect to `x`.

    References
    ----------
    Clevert et al. (2016), section 3.

    Examples
    --------
    >>> _, cache = elu_activation(np.array([-np.log(2), 0.0, 5.0]), alpha=3.0)
    >>> elu_gradient(np.array([2.0, 2.0, 2.0]), cache)
    array([3., 6., 2.])
    """
    raise NotImplementedError("activations.elu_gradient")


def silu_activation(x: Float[Array, "..."]) -> tuple[Float[Array, "..."], Cache]:
    """Weigh every number with its own sigmoid: x * sigmoid(x).

    Also called swish. Like a ReLU far out; smooth in between, and with a dip below zero at x = -1.28.

    Parameters
    ----------
    x : ndarray

    Returns
    -------
    out : in the shape and dtype of `x`.
    cache : what `silu_gradient` needs.

    References
    ----------
    Ramachandran et al. (2017), section 4.

    Examples
    --------
    >>> silu_activation(np.array([-10000.0, 0.0, np.log(3), 10000.0]))[0].round(6)
    array([-0.00000e+00,  0.00000e+00,  8.23959e-01,  1.00000e+04])
    """
    raise NotImplementedError("activations.silu_activation")


def silu_gradient(dout: Float[Array, "..."], cache: Cache) -> Float[Array, "..."]:
    """Carry the gradient back through SiLU.

    x stands in the product twice, so the product rule gives two terms. With s = sigmoid(x) the slope is

        s + x s (1 - s)

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `silu_activation`

    Returns
    -------
    dx : gradient with respect to `x`.

    Examples
    --------
    At zero the slope is 1/2; at log 3 it is 3/4 + 3/16 log 3:

    >>> _, cache = silu_activation(np.array([0.0, np.log(3)]))
    >>> silu_gradient(np.array([4.0, 16.0]), cache).round(6)
    array([ 2.      , 15.295837])
    """
    raise NotImplementedError("activations.silu_gradient")


def gelu_activation(x: Float[Array, "..."], *, approximate: str = "none") -> tuple[Float[Array, "..."], Cache]:
    """Weigh every number with the probability that a standard normal variable is smaller.

        "none"   gelu(x) = x / 2 * (1 + erf(x / sqrt(2)))
        "tanh"   gelu(x) = x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))

    The activation of BERT and GPT. The second form is an approximation from before `erf` was fast on a GPU; the two
    differ in the fourth digit. `erf` is ready-made above. Take roots of numbers with `math.sqrt`: `np.sqrt(2 / np.pi)`
    is a float64, and lifts a float32 array to its own precision.

    Parameters
    ----------
    x : ndarray
    approximate : str
        "none" for the exact form, or "tanh".

    Returns
    -------
    out : in the shape and dtype of `x`.
    cache : what `gelu_gradient` needs.

    Raises
    ------
    ValueError
        `approximate` is neither "none" nor "tanh".

    References
    ----------
    Hendrycks and Gimpel (2016), section 2.

    Examples
    --------
    >>> gelu_activation(np.array([-1.0, 0.0, 1.0]))[0].round(5)
    array([-0.15866,  0.     ,  0.84134])
    >>> gelu_activation(np.array([-1.0, 0.0, 1.0]), approximate="tanh")[0].round(5)
    array([-0.15881,  0.     ,  0.84119])
    """
    raise NotImplementedError("activations.gelu_activation")


def gelu_gradient(dout: Float[Array, "..."], cache: Cache) -> Float[Array, "..."]:
    """Carry the gradient back through GELU, in the form that went forward.

    The product rule gives two terms for either form. With Phi the weight in front of x and phi the bell curve,

        "none"   slope = Phi + x * phi                                     phi = e^(-x^2 / 2) / sqrt(2 pi)
        "tanh"   slope = (1 + t) / 2 + x / 2 * (1 - t^2) * du/dx           t = tanh(u), u as in the forward pass

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `gelu_activation`

    Returns
    -------
    dx : gradient with respect to `x`.

    Examples
    --------
    At zero the slope is 1/2, at 1 it is 0.84134 + 0.24197:

    >>> _, cache = gelu_activation(np.array([0.0, 1.0]))
    >>> gelu_gradient(np.array([4.0, 1.0]), cache).round(5)
    array([2.     , 1.08332])
    """
    raise NotImplementedError("activations.gelu_gradient")


def sine_activation(x: Float[Array, "..."], *, omega: float = 1.0) -> tuple[Float[Array, "..."], Cache]:
    """Let every number run round a wave: sin(omega * x).

    Networks of sines draw images and sounds in fine detail; `omega`, 30 in the paper, says how fine.

    Parameters
    ----------
    x : ndarray
    omega : float
        The frequency.

    Returns
    -------
    out : in the shape and dtype of `x`.
    cache : what `sine_gradient` needs.

    References
    ----------
    Sitzmann et al. (2020), section 3.

    Examples
    --------
    >>> sine_activation(np.array([0.0, np.pi / 4, np.pi / 2]), omega=2.0)[0].round(6)
    array([0., 1., 0.])
    """
    raise NotImplementedError("activations.sine_activation")


def sine_gradient(dout: Float[Array, "..."], cache: Cache) -> Float[Array, "..."]:
    """Carry the gradient back through the sine, whose slope is another wave, `omega` times as high.

    Parameters
    ----------
    dout : gradient of the loss with respect to `out`
    cache : from `sine_activation`

    Returns
    -------
    dx : gradient with respect to `x`.

    Examples
    --------
    >>> _, cache = sine_activation(np.array([0.0, np.pi / 2]), omega=2.0)
    >>> sine_gradient(np.array([5.0, 5.0]), cache)
    array([ 10., -10.])
    """
    raise NotImplementedError("activations.sine_gradient")
