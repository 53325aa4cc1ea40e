"""A student's attempts: one line for each task of each run, in `.deepgrade/attempts.jsonl`.

Nothing there is a student's work: lines that cannot be read are left out, and the oldest half goes when there are many.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from grader.atomic import write_atomically
from grader.course import layout
from grader.course.registry import Course, Task, Unit
from grader.errors import DeepgradeError
from grader.records import TestRecord, Verdict
from grader.release.backups import WRITABLE
from grader.report.screens import measured

MOST_BYTES = 2 * 1024**2
LONGEST = 200  # characters of a remark


class TaskRun(Struct, frozen=True, omit_defaults=True):
    """One run of a task's visible tests.

    Attributes
    ----------
    task : str
        ``unit.task``.
    time : datetime
    code : str
        Digest of the code that ran.
    earned, points : float
    verdict : Verdict
        That of the first test that did not pass; passed if all did.
    title, likely : str
        That test's title, and the name of the mistake, if it has one.
    times : int
        How often the same code has had the same outcome in a row.
    """

    task: str
    time: datetime
    code: str
    earned: float
    points: float
    verdict: Verdict
    title: str = ""
    likely: str = ""
    times: int = 1


def attempt_of(unit: Unit, task: Task, tests: Sequence[TestRecord], code: str, now: datetime) -> TaskRun:
    """Return the attempt that some results of a task are."""
    worst = next((test for test in tests if not test.verdict.meaning.is_done), None)
    return TaskRun(
        task=f"{unit.name}.{task.name}",
        time=now,
        code=code,
        earned=sum(test.earned for test in tests),
        points=measured(tests),
        verdict=worst.verdict if worst else Verdict.PASSED,
        title=worst.title[:LONGEST] if worst else "",
        likely=worst.feedback.likely[:LONGEST] if worst else "",
    )


def write_down(course: Course, attempts: Sequence[TaskRun]) -> None:
    """Add attempts to the log; stubs that were not attempted are left out.

    Raises
    ------
    DeepgradeError
        If the log cannot be written.
    """
    lines = [
        msgspec.json.encode(attempt) + b"\n" for attempt in attempts if attempt.verdict is not Verdict.NOT_ATTEMPTED
    ]
    path = _path(course.root)
    if not lines:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _halve(path)
        with path.open("ab") as file:
            file.write(b"".join(lines))
    except OSError as error:
        raise DeepgradeError(f"{path} cannot be written: {error.strerror}", WRITABLE) from None


def attempts_at(course: Course, name: str) -> list[TaskRun]:
    """Return the attempts at a ``unit.task``, the oldest first; equal outcomes of the same code are one."""
    attempts: list[TaskRun] = []
    for attempt in _readable(_path(course.root)):
        if attempt.task != name:
            continue
        if attempts and _is_same(attempts[-1], attempt):
            attempts[-1] = replace(attempt, times=attempts[-1].times + 1)
        else:
            attempts.append(attempt)
    return attempts


def _is_same(one: TaskRun, other: TaskRun) -> bool:
    return (one.code, one.earned, one.title) == (other.code, other.earned, other.title)


def _readable(path: Path) -> Iterable[TaskRun]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError:  # none yet
        return
    for line in lines:
        try:
            yield msgspec.json.decode(line, type=TaskRun)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue


def _halve(path: Path) -> None:
    """Take the older half out of a long log."""
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        lines = path.read_bytes().splitlines(keepends=True)
        write_atomically(path, b"".join(lines[len(lines) // 2 :]), WRITABLE)


def _path(root: Path) -> Path:
    return layout.state_folder(root) / "attempts.jsonl"


def log_of(unit: Unit, tests: Sequence[TestRecord], codes: Mapping[str, str]) -> list[TaskRun]:
    """Return an attempt for each task of a run.

    Parameters
    ----------
    unit : Unit
    tests : sequence of TestRecord
    codes : mapping of str to str
        Digest of the code of each task that ran.
    """
    now = datetime.now(UTC)
    by_task = {task: [test for test in tests if test.task == task.name] for task in unit.tasks if task.name in codes}
    return [attempt_of(unit, task, results, codes[task.name], now) for task, results in by_task.items()]
