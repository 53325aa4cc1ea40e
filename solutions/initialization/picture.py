"""Left, a linear layer of six inputs and four units: the six weights of one unit are its fan_in, the four weights of
one input its fan_out. Right, the variance of the signal in thirty layers of ReLUs: with gain 1 it halves in every
layer, with gain 2 it doubles, with the square root of 2 it stays.

Points are measured in a network of random weights, lines are the formula.
"""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#C8C8C8"
INPUTS, UNITS, CHOSEN_INPUT, CHOSEN_UNIT = 6, 4, 1, 2
LAYERS, WIDTH, EXAMPLES = 30, 512, 64
GAINS = ((2.0, "gain $2$", ORANGE, "s"), (math.sqrt(2), "gain $\\sqrt{2}$", BLUE, "o"), (1.0, "gain $1$", GREEN, "^"))


def draw() -> Figure:
    """Draw the two fans, and what the gain does to the signal."""
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    fans, depth = figure.subplots(1, 2, width_ratios=(1, 1.35))
    _draw_fans(fans)
    _draw_depth(depth)
    return figure


def _draw_fans(panel: Axes) -> None:
    """Draw all weights of a layer, those of one unit and those of one input on top."""
    rows = {0: np.linspace(0, 1, INPUTS), 1: np.linspace(0.12, 0.88, UNITS)}
    for i, left in enumerate(rows[0]):
        for j, right in enumerate(rows[1]):
            into, out_of = j == CHOSEN_UNIT, i == CHOSEN_INPUT
            if into or out_of:
                colour, style = (BLUE, "-") if into else (ORANGE, "--")
                panel.plot([0, 1], [left, right], color=colour, linestyle=style, linewidth=1.6, zorder=2)
            else:
                panel.plot([0, 1], [left, right], color=GREY, linewidth=0.7, zorder=1)
    panel.plot([0, 1], [rows[0][CHOSEN_INPUT], rows[1][CHOSEN_UNIT]], color=ORANGE, linestyle="--", zorder=3)
    for across, places in rows.items():
        panel.scatter([across] * len(places), places, s=90, color="white", edgecolor="black", zorder=4)
    panel.text(0, 1.1, "6 inputs", ha="center", fontsize=9)
    panel.text(1, 1.1, "4 units", ha="center", fontsize=9)
    panel.text(0.5, -0.16, "fan_in 6: what one unit adds up", color=BLUE, ha="center", fontsize=9)
    panel.text(0.5, -0.29, "fan_out 4: what one input feeds", color="#B04A00", ha="center", fontsize=9)
    panel.set(xlim=(-0.25, 1.25), ylim=(-0.34, 1.18))
    panel.axis("off")


def _draw_depth(panel: Axes) -> None:
    """Draw measured and calculated variances, by layer."""
    layers = np.arange(1, LAYERS + 1)
    for gain, label, colour, marker in GAINS:
        measured = _variances(gain)
        factor = gain**2 / 2
        panel.semilogy(layers, measured[0] * factor ** (layers - 1.0), color=colour, linewidth=1)
        panel.semilogy(layers, measured, marker, color=colour, markersize=3.5)
        end = measured[0] * factor ** (LAYERS - 1.0)
        panel.annotate(
            f"{label}: $\\times {factor:.3g}$", (LAYERS, end), (6, -3), textcoords="offset points", fontsize=9
        )
    panel.set_title("He's rule with three gains, ReLU", fontsize=10)
    panel.set(xlabel="layer", ylabel="variance of $z$", xlim=(0, 44), xticks=(1, 10, 20, 30))
    panel.spines[["top", "right"]].set_visible(False)


def _variances(gain: float) -> np.ndarray:
    """Send random examples through a network of random weights of std gain / sqrt(fan_in)."""
    rng = np.random.default_rng(2015)
    signal, variances = rng.normal(size=(EXAMPLES, WIDTH)), []
    for _ in range(LAYERS):
        signal = signal @ rng.normal(0, gain / math.sqrt(WIDTH), (WIDTH, WIDTH))
        variances.append(signal.var())
        signal = np.maximum(signal, 0)
    return np.array(variances)
