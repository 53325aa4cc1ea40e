"""Readers of the author's files: UTF-8 text, Python syntax trees, and the marked regions of a solution.

Regions are read strictly: any deviation is an error with its line.
"""

import ast
import io
import re
import tokenize
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from grader.errors import CourseError


def read_text(path: Path, shown: str) -> str:
    """Return a course file's text with ``\\n`` line endings.

    Parameters
    ----------
    path : Path
    shown : str
        The file's name for messages.

    Raises
    ------
    CourseError
        If it is missing or not UTF-8.
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
        If it is missing, not UTF-8, or not valid Python.
    """
    return parsed(read_text(path, shown), shown)


@lru_cache(maxsize=256)
def parsed(source: str, shown: str) -> ast.Module:
    """Return a text's syntax tree. Do not modify it: trees are cached by text.

    Raises
    ------
    CourseError
        If it is not valid Python.
    """
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise CourseError(
            f"not valid Python: {error.msg}", "correct it, then: grade check", f"{shown}, line {error.lineno or 1}"
        ) from None


BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
BEGIN_ONLY, END_ONLY = f"{BEGIN} ONLY", f"{END} ONLY"
_MARKERS = (BEGIN, END, BEGIN_ONLY, END_ONLY)
_ALIKE = re.compile(r"^\s*#+\s*(BEGIN|END)\s+SOLUTIONS?\b", re.IGNORECASE)


class Region(Struct, frozen=True):
    """A region between the lines of its markers, from 1; `owner` is a qualified name, empty at module level."""

    begin: int
    end: int
    owner: str = ""
    indent: int = 0


@lru_cache(maxsize=256)
def find_regions(source: str, path: str) -> tuple[Region, ...]:
    """Return the regions of a source text from top to bottom.

    Parameters
    ----------
    source : str
    path : str
        The file's name for messages.

    Raises
    ------
    CourseError
        If a marker is stray, nested, misspelt or not alone on its line; a region is empty, at the wrong level or cuts
        through a statement; or the source is not valid Python.
    """
    tree = parsed(source, path)
    return tuple(_placed(begin, end, marker, tree, path) for begin, end, marker in _pairs(source, path))


def marker_problem(path: str, line: int, what: str) -> CourseError:
    """Return the error about a marker in a line of a solution."""
    return CourseError(what, "correct the file, then: grade build", f"{path}, line {line}")


def marker_comments(source: str, path: str, alike: re.Pattern[str]) -> list[tuple[int, str]]:
    """Return line and text of every comment that looks like a marker.

    Parameters
    ----------
    source : str
    path : str
        The file's name for messages.
    alike : re.Pattern
        What looks like a marker.

    Raises
    ------
    CourseError
        If one stands inside a string, or behind code.
    """
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = {token.start[0]: token for token in tokens if token.type == tokenize.COMMENT}
    markers = []
    for number, line in enumerate(source.split("\n"), start=1):
        comment = comments.get(number)
        if not alike.match(comment.string if comment else line):
            continue
        if comment is None:
            raise marker_problem(path, number, "a marker stands inside a string")
        if line[: comment.start[1]].strip():
            raise marker_problem(path, number, f'"{comment.string}" must stand alone on its line')
        markers.append((number, comment.string.rstrip()))
    return markers


def _markers(source: str, path: str) -> list[tuple[int, str]]:
    """Return line and text of every marker; raise for comments that only resemble one."""
    markers = marker_comments(source, path, _ALIKE)
    for number, marker in markers:
        if marker not in _MARKERS:
            raise marker_problem(path, number, f'"{marker}" is no marker; they are {", ".join(_MARKERS)}')
    return markers


def _pairs(source: str, path: str) -> list[tuple[int, int, str]]:
    """Return begin line, end line and opening marker of every region."""
    pairs: list[tuple[int, int, str]] = []
    opened: tuple[int, str] | None = None
    for number, marker in _markers(source, path):
        if marker in (BEGIN, BEGIN_ONLY):
            if opened:
                raise marker_problem(path, number, f'"{marker}" inside the region that begins in line {opened[0]}')
            opened = (number, marker)
        elif opened is None:
            raise marker_problem(path, number, f'"{marker}" without a beginning')
        elif marker != opened[1].replace("BEGIN", "END"):
            raise marker_problem(path, number, f'"{marker}" does not close "{opened[1]}" of line {opened[0]}')
        else:
            pairs.append((opened[0], number, opened[1]))
            opened = None
    if opened:
        raise marker_problem(path, opened[0], f'"{opened[1]}" is never closed')
    return pairs


def _placed(begin: int, end: int, marker: str, tree: ast.Module, path: str) -> Region:
    """Return a region with its owner, after checking that its level fits its kind."""
    statements = _statements(tree, begin, end)
    if not statements:
        raise marker_problem(path, begin, "the region is empty")
    owners = {owner for owner, _ in statements}
    if len(owners) > 1 or any((node.end_lineno or 0) > end for _, node in statements):
        raise marker_problem(path, begin, "the region cuts through a statement; markers must enclose whole statements")
    owner, first = owners.pop(), statements[0][1]
    if marker == BEGIN_ONLY:
        if owner or first.col_offset:
            raise marker_problem(path, begin, f'"{BEGIN_ONLY}" belongs at module level')
        return Region(begin, end)
    if not owner:
        raise marker_problem(path, begin, f'"{BEGIN}" belongs inside a function; at module level use "{BEGIN_ONLY}"')
    return Region(begin, end, owner, first.col_offset)


def _statements(tree: ast.Module, begin: int, end: int) -> list[tuple[str, ast.stmt]]:
    """Return the outermost statements that begin in the region, each with its function."""
    statements: list[tuple[str, ast.stmt]] = []

    def visit(node: ast.AST, classes: str, owner: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt) and begin < first_line(child) < end:
                statements.append((owner, child))
            elif isinstance(child, ast.ClassDef) and not owner:
                visit(child, f"{classes}{child.name}.", "")
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and not owner:
                visit(child, "", f"{classes}{child.name}")
            else:
                visit(child, classes, owner)

    visit(tree, "", "")
    return sorted(statements, key=lambda pair: pair[1].lineno)


def imported_modules(node: ast.AST) -> list[str]:
    """Return the modules that a statement imports, relative ones with their dots; empty for other nodes.

    Examples
    --------
    >>> [imported_modules(node) for node in ast.parse("import os.path, re; from ..conv import pad").body]
    [['os.path', 're'], ['..conv']]
    """
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return ["." * node.level + (node.module or "")]
    return []


def first_line(node: ast.stmt) -> int:
    """Return the first line of a statement, including its decorators."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])
