"""Cases for the embeddings unit: hypothesis draws sizes and a seed; the arrays follow from the seed.

Sizes are pairwise different, so that a transposed answer does not fit. Words repeat: within a batch of indices, within
a sentence, and among the negatives of one pair.
"""

from dataclasses import dataclass
from typing import Any

import hypothesis.strategies as st
import numpy as np
from numpy import ndarray as Array

SEEDS = st.integers(0, 2**32 - 1)
INDEX_SHAPES = st.sampled_from([(9,), (4, 5), (2, 3, 7), (6, 1), (8, 2)])
MATRICES = st.sampled_from([(6, 3), (4, 7), (5, 1), (3, 4)])  # V, E
CLOUDS = st.sampled_from([(9, 5, 3), (4, 7, 3), (8, 3, 2), (6, 4, 1), (5, 9, 4), (7, 3, 3)])  # N, D, P
TABLES = st.sampled_from([(9, 5, 3), (4, 7, 2), (6, 4, 4), (5, 8, 1), (3, 6, 2), (8, 7, 5)])  # N, V, P
PAIRS = st.sampled_from([(5, 2, 3), (3, 4, 2), (6, 1, 4), (2, 5, 7), (1, 3, 2)])  # N, K, E


@dataclass(frozen=True)
class LookupCase:
    """Indices with repetitions, a matrix, and an upstream gradient for the vectors."""

    indices: Array
    weight: Array
    dout: Array


@dataclass(frozen=True)
class CorpusCase:
    """Sentences of different lengths, the size of their vocabulary, and a window."""

    sentences: list[Array]
    vocab_size: int
    window: int


@dataclass(frozen=True)
class SamplingCase:
    """The vectors of a batch of pairs and of their negatives, and an upstream gradient for the losses."""

    center: Array
    context: Array
    negatives: Array
    dout: Array


@dataclass(frozen=True)
class StepCase:
    """A batch of pairs with its negatives, and the vectors of all words."""

    centers: Array
    contexts: Array
    negatives: Array
    w_in: Array
    w_out: Array


@dataclass(frozen=True)
class CbowCase:
    """A batch of contexts with gaps, their centres and negatives, and the vectors of all words."""

    contexts: Array
    centers: Array
    negatives: Array
    w_in: Array
    w_out: Array


@dataclass(frozen=True)
class GloveCase:
    """Counts with zeros and large numbers among them, and the parameters of all words."""

    counts: Array
    params: tuple[Array, Array, Array, Array]


@dataclass(frozen=True)
class CloudCase:
    """Points far from the origin that spread differently in every direction, and how many directions are wanted."""

    x: Array
    num_components: int


@dataclass(frozen=True)
class TableCase:
    """A table of words in documents with many zeros, and how many directions of it are wanted."""

    counts: Array
    num_components: int


@dataclass(frozen=True)
class WordsCase:
    """Word vectors of different lengths, queries, words not to be found, and how many are wanted."""

    queries: Array
    vectors: Array
    exclude: Array
    k: int


@st.composite
def lookup_cases(draw: Any) -> LookupCase:
    """Draw indices of some shape, more of them than there are words."""
    rng, shape, (words, size) = np.random.default_rng(draw(SEEDS)), draw(INDEX_SHAPES), draw(MATRICES)
    indices = rng.integers(0, words, shape)
    return LookupCase(indices, rng.normal(size=(words, size)), rng.normal(size=(*shape, size)))


@st.composite
def corpus_cases(draw: Any) -> CorpusCase:
    """Draw sentences, one of them of a single word, and a window that is wider than some of them."""
    rng, window = np.random.default_rng(draw(SEEDS)), draw(st.integers(1, 4))
    vocab_size = draw(st.integers(4, 7))
    lengths = rng.permutation([1, 2, 5, 9])
    return CorpusCase([rng.integers(0, vocab_size, length) for length in lengths], vocab_size, window)


@st.composite
def sampling_cases(draw: Any) -> SamplingCase:
    """Draw the vectors of a batch; scores are of both signs."""
    rng, (pairs, negatives, size) = np.random.default_rng(draw(SEEDS)), draw(PAIRS)
    return SamplingCase(
        rng.normal(size=(pairs, size)),
        rng.normal(size=(pairs, size)),
        rng.normal(size=(pairs, negatives, size)),
        rng.normal(size=pairs),
    )


@st.composite
def step_cases(draw: Any) -> StepCase:
    """Draw a batch in which centres repeat, and words are context and negative at once."""
    rng, (size, negatives, width) = np.random.default_rng(draw(SEEDS)), draw(PAIRS)
    pairs, words = size + 4, size + 3
    contexts, drawn = rng.integers(0, words, pairs), rng.integers(0, words, (pairs, negatives))
    drawn[0, 0] = contexts[0]
    return StepCase(
        rng.integers(0, words - 1, pairs),
        contexts,
        drawn,
        rng.normal(size=(words, width)),
        rng.normal(size=(words, width)),
    )


@st.composite
def cbow_cases(draw: Any) -> CbowCase:
    """Draw contexts in which words repeat, with gaps of the first and the last word at their ends."""
    step, places = draw(step_cases()), 2 * draw(st.integers(1, 3))
    rng, last = np.random.default_rng(draw(SEEDS)), len(step.w_in) - 1
    contexts = rng.integers(0, last, (len(step.centers), places))
    contexts[::2, 0], contexts[1::3, -1] = 0, last
    contexts[:, 1] = rng.integers(1, last, len(contexts))
    return CbowCase(contexts, step.centers, step.negatives, step.w_in, step.w_out)


@st.composite
def glove_cases(draw: Any) -> GloveCase:
    """Draw counts: none, less than one, some, and more than x_max; not symmetric, so that the two sides differ."""
    rng, (words, size) = np.random.default_rng(draw(SEEDS)), draw(MATRICES)
    counts = rng.permutation(np.resize([0.0, 0.4, 3.0, 17.0, 250.0], words**2)) * rng.uniform(0.8, 1.2, words**2)
    shapes = ((words, size), (words, size), (words,), (words,))
    w, w_context, b, b_context = (rng.normal(size=shape) for shape in shapes)
    return GloveCase(counts.reshape(words, words), (w, w_context, b, b_context))


@st.composite
def cloud_cases(draw: Any) -> CloudCase:
    """Draw points whose spread falls by a third from one direction to the next, all turned, far from the origin."""
    rng, (points, features, wanted) = np.random.default_rng(draw(SEEDS)), draw(CLOUDS)
    turned = np.linalg.qr(rng.normal(size=(features, features)))[0]
    spread = 3.0 * (2 / 3) ** np.arange(features)
    return CloudCase(rng.normal(size=(points, features)) * spread @ turned + 9 * rng.normal(size=features), wanted)


@st.composite
def table_cases(draw: Any) -> TableCase:
    """Draw counts: the first word in every document, each further one in fewer, often more than once."""
    rng, (documents, words, wanted) = np.random.default_rng(draw(SEEDS)), draw(TABLES)
    held = rng.random((documents, words)) < np.linspace(1, 0.3, words)
    counts = held * (1.0 + rng.poisson(1.5, (documents, words)))
    counts[np.arange(words) % documents, np.arange(words)] += 2 + np.arange(words) % 3
    return TableCase(counts, wanted)


@st.composite
def words_cases(draw: Any) -> WordsCase:
    """Draw vectors whose lengths differ by a factor of up to 100; the queries are words, up to a little noise."""
    rng, (queries, excluded, size) = np.random.default_rng(draw(SEEDS)), draw(PAIRS)
    vectors = rng.normal(size=(12, size + 1)) * 10 ** rng.uniform(-1, 1, size=(12, 1))
    own = rng.integers(0, 12, queries)
    exclude = np.stack([rng.permutation(12)[:excluded] for _ in range(queries)])
    exclude[:, 0] = own
    near = vectors[own] * (1 + 0.01 * rng.normal(size=(queries, 1)))
    return WordsCase(near, vectors, exclude, draw(st.integers(1, 6)))
