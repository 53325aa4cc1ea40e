"""Reset of one task in a student's file to its stub, with a backup."""

from datetime import datetime
from pathlib import Path

from msgspec import Struct

from grader.course import layout
from grader.course.cut import stub_text
from grader.course.reading import read_text
from grader.course.registry import Course
from grader.errors import CourseError, RejectedError
from grader.submissions.intake import read_regular, source_text
from grader.submissions.source_spans import parses, spans


class Reset(Struct, frozen=True):
    """Result of a reset.

    Attributes
    ----------
    path : Path
        The student's file.
    backup : Path or None
        Copy of the previous file; None if there was none.
    whole_file : bool
        Whether the whole file was restored, not just the task.
    reason : str
        Reason for replacing more than one function or something else; empty otherwise.
    """

    path: Path
    backup: Path | None
    whole_file: bool = False
    reason: str = ""


def reset_task(course: Course, task: str) -> Reset:
    """Replace one task's function or class by its stub and keep the rest of the file.

    A missing function is appended. A file that cannot be repaired in one place is restored as a whole.

    Parameters
    ----------
    course : Course
    task : str
        ``task`` or ``unit.task``.

    Returns
    -------
    Reset

    Raises
    ------
    NotFoundError
        If there is no such task.
    CourseError
        If the pristine stub is missing or lacks the task.
    """
    unit, chosen = course.task(task)
    path = layout.stub_path(course.root, unit.name, chosen.file)
    pristine = pristine_text(course, unit.name, chosen.file)
    piece = _piece(pristine, chosen.name, path.name)
    if not path.exists():
        return _restored(path, pristine, None, True, "the file was missing")
    text, problem = _student_text(path)
    backup = _back_up(course.root, unit.name, path)
    if problem:
        return _restored(path, pristine, backup, True, problem)
    mended, reason = _mended(text, chosen.name, piece)
    if not parses(mended):
        return _restored(path, pristine, backup, True, "the file has syntax errors outside of this task")
    return _restored(path, mended, backup, False, reason)


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


def _piece(pristine: str, name: str, file: str) -> list[str]:
    positions = spans(pristine, name)
    if not positions:
        raise CourseError(f"the stub of {file} has no function or class {name}", "get a fresh copy of the course")
    begin, end = positions[-1]
    return pristine.split("\n")[begin:end]


def _student_text(path: Path) -> tuple[str, str]:
    """Return the student's text with ``\\n`` line endings, and the problem if it cannot be read."""
    try:
        text = source_text(read_regular(path), path.name)
    except RejectedError as error:
        return "", error.message
    return text.replace("\r\n", "\n").replace("\r", "\n"), ""


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
    path = layout.stub_path(course.root, unit, file)
    backup = _back_up(course.root, unit, path) if path.is_file() else None
    return _restored(path, text, backup, True, "")


def _back_up(root: Path, unit: str, path: Path) -> Path:
    """Copy the file unchanged to a new name in the backup folder."""
    folder = layout.backups(root, unit)
    folder.mkdir(parents=True, exist_ok=True)
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
    backup = folder / f"{path.stem}.{stamp}.py"
    backup.write_bytes(path.read_bytes())
    return backup


def _mended(text: str, name: str, piece: list[str]) -> tuple[str, str]:
    """Replace the first definition by the stub and remove later ones; append the stub if there is none."""
    lines = text.split("\n")
    positions = spans(text, name)
    if not positions:
        body = text.rstrip("\n")
        return "\n".join(
            [body, "", "", *piece, ""] if body else [*piece, ""]
        ), f"{name} was missing: it stands at the end now"
    for begin, end in reversed(positions[1:]):
        del lines[begin:end]
    begin, end = positions[0]
    lines[begin:end] = piece
    reason = f"{name} was defined {len(positions)} times: one is left" if len(positions) > 1 else ""
    return "\n".join(lines), reason


def _restored(path: Path, text: str, backup: Path | None, whole_file: bool, reason: str) -> Reset:
    if path.is_symlink():
        path.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return Reset(path, backup, whole_file, reason)
