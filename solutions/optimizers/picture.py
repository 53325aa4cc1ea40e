"""The first three steps down a ravine, from the same place at the upper left. SGD's steps are its gradients, which
point across the ravine and hardly along it. With momentum each step is the gradient, drawn thin, plus most of the step
before, so that what changes its sign cancels and what stays adds up. Adam divides each coordinate by its own size: its
first step goes along the diagonal, equally far in both coordinates.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

BLUE, ORANGE, BLACK, GREY = "#0072B2", "#B04A00", "#000000", "#BBBBBB"
STEEPNESS, START, STEPS = np.array([1.0, 12.0]), np.array([-2.0, 0.7]), 3
RATE, MOMENTUM, ADAM_RATE, BETAS = 0.13, 0.7, 0.45, (0.7, 0.8)


def draw() -> Figure:
    """Draw three ravines beside each other."""
    figure = Figure(figsize=(7.2, 2.7), layout="constrained")
    panels = figure.subplots(1, 3, sharey=True)
    for panel, (name, walk) in zip(panels, (("SGD", _sgd), ("momentum", _momentum), ("Adam", _adam)), strict=True):
        _ravine(panel, name)
        place = START
        for step, gradient in walk():
            _arrow(panel, place, -gradient, ORANGE, 1.0)
            _arrow(panel, place, step, BLUE, 2.2)
            place = place + step
            panel.plot(*place, "o", color=BLACK, markersize=3.5, zorder=4)
    panels[0].text(-2.3, -0.92, "step", color=BLUE, fontsize=9)
    panels[0].text(-1.55, -0.92, "rate · gradient", color=ORANGE, fontsize=9)
    return figure


def _ravine(panel: Axes, name: str) -> None:
    """Draw contours, the start and the lowest place."""
    a, b = np.meshgrid(np.linspace(-2.5, 1.0, 150), np.linspace(-1.05, 1.05, 150))
    height = STEEPNESS[0] * a**2 + STEEPNESS[1] * b**2
    panel.contour(a, b, height, levels=(0.3, 1, 2.2, 4, 6.5, 10), colors=GREY, linewidths=0.7)
    panel.plot(*START, "o", color=BLACK, markersize=4.5, zorder=4)
    panel.plot(0, 0, "*", color=BLACK, markersize=8)
    panel.set_title(name, fontsize=10)
    panel.set(xlim=(-2.5, 1.0), ylim=(-1.05, 1.05), xticks=(), yticks=())


def _arrow(panel: Axes, place: np.ndarray, step: np.ndarray, colour: str, width: float) -> None:
    """Draw a step as an arrow."""
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": width, "shrinkA": 0, "shrinkB": 0}
    panel.annotate("", place + step, place, arrowprops=style, zorder=3 if width > 2 else 2)


def _sgd():
    """Yield steps and scaled gradients of plain descent."""
    place = START
    for _ in range(STEPS):
        gradient = RATE * STEEPNESS * place
        yield -gradient, gradient
        place = place - gradient


def _momentum():
    """Yield steps and scaled gradients of descent with momentum."""
    place, buffer = START, np.zeros(2)
    for _ in range(STEPS):
        gradient = RATE * STEEPNESS * place
        buffer = MOMENTUM * buffer + gradient
        yield -buffer, gradient
        place = place - buffer


def _adam():
    """Yield steps of Adam, and the gradients in the scale of the others."""
    place, mean, square = START, np.zeros(2), np.zeros(2)
    for step in range(1, STEPS + 1):
        gradient = STEEPNESS * place
        mean = BETAS[0] * mean + (1 - BETAS[0]) * gradient
        square = BETAS[1] * square + (1 - BETAS[1]) * gradient**2
        move = ADAM_RATE * mean / (1 - BETAS[0] ** step) / np.sqrt(square / (1 - BETAS[1] ** step))
        yield -move, RATE * gradient
        place = place - move
