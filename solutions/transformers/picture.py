"""Three masks for six words, a row for each word that asks and a column for each that it may look at. With none, all
look at all. Under the causal mask a word looks at itself and at those before it, so that it never sees the word that it
has to guess. A masked model looks at everything, but one word is hidden from all, crossed out, and has to be guessed.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

BLUE, ORANGE, GREY, BLACK = "#0072B2", "#D55E00", "#EEEEEE", "#000000"
WORDS = ("the", "king", "likes", "his", "own", "crown")
HIDDEN = 2


def draw() -> Figure:
    """Draw three tables of tiles beside each other."""
    figure = Figure(figsize=(7.2, 2.8), layout="constrained")
    everything, causal = np.ones((6, 6), bool), np.tri(6, dtype=bool)
    names = ("no mask", "causal: guess the next", "hidden: guess the gap")
    for panel, name, mask in zip(figure.subplots(1, 3), names, (everything, causal, everything), strict=True):
        _tiles(panel, mask, hidden=HIDDEN if name.startswith("hidden") else None)
        panel.set_title(name, fontsize=10)
    return figure


def _tiles(panel: Axes, mask: np.ndarray, *, hidden: int | None) -> None:
    """Draw a tile for each pair of words, and the words on both sides."""
    for row in range(6):
        for column in range(6):
            colour = ORANGE if column == hidden else BLUE if mask[row, column] else GREY
            panel.add_patch(_square(column, row, colour))
    words = ["×" * 3 if place == hidden else word for place, word in enumerate(WORDS)]
    panel.set_xticks(np.arange(6), words, fontsize=8, rotation=45)
    panel.set_yticks(np.arange(6), words, fontsize=8)
    panel.set(xlim=(-0.5, 5.5), ylim=(5.5, -0.5), aspect="equal")
    panel.tick_params(length=0, colors=BLACK)
    panel.spines[:].set_visible(False)


def _square(x: int, y: int, colour: str) -> Rectangle:
    """Return a tile with a margin."""
    return Rectangle((x - 0.44, y - 0.44), 0.88, 0.88, facecolor=colour)
