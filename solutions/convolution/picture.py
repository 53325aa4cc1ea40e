"""The 3 x 3 image and the 2 x 2 filter of the worked example, twice. With stride 1 and no padding the window stops at
four overlapping places, and the outputs are 2, 7, 5 and 8. With a frame of zeros and stride 2 it stops at four places
that do not overlap, and the outputs are 3, 1, -2 and 8.

Window and output of one stop have the same colour and line.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

IMAGE = np.array([[1, 2, 0], [3, 1, 2], [0, 1, 4]])
FILTER, BIAS = np.array([[1, -1], [0, 2]]), 1
STOPS = (("#0072B2", "-"), ("#D55E00", "--"), ("#009E73", "-."), ("#000000", ":"))


def draw() -> Figure:
    """Draw the image, the windows and the outputs for two settings."""
    figure = Figure(figsize=(7, 3.4), layout="constrained")
    figure.get_layout_engine().set(h_pad=0.12, w_pad=0.08)
    plain, padded = figure.subplots(1, 2, width_ratios=(6.8, 8.8))
    _draw_setting(plain, padding=0, stride=1)
    _draw_setting(padded, padding=1, stride=2)
    return figure


def _draw_setting(panel: Axes, *, padding: int, stride: int) -> None:
    """Draw the framed image on the left, filter and output on the right."""
    image = np.pad(IMAGE, padding)
    size, top = len(image), (5 - len(image)) / 2
    side = size + 1.4
    _grid(panel, image, (0, top), ring=padding)
    _grid(panel, FILTER, (side, 0))
    panel.text(side + 1, -0.15, "filter, bias 1", fontsize=9, ha="center", va="bottom")
    panel.text(side + 1, 5.15, "output", fontsize=9, ha="center", va="top")
    for stop, style in enumerate(STOPS):
        row, column = divmod(stop, 2)
        down, right = row * stride, column * stride
        answer = int((image[down : down + 2, right : right + 2] * FILTER).sum()) + BIAS
        _frame(panel, (right, top + down), 2, 0.05 + 0.045 * stop if stride == 1 else 0.06, style)
        _grid(panel, np.array([[answer]]), (side + column, 3 + row))
        _frame(panel, (side + column, 3 + row), 1, 0.08, style)
    panel.annotate("", (side - 0.2, 3.75), (size + 0.2, 3.25), arrowprops={"arrowstyle": "-|>", "color": "black"})
    panel.set_title(f"stride {stride}, padding {padding}", fontsize=10)
    panel.set(xlim=(-0.2, side + 2.2), ylim=(5.8, -0.8), aspect="equal")
    panel.axis("off")


def _grid(panel: Axes, numbers: np.ndarray, corner: tuple[float, float], ring: int = 0) -> None:
    """Draw numbers in cells; the outermost rings are the frame of zeros."""
    inner = range(ring, len(numbers) - ring)
    for (row, column), number in np.ndenumerate(numbers):
        colour = "white" if row in inner and column in inner else "#E4E4E4"
        place = corner[0] + column, corner[1] + row
        panel.add_patch(Rectangle(place, 1, 1, facecolor=colour, edgecolor="#909090", linewidth=0.8))
        text = str(number).replace("-", "\N{MINUS SIGN}")
        panel.text(place[0] + 0.5, place[1] + 0.5, text, fontsize=10, ha="center", va="center")


def _frame(panel: Axes, corner: tuple[float, float], size: int, inset: float, style: tuple[str, str]) -> None:
    """Draw the outline of a window, a little inside its cells so that outlines do not hide one another."""
    place, side = (corner[0] + inset, corner[1] + inset), size - 2 * inset
    outline = {"edgecolor": style[0], "linestyle": style[1], "linewidth": 2, "zorder": 3}
    panel.add_patch(Rectangle(place, side, side, fill=False, **outline))
