"""The student's start screen: progress in the course, one line per unit. Records in, text out."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from rich.cells import cell_len
from rich.text import Text

from grader.report.feedback import points
from grader.report.student import after_submission
from grader.report.terminal import WIDEST, Marks, hanging, joined

BAR = 14


class UnitProgress(Struct, frozen=True):
    """A student's progress in one unit.

    Attributes
    ----------
    name : str
    earned, points : float
        Earned and possible points in the visible tests.
    begun : bool
        Whether any file has been changed.
    next_task : str
        The first task that is not done; empty if all are.
    minutes : int
        Estimated time for that task.
    picture : bool
        Whether the milestone can be drawn.
    changed : tuple of str
        Names of files that have changed since their last run.
    optional : tuple of str
        Optional tasks that are not done.
    """

    name: str
    earned: float
    points: float
    begun: bool = False
    next_task: str = ""
    minutes: int = 0
    picture: bool = False
    changed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """Whether every task is done."""
        return not self.next_task and self.points > 0


def course_progress(
    title: str, units: Sequence[UnitProgress], marks: Marks, width: int, *, hidden_points: float = 0
) -> Text:
    """Return a student's progress with one line per unit.

    Parameters
    ----------
    title : str
        Title of the course.
    units : sequence of UnitProgress
    marks : Marks
    width : int
        Available columns.
    hidden_points : float
        Points of the hidden tests, which run after submission.

    Returns
    -------
    Text
    """
    width = min(width, WIDEST)
    total = f"{points(sum(unit.earned for unit in units))} of {points(sum(unit.points for unit in units))} points"
    lines = [*hanging(Text(), title, width, style="bold", right=total), Text()]
    columns = _columns(units)
    current = _current(units)
    for unit in units:
        lines += _unit_lines(unit, unit.name == current, columns, marks, width)
    return joined([*lines, *after_submission(hidden_points, width)])


def _columns(units: Sequence[UnitProgress]) -> tuple[int, int]:
    """Return the widths of the names and the scores."""
    names = max((cell_len(unit.name) for unit in units), default=0)
    return names, max((len(_score(unit)) for unit in units), default=0)


def _score(unit: UnitProgress) -> str:
    return f"{points(unit.earned)}/{points(unit.points)}"


def _current(units: Sequence[UnitProgress]) -> str:
    """Return the first unit that is begun but not done, or else the first one not done."""
    not_done = [unit for unit in units if not unit.done]
    return next((unit.name for unit in [*filter(lambda unit: unit.begun, not_done), *not_done]), "")


def _unit_lines(
    unit: UnitProgress, is_current: bool, columns: tuple[int, int], marks: Marks, width: int
) -> Iterator[Text]:
    started = unit.begun and not unit.done
    sign, colour = (marks.passed, "green") if unit.done else (marks.current, "yellow")
    if not (unit.done or started or is_current):
        sign, colour = marks.open, "dim"
    head = Text.assemble("  ", (sign, colour), f" {unit.name:<{columns[0]}}  ")
    head.append_text(_bar(unit, marks))
    head.append(f"  {_score(unit):>{columns[1]}}   ")
    yield from hanging(head, _remark(unit, shows_next=started or is_current), width, style="dim" if unit.done else "")
    if unit.changed:
        told = f"{', '.join(unit.changed)} changed since last run: grade run {unit.name}"
        yield from hanging(Text("    "), told, width, style="yellow")


def _bar(unit: UnitProgress, marks: Marks) -> Text:
    """Return the progress bar; it is full only for all points, and empty only for none."""
    share = unit.earned / unit.points if unit.points else 0.0
    full = min(max(int(share * BAR), int(unit.earned > 0)), BAR if share >= 1 else BAR - 1)
    return Text.assemble((marks.full * full, "green"), (marks.empty * (BAR - full), "dim"))


def _remark(unit: UnitProgress, *, shows_next: bool) -> str:
    optional = f"optional: {', '.join(unit.optional)}" if unit.optional and unit.done else ""
    if unit.picture and unit.done:
        return "; ".join(part for part in (f"picture ready: grade show {unit.name}", optional) if part)
    if unit.next_task and shows_next:
        return f"next: {unit.next_task} ({unit.minutes} min)"
    return optional
