"""An LSTM cell: the cell runs along the top, multiplied by the forget gate f and added to; below it the four blocks
f, i, g and o read input and old state, and the new state is the output gate o times the tanh of the new cell.

The picture of the handout.
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

BLUE, ORANGE, BLACK, GREY = "#0072B2", "#D55E00", "#000000", "#666666"  # blue and orange: Okabe and Ito
CELL, BLOCK, SPLIT = 3.3, 1.35, 0.45  # heights of the line of the cell, the blocks, and what they read
COLUMNS = {"f": 1.6, "i": 2.8, "g": 4.0, "o": 5.4}
FORMULAS = {"f": "sigmoid", "i": "sigmoid", "g": "tanh", "o": "sigmoid"}


def draw() -> Figure:
    """Draw the flow of data through one step of an LSTM.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(6.6, 3.7), layout="constrained")
    axes = figure.subplots()
    draw_cell_line(axes)
    draw_blocks(axes)
    draw_output(axes)
    axes.set(xlim=(-0.3, 8.6), ylim=(-0.85, 4.0), aspect="equal")
    axes.axis("off")
    return figure


def arrow(axes: Axes, *points: tuple[float, float], colour: str = BLACK, width: float = 1.2) -> None:
    """Draw a line through the points with a head at its end."""
    xs, ys = zip(*points, strict=True)
    axes.plot(xs[:-1], ys[:-1], color=colour, linewidth=width, solid_capstyle="butt")
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": width, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", points[-1], points[-2], arrowprops=style)


def node(axes: Axes, x: float, y: float, sign: str) -> None:
    """Draw a circle with an operation in it."""
    axes.plot(x, y, "o", markersize=17, markerfacecolor="white", markeredgecolor=BLACK, zorder=5)
    axes.text(x, y, sign, ha="center", va="center_baseline", fontsize=12, zorder=6)


def box(axes: Axes, x: float, y: float, text: str, *, colour: str = GREY) -> None:
    """Draw a box with a text in it."""
    shape = FancyBboxPatch((x - 0.42, y - 0.22), 0.84, 0.44, boxstyle="round,pad=0.04", ec=colour, fc="white", lw=1.4)
    axes.add_patch(shape)
    axes.text(x, y, text, ha="center", va="center", fontsize=9)


def draw_cell_line(axes: Axes) -> None:
    """Draw the line along which the cell is kept."""
    forget, write = COLUMNS["f"], (COLUMNS["i"] + COLUMNS["g"]) / 2
    arrow(axes, (0.3, CELL), (7.6, CELL), colour=BLUE, width=2.6)
    axes.text(0.2, CELL, "c", ha="right", va="center", fontsize=12, color=BLUE)
    axes.text(7.7, CELL, "c_next", ha="left", va="center", fontsize=12, color=BLUE)
    node(axes, forget, CELL, "×")
    node(axes, write, CELL, "+")


def draw_blocks(axes: Axes) -> None:
    """Draw the four blocks, what they read, and where f, i and g go."""
    axes.plot((0.3, COLUMNS["o"]), (SPLIT, SPLIT), color=BLACK, linewidth=1.2)
    axes.text(0.2, SPLIT, "h", ha="right", va="center", fontsize=12)
    axes.plot((0.8, 0.8), (-0.3, SPLIT), color=BLACK, linewidth=1.2)
    axes.text(0.8, -0.42, "x", ha="center", va="top", fontsize=12)
    for name, x in COLUMNS.items():
        arrow(axes, (x, SPLIT), (x, BLOCK - 0.27))
        box(axes, x, BLOCK, FORMULAS[name], colour=ORANGE if FORMULAS[name] == "sigmoid" else GREY)
        axes.text(x + 0.1, BLOCK + 0.38, name, fontsize=12, ha="left", va="center")
    middle, level = (COLUMNS["i"] + COLUMNS["g"]) / 2, 2.3
    arrow(axes, (COLUMNS["f"], BLOCK + 0.27), (COLUMNS["f"], CELL - 0.23))
    arrow(axes, (COLUMNS["i"], BLOCK + 0.27), (COLUMNS["i"], level), (middle - 0.23, level))
    arrow(axes, (COLUMNS["g"], BLOCK + 0.27), (COLUMNS["g"], level), (middle + 0.23, level))
    arrow(axes, (middle, level), (middle, CELL - 0.23))
    node(axes, middle, level, "×")


def draw_output(axes: Axes) -> None:
    """Draw how the cell is shown: through a tanh and the output gate."""
    x, level = 6.6, 2.45
    arrow(axes, (x, CELL), (x, level + 0.27), colour=BLUE)
    box(axes, x, level, "tanh")
    arrow(axes, (x, level - 0.27), (x, BLOCK + 0.23))
    arrow(axes, (COLUMNS["o"] + 0.47, BLOCK), (x - 0.23, BLOCK))
    arrow(axes, (x, BLOCK), (x, SPLIT), (7.6, SPLIT))
    axes.text(7.7, SPLIT, "h_next", ha="left", va="center", fontsize=12)
    node(axes, x, BLOCK, "×")
