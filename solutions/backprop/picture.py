"""The graph of x w + x at x = 3 and w = 2. Forwards, along black arrows from left to right, the product is 6 and the
sum 9. Backwards, along orange arrows from right to left, the sum's gradient is 1, and every edge multiplies it by its
slope: the product gets 1, w gets 3 and x gets 2 along the product and 1 along the direct edge, together 3.

The numbers are those of the handout's last worked example.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

BLUE, ORANGE = "#0072B2", "#B04A00"
WIDTH, HEIGHT = 1.5, 1.0
Point = tuple[float, float]
Node = tuple[float, float, str, str, str]  # where its middle is, name, value, gradient
NODES: dict[str, Node] = {
    "x": (1.0, 3.0, "$x$", "3", "$2 \\cdot 1 + 1 \\cdot 1 = 3$"),
    "w": (1.0, 0.8, "$w$", "2", "$3 \\cdot 1 = 3$"),
    "product": (5.0, 0.8, "$x \\cdot w$", "6", "$1 \\cdot 1 = 1$"),
    "sum": (9.0, 3.0, "$x w + x$", "9", "$1$"),
}
EDGES = (  # from, to, slope times gradient, and how far above the boxes' middles it leaves and arrives
    ("x", "product", "$2 \\cdot 1$", -0.26, 0.26),
    ("w", "product", "$3 \\cdot 1$", -0.26, -0.26),
    ("product", "sum", "$1 \\cdot 1$", 0.0, -0.26),
    ("x", "sum", "$1 \\cdot 1$", 0.26, 0.26),
)
APART = 0.11  # of an arrow from the middle between it and its counterpart


def draw() -> Figure:
    """Draw the graph with its values, slopes and gradients."""
    figure = Figure(figsize=(7, 3.1), layout="constrained")
    panel = figure.subplots()
    panel.set(xlim=(-0.6, 10.6), ylim=(-0.7, 4.2), aspect="equal")
    panel.axis("off")
    for start, end, product, leaves, arrives in EDGES:
        (x_start, y_start, *_), (x_end, y_end, *_) = NODES[start], NODES[end]
        _edges(panel, (x_start + WIDTH / 2, y_start + leaves), (x_end - WIDTH / 2, y_end + arrives), product)
    for node in NODES.values():
        _node(panel, node)
    panel.text(5, 4.05, "forward: values, from left to right", color=BLUE, fontsize=10, ha="center", va="top")
    below = "backward: slope times gradient, from right to left"
    panel.text(5, -0.65, below, color=ORANGE, fontsize=10, ha="center", va="bottom")
    return figure


def _node(panel: Axes, node: Node) -> None:
    """Draw a box with name and value, the gradient below it."""
    across, up, name, value, gradient = node
    corner = (across - WIDTH / 2, up - HEIGHT / 2)
    box = FancyBboxPatch(corner, WIDTH, HEIGHT, boxstyle="round,pad=0.02", facecolor="white", edgecolor="black")
    panel.add_patch(box)
    panel.text(across, up + 0.2, name, fontsize=10, ha="center", va="center")
    panel.text(across, up - 0.22, value, fontsize=11, ha="center", va="center", color=BLUE, weight="bold")
    panel.text(across, up - 0.62, gradient, fontsize=10, ha="center", va="top", color=ORANGE)


def _edges(panel: Axes, start: Point, end: Point, product: str) -> None:
    """Draw a black arrow between two boxes and, below it, an orange one back, with the slope times the gradient."""
    left, right, up = np.array([start[0] + 0.05, start[1]]), np.array([end[0] - 0.05, end[1]]), np.array([0, APART])
    _arrow(panel, left + up, right + up, "black")
    _arrow(panel, right - up, left - up, ORANGE)
    white = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    panel.text(*(left + right) / 2 - up, product, fontsize=9.5, ha="center", va="center", color=ORANGE, bbox=white)


def _arrow(panel: Axes, tail: np.ndarray, tip: np.ndarray, colour: str) -> None:
    shape = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.3, "shrinkA": 0, "shrinkB": 0}
    panel.annotate("", tuple(tip), tuple(tail), arrowprops=shape)
