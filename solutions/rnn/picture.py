"""Above, a recurrent network unrolled in time: the same cell, with the same weights, reads x1, x2 and x3, hands its
state on from step to step and answers after each; orange arrows show the gradient, which goes back through all of
them. Below, an LSTM cell: the cell c runs along the top, is multiplied by the forget gate f, and i times g is added
to it; the four blocks f, i, g and o read the input x joined to the old state h, and the new state is the output gate
o times the tanh of the new cell.

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
    """Draw an unrolled network, and the flow of data through one step of an LSTM.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(6.6, 6.1), layout="constrained")
    above, axes = figure.subplots(2, 1, height_ratios=(2.35, 3.7))
    draw_unrolled(above)
    draw_cell_line(axes)
    draw_blocks(axes)
    draw_output(axes)
    axes.set(xlim=(-0.3, 8.6), ylim=(-0.85, 4.0), aspect="equal")
    axes.axis("off")
    return figure


def draw_unrolled(axes: Axes) -> None:
    """Draw three steps of one cell: states to the right, gradients to the left."""
    places = (1.6, 4.1, 6.6)
    for step, x in enumerate(places, start=1):
        box(axes, x, 1.0, "cell")
        arrow(axes, (x, -0.1), (x, 0.7))
        axes.text(x, -0.2, f"$x_{step}$", ha="center", va="top", fontsize=12)
        arrow(axes, (x - 0.1, 1.28), (x - 0.1, 2.0))
        arrow(axes, (x + 0.1, 2.0), (x + 0.1, 1.28), colour=ORANGE)
        axes.text(x, 2.1, f"$h_{step}$", ha="center", va="bottom", fontsize=12)
        arrow(axes, (x - 2.03 if step > 1 else 0.3, 1.1), (x - 0.47, 1.1))
    for x in places[1:]:
        arrow(axes, (x - 0.47, 0.9), (x - 2.03, 0.9), colour=ORANGE)
    axes.text(0.2, 1.1, "$h_0$", ha="right", va="center", fontsize=12)
    axes.text(7.4, 1.0, "same weights\nin each step", ha="left", va="center", fontsize=9, color=GREY)
    axes.text(2.85, 0.72, "gradient", ha="center", va="top", fontsize=9, color=ORANGE)
    axes.set(xlim=(-0.3, 8.9), ylim=(-0.6, 2.6), aspect="equal")
    axes.axis("off")


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
    axes.plot(0.8, SPLIT, "o", markersize=5, color=BLACK)
    axes.text(0.95, SPLIT - 0.12, "x and h, joined", ha="left", va="top", fontsize=9, color=GREY)
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
