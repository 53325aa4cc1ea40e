"""Cases for the backprop unit: small sizes, no two axes alike, numbers from a seed.

A strategy draws sizes and a seed; the arrays then come from the seed, so a case is random without being large for
hypothesis.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
import numpy as np
from numpy import ndarray as Array

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = st.sampled_from([(5, 3), (4, 2, 3), (7,), (6, 1)])
SIZES = st.sampled_from([(5, 3, 4), (4, 5, 2), (2, 6, 3), (7, 2, 5), (1, 3, 2)])  # N, D, M
NETWORKS = st.sampled_from([(3, 6, 4, 2), (4, 5, 3), (2, 3, 5, 4, 3), (5, 4)])


@dataclass(frozen=True)
class PairCase:
    """Two arrays of one shape: scores with targets, or an input with an upstream gradient."""

    a: Array
    b: Array


@dataclass(frozen=True)
class LayerCase:
    """The arguments of a linear layer, and an upstream gradient."""

    x: Array
    weight: Array
    bias: Array
    dout: Array


@dataclass(frozen=True)
class NetworkCase:
    """A batch, its labels, a network's parameters and activation, and an upstream gradient."""

    x: Array
    labels: Array
    params: list[tuple[Array, Array]]
    activation: str
    dout: Array


@dataclass(frozen=True)
class GraphCase:
    """A graph without cycles: its nodes' parents, their slopes, and the output's number."""

    parents: list[tuple[int, ...]]
    slopes: list[tuple[float, ...]]
    output: int


@dataclass(frozen=True)
class TraceCase:
    """A formula step by step, and its inputs."""

    trace: list[tuple[Any, ...]]
    inputs: dict[str, float]


@st.composite
def pair_cases(draw: st.DrawFn) -> PairCase:
    """Draw two arrays of one shape, of one to three axes."""
    shape, rng = draw(SHAPES), np.random.default_rng(draw(SEEDS))
    return PairCase(rng.normal(size=shape), rng.normal(size=shape))


@st.composite
def binary_cases(draw: st.DrawFn, *, scale: float = 2.0) -> PairCase:
    """Draw scores and probabilities: mostly 0 and 1, and a few between."""
    shape, rng = draw(SHAPES), np.random.default_rng(draw(SEEDS))
    target = rng.integers(2, size=shape).astype(float)
    target.flat[0] = rng.uniform(0.1, 0.9)
    return PairCase(scale * rng.normal(size=shape), target)


@st.composite
def class_cases(draw: st.DrawFn, *, scale: float = 2.0) -> PairCase:
    """Draw scores and labels."""
    n, classes = draw(st.sampled_from([(5, 3), (3, 4), (7, 2), (1, 6)]))
    rng = np.random.default_rng(draw(SEEDS))
    return PairCase(scale * rng.normal(size=(n, classes)), rng.integers(classes, size=n))


@st.composite
def layer_cases(draw: st.DrawFn) -> LayerCase:
    """Draw a linear layer with its batch and an upstream gradient."""
    (n, d, m), rng = draw(SIZES), np.random.default_rng(draw(SEEDS))
    return LayerCase(rng.normal(size=(n, d)), rng.normal(size=(m, d)), rng.normal(size=m), rng.normal(size=(n, m)))


@st.composite
def network_cases(draw: st.DrawFn) -> NetworkCase:
    """Draw a network of one to four layers, a batch, and an upstream gradient."""
    sizes, activation = draw(NETWORKS), draw(st.sampled_from(["sigmoid", "relu"]))
    rng = np.random.default_rng(draw(SEEDS))
    n = draw(st.sampled_from([6, 7, 1]))
    params = [(rng.normal(size=(o, i)), rng.normal(size=o)) for i, o in pairwise(sizes)]
    labels = rng.integers(sizes[-1], size=n)
    return NetworkCase(rng.normal(size=(n, sizes[0])), labels, params, activation, rng.normal(size=(n, sizes[-1])))


@st.composite
def graph_cases(draw: st.DrawFn) -> GraphCase:
    """Draw a graph of twelve nodes with many shared parents, its numbers shuffled; some nodes are not needed."""
    rng = np.random.default_rng(draw(SEEDS))
    size, names = 12, rng.permutation(12)
    parents: list[tuple[int, ...]] = [()] * size
    for node in range(3, size):  # a node's parents are among those before it; the last ones stay near each other
        count, oldest = int(rng.integers(1, 4)), max(0, node - 4)
        parents[names[node]] = tuple(int(names[one]) for one in rng.integers(oldest, node, size=count))
    slopes = [tuple(rng.uniform(-2, 2, size=len(of_node)).tolist()) for of_node in parents]
    return GraphCase(parents, slopes, int(names[size - 2]))


BINARY = ("+", "-", "*", "/", "**")
UNARY = ("tanh", "relu", "exp", "log")


@st.composite
def trace_cases(draw: st.DrawFn) -> TraceCase:
    """Draw a formula in three inputs, mixed with plain numbers, in which results and inputs are used again and again.

    Every third step is a tanh, so that nothing grows; exponentials and logarithms are taken of 1.5 + tanh, and powers
    and quotients have such a positive number as base and divisor.
    """
    rng = np.random.default_rng(draw(SEEDS))
    names = ["x", "y", "z"]
    inputs = dict(zip(names, rng.uniform(0.5, 2.0, size=3).tolist(), strict=True))
    trace: list[tuple[Any, ...]] = []
    for number in range(6):
        a, b = rng.choice(names, size=2).tolist()
        plain, safe, result = float(rng.uniform(0.5, 2)), f"s{number}", f"r{number}"
        trace += [(f"t{number}", "tanh", a), (safe, "+", 1.5, f"t{number}"), (f"u{number}", UNARY[number % 4], safe)]
        symbol = BINARY[int(rng.integers(5))]
        trace.append(
            [(result, symbol, safe, safe), (result, symbol, plain, safe), (result, symbol, safe, plain)][number % 3]
        )
        names += [result]
        trace.append(("y", "-", b, f"u{number}") if number == 3 else (f"u{number}", "*", f"u{number}", b))
        names += [f"u{number}"]
    sums = [("out", "+", names[0], names[1])] + [("out", "+", "out", name) for name in names[2:]]
    return TraceCase(trace + sums, inputs)


@dataclass(frozen=True)
class OperandsCase:
    """Two arrays, and an upstream gradient of what an operation makes of them."""

    a: Array
    b: Array
    dout: Array


BROADCASTS = [
    ((4, 3), (3,)),
    ((4, 1), (1, 3)),
    ((2, 4, 3), (4, 1)),
    ((1, 4, 1), (2, 1, 3)),
    ((), (4, 3)),
    ((1,), (5, 1)),
]
PRODUCTS = [((4, 3), (3, 2)), ((3, 3), (3, 3)), ((5, 4, 3), (3, 2)), ((4, 3), (5, 3, 2)), ((5, 1, 4, 3), (2, 3, 6))]


@st.composite
def broadcast_cases(draw: st.DrawFn) -> OperandsCase:
    """Draw two positive arrays of which at least one is stretched, or none."""
    shapes = draw(st.sampled_from([*BROADCASTS, ((3, 3), (3, 3))]))
    rng = np.random.default_rng(draw(SEEDS))
    a, b = (rng.uniform(0.5, 2, size=shape) for shape in shapes)
    return OperandsCase(a, b, rng.normal(size=np.broadcast_shapes(*shapes)))


@st.composite
def product_cases(draw: st.DrawFn) -> OperandsCase:
    """Draw two matrices, or stacks of them."""
    shapes, rng = draw(st.sampled_from(PRODUCTS)), np.random.default_rng(draw(SEEDS))
    a, b = (rng.normal(size=shape) for shape in shapes)
    return OperandsCase(a, b, rng.normal(size=(a @ b).shape))
