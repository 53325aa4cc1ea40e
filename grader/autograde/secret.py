"""The course secret: what hidden seeds derive from, the same for every student and every regrade."""

import os
import secrets

from grader.course import layout
from grader.course.registry import Course
from grader.errors import CourseError
from grader.judge.seeds import PUBLIC_SECRET

VARIABLE = "DEEPGRADE_SECRET"


def course_secret(course: Course) -> str:
    """Return the course's secret; in an author's checkout it is made when it is first needed.

    Parameters
    ----------
    course : Course

    Returns
    -------
    str
        From the environment variable ``DEEPGRADE_SECRET``, else from the file ``.course-secret``; in a student bundle
        the public one.

    Raises
    ------
    CourseError
        The file is empty, cannot be read, or cannot be written.
    """
    stated = os.environ.get(VARIABLE, "").strip()
    if stated:
        return stated
    if course.is_bundle:
        return PUBLIC_SECRET
    try:
        return _read_or_make(course)
    except OSError as error:
        raise CourseError(
            f"the course secret {layout.secret_path(course.root)} cannot be used: {error.strerror}",
            f"mend its permissions, or set {VARIABLE}",
        ) from None


def _read_or_make(course: Course) -> str:
    path = layout.secret_path(course.root)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        secret = path.read_text(encoding="utf-8").strip()
        if not secret:
            raise CourseError(
                f"the course secret {path} is empty",
                "restore it from your backup; a new one (delete the file) changes the hidden tests' cases",
            ) from None
        return secret
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        secret = secrets.token_hex(16)
        file.write(f"{secret}\n")
    return secret
