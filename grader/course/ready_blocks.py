"""Marked blocks of ready-made code in a solution: functions of an earlier unit, which students have written there.

### BEGIN READY convolution.conv: conv2d_forward conv2d_backward
(filled by `grade build`)
### END READY
"""

import re
import textwrap
from functools import lru_cache

from msgspec import Struct

from grader.course.edits import WIDTH
from grader.course.reading import find_regions, marker_comments, marker_problem, parsed

BEGIN, END = "### BEGIN READY", "### END READY"
_ALIKE = re.compile(r"^\s*#+\s*(BEGIN|END)\s+READY\b", re.IGNORECASE)
_HEAD = re.compile(rf"{BEGIN} ([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*):((?: [A-Za-z_]\w*)+)")
_FORM = f"{BEGIN} UNIT.FILE: NAME NAME"


class ReadyBlock(Struct, frozen=True):
    """A block between the lines of its markers, from 1.

    Attributes
    ----------
    begin, end : int
        Lines of the markers.
    unit, file : str
        The earlier unit, and the stem of its solution file.
    names : tuple of str
        Functions and classes of that file.
    """

    begin: int
    end: int
    unit: str
    file: str
    names: tuple[str, ...]

    @property
    def heading(self) -> str:
        """The comment that students read in its place, without its marks."""
        names = [f"`{name}`" for name in self.names]
        listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
        return f"Ready-made: {listed}, which you have written yourself in the unit {self.unit}."


@lru_cache(maxsize=256)
def find_blocks(source: str, path: str) -> tuple[ReadyBlock, ...]:
    """Return the blocks of a solution from top to bottom.

    Parameters
    ----------
    source : str
    path : str
        The file's name for messages.

    Raises
    ------
    CourseError
        If a marker is stray, nested, misspelt, not alone on its line or inside a statement or a marked region; or the
        source is not valid Python.
    """
    parsed(source, path)
    blocks: list[ReadyBlock] = []
    opened: tuple[int, re.Match[str]] | None = None
    for number, marker in marker_comments(source, path, _ALIKE):
        head = _HEAD.fullmatch(marker)
        if head is None and marker != END:
            raise marker_problem(path, number, f'"{marker}" is no marker; they are "{_FORM}" and "{END}"')
        if head and opened:
            raise marker_problem(path, number, f'"{marker}" inside the block that begins in line {opened[0]}')
        if head:
            opened = (number, head)
        elif opened is None:
            raise marker_problem(path, number, f'"{marker}" without a beginning')
        else:
            blocks.append(_block(*opened, number))
            opened = None
    if opened:
        raise marker_problem(path, opened[0], f'"{opened[1][0]}" is never closed')
    if blocks:
        _check_places(source, path, blocks)
    return tuple(blocks)


def _block(begin: int, head: re.Match[str], end: int) -> ReadyBlock:
    unit, file, names = head.groups()
    return ReadyBlock(begin, end, unit, file, tuple(dict.fromkeys(names.split())))


def _check_places(source: str, path: str, blocks: list[ReadyBlock]) -> None:
    """Raise if a block is not at module level, or it and a region of a solution overlap."""
    lines = source.split("\n")
    spans = [(node.lineno, node.end_lineno or 0) for node in parsed(source, path).body]
    for block in blocks:
        for line in (block.begin, block.end):
            if not lines[line - 1].startswith("#") or any(first < line < last for first, last in spans):
                raise marker_problem(path, line, f'"{lines[line - 1].strip()}" belongs at module level')
        for region in find_regions(source, path):
            if region.begin < block.end and block.begin < region.end:
                raise marker_problem(path, block.begin, "a block of ready-made code and a solution overlap")


def with_plain_comments(source: str, path: str) -> str:
    """Return a text in which the markers of blocks are comments for students.

    Parameters
    ----------
    source : str
        A solution, a stub or a part of one.
    path : str
        The file's name for messages.

    Examples
    --------
    >>> text = with_plain_comments("### BEGIN READY lines.line: slope\\nx = 1\\n### END READY", "line.py")
    >>> print(text)
    # Ready-made: `slope`, which you have written yourself in the unit lines.
    x = 1
    # Here ends what is ready-made.
    """
    lines = source.split("\n")
    for block in reversed(find_blocks(source, path)):
        lines[block.end - 1] = "# Here ends what is ready-made."
        comment = textwrap.wrap(block.heading, WIDTH, initial_indent="# ", subsequent_indent="# ")
        lines[block.begin - 1 : block.begin] = comment
    return "\n".join(lines)


def without_blocks(source: str, path: str) -> str:
    """Return a solution without its blocks of ready-made code.

    Parameters
    ----------
    source : str
    path : str
        The file's name for messages.
    """
    lines = source.split("\n")
    for block in reversed(find_blocks(source, path)):
        del lines[block.begin - 1 : block.end]
    return "\n".join(lines)
