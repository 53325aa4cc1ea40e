"""Finds the line of `course.toml` that a schema error is about.

`tomllib` keeps no positions, so the text is searched: the n-th `[[unit]]`, in it the m-th `[[unit.task]]`, in it
the key.
"""

import re
from itertools import pairwise

_STEP = re.compile(r"\.(?P<key>\w+)(?:\[(?P<index>\d+)\])?")
_HEADER = re.compile(r"^\s*\[{1,2}\s*(?P<name>[\w.\s]+?)\s*\]{1,2}\s*(?:#.*)?$")


def line_of(text: str, path: str) -> int:
    """Return the line, from 1, of the table or key that a path of the decoder names.

    Parameters
    ----------
    text : str
        The TOML text.
    path : str
        Such as ``$.unit[1].task[0].minutes``.

    Returns
    -------
    int
        The key's line; where the key is missing, its table's; where the table is missing too, 1.

    Examples
    --------
    >>> line_of("[[unit]]\\nname = 'a'\\n[[unit]]\\nname = 3\\n", "$.unit[1].name")
    4
    """
    lines = text.splitlines()
    start, name = 0, ""
    for step in _STEP.finditer(path):
        inner = f"{name}.{step['key']}" if name else step["key"]
        found = _table(lines, start, inner, int(step["index"] or 0), within=name)
        if found is None:
            return _key(lines, start, step["key"]) + 1
        start, name = found, inner
    return start + 1


def _headers(lines: list[str]) -> list[tuple[int, str]]:
    """Every table header as its line (from 0) and its name without blanks."""
    matches = ((number, _HEADER.match(line)) for number, line in enumerate(lines))
    return [(number, re.sub(r"\s", "", match["name"])) for number, match in matches if match]


def _table(lines: list[str], start: int, name: str, index: int, *, within: str) -> int | None:
    """Line of the `index`-th table of this name after `start` and before the next table named `within`."""
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


def _key(lines: list[str], start: int, key: str) -> int:
    """Line of the key in the table that begins at `start`, or of the table where it has none."""
    ends = [number for number, _ in _headers(lines) if number > start]
    for number in range(start, ends[0] if ends else len(lines)):
        if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", lines[number]):
            return number
    return start


def without_tables(text: str, name: str) -> str:
    """Return TOML text without the tables of this name; comments above the tables that follow them stay.

    Parameters
    ----------
    text : str
    name : str
        Such as ``unit.equivalent``.

    Examples
    --------
    >>> without_tables("[a]\\nx = 1\\n\\n[[b]]\\ny = 2\\n\\n# the third\\n[c]\\n", "b")
    '[a]\\nx = 1\\n\\n# the third\\n[c]\\n'
    """
    lines = text.splitlines(keepends=True)
    headers = [*_headers(text.splitlines()), (len(lines), "")]
    for (begin, header), (following, _) in reversed(list(pairwise(headers))):
        if header == name:
            end = following
            while following < len(lines) and lines[end - 1].startswith("#"):
                end -= 1
            del lines[begin:end]
    return "".join(lines)
