"""Cells of a unit's notebook in nbgrader: which there are, in which order, and what each is worth.

nbgrader adds up the points of all cells. Therefore the tests of tasks among which students choose have none: a cell of
its own has the points of the choice. What people add or take has a cell, too, so that it meets no manual score.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from grader.course import layout
from grader.course.model import Course, Unit, cannot_run
from grader.course.suite import TestCase, tests_of
from grader.records import Result, Status, TestRecord
from grader.records.choices import ENOUGH_MEASURED


class CellKind(StrEnum):
    """Kinds of cells that nbgrader knows by a grade_id."""

    SOLUTION = "solution"  # a task: the student writes here
    VISIBLE = "visible"  # a test that students have
    HIDDEN = "hidden"
    CHOICE = "choice"  # points of tasks among which students choose
    QUESTION = "question"  # answered in words, graded by a person
    BY_HAND = "by_hand"  # of no points itself: what people add or take


class Cell(Struct, frozen=True):
    """One cell with a grade_id.

    Attributes
    ----------
    grade_id : str
        Unique in the notebook: name of a task or of a test function; of letters, digits, ``_`` and ``-``.
    kind : CellKind
    points : float
        Maximum that nbgrader counts.
    task : str
        Name of the task; empty for choices and questions.
    test : str
        Name of the test in records: ``conv.test_agrees``; for other kinds, empty.
    title : str
        Tested property, choice or question in words.
    about : str
        What a hidden test looks at, in words that students may read.
    tasks : tuple of str
        Tasks of a choice.
    """

    grade_id: str
    kind: CellKind
    points: float = 0.0
    task: str = ""
    test: str = ""
    title: str = ""
    about: str = ""
    tasks: tuple[str, ...] = ()

    @property
    def is_test(self) -> bool:
        """Whether it stands for a test."""
        return self.kind in (CellKind.VISIBLE, CellKind.HIDDEN)

    @property
    def is_graded(self) -> bool:
        """Whether nbgrader counts points in it."""
        return self.kind is not CellKind.SOLUTION

    def concerns(self, record: TestRecord) -> bool:
        """Return whether the points of a test belong to this cell."""
        return record.task in self.tasks or record.test.partition("[")[0] == self.test


def cells_of(course: Course, unit: Unit) -> tuple[Cell, ...]:
    """Return the cells of a unit: each task with its tests, then choices, questions and decisions by hand.

    Parameters
    ----------
    course : Course
        An author's checkout, with the hidden tests.
    unit : Unit

    Returns
    -------
    tuple of Cell
        Without tasks that cannot run on this machine, which cost nothing here either.

    Raises
    ------
    CourseError
        If a test file is not valid Python.
    """
    absent, chosen = cannot_run(unit), {task for choice in unit.choices for task in choice.tasks}
    tests = [cell for cell in _with_unique_ids(list(_tests(course, unit))) if cell.task not in absent]
    cells: list[Cell] = []
    for task in unit.tasks:
        if task.name not in absent:
            cells.append(Cell(task.name, CellKind.SOLUTION, task=task.name, title=task.title))
            counted = [cell for cell in tests if cell.task == task.name]
            cells += [replace(cell, points=0.0) for cell in counted] if task.name in chosen else counted
    by_hand = Cell("by-hand", CellKind.BY_HAND, title="points that your instructors add or take")
    return (*cells, *_choices(unit, tests), *_questions(course, unit), by_hand)


def _tests(course: Course, unit: Unit) -> Iterator[Cell]:
    """Yield the cells of all tests, visible ones first, each with its own points."""
    folders = {CellKind.VISIBLE: layout.exercises(course.root, unit.name)}
    folders[CellKind.HIDDEN] = layout.hidden(course.root, unit.name)
    for kind, folder in folders.items():
        for path in sorted(folder.glob("test_*.py")):
            for test in tests_of(course.root, path):
                yield _cell_of(test, kind, path.stem.removeprefix("test_"))


def _cell_of(test: TestCase, kind: CellKind, file: str) -> Cell:
    return Cell(
        test.name,
        kind,
        points=float((test.points or 0.0) * test.cases),
        task=test.task,
        test=f"{file}.{test.name}",
        title=test.name.removeprefix("test_").replace("_", " "),
        about=test.about,
    )


def _with_unique_ids(tests: Sequence[Cell]) -> list[Cell]:
    """Return the tests, with the file before a name that several files of the unit have."""
    count = Counter(cell.grade_id for cell in tests)
    return [replace(cell, grade_id=cell.test.replace(".", "-")) if count[cell.grade_id] > 1 else cell for cell in tests]


def _choices(unit: Unit, tests: Sequence[Cell]) -> Iterator[Cell]:
    for number, choice in enumerate(unit.choices, 1):
        points: dict[str, float] = {}
        for cell in tests:
            if cell.task in choice.tasks:
                points[cell.task] = points.get(cell.task, 0.0) + cell.points
        title = f"{choice.title}: the best {choice.choose} of {len(choice.options)} count"
        yield Cell(f"choice-{number}", CellKind.CHOICE, unit.worth(points), title=title, tasks=choice.tasks)


def _questions(course: Course, unit: Unit) -> Iterator[Cell]:
    for number, (question, points) in enumerate(course.rules.questions.get(unit.name, {}).items(), 1):
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", question).strip("-")
        yield Cell(f"question-{number}-{name}".rstrip("-"), CellKind.QUESTION, float(points), title=question)


def points_of(cells: Sequence[Cell], result: Result) -> dict[str, float | None]:
    """Return the points of a submission by grade_id, of all cells that nbgrader counts but questions.

    Their sum is what `grade autograde` gives. A test that was not measured gets the share that the measured ones
    earned, unless too little was measured.

    Parameters
    ----------
    cells : sequence of Cell
        The unit's.
    result : Result

    Returns
    -------
    dict of str to float or None
        Between 0 and the cell's points; None where a person has to decide.
    """
    counted = [cell for cell in cells if cell.is_graded and cell.kind is not CellKind.QUESTION]
    if result.status is not Status.GRADED:
        return {cell.grade_id: 0.0 if result.zero else None for cell in counted}
    worth, measured = sum(cell.points for cell in counted), result.measured
    share = result.earned / measured if measured and measured >= ENOUGH_MEASURED * worth - 1e-9 else None
    return {cell.grade_id: _points(cell, result.counting, share) for cell in counted}


def _points(cell: Cell, tests: Sequence[TestRecord], share: float | None) -> float | None:
    """Return the points of a cell, what was not measured estimated by the share of the rest."""
    measured = [test for test in tests if cell.concerns(test) and not test.verdict.meaning.costs_nothing]
    left = max(cell.points - sum(test.points for test in measured), 0.0)
    if left > 1e-9 and share is None:
        return None
    earned = sum(test.earned for test in measured) + left * (share or 0.0)
    return float(min(max(earned, 0.0), cell.points))
