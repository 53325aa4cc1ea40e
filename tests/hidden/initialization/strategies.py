"""Cases for the initialization unit: hypothesis draws sizes, options and a seed; the arrays follow from the seed.

The widths of a network are pairwise different, and so are the axes of a shape: a transposed answer does not fit.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**32 - 1)
NONLINEARITIES = ("linear", "conv1d", "conv2d", "conv3d", "sigmoid", "tanh", "selu", "relu", "leaky_relu")


@dataclass(frozen=True)
class HeCase:
    """A shape, and everything that He's rule depends on."""

    shape: tuple[int, ...]
    options: dict[str, Any]


@dataclass(frozen=True)
class NetworkCase:
    """A batch, the weights of all layers, and an upstream gradient for the output."""

    x: np.ndarray
    weights: list[np.ndarray]
    dout: np.ndarray
    labels: np.ndarray
    lr: float


@dataclass(frozen=True)
class UnitsCase:
    """A layer in which some units are copies of others, up to rounding."""

    weight: np.ndarray
    distinct: int


@st.composite
def shapes(draw: Any, *, axes: tuple[int, int] = (2, 5)) -> tuple[int, ...]:
    """Draw a shape of a linear layer or a convolution, all axes different."""
    count = draw(st.integers(*axes))
    return tuple(draw(st.permutations([3, 4, 5, 7, 2]))[:count])


@st.composite
def he_cases(draw: Any) -> HeCase:
    """Draw a shape, a mode, a nonlinearity and a slope."""
    mode, nonlinearity = draw(st.sampled_from(("fan_in", "fan_out"))), draw(st.sampled_from(NONLINEARITIES))
    return HeCase(draw(shapes()), {"a": draw(st.floats(0.1, 2.0)), "mode": mode, "nonlinearity": nonlinearity})


@st.composite
def network_cases(draw: Any, *, layers: tuple[int, int] = (2, 4)) -> NetworkCase:
    """Draw a network of different widths, with a batch and an upstream gradient."""
    rng, depth = np.random.default_rng(draw(SEEDS)), draw(st.integers(*layers))
    examples, *widths = (int(size) for size in rng.permutation(np.arange(3, 9))[: depth + 2])
    pairs = zip(widths[1:], widths[:-1], strict=True)
    return NetworkCase(
        rng.normal(size=(examples, widths[0])),
        [rng.normal(size=shape) for shape in pairs],
        rng.normal(size=(examples, widths[-1])),
        rng.integers(0, widths[-1], examples),
        float(rng.uniform(0.05, 0.5)),
    )


@st.composite
def units_cases(draw: Any) -> UnitsCase:
    """Draw a layer: some units, copies of them that differ by rounding, in random order and on any scale."""
    rng, distinct = np.random.default_rng(draw(SEEDS)), draw(st.integers(1, 5))
    units = rng.normal(size=(distinct, 6))
    units[:, 0] = units[0, 0]  # one weight in common does not make them equal
    rows = rng.permutation(np.arange(distinct + draw(st.integers(2, 5))) % distinct)
    weight = units[rows] * (1 + 1e-9 * rng.uniform(-1, 1, size=(len(rows), 6)))
    return UnitsCase(weight * draw(st.sampled_from((1e-9, 1.0, 1e9))), distinct)
