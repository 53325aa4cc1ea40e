"""Cases for the transformers unit: hypothesis draws sizes, options and a seed; the arrays follow from the seed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class AttentionCase:
    """Queries, keys, values, a mask and an upstream gradient; all sizes differ."""

    q: np.ndarray
    k: np.ndarray
    v: np.ndarray
    mask: np.ndarray | None
    dout: np.ndarray


@st.composite
def attention_cases(draw: Any, *, groups: bool = False) -> AttentionCase:
    """Draw arrays, and no mask, one for all heads, or one for each head; some queries see nothing."""
    rng = np.random.default_rng(draw(SEEDS))
    heads, shared = draw(st.sampled_from(((4, 2), (6, 2), (6, 3), (3, 1), (3, 3))))
    queries, keys = draw(st.sampled_from(((3, 5), (7, 2), (1, 4))))
    count = shared if groups else heads
    q, k = rng.normal(size=(2, heads, queries, 8)), rng.normal(size=(2, count, keys, 8))
    shape = draw(st.sampled_from((None, (queries, keys), (2, 1, queries, keys), (2, heads, queries, keys))))
    mask = None if shape is None else rng.random(shape) < 0.6
    return AttentionCase(q, k, rng.normal(size=(2, count, keys, 9)), mask, rng.normal(size=(2, heads, queries, 9)))


@st.composite
def arrays(draw: Any, *shapes: tuple[int, ...]) -> list[np.ndarray]:
    """Draw normal numbers in these shapes."""
    rng = np.random.default_rng(draw(SEEDS))
    return [rng.normal(size=shape) for shape in shapes]
