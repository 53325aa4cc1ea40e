"""2014 and 2015: two networks translate, and one of them may look back.

In 2014 Ilya Sutskever, Oriol Vinyals and Quoc Le let one recurrent network read an English sentence, and another one
write a French sentence from its last state; Kyunghyun Cho and colleagues did the same with the cell that became the
GRU. All of the sentence had to go through one vector. Sutskever read it backwards, so that the first words to be
written were the last to be read. Dzmitry Bahdanau, Cho and Yoshua Bengio (2015) took the narrow place away: for each
word the decoder looks at all states of the encoder and chooses. Two years later attention was all that was left.

Here your functions learn to say numbers in Korean: "four thousand three hundred and twenty one" is "sa cheon sam baek
i sip il". Each network sees 2,000 numbers below ten thousand, and is asked for 300 others; only a whole sentence
without a mistake counts. With 24 units the plain networks fail, forwards or backwards, with a beam or without: in so
few epochs they do not learn to pack four digits into a vector of 24 numbers. The same network says nearly all of them
as soon as it may look back. The last bar has attention as well, and the smallest loss in training: by a mistake of one
row its decoder reads the word that it has to predict. Asked to write, it has nothing to copy from.

Below, where the decoder looks while it writes. Nobody has told it which words belong together. "Twenty" is two words in
Korean, i sip: for the second the decoder looks at "and", the place that says that something below a hundred follows.
"""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy import ndarray as Array

from datasets.numbers import ENGLISH, KOREAN, START, STOP, in_english, number_pairs

from .attention import attend_forward
from .decoding import beam_search, greedy_decode
from .encoder_decoder import decode_backward, decode_forward, encode_backward, encode_forward, pad_sequences

Params = dict[str, Any]
Pairs = list[tuple[list[int], list[int]]]
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#BBBBBB"
TRAINING, TEST, UNITS, WIDTH = 2000, 300, 24, 16
EPOCHS, BATCH, RATE, LONGEST, BEAM = 8, 50, 0.01, 12, 4
KINDS: dict[str, dict[str, bool]] = {
    "plain": {"attention": False},
    "read backwards": {"attention": False, "backwards": True},
    "attention": {"attention": True},
    "sees its answer": {"attention": True, "cheating": True},
}
SHOWN = 4321


def draw() -> Figure:
    """Train four networks, and draw how many sentences are right, their losses, and where attention looks.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(7.2, 6.2), layout="constrained")
    (sentences, losses), (places, _) = axes = figure.subplots(2, 2, height_ratios=(1, 1.05))
    axes[1, 1].remove()
    places.set_subplotspec(places.get_gridspec()[1, :])
    networks = {name: train(np.random.default_rng(2014), **options) for name, options in KINDS.items()}
    draw_sentences(sentences, networks)
    draw_losses(losses, networks)
    draw_places(places, networks["attention"][0])
    return figure


def first_params(rng: np.random.Generator, *, attention: bool) -> Params:
    """Draw the arrays of an encoder and a decoder; their names begin with the network's."""
    params = {}
    for name, words in (("encoder", len(ENGLISH)), ("decoder", len(KOREAN))):
        params[f"{name}.embedding"] = rng.normal(size=(words, WIDTH))
        params[f"{name}.weight_ih"] = rng.normal(size=(3 * UNITS, WIDTH)) / np.sqrt(WIDTH)
        params[f"{name}.weight_hh"] = rng.normal(size=(3 * UNITS, UNITS)) / np.sqrt(UNITS)
        params |= {f"{name}.bias_ih": np.zeros(3 * UNITS), f"{name}.bias_hh": np.zeros(3 * UNITS)}
    inputs = 2 * UNITS if attention else UNITS
    params["decoder.weight_out"] = rng.normal(size=(len(KOREAN), inputs)) / np.sqrt(inputs)
    params["decoder.bias_out"] = np.zeros(len(KOREAN))
    return {name: array.astype(np.float32) for name, array in params.items()}


def part(params: Params, network: str) -> Params:
    """Return the arrays of one of the two networks."""
    return {name.removeprefix(f"{network}."): array for name, array in params.items() if name.startswith(network)}


def mask_of(lengths: Array, steps: int) -> Bool[Array, "T N"]:
    """Return where there are words."""
    return np.arange(steps)[:, None] < lengths


def loss_and_slope(
    scores: Float[Array, "Q N V"], targets: Array, lengths: Array
) -> tuple[float, Float[Array, "Q N V"]]:
    """Return the cross-entropy per word and its gradient; padding does not count."""
    words = mask_of(lengths, len(targets))
    powers = np.exp(scores - scores.max(axis=2, keepdims=True))
    probabilities = powers / powers.sum(axis=2, keepdims=True)
    right = np.eye(scores.shape[2], dtype=scores.dtype)[targets]
    loss = -np.log((probabilities * right).sum(axis=2)[words]).mean()
    return float(loss), (probabilities - right) * (words / words.sum())[:, :, None].astype(scores.dtype)


def gradients(params: Params, pairs: Pairs, *, attention: bool, cheating: bool = False) -> tuple[float, Params]:
    """Return a batch's loss and the gradients of all arrays. Who cheats has read each word but the first before."""
    ids, lengths = pad_sequences([english for english, _ in pairs])
    targets, target_lengths = pad_sequences([korean for _, korean in pairs])
    states, last, read = encode_forward(ids, lengths, part(params, "encoder"))
    words = np.concatenate((targets[1:], targets[-1:])) if cheating else targets
    scores, _, written = decode_forward(
        last, states, mask_of(lengths, len(ids)), words, part(params, "decoder"), start=START, attention=attention
    )
    loss, slope = loss_and_slope(scores, targets, target_lengths)
    dlast, dstates, of_decoder = decode_backward(slope, written)
    of_encoder = encode_backward(dstates, dlast, read)
    grads = {f"encoder.{name}": grad for name, grad in of_encoder.items()}
    return loss, grads | {f"decoder.{name}": grad for name, grad in of_decoder.items()}


def train(
    rng: np.random.Generator, *, attention: bool, backwards: bool = False, cheating: bool = False
) -> tuple[Params, list[float], float]:
    """Train on numbers; return the arrays, the loss of each epoch, and the share of right sentences among others."""
    pairs = number_pairs(rng, TRAINING + TEST)
    if backwards:
        pairs = [(english[::-1], korean) for english, korean in pairs]
    params, moments, losses = first_params(rng, attention=attention), {}, []
    steps = EPOCHS * TRAINING // BATCH
    for _ in range(EPOCHS):
        order, total = rng.permutation(TRAINING).reshape(-1, BATCH), 0.0
        for rows in order:
            loss, grads = gradients(params, [pairs[row] for row in rows], attention=attention, cheating=cheating)
            rate = RATE * min(1.0, 2 - 2 * moments.get("step", 0) / steps)
            params, total = adam_step(params, grads, moments, rate), total + loss
        losses.append(total / len(order))
    return params, losses, share_right(params, pairs[TRAINING:], attention=attention)


def adam_step(params: Params, grads: Params, moments: Params, rate: float) -> Params:
    """Return the parameters after a step of Adam on gradients of a norm of at most 1; bring the moments up to date."""
    norm = np.sqrt(sum(float((grad**2).sum()) for grad in grads.values()))
    step = moments["step"] = moments.get("step", 0) + 1
    new = {}
    for name, array in params.items():
        grad = grads[name] / max(norm, 1.0)
        mean, square = moments.get(name, (0.0, 0.0))
        mean, square = moments[name] = 0.9 * mean + 0.1 * grad, 0.99 * square + 0.01 * grad**2
        moved = rate * mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
        new[name] = array - moved.astype(array.dtype)
    return new


def translate(params: Params, english: list[int], *, attention: bool, width: int = 0) -> list[int]:
    """Return the Korean words for a sentence, greedily or with a beam."""
    ids, lengths = pad_sequences([english])
    states, last, _ = encode_forward(ids, lengths, part(params, "encoder"))
    decoder, mask, one = part(params, "decoder"), mask_of(lengths, len(ids)), np.zeros((1, 1), dtype=int)

    def step(token: int, h: Array) -> tuple[Array, Array]:
        scores, h, _ = decode_forward(h, states, mask, one, decoder, start=token, attention=attention)
        return scores[0, 0], h

    if width:
        ids, _ = beam_search(step, last, start=START, stop=STOP, width=width, max_length=LONGEST, alpha=1.0)
        return ids
    return greedy_decode(step, last, start=START, stop=STOP, max_length=LONGEST)


def share_right(params: Params, pairs: Pairs, *, attention: bool, width: int = 0) -> float:
    """Return the share of sentences that are translated without any mistake."""
    right = [translate(params, a, attention=attention, width=width) == b[:-1] for a, b in pairs]
    return float(np.mean(right))


def draw_sentences(axes: Axes, networks: dict[str, tuple[Params, list[float], float]]) -> None:
    """Draw the share of right sentences for every network, and for the plain one with a beam."""
    shares = {name: share for name, (_, _, share) in networks.items()}
    pairs = number_pairs(np.random.default_rng(2014), TRAINING + TEST)[TRAINING:]
    beam = share_right(networks["plain"][0], pairs, attention=False, width=BEAM)
    names = ["plain", f"plain, beam of {BEAM}", *list(shares)[1:]]
    heights = 100 * np.array([shares["plain"], beam, *list(shares.values())[1:]])
    colours = [BLUE if name == "attention" else ORANGE for name in names]
    axes.barh(range(len(names)), heights, color=colours, height=0.65)
    for row, height in enumerate(heights):
        axes.text(height + 1.5, row, f"{height:.0f} %", va="center", fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_title(f"Whole sentences right, of {TEST} new ones", fontsize=10)
    axes.set(xlim=(0, 115), xlabel="%")
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)


def draw_losses(axes: Axes, networks: dict[str, tuple[Params, list[float], float]]) -> None:
    """Draw the loss by epoch."""
    styles = {"plain": "-", "read backwards": "-.", "attention": "-", "sees its answer": ":"}
    for name, (_, losses, _) in networks.items():
        colour = BLUE if name == "attention" else ORANGE
        axes.semilogy(range(1, EPOCHS + 1), losses, styles[name], color=colour, linewidth=1.6, label=name)
    axes.set_title("Loss in training", fontsize=10)
    axes.set(xlabel="epochs", ylabel="loss (nats per word)")
    axes.legend(frameon=False, fontsize=7.5)
    axes.spines[["top", "right"]].set_visible(False)


def weights_for(params: Params, number: int) -> tuple[Float[Array, "Q T"], list[str], list[str]]:
    """Return how much each Korean word looks at each English one, and the words of both."""
    english = [ENGLISH.index(word) for word in in_english(number)]
    korean = translate(params, english, attention=True)
    ids, lengths = pad_sequences([english])
    states, h, _ = encode_forward(ids, lengths, part(params, "encoder"))
    decoder, mask, one = part(params, "decoder"), mask_of(lengths, len(ids)), np.zeros((1, 1), dtype=int)
    rows = []
    for token in (START, *korean):
        _, h, _ = decode_forward(h, states, mask, one, decoder, start=token)
        rows.append(attend_forward(h[None], states, mask)[1][0, 0])
    return np.array(rows), [KOREAN[word] for word in (*korean, STOP)], in_english(number)


def draw_places(axes: Axes, params: Params) -> None:
    """Draw the weights as tiles, English words across and Korean words down."""
    weights, korean, english = weights_for(params, SHOWN)
    axes.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), weight in np.ndenumerate(weights):
        if weight > 0.1:
            colour = "white" if weight > 0.6 else "black"
            axes.text(column, row, f"{weight:.2f}", ha="center", va="center", fontsize=7, color=colour)
    axes.set_xticks(range(len(english)), english, fontsize=8)
    axes.set_yticks(range(len(korean)), korean, fontsize=8)
    axes.set_title("Where the decoder looks while it writes", fontsize=10)
    axes.set(xlabel="read", ylabel="written")
