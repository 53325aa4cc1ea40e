"""Cases for the optimizers unit: hypothesis draws sizes, options and a seed; the arrays follow from the seed."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = ((3, 4), (5,), (2, 1, 3), (1,))


@dataclass(frozen=True)
class TrainingCase:
    """Parameters of several shapes, a gradient for each of them in every step, and an optimizer's options."""

    params: list[np.ndarray]
    gradients: list[list[np.ndarray]]
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class BowlCase:
    """A bowl with axes of different steepness, and a place in it."""

    middle: np.ndarray
    steepness: np.ndarray
    x: np.ndarray

    def value(self, x: Any) -> float:
        """Return the height at a place."""
        return float((self.steepness * (np.asarray(x) - self.middle) ** 2).sum())

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return the slope at a place."""
        return 2 * self.steepness * (x - self.middle)


def training(seed: int, *, steps: int, options: dict[str, Any] | None = None, dtype: Any = np.float64) -> TrainingCase:
    """Return parameters and so many gradients; their sizes differ from place to place and from step to step."""
    rng = np.random.default_rng(seed)
    params = [np.asarray(rng.normal(size=shape), dtype) for shape in SHAPES]
    spreads = [np.exp(rng.normal(size=shape)) for shape in SHAPES]
    gradients = [
        [np.asarray(spread * rng.normal(size=shape), dtype) for spread, shape in zip(spreads, SHAPES, strict=True)]
        for _ in range(steps)
    ]
    return TrainingCase(params, gradients, options or {})


@st.composite
def training_cases(draw: Any, *, steps: int = 4, **options: st.SearchStrategy[Any]) -> TrainingCase:
    """Draw parameters, gradients and options."""
    chosen = {name: draw(strategy) for name, strategy in options.items()}
    return training(draw(SEEDS), steps=steps, options=chosen)


@st.composite
def bowl_cases(draw: Any) -> BowlCase:
    """Draw a bowl of several axes; the steepest is some hundred times as steep as the flattest."""
    rng = np.random.default_rng(draw(SEEDS))
    shape = draw(st.sampled_from(((4,), (2, 3))))
    return BowlCase(rng.normal(size=shape), 10 ** rng.uniform(-1, 1.5, size=shape), rng.normal(size=shape))
