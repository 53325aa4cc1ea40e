"""Two panels, before and after one update. Before, the example (2, 1), whose right answer is 0, lies on the side of the
boundary that fires. Half of it is subtracted from the weights (1, -1); after that they are (0, -1.5), the boundary has
turned and shifted, and the example lies on the other side.

The numbers are those of the handout's first worked example.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

EXAMPLE, RATE, ERROR = np.array([2.0, 1.0]), 0.5, -1
WEIGHTS, BIAS = np.array([1.0, -1.0]), 0.0
LEARNED, LEARNED_BIAS = WEIGHTS + RATE * ERROR * EXAMPLE, BIAS + RATE * ERROR
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#707070"
REACH = 2.8


def draw() -> Figure:
    """Draw the neuron before and after its mistake."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    before, after = figure.subplots(1, 2, sharex=True, sharey=True)
    _half_plane(before, WEIGHTS, BIAS, "before: it fires, and should not")
    _arrow(before, np.zeros(2), WEIGHTS, colour=BLUE)
    before.text(1.1, -1.15, "$w = (1, -1)$", color=BLUE, fontsize=9)
    _half_plane(after, LEARNED, LEARNED_BIAS, "after: it does not fire")
    _arrow(after, np.zeros(2), WEIGHTS, colour=GREY, style=":")
    _arrow(after, WEIGHTS, LEARNED, colour=ORANGE)
    _arrow(after, np.zeros(2), LEARNED, colour=BLUE)
    after.text(1.1, -0.95, "old $w$", color=GREY, fontsize=9)
    after.text(0.35, -1.65, "$\\eta\\, e\\, x = -0.5 \\cdot (2, 1)$", color="#B04A00", fontsize=9)
    after.text(-0.15, -1.5, "new $w = (0, -1.5)$", color=BLUE, fontsize=9, ha="right")
    before.set_ylabel("$x_2$")
    return figure


def _half_plane(panel: Axes, weights: np.ndarray, bias: float, title: str) -> None:
    """Shade where the neuron fires, and mark the boundary and the example."""
    across, up = np.meshgrid(np.linspace(-REACH, REACH, 2), np.linspace(-REACH, REACH, 2))
    sums = weights[0] * across + weights[1] * up + bias
    panel.contourf(across, up, sums, levels=[0, 1e9], colors=["#56B4E9"], alpha=0.3)
    panel.contour(across, up, sums, levels=[0], colors="black", linewidths=1.3)
    panel.text(2.6, -2.55, "fires: $w \\cdot x + b \\geq 0$", fontsize=9, ha="right")
    panel.plot(*EXAMPLE, marker="X", markersize=9, color=ORANGE, markeredgecolor="black")
    panel.text(1.85, 0.72, "$x = (2, 1)$\nright answer 0", fontsize=9, ha="center", va="top")
    panel.set_title(title, fontsize=10)
    panel.set(xlabel="$x_1$", xlim=(-REACH, REACH), ylim=(-REACH, REACH), aspect="equal")


def _arrow(panel: Axes, start: np.ndarray, end: np.ndarray, *, colour: str, style: str = "-") -> None:
    """Draw a vector from one point to another."""
    shape = {"arrowstyle": "-|>", "color": colour, "linewidth": 2, "linestyle": style, "shrinkA": 0, "shrinkB": 0}
    panel.annotate("", end, start, arrowprops=shape)
