"""Speed of timed tasks beside torch, the naive version and the roofline, as text and as a picture."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from rich.cells import cell_len
from rich.text import Text

from grader.atomic import write_atomically
from grader.course.medals import Timed, measured, medals_of, needed, placed, ratio_text, without_medal
from grader.report.screens import WIDEST, Marks, joined, paragraph

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GAP = 2
SHORTEST = 10  # minimum columns for the bars
CUT = 4.0  # bars longer than this multiple of torch's time are cut off, since they would make all others short
STYLES = {"yours": "bold cyan", "solution": "bold cyan", "torch": "green", "roofline": "dim"}
HEADINGS = ("", "time", "by torch", "traffic")

COLOURS = {"torch": "#009E73", "slow way": "#999999", "roofline": "#D0D0D0"}
MINE = "#0072B2"
ROOM = 1.6  # length of the axis by that of the longest bar, which leaves room for its label
DOTS_PER_INCH = 150


class Bar(Struct, frozen=True):
    """One line of the chart.

    Attributes
    ----------
    name : str
    seconds : float
        Time of one call.
    ratio : float
        Time relative to torch.
    traffic : float
        Bytes per second, assuming the minimum number of bytes moved.
    """

    name: str
    seconds: float
    ratio: float
    traffic: float


def bars(timed: Timed, name: str = "yours") -> tuple[Bar, ...]:
    """Return the bars of a task's chart; `name` says whose code was timed.

    Ratios are measured; a time is the ratio times torch's median, so that the chart is consistent.
    """
    torch, roof = timed.torch_seconds, timed.roof_seconds
    ratios = {name: timed.student.ratio, "torch": 1.0, "slow way": timed.naive.ratio, "roofline": roof / torch}
    seconds = {label: ratio * torch for label, ratio in ratios.items()}
    return tuple(Bar(label, value, ratios[label], timed.moved / value) for label, value in seconds.items())


def axis_end(lines: Sequence[Bar]) -> float:
    """Return the time at the end of the axis, where longer bars are cut off."""
    torch = next(line.seconds for line in lines if line.name == "torch")
    return max(lines[0].seconds, torch, min(CUT * torch, max(line.seconds for line in lines)))


def speed_report(timed: Timed, marks: Marks, width: int, name: str = "yours") -> Text:
    """Return a task's chart with a description in words.

    Parameters
    ----------
    timed : Timed
    marks : Marks
    width : int
        Width of the terminal.
    name : str
        Whose code was timed.

    Returns
    -------
    Text
    """
    width = min(width, WIDEST)
    text = [said.replace("·", marks.dot) for said in sentences(timed)]
    head = [Text(timed.task, "bold"), *paragraph(text[0], width, indent=2), Text()]
    foot = [line for said in text[1:] for line in paragraph(said, width, indent=2)]
    return joined([*head, *_chart(bars(timed, name), marks, width), Text(), *foot])


def sentences(timed: Timed) -> list[str]:
    """Return the chart's description: the measurement, the ratio for the next medal, the source of the roofline."""
    medals = medals_of(timed.edges) if timed.edges else ()
    reached, higher = placed(timed.student.ratio, medals) if medals else (None, None)
    lines = [measured(timed.student, reached) if medals else without_medal(timed.student)]
    if medals and timed.edges:
        asked = needed(higher) if higher else "that is the highest tier"
        lines.append(f"{asked} (where it is graded: {timed.edges.device})")
    return [*lines, _of_the_roof(timed)]


def _of_the_roof(timed: Timed) -> str:
    roof = timed.roofline
    bound = "bytes" if roof.is_bound_by_memory(timed.operations, timed.moved) else "operations"
    return (
        f"a call moves {timed.moved / 1e6:.3g} MB and does {timed.operations / 1e6:.3g} million operations at the "
        f"least; a copy of that size runs here at {roof.bandwidth / 1e9:.3g} GB/s, a matrix product at "
        f"{roof.rate / 1e9:.3g} billion operations/s, so the {bound} set the roofline"
    )


def _chart(lines: Sequence[Bar], marks: Marks, width: int) -> list[Text]:
    rows = [HEADINGS, *(cells(line) for line in lines)]
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    room = max(SHORTEST, width - sum(widths) - GAP * (len(widths) + 1))
    end = axis_end(lines)
    drawn = [("", "")] + [(_bar(line.seconds / end, room, marks), STYLES.get(line.name, "")) for line in lines]
    return [_row(row, widths, bar, style) for row, (bar, style) in zip(rows, drawn, strict=True)]


def cells(line: Bar) -> tuple[str, str, str, str]:
    """Return a bar's name and numbers for display."""
    return line.name, time_text(line.seconds), f"{ratio_text(line.ratio)} x", f"{_three(line.traffic / 1e9)} GB/s"


def time_text(seconds: float) -> str:
    """Return a time with three significant digits.

    Examples
    --------
    >>> time_text(0.0123), time_text(2.5)
    ('12.3 ms', '2.50 s')
    """
    return f"{_three(1000 * seconds)} ms" if seconds < 1 else f"{_three(seconds)} s"


def _three(value: float) -> str:
    return f"{value:#.3g}".rstrip(".")


def _row(row: Sequence[str], widths: Sequence[int], bar: str, style: str) -> Text:
    numbers = [f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)]
    return Text.assemble(
        " " * GAP, f"{row[0]:<{widths[0]}}", *(" " * GAP + text for text in (*numbers, "")), (bar, style)
    )


def _bar(share: float, room: int, marks: Marks) -> str:
    """Return a bar; one that does not fit ends in a special symbol."""
    if share > 1.0 + 1e-9:
        return marks.full * (room - 1) + marks.current
    return marks.full * max(1, round(share * room))


def speed_figure(measured: Sequence[Timed], name: str = "yours") -> "Figure":
    """Return a figure of the timed tasks.

    Parameters
    ----------
    measured : sequence of Timed
        At least one.
    name : str
        Whose code was timed.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 0.5 + 2.0 * len(measured)), layout="constrained")
    panels = figure.subplots(len(measured), 1, squeeze=False)[:, 0]
    for axes, timed in zip(panels, measured, strict=True):
        _draw(axes, timed, bars(timed, name))
    panels[-1].set_xlabel(f"milliseconds per call, {measured[0].student.device}")
    return figure


def _draw(axes: "Axes", timed: Timed, lines: Sequence[Bar]) -> None:
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


def _draw_tiers(axes: "Axes", timed: Timed, end: float) -> None:
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


def write_pictures(figure: "Figure", folder: Path, stem: str) -> list[Path]:
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
