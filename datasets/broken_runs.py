"""Recorded trainings of a small network, most of them broken in one place: a look at the record must find it.

The network has two hidden layers of ReLUs. It learns one batch of points from ten clusters, again and again, which a
healthy network knows by heart after three hundred steps. A record is a dictionary:

    scores   (N, C)           what the network answers before its first step
    labels   (N,)             the right classes
    losses   list of float    the loss of the batch before every step
    before   list of arrays   all weights and biases before one of the steps
    after    list of arrays   the same after this step
    hidden   list of (N, M)   what the units of each hidden layer say at the end, after their ReLU
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array

WIDTHS, EXAMPLES, STEPS = (20, 32, 24, 10), 40, 300
LOOK = 2
"""The step before and after which weights and biases are written down."""

Record = dict[str, Any]
Layers = list[tuple[Array, Array]]


@dataclass(frozen=True)
class Fault:
    """What is done in a training; the defaults are healthy.

    Attributes
    ----------
    scores : float
        The factor on the last layer's first weights, which He's rule draws.
    rate : float
        The learning rate.
    dead : float
        The share of the first layer's units that have a bias far below 0.
    mixed : bool
        Whether the labels are shuffled before every step, and their examples are not.
    """

    scores: float = 0.2
    rate: float = 0.1
    dead: float = 0.0
    mixed: bool = False


FAULTS = {
    "healthy": Fault(),
    "scores too large": Fault(scores=4.0),
    "labels shuffled alone": Fault(mixed=True),
    "rate too small": Fault(rate=1e-6),
    "rate too large": Fault(rate=6.0),
    "biases far below 0": Fault(dead=0.65),
}
"""Trainings by what is wrong with them."""


def record_run(rng: np.random.Generator, name: str) -> Record:
    """Train a network on one batch, with a fault, and return the record.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where points, first weights and the order of shuffled labels come from.
    name : str
        One of `FAULTS`.

    Returns
    -------
    record : dict
        See above.

    Raises
    ------
    ValueError
        There is no such fault.

    Examples
    --------
    >>> record = record_run(np.random.default_rng(0), "healthy")
    >>> record["scores"].shape, record["losses"][0] > 2, record["losses"][-1] < 0.1
    ((40, 10), True, True)
    """
    if name not in FAULTS:
        raise ValueError(f"there is no fault {name!r}: choose one of {', '.join(FAULTS)}")
    fault = FAULTS[name]
    x, labels = _clusters(rng)
    layers = _first_layers(rng, fault)
    with np.errstate(all="ignore"):  # a training that diverges computes with infinities
        record: Record = {"scores": _forward(x, layers)[-1], "labels": labels, "losses": []}
        for step in range(STEPS):
            shown = rng.permutation(labels) if fault.mixed else labels
            after, loss = _step(x, shown, layers, fault.rate)
            if step == LOOK:
                record |= {"before": _flat(layers), "after": _flat(after)}
            record["losses"].append(loss)
            layers = after
        return record | {"hidden": _forward(x, layers)[1:-1]}


def _clusters(rng: np.random.Generator) -> tuple[Float[Array, "N D"], Int[Array, "N"]]:
    """Draw points from as many clusters as there are classes."""
    labels = rng.permutation(np.arange(EXAMPLES) % WIDTHS[-1])
    centres = rng.normal(size=(WIDTHS[-1], WIDTHS[0]))
    return centres[labels] + 0.5 * rng.normal(size=(EXAMPLES, WIDTHS[0])), labels


def _first_layers(rng: np.random.Generator, fault: Fault) -> Layers:
    """Draw weights by He's rule, and biases of 0 but where units are to be dead."""
    layers = [
        (rng.normal(0, np.sqrt(2 / fan_in), (fan_out, fan_in)), np.zeros(fan_out))
        for fan_in, fan_out in pairwise(WIDTHS)
    ]
    layers[0][1][: int(fault.dead * WIDTHS[1])] = -30.0
    layers[-1] = layers[-1][0] * fault.scores, layers[-1][1]
    return layers


def _forward(x: Float[Array, "N D"], layers: Layers) -> list[Float[Array, "N M"]]:
    """Return the input, what every hidden layer says, and the scores."""
    outs = [x]
    for weight, bias in layers[:-1]:
        outs.append(np.maximum(outs[-1] @ weight.T + bias, 0))
    weight, bias = layers[-1]
    return [*outs, outs[-1] @ weight.T + bias]


def _step(x: Float[Array, "N D"], labels: Int[Array, "N"], layers: Layers, rate: float) -> tuple[Layers, float]:
    """Take a step of gradient descent; return the layers after it, and the loss before it."""
    *outs, scores = _forward(x, layers)
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    right = np.arange(len(labels)), labels
    dout = np.exp(log_probabilities)
    dout[right] -= 1
    dout /= len(labels)
    stepped = []
    for (weight, bias), out in zip(layers[::-1], outs[::-1], strict=True):
        stepped.append((weight - rate * dout.T @ out, bias - rate * dout.sum(axis=0)))
        dout = dout @ weight * (out > 0)
    return stepped[::-1], float(-log_probabilities[right].mean())


def _flat(layers: Layers) -> list[Array]:
    """Return weights and biases as one list."""
    return [array for layer in layers for array in layer]
