"""Edits of the course's TOML files that insert text in the right place and keep everything else."""

import re
import tomllib

from grader.course.toml_lines import line_of

_LIST = re.compile(r"^[ \t]*units[ \t]*=[ \t]*\[", re.MULTILINE)
_PIECE = re.compile(r'"[^"\n]*"|\'[^\'\n]*\'|#[^\n]*|\]')


def with_unit(text: str, name: str) -> str:
    """Return the text of `course.toml` with a unit appended to its list of units.

    Parameters
    ----------
    text : str
    name : str
        Name of the unit.

    Returns
    -------
    str
        The unchanged text if the place cannot be found.

    Examples
    --------
    >>> with_unit('[course]\\ntitle = "T"\\nunits = ["a"]  # in order\\n', "b")
    '[course]\\ntitle = "T"\\nunits = ["a", "b"]  # in order\\n'
    """
    if "units" not in tomllib.loads(text).get("course", {}):
        return _after_line(text, line_of(text, "$.course.title"), f'units = ["{name}"]')
    begin = _LIST.search(text)
    pieces = list(_PIECE.finditer(text, begin.end())) if begin else []
    close = next((piece for piece in pieces if piece[0] == "]"), None)
    if close is None:
        return text
    items = [piece for piece in pieces if piece.start() < close.start() and piece[0][0] in "\"'"]
    if not items:
        return f'{text[: close.start()]}"{name}"{text[close.start() :]}'
    return _after_item(text, items[-1].end(), close.start(), name)


def _after_line(text: str, number: int, line: str) -> str:
    lines = text.split("\n")
    return "\n".join([*lines[:number], line, *lines[number:]])


def _after_item(text: str, end: int, close: int, name: str) -> str:
    """Insert a name after the last one in a list, on its own line if the others are."""
    rest = text[end:close]
    comma = rest.lstrip().startswith(",")
    if "\n" not in rest:
        return f'{text[:end]}, "{name}"{rest.replace(",", "", 1) if comma else rest}{text[close:]}'
    line_start = text.rfind("\n", 0, end) + 1
    indent = re.match(r"[ \t]*", text[line_start:])
    behind = rest if comma else f",{rest}"
    at = text.rfind("\n", 0, close) + 1
    before = text[:end] + behind[: len(behind) - (close - at)]
    return f'{before}{indent[0] if indent else ""}"{name}",\n{text[at:]}'
