"""2012 and 2015: a network that overfits, then dropout, then batch norm.

In 2012 a network of Alex Krizhevsky, Ilya Sutskever and Geoffrey Hinton won the ImageNet competition by a wide margin.
It had sixty million weights and little over a million images to learn from, and would have learned them by heart;
dropout in its two largest layers kept it from that. In 2015 Sergey Ioffe and Christian Szegedy normalized the sums of
every layer over the batch, and their network reached the same accuracy as before in a fourteenth of the steps.

In the picture your own code trains one network three times, on 500 digits of which 150 have a random label. Left: the
share of the training labels that it gets wrong. The plain network learns all of them by heart, false ones included;
with batch norm it does so in about two thirds of the epochs; with dropout it does not get there. Right: mistakes on 300
other digits. The plain network is best early on and then forgets the rule for the sake of the exceptions. Dropout keeps
the rule. Batch norm makes learning faster, overfitting as well: against false labels it is no remedy.

Below, the older remedies on the same digits, each for itself. The bars are the wrong answers on the 300 other digits
after the last epoch; for early stopping those of the network that was best on 200 more, which decide when to stop and
judge nothing. Each helps, since it keeps the network from learning the false labels by heart. Right: the weights of the
first layer with L1. Steps along the sign leave them close to 0; soft thresholding leaves most of them at exactly 0, and
the network reads as well with the rest.

At the bottom, trainings that are broken. Your network learns 25 digits by heart within forty steps; with labels
that are shuffled before every step it cannot, and its loss stays little below log 10, what guessing costs. On the
right, six recorded trainings, each with one thing wrong but the first. Your functions have looked at all of them: what
your `diagnose` takes for a sign is tinted. No curve of a loss says as much.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy import ndarray as Array

from datasets.broken_runs import FAULTS, Record, record_run
from datasets.digits import load_digits

from .debugging import dead_units, diagnose, first_loss, overfits_one_batch, update_ratios
from .network import Layer, init_network, network_forward, train_step
from .penalties import augment, early_stopping, gaussian_noise, l1_penalty, max_norm, soft_threshold
from .validation import train_validation_test

DIGITS, SHARES = 1000, (0.5, 0.2, 0.3)  # for training, validation and the test
EXAMPLES, FALSE_LABELS, WIDTH, EPOCHS, BATCH, RATE = 500, 150, 256, 60, 25, 0.05
BLUE, ORANGE, BLACK = "#0072B2", "#D55E00", "#000000"  # Okabe and Ito's colours
KINDS = (
    ("plain", {"batch_norm": False, "p": 0.0}, {"color": BLACK, "linestyle": ":"}),
    ("dropout (2012)", {"batch_norm": False, "p": 0.5}, {"color": BLUE, "linestyle": "-"}),
    ("batch norm (2015)", {"batch_norm": True, "p": 0.0}, {"color": ORANGE, "linestyle": "--"}),
)

STRENGTH, DECAY, BOUND, NOISE, PATIENCE = 5e-3, 0.02, 0.7, 0.8, 15

Data = tuple[Float[Array, "N D"], Int[Array, "N"]]


@dataclass(frozen=True)
class Remedy:
    """A remedy against overfitting.

    Attributes
    ----------
    change : callable
        What it does to the examples of a batch.
    correct : callable
        What it does to the layers after a step.
    decay : float
        The strength of the L2 penalty.
    """

    change: Callable[[Array, np.random.Generator], Array] = lambda x, rng: x
    correct: Callable[[list[Layer]], list[Layer]] = lambda layers: layers
    decay: float = 0.0


def draw() -> Figure:
    """Draw the mistakes of three networks by epoch, older remedies, what L1 does to weights, and broken trainings.

    Returns
    -------
    matplotlib.figure.Figure
    """
    training, validation, testing = digits()
    figure = Figure(figsize=(7.2, 8.8), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=[2.6, 1], hspace=0.03)
    (left, right), (older, weights) = above.subplots(2, 2)
    for name, options, style in KINDS:
        curves = np.array([(wrong(training, net), wrong(testing, net)) for net in trained(training, **options)]).T
        for panel, curve in zip((left, right), curves, strict=True):
            panel.plot(range(1, EPOCHS + 1), curve, label=name, linewidth=1.6, **style)
    finish(left, "Learned from: 500 digits, 150 labels random", "wrong training labels (%)", 55)
    finish(right, f"{len(testing[0])} other digits", "wrong answers (%)", 32)
    right.legend(frameon=False, fontsize=8, loc="upper right")
    networks = older_networks(training)
    draw_remedies(older, testing, networks | {"early stopping": stopped_early(training, validation)})
    draw_weights(weights, networks)
    batch, table = below.subplots(1, 2, width_ratios=[1, 1.5])
    draw_one_batch(batch, training)
    draw_diagnoses(table)
    return figure


def digits() -> tuple[Data, Data, Data]:
    """Return digits for training, some with random labels, for validation and for the test, all of variance 1."""
    data, rng = load_digits(), np.random.default_rng(2012)
    images, labels = data.train_images[:DIGITS].reshape(DIGITS, -1), data.train_labels[:DIGITS]
    parts = train_validation_test(DIGITS, rng, shares=SHARES)
    mean, std = images[parts[0]].mean(), images[parts[0]].std()
    training, validation, testing = (
        (((images[part] - mean) / std).astype(np.float32), labels[part].copy()) for part in parts
    )
    training[1][:FALSE_LABELS] = rng.integers(0, 10, FALSE_LABELS)
    return training, validation, testing


def first_layers(rng: np.random.Generator, features: int, *, batch_norm: bool = False) -> list[Layer]:
    """Draw the first layers of a network in single precision."""
    return [
        {name: array.astype(np.float32) for name, array in layer.items()}
        for layer in init_network((features, WIDTH, WIDTH, 10), rng, batch_norm=batch_norm)
    ]


def trained(data: Data, *, batch_norm: bool, p: float) -> Iterator[list[Layer]]:
    """Train a network on small batches; yield it after every epoch."""
    (x, labels), rng = data, np.random.default_rng(2015)
    layers = first_layers(rng, x.shape[1], batch_norm=batch_norm)
    for _ in range(EPOCHS):
        for batch in rng.permutation(EXAMPLES).reshape(-1, BATCH):
            layers, _ = train_step(x[batch], labels[batch], layers, rng, lr=RATE, p=p)
        yield layers


def epoch_of(data: Data, layers: list[Layer], rng: np.random.Generator, remedy: Remedy) -> list[Layer]:
    """Train for an epoch with a remedy."""
    x, labels = data
    for batch in rng.permutation(EXAMPLES).reshape(-1, BATCH):
        examples = remedy.change(x[batch], rng)
        layers, _ = train_step(examples, labels[batch], layers, rng, lr=RATE, weight_decay=remedy.decay)
        layers = remedy.correct(layers)
    return layers


def older_networks(data: Data) -> dict[str, list[Layer]]:
    """Train one network with each of the older remedies."""
    thresholds = changed_weights(lambda w: soft_threshold(w, amount=RATE * STRENGTH))
    remedies = {
        "none": Remedy(),
        "L2": Remedy(decay=DECAY),
        "L1, steps": Remedy(correct=towards_zero),
        "L1, thresholds": Remedy(correct=thresholds),
        "max-norm": Remedy(correct=changed_weights(lambda w: max_norm(w, bound=BOUND))),
        "noise": Remedy(change=lambda x, rng: gaussian_noise(x, rng, std=NOISE)),
        "shifts": Remedy(change=shifted),
    }
    return {name: network_with(data, remedy) for name, remedy in remedies.items()}


def network_with(data: Data, remedy: Remedy) -> list[Layer]:
    """Train a network with one remedy for all epochs."""
    rng = np.random.default_rng(2015)
    layers = first_layers(rng, data[0].shape[1])
    for _ in range(EPOCHS):
        layers = epoch_of(data, layers, rng, remedy)
    return layers


def shifted(x: Float[Array, "N D"], rng: np.random.Generator) -> Float[Array, "N D"]:
    """Shift digits by up to one pixel; a mirrored digit would be another sign."""
    return augment(x.reshape(-1, 1, 8, 8), rng, reach=1, p=0.0).reshape(x.shape)


def towards_zero(layers: list[Layer]) -> list[Layer]:
    """Take a step along the gradient of the L1 penalty."""
    _, slopes = l1_penalty([layer["weight"] for layer in layers], strength=STRENGTH)
    return [layer | {"weight": layer["weight"] - RATE * slope} for layer, slope in zip(layers, slopes, strict=True)]


def changed_weights(change: Callable[[Array], Array]) -> Callable[[list[Layer]], list[Layer]]:
    """Return a correction that changes the weights of every layer."""
    return lambda layers: [layer | {"weight": change(layer["weight"])} for layer in layers]


def stopped_early(data: Data, validation: Data) -> list[Layer]:
    """Train a plain network until it has not become better on other digits for a while; return the best one."""
    rng = np.random.default_rng(2015)
    first = first_layers(rng, data[0].shape[1])

    def epoch(params: list[Array]) -> tuple[list[Array], float]:
        layers = epoch_of(data, layers_of(params), rng, Remedy())
        return arrays_of(layers), wrong(validation, layers)

    params, _, _ = early_stopping(epoch, arrays_of(first), patience=PATIENCE, max_epochs=EPOCHS)
    return layers_of(params)


def arrays_of(layers: list[Layer]) -> list[Array]:
    """Return the parameters of plain layers as one list."""
    return [layer[name] for layer in layers for name in ("weight", "bias")]


def layers_of(params: list[Array]) -> list[Layer]:
    """Return plain layers from the list of their parameters."""
    return [{"weight": w, "bias": b} for w, b in zip(params[::2], params[1::2], strict=True)]


def draw_remedies(panel: Axes, testing: Data, networks: dict[str, list[Layer]]) -> None:
    """Draw the wrong answers of each remedy on the test digits, which no network has met in any way."""
    shares = {name: wrong(testing, layers) for name, layers in networks.items()}
    bars = panel.barh(list(shares), list(shares.values()), color=[BLACK, *[BLUE] * (len(shares) - 1)])
    panel.bar_label(bars, fmt=" %.0f", fontsize=8)
    panel.invert_yaxis()
    panel.set_title("The older remedies", fontsize=10)
    panel.set(xlabel=f"wrong answers on {len(testing[0])} other digits (%)")
    panel.spines[["top", "right"]].set_visible(False)


def draw_weights(panel: Axes, networks: dict[str, list[Layer]]) -> None:
    """Draw how the first layer's weights are distributed with L1 by steps and by thresholds."""
    edges = np.linspace(-0.2, 0.2, 81)
    for (name, colour), line in zip({"L1, steps": BLACK, "L1, thresholds": ORANGE}.items(), ("-", "--"), strict=True):
        weight = networks[name][0]["weight"].ravel()
        label = f"{name}: {(weight == 0).mean():.0%} exactly 0"
        panel.hist(weight, edges, histtype="step", color=colour, linestyle=line, linewidth=1.5, label=label)
    panel.set_yscale("log")
    panel.set_ylim(top=3e5)
    panel.set_title("First layer's weights", fontsize=10)
    panel.set(xlabel="weight", ylabel="how many")
    panel.legend(frameon=False, fontsize=8, loc="upper right")
    panel.spines[["top", "right"]].set_visible(False)


def one_batch(data: Data, *, mixed: bool) -> list[float]:
    """Train on one batch alone until its loss is small; its labels may be shuffled before every step."""
    x, labels = data[0][:BATCH], data[1][:BATCH]
    rng = np.random.default_rng(2019)

    def step(params: list[Array]) -> tuple[list[Array], float]:
        shown = rng.permutation(labels) if mixed else labels
        layers, loss = train_step(x, shown, layers_of(params), rng, lr=RATE)
        return arrays_of(layers), float(loss)

    _, losses = overfits_one_batch(step, arrays_of(first_layers(rng, x.shape[1])), max_steps=100)
    return losses


def draw_one_batch(panel: Axes, data: Data) -> None:
    """Draw the losses of two trainings on one batch, and what a network pays that knows nothing."""
    panel.plot(one_batch(data, mixed=False), color=BLUE, linewidth=1.6, label="as it should be")
    panel.plot(one_batch(data, mixed=True), color=ORANGE, linestyle="--", linewidth=1.6, label="labels shuffled")
    _, expected = first_loss(np.zeros((1, 10)), np.zeros(1, dtype=int))
    panel.axhline(expected, color=BLACK, linewidth=0.8, linestyle=":", label="log 10")
    panel.set_title(f"{BATCH} digits, again and again", fontsize=10)
    panel.set(xlabel="steps on one batch", ylabel="loss (nats)", ylim=(0, None))
    panel.legend(frameon=False, fontsize=8)
    panel.spines[["top", "right"]].set_visible(False)


def looked_at(record: Record) -> tuple[list[str], list[bool]]:
    """Return what the four looks at a record show, and which of them are signs that something is wrong."""
    signs, ratios = diagnose(record), update_ratios(record["before"], record["after"])
    loss, _ = first_loss(record["scores"], record["labels"])
    dead = max(dead_units([outs]).mean() for outs in record["hidden"])
    worst = ratios.min() if "updates too small" in signs else ratios.max()
    shown = [f"{loss:.1f}", f"{record['losses'][-1]:.2g}", f"{worst:.0e}", f"{100 * dead:.0f} %"]
    wrong_update = "updates too small" in signs or "updates too large" in signs
    return shown, ["first loss" in signs, "one batch" in signs, wrong_update, "dead units" in signs]


def draw_diagnoses(panel: Axes) -> None:
    """Draw a table of recorded trainings, with everything tinted that is taken for a sign."""
    rows = [looked_at(record_run(np.random.default_rng(2019), fault)) for fault in FAULTS]
    panel.imshow([tinted for _, tinted in rows], cmap="Oranges", vmin=0, vmax=2.2, aspect="auto")
    for row, (shown, _) in enumerate(rows):
        for column, text in enumerate(shown):
            panel.text(column, row, text, ha="center", va="center", fontsize=8)
    panel.set_xticks(range(4), ["first\nloss", "last\nloss", "update /\nweight", "dead\nunits"], fontsize=8)
    panel.set_yticks(range(len(FAULTS)), list(FAULTS), fontsize=8)
    panel.tick_params(length=0)
    panel.set_title("What is wrong with these trainings?", fontsize=10)
    panel.spines[:].set_visible(False)


def wrong(data: Data, layers: list[Layer]) -> float:
    """Return how many percent of the labels the network does not give when it is tested."""
    x, labels = data
    scores, _, _ = network_forward(x, layers, np.random.default_rng(0))
    return 100 * float(np.mean(scores.argmax(axis=1) != labels))


def finish(panel: Axes, title: str, label: str, top: float) -> None:
    """Give a panel its title, labels and range."""
    panel.set_title(title, fontsize=10)
    panel.set(xlabel="epochs of training", ylabel=label, xlim=(0, EPOCHS), ylim=(0, top))
    panel.spines[["top", "right"]].set_visible(False)
