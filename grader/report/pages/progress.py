"""A student's progress as an HTML page: a map of the course, each unit's tasks, pictures, and measured speeds."""

import base64
import textwrap
from collections.abc import Mapping, Sequence
from html import escape

from msgspec import Struct

from grader.report.pages.html import rendered

BOX = (184, 76)  # width and height of a unit on the map
GAP = (26, 44)
MARGIN = 6
LETTERS = 22  # of a title in one line of a box


class TaskLine(Struct, frozen=True):
    """A task in the unit's table.

    Attributes
    ----------
    name, title : str
    state : str
        ``done``, ``failing``, or ``open``.
    points : str
        Points at home; empty if it has not run.
    minutes : int
    speed : str
        Measured speed; empty if there is none.
    """

    name: str
    title: str
    state: str
    points: str
    minutes: int
    speed: str = ""


class UnitPart(Struct, frozen=True):
    """A unit on the page.

    Attributes
    ----------
    name, title, milestone : str
    requires : tuple of str
        Units that come before it.
    earned, points : float
        In the visible tests.
    minutes : int
        Expected time for what is open.
    tasks : tuple of TaskLine
    picture : bytes
        PNG of the milestone, drawn with the student's code; empty if it has not been drawn.
    """

    name: str
    title: str
    milestone: str
    requires: tuple[str, ...]
    earned: float
    points: float
    minutes: int
    tasks: tuple[TaskLine, ...]
    picture: bytes = b""

    @property
    def share(self) -> float:
        """Earned share of the points, from 0 to 1."""
        return min(self.earned / self.points, 1.0) if self.points else 0.0

    @property
    def done(self) -> int:
        """Number of tasks that are done."""
        return sum(task.state == "done" for task in self.tasks)

    @property
    def picture_source(self) -> str:
        """The picture as a URL that holds its bytes; it is shown as a picture and never as markup."""
        return f"data:image/png;base64,{base64.b64encode(self.picture).decode()}" if self.picture else ""


def progress_html(title: str, units: Sequence[UnitPart], next_step: str) -> str:
    """Return a student's progress as one HTML file.

    Parameters
    ----------
    title : str
        The course's title.
    units : sequence of UnitPart
        In the order of the course.
    next_step : str
        The next command.
    """
    return rendered("progress.html", title=title, units=units, next_step=next_step, map=course_map(units))


def rows_of(requires: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return units in rows: every unit below all that it requires.

    Parameters
    ----------
    requires : mapping of str to sequence of str
        Required units, by unit, in the course's order; without circles. Names of no unit are ignored.

    Examples
    --------
    >>> rows_of({"a": [], "b": ["a"], "c": ["a"], "d": ["b", "gone"]})
    [['a'], ['b', 'c'], ['d']]
    """
    row: dict[str, int] = {}
    for name in requires:
        row[name] = 1 + max((row[needed] for needed in requires[name] if needed in row), default=-1)
    return [[name for name in row if row[name] == place] for place in range(max(row.values(), default=-1) + 1)]


def course_map(units: Sequence[UnitPart]) -> str:
    """Return the map of the course as SVG: a box per unit with its share, a line to each that it requires."""
    by_name = {unit.name: unit for unit in units}
    rows = rows_of({unit.name: unit.requires for unit in units})
    widest = max(map(len, rows), default=1)
    places = {
        name: _corner(number, place, len(row), widest)
        for number, row in enumerate(rows)
        for place, name in enumerate(row)
    }
    lines = [_line(places[needed], places[unit.name]) for unit in units for needed in unit.requires if needed in places]
    boxes = [_box(by_name[name], corner) for name, corner in places.items()]
    width = widest * (BOX[0] + GAP[0]) - GAP[0] + 2 * MARGIN
    height = len(rows) * (BOX[1] + GAP[1]) - GAP[1] + 2 * MARGIN
    label = "Map of the course: " + "; ".join(f"{unit.title}, {unit.share:.0%}" for unit in units)
    return (
        f'<svg class="map" viewBox="0 0 {width} {height}" style="max-width:{width}px" role="group" '
        f'aria-label="{escape(label)}">{"".join(lines)}{"".join(boxes)}</svg>'
    )


def _corner(row: int, place: int, count: int, widest: int) -> tuple[float, float]:
    """Return the upper left corner of a box, in a row that is centred."""
    left = MARGIN + (widest - count) * (BOX[0] + GAP[0]) / 2
    return left + place * (BOX[0] + GAP[0]), MARGIN + row * (BOX[1] + GAP[1])


def _line(upper: tuple[float, float], lower: tuple[float, float]) -> str:
    x1, y1 = upper[0] + BOX[0] / 2, upper[1] + BOX[1]
    x2, y2 = lower[0] + BOX[0] / 2, lower[1]
    middle = (y1 + y2) / 2
    return f'<path class="edge" d="M{x1:g} {y1:g}C{x1:g} {middle:g} {x2:g} {middle:g} {x2:g} {y2:g}"/>'


def _box(unit: UnitPart, corner: tuple[float, float]) -> str:
    x, y = corner
    width, height = BOX
    title = textwrap.wrap(unit.title, LETTERS, max_lines=2, placeholder="…")
    words = [f'<text x="{x + 10:g}" y="{y + 22 + 17 * row:g}">{escape(line)}</text>' for row, line in enumerate(title)]
    return (
        f'<a href="#{unit.name}"><rect class="box" x="{x:g}" y="{y:g}" width="{width}" height="{height}" rx="8"/>'
        f'<rect class="share" x="{x:g}" y="{y + height - 6:g}" width="{unit.share * width:g}" height="6" rx="3"/>'
        f"{''.join(words)}"
        f'<text class="small" x="{x + 10:g}" y="{y + 60:g}">{unit.done} of {len(unit.tasks)} tasks</text></a>'
    )
