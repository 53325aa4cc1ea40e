"""Reads which versions students get: the author's `constraints.txt` without the tools that only authors need."""

import re
import tomllib
from pathlib import Path

from grader.course.reading import read_text


def runtime_constraints(root: Path) -> str:
    """Return the text of `constraints.txt` without the optional packages of `pyproject.toml`.

    Raises
    ------
    CourseError
        One of the two files is missing.
    """
    project = tomllib.loads(read_text(root / "pyproject.toml", "pyproject.toml")).get("project", {})
    optional = [line for group in project.get("optional-dependencies", {}).values() for line in group]
    left_out = {_package(line) for line in optional} - {_package(line) for line in project.get("dependencies", [])}
    lines = read_text(root / "constraints.txt", "constraints.txt").splitlines()
    kept = [line for line in lines if line.lstrip().startswith("#") or _package(line) not in left_out]
    return "\n".join(kept) + "\n"


def _package(requirement: str) -> str:
    """Return a requirement's package in its normal spelling.

    Examples
    --------
    >>> _package("Import_Linter>=2.3")
    'import-linter'
    """
    name = re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()
