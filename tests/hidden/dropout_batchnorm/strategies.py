"""Cases for the dropout and batch norm unit: hypothesis draws sizes, options and a seed; arrays follow from the seed.

No two axes of a shape are alike, channels have different means and spreads, and options differ from their defaults.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**32 - 1)
BATCHES = st.sampled_from(((5, 3), (4, 2, 3, 5), (1, 3, 4, 2), (2, 5), (3, 4, 2, 1), (6, 1)))
FEATURES = st.sampled_from((((5, 3), 1), ((2, 3, 4), 1), ((2, 3, 4), 2), ((3, 2, 5, 4), 2), ((4, 3, 2), 3)))
SHAPES = st.sampled_from(((6, 4), (7,), (2, 3, 4, 5), (5, 1)))
IMAGES = st.sampled_from(((4, 2, 5, 3), (5, 1, 3, 6), (2, 3, 4, 5)))


@dataclass(frozen=True)
class NormCase:
    """A batch norm: its arrays in torch's order, an upstream gradient, and the options by name."""

    arrays: tuple[np.ndarray, ...]
    dout: np.ndarray
    options: dict[str, float]


@dataclass(frozen=True)
class LayerNormCase:
    """A layer norm: input, weight and bias, the normalized shape, an upstream gradient, and eps."""

    x: np.ndarray
    weight: np.ndarray
    bias: np.ndarray
    dout: np.ndarray
    eps: float

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The arguments in torch's order."""
        return self.x, self.weight.shape, self.weight, self.bias


@dataclass(frozen=True)
class DropoutCase:
    """An input with an upstream gradient, a probability, and the seed of the mask."""

    x: np.ndarray
    dout: np.ndarray
    p: float
    seed: int


@dataclass(frozen=True)
class SplitCase:
    """How many examples there are, the shares of three parts, and the seed of the division."""

    n: int
    shares: tuple[float, float, float]
    seed: int


@dataclass(frozen=True)
class PenaltyCase:
    """Parameters of a network, matrices and kernels and biases, and a penalty's strength."""

    params: list[np.ndarray]
    strength: float


@dataclass(frozen=True)
class ImagesCase:
    """Images, a shift for each, and which to mirror."""

    images: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    chosen: np.ndarray


@dataclass(frozen=True)
class CurveCase:
    """Validation losses by epoch, and when to give up."""

    losses: list[float]
    patience: int
    max_epochs: int


@dataclass(frozen=True)
class NetworkCase:
    """A batch, the layers of a network in NumPy, and an upstream gradient."""

    x: np.ndarray
    labels: np.ndarray
    layers: list[dict[str, np.ndarray]]
    dscores: np.ndarray
    seed: int


@dataclass(frozen=True)
class StepCase:
    """A training down a parabola: first parameters, how steep it is, and when it ends."""

    params: list[np.ndarray]
    scale: float
    rate: float
    target: float
    max_steps: int


@st.composite
def norm_cases(draw: st.DrawFn) -> NormCase:
    """Draw a batch norm over columns or over images; one weight may be zero."""
    shape, rng = draw(BATCHES), np.random.default_rng(draw(SEEDS))
    channels = shape[1]
    per_channel = (channels, *[1] * (len(shape) - 2))
    x = rng.uniform(-3, 3, per_channel) + rng.uniform(0.3, 3, per_channel) * rng.normal(size=shape)
    weight = rng.normal(size=channels)
    if draw(st.booleans()):
        weight[-1] = 0.0
    running = rng.normal(size=channels), rng.uniform(0.3, 3, channels)
    options = {"momentum": float(rng.uniform(0.15, 0.4)), "eps": float(rng.uniform(0.05, 0.8))}
    return NormCase((x, *running, weight, rng.normal(size=channels)), rng.normal(size=shape), options)


@st.composite
def layer_norm_cases(draw: st.DrawFn) -> LayerNormCase:
    """Draw a layer norm over one to three axes."""
    (shape, axes), rng = draw(FEATURES), np.random.default_rng(draw(SEEDS))
    x = rng.uniform(-3, 3, (shape[0], *[1] * (len(shape) - 1))) + 2 * rng.normal(size=shape)
    weight, bias = rng.normal(size=(2, *shape[-axes:]))
    return LayerNormCase(x, weight, bias, rng.normal(size=shape), float(rng.uniform(0.05, 0.8)))


@st.composite
def dropout_cases(draw: st.DrawFn) -> DropoutCase:
    """Draw an input without zeros and a probability that is sometimes close to 0 or 1."""
    shape, seed = draw(SHAPES), draw(SEEDS)
    rng, p = np.random.default_rng(seed), draw(st.sampled_from((0.3, 0.75, 0.001, 0.99)))
    return DropoutCase(rng.uniform(1, 3, shape) * rng.choice([-1, 1], shape), rng.normal(size=shape), p, seed)


@st.composite
def penalty_cases(draw: st.DrawFn) -> PenaltyCase:
    """Draw a kernel, a matrix with a zero, and their biases, in any order."""
    rng = np.random.default_rng(draw(SEEDS))
    params = [rng.normal(size=shape) for shape in draw(st.permutations([(4, 3), (4,), (2, 3, 5, 1), (2,)]))]
    params[0].flat[-1] = 0.0
    return PenaltyCase(params, float(rng.uniform(0.05, 0.9)))


@st.composite
def images_cases(draw: st.DrawFn) -> ImagesCase:
    """Draw images with shifts in all directions, also beyond the border."""
    shape, rng = draw(IMAGES), np.random.default_rng(draw(SEEDS))
    rows, columns = (rng.integers(-size - 1, size + 2, shape[0]) for size in shape[2:])
    rows[0], columns[0] = rng.choice([-1, 1], 2)
    return ImagesCase(rng.normal(size=shape), rows, columns, rng.permutation(np.arange(shape[0]) % 2 == 0))


@st.composite
def curve_cases(draw: st.DrawFn) -> CurveCase:
    """Draw a curve of few different values, so that some are equal, that falls and rises again."""
    rng = np.random.default_rng(draw(SEEDS))
    steps = rng.integers(-2, 3, 14) + np.where(np.arange(14) < draw(st.integers(1, 9)), -1, 1)
    return CurveCase([float(loss) for loss in 10 + np.cumsum(steps)], draw(st.integers(1, 5)), draw(st.integers(1, 14)))


@st.composite
def network_cases(draw: st.DrawFn, *, norms: tuple[bool, ...] = (True, False)) -> NetworkCase:
    """Draw a network of different widths with one to three hidden layers, each with batch norm or without."""
    seed, depth = draw(SEEDS), draw(st.sampled_from((3, 2, 1)))
    rng = np.random.default_rng(seed)
    examples, *widths = (int(size) for size in rng.permutation(np.arange(3, 10))[: depth + 3])
    layers = [{"weight": rng.normal(size=(o, i)), "bias": rng.normal(size=o)} for i, o in pairwise(widths)]
    for layer in layers[:-1]:
        size = len(layer["bias"])
        if draw(st.sampled_from(norms)):
            layer |= {"gamma": rng.uniform(0.5, 2, size), "beta": rng.normal(size=size)}
            layer |= {"running_mean": rng.normal(size=size), "running_var": rng.uniform(0.5, 2, size)}
    x, dscores = rng.normal(size=(examples, widths[0])), rng.normal(size=(examples, widths[-1]))
    return NetworkCase(x, rng.integers(0, widths[-1], examples), layers, dscores, seed)


@st.composite
def split_cases(draw: Any) -> SplitCase:
    """Draw shares of which those of validation and test are no whole numbers of examples, and far from any."""
    seed, n = draw(SEEDS), draw(st.integers(5, 60))
    rng = np.random.default_rng(seed)
    validation, test = (rng.integers(1, n // 3 + 1, 2) + rng.uniform(0.55, 0.9, 2)) / n
    return SplitCase(n, (1 - validation - test, validation, test), seed)


@st.composite
def step_cases(draw: st.DrawFn) -> StepCase:
    """Draw a training of which the target is reached after a few steps, or not at all."""
    rng = np.random.default_rng(draw(SEEDS))
    params = [rng.uniform(1, 2, size=shape) for shape in ((3, 2), (3,))]
    scale, rate = float(rng.uniform(0.5, 2)), float(rng.uniform(0.2, 0.5))
    start = scale * sum(float((w**2).sum()) for w in params)
    reached_after = draw(st.integers(0, 6))
    return StepCase(params, scale, rate, start * (1 - rate) ** (2 * reached_after + 1), draw(st.integers(1, 9)))


@st.composite
def layer_outputs_cases(draw: st.DrawFn) -> list[np.ndarray]:
    """Draw what a layer says for three batches, one of them empty; some units are dead, some in one batch only."""
    rng = np.random.default_rng(draw(SEEDS))
    units = int(rng.integers(5, 9))
    sizes = draw(st.permutations((4, 2, 0)))
    batches = [rng.uniform(0.1, 2, size=(size, units)) * (rng.random((size, units)) < 0.5) for size in sizes]
    dead, at_times = rng.permutation(units)[:2]
    for batch in batches:
        batch[:, dead] = 0.0
        batch[:, at_times] = len(batch) == 2
    return batches


@st.composite
def record_cases(draw: st.DrawFn, faults: tuple[str, ...]) -> list[tuple[str, int]]:
    """Draw faults of trainings in any order, each with a seed."""
    return [(fault, draw(SEEDS)) for fault in draw(st.permutations(faults))[:3]]
