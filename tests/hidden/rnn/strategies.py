"""Cases for the recurrent unit: small sizes, no two alike, states and upstream gradients that are never zero.

A strategy draws sizes and a seed; the numbers then come from the seed.
"""

from dataclasses import dataclass, replace

import hypothesis.strategies as st
import numpy as np
from numpy import ndarray as Array

SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.sampled_from([(3, 2, 4, 5), (5, 3, 2, 4), (4, 2, 5, 3), (6, 5, 3, 2)])  # T, N, D, M
FEW = ((1, 1, 3, 2), (1, 0, 3, 2), (4, 0, 3, 2))  # one step of one sequence; no sequences
STATES = {"rnn": 1, "lstm": 2, "gru": 1}
BLOCKS = {"rnn": 1, "lstm": 4, "gru": 3}


@dataclass(frozen=True)
class RecurrentCase:
    """Sequences, states, weights, and upstream gradients for the outputs and for every last state."""

    x: Array
    state: tuple[Array, ...]
    weights: tuple[Array, Array, Array, Array]
    dout: Array
    dstate: tuple[Array, ...]

    @property
    def arguments(self) -> tuple[Array, ...]:
        """What a forward function over sequences takes."""
        return (self.x, *self.state, *self.weights)

    @property
    def step(self) -> tuple[Array, ...]:
        """What a step takes."""
        return (self.x[0], *self.state, *self.weights)


@dataclass(frozen=True)
class ModelCase:
    """A whole model: a cell's case, an output layer, targets of which some are missing, gradients of the scores."""

    cell: str
    x: Array
    state: tuple[Array, ...]
    params: dict[str, Array]
    targets: Array
    dscores: Array


def recurrent_case(
    rng: np.random.Generator, cell: str, sizes: tuple[int, int, int, int], dtype: type = np.float64
) -> RecurrentCase:
    """Draw a case of given sizes T, N, D and M."""
    steps, batch, features, hidden = sizes
    rows = BLOCKS[cell] * hidden

    def drawn(*shape: int) -> Array:
        return (0.7 * rng.normal(size=shape)).astype(dtype)

    return RecurrentCase(
        x=drawn(steps, batch, features),
        state=tuple(drawn(batch, hidden) for _ in range(STATES[cell])),
        weights=(drawn(rows, features), drawn(rows, hidden), drawn(rows), drawn(rows)),
        dout=drawn(steps, batch, hidden),
        dstate=tuple(drawn(batch, hidden) for _ in range(STATES[cell])),
    )


def saturated(case: RecurrentCase) -> RecurrentCase:
    """Return the case with biases of about ten thousand: every unit and every gate is far at one of its ends."""
    weight_ih, weight_hh, bias_ih, bias_hh = case.weights
    return replace(case, weights=(weight_ih, weight_hh, 1e4 * bias_ih, bias_hh))


@st.composite
def recurrent_cases(draw: st.DrawFn, cell: str) -> RecurrentCase:
    """Draw sequences for a cell."""
    return recurrent_case(np.random.default_rng(draw(SEEDS)), cell, draw(SIZES))


@st.composite
def model_cases(draw: st.DrawFn, cells: tuple[str, ...] = ("rnn", "lstm", "gru")) -> ModelCase:
    """Draw a model with one of the cells."""
    cell, sizes = draw(st.sampled_from(cells)), draw(SIZES)
    return model_case(np.random.default_rng(draw(SEEDS)), cell, sizes)


def model_case(rng: np.random.Generator, cell: str, sizes: tuple[int, int, int, int]) -> ModelCase:
    """Draw a model of given sizes with M + 2 classes."""
    case = recurrent_case(rng, cell, sizes)
    steps, batch, _, hidden = sizes
    classes = hidden + 2
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    params = dict(zip(names, case.weights, strict=True))
    params |= {"weight_out": rng.normal(size=(classes, hidden)), "bias_out": rng.normal(size=classes)}
    targets = rng.integers(0, classes, (steps, batch))
    if targets.size:
        targets[rng.integers(0, steps), rng.integers(0, batch)] = -100
    return ModelCase(cell, case.x, case.state, params, targets, rng.normal(size=(steps, batch, classes)))


@st.composite
def scored_cases(draw: st.DrawFn) -> tuple[Array, Array]:
    """Draw scores (T, N, C) and targets of which about a third are missing, never all."""
    steps, batch, classes = draw(st.sampled_from([(4, 3, 5), (2, 5, 3), (5, 2, 4), (3, 4, 2)]))
    rng = np.random.default_rng(draw(SEEDS))
    targets = rng.integers(0, classes, (steps, batch))
    targets[rng.random((steps, batch)) < 0.35] = -100
    targets[-1, 0], targets[0, -1] = classes - 1, -100
    return 2 * rng.normal(size=(steps, batch, classes)), targets
