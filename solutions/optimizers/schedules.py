"""How large a step? Rates that follow a plan, and one that is tried out.

A plan knows how far the training has come: large steps at first, small ones at the end; and the very first ones small
as well, while an optimizer's running means know little. Without noise nothing needs to be planned: try a step, and
halve it until it has brought what the slope promised.

References
----------
Armijo (1966), Minimization of functions having Lipschitz continuous first partial derivatives.
Goyal and others (2017), Accurate, large minibatch SGD: training ImageNet in 1 hour, section 2.2: warm-up.
Loshchilov, Hutter (2017), SGDR: stochastic gradient descent with warm restarts, equation 5.
"""

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

Function = Callable[[Array], float]
"""Takes an array, returns one number."""


def step_decay(base_lr: float, epoch: int, *, step_size: int, gamma: float = 0.1) -> float:
    """Return the rate of an epoch: it is multiplied by gamma every `step_size` epochs.

        base_lr * gamma^k          k: how many times step_size epochs have passed

    Parameters
    ----------
    base_lr : float
    epoch : int
        From 0.
    step_size : int
    gamma : float

    Returns
    -------
    lr : float

    Examples
    --------
    >>> [step_decay(1.0, epoch, step_size=2, gamma=0.5) for epoch in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    ### BEGIN SOLUTION
    return base_lr * gamma ** (epoch // step_size)
    ### END SOLUTION


def cosine_with_warmup(base_lr: float, step: int, *, warmup_steps: int, total_steps: int, min_lr: float = 0.0) -> float:
    """Return the rate of a step: up along a line, then down along half a cosine.

        base_lr * (step + 1) / warmup_steps                                    for the first warmup_steps steps
        min_lr + (base_lr - min_lr) * (1 + cos(pi * p)) / 2                    after them

    with p = (step - warmup_steps) / (total_steps - warmup_steps), the share of the way down. The first step learns
    already, and after `total_steps` the rate stays at `min_lr`.

    Parameters
    ----------
    base_lr : float
    step : int
        From 0.
    warmup_steps : int
        May be 0: no warm-up.
    total_steps : int
    min_lr : float

    Returns
    -------
    lr : float

    Raises
    ------
    ValueError
        `total_steps` is not larger than `warmup_steps`.

    Examples
    --------
    >>> [round(cosine_with_warmup(0.8, step, warmup_steps=2, total_steps=6), 4) for step in range(8)]
    [0.4, 0.8, 0.8, 0.6828, 0.4, 0.1172, 0.0, 0.0]
    """
    ### BEGIN SOLUTION
    if total_steps <= warmup_steps:
        raise ValueError(f"total_steps must be larger than warmup_steps, but {total_steps} <= {warmup_steps}")
    if step < warmup_steps:
        return base_lr * (step + 1) / warmup_steps
    passed = min((step - warmup_steps) / (total_steps - warmup_steps), 1)
    return min_lr + (base_lr - min_lr) * (1 + math.cos(math.pi * passed)) / 2
    ### END SOLUTION


def backtracking(
    f: Function,
    x: Float[Array, "..."],
    grad: Float[Array, "..."],
    *,
    lr: float = 1.0,
    shrink: float = 0.5,
    slope: float = 1e-4,
) -> tuple[Float[Array, "..."], float]:
    """Take a step down the gradient, as large as brings what it promises.

    Begin with `lr`. As long as the step does not satisfy Armijo's condition, multiply the rate by `shrink`:

        f(x - lr * grad) <= f(x) - slope * lr * |grad|^2

    The right side is a share of what a straight slope would bring. A value that is not a number does not satisfy it.

    Parameters
    ----------
    f : callable
        Takes an array in the shape of `x`, returns one number.
    x, grad : ndarray
        Where, and the gradient there.
    lr, shrink, slope : float

    Returns
    -------
    x : ndarray
        The new place.
    lr : float
        The rate that was accepted: the first one to satisfy the condition.

    References
    ----------
    Armijo (1966); Nocedal, Wright (2006), Numerical optimization, algorithm 3.1.

    Examples
    --------
    On the bowl 3 x^2 at x = 1, rates of 1 and 0.5 step too far: from 1 to -5, and to -2.

    >>> backtracking(lambda x: float(3 * x @ x), np.array([1.0]), np.array([6.0]))
    (array([-0.5]), 0.25)
    """
    ### BEGIN SOLUTION
    before, promised = f(x), slope * float(np.sum(grad**2))
    while not f(x - lr * grad) <= before - lr * promised:
        lr *= shrink
    return x - lr * grad, lr
    ### END SOLUTION
