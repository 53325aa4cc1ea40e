"""Six panels of histograms. Without batch norm the sums of a unit move away from 0 and spread from layer to layer; with
batch norm those of every unit stay around 0 with a standard deviation of 1.

Three units per layer, in a network of three layers whose first weights are half as large again as He's rule wants them.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy import ndarray as Array

EXAMPLES, WIDTH, LAYERS, GAIN = 2000, 60, 3, 1.5
COLOURS = ("#0072B2", "#D55E00", "#009E73")  # Okabe and Ito's
BINS = np.linspace(-12, 20, 81)


def draw() -> Figure:
    """Draw how the sums of some units are distributed, layer by layer, without batch norm and with it.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(6.6, 3.1), layout="constrained")
    rows = figure.subplots(2, LAYERS, sharex=True, sharey="row")
    for panels, norm in zip(rows, (False, True), strict=True):
        for panel, z in zip(panels, sums(norm=norm), strict=True):
            draw_units(panel, z)
        panels[0].set_ylabel("with batch norm" if norm else "without", fontsize=9)
    for number, (above, below) in enumerate(rows.T, start=1):
        above.set_title(f"layer {number}", fontsize=9)
        below.set_xlabel("sum of a unit", fontsize=8)
    return figure


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
    panel.set(xlim=(BINS[0], BINS[-1]), xticks=(-10, 0, 10, 20), yticks=())
    panel.tick_params(labelsize=8)
    panel.spines[["top", "right", "left"]].set_visible(False)
