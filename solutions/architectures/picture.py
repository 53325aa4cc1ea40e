"""Three ways to connect a layer. Plain: each layer reads the one before it. Residual: the input goes
past two layers and is added to what they make. Dense: each layer reads the channels of all layers before it, which
stand behind one another. Arrows are convolutions, curved lines hand on what they get.
"""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

BLUE, ORANGE, BLACK = "#0072B2", "#B04A00", "#000000"
LEVELS = (0.0, 1.0, 2.0, 3.0)


def draw() -> Figure:
    """Draw three networks of three layers beside each other."""
    figure = Figure(figsize=(7.2, 3.2), layout="constrained")
    panels = figure.subplots(1, 3)
    for panel, name in zip(panels, ("plain", "residual", "dense"), strict=True):
        panel.set_title(name, fontsize=11)
        panel.set(xlim=(-1.6, 1.6), ylim=(-0.5, 3.5))
        panel.set_axis_off()
        for lower, upper in pairwise(LEVELS):
            _arrow(panel, lower, upper, BLACK, 0.0)
    for lower, upper in pairwise(LEVELS):
        _arrow(panels[1], lower, upper, BLUE, 0.9)
    for index, lower in enumerate(LEVELS):
        for upper in LEVELS[index + 2 :]:
            _arrow(panels[2], lower, upper, ORANGE, 0.45)
    for panel, signs in zip(panels, (("", "", ""), ("+", "+", "+"), ("1", "2", "3")), strict=True):
        for level, sign in zip(LEVELS, ("x", *signs), strict=True):
            panel.plot(0, level, "o", markersize=17, markerfacecolor="white", markeredgecolor=BLACK, zorder=3)
            panel.text(0, level, sign, ha="center", va="center", fontsize=10, zorder=4)
    return figure


def _arrow(panel: Axes, lower: float, upper: float, colour: str, bend: float) -> None:
    """Draw an arrow from a layer to a later one."""
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.6, "shrinkA": 10, "shrinkB": 10}
    panel.annotate("", (0, upper), (0, lower), arrowprops={**style, "connectionstyle": f"arc3,rad={bend}"})
