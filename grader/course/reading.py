"""Reads the author's own files: text in UTF-8, Python as a tree."""

import ast
from functools import lru_cache
from pathlib import Path

from grader.errors import CourseError


def read_text(path: Path, shown: str) -> str:
    """Return a course file's text with its line ends as ``\\n``.

    Parameters
    ----------
    path : Path
    shown : str
        How messages name the file.

    Raises
    ------
    CourseError
        It is missing, or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CourseError(f"{shown} is missing", "write it, then: grade check") from None
    except UnicodeDecodeError as error:
        raise CourseError(f"{shown} is not UTF-8 text (byte {error.start})", "save it as UTF-8") from None


def read_tree(path: Path, shown: str) -> ast.Module:
    """Return a course file's syntax tree, without importing it.

    Raises
    ------
    CourseError
        It is missing, not UTF-8, or not valid Python.
    """
    return parsed(read_text(path, shown), shown)


@lru_cache(maxsize=256)
def parsed(source: str, shown: str) -> ast.Module:
    """Return a text's syntax tree, to be read and not changed: the same text gives the same tree object again.

    Raises
    ------
    CourseError
        It is not valid Python.
    """
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise CourseError(
            f"{shown}, line {error.lineno or 1}: not valid Python: {error.msg}", "correct it, then: grade check"
        ) from None
