"""Memory between a student's commands: results by task, and hints seen, in the course's folder `.deepgrade/`.

Nothing in it is a student's work: an unreadable file counts as empty.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from grader.atomic import write_atomically
from grader.course import layout
from grader.course.registry import Course, Unit
from grader.home.attempts import log_of, write_down
from grader.home.code_digests import CodeDigests, fingerprint
from grader.records import VERSION, TestRecord
from grader.release.backups import WRITABLE

T = TypeVar("T")


class TaskMemory(Struct, frozen=True):
    """Results of a task's visible tests, and digests of what they belong to.

    Attributes
    ----------
    source, suite : str
        Digests of the stub file and of its tests.
    tests : tuple of TestRecord
    code : str
        Digest of the task's own code: its file without other tasks' functions, and what it requires.
    files : str
        Digest of all files of the unit.
    """

    source: str
    suite: str
    tests: tuple[TestRecord, ...]
    code: str = ""
    files: str = ""


NOTHING = TaskMemory("", "", ())


class Progress(Struct, frozen=True):
    """The latest results by ``unit.task``."""

    tasks: dict[str, TaskMemory] = {}
    version: int = VERSION


def progress_of(course: Course) -> Progress:
    """Return the latest results.

    Parameters
    ----------
    course : Course

    Returns
    -------
    Progress
        An empty one if nothing has been run yet.
    """
    progress = _read(_progress_path(course.root), Progress)
    return progress if progress and progress.version == VERSION else Progress()


def remember(course: Course, unit: Unit, files: Mapping[str, str], tests: Sequence[TestRecord]) -> None:
    """Save the results of the tasks that were run, and add them to the log; those of other tasks are kept.

    Parameters
    ----------
    course : Course
    unit : Unit
    files : mapping of str to str
        The text that was run, by file stem.
    tests : sequence of TestRecord
        Results of visible tests.
    """
    digests = CodeDigests(unit, files)
    codes = {task.name: digests.of_task(task) for task in unit.tasks if any(test.task == task.name for test in tests)}
    memories = {
        f"{unit.name}.{task.name}": TaskMemory(
            source=fingerprint(files.get(task.file, "")),
            suite=fingerprint(suite_text(course, unit, task.file)),
            tests=tuple(test for test in tests if test.task == task.name),
            code=codes[task.name],
            files=digests.files,
        )
        for task in unit.tasks
        if task.name in codes
    }
    content = msgspec.json.encode(Progress(progress_of(course).tasks | memories))
    write_atomically(_progress_path(course.root), content, WRITABLE)
    write_down(course, log_of(unit, tests, codes))


def hints_seen(course: Course) -> dict[str, int]:
    """Return the number of hints seen, by ``unit.task``."""
    return _read(_hints_path(course.root), dict[str, int]) or {}


def remember_hints(course: Course, task: str, count: int) -> None:
    """Save the number of hints seen for a task."""
    write_atomically(_hints_path(course.root), msgspec.json.encode(hints_seen(course) | {task: count}), WRITABLE)


def speeds_of(course: Course) -> dict[str, str]:
    """Return the last measured speed in words, by ``unit.task``."""
    return _read(layout.state_folder(course.root) / "speeds.json", dict[str, str]) or {}


def remember_speeds(course: Course, speeds: Mapping[str, str]) -> None:
    """Save measured speeds in words, by ``unit.task``; those of other tasks are kept."""
    path = layout.state_folder(course.root) / "speeds.json"
    write_atomically(path, msgspec.json.encode(speeds_of(course) | dict(speeds)), WRITABLE)


def remember_picture(course: Course, unit: str, png: Path) -> None:
    """Keep a copy of a milestone's picture."""
    write_atomically(_picture_path(course.root, unit), png.read_bytes(), WRITABLE)


def picture_of(course: Course, unit: str) -> bytes:
    """Return the milestone's picture as it was last drawn, as PNG; empty if it has not been drawn."""
    path = _picture_path(course.root, unit)
    return path.read_bytes() if path.is_file() else b""


def suite_text(course: Course, unit: Unit, file: str) -> str:
    """Return the text of the visible tests of a stub file; empty if there are none."""
    path = layout.visible_test(course.root, unit.name, file)
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _progress_path(root: Path) -> Path:
    return layout.state_folder(root) / "progress.json"


def _picture_path(root: Path, unit: str) -> Path:
    return layout.state_folder(root) / "milestones" / f"{unit}.png"


def _hints_path(root: Path) -> Path:
    return layout.state_folder(root) / "hints.json"


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
