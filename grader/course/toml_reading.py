"""Reader of the course's TOML files into records, with file and line in error messages.

`tomllib` keeps no positions, so the text is searched: for the n-th `[[task]]`, in it the table `[task.limits]`, in it
the key.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec

from grader.course.model import Library
from grader.course.reading import read_text
from grader.errors import CourseError
from grader.records.disclosure import Level
from grader.records.rules import Attempts

_STEP = re.compile(r"\.(?P<key>\w+)(?:\[(?P<index>\d+)\])?")
_HEADER = re.compile(r"^\s*\[{1,2}\s*(?P<name>[\w.\s]+?)\s*\]{1,2}\s*(?:#.*)?$")


def line_of(text: str, path: str) -> int:
    """Return the line, from 1, of the table or key that the decoder's path refers to.

    Parameters
    ----------
    text : str
        The TOML text.
    path : str
        Such as ``$.task[1].limits.call_seconds``.

    Returns
    -------
    int
        The key's line; its table's if the key is missing; 1 if the table is missing too.

    Examples
    --------
    >>> line_of("[[task]]\\nname = 'a'\\n[[task]]\\nname = 3\\n", "$.task[1].name")
    4
    """
    lines = text.splitlines()
    start, name = 0, ""
    for step in _STEP.finditer(path):
        inner = f"{name}.{step['key']}" if name else step["key"]
        table = _table(lines, start, inner, int(step["index"] or 0), within=name)
        if table is None:
            key = _key(lines, start, step["key"])
            return (key if key != start else _table_below(lines, start, inner)) + 1
        start, name = table, inner
    return start + 1


def line_of_item(text: str, path: str, item: str, which: int = 0) -> int:
    """Return the line, from 1, of a string in a list; the list's own line if it is not found.

    Parameters
    ----------
    text : str
        The TOML text.
    path : str
        Path of the list, such as ``$.course.units``.
    item : str
    which : int
        Index among equal items: 0 for the first, -1 for the last.

    Examples
    --------
    >>> line_of_item("units = [\\n  'a',\\n  'b',\\n]\\n", "$.units", "b")
    3
    """
    start = line_of(text, path)
    lines = text.splitlines()[start - 1 :]
    end = next((number for number, line in enumerate(lines, start=1) if "]" in line.partition("#")[0]), len(lines))
    quoted = re.compile(rf"[\"']{re.escape(item)}[\"']")
    matches = [number for number, line in enumerate(lines[:end]) if quoted.search(line.partition("#")[0])]
    return start + matches[which] if matches else start


def _headers(lines: list[str]) -> list[tuple[int, str]]:
    """Return line (from 0) and name, without whitespace, of every table header."""
    matches = ((number, _HEADER.match(line)) for number, line in enumerate(lines))
    return [(number, re.sub(r"\s", "", match["name"])) for number, match in matches if match]


def _table(lines: list[str], start: int, name: str, index: int, *, within: str) -> int | None:
    """Return the line of the `index`-th table of this name after `start` and before the next table `within`."""
    seen = 0
    for number, header in _headers(lines):
        if number <= start and within:
            continue
        if header == within:
            return None
        if header == name:
            if seen == index:
                return number
            seen += 1
    return None


def _table_below(lines: list[str], start: int, name: str) -> int:
    """Return the line of the first subtable of a table without its own header; `start` if there is none."""
    below = (number for number, header in _headers(lines) if number >= start and header.startswith(f"{name}."))
    return next(below, start)


def _key(lines: list[str], start: int, key: str) -> int:
    """Return the line of the key in the table that begins at `start`; the table's line if it is missing."""
    ends = [number for number, _ in _headers(lines) if number > start]
    for number in range(start, ends[0] if ends else len(lines)):
        if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", lines[number]):
            return number
    return start


Record = TypeVar("Record")

_CHOICES = {
    "library": [f'"{value}"' for value in get_args(Library)],
    "attempts": [f'"{value}"' for value in Attempts],
    "hidden": [f'"{value}"' for value in Level],
    "after_due": [f'"{value}"' for value in Level],
}


def broken(shown: str, line: int, problem: str, hint: str = "") -> CourseError:
    """Return an error about a line of a file.

    Parameters
    ----------
    shown : str
        The file's name for messages.
    line : int
        Line number, from 1.
    problem : str
    hint : str, optional
        What to do; by default, to correct the file.
    """
    return CourseError(problem, hint or f"correct {shown}, then: grade check", f"{shown}, line {line}")


def read_tables(text: str, shown: str) -> dict[str, Any]:
    """Return the tables of a TOML text.

    Raises
    ------
    CourseError
        If it is not TOML; the message names file and line.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _broken_toml(str(error), text, shown) from None


def as_record(tables: Mapping[str, Any], kind: type[Record], text: str, shown: str) -> Record:
    """Convert the tables of a text to a record.

    Parameters
    ----------
    tables : mapping
        Result of `read_tables`, possibly modified.
    kind : type
        Type of the record.
    text, shown : str
        The text, and the file's name for messages.

    Raises
    ------
    CourseError
        If a field is missing, unknown or wrong; the message names file and line.
    """
    try:
        return msgspec.convert(tables, kind)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at ")
        path = path.strip("`")
        field_path = path + _field_of(what)
        raise broken(shown, line_of(text, field_path), _in_words(what, field_path)) from None


def read_record(path: Path, shown: str, kind: type[Record]) -> Record:
    """Read a file into a record.

    Raises
    ------
    CourseError
        If it is missing, not UTF-8 or broken; the message names file and line.
    """
    text = read_text(path, shown)
    return as_record(read_tables(text, shown), kind, text, shown)


def refuse_repeated(names: Iterable[str], at: str, what: str, text: str, shown: str) -> None:
    """Raise if a list names something twice.

    Parameters
    ----------
    names : iterable of str
        Names in the order of the file.
    at : str
        Path of a name with ``{}`` for its index, such as ``$.equivalent[{}].mutant``.
    what : str
        Noun for the named things, used in the message.
    text, shown : str
        The text, and the file's name for messages.

    Raises
    ------
    CourseError
        If it does; the message names the line of the second one.
    """
    seen: set[str] = set()
    for place, name in enumerate(names):
        if name in seen:
            raise broken(shown, line_of(text, at.format(place)), f'the {what} "{name}" is listed already')
        seen.add(name)


def _field_of(what: str) -> str:
    """Return the path step to an unknown field, which the decoder names only in its message."""
    unknown = re.fullmatch(r"Object contains unknown field `(\w+)`", what)
    return f".{unknown[1]}" if unknown else ""


def _in_words(what: str, path: str) -> str:
    """Return a decoder's message in terms of TOML."""
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
    """Return an error with the position, which `tomllib` puts at the end of its message, at the front."""
    place = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    if place is None:
        return broken(shown, text.count("\n") + 1, message.removesuffix(" (at end of document)"))
    return broken(shown, int(place[1]), f"{message[: place.start()]} (column {place[2]})")
