"""A student's files in the course's folder: their text, and whether anything has been written yet."""

from pathlib import Path

from grader.course import layout
from grader.course.registry import Course, Task, Unit
from grader.errors import CourseError
from grader.release.reset import pristine_text
from grader.submissions.intake import read_regular, source_text


def texts_in(folder: Path, unit: Unit) -> dict[str, str]:
    """Return the text of a unit's files in a folder, by stem; missing ones are left out.

    Raises
    ------
    RejectedError
        A file is no text, or too large.
    """
    paths = {stem: folder / f"{stem}.py" for stem in unit.files}
    return {stem: source_text(read_regular(path), path.name) for stem, path in paths.items() if path.exists()}


def own_texts(course: Course, unit: Unit) -> dict[str, str]:
    """Return the text of the student's files of a unit, by stem; missing ones are left out.

    Raises
    ------
    RejectedError
        A file is no text, or too large.
    """
    return texts_in(layout.exercises(course.root, unit.name), unit)


def is_begun(course: Course, unit: Unit) -> bool:
    """Tell whether a student has changed any file of a unit."""
    try:
        return any(text != pristine_text(course, unit.name, stem) for stem, text in own_texts(course, unit).items())
    except CourseError:  # a stub that cannot be cut, in the checkout of an author who is about to write it
        return False


def is_written(course: Course, unit: Unit, task: Task) -> bool:
    """Tell whether a task's stub no longer raises that it is not implemented."""
    text = own_texts(course, unit).get(task.file, "")
    return bool(text) and f'"{unit.name}.{task.name}"' not in text
