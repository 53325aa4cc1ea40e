"""Messages between the machines of a cluster: JSON texts, checked where they arrive.

Jobs go out without the secret and the student's name: each machine has the secret in its copy of the course. What comes
back was written on a machine that runs students' code, so its size, types, names and ranges are checked before it
counts.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from grader.cluster.fitness import Fitness
from grader.course.registry import Course
from grader.errors import DeepgradeError
from grader.judge.protocol import Fault, Job
from grader.printable import display
from grader.records import Isolation, TestRecord, Timing

MOST_BYTES = 16 * 1024**2  # of an answer
MOST_RECORDS = 5_000  # in an answer
LONGEST = 4_000  # characters of a reason


class Sheet(Struct, frozen=True):
    """A job for any machine that is fit for it.

    Attributes
    ----------
    units : tuple of str
        Units of the whole run, whose suites its judge collects.
    tier : Isolation
    job : Job or None
        Without secret and student; None to run the tests on the solutions alone.
    faults : tuple of str
        Tests that fail on the solutions, as far as the run knows: they must be the same on each machine.
    """

    units: tuple[str, ...]
    tier: Isolation
    job: Job | None = None
    faults: tuple[str, ...] = ()


class Introduction(Struct, frozen=True):
    """Facts that a worker states of itself.

    Attributes
    ----------
    fitness : Fitness or None
        None if it cannot grade.
    problem, hint : str
        Why it cannot, and what to do there.
    jobs : int
        Submissions at a time.
    devices : tuple of str
        Names of its processor and GPUs.
    """

    fitness: Fitness | None = None
    problem: str = ""
    hint: str = ""
    jobs: int = 0
    devices: tuple[str, ...] = ()

    @property
    def resources(self) -> dict[str, float]:
        """Resources for the scheduler: none if it cannot grade; one timed job at a time if it has a GPU."""
        if self.fitness is None:
            return {}
        races = 1 if len(self.devices) > 1 else self.jobs
        return {self.fitness.seat: self.jobs, self.fitness.race(self.devices): races}


class GradedSheet(Struct, frozen=True, tag=True):
    """Records of a submission, in the order in which its tests ended."""

    records: tuple[TestRecord, ...]
    timing: Timing


class Rehearsed(Struct, frozen=True, tag=True):
    """Tests that fail on the solutions."""

    faults: tuple[Fault, ...] = ()


class Failed(Struct, frozen=True, tag=True):
    """The judge there failed: an error of the grader, never of the student."""

    message: str
    hint: str = ""


class Unfit(Struct, frozen=True, tag=True):
    """The machine turned out to be unable to grade: its jobs go to others."""

    reason: str


Answer = GradedSheet | Rehearsed | Failed | Unfit


class BadAnswer(DeepgradeError):
    """A worker answered what no judge answers."""

    exit_code = 3


def sealed_job(job: Job) -> Job:
    """Return a job as it leaves this machine: without the secret, and without the student's name.

    Parameters
    ----------
    job : Job

    Returns
    -------
    Job
    """
    return replace(job, secret="", submission=replace(job.submission, student=""))


def written(message: Sheet | Answer | Introduction) -> bytes:
    """Return a message as JSON."""
    return msgspec.json.encode(message)


def read_sheet(text: bytes) -> Sheet:
    """Return a sheet from its JSON."""
    return msgspec.json.decode(text, type=Sheet)


def read_introduction(text: object) -> Introduction:
    """Return what a worker says of itself.

    Parameters
    ----------
    text : object
        What arrived: a str, if it is one.

    Returns
    -------
    Introduction

    Raises
    ------
    BadAnswer
        If it is no introduction.
    """
    introduction: Introduction = _decoded(text.encode() if isinstance(text, str) else text, Introduction)
    return introduction


def read_answer(text: object, sheet: Sheet, course: Course) -> Answer:
    """Return a worker's answer to a sheet.

    Parameters
    ----------
    text : object
        What arrived.
    sheet : Sheet
    course : Course

    Returns
    -------
    GradedSheet, Rehearsed, Failed or Unfit

    Raises
    ------
    BadAnswer
        If it is too large, no answer, or none to this sheet.
    """
    answer: Answer = _decoded(text, Answer)
    if isinstance(answer, Failed):
        return Failed(answer.message[:LONGEST], answer.hint[:LONGEST])
    if isinstance(answer, Unfit):
        return Unfit(answer.reason[:LONGEST])
    if isinstance(answer, GradedSheet) is not (sheet.job is not None):
        raise BadAnswer("a worker answered something else than it was asked")
    if isinstance(answer, GradedSheet) and sheet.job is not None:
        _check(answer.records, sheet.job, course)
    return answer


def _decoded(text: object, kind: Any) -> Any:
    if not isinstance(text, bytes) or len(text) > MOST_BYTES:
        size = f"{len(text)} bytes" if isinstance(text, bytes) else type(text).__name__
        raise BadAnswer(f"a worker answered with {size} where at most {MOST_BYTES} bytes of JSON are expected")
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadAnswer(f"a worker's answer cannot be read: {error}"[:LONGEST]) from None


def _check(records: Sequence[TestRecord], job: Job, course: Course) -> None:
    """Raise unless the records can be those of a job: each test once, of its unit's tasks, with points in range."""
    if len(records) > MOST_RECORDS:
        raise BadAnswer(f"a worker answered with {len(records)} records")
    tasks = {task.name for task in course.unit(job.unit).tasks}
    tests = {(record.task, record.test, record.hidden) for record in records}
    if len(tests) != len(records):
        raise BadAnswer("a worker answered with two records of the same test")
    for record in records:
        if record.unit != job.unit or record.task not in tasks:
            raise BadAnswer(f"a worker answered with a record of {display(f'{record.unit}.{record.task}')}")
        if not 0 <= record.earned <= record.points:
            raise BadAnswer(f"a worker answered with {record.earned} of {record.points} points")
        if job.visible_only and record.hidden:
            raise BadAnswer("a worker answered with a hidden test that was not asked for")
