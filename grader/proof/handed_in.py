"""Proof that answers earn the same when a student hands them in as in the author's own process.

A task may forbid operators. A misconception that uses one works in this process, where nothing is forbidden, but is
refused when a submission is graded, so it would never be recognised there.

A test may pass a function. What this function changes in its arguments must reach the student's own arrays in a worker,
too: otherwise a mistake that is noticed in this process is not noticed when it is graded, and the other way round."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from grader.autograde.secret import course_secret
from grader.course import layout
from grader.course.model import cannot_run
from grader.course.registry import Course, Unit
from grader.course.suite import task_of
from grader.judge.judges import solution_files
from grader.judge.protocol import Job
from grader.judge.session import OnRecord, WarmSession
from grader.proof.local_suites import MisconceptionResult
from grader.proof.wrong_code import RIGHT, Answer, WrongCode, student_files, with_answer
from grader.records import Isolation, TestRecord, Verdict
from grader.records.proof import Problem
from grader.sandbox.launcher import launcher_for
from grader.submissions.intake import Submission


class Grader(Protocol):
    """Protocol of what grades submissions: a judge, or this process."""

    def grade(self, job: Job, on_record: OnRecord) -> object:
        """Grade one job, record by record."""


class GraderHere:
    """Grader of trusted submissions by this process, in workers of its own.

    Parameters
    ----------
    session : WarmSession
    """

    def __init__(self, session: WarmSession) -> None:
        self._session, self._launcher = session, launcher_for(Isolation.SELF)

    def grade(self, job: Job, on_record: OnRecord) -> None:
        """Grade one job, record by record."""
        self._session.grade(job, self._launcher, on_record)

    def close(self) -> None:
        """End the workers' parent process."""
        self._launcher.close()


def ban_problems(
    course: Course, unit: Unit, grader: Grader, misconceptions: tuple[MisconceptionResult, ...]
) -> Iterator[Problem]:
    """Yield the misconceptions of a unit that are refused because they use what their task forbids.

    Parameters
    ----------
    course : Course
    unit : Unit
    grader : Grader
        One that knows the unit's suite.
    misconceptions : tuple of MisconceptionResult
        Those of any unit.
    """
    banning = {task.name for task in unit.tasks if task.forbids} - cannot_run(unit).keys()
    concerned = [wrong for wrong in misconceptions if wrong.unit == unit.name and wrong.task in banning]
    if not concerned:
        return
    code = WrongCode(course.root, unit.name)
    for wrong in concerned:
        if code.portable(wrong.name):
            answers: dict[str, Answer] = {task.name: RIGHT for task in unit.tasks} | {wrong.task: wrong}
            submission = Submission(unit.name, student_files(course.root, unit, answers, code))
            if refused := _refusal(course, grader, submission, wrong.task):
                what = f"{wrong.name} is refused when graded: {refused.feedback.message}; write the mistake without it"
                yield Problem(f"{unit.name}.{wrong.task}", what)


def _refusal(course: Course, grader: Grader, submission: Submission, task: str) -> TestRecord | None:
    """Return the first test that is refused, if any."""
    limits, records = course.limits_of(submission.unit), list[TestRecord]()
    job = Job(submission, limits, course_secret(course), tasks=(task,), visible_only=True, diagnose=False)
    grader.grade(job, records.append)
    return next((record for record in records if record.verdict is Verdict.BLOCKED), None)


Points = Mapping[str, float]
"""Points by test."""

TOLERANCE = 1e-9


def lending_problems(
    course: Course,
    unit: Unit,
    grader: Grader,
    *,
    tasks: Collection[str],
    misconceptions: tuple[MisconceptionResult, ...],
    variants: Collection[str],
) -> Iterator[Problem]:
    """Yield the answers that earn other points in a worker than in this process.

    Parameters
    ----------
    course : Course
    unit : Unit
    grader : Grader
        One that knows the unit's suite.
    tasks : collection of str
        The unit's tasks whose tests pass functions.
    misconceptions : tuple of MisconceptionResult
        Those of any unit, with the points that they earn in this process.
    variants : collection of str
        Names of the unit's variants, which earn all points in this process.
    """
    wrong = [entry for entry in misconceptions if entry.unit == unit.name and entry.task in tasks]
    expected: dict[str, tuple[str, Points | None]] = {entry.name: (entry.task, entry.earned) for entry in wrong}
    yield from _differences(course, unit, grader, layout.misconceptions(course.root, unit.name), expected)
    right: dict[str, tuple[str, Points | None]] = {
        name: (task, None) for name in variants if (task := task_of(name)) in tasks
    }
    yield from _differences(course, unit, grader, layout.variants(course.root, unit.name), right)


def _differences(
    course: Course, unit: Unit, grader: Grader, path: Path, expected: Mapping[str, tuple[str, Points | None]]
) -> Iterator[Problem]:
    """Yield the functions of a file, by name, that do not earn what is expected; None stands for all points."""
    if not expected:
        return
    code, files = WrongCode(course.root, unit.name, path), solution_files(course.root, unit)
    homes = {task.name: task.file for task in unit.tasks}
    for name, (task, points) in expected.items():
        if not code.portable(name):
            continue
        handed_in = with_answer(files, homes[task], task, name, code)
        for record in _records(course, grader, Submission(unit.name, handed_in), task):
            wanted = record.points if points is None else points.get(record.test, 0.0)
            if abs(record.earned - wanted) > TOLERANCE:
                yield Problem(f"{unit.name}.{task}", _difference(name, record, wanted))


def _records(course: Course, grader: Grader, submission: Submission, task: str) -> list[TestRecord]:
    records: list[TestRecord] = []
    limits, secret = course.limits_of(submission.unit), course_secret(course)
    grader.grade(
        Job(submission, limits, secret, tasks=(task,), diagnose=False, second_chances=False, dry_run=True),
        records.append,
    )
    return records


def _difference(name: str, record: TestRecord, wanted: float) -> str:
    because = f": {record.feedback.message}" if record.feedback.message else ""
    return (
        f"{record.test} gives {name} {record.earned:g} points in a worker, and {wanted:g} here{because}; "
        "a function of the test may rely on what student code does with its arguments or answers"
    )
