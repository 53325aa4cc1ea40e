"""Milestone."""

from matplotlib.figure import Figure


def draw() -> Figure:
    """Draw."""
    return Figure()
