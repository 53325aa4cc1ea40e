"""How to draw the first weights of a layer.

A unit adds up fan_in numbers, each times a weight. If inputs and weights are independent and have mean zero,

    Var[sum] = fan_in * Var[weight] * E[input^2]

so that every layer multiplies the signal by about fan_in * Var[weight]. Fifty layers multiply it fifty times: the
variance of the weights must make that factor 1. On the way back the gradient meets fan_out in its place.

    Xavier   Var[weight] = gain^2 * 2 / (fan_in + fan_out)      between both directions
    He       Var[weight] = gain^2 / fan                         one direction; gain^2 = 2 for ReLU, which loses half

All schemes are called alike, ``scheme(shape, rng, ...)``, and return a new float64 array. Shapes are torch's, output
first: (out, in) for a linear layer, (F, C, KH, KW) for a convolution. Every random number comes from `rng`.

References
----------
Glorot, Bengio (2010), Understanding the difficulty of training deep feedforward neural networks, section 4.2.1.
Saxe, McClelland, Ganguli (2014), Exact solutions to the nonlinear dynamics of learning in deep linear neural networks.
He, Zhang, Ren, Sun (2015), Delving deep into rectifiers, section 2.2.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import math

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

GAINS = {
    "linear": 1.0,
    "conv1d": 1.0,
    "conv2d": 1.0,
    "conv3d": 1.0,
    "conv_transpose1d": 1.0,
    "conv_transpose2d": 1.0,
    "conv_transpose3d": 1.0,
    "sigmoid": 1.0,
    "tanh": 5 / 3,
    "selu": 3 / 4,
}
"""The gains of `torch.nn.init.calculate_gain` that are plain numbers. Ready-made."""


def fan_in_and_fan_out(shape: tuple[int, ...]) -> tuple[int, int]:
    """Count how many numbers a unit adds up, and in how many sums one input takes part.

    For a linear layer these are its inputs and its outputs. A pixel of a convolution's output adds up a whole window,
    KH * KW pixels in each of C channels; that window is called the receptive field:

        fan_in = C * KH * KW          fan_out = F * KH * KW

    Parameters
    ----------
    shape : tuple of int
        (out, in), or (F, C, KH, KW), or with any other number of kernel axes at the end.

    Returns
    -------
    fan_in : int
    fan_out : int

    Raises
    ------
    ValueError
        The shape has fewer than two axes: a bias has no fan.

    Examples
    --------
    >>> fan_in_and_fan_out((3, 5))
    (5, 3)
    >>> fan_in_and_fan_out((4, 2, 3, 3))
    (18, 36)
    """
    raise NotImplementedError("initialization.fan_in_and_fan_out")


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Say by how much the weights must be larger because of the nonlinearity that follows.

    A ReLU sets half of a symmetric signal to zero, and with it half of the mean square; weights larger by the square
    root of 2 make up for that. A leaky ReLU keeps the share slope^2 of the lost half:

        relu         sqrt(2)
        leaky_relu   sqrt(2 / (1 + slope^2))

    All other gains stand in `GAINS`.

    Parameters
    ----------
    nonlinearity : str
        ``"relu"``, ``"leaky_relu"``, or a name in `GAINS`.
    param : float, optional
        The negative slope of a leaky ReLU, 0.01 where it is not given. The others take no notice of it.

    Returns
    -------
    gain : float

    Raises
    ------
    ValueError
        There is no such nonlinearity.

    References
    ----------
    He et al. (2015), equations 10 and 15.

    Examples
    --------
    >>> calculate_gain("tanh") == 5 / 3
    True
    >>> round(calculate_gain("relu"), 6), calculate_gain("leaky_relu", 1.0)
    (1.414214, 1.0)
    """
    raise NotImplementedError("initialization.calculate_gain")


def constant(shape: tuple[int, ...], rng: np.random.Generator, *, val: float = 0.0) -> Float[Array, "..."]:
    """Fill an array with one number.

    Right for biases, wrong for weights: units that begin alike get the same gradients and stay alike.

    Parameters
    ----------
    shape : tuple of int
    rng : numpy.random.Generator
        Not used. It is here so that all schemes are called alike.
    val : float

    Returns
    -------
    weight : ndarray

    Examples
    --------
    >>> constant((2, 3), np.random.default_rng(0), val=0.5)
    array([[0.5, 0.5, 0.5],
           [0.5, 0.5, 0.5]])
    """
    raise NotImplementedError("initialization.constant")


def normal(
    shape: tuple[int, ...], rng: np.random.Generator, *, mean: float = 0.0, std: float = 1.0
) -> Float[Array, "..."]:
    """Draw from a normal distribution.

    With a small `std` found by trial and error, a usual choice for years, though LeCun's 1 / sqrt(fan_in) was known.
    AlexNet's eight layers began with 0.01; in networks that are much deeper nothing arrives at the other end.

    Parameters
    ----------
    shape : tuple of int
    rng : numpy.random.Generator
    mean : float
    std : float
        The standard deviation, the root of the variance.

    Returns
    -------
    weight : ndarray

    Examples
    --------
    >>> normal((2, 3), np.random.default_rng(0), mean=5.0, std=0.0)
    array([[5., 5., 5.],
           [5., 5., 5.]])
    """
    raise NotImplementedError("initialization.normal")


def xavier_uniform(shape: tuple[int, ...], rng: np.random.Generator, *, gain: float = 1.0) -> Float[Array, "..."]:
    """Draw uniformly between two bounds, by Glorot and Bengio's rule for the variance.

    The forward pass wants the variance 1 / fan_in, the backward pass 1 / fan_out. The rule takes the mean of the fans:

        Var = gain^2 * 2 / (fan_in + fan_out)

    A uniform distribution between -bound and bound has the variance bound^2 / 3.

    Parameters
    ----------
    shape : tuple of int
    rng : numpy.random.Generator
    gain : float

    Returns
    -------
    weight : ndarray

    References
    ----------
    Glorot, Bengio (2010), equation 16.

    Examples
    --------
    Five inputs and one output make the bound sqrt(6 / 6) = 1:

    >>> weight = xavier_uniform((1, 5), np.random.default_rng(0))
    >>> weight.shape, bool(np.abs(weight).max() <= 1)
    ((1, 5), True)
    """
    raise NotImplementedError("initialization.xavier_uniform")


def xavier_normal(shape: tuple[int, ...], rng: np.random.Generator, *, gain: float = 1.0) -> Float[Array, "..."]:
    """Draw from a normal distribution, by Glorot and Bengio's rule for the variance.

        Var = gain^2 * 2 / (fan_in + fan_out)

    Parameters
    ----------
    shape : tuple of int
    rng : numpy.random.Generator
    gain : float

    Returns
    -------
    weight : ndarray

    References
    ----------
    Glorot, Bengio (2010), equation 12.

    Examples
    --------
    >>> xavier_normal((2, 6), np.random.default_rng(0), gain=0.0)
    array([[0., 0., 0., 0., 0., 0.],
           [0., 0., 0., 0., 0., 0.]])
    """
    raise NotImplementedError("initialization.xavier_normal")


def he_std(shape: tuple[int, ...], *, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> float:
    """Return the standard deviation that He's rule asks for.

    Before the next layer adds up its inputs, the nonlinearity has changed their mean square; the gain makes up for it.

        std = gain / sqrt(fan)

    With the fan_in the forward signal keeps its size from layer to layer, with the fan_out the gradient does.

    Parameters
    ----------
    shape : tuple of int
    a : float
        The negative slope, where the nonlinearity is a leaky ReLU; 0 makes it a ReLU.
    mode : str
        ``"fan_in"`` or ``"fan_out"``.
    nonlinearity : str
        As in `calculate_gain`.

    Returns
    -------
    std : float

    Raises
    ------
    ValueError
        There is no such mode, or no such nonlinearity.

    References
    ----------
    He et al. (2015), equations 10 and 14.

    Examples
    --------
    >>> he_std((3, 8)), he_std((2, 8), mode="fan_out"), he_std((3, 4), nonlinearity="linear")
    (0.5, 1.0, 0.5)
    """
    raise NotImplementedError("initialization.he_std")


def he_uniform(
    shape: tuple[int, ...],
    rng: np.random.Generator,
    *,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
) -> Float[Array, "..."]:
    """Draw uniformly between two bounds, with the standard deviation of He's rule.

    The distribution is torch's `kaiming_uniform_`. Which bounds have the standard deviation `he_std`?

    Parameters
    ----------
    shape : tuple of int
    rng : numpy.random.Generator
    a, mode, nonlinearity
        As in `he_std`.

    Returns
    -------
    weight : ndarray

    Raises
    ------
    ValueError
        There is no such mode.

    Examples
    --------
    Six inputs make the bound sqrt(3) * sqrt(2 / 6) = 1:

    >>> weight = he_uniform((2, 6), np.random.default_rng(0))
    >>> weight.shape, bool(np.abs(weight).max() <= 1)
    ((2, 6), True)
    """
    raise NotImplementedError("initialization.he_uniform")


def he_normal(
    shape: tuple[int, ...],
    rng: np.random.Generator,
    *,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
) -> Float[Array, "..."]:
    """Draw from a normal distribution with the standard deviation of He's rule.

    The distribution is torch's `kaiming_normal_`.

    Parameters
    ----------
    shape : tuple of int
    rng : numpy.random.Generator
    a, mode, nonlinearity
        As in `he_std`.

    Returns
    -------
    weight : ndarray

    Raises
    ------
    ValueError
        There is no such mode.

    Examples
    --------
    >>> he_normal((3, 8), np.random.default_rng(0)).shape
    (3, 8)
    """
    raise NotImplementedError("initialization.he_normal")


def orthogonal(shape: tuple[int, ...], rng: np.random.Generator, *, gain: float = 1.0) -> Float[Array, "..."]:
    """Draw a random rotation: rows (or columns) of length `gain` that stand at right angles to each other.

    An orthogonal matrix keeps the length of every vector, so no direction grows or shrinks, however deep the network.
    For a convolution the axes after the first are taken as one. Where the matrix is not square, the shorter side is
    orthonormal:

        Q @ Q.T = gain^2 * I   where there are fewer rows than columns,    Q.T @ Q = gain^2 * I   otherwise

    All such matrices shall be equally likely. The QR decomposition of a matrix of independent standard normal numbers
    brings that about, except for signs: the algorithm, not chance, decides which way the columns of Q point. Multiply
    each column by the sign of its number on R's diagonal.

    Parameters
    ----------
    shape : tuple of int
        At least two axes.
    rng : numpy.random.Generator
    gain : float

    Returns
    -------
    weight : ndarray

    References
    ----------
    Saxe et al. (2014). Mezzadri (2007), How to generate random matrices from the classical compact groups.

    Examples
    --------
    >>> q = orthogonal((2, 3), np.random.default_rng(0), gain=2.0)
    >>> bool(np.allclose(q @ q.T, [[4, 0], [0, 4]]))
    True
    """
    raise NotImplementedError("initialization.orthogonal")


def trunc_normal(
    shape: tuple[int, ...],
    rng: np.random.Generator,
    *,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
) -> Float[Array, "..."]:
    """Draw from a normal distribution, given that the number lies between `a` and `b`.

    No weight is far out, and the shape between the bounds is the normal distribution's. The bounds are numbers, not
    multiples of `std`. What falls outside is not moved to the bound but drawn again, until it lies inside.

    Parameters
    ----------
    shape : tuple of int
    rng : numpy.random.Generator
    mean, std : float
        Of the normal distribution before it is truncated.
    a, b : float
        The bounds, one of which may be infinite. At least a tenth of the normal distribution lies between them, so few
        rounds are enough.

    Returns
    -------
    weight : ndarray

    Raises
    ------
    ValueError
        `a` is not less than `b`.

    Examples
    --------
    >>> weight = trunc_normal((50, 60), np.random.default_rng(0), std=3.0, a=-1.0, b=2.0)
    >>> weight.shape, bool(weight.min() >= -1), bool(weight.max() <= 2)
    ((50, 60), True, True)
    """
    if a >= b:
        raise ValueError(f"a must be less than b, not {a} and {b}")
    raise NotImplementedError("initialization.trunc_normal")
