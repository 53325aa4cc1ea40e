"""Attention for one word. On the left the encoder has read two words and one place of padding; its states, the keys,
are 2, 1 and 9. The decoder's state, the query log 3 from below, is multiplied with each key, which makes the scores
2.20 and 1.10; the padding is left out. The softmax turns them into the weights 0.75, 0.25 and 0, drawn as arrows of
that width, and the mean of the keys with these weights is the context, 1.75. State and context score the next word.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

BLUE, ORANGE, BLACK, GREY = "#0072B2", "#B04A00", "#000000", "#999999"
KEYS, QUERY, WORDS = np.array([2.0, 1.0, 9.0]), np.log(3.0), ("three", "hundred", "padding")
COLUMNS = (0.9, 2.5, 4.1)


def draw() -> Figure:
    """Draw keys, scores and weights above a query, and the context beside them."""
    figure = Figure(figsize=(6.8, 3.6), layout="constrained")
    axes = figure.subplots()
    scores = np.where([True, True, False], QUERY * KEYS, -np.inf)
    weights = np.exp(scores) / np.exp(scores).sum()
    for column, (x, word) in enumerate(zip(COLUMNS, WORDS, strict=True)):
        padded = column == 2
        _box(axes, x, 3.0, f"{KEYS[column]:.0f}", GREY if padded else BLACK)
        axes.text(x, 3.55, word, ha="center", fontsize=9, color=GREY if padded else BLACK)
        score = r"$-\infty$" if padded else f"{scores[column]:.2f}"
        axes.text(x, 1.27, score, ha="center", va="center", fontsize=9, color=GREY if padded else ORANGE)
        axes.text(
            x, 1.72, f"{weights[column]:.2f}", ha="center", va="center", fontsize=9, color=GREY if padded else BLUE
        )
        if not padded:
            _arrow(axes, (x, 2.68), (5.92, 2.05 + 0.1 * (1 - column)), BLUE, 1 + 4 * weights[column])
            _arrow(axes, (2.5 + 0.2 * (x - 2.5), 0.35), (x, 1.05), ORANGE, 1.0)
    _box(axes, 2.5, 0.05, "log 3", ORANGE)
    _box(axes, 6.3, 2.05, f"{weights @ np.where(scores > -np.inf, KEYS, 0):.2f}", BLUE)
    _label(axes)
    axes.set(xlim=(-1.2, 7.6), ylim=(-0.4, 3.9))
    axes.axis("off")
    return figure


def _label(axes: Axes) -> None:
    """Name the rows, and what state and context are for."""
    rows = ((3.0, "keys", BLACK), (1.72, "weights", BLUE), (1.27, "scores", ORANGE), (0.05, "query", ORANGE))
    for y, name, colour in rows:
        axes.text(-1.1, y, name, va="center", fontsize=9.5, color=colour)
    axes.text(6.3, 2.5, "context", ha="center", fontsize=9.5, color=BLUE)
    axes.text(6.3, 0.75, "scores of the\nnext word", ha="center", va="center", fontsize=9)
    _arrow(axes, (6.3, 1.75), (6.3, 1.05), BLACK, 1.2)
    _arrow(axes, (2.95, 0.05), (5.7, 0.55), BLACK, 1.2)


def _box(axes: Axes, x: float, y: float, text: str, colour: str) -> None:
    """Draw a number in a rounded box."""
    shape = FancyBboxPatch((x - 0.3, y - 0.2), 0.6, 0.4, boxstyle="round,pad=0.08", facecolor="white", edgecolor=colour)
    axes.add_patch(shape)
    axes.text(x, y, text, ha="center", va="center", fontsize=10, color=colour)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, width: float) -> None:
    """Draw an arrow of some width."""
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": width, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, start, arrowprops=style)
