"""`grade list`: each task with its state, points and minutes."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from msgspec import Struct
from rich.cells import cell_len
from rich.text import Text

from grader.report.screens import WIDEST, Marks, hanging, joined, points


class State(StrEnum):
    """State of a task, as the latest results and the files as they are now show it."""

    DONE = "done"
    FAILS = "fails"
    TO_RUN = "to run"
    WAITS = "waits"
    OPEN = "open"
    LEFT_OUT = "optional"


LOOKS = {
    State.DONE: ("passed", "green"),
    State.FAILS: ("failed", "red"),
    State.TO_RUN: ("current", "yellow"),
    State.WAITS: ("open", "dim"),
    State.OPEN: ("open", "dim"),
    State.LEFT_OUT: ("skipped", "dim"),
}
"""Field of `Marks` and colour for each state."""

LEGEND = {
    State.FAILS: "a test fails",
    State.TO_RUN: "written or changed since its last run",
    State.WAITS: "calls a task that is not written yet",
}
"""What is not clear from the word itself."""


class TaskRow(Struct, frozen=True):
    """A task in the list.

    Attributes
    ----------
    name : str
    file : str
        Name of its stub file.
    state : State
    earned, points : float
        In the visible tests.
    minutes : int
        Expected working time.
    """

    name: str
    file: str
    state: State
    earned: float
    points: float
    minutes: int

    @property
    def score(self) -> str:
        """Earned and possible points."""
        return f"{points(self.earned)}/{points(self.points)}"


class UnitRows(Struct, frozen=True):
    """A unit in the list.

    Attributes
    ----------
    name, title : str
    earned, points : float
        In the visible tests, of choices only what counts.
    tasks : tuple of TaskRow
    """

    name: str
    title: str
    earned: float
    points: float
    tasks: tuple[TaskRow, ...] = ()

    @property
    def minutes_left(self) -> int:
        """Expected working time of what is neither done nor optional."""
        return sum(row.minutes for row in self.tasks if row.state not in (State.DONE, State.LEFT_OUT))


def task_list(units: Sequence[UnitRows], marks: Marks, width: int) -> Text:
    """Return a table of the tasks, unit by unit, with a legend of the states that occur in it.

    Parameters
    ----------
    units : sequence of UnitRows
    marks : Marks
    width : int
        Available columns.

    Returns
    -------
    Text
    """
    width = min(width, WIDEST)
    rows = [row for unit in units for row in unit.tasks]
    columns = _columns(rows)
    lines: list[Text] = []
    for unit in units:
        lines += [*_heading(unit, width), *(_line(row, columns, marks, width) for row in unit.tasks), Text()]
    return joined([*lines, *_legend({row.state for row in rows})])


def _heading(unit: UnitRows, width: int) -> list[Text]:
    left = f", {_time(unit.minutes_left)} to go" if unit.minutes_left else ""
    right = f"{points(unit.earned)} of {points(unit.points)} points{left}"
    return hanging(Text(f"{unit.name}  ", "bold"), unit.title, width, right=right)


def _time(minutes: int) -> str:
    """Return a duration.

    Examples
    --------
    >>> _time(45), _time(150), _time(120)
    ('45 min', '2 h 30 min', '2 h')
    """
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part) or "0 min"


def _columns(rows: Sequence[TaskRow]) -> tuple[int, int, int]:
    """Return the widths of names, files and scores."""
    widths = [(cell_len(row.name), cell_len(row.file), len(row.score)) for row in rows]
    names, files, scores = zip(*widths, strict=True) if widths else ((0,), (0,), (0,))
    return max(names), max(files), max(scores)


def _line(row: TaskRow, columns: tuple[int, int, int], marks: Marks, width: int) -> Text:
    names, files, scores = columns
    field, colour = LOOKS[row.state]
    state = max(map(len, State))
    line = Text.assemble(
        "  ", (getattr(marks, field), colour), " ", (f"{row.state:<{state}}", colour), f"  {row.name:<{names}}"
    )
    right = f"  {row.score:>{scores}}  {row.minutes:>3} min"
    if line.cell_len + 2 + files + len(right) <= width:
        line.append(f"  {row.file:<{files}}", "dim")
    return line.append(right)


def _legend(states: set[State]) -> Iterator[Text]:
    for state, meaning in LEGEND.items():
        if state in states:
            yield Text(f"  {state}: {meaning}", "dim")
