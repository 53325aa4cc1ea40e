"""A window over the sentence "the king wears the crown", with the pairs that it gives, and a lookup: a one-hot vector
times a matrix is one row of the matrix.

On the left the window stands on "wears" and reaches one place to either side; below it are the pairs (wears, king) and
(wears, the). On the right the third row of a matrix of four rows is picked by the vector 0 0 1 0.
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#E8E8E8"  # the first two are Okabe and Ito's
WORDS = ("the", "king", "wears", "the", "crown")
ROWS = ("the", "king", "wears", "crown")
MATRIX = ((0.3, -0.1), (0.8, 0.5), (-0.6, 0.9), (0.7, 0.4))


def draw() -> Figure:
    """Draw both halves of the handout's picture.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(7, 2.3), layout="constrained")
    window, lookup = figure.subplots(1, 2, width_ratios=(1.25, 1))
    draw_window(window)
    draw_lookup(lookup)
    for panel in (window, lookup):
        panel.set_axis_off()
        panel.set_aspect("equal")
    return figure


def draw_window(panel: Axes) -> None:
    """Draw the sentence with a window on its third word, and the pairs below."""
    panel.set(xlim=(-0.1, 6.1), ylim=(0.1, 3.6))
    panel.text(0, 3.25, "a window of one word to either side", fontsize=9.5)
    for place, word in enumerate(WORDS):
        colour = {1: BLUE, 2: ORANGE, 3: BLUE}.get(place, GREY)
        panel.add_patch(Rectangle((1.2 * place, 1.9), 1.1, 0.7, color=colour, linewidth=0))
        shade = "black" if colour == GREY else "white"
        panel.text(1.2 * place + 0.55, 2.25, word, ha="center", va="center", fontsize=9.5, color=shade)
    panel.add_patch(Rectangle((1.15, 1.8), 3.6, 0.9, fill=False, linewidth=1.6))
    for place, pair in ((1, "(wears, king)"), (3, "(wears, the)")):
        start, end = (2.95, 1.78), (1.2 * place + 0.55 + (place - 2) * 0.35, 0.75)
        panel.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=11, color="black"))
        panel.text(end[0], 0.4, pair, ha="center", va="center", fontsize=9.5)


def draw_lookup(panel: Axes) -> None:
    """Draw a one-hot vector, the matrix it multiplies, and the row that comes out."""
    panel.set(xlim=(-0.6, 7.0), ylim=(0.1, 4.4))
    panel.text(-0.4, 4.0, "one-hot times matrix: one row", fontsize=9.5)
    for row, (word, vector) in enumerate(zip(ROWS, MATRIX, strict=True)):
        picked, y = word == "wears", 2.8 - 0.75 * row
        panel.text(0.7, y + 0.3, word, ha="right", va="center", fontsize=9.5)
        cell(panel, 0.95, y, str(int(picked)), picked)
        for column, number in enumerate(vector):
            cell(panel, 2.5 + 0.95 * column, y, f"{number:.1f}", picked, width=0.9)
            if picked:
                cell(panel, 5.0 + 0.95 * column, y, f"{number:.1f}", picked, width=0.9)
    panel.text(2.05, 1.6, "·", ha="center", va="center", fontsize=15)
    panel.text(4.7, 1.6, "=", ha="center", va="center", fontsize=12)


def cell(panel: Axes, x: float, y: float, text: str, picked: bool, *, width: float = 0.65) -> None:
    """Draw a number in a box, in colour where it is picked."""
    panel.add_patch(Rectangle((x, y), width, 0.6, color=ORANGE if picked else GREY, linewidth=0))
    panel.text(x + width / 2, y + 0.3, text, ha="center", va="center", fontsize=9, color="white" if picked else "black")
