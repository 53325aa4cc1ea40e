"""Search for the line of a TOML text that a schema error refers to.

`tomllib` keeps no positions, so the text is searched: for the n-th `[[task]]`, in it the table `[task.limits]`, in it
the key.
"""

import re

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
        found = _table(lines, start, inner, int(step["index"] or 0), within=name)
        if found is None:
            key = _key(lines, start, step["key"])
            return (key if key != start else _table_below(lines, start, inner)) + 1
        start, name = found, inner
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
