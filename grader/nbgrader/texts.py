"""Texts that students read in an nbgrader notebook: an output below each test, and a comment on each task.

Of hidden tests it tells no more than the course's level of feedback allows.
"""

from collections.abc import Iterator, Sequence

from grader.nbgrader.cells import Cell, CellKind
from grader.records import STATUS_WORDS, Result, Status, TestRecord
from grader.records.choices import spare_tasks
from grader.records.disclosure import Level, disclosed
from grader.report.screens import ASCII, lines_of, points

WIDTH = 88
SPARE = "does not count: other options of this choice earned more"
NOT_KNOWN = "the course's tests do not have this one any more: a person decides"


def output_of(cell: Cell, result: Result, level: Level) -> str:
    """Return what stands below a cell that nbgrader counts.

    Parameters
    ----------
    cell : Cell
    result : Result
    level : Level
        How much of hidden tests is shown.

    Returns
    -------
    str
        Several lines, or none.
    """
    if result.status is not Status.GRADED:
        return STATUS_WORDS[result.status]
    if not cell.is_test:
        return cell.title
    shown = [line for test in _records(cell, result, level) for line in lines_of(test, ASCII, WIDTH, indent=0)]
    spare = [SPARE] if cell.task in spare_tasks(result.tests, result.choices) else []
    return "\n".join([*(line.plain.rstrip() for line in shown), *spare]) or NOT_KNOWN


def _records(cell: Cell, result: Result, level: Level) -> list[TestRecord]:
    return [disclosed(test, level) for test in result.tests if cell.concerns(test)]


def comments_of(cells: Sequence[Cell], result: Result, level: Level) -> dict[str, str]:
    """Return a comment on each task of which there is something to say, by its grade_id.

    Parameters
    ----------
    cells : sequence of Cell
        The unit's.
    result : Result
    level : Level
        How much of hidden tests is shown.

    Returns
    -------
    dict of str to str
        In Markdown: why a file does not load, then the tests that did not pass; of a refused hand-in, the reason.
    """
    tasks = [cell for cell in cells if cell.kind is CellKind.SOLUTION]
    if result.status is not Status.GRADED:
        reason = (
            f": {result.remark}" if result.status is Status.REJECTED else ""
        )  # of a broken judge, students get none
        return {cell.grade_id: defused(f"{STATUS_WORDS[result.status]}{reason}") for cell in tasks}
    lines = {cell.grade_id: list(_lines(cell.task, cells, result, level)) for cell in tasks}
    return {name: "\n".join(f"- {defused(line)}" for line in about) for name, about in lines.items() if about}


def _lines(task: str, cells: Sequence[Cell], result: Result, level: Level) -> Iterator[str]:
    tests = [cell for cell in cells if cell.is_test and cell.task == task]
    records = [record for cell in tests for record in _records(cell, result, level)]
    broken = [record.feedback for record in records if _does_not_load(record)]
    yield from dict.fromkeys(feedback.message for feedback in broken)
    for record in records:
        if not record.verdict.meaning.is_done:
            yield _line(record)


def _does_not_load(record: TestRecord) -> bool:
    cause = record.feedback.cause
    return cause is not None and cause.keeps_from_loading


def _line(record: TestRecord) -> str:
    notes = ", ".join(filter(None, ("hidden" if record.hidden else "", record.verdict.meaning.words)))
    earned = "" if record.verdict.meaning.costs_nothing else f": {points(record.earned)}/{points(record.points)}"
    likely = f", {record.feedback.likely}" if record.feedback.likely else ""
    return f"{record.title}{f' ({notes})' if notes else ''}{earned}{likely}"


def defused(text: str) -> str:
    """Return text that is no HTML when nbgrader renders it as Markdown.

    Examples
    --------
    >>> defused("2 < 3 & <b>")
    '2 &lt; 3 &amp; &lt;b>'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;")
