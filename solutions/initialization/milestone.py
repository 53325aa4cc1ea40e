"""2010 and 2015: the same network of fifty layers, from four kinds of first weights.

In 1998 Yann LeCun and colleagues advised a standard deviation of 1 / sqrt(fan_in), which keeps a signal's variance on
its way forward (Efficient BackProp, section 4.6). Networks of more than a few layers still hardly trained. In 2010
Xavier Glorot and Yoshua Bengio asked what becomes of the gradient's variance on its way back as well, and found a
compromise between the two, for nonlinearities like tanh. In 2015 Kaiming He and colleagues noticed that a ReLU loses
half of it in every layer, and doubled the variance: a network of thirty layers, dead with Xavier's weights, began to
learn.

In the picture your functions draw four sets of first weights for fifty layers of ReLU units. At the top: the variance
of the signal on its way forward, and of the gradient on its way back. Small weights and Xavier's lose a factor in every
layer, He's and LSUV's lose none. Below: the loss while the network learns to read digits. No gradient, no learning.
The last panel has a small network with seven hidden units: however long it learns, units that began alike stay alike.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy import ndarray as Array

from datasets.digits import load_digits

from .propagation import (
    backward_signals,
    descend,
    distinct_units,
    forward_signals,
    init_weights,
    layer_variances,
    lsuv,
    softmax_cross_entropy,
)
from .schemes import calculate_gain

LAYERS, WIDTH, STEPS, BATCH, RATE = 50, 64, 350, 32, 0.006
BLUE, ORANGE, GREEN, BLACK = "#0072B2", "#D55E00", "#009E73", "#000000"  # Okabe and Ito's colours
STYLES = ((BLACK, ":"), (BLUE, "--"), (ORANGE, "-"), (GREEN, "-."))

Weights = list[Float[Array, "M D"]]


def draw() -> Figure:
    """Draw signal and gradient by depth, the loss of four trainings, and what symmetry does.

    Returns
    -------
    matplotlib.figure.Figure
    """
    x, labels = digits()
    networks = first_weights(x)
    figure = Figure(figsize=(7.2, 5.6), layout="constrained")
    (signal, gradient), (loss, units) = figure.subplots(2, 2)
    for (name, weights), (colour, line) in zip(networks.items(), STYLES, strict=True):
        forward, backward = variances(x[:256], labels[:256], weights)
        style = {"color": colour, "linestyle": line, "linewidth": 1.6, "label": name, "zorder": 3 if line == ":" else 2}
        signal.semilogy(range(1, LAYERS + 1), forward, **style)
        gradient.semilogy(range(1, LAYERS + 1), backward, **style)
        loss.plot(smoothed(losses(x, labels, weights)), **style)
    finish_depth(signal, "Forward: variance of the signal", "variance of z")
    finish_depth(gradient, "Backward: variance of the gradient", "variance of dz")
    finish_loss(loss)
    draw_units(units, x, labels)
    return figure


def digits() -> tuple[Float[Array, "N D"], Array]:
    """Return the training digits with mean 0 and variance 1, in float32, and their labels."""
    data = load_digits()
    x = data.train_images.reshape(len(data.train_images), -1)
    return ((x - x.mean()) / x.std()).astype(np.float32), data.train_labels


def first_weights(x: Float[Array, "N D"]) -> dict[str, Weights]:
    """Draw four sets of weights for the same network, each from the same seed."""
    widths = (x.shape[1], *[WIDTH] * (LAYERS - 1), 10)

    def drawn(scheme: str, **options: float) -> Weights:
        weights = init_weights(widths, np.random.default_rng(2015), scheme=scheme, **options)
        return [weight.astype(np.float32) for weight in weights]

    return {
        "normal, std 0.1": drawn("normal", std=0.1),
        "Xavier (2010)": drawn("xavier_normal"),
        "He (2015)": drawn("he_normal"),
        "orthogonal + LSUV (2016)": lsuv(x[:256], drawn("orthogonal", gain=calculate_gain("relu"))),
    }


def variances(x: Float[Array, "N D"], labels: Array, weights: Weights) -> tuple[Array, Array]:
    """Return the variances of the signals and of their gradients, in float64: in float32 the smallest would be 0."""
    weights = [weight.astype(np.float64) for weight in weights]
    signals = forward_signals(x.astype(np.float64), weights)
    _, dout = softmax_cross_entropy(signals[-1], labels)
    return layer_variances(signals), layer_variances(backward_signals(dout, signals, weights))


def losses(x: Float[Array, "N D"], labels: Array, weights: Weights) -> Iterator[float]:
    """Train on small batches with a rate that falls to zero; yield the loss of each before its step."""
    rng = np.random.default_rng(2010)
    for step in range(STEPS):
        batch = rng.integers(0, len(x), BATCH)
        weights, loss = descend(x[batch], labels[batch], weights, lr=RATE * (1 - step / STEPS))
        yield float(loss)


def smoothed(values: Iterator[float], *, window: int = 20) -> Float[Array, "STEPS"]:
    """Return the running mean of a noisy curve."""
    return np.convolve(list(values), np.ones(window) / window, mode="valid")


def finish_depth(panel: Axes, title: str, label: str) -> None:
    """Give a panel over the layers its title and labels."""
    panel.set_title(title, fontsize=10)
    panel.set(xlabel="layer", ylabel=label, xticks=(1, 10, 20, 30, 40, 50))
    panel.spines[["top", "right"]].set_visible(False)


def finish_loss(panel: Axes) -> None:
    """Give the panel of the trainings its title, labels and legend."""
    panel.annotate("log 10: guessing", (0, np.log(10)), (0, 5), textcoords="offset points", fontsize=7.5)
    panel.set_title("Learning to read digits", fontsize=10)
    panel.set(xlabel="steps of gradient descent", ylabel="loss (mean of 20 batches)", ylim=(0, 2.9))
    panel.legend(frameon=False, fontsize=7.5, loc="lower left")
    panel.spines[["top", "right"]].set_visible(False)


def draw_units(panel: Axes, x: Float[Array, "N D"], labels: Array) -> None:
    """Train a small network from equal and from random weights; draw how many different units it has."""
    for (name, scheme, options), (colour, line) in zip(
        (("constant 0.1", "constant", {"val": 0.1}), ("He (2015)", "he_normal", {})),
        (STYLES[0], STYLES[2]),
        strict=True,
    ):
        weights, counts = init_weights((x.shape[1], 7, 10), np.random.default_rng(2015), scheme=scheme, **options), []
        for _ in range(30):
            counts.append(distinct_units(weights[0]))
            weights, _ = descend(x[:256], labels[:256], weights, lr=RATE)
        panel.plot(counts, color=colour, linestyle=line, linewidth=1.6, label=name)
    panel.set_title("Different units in a layer of seven", fontsize=10)
    panel.set(xlabel="steps of gradient descent", ylabel="different units", ylim=(0, 7.6), yticks=range(8))
    panel.legend(frameon=False, fontsize=7.5, loc="center")
    panel.spines[["top", "right"]].set_visible(False)
