"""Cases for the perceptron unit: hypothesis draws small sizes, options and a seed; the arrays follow from the seed.

Sizes of different axes differ, so that a transposed answer has the wrong shape. Both classes always occur.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from datasets.gates import truth_table
from datasets.separable import SeparableClouds, separable_clouds

SEEDS = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class NeuronCase:
    """A neuron and examples for it."""

    x: np.ndarray
    weights: np.ndarray
    bias: float


@dataclass(frozen=True)
class UpdateCase:
    """A neuron, one example with the right answer, and a learning rate that is neither 0 nor 1."""

    x: np.ndarray
    y: float
    weights: np.ndarray
    bias: float
    lr: float


@dataclass(frozen=True)
class TrainingCase:
    """Examples with labels 0 and 1 in random order, and a limit on the epochs."""

    x: np.ndarray
    y: np.ndarray
    lr: float
    max_epochs: int


@dataclass(frozen=True)
class LinearCase:
    """Examples, targets and the parameters of a linear model."""

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True)
class PointsCase:
    """Two sets of points with a different number of rows."""

    a: np.ndarray
    b: np.ndarray


@dataclass(frozen=True)
class GramCase:
    """A Gram matrix of whole numbers (sums of them are exact in any order), and labels 0 and 1."""

    gram: np.ndarray
    y: np.ndarray


def drawn_xor(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw the four corners of XOR in any order, moved by whole numbers: sums of them are exact."""
    x, y = truth_table("xor")
    order = rng.permutation(len(x))
    return x[order] + rng.integers(-2, 3, size=2), y[order]


@st.composite
def neuron_cases(draw: Any) -> NeuronCase:
    """Draw a neuron with examples, and a bias that turns the answers of many of them."""
    features, rng = draw(st.integers(1, 4)), np.random.default_rng(draw(SEEDS))
    x, weights = rng.normal(size=(30 + draw(st.integers(0, 9)), features)), rng.normal(size=features)
    return NeuronCase(x, weights, float(np.std(x @ weights) * rng.choice([-0.6, 0.6])))


@st.composite
def update_cases(draw: Any, *, wrong: bool) -> UpdateCase:
    """Draw an example that the neuron answers wrongly, or one that it answers rightly."""
    rng = np.random.default_rng(draw(SEEDS))
    x, weights = rng.normal(size=(2, draw(st.integers(2, 5))))
    bias, lr = float(rng.normal()), float(rng.uniform(0.1, 0.7))
    answer = float(x @ weights + bias >= 0)
    return UpdateCase(x, 1 - answer if wrong else answer, weights, bias, lr)


@st.composite
def training_cases(draw: Any) -> TrainingCase:
    """Draw examples with random labels, which a line separates or not, and few enough epochs for both."""
    features, rng = draw(st.integers(2, 4)), np.random.default_rng(draw(SEEDS))
    points = features + draw(st.integers(2, 6))
    y = rng.permutation(np.arange(points) % 2).astype(float)
    return TrainingCase(rng.normal(size=(points, features)), y, float(rng.uniform(0.1, 0.7)), draw(st.integers(1, 12)))


@st.composite
def separable_cases(draw: Any) -> SeparableClouds:
    """Draw two clouds with a gap between them."""
    features, rng = draw(st.integers(1, 4)), np.random.default_rng(draw(SEEDS))
    return separable_clouds(rng, features + draw(st.integers(3, 12)), features, margin=draw(st.floats(0.2, 0.8)))


@st.composite
def least_squares_cases(draw: Any, *, dependent: bool = False) -> LinearCase:
    """Draw a least-squares problem; where columns are to be dependent, by a copy or by a lack of examples."""
    features, outputs, rng = draw(st.integers(3, 5)), draw(st.integers(1, 2)), np.random.default_rng(draw(SEEDS))
    scarce = dependent and draw(st.booleans())
    x = rng.normal(size=(features - 1 if scarce else features + 6, features)) + 1
    if dependent and not scarce:
        x[:, 0] = 2 * x[:, 1]
    return LinearCase(x, rng.normal(size=(len(x), outputs)), np.empty((0, 0)), np.empty(0))


@st.composite
def regression_cases(draw: Any) -> LinearCase:
    """Draw a linear model with several outputs, and targets."""
    outputs, rng = draw(st.integers(2, 3)), np.random.default_rng(draw(SEEDS))
    features, points = outputs + draw(st.integers(1, 2)), outputs + draw(st.integers(3, 6))
    x, y = rng.normal(size=(points, features)), rng.normal(size=(points, outputs))
    return LinearCase(x, y, rng.normal(size=(outputs, features)), rng.normal(size=outputs))


@st.composite
def binary_cases(draw: Any, *, labels: tuple[float, float] = (0.0, 1.0), scale: float = 1.0) -> LinearCase:
    """Draw a linear model with one output, and labels of two classes; `scale` stretches the scores."""
    features, rng = draw(st.integers(2, 4)), np.random.default_rng(draw(SEEDS))
    points = features + draw(st.integers(3, 7))
    y = rng.permutation(np.array(labels)[np.arange(points) % 2])
    return LinearCase(
        rng.normal(size=(points, features)), y, scale * rng.normal(size=(1, features)), rng.normal(size=1)
    )


@st.composite
def multiclass_cases(draw: Any, *, scale: float = 1.0) -> LinearCase:
    """Draw a linear model with a score per class, and class numbers; `scale` stretches the scores."""
    classes, rng = draw(st.integers(3, 4)), np.random.default_rng(draw(SEEDS))
    features, points = classes + draw(st.integers(1, 2)), classes + draw(st.integers(3, 6))
    x, weight = rng.normal(size=(points, features)), scale * rng.normal(size=(classes, features))
    return LinearCase(x, rng.integers(0, classes, points), weight, rng.normal(size=classes))


@st.composite
def points_cases(draw: Any) -> PointsCase:
    """Draw two sets of points."""
    features, rng = draw(st.integers(3, 4)), np.random.default_rng(draw(SEEDS))
    rows = features + draw(st.integers(1, 3))
    return PointsCase(rng.normal(size=(rows, features)), rng.normal(size=(rows + 2, features)))


@st.composite
def gram_cases(draw: Any) -> GramCase:
    """Draw the Gram matrix of points with whole coordinates under the kernel a · b + 1, and labels."""
    rng = np.random.default_rng(draw(SEEDS))
    x = rng.integers(-4, 5, size=(draw(st.integers(6, 9)), 3)).astype(float)
    return GramCase(x @ x.T + 1, rng.permutation(np.arange(len(x)) % 2).astype(float))
