"""1990 and 1997: a network that remembers, and one that remembers for long.

In 1990 Jeffrey Elman let a network see its own hidden state again, next to the next word of a sentence, and it learned
by itself what kinds of words there are. But such networks remembered only a few steps. Sepp Hochreiter (1991) and
Yoshua Bengio with colleagues (1994) found out why: on its way back through time a gradient is multiplied by much the
same factor at every step, and dies out or explodes. In 1997 Hochreiter and Jürgen Schmidhuber built a cell whose state
is changed by adding, so that this factor can stay at 1. With the forget gate that Felix Gers added, it ran in the
telephones and translators of the next twenty years.

What to see in the picture. At the top your plain network learns which letter follows in "hello". After h, e and the
second l one letter is right each; after "hel" it is l and after "hell" it is o, although both times the last letter was
an l: only the state tells them apart. To the right, what it makes of "hell" as it learns. Below, the delayed echo: one
of two symbols has to be named after 40 steps of noise. The plain network goes on guessing, the LSTM hesitates and then
gets it. So does the GRU of 2014, and no later, with one gate and one state less: it has three quarters of the LSTM's
weights, and that is why it exists. The last panel says why, before any training: how much of a gradient at the last
step is left, step by step back in time; the lines of LSTM and GRU lie on each other. A GRU's update gate has to begin
open, as the LSTM's forget gate does: where it begins half open, a third of the gradient is lost at each step. Truncated
backpropagation, cut into pieces of 10 steps, sends nothing at all over a border: what is further away cannot be
learned, whatever the cell.
"""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy import ndarray as Array

from datasets.delayed_echo import delayed_echo

from .gru import gru_step_backward, gru_step_forward
from .lstm import lstm_step_backward, lstm_step_forward
from .training import (
    CELL_WEIGHTS,
    Parameters,
    complete_text,
    init_model,
    one_hot,
    perplexity,
    recurrent_forward,
    train_on_sequences,
    zero_state,
)
from .vanilla import rnn_step_backward, rnn_step_forward, truncated_bptt

ALPHABET, WORD, LETTERS_HIDDEN, LETTERS_STEPS = "helo", "hello", 8, 60
DELAY, HIDDEN, BATCH, ECHO_STEPS, PIECE = 40, 16, 16, 250, 10
RATES = {
    "rnn": 1.0,
    "lstm": 3.0,
    "gru": 3.0,
}  # at 3 a plain network's loss jumps; at 1 it ends above 0.68 for each of 200 seeds
BLUE, ORANGE, GREEN, BLACK = "#0072B2", "#D55E00", "#009E73", "#000000"  # Okabe and Ito's colours
STYLES = {
    "rnn": (ORANGE, "--", "plain network"),
    "lstm": (BLUE, "-", "LSTM (1997)"),
    "gru": (GREEN, "-.", "GRU (2014)"),
}


def draw() -> Figure:
    """Learn to say hello and to echo, and draw both.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(7, 5.8), layout="constrained")
    (letters, learning), (echo, gradient) = figure.subplots(2, 2)
    params, perplexities, texts = learn_hello(np.random.default_rng(1991))
    draw_letters(letters, params)
    draw_learning(learning, perplexities, texts)
    for cell, (colour, line, name) in STYLES.items():
        style = {"color": colour, "linestyle": line, "linewidth": 1.6}
        losses, weights = learn_echo(np.random.default_rng(1997), cell)
        echo.plot(smoothed(losses), label=f"{name}, {weights:,} weights", **style)
        gradient.semilogy(remaining_gradient(np.random.default_rng(1997), cell), label=name, **style)
    half_open = remaining_gradient(np.random.default_rng(1997), "gru", memory=1.0)
    gradient.semilogy(half_open, ":", color=GREEN, linewidth=1.6, label="GRU, gate half open")
    short = remaining_in_pieces(np.random.default_rng(1997))
    gradient.semilogy(range(len(short)), short, color=BLACK, marker="x", markersize=4, label=f"cut after {PIECE} steps")
    finish_echo(echo)
    finish_gradient(gradient)
    return figure


def word_as_sequence() -> tuple[Float[Array, "T 1 V"], Array]:
    """Return the word's letters but for the last as inputs, and the letters that follow as targets."""
    indices = np.array([[ALPHABET.index(letter)] for letter in WORD])
    return one_hot(indices[:-1], len(ALPHABET)), indices[1:]


def learn_hello(rng: np.random.Generator) -> tuple[Parameters, list[float], list[str]]:
    """Train on one word; return the parameters, and at every step the perplexity and what becomes of "hell"."""
    x, targets = word_as_sequence()
    params = init_model(rng, len(ALPHABET), LETTERS_HIDDEN, len(ALPHABET))
    perplexities, texts = [], []
    for _ in range(LETTERS_STEPS + 1):
        scores, _, _ = recurrent_forward(x, zero_state(1, LETTERS_HIDDEN), params)
        perplexities.append(float(perplexity(scores, targets)))
        texts.append(complete_text(WORD[:-1], 1, params, ALPHABET, rng))
        learned = params
        params, _, _ = train_on_sequences(x, targets, zero_state(1, LETTERS_HIDDEN), params)
    return learned, perplexities, texts


def draw_letters(axes: Axes, params: Parameters) -> None:
    """Draw the probability of each letter after h, he, hel and hell."""
    x, _ = word_as_sequence()
    scores, _, _ = recurrent_forward(x, zero_state(1, LETTERS_HIDDEN), params)
    powers = np.exp(scores[:, 0] - scores[:, 0].max(axis=1, keepdims=True))
    shown = 100 * (powers / powers.sum(axis=1, keepdims=True)).T
    axes.imshow(shown, cmap="Blues", vmin=0, vmax=140, aspect="auto")
    for (row, column), percent in np.ndenumerate(shown):
        axes.text(column, row, f"{percent:.0f} %", ha="center", va="center", fontsize=8)
    axes.set_xticks(range(len(WORD) - 1), [WORD[: end + 1] for end in range(len(WORD) - 1)])
    axes.set_yticks(range(len(ALPHABET)), ALPHABET)
    axes.set_title("What follows, after training", fontsize=10)
    axes.set(xlabel="read so far", ylabel="next letter")


def draw_learning(axes: Axes, perplexities: list[float], texts: list[str]) -> None:
    """Draw the perplexity by training step, with what "hell" is completed to where that changes."""
    axes.plot(perplexities, color=BLUE, linewidth=1.6)
    changes = [step for step, text in enumerate(texts) if step == 0 or text != texts[step - 1]]
    shown = [*changes[:1], *changes[-1:]] if len(changes) > 1 else changes
    for step in shown:
        axes.plot(step, perplexities[step], "o", color=BLACK, markersize=4)
        axes.annotate(
            f"hell → {texts[step]}", (step, perplexities[step]), (9, 2), textcoords="offset points", fontsize=8
        )
    axes.set_title(f"Step {LETTERS_STEPS}: hell → {texts[-1]}", fontsize=10)
    axes.set(xlabel="steps of gradient descent", ylabel="perplexity (letters)", ylim=(0.8, max(perplexities) * 1.15))
    axes.spines[["top", "right"]].set_visible(False)


def first_model(rng: np.random.Generator, cell: str, *, memory: float = DELAY) -> Parameters:
    """Draw a model that remembers for about `memory` steps: a GRU's update gate starts as the LSTM's forget gate."""
    params = init_model(rng, 4, HIDDEN, 2, cell=cell, memory=memory)
    if cell == "gru":
        params["bias_ih"][HIDDEN : 2 * HIDDEN] = np.log(memory)
    return params


def learn_echo(rng: np.random.Generator, cell: str) -> tuple[list[float], int]:
    """Train a cell on the delayed echo; return the loss of every batch, and how many weights it has."""
    params, state = first_model(rng, cell), zero_state(BATCH, HIDDEN, cell=cell)
    losses = []
    for _ in range(ECHO_STEPS):
        x, targets = delayed_echo(rng, BATCH, DELAY)
        params, _, loss = train_on_sequences(x, targets, state, params, cell=cell, lr=RATES[cell])
        losses.append(float(loss))
    return losses, sum(array.size for array in params.values())


def smoothed(values: list[float], *, window: int = 10) -> Float[Array, "STEPS"]:
    """Return the running mean of a noisy curve."""
    return np.convolve(values, np.ones(window) / window, mode="valid")


def remaining_gradient(rng: np.random.Generator, cell: str, *, memory: float = DELAY) -> Float[Array, "T"]:
    """Return the norm of the gradient of the state (for an LSTM: the cell) 0, 1, 2, ... steps back, as a share."""
    params = first_model(rng, cell, memory=memory)
    x, _ = delayed_echo(rng, BATCH, DELAY)
    forward, backward = {
        "rnn": (rnn_step_forward, rnn_step_backward),
        "lstm": (lstm_step_forward, lstm_step_backward),
        "gru": (gru_step_forward, gru_step_backward),
    }[cell]
    state, caches = zero_state(BATCH, HIDDEN, cell=cell), []
    for x_t in x[1:]:
        *state, cache = forward(x_t, *state, *(params[name] for name in CELL_WEIGHTS))
        caches.append(cache)
    dstate = [np.zeros_like(part) for part in state]
    dstate[-1] = rng.normal(size=state[-1].shape)
    norms = [np.linalg.norm(dstate[-1])]
    for cache in caches[::-1]:
        dstate = backward(*dstate, cache)[1 : 1 + len(state)]
        norms.append(np.linalg.norm(dstate[-1]))
    return np.array(norms) / norms[0]


def remaining_in_pieces(rng: np.random.Generator) -> Float[Array, "PIECE"]:
    """Return the norm of the inputs' gradient 0, 1, 2, ... steps back under truncation, as a share, until it is 0."""
    params = init_model(rng, 4, HIDDEN, 2, memory=DELAY)
    x, _ = delayed_echo(rng, BATCH, DELAY)
    (h0,), dout = zero_state(BATCH, HIDDEN), np.zeros((DELAY, BATCH, HIDDEN))
    dout[-1] = rng.normal(size=dout[-1].shape)
    weights = (params[name] for name in CELL_WEIGHTS)
    _, _, (dx, *_) = truncated_bptt(x[1:], h0, *weights, dout, k=PIECE)
    norms = np.linalg.norm(dx, axis=(1, 2))[::-1]
    return norms[norms > 0] / norms[0]


def finish_echo(axes: Axes) -> None:
    """Give the panel of the echo its labels."""
    axes.axhline(np.log(2), color=BLACK, linewidth=0.8, linestyle=":")
    axes.annotate(
        "log 2: guessing", (ECHO_STEPS, np.log(2)), (0, -12), textcoords="offset points", ha="right", fontsize=8
    )
    axes.set_title(f"Echo after {DELAY} steps of noise", fontsize=10)
    axes.set(xlabel="steps of gradient descent", ylabel="loss (nats, mean of 10 batches)", ylim=(0, 1.25))
    axes.legend(frameon=False, fontsize=8, loc="upper right")
    axes.spines[["top", "right"]].set_visible(False)


def finish_gradient(axes: Axes) -> None:
    """Give the panel of the gradients its labels."""
    axes.set_title("Gradient left, before training", fontsize=10)
    axes.set(xlabel="steps back in time", ylabel="gradient norm (share of the last)", xlim=(0, DELAY))
    axes.legend(frameon=False, fontsize=8, loc="lower left")
    axes.spines[["top", "right"]].set_visible(False)
