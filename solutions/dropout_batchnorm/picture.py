"""On the left, dropout: in two steps of training other units of a layer are dropped, drawn hollow with their
connections gone, and those that stay are divided by 1 - p; in testing all of them take part. On the right, six panels
of histograms. Without batch norm the sums of a unit move away from 0 and spread from layer to layer; with batch norm
those of every unit stay around 0 with a standard deviation of 1.

Three units per layer, in a network of three layers whose first weights are half as large again as He's rule wants them.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from numpy import ndarray as Array

EXAMPLES, WIDTH, LAYERS, GAIN = 2000, 60, 3, 1.5
COLOURS = ("#0072B2", "#D55E00", "#009E73")  # Okabe and Ito's
BINS = np.linspace(-12, 20, 81)
STEPS = {"training, one step: divided by 1 - p": (1, 3), "training, the next step": (0, 3), "testing: all units": ()}


def draw() -> Figure:
    """Draw dropout, and how the sums of some units are distributed without batch norm and with it.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1.0, 2.0))
    for panel, (title, dropped) in zip(left.subplots(3, 1), STEPS.items(), strict=True):
        draw_dropout(panel, title, dropped)
    draw_histograms(right)
    return figure


def draw_dropout(panel: Axes, title: str, dropped: tuple[int, ...]) -> None:
    """Draw five units and the one above them; dropped ones are hollow and send nothing."""
    for unit in range(5):
        there = unit not in dropped
        if there:
            panel.plot((unit, 2), (0, 1), color="#909090", linewidth=1.2, zorder=1)
        filling = COLOURS[0] if there else "white"
        panel.plot(unit, 0, "o", markersize=11, markerfacecolor=filling, markeredgecolor=COLOURS[0], zorder=2)
    panel.plot(2, 1, "o", markersize=11, color="black", zorder=2)
    panel.set_title(title, fontsize=9)
    panel.set(xlim=(-0.6, 4.6), ylim=(-0.4, 1.35))
    panel.axis("off")


def draw_histograms(figure: SubFigure) -> None:
    """Draw the sums of three units in each layer, above without and below with batch norm."""
    rows = figure.subplots(2, LAYERS, sharex=True, sharey="row")
    for panels, norm in zip(rows, (False, True), strict=True):
        for panel, z in zip(panels, sums(norm=norm), strict=True):
            draw_units(panel, z)
        panels[0].set_ylabel("density\nwith batch norm" if norm else "density\nwithout batch norm", fontsize=9)
    for number, (above, below) in enumerate(rows.T, start=1):
        above.set_title(f"layer {number}", fontsize=9)
        below.set_xlabel("sum of a unit", fontsize=8)
    rows[0, 0].legend(("unit 1", "unit 2", "unit 3"), fontsize=7, frameon=False, handlelength=1.2)


def sums(*, norm: bool) -> list[Array]:
    """Return what the units of every layer add up, before the ReLU."""
    rng, found = np.random.default_rng(2015), []
    a = rng.normal(size=(EXAMPLES, WIDTH))
    for _ in range(LAYERS):
        z = a @ rng.normal(0, GAIN * np.sqrt(2 / WIDTH), (WIDTH, WIDTH))
        found.append((z - z.mean(axis=0)) / z.std(axis=0) if norm else z)
        a = np.maximum(found[-1], 0)
    return found


def draw_units(panel: Axes, z: Array) -> None:
    """Draw the histograms of three units over one another."""
    for unit, colour in enumerate(COLOURS):
        panel.hist(z[:, unit], BINS, histtype="step", density=True, color=colour, linewidth=1.3)
    panel.set(xlim=(BINS[0], BINS[-1]), xticks=(-10, 0, 10, 20))
    panel.tick_params(labelsize=8)
    panel.spines[["top", "right"]].set_visible(False)
