"""Results of mutation testing: a table, the survivors, and the same as data."""

from collections.abc import Sequence

from msgspec import Struct
from rich.table import Table
from rich.text import Text

from grader.course import layout
from grader.course.registry import Course
from grader.printable import one_line
from grader.records.proof import MutantResult, MutantStatus, UnitTrial
from grader.report.screens import WIDEST, hanging

ENOUGH = 98.0  # required percentage of noticed mutants, without equivalent ones


class Survivor(Struct, frozen=True):
    """An unnoticed mutant as data.

    Attributes
    ----------
    mutant, task, file, before, after : str
        Name, task whose tests should notice it, file relative to the course's folder, original and changed code.
    line : int
    trouble : str
        Error in the grader; empty if there was none.
    """

    mutant: str
    task: str
    file: str
    line: int
    before: str
    after: str
    trouble: str = ""


class Figures(Struct, frozen=True):
    """A unit's figures as data: counts, percentage of noticeable mutants noticed, survivors, problems to correct."""

    unit: str
    mutants: int
    killed: int
    survived: int
    equivalent: int
    grader_errors: int
    percent: float
    survivors: tuple[Survivor, ...]
    problems: tuple[str, ...]


def figures(course: Course, trial: UnitTrial) -> Figures:
    """Return a unit's figures as data."""
    counts = {status: trial.count(status) for status in MutantStatus}
    return Figures(
        trial.unit,
        len(trial.results),
        counts[MutantStatus.KILLED],
        counts[MutantStatus.SURVIVED],
        counts[MutantStatus.EQUIVALENT],
        counts[MutantStatus.GRADER_ERROR],
        _rounded_down(trial.percent, 2),
        tuple(_as_data(course, survivor) for survivor in unnoticed(trial)),
        trial.problems,
    )


def is_enough(trial: UnitTrial) -> bool:
    """Return whether a suite notices enough mutants and the list of equivalent ones is correct."""
    return trial.percent >= ENOUGH and not trial.problems


def unnoticed(trial: UnitTrial) -> list[MutantResult]:
    """Return the unnoticed mutants that are not listed as equivalent, and those that caused a grader error."""
    return [result for result in trial.results if result.status in (MutantStatus.SURVIVED, MutantStatus.GRADER_ERROR)]


def figures_table(trials: Sequence[UnitTrial]) -> Table:
    """Return a table with one line per unit that fits into 80 columns."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("unit")
    for name in ("mutants", "killed", "survived", "equivalent", "noticed"):
        table.add_column(name, justify="right")
    for trial in trials:
        counts = [
            len(trial.results),
            trial.count(MutantStatus.KILLED),
            len(unnoticed(trial)),
            trial.count(MutantStatus.EQUIVALENT),
        ]
        percent = Text(_percent(trial), style="green" if trial.percent >= ENOUGH else "red")
        table.add_row(one_line(trial.unit, 24), *map(str, counts), percent)
    return table


def survivor_lines(course: Course, result: MutantResult, width: int) -> list[Text]:
    """Return the lines about one mutant: its name and place, the original and the changed code."""
    room = min(width, WIDEST)
    lines = [
        Text(f"{result.mutant.id}  {_path(course, result)}:{result.mutant.line}", style="bold"),
        *hanging(Text("  - ", style="red"), one_line(result.mutant.before), room),
        *hanging(Text("  + ", style="green"), one_line(result.mutant.after), room),
    ]
    if result.reason:
        lines += hanging(Text("  "), f"grader error: {one_line(result.reason)}", room, style="yellow")
    return lines


def _percent(trial: UnitTrial) -> str:
    return f"{_rounded_down(trial.percent, 1):.1f} %"


def _rounded_down(percent: float, digits: int) -> float:
    """Round down, so that 97.99 is not shown as 98."""
    return float(int(percent * 10**digits + 1e-6) / 10**digits)


def _path(course: Course, result: MutantResult) -> str:
    path = layout.solution_path(course.root, result.mutant.unit, result.mutant.file)
    return layout.relative_name(path, course.root)


def _as_data(course: Course, result: MutantResult) -> Survivor:
    mutant = result.mutant
    return Survivor(
        mutant.id, result.task, _path(course, result), mutant.line, mutant.before, mutant.after, result.reason
    )
