"""Cases for the unit on sequences: hypothesis draws sizes and a seed; the arrays follow from the seed."""

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**32 - 1)
ENCODER = ("embedding", "weight_ih", "weight_hh", "bias_ih", "bias_hh")
DECODER = (*ENCODER, "weight_out", "bias_out")


@dataclass(frozen=True)
class AttentionCase:
    """Queries, keys, a mask, and a gradient of the context."""

    query: np.ndarray
    keys: np.ndarray
    mask: np.ndarray
    dcontext: np.ndarray


@dataclass(frozen=True)
class ReadingCase:
    """Sentences in columns, their lengths, an encoder's arrays, and gradients of its answers."""

    ids: np.ndarray
    lengths: np.ndarray
    params: dict[str, np.ndarray]
    dstates: np.ndarray
    dlast: np.ndarray


@dataclass(frozen=True)
class WritingCase:
    """What an encoder left, right words, a decoder's arrays, options, and a gradient of the scores."""

    last: np.ndarray
    states: np.ndarray
    mask: np.ndarray
    targets: np.ndarray
    params: dict[str, np.ndarray]
    start: int
    attention: bool
    dscores: np.ndarray


@dataclass(frozen=True)
class Speaker:
    """A small network that scores next words: `step` for a decoder, with the calls that it has had."""

    words: np.ndarray
    memory: np.ndarray
    scores: np.ndarray
    calls: list[int]

    @property
    def state(self) -> np.ndarray:
        """Return the state before the first word."""
        return np.zeros(len(self.memory))

    def step(self, token: Any, state: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return scores of all words and the next state."""
        token = int(token) % len(self.words)
        self.calls.append(token)
        state = np.tanh(self.words[token] + self.memory @ np.asarray(state, dtype=np.float64))
        return self.scores @ state, state


def attention(seed: int, *, sizes: tuple[int, ...] = (3, 5, 4, 2), dtype: Any = np.float64) -> AttentionCase:
    """Return a case with Q, T, N and M as given; the mask has gaps as well as ends."""
    rng = np.random.default_rng(seed)
    queries, places, count, units = sizes
    mask = rng.random((places, count)) < 0.6
    mask[rng.integers(places, size=count), np.arange(count)] = True
    query, keys, dcontext = (
        np.asarray(rng.normal(size=(rows, count, units)), dtype) for rows in (queries, places, queries)
    )
    return AttentionCase(query, keys, mask, dcontext)


def cell(rng: np.random.Generator, words: int, width: int, units: int, dtype: Any) -> dict[str, np.ndarray]:
    """Return an embedding and a GRU's arrays."""
    shapes = (words, width), (3 * units, width), (3 * units, units), (3 * units,), (3 * units,)
    return {name: np.asarray(rng.normal(size=shape), dtype) for name, shape in zip(ENCODER, shapes, strict=True)}


def reading(
    seed: int, *, sizes: tuple[int, ...] = (5, 4, 7, 2, 3), least: int = 1, dtype: Any = np.float64
) -> ReadingCase:
    """Return a case with T, N, V, E and M as given; the padding has words of its own, which must not be read."""
    rng = np.random.default_rng(seed)
    steps, count, words, width, units = sizes
    lengths = rng.integers(least, steps + 1, size=count)
    lengths[rng.integers(count)] = steps
    params = cell(rng, words, width, units, dtype)
    dstates, dlast = (np.asarray(rng.normal(size=shape), dtype) for shape in ((steps, count, units), (count, units)))
    return ReadingCase(rng.integers(words, size=(steps, count)), lengths, params, dstates, dlast)


def writing(
    seed: int,
    *,
    sizes: tuple[int, ...] = (4, 5, 3, 7, 2, 6),
    looks: bool = True,
    start: int = 1,
    dtype: Any = np.float64,
) -> WritingCase:
    """Return a case with Q, T, N, V, E and M as given."""
    rng = np.random.default_rng(seed)
    steps, places, count, words, width, units = sizes
    params = cell(rng, words, width, units, dtype)
    params["weight_out"] = np.asarray(rng.normal(size=(words, (2 if looks else 1) * units)), dtype)
    params["bias_out"] = np.asarray(rng.normal(size=words), dtype)
    last, states, dscores = (
        np.asarray(rng.normal(size=shape), dtype)
        for shape in ((count, units), (places, count, units), (steps, count, words))
    )
    mask = np.arange(places)[:, None] < rng.integers(1, places + 1, size=count)
    targets = rng.integers(words, size=(steps, count))
    return WritingCase(last, states, mask, targets, params, start, looks, dscores)


def speaker(seed: int, *, words: int = 4, units: int = 3, sharp: float = 2.0) -> Speaker:
    """Return a network; the larger `sharp`, the more certain it is."""
    rng = np.random.default_rng(seed)
    shapes = (words, units), (units, units), (words, units)
    vectors, memory, scores = (rng.normal(size=shape) for shape in shapes)
    return Speaker(vectors, memory, sharp * scores, [])


def logs_of_words(network: Speaker, token: int, state: Any) -> tuple[list[float], Any]:
    """Return the logarithms of all next words' probabilities, by torch, and the next state."""
    scores, state = network.step(token, state)
    return torch.log_softmax(torch.from_numpy(scores), dim=0).tolist(), state


def all_sentences(network: Speaker, *, start: int, stop: int, max_length: int) -> list[tuple[float, list[int]]]:
    """Return each possible sentence with the sum of its log-probabilities; the stop is still there."""
    words, sentences = range(len(network.words)), []
    for length in range(1, max_length + 1):
        for ids in product(words, repeat=length):
            if stop in ids[:-1] or (length < max_length and ids[-1] != stop):
                continue
            total, state, token = 0.0, network.state, start
            for word in ids:
                logs, state = logs_of_words(network, token, state)
                total, token = total + logs[word], word
            sentences.append((total, list(ids)))
    return sentences


attention_cases = st.builds(
    attention, SEEDS, sizes=st.sampled_from(((3, 5, 4, 2), (1, 6, 2, 3), (4, 1, 3, 5), (2, 3, 1, 4)))
)
reading_cases = st.builds(reading, SEEDS, sizes=st.sampled_from(((5, 4, 7, 2, 3), (3, 2, 4, 5, 6), (2, 5, 3, 4, 1))))
writing_cases = st.builds(
    writing,
    SEEDS,
    sizes=st.sampled_from(((4, 5, 3, 7, 2, 6), (1, 2, 4, 5, 3, 2), (3, 4, 2, 6, 5, 1))),
    looks=st.booleans(),
    start=st.sampled_from((1, 2, 4)),
)
