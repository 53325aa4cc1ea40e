"""2017 to 2023: a small GPT writes tales.

In 2017 Ashish Vaswani and colleagues left recurrence out of translation: attention was all they needed. In 2018 Alec
Radford trained half of their network to guess the next word, Jacob Devlin the other half to guess hidden words.
What has changed since is small and works: norms before each layer, rotary positions, gated hidden layers, keys shared
by several heads, and a cache that lets a model write without reading its own text again.

Your functions make a network of this kind. It reads a thousand tales and learns to guess the next word (top left). A
second one is trained in the same way without the causal mask: it sees the word that it has to guess, its loss falls far
below what can be known, and what it writes is no tale (below). A third one guesses hidden words from both sides. At the
top right: which share of what they write is a tale; which share of the words they guess. At the bottom right: how much
the heads of the first layer answer at each word.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy import ndarray as Array

from datasets.tales import FAMILIES, Tales, load_tales

from .attention import (
    cached_attention,
    causal_mask,
    grouped_query_attention,
    merge_heads,
    sdpa_backward,
    sdpa_forward,
    split_heads,
)
from .block import (
    rms_norm_backward,
    rms_norm_forward,
    rotary_embedding,
    swiglu_backward,
    swiglu_forward,
)
from .objectives import mask_tokens, next_token_targets, top_k_sample

BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
WIDTH, HEADS, GROUPS, LAYERS, HIDDEN = 32, 4, 2, 2, 48
STEPS, BATCH, RATE = 400, 48, 0.01
WRITTEN = 200
Params = dict[str, Float[Array, "..."]]


@dataclass(frozen=True)
class Corpus:
    """Tales as rows of one length, and three tokens that are no words: start, stop, hidden."""

    ids: Int[Array, "N T"]
    words: tuple[str, ...]
    start: int
    stop: int
    hidden: int


def corpus_of(tales: Tales) -> Corpus:
    """Return the tales between a start and stops."""
    count, longest = len(tales.words), max(map(len, tales.sentences))
    ids = np.full((len(tales.sentences), longest + 2), count + 1)
    ids[:, 0] = count
    for row, sentence in zip(ids, tales.sentences, strict=True):
        row[1 : 1 + len(sentence)] = sentence
    return Corpus(ids, tales.words, count, count + 1, count + 2)


def all_tales() -> set[str]:
    """Return every sentence that the templates allow."""
    return {
        template.format(word=pair[side], thing=thing, **family.sides[side])
        for family in FAMILIES.values()
        for pair, things in family.pairs.items()
        for side in (0, 1)
        for template in family.templates
        for thing in things
    }


def new_params(vocabulary: int, rng: np.random.Generator) -> Params:
    """Return random weights."""
    size = WIDTH // HEADS * GROUPS
    shapes = {"q": (WIDTH, WIDTH), "k": (size, WIDTH), "v": (size, WIDTH), "o": (WIDTH, WIDTH)}
    shapes |= {"gate": (HIDDEN, WIDTH), "up": (HIDDEN, WIDTH), "down": (WIDTH, HIDDEN)}
    params = {"words": 0.1 * rng.normal(size=(vocabulary, WIDTH)), "norm": np.ones(WIDTH)}
    for layer in range(LAYERS):
        params |= {f"{layer}{name}": rng.normal(size=s) / np.sqrt(s[1]) for name, s in shapes.items()}
        params |= {f"{layer}norm1": np.ones(WIDTH), f"{layer}norm2": np.ones(WIDTH)}
    return params


def turned_back(x: Float[Array, "N P T D"]) -> Float[Array, "N P T D"]:
    """Undo the rotation: turn it, with both halves exchanged."""
    half = x.shape[-1] // 2
    return np.roll(rotary_embedding(np.roll(x, half, axis=-1)), half, axis=-1)


def attention_forward(x: Array, params: Params, layer: str, mask: Array | None) -> tuple[Array, Any]:
    """Compute an attention layer whose heads share keys."""
    q, k, v = (x @ params[layer + name].T for name in "qkv")
    q = rotary_embedding(split_heads(q, HEADS))
    k, v = rotary_embedding(split_heads(k, GROUPS)), split_heads(v, GROUPS)
    heads, cache = sdpa_forward(q, *(np.repeat(part, HEADS // GROUPS, axis=1) for part in (k, v)), mask=mask)
    out = merge_heads(heads)
    return out @ params[layer + "o"].T, (x, out, cache)


def attention_backward(dout: Array, cache: Any, params: Params, layer: str) -> tuple[Array, Params]:
    """Pass a gradient back through an attention layer."""
    x, merged, inner = cache
    dheads = split_heads(dout @ params[layer + "o"], HEADS)
    dq, dk, dv = sdpa_backward(dheads, inner)
    dk, dv = (part.reshape(len(x), GROUPS, -1, *part.shape[2:]).sum(axis=2) for part in (dk, dv))
    parts = {"q": merge_heads(turned_back(dq)), "k": merge_heads(turned_back(dk)), "v": merge_heads(dv)}
    grads = {layer + name: np.einsum("nti,ntj->ij", part, x) for name, part in parts.items()}
    grads[layer + "o"] = np.einsum("nti,ntj->ij", dout, merged)
    return sum(part @ params[layer + name] for name, part in parts.items()), grads


def forward(ids: Int[Array, "N T"], params: Params, mask: Array | None) -> tuple[Float[Array, "N T V"], Any]:
    """Return the scores of every word at every place."""
    x, caches = params["words"][ids], []
    for layer in map(str, range(LAYERS)):
        normed, first = rms_norm_forward(x, params[layer + "norm1"])
        out, second = attention_forward(normed, params, layer, mask)
        x = x + out
        normed, third = rms_norm_forward(x, params[layer + "norm2"])
        out, fourth = swiglu_forward(normed, *(params[layer + name] for name in ("gate", "up", "down")))
        x = x + out
        caches.append((first, second, third, fourth))
    x, last = rms_norm_forward(x, params["norm"])
    return x @ params["words"].T, (ids, x, caches, last)


def backward(dscores: Float[Array, "N T V"], cache: Any, params: Params) -> Params:
    """Return the gradients of all weights."""
    ids, out, caches, last = cache
    grads = {"words": np.einsum("ntv,nte->ve", dscores, out)}
    dx, grads["norm"] = rms_norm_backward(dscores @ params["words"], last)
    for layer in reversed(range(LAYERS)):
        first, second, third, fourth = caches[layer]
        dnormed, *dweights = swiglu_backward(dx, fourth)
        grads |= {f"{layer}{name}": grad for name, grad in zip(("gate", "up", "down"), dweights, strict=True)}
        more, grads[f"{layer}norm2"] = rms_norm_backward(dnormed, third)
        dx = dx + more
        dnormed, weights = attention_backward(dx, second, params, str(layer))
        grads |= weights
        more, grads[f"{layer}norm1"] = rms_norm_backward(dnormed, first)
        dx = dx + more
    np.add.at(grads["words"], ids, dx)
    return grads


def loss_of(scores: Float[Array, "N T V"], targets: Int[Array, "N T"]) -> tuple[float, Float[Array, "N T V"]]:
    """Return the mean cross-entropy of the places with a target, and its gradient."""
    asked = targets >= 0
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    right = np.eye(scores.shape[-1])[np.where(asked, targets, 0)]
    loss = -(np.log((shares * right).sum(axis=-1) + 1e-30) * asked).sum() / asked.sum()
    return float(loss), (shares - right) * asked[..., None] / asked.sum()


def train(corpus: Corpus, kind: str, seed: int = 0, steps: int = STEPS) -> tuple[Params, list[float]]:
    """Train a "causal", an "unmasked" or a "hidden words" model by Adam; return weights and losses."""
    rng = np.random.default_rng(seed)
    params, losses = new_params(corpus.hidden + 1, rng), []
    means, squares = ({name: np.zeros_like(p) for name, p in params.items()} for _ in range(2))
    for step in range(1, steps + 1):
        ids = corpus.ids[rng.integers(len(corpus.ids), size=BATCH)]
        inputs, targets = next_token_targets(ids)
        if kind == "hidden words":
            inputs, targets = mask_tokens(ids, rng, mask_id=corpus.hidden, vocab_size=corpus.hidden)
        scores, cache = forward(inputs, params, causal_mask(inputs.shape[1]) if kind == "causal" else None)
        loss, dscores = loss_of(scores, targets)
        losses.append(loss)
        rate = RATE * min(1, step / 20) * (1 - step / (steps + 1))
        for name, grad in backward(dscores, cache, params).items():
            means[name] += 0.1 * (grad - means[name])
            squares[name] += 0.01 * (grad**2 - squares[name])
            size = np.sqrt(squares[name] / (1 - 0.99**step)) + 1e-8
            params[name] = params[name] - rate * means[name] / (1 - 0.9**step) / size
    return params, losses


def next_scores(token: Int[Array, "N"], place: int, past: list[dict[str, Array]], params: Params) -> Array:
    """Return the scores of the word after this one, and keep its keys and values in `past`."""
    x = params["words"][token][:, None]
    for layer in range(LAYERS):
        normed, _ = rms_norm_forward(x, params[f"{layer}norm1"])
        q, k, v = (normed @ params[f"{layer}{name}"].T for name in "qkv")
        q = rotary_embedding(split_heads(q, HEADS), offset=place)
        k, v = rotary_embedding(split_heads(k, GROUPS), offset=place), split_heads(v, GROUPS)
        k, v = (np.repeat(part, HEADS // GROUPS, axis=1) for part in (k, v))
        heads, past[layer] = cached_attention(q[:, :, 0], k[:, :, 0], v[:, :, 0], past[layer])
        x = x + merge_heads(heads[:, :, None]) @ params[f"{layer}o"].T
        normed, _ = rms_norm_forward(x, params[f"{layer}norm2"])
        x = x + swiglu_forward(normed, *(params[f"{layer}{name}"] for name in ("gate", "up", "down")))[0]
    return rms_norm_forward(x, params["norm"])[0][:, 0] @ params["words"].T


def write(params: Params, corpus: Corpus, count: int = WRITTEN, seed: int = 0) -> list[str]:
    """Let a model write so many tales, a word at a time, each drawn from the three best."""
    rng, past = np.random.default_rng(seed), [{} for _ in range(LAYERS)]
    tokens = [np.full(count, corpus.start)]
    for place in range(corpus.ids.shape[1] - 1):
        scores = next_scores(tokens[-1], place, past, params)
        tokens.append(top_k_sample(scores, rng, k=3))
    return [sentence_of(list(row[1:]), corpus) for row in np.array(tokens).T]


def sentence_of(row: list[int], corpus: Corpus) -> str:
    """Return the words before the stop; nothing where there is no stop or a token that is no word."""
    words = row[: row.index(corpus.stop)] if corpus.stop in row else []
    return " ".join(corpus.words[i] for i in words) if words and max(words) < corpus.start else ""


def share_of_tales(params: Params, corpus: Corpus) -> float:
    """Return which share of what a model writes the templates allow."""
    allowed = all_tales()
    return float(np.mean([tale in allowed for tale in write(params, corpus)]))


def share_guessed(params: Params, corpus: Corpus, *, causal: bool) -> float:
    """Return how many words are guessed: hidden ones from both sides, or each from those before it."""
    rows, right, asked = corpus.ids[:200], 0, 0
    for place in range(1, 6):
        inputs = rows.copy()
        inputs[:, place] = corpus.hidden
        if causal:
            scores = forward(rows[:, :place], params, causal_mask(place))[0][:, -1]
        else:
            scores = forward(inputs, params, None)[0][:, place]
        words = rows[:, place] < corpus.start
        right += int((scores.argmax(axis=1) == rows[:, place])[words].sum())
        asked += int(words.sum())
    return right / asked


def shared_heads(params: Params, ids: Int[Array, "N T"]) -> Float[Array, "N P Q D"]:
    """Return what the heads of the first layer answer, with their keys shared."""
    x, _ = rms_norm_forward(params["words"][ids], params["0norm1"])
    sizes = zip("qkv", (HEADS, GROUPS, GROUPS), strict=True)
    q, k, v = (split_heads(x @ params["0" + name].T, heads) for name, heads in sizes)
    q, k = rotary_embedding(q), rotary_embedding(k)
    return grouped_query_attention(q, k, v, mask=causal_mask(ids.shape[1]))


def draw() -> Figure:
    """Draw losses, shares of tales and of words, and some of what was written.

    Returns
    -------
    matplotlib.figure.Figure
    """
    corpus = corpus_of(load_tales())
    models = {kind: train(corpus, kind) for kind in ("causal", "unmasked", "hidden words")}
    figure = Figure(figsize=(7.2, 5.2), layout="constrained")
    losses, shares, written, answers = figure.subplots(2, 2).flat
    draw_losses(losses, {kind: values for kind, (_, values) in models.items()})
    params = {kind: weights for kind, (weights, _) in models.items()}
    draw_shares(shares, params, corpus)
    draw_tales(written, params, corpus)
    draw_answers(answers, params["causal"], corpus)
    return figure


def draw_losses(panel: Axes, losses: dict[str, list[float]]) -> None:
    """Draw the mean of the loss over twenty steps."""
    for (kind, values), colour, line in zip(losses.items(), (BLUE, ORANGE, GREEN), ("-", "--", ":"), strict=True):
        means = np.convolve(values, np.ones(20) / 20, mode="valid")
        panel.plot(np.arange(20, len(values) + 1), means, line, color=colour, label=kind)
    panel.set_title("loss while training", fontsize=10)
    panel.set(xlabel="step", ylabel="nats", yscale="log")
    panel.legend(frameon=False, fontsize=7.5)
    panel.spines[["top", "right"]].set_visible(False)


def draw_shares(panel: Axes, params: dict[str, Params], corpus: Corpus) -> None:
    """Draw which share of the written sentences are tales, and of the hidden words are guessed."""
    shares = {
        "causal: tales": (share_of_tales(params["causal"], corpus), BLUE),
        "unmasked: tales": (share_of_tales(params["unmasked"], corpus), ORANGE),
        "causal: words": (share_guessed(params["causal"], corpus, causal=True), BLUE),
        "both sides: words": (share_guessed(params["hidden words"], corpus, causal=False), GREEN),
    }
    panel.barh(list(shares), [share for share, _ in shares.values()], color=[colour for _, colour in shares.values()])
    for row, (share, _) in enumerate(shares.values()):
        panel.text(share + 0.02, row, f"{share:.0%}", va="center", fontsize=8)
    panel.set_title("what is written, what is guessed", fontsize=10)
    panel.set(xlim=(0, 1.15), xticks=(0, 0.5, 1))
    panel.tick_params(labelsize=8)
    panel.invert_yaxis()
    panel.spines[["top", "right"]].set_visible(False)


def draw_tales(panel: Axes, params: dict[str, Params], corpus: Corpus) -> None:
    """Print five sentences of the two models that write."""
    for row, (kind, colour) in enumerate((("causal", BLUE), ("unmasked", ORANGE))):
        for number, tale in enumerate(write(params[kind], corpus)[:5]):
            place = 0.97 - 0.5 * row - 0.09 * number
            panel.text(0, place, tale or "(does not end)", color=colour, fontsize=8, va="top")
    panel.set_title("five sentences of each", fontsize=10)
    panel.set_axis_off()


def draw_answers(panel: Axes, params: Params, corpus: Corpus) -> None:
    """Draw how large the answers of the first layer's heads are at each word of a tale."""
    ids = corpus.ids[:1, : list(corpus.ids[0]).index(corpus.stop)]
    sizes = np.sqrt((shared_heads(params, ids)[0] ** 2).mean(axis=-1))
    panel.imshow(sizes, cmap="Greys", aspect="auto")
    panel.set_title("size of each head's answer", fontsize=10)
    panel.set_xticks(range(ids.shape[1]), ["start", *(corpus.words[i] for i in ids[0, 1:])], rotation=45, fontsize=8)
    panel.set_yticks(range(HEADS), [f"head {head}" for head in range(HEADS)], fontsize=8)
