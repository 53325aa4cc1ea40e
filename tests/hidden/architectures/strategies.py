"""Cases for the architectures unit: hypothesis draws sizes, options and a seed; the arrays follow from the seed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class BlockCase:
    """An image batch, the weights of a block, its stride and a gradient from above."""

    x: np.ndarray
    params: dict[str, np.ndarray]
    stride: int
    dout: np.ndarray


@dataclass(frozen=True)
class DenseCase:
    """An image batch, one weight for each layer, and a gradient from above."""

    x: np.ndarray
    weights: list[np.ndarray]
    dout: np.ndarray


def block(seed: int, *, stride: int, projected: bool, kernels: tuple[int, int] = (3, 3), n: int = 2) -> BlockCase:
    """Return a block of 3 channels, with 4 filters where it has a projection."""
    rng = np.random.default_rng(seed)
    filters, height, width = (4 if projected else 3), 5, 6
    params = {
        "weight_1": rng.normal(size=(filters, 3, kernels[0], kernels[0])),
        "bias_1": rng.normal(size=filters),
        "weight_2": rng.normal(size=(filters, filters, kernels[1], kernels[1])),
        "bias_2": rng.normal(size=filters),
    }
    if projected:
        params["projection"] = rng.normal(size=(filters, 3, 1, 1))
    shape = (n, filters, (height - 1) // stride + 1, (width - 1) // stride + 1)
    return BlockCase(rng.normal(size=(n, 3, height, width)), params, stride, rng.normal(size=shape))


@st.composite
def block_cases(draw: Any) -> BlockCase:
    """Draw blocks with and without a projection, of kernels that differ."""
    projected = draw(st.booleans())
    stride = draw(st.sampled_from((1, 2, 3))) if projected else 1
    return block(
        draw(SEEDS), stride=stride, projected=projected, kernels=draw(st.sampled_from(((3, 1), (1, 3), (5, 3))))
    )


def dense(seed: int, *, layers: int = 3, kernel: int = 3, n: int = 2) -> DenseCase:
    """Return a block of so many layers of 2 channels each."""
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=(2, 3 + 2 * layer, kernel, kernel)) for layer in range(layers)]
    return DenseCase(rng.normal(size=(n, 3, 4, 5)), weights, rng.normal(size=(n, 3 + 2 * layers, 4, 5)))


@st.composite
def dense_cases(draw: Any) -> DenseCase:
    """Draw blocks of one to four layers."""
    return dense(draw(SEEDS), layers=draw(st.integers(1, 4)), kernel=draw(st.sampled_from((1, 3))))


def boxes(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return boxes with whole corners on a page of 12 pixels."""
    corners, sizes = rng.integers(0, 7, size=(count, 2)), rng.integers(1, 6, size=(count, 2))
    return np.hstack([corners, corners + sizes]).astype(float)
