"""On the left a restricted Boltzmann machine's step there and back: four arrows between two layers. From the data v
the hidden probabilities p follow, from them draws h, from h the visible units v', which are drawn as well, and from
these the hidden probabilities p'. Learning compares p and v with p' and v'. On the right a stack grows: each new
machine takes the hidden layer below as its data, and in the end a layer for the labels is put on top.
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, BLACK, GREY = "#0072B2", "#B04A00", "#006B4F", "#000000", "#BBBBBB"
UP, DOWN = 1.0, 0.0


def draw() -> Figure:
    """Draw the step there and back, and the stack.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(7.2, 2.9), layout="constrained")
    step, stack = figure.subplots(1, 2, width_ratios=(1.15, 1))
    _draw_step(step)
    _draw_stack(stack)
    return figure


def _layer(panel: Axes, x: float, y: float, text: str, colour: str) -> None:
    """Draw a layer as a box with its name."""
    box = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": colour, "linewidth": 1.5}
    panel.text(x, y, text, ha="center", va="center", fontsize=9.5, color=colour, bbox=box)


def _arrow(panel: Axes, start: tuple[float, float], end: tuple[float, float], text: str, colour: str = BLACK) -> None:
    """Draw an arrow with a remark beside its middle."""
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.6, "shrinkA": 13, "shrinkB": 13}
    panel.annotate("", end, start, arrowprops=style)
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    panel.text(*middle, text, fontsize=8, ha="center", va="center", color=colour, backgroundcolor="white")


def _draw_step(panel: Axes) -> None:
    """Draw data, hidden units, the dream, and hidden units again."""
    places = {"v": (0.0, DOWN), "p": (0.8, UP), "h": (2.0, UP), "v'": (2.8, DOWN), "p'": (3.6, UP)}
    _arrow(panel, places["v"], places["p"], "weights", BLUE)
    _arrow(panel, places["p"], places["h"], "draw")
    _arrow(panel, places["h"], places["v'"], "weights,\ndraw", ORANGE)
    _arrow(panel, places["v'"], places["p'"], "weights", BLUE)
    for name, place in places.items():
        _layer(panel, *place, name, GREEN if name in ("v", "p") else ORANGE if "'" in name else BLACK)
    panel.text(0.0, -0.33, "data", ha="center", fontsize=8.5, color=GREEN)
    panel.text(2.8, -0.33, "dream", ha="center", fontsize=8.5, color=ORANGE)
    panel.text(1.8, 1.42, "learn from p v and p' v'", ha="center", fontsize=9)
    panel.set(xlim=(-0.5, 4.1), ylim=(-0.5, 1.6))
    panel.set_axis_off()


def _draw_stack(panel: Axes) -> None:
    """Draw three columns: one machine, a second one upon it, and the labels on top."""
    columns = (
        (0.0, ("image", "layer 1"), 0),
        (1.3, ("image", "layer 1", "layer 2"), 1),
        (2.6, ("image", "layer 1", "layer 2", "labels"), 0),
    )
    for x, names, first in columns:
        for y, name in enumerate(names):
            if y:
                last = name == "labels"
                trained = (y > first and len(names) < 4) or last
                colour = GREEN if last else BLUE if trained else GREY
                double = "<|-|>" if trained and not last else "-|>"
                style = {"arrowstyle": double, "color": colour, "linewidth": 1.8, "shrinkA": 10, "shrinkB": 10}
                panel.annotate("", (x, 0.62 * y), (x, 0.62 * (y - 1)), arrowprops=style)
            panel.text(x, 0.62 * y, name, ha="center", va="center", fontsize=8.5)
    captions = ("first machine", "second, upon it", "then labels")
    for (x, _, _), caption in zip(columns, captions, strict=True):
        panel.text(x, -0.42, caption, ha="center", fontsize=8.5, color=BLUE)
    panel.set(xlim=(-0.6, 3.2), ylim=(-0.6, 2.1))
    panel.set_axis_off()
