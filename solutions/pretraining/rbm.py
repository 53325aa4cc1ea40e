"""A restricted Boltzmann machine: two layers of units that are 0 or 1, with weights between them and none within.

It gives every state an energy, and states of low energy are likely:

    E(v, h) = -bias_visible . v - bias_hidden . h - h @ weight @ v          P(v, h) = exp(-E(v, h)) / Z

Given one layer, the units of the other are independent of each other: a probability each, and a coin toss. The sum Z
over all states is out of reach, and with it the probability of an example. Its gradient is a difference of two means,
one over the data, one over what the machine itself dreams of; contrastive divergence lets it dream for one step only.

References
----------
Smolensky (1986), Information processing in dynamical systems: foundations of harmony theory.
Hinton (2002), Training products of experts by minimizing contrastive divergence.
Hinton (2010), A practical guide to training restricted Boltzmann machines.
"""

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

from .autoencoder import sigmoid


def rbm_hidden(
    v: Float[Array, "N D"], weight: Float[Array, "M D"], bias_hidden: Float[Array, "M"]
) -> Float[Array, "N M"]:
    """Return the probabilities that the hidden units are 1, given the visible ones.

        P(h_j = 1 | v) = sigmoid(bias_hidden_j + weight_j . v)

    Parameters
    ----------
    v : ndarray
        Visible units: 0 or 1, or probabilities.
    weight, bias_hidden : ndarray

    Returns
    -------
    probabilities : ndarray

    Examples
    --------
    >>> rbm_hidden(np.array([[1.0, 0.0]]), np.log([[3.0, 5.0]]), np.zeros(1))
    array([[0.75]])
    """
    ### BEGIN SOLUTION
    return sigmoid(v @ weight.T + bias_hidden)
    ### END SOLUTION


def rbm_visible(
    h: Float[Array, "N M"], weight: Float[Array, "M D"], bias_visible: Float[Array, "D"]
) -> Float[Array, "N D"]:
    """Return the probabilities that the visible units are 1, given the hidden ones.

        P(v_i = 1 | h) = sigmoid(bias_visible_i + sum over j of  h_j * weight_ji)

    Parameters
    ----------
    h : ndarray
        Hidden units: 0 or 1, or probabilities.
    weight, bias_visible : ndarray

    Returns
    -------
    probabilities : ndarray

    Examples
    --------
    >>> rbm_visible(np.array([[1.0]]), np.log([[3.0, 9.0]]), np.zeros(2))
    array([[0.75, 0.9 ]])
    """
    ### BEGIN SOLUTION
    return sigmoid(h @ weight + bias_visible)
    ### END SOLUTION


def free_energy(
    v: Float[Array, "N D"],
    weight: Float[Array, "M D"],
    bias_visible: Float[Array, "D"],
    bias_hidden: Float[Array, "M"],
) -> Float[Array, "N"]:
    """Return the free energy of every example: of all hidden states together.

        F(v) = -log of the sum over all h of exp(-E(v, h))
             = -bias_visible . v - sum over j of  log(1 + exp(bias_hidden_j + weight_j . v))

    P(v) = exp(-F(v)) / Z: what is likely has a low free energy. Differences between examples need no Z.

    Parameters
    ----------
    v, weight, bias_visible, bias_hidden : ndarray

    Returns
    -------
    energies : ndarray
        One number per example, finite for sums of ten thousand as well.

    References
    ----------
    Hinton (2010), section 16.1.

    Examples
    --------
    Two hidden states of energy 0: minus the logarithm of 2.

    >>> free_energy(np.ones((1, 2)), np.zeros((1, 2)), np.zeros(2), np.zeros(1)).round(3)
    array([-0.693])
    """
    ### BEGIN SOLUTION
    return -v @ bias_visible - np.logaddexp(0, v @ weight.T + bias_hidden).sum(axis=1)
    ### END SOLUTION


def contrastive_divergence(
    v: Float[Array, "N D"],
    weight: Float[Array, "M D"],
    bias_visible: Float[Array, "D"],
    bias_hidden: Float[Array, "M"],
    rng: np.random.Generator,
    *,
    k: int = 1,
) -> tuple[Float[Array, "M D"], Float[Array, "D"], Float[Array, "M"]]:
    """Estimate the gradient of the mean negative log-likelihood by k steps of Gibbs sampling from the data.

    Each step draws the hidden units, 0 or 1, from their probabilities given v, and then the visible units, 0 or 1, from
    theirs given the drawn hidden ones. With v' the visible units after k steps, and p(v) = P(h = 1 | v):

        dweight = mean of  p(v') v'^T - p(v) v^T          dbias_visible = mean of  v' - v
        dbias_hidden = mean of  p(v') - p(v)

    In these formulas stand probabilities of the hidden units, not draws: they have less noise. The gradients are those
    of a loss: subtract them.

    Parameters
    ----------
    v : ndarray
        The data: 0 or 1, or probabilities.
    weight, bias_visible, bias_hidden : ndarray
    rng : numpy.random.Generator
        The only source of random numbers.
    k : int
        How many steps, at least 1.

    Returns
    -------
    dweight, dbias_visible, dbias_hidden : ndarray
        New arrays in the dtype of `v`.

    References
    ----------
    Hinton (2002), section 3; Hinton (2010), section 3.

    Examples
    --------
    Biases of 100 leave nothing to chance: v' is 1, 1, whatever v is.

    >>> v, rng = np.array([[0.0, 1.0]]), np.random.default_rng(0)
    >>> contrastive_divergence(v, np.zeros((1, 2)), np.full(2, 100.0), np.zeros(1), rng)
    (array([[0.5, 0. ]]), array([1., 0.]), array([0.]))
    """
    ### BEGIN SOLUTION
    data, seen = rbm_hidden(v, weight, bias_hidden), v
    model = data
    for _ in range(k):
        hidden = (rng.random(model.shape) < model).astype(v.dtype)
        chances = rbm_visible(hidden, weight, bias_visible)
        seen = (rng.random(chances.shape) < chances).astype(v.dtype)
        model = rbm_hidden(seen, weight, bias_hidden)
    count = len(v)
    return (model.T @ seen - data.T @ v) / count, (seen - v).mean(axis=0), (model - data).mean(axis=0)
    ### END SOLUTION


def train_rbm(
    x: Float[Array, "N D"],
    hidden: int,
    rng: np.random.Generator,
    *,
    epochs: int,
    lr: float = 0.1,
    momentum: float = 0.5,
    batch_size: int = 32,
) -> tuple[Float[Array, "M D"], Float[Array, "D"], Float[Array, "M"]]:
    """Train a machine from small random weights by CD-1.

    The weights begin as normal numbers with mean 0 and standard deviation 0.01, both biases as 0. In every epoch all
    examples are taken once, in an order that is drawn anew, in batches; the last batch may be smaller. For each
    parameter and its gradient g:

        velocity <- momentum * velocity - lr * g          parameter <- parameter + velocity

    Parameters
    ----------
    x : ndarray
        The data, from 0 to 1.
    hidden : int
        How many hidden units.
    rng : numpy.random.Generator
        For the first weights, the orders and the draws.
    epochs : int
    lr, momentum : float
    batch_size : int

    Returns
    -------
    weight, bias_visible, bias_hidden : ndarray
        In the dtype of `x`.

    References
    ----------
    Hinton (2010), sections 4 to 9.

    Examples
    --------
    >>> x = np.tile(np.array([[1.0, 1, 0, 0], [0, 0, 1, 1]]), (32, 1))
    >>> weight, bias_visible, bias_hidden = train_rbm(x, 3, np.random.default_rng(0), epochs=300)
    >>> learned, other = free_energy(np.array([[1.0, 1, 0, 0], [1, 0, 0, 1]]), weight, bias_visible, bias_hidden)
    >>> bool(learned < other - 2)
    True
    """
    ### BEGIN SOLUTION
    params = [(rng.normal(size=(hidden, x.shape[1])) * 0.01).astype(x.dtype)]
    params += [np.zeros(x.shape[1], x.dtype), np.zeros(hidden, x.dtype)]
    velocities = [np.zeros_like(param) for param in params]
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), batch_size):
            grads = contrastive_divergence(x[order[start : start + batch_size]], *params, rng)
            velocities = [momentum * old - lr * grad for old, grad in zip(velocities, grads, strict=True)]
            params = [param + velocity for param, velocity in zip(params, velocities, strict=True)]
    weight, bias_visible, bias_hidden = params
    return weight, bias_visible, bias_hidden
    ### END SOLUTION
