"""`trivial.toml`: the tests that an answer without any work passes, and why each of them may.

`grade check` answers every task with zeros, ones, its own arguments and more of the kind. Where such an answer is the
right one (the gradient of a step function is zero), it is listed here; everything else that it earns is a problem.
"""

from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from grader.course import layout
from grader.course.reading import read_text
from grader.errors import CourseError

Answer = Literal["zeros", "ones", "nan", "arguments", "falling", "none"]
"""Zeros, ones, NaN, the call's own arguments, numbers that fall from call to call, None."""

ANSWERS: tuple[Answer, ...] = get_args(Answer)


class Passed(Struct, frozen=True, forbid_unknown_fields=True):
    """A test that some trivial answers to its task pass, and why."""

    task: str
    test: str
    answers: Annotated[tuple[Answer, ...], Meta(min_length=1)]
    reason: Annotated[str, Meta(min_length=1)]


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    passed: tuple[Passed, ...] = ()


def read_trivial(root: Path, unit: str) -> tuple[Passed, ...]:
    """Return what a unit lists; nothing where there is no file.

    Raises
    ------
    CourseError
        The file is broken; the message says where.
    """
    path = layout.trivial(root, unit)
    if not path.is_file():
        return ()
    shown = path.relative_to(root).as_posix()
    try:
        return msgspec.toml.decode(read_text(path, shown), type=_File).passed
    except msgspec.DecodeError as error:
        raise CourseError(f"{shown}: {error}", "correct the file, then: grade check") from None
