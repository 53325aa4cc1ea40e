"""Drawing of milestones: the student's code runs in a subprocess; only complete pictures are copied."""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec
from msgspec import Struct

from grader.course import layout
from grader.course.registry import Course, Unit
from grader.errors import DeepgradeError, NotFoundError
from grader.metering.meter import run
from grader.metering.processes import ONE_THREAD
from grader.printable import one_line, safe
from grader.records import Cause, CauseKind

SECONDS = 120
PROBLEM = "problem.json"  # written by `grader.worker.milestone`


class DrawingProblem(Struct, frozen=True):
    """An exception reported by `grader.worker.milestone`: classes, message, cause, and the student's lines."""

    kinds: tuple[str, ...]
    text: str
    where: tuple[str, ...]
    cause: Cause | None = None


class DrawingFailed(DeepgradeError):
    """Raised if a milestone cannot be drawn with the student's code."""

    exit_code = 1


def story_of(path: Path) -> str:
    """Return a milestone's docstring; empty if it has none.

    Raises
    ------
    NotFoundError
        If there is no milestone.
    DrawingFailed
        If it is not valid Python.
    """
    if not path.is_file():
        raise NotFoundError(f"there is no milestone in {path.parent}", "grade")
    try:
        return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    except SyntaxError as error:
        raise DrawingFailed(f"{path.name} is not valid Python: line {error.lineno}: {error.msg}") from None


def drawn(course: Course, unit: Unit, sources: Path, destination: Path) -> list[Path]:
    """Draw a milestone and return the pictures.

    Parameters
    ----------
    course : Course
    unit : Unit
    sources : Path
        The folder with the milestone and the code that it uses.
    destination : Path
        A folder for the pictures; created if missing.

    Raises
    ------
    DrawingFailed
        If the code is unfinished, raised, or took too long.
    """
    with tempfile.TemporaryDirectory() as folder:
        printed = _run(course, unit, sources, Path(folder))
        problem = Path(folder) / PROBLEM
        if problem.is_file():
            raise _drawing_failed(course, unit, msgspec.json.decode(problem.read_bytes(), type=DrawingProblem), printed)
        made = [Path(folder) / f"{unit.name}{suffix}" for suffix in (".png", ".svg")]
        if not all(path.is_file() for path in made):
            raise DrawingFailed(f"drawing {unit.name} ended without a picture{_tail(printed)}")
        destination.mkdir(parents=True, exist_ok=True)
        return [Path(shutil.copyfile(path, destination / path.name)) for path in made]


def _run(course: Course, unit: Unit, sources: Path, folder: Path) -> str:
    """Run the drawing and return what it printed."""
    arguments = [str(course.root), unit.name, str(sources), str(folder)]
    command = [sys.executable, "-P", "-B", "-W", "ignore", "-m", "grader.worker.milestone", *arguments]
    environment = dict(os.environ) | ONE_THREAD | {"MPLBACKEND": "agg", "PYTHONIOENCODING": "utf-8"}
    try:
        done = run(
            command,
            SECONDS,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        raise DrawingFailed(
            f"drawing {unit.name} took more than {SECONDS} s of computing and was stopped", f"grade run {unit.name}"
        ) from None
    return bytes(done.stdout).decode("utf-8", "replace")


def _drawing_failed(course: Course, unit: Unit, problem: DrawingProblem, printed: str) -> DrawingFailed:
    """Return the error in the student's terms."""
    text = one_line(problem.text, 300)
    if problem.cause and problem.cause.kind is CauseKind.UNWRITTEN:
        return _unwritten(course, unit, problem.cause.name, text)
    lines = [f"  {safe(line)}" for line in problem.where]
    message = "\n".join([f"drawing {unit.name} failed: {problem.kinds[0]}: {text}".rstrip(": "), *lines])
    return DrawingFailed(message + _tail(printed), f"grade run {unit.name}")


def _unwritten(course: Course, unit: Unit, name: str, text: str) -> DrawingFailed:
    """Return an error that names the unwritten task, or shows the stub's message if there is no such task."""
    task = next((task for task in unit.tasks if task.name == name), None)
    if task is None:
        return DrawingFailed(f"the picture needs something that is not written yet: {text}", f"grade run {unit.name}")
    path = layout.relative_name(layout.stub_path(course.root, unit.name, task.file), course.root)
    return DrawingFailed(
        f"the picture needs {task.name} in {path}, which is not written yet ({task.minutes} min)",
        f"grade run {task.name}",
    )


def _tail(printed: str) -> str:
    lines = safe(printed).strip().split("\n")[-5:]
    return "\nprinted:\n" + "\n".join(f"  {line}" for line in lines) if printed.strip() else ""
