"""Is this gradient right? Compare it with one that needs no calculus.

A derivative is a limit of difference quotients, so any function can be differentiated by trying. It takes two calls of
the function for every coordinate, far too many to train with, but it knows nothing of your formulas and repeats none of
their mistakes:

    df/dx_i  is about  (f(x + h e_i) - f(x - h e_i)) / (2 h)                e_i: 1 at coordinate i, 0 elsewhere

The quotient is symmetric. Its error shrinks with h^2, that of (f(x + h) - f(x)) / h only with h. Too small an h does
not help either: the two values of f then agree in nearly all of their digits, and the difference is noise.

References
----------
Bishop (2006), Pattern recognition and machine learning, section 5.3.3, equation 5.69.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

Function = Callable[[Array], float]
"""Takes an array, returns one number."""


def numerical_gradient(f: Function, x: Float[Array, "..."], *, h: float = 1e-5) -> Float[Array, "..."]:
    """Return the gradient of a function by central differences.

        df/dx_i = (f(x + h e_i) - f(x - h e_i)) / (2 h)

    One coordinate moves at a time, all others stay where they are; `x` comes back as it was.

    Parameters
    ----------
    f : callable
        Takes an array in the shape of `x`, returns one number.
    x : ndarray
        Where; of any shape.
    h : float
        How far to step to either side.

    Returns
    -------
    gradient : ndarray
        In the shape of `x`.

    References
    ----------
    Bishop (2006), equation 5.69.

    Examples
    --------
    The slopes of a^2 b at (3, 2) are 2 a b = 12 and a^2 = 9:

    >>> numerical_gradient(lambda x: x[0] ** 2 * x[1], np.array([3.0, 2.0]), h=0.5)
    array([12.,  9.])
    """
    raise NotImplementedError("backprop.numerical_gradient")


def relative_error(a: Float[Array, "..."], b: Float[Array, "..."], *, floor: float = 1e-8) -> Float[Array, "..."]:
    """Say how far apart two arrays are, entry by entry, measured by their own size.

        |a - b| / max(|a| + |b|, floor)

    A difference of 0.001 is much between gradients of 0.002 and nothing between gradients of 5,000. The denominator has
    both in it, so that it does not matter which is called a, and the error never exceeds 1. The floor keeps two
    (nearly) zero gradients from dividing zero by zero.

    Parameters
    ----------
    a, b : ndarray
        Of the same shape.
    floor : float

    Returns
    -------
    error : ndarray
        From 0, equal, to 1, of opposite signs or one of them zero.

    Examples
    --------
    >>> relative_error(np.array([3.0, -2.0, 0.0]), np.array([5.0, 2.0, 0.0]))
    array([0.25, 1.  , 0.  ])
    """
    raise NotImplementedError("backprop.relative_error")


def check_gradient(
    f: Function, x: Float[Array, "..."], gradient: Float[Array, "..."], *, h: float = 1e-5
) -> tuple[float, tuple[int, ...]]:
    """Compare a gradient with central differences, and name the coordinate where it is worst.

    Where a gradient is wrong says much about why: one row, one column, all biases. An error below about 1e-6 is
    rounding; above 1e-3 something is wrong, or a kink of the function lies within h. A coordinate that is not a number
    is the worst of all, with the error nan.

    Parameters
    ----------
    f : callable
        Takes an array in the shape of `x`, returns one number.
    x : ndarray
    gradient : ndarray
        What is claimed to be the gradient of `f` at `x`.
    h : float

    Returns
    -------
    error : float
        The largest relative error (with the usual floor).
    where : tuple of int
        The index of the coordinate that has it; the first one of several.

    Examples
    --------
    >>> error, where = check_gradient(lambda x: x[0] ** 2 * x[1], np.array([3.0, 2.0]), np.array([12.0, 3.0]))
    >>> round(error, 6), where
    (0.5, (1,))
    """
    raise NotImplementedError("backprop.check_gradient")
