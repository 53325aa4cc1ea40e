"""Rules that turn a gradient into a step: six optimizers, from momentum to AdamW.

All take a list of parameters and the list of their gradients, and do the same with each pair: below, theta is one
parameter and g its gradient. What a rule remembers from step to step is its state, a dictionary of lists with one array
per parameter. The first step begins with an empty dictionary. With wd the weight decay, all but AdamW begin with

    g <- g + wd * theta

Nothing is changed in place: parameters and state are returned anew, in the dtype of the parameters.

References
----------
Polyak (1964), Some methods of speeding up the convergence of iteration methods.
Duchi, Hazan, Singer (2011), Adaptive subgradient methods for online learning and stochastic optimization.
Tieleman, Hinton (2012), Lecture 6.5: divide the gradient by a running average of its recent magnitude.
Zeiler (2012), ADADELTA: an adaptive learning rate method.
Kingma, Ba (2015), Adam: a method for stochastic optimization.
Loshchilov, Hutter (2019), Decoupled weight decay regularization.
"""

from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

State = dict[str, Any]
"""What an optimizer remembers: lists of arrays, one per parameter, and perhaps the number of steps."""


def decayed(
    params: list[Float[Array, "..."]], grads: list[Float[Array, "..."]], weight_decay: float
) -> list[Float[Array, "..."]]:
    """Return the gradients of the loss plus wd / 2 times the sum of the squared parameters. Ready-made."""
    return [grad + weight_decay * param for param, grad in zip(params, grads, strict=True)]


def zeros_of(params: list[Float[Array, "..."]]) -> list[Float[Array, "..."]]:
    """Return a new array of zeros for each parameter. Ready-made."""
    return [np.zeros_like(param) for param in params]


def sgd_update(
    params: list[Float[Array, "..."]],
    grads: list[Float[Array, "..."]],
    state: State,
    *,
    lr: float,
    momentum: float = 0.0,
    dampening: float = 0.0,
    weight_decay: float = 0.0,
    nesterov: bool = False,
) -> tuple[list[Float[Array, "..."]], State]:
    """Take a step of gradient descent, with momentum mu and dampening d if they are given.

        b <- mu * b + (1 - d) * g          the first time: b <- g
        theta <- theta - lr * b            with Nesterov: theta <- theta - lr * (g + mu * b)

    Without momentum, the step is lr * g. The first buffer is the gradient itself: it is not dampened.

    Parameters
    ----------
    params, grads : list of ndarray
        The parameters, and their gradients in the same shapes.
    state : dict
        From the step before; empty at first.
    lr : float
        The learning rate.
    momentum, dampening, weight_decay : float
    nesterov : bool
        Look ahead: step along the gradient plus what momentum will add next.

    Returns
    -------
    params : list of ndarray
    state : dict
        ``"momentum_buffers"`` with every b; empty without momentum.

    Raises
    ------
    ValueError
        Nesterov's step is asked for without momentum, or with dampening.

    References
    ----------
    Polyak (1964); Sutskever, Martens, Dahl, Hinton (2013), section 2.

    Examples
    --------
    >>> params, state = sgd_update([np.array([1.0, 2.0])], [np.array([4.0, -2.0])], {}, lr=0.5, momentum=0.5)
    >>> params, state
    ([array([-1.,  3.])], {'momentum_buffers': [array([ 4., -2.])]})
    >>> sgd_update(params, [np.array([2.0, 2.0])], state, lr=0.5, momentum=0.5)
    ([array([-3. ,  2.5])], {'momentum_buffers': [array([4., 1.])]})
    """
    ### BEGIN SOLUTION
    if nesterov and (momentum <= 0 or dampening != 0):
        raise ValueError("Nesterov's step needs a momentum, and no dampening")
    steps, buffers = decayed(params, grads, weight_decay), []
    if momentum != 0:
        buffers = steps
        if state:
            pairs = zip(state["momentum_buffers"], steps, strict=True)
            buffers = [momentum * buffer + (1 - dampening) * grad for buffer, grad in pairs]
        ahead = [grad + momentum * buffer for grad, buffer in zip(steps, buffers, strict=True)]
        steps = ahead if nesterov else buffers
    new_params = [param - lr * step for param, step in zip(params, steps, strict=True)]
    return new_params, {"momentum_buffers": buffers} if buffers else {}
    ### END SOLUTION


def adagrad_update(
    params: list[Float[Array, "..."]],
    grads: list[Float[Array, "..."]],
    state: State,
    *,
    lr: float = 1e-2,
    lr_decay: float = 0.0,
    weight_decay: float = 0.0,
    initial_accumulator_value: float = 0.0,
    eps: float = 1e-10,
) -> tuple[list[Float[Array, "..."]], State]:
    """Take a step of AdaGrad: each parameter divides by the root of all its squared gradients so far.

        s <- s + g^2
        theta <- theta - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)

    t counts the steps, from 1. A parameter with large gradients gets a small rate, and all rates fall.

    Parameters
    ----------
    params, grads : list of ndarray
    state : dict
    lr, lr_decay, weight_decay : float
    initial_accumulator_value : float
        Every number of s before the first step.
    eps : float

    Returns
    -------
    params : list of ndarray
    state : dict
        ``"step"``, how many steps have been taken, and ``"sums"`` with every s.

    References
    ----------
    Duchi, Hazan, Singer (2011), section 1.1, with a diagonal matrix.

    Examples
    --------
    >>> params, state = adagrad_update([np.array([1.0, 2.0])], [np.array([3.0, -0.5])], {}, lr=0.5)
    >>> params, state
    ([array([0.5, 2.5])], {'step': 1, 'sums': [array([9.  , 0.25])]})
    >>> adagrad_update(params, [np.array([4.0, 0.0])], state, lr=0.5)
    ([array([0.1, 2.5])], {'step': 2, 'sums': [array([25.  ,  0.25])]})
    """
    ### BEGIN SOLUTION
    grads = decayed(params, grads, weight_decay)
    before = state.get("sums", [np.full_like(param, initial_accumulator_value) for param in params])
    sums = [s + grad**2 for s, grad in zip(before, grads, strict=True)]
    step = state.get("step", 0) + 1
    rate = lr / (1 + (step - 1) * lr_decay)
    new_params = [p - rate * g / (np.sqrt(s) + eps) for p, g, s in zip(params, grads, sums, strict=True)]
    return new_params, {"step": step, "sums": sums}
    ### END SOLUTION


def rmsprop_update(
    params: list[Float[Array, "..."]],
    grads: list[Float[Array, "..."]],
    state: State,
    *,
    lr: float = 1e-2,
    alpha: float = 0.99,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    momentum: float = 0.0,
    centered: bool = False,
) -> tuple[list[Float[Array, "..."]], State]:
    """Take a step of RMSProp: AdaGrad that forgets, by a running mean of squares in the place of their sum.

        v <- alpha * v + (1 - alpha) * g^2
        u <- g / (sqrt(v) + eps)                  centered: u <- g / (sqrt(v - m^2) + eps)
        theta <- theta - lr * u                   with momentum: b <- mu * b + u, theta <- theta - lr * b

    Centered, it keeps a running mean of the gradients too, m <- alpha * m + (1 - alpha) * g, so that v - m^2 is a
    variance. v, m and b begin with zeros.

    Parameters
    ----------
    params, grads : list of ndarray
    state : dict
    lr, alpha, eps, weight_decay, momentum : float
    centered : bool

    Returns
    -------
    params : list of ndarray
    state : dict
        ``"square_averages"`` with every v; ``"gradient_averages"`` with every m if it is centered;
        ``"momentum_buffers"`` with every b if there is momentum.

    References
    ----------
    Tieleman, Hinton (2012), slide 29; Graves (2013), equations 38 to 41, for the centered kind.

    Examples
    --------
    >>> options = {"lr": 0.5, "alpha": 0.75, "eps": 0.0}
    >>> params, state = rmsprop_update([np.array([1.0, 2.0])], [np.array([4.0, -2.0])], {}, **options)
    >>> params, state
    ([array([0., 3.])], {'square_averages': [array([4., 1.])]})
    >>> rmsprop_update(params, [np.array([2.0, 1.0])], state, **options)
    ([array([-0.5,  2.5])], {'square_averages': [array([4., 1.])]})
    """
    ### BEGIN SOLUTION
    grads, zeros = decayed(params, grads, weight_decay), zeros_of(params)
    squares = _averaged(state.get("square_averages", zeros), [grad**2 for grad in grads], alpha)
    new_state = {"square_averages": squares}
    variances = squares
    if centered:
        means = _averaged(state.get("gradient_averages", zeros), grads, alpha)
        new_state["gradient_averages"] = means
        variances = [square - mean**2 for square, mean in zip(squares, means, strict=True)]
    steps = [grad / (np.sqrt(variance) + eps) for grad, variance in zip(grads, variances, strict=True)]
    if momentum > 0:
        buffers = state.get("momentum_buffers", zeros)
        steps = [momentum * buffer + step for buffer, step in zip(buffers, steps, strict=True)]
        new_state["momentum_buffers"] = steps
    return [param - lr * step for param, step in zip(params, steps, strict=True)], new_state
    ### END SOLUTION


def adadelta_update(
    params: list[Float[Array, "..."]],
    grads: list[Float[Array, "..."]],
    state: State,
    *,
    lr: float = 1.0,
    rho: float = 0.9,
    eps: float = 1e-6,
    weight_decay: float = 0.0,
) -> tuple[list[Float[Array, "..."]], State]:
    """Take a step of AdaDelta: the size of a step follows from the sizes of the steps before it.

        v <- rho * v + (1 - rho) * g^2
        u <- sqrt(a + eps) / sqrt(v + eps) * g
        a <- rho * a + (1 - rho) * u^2
        theta <- theta - lr * u

    A step has the unit of the parameter, as it should, and no rate needs to be chosen. Both means begin with zeros.
    The step uses the mean a of the steps *before* it.

    Parameters
    ----------
    params, grads : list of ndarray
    state : dict
    lr, rho, eps, weight_decay : float

    Returns
    -------
    params : list of ndarray
    state : dict
        ``"square_averages"`` with every v, ``"squared_steps"`` with every a.

    References
    ----------
    Zeiler (2012), algorithm 1.

    Examples
    --------
    >>> params, state = adadelta_update([np.array([1.0])], [np.array([4.0])], {}, rho=0.5, eps=1.0)
    >>> u = 1 / 3 * 4
    >>> params[0].round(4), state["square_averages"], state["squared_steps"][0].round(4)
    (array([-0.3333]), [array([8.])], array([0.8889]))
    """
    ### BEGIN SOLUTION
    grads, zeros = decayed(params, grads, weight_decay), zeros_of(params)
    squares = _averaged(state.get("square_averages", zeros), [grad**2 for grad in grads], rho)
    before = state.get("squared_steps", zeros)
    steps = [np.sqrt(a + eps) / np.sqrt(v + eps) * g for a, v, g in zip(before, squares, grads, strict=True)]
    new_params = [param - lr * step for param, step in zip(params, steps, strict=True)]
    squared_steps = _averaged(before, [step**2 for step in steps], rho)
    return new_params, {"square_averages": squares, "squared_steps": squared_steps}
    ### END SOLUTION


def adam_update(
    params: list[Float[Array, "..."]],
    grads: list[Float[Array, "..."]],
    state: State,
    *,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
) -> tuple[list[Float[Array, "..."]], State]:
    """Take a step of Adam: momentum over RMSProp, both corrected for having begun with zeros.

        m <- beta1 * m + (1 - beta1) * g          m_hat = m / (1 - beta1^t)
        v <- beta2 * v + (1 - beta2) * g^2        v_hat = v / (1 - beta2^t)
        theta <- theta - lr * m_hat / (sqrt(v_hat) + eps)

    t counts the steps, from 1. The state holds m and v themselves, not the corrected ones.

    Parameters
    ----------
    params, grads : list of ndarray
    state : dict
    lr : float
    betas : pair of float
        How much of m and of v is kept.
    eps, weight_decay : float

    Returns
    -------
    params : list of ndarray
    state : dict
        ``"step"``, how many steps have been taken, ``"averages"`` with every m, ``"square_averages"`` with every v.

    References
    ----------
    Kingma, Ba (2015), algorithm 1.

    Examples
    --------
    The first step has the length lr in each coordinate, however large the gradient is:

    >>> params, state = adam_update([np.array([1.0, 2.0])], [np.array([8.0, -2.0])], {}, lr=0.5, betas=(0.5, 0.75))
    >>> params, state
    ([array([0.5, 2.5])], {'step': 1, 'averages': [array([ 4., -1.])], 'square_averages': [array([16.,  1.])]})
    """
    ### BEGIN SOLUTION
    grads, zeros, (beta1, beta2) = decayed(params, grads, weight_decay), zeros_of(params), betas
    step = state.get("step", 0) + 1
    means = _averaged(state.get("averages", zeros), grads, beta1)
    squares = _averaged(state.get("square_averages", zeros), [grad**2 for grad in grads], beta2)
    new_params = [
        param - lr * (mean / (1 - beta1**step)) / (np.sqrt(square / (1 - beta2**step)) + eps)
        for param, mean, square in zip(params, means, squares, strict=True)
    ]
    return new_params, {"step": step, "averages": means, "square_averages": squares}
    ### END SOLUTION


def adamw_update(
    params: list[Float[Array, "..."]],
    grads: list[Float[Array, "..."]],
    state: State,
    *,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 1e-2,
) -> tuple[list[Float[Array, "..."]], State]:
    """Take a step of AdamW: the parameters decay by themselves, outside of Adam's means.

        theta <- theta - lr * wd * theta
        theta <- theta - lr * m_hat / (sqrt(v_hat) + eps)

    In Adam the decay is part of the gradient, and is divided by sqrt(v_hat) like everything else: parameters with
    large gradients hardly decay. Here all decay alike, and m and v know nothing of it.

    Parameters
    ----------
    params, grads : list of ndarray
    state : dict
    lr : float
    betas : pair of float
    eps, weight_decay : float

    Returns
    -------
    params : list of ndarray
    state : dict
        As from `adam_update`.

    References
    ----------
    Loshchilov, Hutter (2019), algorithm 2.

    Examples
    --------
    >>> options = {"lr": 0.5, "betas": (0.5, 0.75), "weight_decay": 0.5}
    >>> params, state = adamw_update([np.array([1.0, 2.0])], [np.array([8.0, -2.0])], {}, **options)
    >>> params, state["square_averages"]
    ([array([0.25, 2.  ])], [array([16.,  1.])])
    """
    ### BEGIN SOLUTION
    smaller = [(1 - lr * weight_decay) * param for param in params]
    return adam_update(smaller, grads, state, lr=lr, betas=betas, eps=eps)
    ### END SOLUTION


### BEGIN SOLUTION ONLY
def _averaged(
    averages: list[Float[Array, "..."]], values: list[Float[Array, "..."]], kept: float
) -> list[Float[Array, "..."]]:
    """Return running means: so much of the old ones is kept, the rest is new."""
    return [kept * average + (1 - kept) * value for average, value in zip(averages, values, strict=True)]


### END SOLUTION ONLY
