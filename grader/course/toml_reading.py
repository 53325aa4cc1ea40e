"""Reads a TOML file of the course into a record; what is wrong with it is told with file and line."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec

from grader.course.model import Library
from grader.course.reading import read_text
from grader.course.toml_lines import line_of
from grader.errors import CourseError

Record = TypeVar("Record")

_CHOICES = {"library": [f'"{value}"' for value in get_args(Library)]}


def broken(shown: str, line: int, problem: str, hint: str = "") -> CourseError:
    """Return the error that tells what is wrong in a line of a file.

    Parameters
    ----------
    shown : str
        How messages name the file.
    line : int
        From 1.
    problem : str
    hint : str, optional
        What to do; by default to correct the file.
    """
    return CourseError(f"{shown}, line {line}: {problem}", hint or f"correct {shown}, then: grade check")


def read_tables(text: str, shown: str) -> dict[str, Any]:
    """Return the tables of a TOML text.

    Raises
    ------
    CourseError
        It is not TOML; the message names file and line.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _broken_toml(str(error), text, shown) from None


def as_record(tables: Mapping[str, Any], kind: type[Record], text: str, shown: str) -> Record:
    """Turn the tables of a text into a record.

    Parameters
    ----------
    tables : mapping
        As `read_tables` returned them, changed or not.
    kind : type
        Of the record.
    text, shown : str
        The text, and how messages name its file.

    Raises
    ------
    CourseError
        A field is missing, unknown or wrong; the message names file and line.
    """
    try:
        return msgspec.convert(tables, kind)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at ")
        path = path.strip("`")
        field_path = path + _field_of(what)
        raise broken(shown, line_of(text, field_path), _in_words(what, field_path)) from None


def read_record(path: Path, shown: str, kind: type[Record]) -> Record:
    """Return what a file holds.

    Raises
    ------
    CourseError
        It is missing, not UTF-8 or broken; the message names file and line.
    """
    text = read_text(path, shown)
    return as_record(read_tables(text, shown), kind, text, shown)


def refuse_repeated(names: Iterable[str], at: str, what: str, text: str, shown: str) -> None:
    """Refuse a list that names something twice.

    Parameters
    ----------
    names : iterable of str
        In the order of the file.
    at : str
        Path of a name with ``{}`` for its place, such as ``$.equivalent[{}].mutant``.
    what : str
        What is named.
    text, shown : str
        The text, and how messages name its file.

    Raises
    ------
    CourseError
        It does; the message names the line of the second one.
    """
    seen: set[str] = set()
    for place, name in enumerate(names):
        if name in seen:
            raise broken(shown, line_of(text, at.format(place)), f'the {what} "{name}" is listed already')
        seen.add(name)


def _field_of(what: str) -> str:
    """Path step to an unknown field, which the decoder names in the message only."""
    unknown = re.fullmatch(r"Object contains unknown field `(\w+)`", what)
    return f".{unknown[1]}" if unknown else ""


def _in_words(what: str, path: str) -> str:
    """Say a decoder's message as TOML's users would."""
    place = path.removeprefix("$").removeprefix(".")
    field = place.rpartition(".")[2]
    if field == "mutant" and "matching regex" in what:
        what = "expected a mutant as `grade mutants` names it, such as slope.sign.0a1b2c3d"
    elif field.startswith("forbids") and "matching regex" in what:
        what = "expected an operator such as aten::convolution, or a part of names in stars, such as *convolution*"
    elif "matching regex" in what:
        letters = "letters" if "[A-Za-z]" in what else "small letters"
        what = f"expected a name of {letters}, digits and _, beginning with a letter"
    elif field in _CHOICES:
        what = f"expected one of {', '.join(_CHOICES[field])}"
    what = what.replace("Object contains unknown", "unknown").replace("Object missing required", "missing")
    what = what.replace("`object`", "`table`").replace("Expected", "expected")
    return f"{what} (at {place})" if place else what


def _broken_toml(message: str, text: str, shown: str) -> CourseError:
    """Move the place that `tomllib` writes at the end of its message to the front of ours."""
    place = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    if place is None:
        return broken(shown, text.count("\n") + 1, message.removesuffix(" (at end of document)"))
    return broken(shown, int(place[1]), f"{message[: place.start()]} (column {place[2]})")
