"""Progress of a run, in the class's database: whoever looks at a running class reads it there."""

from collections.abc import Sequence

import msgspec

from grader.gradebook.database import Database, Run
from grader.records import Result, Status
from grader.records.run import GradingStep, RunFacts, RunProgress

_BEGIN = "INSERT INTO run (started, record) VALUES (?, ?)"
_WAIT = "INSERT INTO work (student, unit) VALUES (?, ?)"
_DONE = "UPDATE work SET done = ?, status = ?, remark = ? WHERE student = ? AND unit = ?"
_LATEST = "SELECT number, started, ended, record, problem FROM run ORDER BY number DESC LIMIT 1"
_STEPS = "SELECT student, unit, done, status, remark FROM work WHERE done IS NOT NULL ORDER BY done DESC, place DESC"
_WAITING = "SELECT student, unit FROM work WHERE done IS NULL ORDER BY place"

Place = tuple[str, str]  # student and unit


def begin(database: Database, facts: RunFacts, work: Sequence[Place], at: str) -> None:
    """Note the beginning of a run, and its work in the order in which it is handed out."""
    with database.transaction() as run:
        run("DELETE FROM work")
        run(_BEGIN, (at, msgspec.json.encode(facts).decode()))
        for place in work:
            run(_WAIT, place)


def note_done(run: Run, result: Result, at: str) -> None:
    """Note in an open transaction that a submission is graded or refused."""
    run(_DONE, (at, result.status.value, result.remark, result.student, result.unit))


def end(database: Database, at: str, problem: str = "") -> None:
    """Note the end of the latest run, and why it ended before its end."""
    with database.transaction() as run:
        run("UPDATE run SET ended = ?, problem = ? WHERE number = (SELECT max(number) FROM run)", (at, problem))


def progress(database: Database) -> RunProgress | None:
    """Return how far the latest run has come; None if there was none since runs are noted."""
    latest = database.rows(_LATEST)
    if not latest:
        return None
    ((number, started, ended, record, problem),) = latest
    steps = [(*row[:3], Status(row[3]), row[4]) for row in database.rows(_STEPS)]
    with database.telling():
        facts = msgspec.json.decode(record, type=RunFacts)
    return RunProgress(
        number=number,
        started=started,
        facts=facts,
        done=tuple(GradingStep(*step) for step in steps),
        waiting=tuple(database.rows(_WAITING)),
        ended=ended or "",
        problem=problem or "",
    )
