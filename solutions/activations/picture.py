"""Six activations, each with its slope, from -4 to 4. The sigmoid's slope is 1/4 at most and dies out on both sides;
the tanh's is 1 in the middle and dies out as well. The ReLU's slope is 0 on the left and 1 on the right; leaky ReLU,
ELU and GELU let something through on the left, too.

The slope is what the gradient is multiplied by in every layer.
"""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

BLUE, ORANGE = "#0072B2", "#D55E00"
X = np.linspace(-4, 4, 321)


def draw() -> Figure:
    """Draw the curves and their slopes."""
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    panels = figure.subplots(2, 3, sharex=True, sharey=True)
    for panel, (name, curve, slope) in zip(panels.flat, _activations(), strict=True):
        _draw_one(panel, name, curve, slope)
    panels[0, 0].annotate(
        "at most 1/4", (0, 0.25), (1.1, -0.75), fontsize=8, arrowprops={"arrowstyle": "-", "linewidth": 0.7}
    )
    panels[0, 0].legend(loc="upper left", frameon=False, fontsize=8)
    for panel in panels[1]:
        panel.set_xlabel("$x$")
    return figure


def _activations() -> tuple[tuple[str, np.ndarray, np.ndarray], ...]:
    """Return name, values and slopes; at a corner the slope is that of the left side."""
    s, t, left = 1 / (1 + np.exp(-X)), np.tanh(X), X <= 0
    below = np.array([0.5 * (1 + math.erf(x / math.sqrt(2))) for x in X])
    density = np.exp(-(X**2) / 2) / math.sqrt(2 * math.pi)
    return (
        ("sigmoid", s, s * (1 - s)),
        ("tanh", t, 1 - t**2),
        ("ReLU", np.where(left, 0, X), np.where(left, 0, 1)),
        ("leaky ReLU, $a = 0.1$", np.where(left, 0.1 * X, X), np.where(left, 0.1, 1)),
        ("ELU, $\\alpha = 1$", np.where(left, np.exp(X) - 1, X), np.where(left, np.exp(X), 1)),
        ("GELU", X * below, below + X * density),
    )


def _draw_one(panel: Axes, name: str, curve: np.ndarray, slope: np.ndarray) -> None:
    panel.axhline(0, color="#B0B0B0", linewidth=0.7)
    panel.axvline(0, color="#B0B0B0", linewidth=0.7)
    panel.plot(X, curve, color=BLUE, linewidth=1.8, label="$f(x)$")
    panel.plot(X, slope, color=ORANGE, linewidth=1.8, linestyle="--", label="$f'(x)$, the slope")
    panel.set_title(name, fontsize=10)
    panel.set(xlim=(-4, 4), ylim=(-1.3, 2.3), xticks=(-4, -2, 0, 2, 4), yticks=(-1, 0, 1, 2))
    panel.spines[["top", "right"]].set_visible(False)
