"""Cases for the pretraining unit: hypothesis draws sizes and a seed; the arrays follow from the seed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**32 - 1)
SIZES = ((5, 4, 3), (2, 3, 6), (4, 7, 2), (1, 2, 3), (3, 1, 2))


@dataclass(frozen=True)
class LayerCase:
    """A batch, hidden activities, weights, biases of both layers and an upstream gradient."""

    x: np.ndarray
    hidden: np.ndarray
    weight: np.ndarray
    bias: np.ndarray
    bias_out: np.ndarray
    dout: np.ndarray


def layer(rng: np.random.Generator, sizes: tuple[int, int, int] = (5, 4, 3), dtype: Any = np.float64) -> LayerCase:
    """Return a case of N examples, D inputs and M hidden units."""
    n, d, m = sizes
    arrays = (
        rng.uniform(size=(n, d)),
        rng.uniform(size=(n, m)),
        rng.normal(size=(m, d)),
        rng.normal(size=m),
        rng.normal(size=d),
        rng.normal(size=(n, d)),
    )
    return LayerCase(*(np.asarray(array, dtype) for array in arrays))


@st.composite
def layer_cases(draw: Any) -> LayerCase:
    """Draw sizes and arrays."""
    return layer(np.random.default_rng(draw(SEEDS)), draw(st.sampled_from(SIZES)))


@dataclass(frozen=True)
class GroupsCase:
    """Examples around some centres, and centres to begin with, the last of them far away from all examples."""

    x: np.ndarray
    centers: np.ndarray


def groups(rng: np.random.Generator, n: int = 23, d: int = 3, k: int = 4, dtype: Any = np.float64) -> GroupsCase:
    """Return examples in groups and centres."""
    middles = rng.normal(size=(k, d)) * 3
    x = middles[rng.integers(0, k, n)] + rng.normal(size=(n, d))
    return GroupsCase(np.asarray(x, dtype), np.asarray(rng.normal(size=(k, d)) * 3, dtype))


@st.composite
def groups_cases(draw: Any) -> GroupsCase:
    """Draw sizes, examples and centres."""
    n, d, k = draw(st.sampled_from(((23, 3, 4), (12, 2, 5), (9, 4, 2), (7, 1, 3))))
    return groups(np.random.default_rng(draw(SEEDS)), n, d, k)
