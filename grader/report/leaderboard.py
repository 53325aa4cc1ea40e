"""Leaderboard: the best ratio of each student in each timed task, fastest first. Records in, text out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from rich.cells import cell_len
from rich.text import Text

from grader.course.medals import ratio_text
from grader.printable import one_line
from grader.records import Result, Speed
from grader.report.screens import WIDEST, Marks, hanging, joined

LONGEST_NAME = 32
STYLES = {"gold": "yellow", "silver": "bold", "bronze": "dark_orange3"}


class RankedTime(Struct, frozen=True):
    """A student's best time in one task; times that are displayed alike share a rank."""

    rank: int
    student: str
    speed: Speed


class Board(Struct, frozen=True):
    """The ranking of one task on one device, named as in the measurements."""

    unit: str
    task: str
    device: str
    places: tuple[RankedTime, ...]


def boards(results: Iterable[Result]) -> list[Board]:
    """Return a board for each task and device, in the order of the results.

    Parameters
    ----------
    results : iterable of Result
        Results of a class.

    Returns
    -------
    list of Board
    """
    best: dict[tuple[str, str, str], dict[str, Speed]] = {}
    for student, unit, task, speed in _speeds(results):
        by_student = best.setdefault((unit, task, speed.device), {})
        if student not in by_student or speed.ratio < by_student[student].ratio:
            by_student[student] = speed
    return [Board(*key, places=_ranked(students)) for key, students in best.items()]


def _speeds(results: Iterable[Result]) -> Iterator[tuple[str, str, str, Speed]]:
    for result in results:
        for test in result.tests:
            if test.speed is not None:
                yield result.student, test.unit, test.task, test.speed


def _ranked(students: Mapping[str, Speed]) -> tuple[RankedTime, ...]:
    ordered = sorted(students.items(), key=lambda item: (item[1].ratio, item[0]))
    shown = [ratio_text(speed.ratio) for _, speed in ordered]
    return tuple(RankedTime(shown.index(text) + 1, *entry) for text, entry in zip(shown, ordered, strict=True))


def board_text(board: Board, names: Mapping[str, str], marks: Marks, width: int) -> Text:
    """Return one board as lines.

    Parameters
    ----------
    board : Board
    names : mapping of str to str
        Displayed name of each student.
    marks : Marks
    width : int
        Width of the terminal.
    """
    width = min(width, WIDEST)
    title = f"{board.unit} {marks.dot} {board.task}"
    head = hanging(Text(), one_line(title), width, style="bold", right=one_line(board.device, width // 2))
    rows = [_cells(place, names) for place in board.places]
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return joined([*head, *(_line(row, widths) for row in rows)])


def _cells(place: RankedTime, names: Mapping[str, str]) -> tuple[str, ...]:
    speed = place.speed
    interval = f"({ratio_text(speed.low)} to {ratio_text(speed.high)})"
    name = one_line(names[place.student], LONGEST_NAME)
    return f"{place.rank}.", name, f"{ratio_text(speed.ratio)} x", interval, speed.tier or "below bronze"


def _line(row: Sequence[str], widths: Sequence[int]) -> Text:
    rank, name, ratio, interval, medal = row
    numbers = f"  {rank:>{widths[0]}}  {name}{' ' * (widths[1] - cell_len(name))}  {ratio:>{widths[2]}}"
    return Text.assemble(f"{numbers}  {interval:<{widths[3]}}  ", (medal, STYLES.get(medal, "dim")))
