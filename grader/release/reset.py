"""Reset of a task in a student's file to its stub, and return of an earlier version, each with a backup."""

import re
from pathlib import Path

from msgspec import Struct

from grader.atomic import write_atomically
from grader.course import layout
from grader.course.cut import stub_text
from grader.course.reading import read_text
from grader.course.registry import Course, Task, Unit
from grader.errors import CourseError, DeepgradeError, NotFoundError, RejectedError
from grader.release.backups import WRITABLE, Backup, back_up, backups_of
from grader.release.definitions import definition, replaced
from grader.submissions.intake import read_regular, source_text

_CODING = re.compile(r"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


class Reset(Struct, frozen=True):
    """Result of a reset or of a return to an earlier version.

    Attributes
    ----------
    path : Path
        The student's file.
    backup : Path or None
        Copy of the previous file; None if there was none, or nothing has changed.
    changed : bool
        Whether the file has changed.
    note : str
        What was changed besides; empty for nothing.
    """

    path: Path
    backup: Path | None = None
    changed: bool = True
    note: str = ""


class WholeFileNeeded(DeepgradeError):
    """A single function cannot be replaced, only the whole file; nothing has been changed."""


def reset_task(course: Course, task: str, *, whole_file: bool = False) -> Reset:
    """Replace one task's function or class by its stub and keep the rest of the file.

    A missing function is appended, a missing file is written.

    Parameters
    ----------
    course : Course
    task : str
        ``task`` or ``unit.task``.
    whole_file : bool
        Whether to replace the whole file.

    Returns
    -------
    Reset

    Raises
    ------
    NotFoundError
        If there is no such task.
    CourseError
        If the pristine stub is missing or lacks the task.
    WholeFileNeeded
        If the function alone cannot be replaced.
    """
    unit, chosen = course.task(task)
    pristine = pristine_text(course, unit.name, chosen.file)
    if not definition(pristine, chosen.name):
        problem = f"the stub of {chosen.file}.py has no function or class {chosen.name}"
        raise CourseError(problem, "get a fresh copy of the course")
    return _taken_from(course, unit, chosen, pristine, whole_file=whole_file)


def restore_task(course: Course, task: str, number: int = 0, *, whole_file: bool = False) -> tuple[Backup, Reset]:
    """Bring a task's function or class back from a backup; what stands there now becomes a backup first.

    Parameters
    ----------
    course : Course
    task : str
        ``task`` or ``unit.task``.
    number : int
        Which backup of the file, the newest being 1. By default the newest one with other code of this task than the
        file's and the stub's.
    whole_file : bool
        Whether to bring the whole file back.

    Returns
    -------
    backup : Backup
    result : Reset

    Raises
    ------
    NotFoundError
        If there is no such task or backup.
    RejectedError
        If the chosen backup is not text.
    WholeFileNeeded
        If the function alone cannot be replaced.
    """
    unit, chosen = course.task(task)
    backups = [backup for backup in backups_of(course, unit) if backup.file == chosen.file]
    if not backups:
        raise NotFoundError(f"there is no backup of {chosen.file}.py: grade reset makes them", "grade restore")
    backup = _numbered(backups, number, chosen) if number else _newest_other(course, unit, chosen, backups)
    text = _with_plain_ends(source_text(read_regular(backup.path), backup.path.name))
    if not whole_file and not definition(text, chosen.name):
        raise NotFoundError(f"{chosen.name} is not in that backup", f"grade restore {chosen.name} --file")
    return backup, _taken_from(course, unit, chosen, text, whole_file=whole_file)


def _numbered(backups: list[Backup], number: int, task: Task) -> Backup:
    if number > len(backups):
        raise NotFoundError(f"{task.file}.py has {len(backups)} backups, no number {number}", "grade restore")
    return backups[number - 1]


def _newest_other(course: Course, unit: Unit, task: Task, backups: list[Backup]) -> Backup:
    stub = definition(pristine_text(course, unit.name, task.file), task.name)
    now = definition(_student_text(layout.stub_path(course.root, unit.name, task.file))[0], task.name)
    versions = ((backup, definition(_student_text(backup.path)[0], task.name)) for backup in backups)
    backup = next((backup for backup, lines in versions if lines and lines not in (stub, now)), None)
    if backup is None:
        raise NotFoundError(f"no backup has another {task.name} than your file has now", "grade restore")
    return backup


def differing_tasks(course: Course, unit: Unit, backup: Backup) -> list[str]:
    """Return the tasks of which a backup has other code than the student's file now; none if it cannot be read."""
    now = _student_text(layout.stub_path(course.root, unit.name, backup.file))[0]
    text = _student_text(backup.path)[0]
    names = [task.name for task in unit.tasks if task.file == backup.file]
    return [name for name in names if (lines := definition(text, name)) and lines != definition(now, name)]


def _taken_from(course: Course, unit: Unit, task: Task, source: str, *, whole_file: bool) -> Reset:
    """Take a task's definition, or all, from a text into the student's file."""
    path = layout.stub_path(course.root, unit.name, task.file)
    if not (path.exists() or path.is_symlink()):
        return _written(course, unit.name, path, source, "the file was missing")
    if whole_file:
        return _written(course, unit.name, path, source, "")
    text, problem = _student_text(path)
    if problem := problem or _other_encoding(text, path.name):
        raise WholeFileNeeded(f"{task.name} alone cannot be put back: {problem}")
    result = replaced(text, task.name, definition(source, task.name))
    if result is None:
        raise WholeFileNeeded(
            f"{task.name} alone cannot be put back: {path.name} has a syntax error outside of it",
            "mend that first: grade run shows its line",
        )
    if result.text == text:
        return Reset(path, changed=False)
    return _written(course, unit.name, path, result.text, result.note)


def pristine_text(course: Course, unit: str, file: str) -> str:
    """Return the original stub: read from a student bundle, or cut from the solution in a checkout.

    Raises
    ------
    CourseError
        If it is missing or broken.
    """
    if not course.is_bundle:
        return stub_text(course.root, unit, file)
    path = layout.pristine_stub(course.root, unit, file)
    return read_text(path, layout.relative_name(path, course.root))


def _student_text(path: Path) -> tuple[str, str]:
    """Return the student's text with ``\\n`` line endings, and the problem if it cannot be read."""
    try:
        return _with_plain_ends(source_text(read_regular(path), path.name)), ""
    except RejectedError as error:
        return "", error.message


def _other_encoding(text: str, name: str) -> str:
    """Return the problem of a text that declares another encoding than that in which it would be written."""
    declared = next((match[1] for line in text.split("\n")[:2] if (match := _CODING.match(line))), "utf-8")
    return "" if declared.lower().startswith(("utf-8", "utf8")) else f"{name} declares the encoding {declared}"


def _with_plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def replace_file(course: Course, unit: str, file: str, text: str) -> Reset:
    """Replace one of a unit's files, and keep the previous one as a backup.

    Parameters
    ----------
    course : Course
    unit : str
    file : str
        Stem of the file.
    text : str

    Returns
    -------
    Reset
    """
    return _written(course, unit, layout.stub_path(course.root, unit, file), text, "")


def _written(course: Course, unit: str, path: Path, text: str, note: str) -> Reset:
    """Write a file after a copy of the previous one has been made; a link is replaced, its target stays."""
    backup = back_up(course.root, unit, path) if path.is_file() else None
    write_atomically(path, text.encode(), WRITABLE)
    return Reset(path, backup, note=note)
