"""Cases for the activations unit: hypothesis draws shapes, options and a seed; the arrays follow from the seed.

Sizes of different axes differ, so that a sum along the wrong one has the wrong shape. Every moderate array holds a
zero, the corner of the piecewise functions.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = ((7,), (4, 3), (3, 5), (2, 4, 3), (3, 1, 5))


@dataclass(frozen=True)
class ArrayCase:
    """An input and an upstream gradient."""

    x: np.ndarray
    dout: np.ndarray


@dataclass(frozen=True)
class SlopesCase:
    """An input of N examples with C channels, PReLU's slopes, and an upstream gradient."""

    x: np.ndarray
    weight: np.ndarray
    dout: np.ndarray


@dataclass(frozen=True)
class DeepCase:
    """A batch, one weight matrix per layer, and an upstream gradient."""

    x: np.ndarray
    weights: list[np.ndarray]
    dout: np.ndarray


@st.composite
def array_cases(draw: Any) -> ArrayCase:
    """Draw moderate numbers, one zero and at least one of either sign among them."""
    shape, rng = draw(st.sampled_from(SHAPES)), np.random.default_rng(draw(SEEDS))
    x = 1.5 * rng.normal(size=shape)
    x.flat[rng.permutation(x.size)[:3]] = 0.0, rng.uniform(0.3, 2), -rng.uniform(0.3, 2)
    return ArrayCase(x, rng.normal(size=shape))


@st.composite
def large_cases(draw: Any) -> ArrayCase:
    """Draw numbers up to ten thousand in size, of both signs, with ±10,000 and zero among them."""
    case = draw(array_cases())
    x = case.x * 10.0 ** np.random.default_rng(draw(SEEDS)).uniform(0, 3.5, size=case.x.shape)
    x.flat[[1, 2, 3]] = -1e4, 0.0, 1e4
    return ArrayCase(x, case.dout)


@st.composite
def score_cases(draw: Any, *, scale: float = 1.5) -> ArrayCase:
    """Draw scores with two or three axes; each axis of them is one along which a softmax may go."""
    shape, rng = draw(st.sampled_from(((4, 3), (3, 5), (2, 4, 3), (3, 2, 5)))), np.random.default_rng(draw(SEEDS))
    return ArrayCase(scale * rng.normal(size=shape), rng.normal(size=shape))


@st.composite
def slopes_cases(draw: Any, *, shared: bool = False) -> SlopesCase:
    """Draw a batch of vectors, sequences or images, with one slope per channel or one for all."""
    shape = draw(st.sampled_from(((5, 3), (4, 2, 3), (2, 4, 3, 5))))
    rng = np.random.default_rng(draw(SEEDS))
    x = 1.5 * rng.normal(size=shape)
    x.flat[rng.integers(x.size)] = 0.0
    weight = rng.uniform(0.1, 0.9, size=1 if shared else shape[1]) * rng.choice([-1, 1])
    return SlopesCase(x, weight, rng.normal(size=shape))


@st.composite
def deep_cases(draw: Any) -> DeepCase:
    """Draw a network of two to four layers, each of another width, with weights that keep the signal alive."""
    depth, rng = draw(st.integers(2, 4)), np.random.default_rng(draw(SEEDS))
    widths = rng.permutation(np.arange(4, 9))[: depth + 1]
    weights = [rng.normal(scale=1.5 / fan_in**0.5, size=(out, fan_in)) for fan_in, out in pairwise(widths)]
    return DeepCase(rng.normal(size=(3, widths[0])), weights, rng.normal(size=(3, widths[-1])))
