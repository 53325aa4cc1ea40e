"""Points of questions that people grade, from a CSV file: all rows are sound, or nothing is stored."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from grader.errors import DeepgradeError, did_you_mean
from grader.gradebook.csv_rows import read_rows
from grader.printable import display
from grader.records.grades import Adjustment, AdjustmentKind
from grader.records.rules import Rules

COLUMNS = ("student", "unit", "question", "points", "comment")
MOST_PROBLEMS = 5


def read_rubric(path: Path, rules: Rules, students: Collection[str], by: str, at: datetime) -> list[Adjustment]:
    """Return the decisions that a file of points states.

    Parameters
    ----------
    path : Path
        With the columns ``student``, ``unit``, ``question``, ``points`` and, if wanted, ``comment``.
    rules : Rules
    students : collection of str
        Known ids.
    by : str
        Who decides.
    at : datetime

    Returns
    -------
    list of Adjustment

    Raises
    ------
    DeepgradeError
        If a row names nobody, no question or no points of it; the message has the lines.
    """
    (_, header), *rows = read_rows(path) or [(1, [])]
    names = [name.strip().lower() for name in header]
    missing = [name for name in COLUMNS[:4] if name not in names]
    if missing:
        raise DeepgradeError(
            f"{path.name}, line 1: there is no column {', '.join(missing)}", f"columns: {', '.join(COLUMNS)}"
        )
    fields = [(line, dict(zip(names, [*cells, *[""] * len(names)], strict=False))) for line, cells in rows]
    problems = [
        f"{path.name}, line {line}: {problem}"
        for line, cells in fields
        for problem in _problems(cells, rules.questions, students)
    ]
    if problems:
        more = [f"and {len(problems) - MOST_PROBLEMS} more"] if len(problems) > MOST_PROBLEMS else []
        raise DeepgradeError("\n".join([*problems[:MOST_PROBLEMS], *more]), "mend the file; nothing was stored")
    return [_decision(cells, by, at) for _, cells in fields]


def _problems(
    cells: Mapping[str, str], questions: Mapping[str, Mapping[str, float]], students: Collection[str]
) -> Iterator[str]:
    student, unit, question = cells["student"], cells["unit"].strip(), cells["question"].strip()
    if student not in students:
        yield f'there is no student "{display(student)}"{did_you_mean(student, students)}'
    known = questions.get(unit)
    if known is None:
        yield f'no question of "{display(unit)}" stands in [questions] of course.toml{did_you_mean(unit, questions)}'
    elif question not in known:
        yield f'{unit} has no question "{display(question)}"{did_you_mean(question, known)}'
    else:
        points = _number(cells["points"])
        if points is None or not 0 <= points <= known[question]:
            yield f'"{display(cells["points"])}" are no points between 0 and {known[question]:g}'


def _decision(cells: Mapping[str, str], by: str, at: datetime) -> Adjustment:
    return Adjustment(
        cells["student"],
        cells["unit"].strip(),
        AdjustmentKind.QUESTION,
        float(cells["points"]),
        reason=cells.get("comment", "").strip(),
        by=by,
        at=at,
        question=cells["question"].strip(),
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
