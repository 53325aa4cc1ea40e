"""Bar charts of timed tasks, with torch, the naive version and the roofline. Measurements in, text out."""

from collections.abc import Sequence

from msgspec import Struct
from rich.cells import cell_len
from rich.text import Text

from grader.course.medals import Timed, measured, medals_of, needed, placed, ratio_text, without_medal
from grader.report.terminal import WIDEST, Marks, joined, paragraph

GAP = 2
SHORTEST = 10  # minimum columns for the bars
CUT = 4.0  # bars longer than this multiple of torch's time are cut off, since they would make all others short
STYLES = {"yours": "bold cyan", "solution": "bold cyan", "torch": "green", "roofline": "dim"}
HEADINGS = ("", "time", "by torch", "traffic")


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
    seconds = {each: ratio * torch for each, ratio in ratios.items()}
    return tuple(Bar(each, value, ratios[each], timed.moved / value) for each, value in seconds.items())


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
