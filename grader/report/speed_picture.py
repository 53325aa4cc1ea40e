"""The chart of `grade bench` as a picture: one panel of bars per task, with lines for the medals."""

import io
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from grader.atomic import write_atomically
from grader.course.medals import Timed, medals_of
from grader.report.speed import Bar, axis_end, bars, cells

COLOURS = {"torch": "#009E73", "slow way": "#999999", "roofline": "#D0D0D0"}
MINE = "#0072B2"
ROOM = 1.6  # length of the axis by that of the longest bar, which leaves room for its label
DOTS_PER_INCH = 150


def speed_figure(measured: Sequence[Timed], name: str = "yours") -> Figure:
    """Return a figure of the timed tasks.

    Parameters
    ----------
    measured : sequence of Timed
        At least one.
    name : str
        Whose code was timed.
    """
    figure = Figure(figsize=(7, 0.5 + 2.0 * len(measured)), layout="constrained")
    panels = figure.subplots(len(measured), 1, squeeze=False)[:, 0]
    for axes, timed in zip(panels, measured, strict=True):
        _draw(axes, timed, bars(timed, name))
    panels[-1].set_xlabel(f"milliseconds per call, {measured[0].student.device}")
    return figure


def _draw(axes: Axes, timed: Timed, lines: Sequence[Bar]) -> None:
    end = 1000 * axis_end(lines)
    for place, line in enumerate(lines):
        length = min(1000 * line.seconds, end)
        axes.barh(place, length, color=COLOURS.get(line.name, MINE), height=0.62)
        cut = " (bar cut off)" if 1000 * line.seconds > 1.001 * end else ""
        label = axes.text(length + 0.01 * end, place, ", ".join(cells(line)[1:]) + cut, va="center", fontsize=8)
        label.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1.0})
    _draw_tiers(axes, timed, ROOM * end)
    axes.set_yticks(range(len(lines)), [line.name for line in lines])
    axes.invert_yaxis()
    axes.set_xlim(0, ROOM * end)
    axes.set_title(timed.task, loc="left", fontsize=10, pad=16)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _draw_tiers(axes: Axes, timed: Timed, end: float) -> None:
    """Draw a line at each medal's threshold inside the picture."""
    for medal in medals_of(timed.edges) if timed.edges else ():
        place = 1000 * medal.edge * timed.torch_seconds
        if place < end:
            axes.axvline(place, color="#555555", linewidth=0.8, linestyle=":", zorder=0)
            axes.annotate(
                medal.name,
                (place, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(0, 2),
                textcoords="offset points",
                ha="center",
                fontsize=8,
                color="#555555",
            )


def write_pictures(figure: Figure, folder: Path, stem: str) -> list[Path]:
    """Write ``<stem>.png`` and ``<stem>.svg`` into a folder, created if missing.

    Raises
    ------
    DeepgradeError
        If they cannot be written.
    """
    import matplotlib as mpl

    mpl.rcParams["svg.hashsalt"] = "deepgrade"  # makes the SVG reproducible
    written = []
    for form, extra in (("png", {"dpi": DOTS_PER_INCH}), ("svg", {"metadata": {"Date": None}})):
        data = io.BytesIO()
        figure.savefig(data, format=form, **extra)
        written.append(write_atomically(folder / f"{stem}.{form}", data.getvalue()))
    return written
