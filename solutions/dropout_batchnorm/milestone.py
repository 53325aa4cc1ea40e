"""2012 and 2015: a network that overfits, then dropout, then batch norm.

In 2012 a network of Alex Krizhevsky, Ilya Sutskever and Geoffrey Hinton won the ImageNet competition by a wide margin.
It had sixty million weights and little over a million images to learn from, and would have learned them by heart;
dropout in its two largest layers kept it from that. In 2015 Sergey Ioffe and Christian Szegedy normalized the sums of
every layer over the batch, and their network reached the same accuracy as before in a fourteenth of the steps.

In the picture your own code trains one network three times, on 500 digits of which 150 have a random label. Left: the
share of the training labels that it gets wrong. The plain network learns all of them by heart, false ones included;
with batch norm it does so in about two thirds of the epochs; with dropout it does not get there. Right: mistakes on 360
other digits. The plain network is best early on and then forgets the rule for the sake of the exceptions. Dropout keeps
the rule. Batch norm makes learning faster, overfitting as well: against false labels it is no remedy.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy import ndarray as Array

from datasets.digits import load_digits

from .network import Layer, init_network, network_forward, train_step

EXAMPLES, FALSE_LABELS, WIDTH, EPOCHS, BATCH, RATE = 500, 150, 256, 60, 25, 0.05
BLUE, ORANGE, BLACK = "#0072B2", "#D55E00", "#000000"  # Okabe and Ito's colours
KINDS = (
    ("plain", {"batch_norm": False, "p": 0.0}, {"color": BLACK, "linestyle": ":"}),
    ("dropout (2012)", {"batch_norm": False, "p": 0.5}, {"color": BLUE, "linestyle": "-"}),
    ("batch norm (2015)", {"batch_norm": True, "p": 0.0}, {"color": ORANGE, "linestyle": "--"}),
)

Data = tuple[Float[Array, "N D"], Int[Array, "N"]]


def draw() -> Figure:
    """Draw the mistakes of three networks by epoch, on what they learn from and on other digits.

    Returns
    -------
    matplotlib.figure.Figure
    """
    training, testing = digits()
    figure = Figure(figsize=(7.2, 3.3), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name, options, style in KINDS:
        curves = np.array([(wrong(training, net), wrong(testing, net)) for net in trained(training, **options)]).T
        for panel, curve in zip((left, right), curves, strict=True):
            panel.plot(range(1, EPOCHS + 1), curve, label=name, linewidth=1.6, **style)
    finish(left, "Learned from: 500 digits, 150 labels random", "wrong training labels (%)", 55)
    finish(right, "360 other digits", "wrong answers (%)", 32)
    right.legend(frameon=False, fontsize=8, loc="upper right")
    return figure


def digits() -> tuple[Data, Data]:
    """Return some training digits, a part of them with random labels, and the test digits, all of variance 1."""
    data, rng = load_digits(), np.random.default_rng(2012)
    labels = data.train_labels[:EXAMPLES].copy()
    labels[:FALSE_LABELS] = rng.integers(0, 10, FALSE_LABELS)
    mean, std = data.train_images.mean(), data.train_images.std()
    x, other = (
        ((images.reshape(len(images), -1) - mean) / std).astype(np.float32)
        for images in (data.train_images[:EXAMPLES], data.test_images)
    )
    return (x, labels), (other, data.test_labels)


def trained(data: Data, *, batch_norm: bool, p: float) -> Iterator[list[Layer]]:
    """Train a network on small batches; yield it after every epoch."""
    (x, labels), rng = data, np.random.default_rng(2015)
    layers = [
        {name: array.astype(np.float32) for name, array in layer.items()}
        for layer in init_network((x.shape[1], WIDTH, WIDTH, 10), rng, batch_norm=batch_norm)
    ]
    for _ in range(EPOCHS):
        for batch in rng.permutation(EXAMPLES).reshape(-1, BATCH):
            layers, _ = train_step(x[batch], labels[batch], layers, rng, lr=RATE, p=p)
        yield layers


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
