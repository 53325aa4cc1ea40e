"""Notebooks: a unit's stubs as cells, and the Python files that the cells of a notebook are.

A cell belongs to the file that its first line names: ``# neuron.py`` or ``%%writefile neuron.py``. A file is its cells,
in their order. Other cells are the student's own business. In a notebook all functions share one namespace, so imports
from sibling files are written behind ``#|`` there, and are imports again in the file.
"""

import ast
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from grader.course.reading import first_line, parsed
from grader.course.script_block import lines_of_block
from grader.errors import RejectedError

SUFFIX = ".ipynb"
HIDDEN = "#| "  # a line of the file that a notebook does not run
BETWEEN = "\n\n\n"
_MARK = re.compile(r"\A\s*(?:#|%%(?:write)?file(?=\s)(?:\s+-a\b)?(?:.*[/\\])?)\s*([A-Za-z_]\w{0,63})\.py\s*\Z")
# At the margin only: an indented % or ! may go on with an expression or stand in a text.
_MAGIC = re.compile(r"^[%!?]|^[\w.]+\?{1,2}\s*$")
MOST_CELLS = 10_000


def notebook_text(title: str, stubs: Mapping[str, str]) -> str:
    """Return a notebook whose cells are a unit's stubs.

    Parameters
    ----------
    title : str
        Title of the unit.
    stubs : mapping of str to str
        Source text by file stem.

    Returns
    -------
    str
        JSON of the notebook format 4.5.

    Raises
    ------
    CourseError
        If a file is not valid Python.
    """
    cells = [made_cell("markdown", f"# {title}\n\n{_INTRODUCTION}", "introduction")]
    for stem, text in stubs.items():
        cells.append(made_cell("markdown", f"## `{stem}.py`", f"{stem}-title"))
        for number, piece in enumerate(pieces(text, f"{stem}.py")):
            cells.append(made_cell("code", in_notebook(piece, stem), f"{stem}-{number}"))
    return document(cells)


def document(cells: Sequence[Mapping[str, Any]]) -> str:
    """Return a notebook of some cells, as JSON of the notebook format 4.5."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=True) + "\n"


_INTRODUCTION = (
    "Every cell whose first line names a file is graded as a part of that file: keep these lines. "
    "Other cells, such as your own trials, are not graded. Run the cells from top to bottom. "
    "A line behind `#|` is an import that the file needs and a notebook does not."
)


def made_cell(kind: str, source: str, name: str, metadata: Mapping[str, Any] = {}) -> dict[str, Any]:
    """Return a cell of a notebook.

    Parameters
    ----------
    kind : str
        ``code`` or ``markdown``.
    source : str
    name : str
        Unique in the notebook: of letters, digits, ``_`` and ``-``.
    metadata : mapping, optional

    Returns
    -------
    dict
    """
    code: dict[str, Any] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    lines = source.splitlines(keepends=True)
    return {"cell_type": kind, "id": name[:64], "metadata": dict(metadata), "source": lines} | code


def pieces(text: str, name: str, undivided: Sequence[range] = ()) -> Iterator[str]:
    """Yield the parts of a file: what stands before the first function or class, then each of these.

    Parameters
    ----------
    text : str
        The file.
    name : str
        Its name for messages.
    undivided : sequence of range, optional
        Numbers of lines, from 1, among which no part begins.

    Raises
    ------
    CourseError
        If it is not valid Python.
    """
    lines, inside = text.split("\n"), {number - 1 for numbers in undivided for number in numbers}
    definitions = [node for node in parsed(text, name).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    firsts = [first_line(node) - 1 for node in definitions]
    starts = [_with_comments(lines, first, inside) for first in firsts if first not in inside]
    for begin, end in zip([0, *starts], [*starts, len(lines)], strict=True):
        if piece := "\n".join(lines[begin:end]).strip("\n"):
            yield piece


def _with_comments(lines: list[str], start: int, inside: Collection[int]) -> int:
    """Return the first line of the comments right above a definition."""
    while start > 0 and lines[start - 1].startswith("#") and start - 1 not in inside:
        start -= 1
    return start


def in_notebook(piece: str, stem: str) -> str:
    """Return the cell that a part of a file is in a notebook."""
    return f"# {stem}.py\n{_without_siblings(piece, stem)}"


def _without_siblings(piece: str, name: str) -> str:
    """Return a piece with its imports from sibling files hidden, and what runs it as a script."""
    siblings = [node for node in parsed(piece, name).body if isinstance(node, ast.ImportFrom) and node.level]
    hidden = {number for node in siblings for number in range(node.lineno - 1, node.end_lineno or node.lineno)}
    hidden.update(lines_of_block(piece))
    return "\n".join(f"{HIDDEN}{line}" if number in hidden else line for number, line in enumerate(piece.split("\n")))


def python_files(data: bytes) -> dict[str, str]:
    """Return the files that a notebook's cells are, by stem; nothing if no cell names its file.

    Parameters
    ----------
    data : bytes
        The notebook as a student handed it in.

    Returns
    -------
    dict of str to str

    Raises
    ------
    RejectedError
        If it is no notebook.
    """
    files: dict[str, list[str]] = {}
    for stem, part in parts_of(_code_cells(_document(data))):
        files.setdefault(stem, []).append(part)
    return {stem: BETWEEN.join(parts) + "\n" for stem, parts in files.items()}


def parts_of(cells: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the stem of the file that a cell names, and its text as it is in that file; no other cells.

    Parameters
    ----------
    cells : iterable of str
        Source text of code cells.
    """
    for source in cells:
        first, _, rest = source.lstrip("\n").partition("\n")
        if match := _MARK.match(first):
            yield match[1], _as_in_a_file(rest)


def with_parts(text: str, parts: Iterable[str], name: str) -> str:
    """Return a file with later versions of some of its functions and classes.

    Parameters
    ----------
    text : str
        The file.
    parts : iterable of str
        What cells of a notebook have, in the order in which they were run. What stands before the first function of
        a cell is added to what stands there in the file.
    name : str
        The file's name for messages.

    Raises
    ------
    CourseError
        If the file or a part is not valid Python.
    """
    known = {"": ""} | {_defined(piece, name): piece for piece in pieces(text, name)}
    for part in parts:
        for piece in pieces(part, name):
            defined = _defined(piece, name)
            if defined or piece not in known[""]:
                known[defined] = piece if defined else f"{known['']}\n\n{piece}"
    return BETWEEN.join(filter(None, known.values())) + "\n"


def _defined(piece: str, name: str) -> str:
    """Return the name of the function or class in a piece; empty for what stands before the first one."""
    definitions = (node.name for node in parsed(piece, name).body if isinstance(node, ast.FunctionDef | ast.ClassDef))
    return next(definitions, "")


def _document(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        problem = "is nested too deep" if isinstance(error, RecursionError) else "is not JSON"
        raise RejectedError(f"the notebook {problem}", "save it again, or hand in the .py files") from None


def _code_cells(document: Any) -> Iterator[str]:
    cells = document.get("cells") if type(document) is dict else None
    if type(cells) is not list or len(cells) > MOST_CELLS:
        raise RejectedError("the notebook has no list of cells", "save it again, or hand in the .py files")
    for cell in cells:
        if type(cell) is dict and cell.get("cell_type") == "code":
            yield _joined(cell.get("source")).replace("\r\n", "\n")


def _joined(source: Any) -> str:
    """Return a cell's text, which is a string or a list of them; empty if it is neither."""
    lines = source if type(source) is list else [source]
    return "".join(line for line in lines if type(line) is str)


def _as_in_a_file(source: str) -> str:
    """Return a cell's text with its hidden imports, and with the notebook's own commands as comments."""
    lines = source.strip("\n").split("\n")
    return "\n".join(_line_in_a_file(line) for line in lines)


def _line_in_a_file(line: str) -> str:
    if line.startswith(HIDDEN):
        return line.removeprefix(HIDDEN)
    return f"# {line}" if _MAGIC.match(line) else line
