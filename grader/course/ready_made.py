"""Filling of the blocks of ready-made code in a unit's solutions."""

import ast
from collections.abc import Iterable
from pathlib import Path

from grader.course import layout
from grader.course.import_lines import with_sorted_import
from grader.course.model import Course, Unit
from grader.course.reading import first_line, parsed, read_text
from grader.course.ready_blocks import ReadyBlock, find_blocks
from grader.course.ready_code import Gathering, Read
from grader.errors import CourseError


def filled_solution(root: Path, course: Course, unit: Unit, file: str) -> str:
    """Return the text of a solution with its blocks filled from the solutions of earlier units.

    Parameters
    ----------
    root : Path
        The course's folder.
    course : Course
    unit : Unit
    file : str
        Stem of the file.

    Raises
    ------
    CourseError
        If a solution is missing or broken, a block is of a unit that is not in `opens`, or names what is no function of
        it; the message names the line.
    """
    path = layout.solution_path(root, unit.name, file)
    shown = layout.relative_name(path, root)
    source = read_text(path, shown)
    blocks = find_blocks(source, shown)
    if not blocks:
        return source
    gathering, lines = Gathering(source, shown), source.split("\n")
    for block in blocks:
        _check_opens(root, unit, block, f"{shown}, line {block.begin}")
    filled = [gathering.block(block, _reader(root, course, block, f"{shown}, line {block.begin}")) for block in blocks]
    for block, code in reversed(list(zip(blocks, filled, strict=True))):
        lines[block.begin : block.end - 1] = code
    text = "\n".join(lines)
    for wanted in dict.fromkeys(gathering.imports):
        text = with_sorted_import(text, wanted.module, wanted.name, wanted.alias)
    return _with_gaps(text, shown)


def _with_gaps(text: str, shown: str) -> str:
    """Return a file in which the gap above each block is that of its first statement, as formatters ask."""
    lines, starts = text.split("\n"), {first_line(node): node for node in parsed(text, shown).body}
    for block in reversed(find_blocks(text, shown)):
        above = block.begin - 1
        while above and not lines[above - 1].strip():
            above -= 1
        first = next((starts[line] for line in range(block.begin, block.end) if line in starts), None)
        if first is not None and above:
            wide = isinstance(first, ast.FunctionDef | ast.ClassDef) or _ends_definition(starts.values(), above)
            lines[above : block.begin - 1] = ["", ""] if wide else [""]
    return "\n".join(lines)


def _ends_definition(nodes: Iterable[ast.stmt], line: int) -> bool:
    return any(node.end_lineno == line and isinstance(node, ast.FunctionDef | ast.ClassDef) for node in nodes)


def _check_opens(root: Path, unit: Unit, block: ReadyBlock, where: str) -> None:
    if block.unit not in unit.opens:
        unit_file = layout.relative_name(layout.unit_file(root, unit.name), root)
        names = ", ".join(f'"{name}"' for name in (*unit.opens, block.unit))
        what = f"gives away solutions of {block.unit}, which has to be closed before {unit.name} opens"
        raise CourseError(what, f"write opens = [{names}] into {unit_file}", where)


def _reader(root: Path, course: Course, block: ReadyBlock, where: str) -> Read:
    """Return a function that reads the solutions of a block's unit, which may have blocks themselves."""
    earlier = course.unit(block.unit)
    if block.file not in earlier.files:
        known = ", ".join(earlier.files) or "none yet"
        raise CourseError(f'{block.unit} has no solution "{block.file}"', f"its files: {known}", where)

    def read(stem: str) -> tuple[str, str]:
        path = layout.solution_path(root, earlier.name, stem)
        return filled_solution(root, course, earlier, stem), layout.relative_name(path, root)

    return read


def blocks_of(root: Path, unit: str, file: str) -> list[tuple[ReadyBlock, str]]:
    """Return the blocks of a solution with their text.

    Raises
    ------
    CourseError
        If the solution is missing, or a marker is misplaced.
    """
    path = layout.solution_path(root, unit, file)
    shown = layout.relative_name(path, root)
    source = read_text(path, shown)
    lines = source.split("\n")
    return [(block, "\n".join(lines[block.begin : block.end - 1])) for block in find_blocks(source, shown)]
