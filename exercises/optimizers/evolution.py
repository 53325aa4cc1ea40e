"""Without a gradient: try changes at random, and go where they help.

A network of step units has a derivative of 0 nearly everywhere, and a simulator has none that anybody knows. What is
left is to try. Two ways: an evolution strategy estimates a gradient from many trials around one place, and the (1 + 1)
strategy keeps a child if it is no worse than its parent. All functions here look for a minimum.

References
----------
Rechenberg (1973), Evolutionsstrategie: Optimierung technischer Systeme nach Prinzipien der biologischen Evolution.
Schwefel (1977), Numerische Optimierung von Computer-Modellen mittels der Evolutionsstrategie.
Salimans, Ho, Chen, Sidor, Sutskever (2017), Evolution strategies as a scalable alternative to reinforcement learning.
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


def evolution_gradient(
    f: Function, theta: Float[Array, "..."], rng: np.random.Generator, *, pairs: int = 50, sigma: float = 0.1
) -> Float[Array, "..."]:
    """Estimate the gradient of f, smoothed over its surroundings, from pairs of opposite trials.

        g = 1 / (2 * pairs * sigma) * sum over i of  (f(theta + sigma * e_i) - f(theta - sigma * e_i)) * e_i

    Every e_i has independent standard normal numbers in the shape of theta. Opposite trials cancel what both have in
    common, f(theta) above all, so that a constant has the gradient 0. It takes two calls of f per pair.

    Parameters
    ----------
    f : callable
        Takes an array in the shape of `theta`, returns one number.
    theta : ndarray
    rng : numpy.random.Generator
    pairs : int
    sigma : float
        How far away the trials are.

    Returns
    -------
    grad : ndarray
        In the shape of `theta`. On average over the draws, the gradient of the smoothed f.

    References
    ----------
    Salimans and others (2017), section 2.1, with mirrored sampling.

    Examples
    --------
    The slope of a straight line, from one pair: e is 0.1257, and the estimate 3 e^2.

    >>> evolution_gradient(lambda x: float(3 * x.sum()), np.zeros(1), np.random.default_rng(0), pairs=1).round(4)
    array([0.0474])
    """
    raise NotImplementedError("optimizers.evolution_gradient")


def evolution_strategy(
    f: Function,
    theta: Float[Array, "..."],
    rng: np.random.Generator,
    *,
    steps: int,
    lr: float,
    pairs: int = 50,
    sigma: float = 0.1,
) -> tuple[Float[Array, "..."], Float[Array, "L"]]:
    """Go down the estimated gradient, with new trials for every step.

        theta <- theta - lr * g

    Parameters
    ----------
    f : callable
    theta : ndarray
        Where it begins.
    rng : numpy.random.Generator
    steps : int
    lr : float
    pairs : int
    sigma : float

    Returns
    -------
    theta : ndarray
        Where it ends.
    history : ndarray
        f at the beginning and after every step: steps + 1 numbers.

    Examples
    --------
    >>> theta, history = evolution_strategy(
    ...     lambda x: float(x @ x), np.ones(3), np.random.default_rng(0), steps=40, lr=0.1
    ... )
    >>> len(history), float(history[0]), bool(history[-1] < 1e-3)
    (41, 3.0, True)
    """
    raise NotImplementedError("optimizers.evolution_strategy")


def one_plus_one(
    f: Function, theta: Float[Array, "..."], rng: np.random.Generator, *, steps: int, sigma: float = 1.0
) -> tuple[Float[Array, "..."], float]:
    """One parent, one child: the better one lives on, and successes decide how far the next child lands.

        child = theta + sigma * e          e: independent standard normal numbers

    If f(child) is at most f(theta), the child takes the parent's place and sigma is multiplied by 1.5; otherwise sigma
    is divided by the fourth root of 1.5. So sigma stays as it is where one child in five succeeds, and adapts itself
    elsewhere. f is called once at the beginning, and once for each child.

    Parameters
    ----------
    f : callable
    theta : ndarray
        The first parent.
    rng : numpy.random.Generator
    steps : int
        How many children.
    sigma : float
        How far away the first one lands.

    Returns
    -------
    theta : ndarray
        The last parent; the best of all.
    sigma : float
        As it is after the last child.

    References
    ----------
    Rechenberg (1973), the rule of one fifth; Kern and others (2004), Learning probability distributions in continuous
    evolutionary algorithms, section 3, for the form with a fourth root.

    Examples
    --------
    >>> theta, sigma = one_plus_one(lambda x: float(x @ x), np.ones(3), np.random.default_rng(0), steps=200)
    >>> bool(theta @ theta < 1e-6), bool(sigma < 0.01)
    (True, True)
    """
    raise NotImplementedError("optimizers.one_plus_one")
