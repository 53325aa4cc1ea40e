"""Finding out why a network does not learn: four numbers to look at, and what they say about a training.

A program with a mistake in it stops, or gives an answer that is plainly wrong. A training with a mistake in it goes on,
and ends with a network that is somewhat worse. So one looks at what is known beforehand:

    first loss            a network that knows nothing pays log C, as if all C classes were equally likely
    one batch             a network that can learn at all knows a few examples by heart after some hundred steps
    update / weight       a step changes weights by about a thousandth; by a millionth it does nothing, by half too much
    dead units            a ReLU that is 0 for every example gets no gradient, and stays as it is

References
----------
Karpathy (2019), A recipe for training neural networks, sections 2 and 3 (first loss; overfit one batch).
Karpathy, Li, Johnson (2016), CS231n notes, "Neural networks part 3" (sanity checks; ratio of weights to updates).
Lu, Shin, Su, Karniadakis (2020), Dying ReLU and initialization: theory and numerical examples, section 1.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray as Array

from .network import softmax_cross_entropy

Step = Callable[[list[Array]], tuple[list[Array], float]]
"""Takes parameters; returns those after a step of training, and the loss before it."""

SIGNS = ("first loss", "one batch", "updates too small", "updates too large", "dead units")
"""What `diagnose` may say, in this order. Ready-made."""

FIRST_LOSS, LEARNED, SMALLEST_UPDATE, LARGEST_UPDATE, DEAD = 0.2, 0.1, 1e-5, 0.5, 0.5
"""From where on something is a sign; `diagnose` says of what. Ready-made."""


def first_loss(scores: Float[Array, "N C"], labels: Int[Array, "N"]) -> tuple[Float[Array, ""], float]:
    """Return the loss of a network before its first step, and what it should be.

    Parameters
    ----------
    scores : ndarray
        What the untrained network answers: one row per example, at least one.
    labels : ndarray
        The right classes.

    Returns
    -------
    loss : float
        The mean cross-entropy.
    expected : float
        That of a network which holds all C classes for equally likely, -log(1 / C).

    Examples
    --------
    >>> loss, expected = first_loss(np.array([[0.0, np.log(3), 0.0, np.log(3)]]), np.array([0]))
    >>> round(float(loss), 4), round(expected, 4)
    (2.0794, 1.3863)
    """
    raise NotImplementedError("dropout_batchnorm.first_loss")


def overfits_one_batch(
    step: Step, params: list[Float[Array, "..."]], *, target: float = LEARNED, max_steps: int = 300
) -> tuple[bool, list[float]]:
    """Train on one batch over and over; say whether the network learns it by heart.

    Training ends with the first loss that is not larger than `target`, with the first one that is infinite or NaN, or
    after `max_steps` steps.

    Parameters
    ----------
    step : callable
        Takes parameters, and returns those after a step and the loss before it. It always shows the same batch. It
        may change the arrays that it is given in place, and return the same ones.
    params : list of ndarray
        Where training starts. They stay as they are.
    target : float
        The loss that counts as learned by heart.
    max_steps : int
        How many steps there are at most, be it none.

    Returns
    -------
    learned : bool
        Whether a loss was not larger than `target`.
    losses : list of float
        The losses of all steps that were taken.

    Examples
    --------
    >>> given = iter([0.9, 0.4, 0.05, 0.01])
    >>> overfits_one_batch(lambda params: (params, next(given)), [np.zeros(1)])
    (True, [0.9, 0.4, 0.05])
    """
    raise NotImplementedError("dropout_batchnorm.overfits_one_batch")


def update_ratios(before: list[Float[Array, "..."]], after: list[Float[Array, "..."]]) -> Float[Array, "L"]:
    """Return by which share of its length a step has changed each of a network's weights.

        ratio = |after - before| / |before|          |w| is the root of the sum of all squares

    Parameters
    ----------
    before, after : list of ndarray
        All parameters before and after a step, in the same order. Those with one axis are biases and are left out.

    Returns
    -------
    ratios : ndarray
        One number per matrix or kernel, computed in float64 whatever they are in: 0 for zeros that stay zeros, infinity
        for zeros that have changed.

    Raises
    ------
    ValueError
        One list is longer than the other.

    Examples
    --------
    >>> update_ratios([np.array([[3.0, 4.0]]), np.array([6.0])], [np.array([[3.0, 4.5]]), np.array([7.0])])
    array([0.1])
    """
    raise NotImplementedError("dropout_batchnorm.update_ratios")


def dead_units(batches: list[Float[Array, "..."]]) -> Bool[Array, "M"]:
    """Return which units of a layer are 0 for every example.

    Parameters
    ----------
    batches : list of ndarray, shape (N, M)
        What the units say after their activation, for as many batches as one has looked at: one row per example, one
        column per unit. Batches may differ in size, and may be empty.

    Returns
    -------
    dead : ndarray of bool
        One per unit. A unit that says something negative, or NaN, is not dead.

    Raises
    ------
    ValueError
        There are no batches.

    Examples
    --------
    >>> dead_units([np.array([[0.0, 2.0, 0.0], [0.0, 0.0, 0.0]]), np.array([[0.0, 0.0, 1.0]])])
    array([ True, False, False])
    """
    raise NotImplementedError("dropout_batchnorm.dead_units")


def diagnose(record: Mapping[str, Any]) -> list[str]:
    """Name what looks wrong in the record of a training on one batch, as `datasets.broken_runs` makes it.

    - ``"first loss"``: the first loss is more than 20 % away from what it should be.
    - ``"one batch"``: the last loss is larger than 0.1.
    - ``"updates too small"``: a ratio of update and weight is smaller than 1e-5.
    - ``"updates too large"``: such a ratio is larger than 0.5.
    - ``"dead units"``: more than half of a hidden layer's units are dead.

    NaN is no good sign: a loss that is NaN counts as too far away and as too large, a ratio that is NaN as too large.

    Parameters
    ----------
    record : mapping
        ``"scores"`` and ``"labels"`` as for `first_loss`, ``"losses"`` by step, ``"before"`` and ``"after"`` as for
        `update_ratios`, and ``"hidden"``, a list with the (N, M) answers of each hidden layer.

    Returns
    -------
    signs : list of str
        Those of `SIGNS` that were seen, in this order.

    Examples
    --------
    >>> scores, labels = np.array([[0.0, 0.0]]), np.array([1])
    >>> weights, hidden = [np.array([[3.0, 4.0]])], [np.array([[0.0, 2.0, 0.0]])]
    >>> record = {"scores": scores, "labels": labels, "losses": [0.7, 0.6], "before": weights, "after": weights}
    >>> diagnose(record | {"hidden": hidden})
    ['one batch', 'updates too small', 'dead units']
    """
    raise NotImplementedError("dropout_batchnorm.diagnose")
