"""Entry of a person's unit in an nbgrader course: a score for each cell, a comment for each task, a penalty.

nbgrader adds up the scores of cells and takes the penalty off. The sum is the gradebook's: one cell holds the points
that people add or take. Comments and outputs say no more of hidden tests than the course's level of feedback allows.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from grader.gradebook.lateness import deadline
from grader.gradebook.remarks import unit_remarks
from grader.gradebook.scores import DECIMALS
from grader.nbgrader.cells import Cell, CellKind, points_of
from grader.nbgrader.texts import comments_of, defused, output_of
from grader.records import STATUS_WORDS, Result, Status
from grader.records.disclosure import Level
from grader.records.grades import AdjustmentKind, Attempt, GradeStatus, Person, UnitGrade
from grader.records.rules import Rules

LEFT_OUT = "was left out for everybody"
_NOTHING = frozenset({Status.MISSING, Status.WAITING})


class Entry(Struct, frozen=True):
    """One person's entry in one unit.

    Attributes
    ----------
    person : Person
    handed_in : datetime or None
        With its zone; None if it is unknown, or nothing was handed in.
    scores : dict of str to (float or None)
        By the cell's grade_id; None where a person has to decide. Only the cell of decisions by hand can be below zero
        or above its maximum.
    outputs : dict of str to str
        What the receipt shows below a cell, by grade_id.
    comments : dict of str to str
        In Markdown by the solution cell's grade_id; tasks without anything to say are left out.
    attempt : Attempt or None
        The hand-in that counts, if anything is known about it.
    handed_in_by : str
        Id of who handed it in: the person, or a member of the group; empty if nobody did.
    penalty : float
        Points taken off for lateness.
    extension : timedelta or None
        Time by which the person's due date is later.
    """

    person: Person
    handed_in: datetime | None
    scores: dict[str, float | None]
    outputs: dict[str, str]
    comments: dict[str, str]
    attempt: Attempt | None = None
    handed_in_by: str = ""
    penalty: float = 0.0
    extension: timedelta | None = None


class UnitEntries(Struct, frozen=True):
    """Everything that is entered for one unit.

    Attributes
    ----------
    unit : str
        Name of the assignment and of its only notebook.
    cells : tuple of Cell
    entries : tuple of Entry
    source : str
        The source notebook, as JSON; only used where the assignment is new.
    due : datetime or None
        With its zone.
    """

    unit: str
    cells: tuple[Cell, ...]
    entries: tuple[Entry, ...]
    source: str
    due: datetime | None = None


class Entered(Struct):
    """Summary of what was entered.

    Attributes
    ----------
    changed : dict of str to int
        Number of submissions of each unit of which anything differs from what was there.
    kept : list of str
        Manual scores, which stay: ``anna rnn test_x: 2``.
    waiting : list of str
        Submissions in which a person has to decide: ``anna rnn``.
    maximum : dict of str to float
        nbgrader's maximum of each unit.
    """

    changed: dict[str, int] = {}
    kept: list[str] = []
    waiting: list[str] = []
    maximum: dict[str, float] = {}


def is_absent(grade: UnitGrade, result: Result | None) -> bool:
    """Return whether there is nothing to enter: no hand-in that was looked at, and no points by hand."""
    return (result is None or result.status in _NOTHING) and not grade.final


def entry_of(
    person: Person, grade: UnitGrade, result: Result | None, cells: Sequence[Cell], *, rules: Rules, level: Level
) -> Entry:
    """Return a person's entry in a unit.

    Parameters
    ----------
    person : Person
    grade : UnitGrade
    result : Result or None
        Of the hand-in that counts; None if there is none.
    cells : sequence of Cell
        The unit's.
    rules : Rules
    level : Level
        How much students are shown of hidden tests.

    Returns
    -------
    Entry
    """
    work = None if result is None or result.status in _NOTHING else result
    scores = {**_test_scores(cells, work, grade), **_answers(cells, grade)}
    by_hand = next(cell.grade_id for cell in cells if cell.kind is CellKind.BY_HAND)
    scores[by_hand] = _rest(grade, [score for name, score in scores.items() if name != by_hand])
    about, remarks = list(_of_result(work)), unit_remarks(grade)
    return Entry(
        person=person,
        handed_in=grade.attempt.handed_in if grade.attempt else None,
        scores=scores,
        outputs={cell.grade_id: _output(cell, work, level) for cell in cells if cell.is_graded}
        | {by_hand: "\n".join([*about, *remarks])},
        comments=_comments(cells, work, level, remarks if work else [*about, *remarks]),
        attempt=grade.attempt,
        handed_in_by=(grade.handed_in_by or person.id) if work else "",
        penalty=grade.penalty,
        extension=_extension(person, grade, rules),
    )


def _test_scores(cells: Sequence[Cell], work: Result | None, grade: UnitGrade) -> dict[str, float | None]:
    """Return the scores of all cells but questions; without a hand-in they are zero."""
    counted = [cell for cell in cells if cell.is_graded and cell.kind is not CellKind.QUESTION]
    if work is None:
        return {cell.grade_id: 0.0 for cell in counted}
    present = _measurable([cell for cell in counted if cell.test not in work.without], work, grade)
    scores = dict.fromkeys((cell.grade_id for cell in counted), 0.0) | points_of(present, work)
    if grade.final is not None and work.status is not Status.GRADED:  # a person gave points to a refused hand-in
        return dict.fromkeys(scores, 0.0)
    return scores


def _measurable(cells: Sequence[Cell], work: Result, grade: UnitGrade) -> list[Cell]:
    """Return the cells, without those of tests that measured nothing of anybody: the unit's points are fewer then."""
    if sum(cell.points for cell in cells) <= grade.out_of + 1e-9:
        return list(cells)
    measured = [test for test in work.tests if not test.verdict.meaning.costs_nothing]
    return [cell for cell in cells if any(map(cell.concerns, measured))]


def _answers(cells: Sequence[Cell], grade: UnitGrade) -> dict[str, float | None]:
    """Return the points that people gave for questions; None for those that wait."""
    kind = AdjustmentKind.QUESTION
    given = {one.question: one.value for one in grade.adjustments if one.kind is kind}
    questions = [cell for cell in cells if cell.kind is CellKind.QUESTION]
    unanswered = None if grade.final is None and grade.status is not GradeStatus.EXCUSED else 0.0
    return {
        cell.grade_id: float(min(given[cell.title], cell.points)) if cell.title in given else unanswered
        for cell in questions
    }


def _rest(grade: UnitGrade, scores: Sequence[float | None]) -> float | None:
    """Return the points that come from no cell; differences by rounding are none, and of an excused unit nothing is."""
    if grade.final is None:
        is_settled = grade.status is GradeStatus.EXCUSED or None in scores
        return 0.0 if is_settled else None
    return round(grade.final + grade.penalty - sum(score or 0.0 for score in scores), DECIMALS) + 0.0


def _extension(person: Person, grade: UnitGrade, rules: Rules) -> timedelta | None:
    due = rules.due.get(grade.unit)
    extended = [one.value for one in grade.adjustments if one.kind is AdjustmentKind.EXTEND]
    days = person.extra_days + int(extended[-1] if extended else 0)
    return deadline(due, rules.zone, days) - deadline(due, rules.zone) if due and days else None


def _output(cell: Cell, work: Result | None, level: Level) -> str:
    if not cell.is_test:
        return cell.title
    if work is None:
        return STATUS_WORDS[Status.MISSING]
    return LEFT_OUT if cell.test in work.without else output_of(cell, work, level)


def _comments(cells: Sequence[Cell], work: Result | None, level: Level, remarks: Sequence[str]) -> dict[str, str]:
    """Return the comments on each task; the first has the remarks on the whole unit, too."""
    comments = comments_of(cells, work, level) if work else {}
    first = next((cell.grade_id for cell in cells if cell.kind is CellKind.SOLUTION), None)
    if first is None or not remarks:
        return comments
    lines = [f"- {defused(remark)}" for remark in remarks]
    return comments | {first: "\n".join([*lines, *filter(None, [comments.get(first)])])}


def _of_result(work: Result | None) -> Iterator[str]:
    if work is None:
        yield STATUS_WORDS[Status.MISSING]
    elif work.status is not Status.GRADED:
        yield f"{STATUS_WORDS[work.status]}: {work.remark}"
