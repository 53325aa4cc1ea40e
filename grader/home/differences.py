"""Differences between a student's version of a task and its stub."""

import difflib

from grader.course import layout
from grader.course.registry import Course, Task, Unit
from grader.release.reset import pristine_text
from grader.submissions.intake import read_regular, source_text
from grader.submissions.source_spans import spans


def changes_of(course: Course, unit: Unit, task: Task) -> list[str]:
    """Return the lines that differ between a task's function and its stub, marked by ``+`` and ``-``; none if equal.

    Parameters
    ----------
    course : Course
    unit : Unit
    task : Task

    Raises
    ------
    RejectedError
        The file is not text, or too large.
    """
    path = layout.stub_path(course.root, unit.name, task.file)
    text = source_text(read_regular(path), path.name) if path.is_file() else ""
    before, after = (_definition(source, task.name) for source in (pristine_text(course, unit.name, task.file), text))
    lines = difflib.unified_diff(before, after, lineterm="", n=2)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def _definition(text: str, name: str) -> list[str]:
    places = spans(text, name)
    if not places:
        return text.splitlines()
    begin, end = places[-1]
    return "\n".join(text.splitlines()[begin:end]).rstrip().splitlines()
