"""Positions of top-level functions and classes in a student's file, even in one that does not parse."""

import ast
import re
from collections.abc import Sequence

from grader.course.reading import first_line
from grader.submissions.parsing import Reading, nothing, read_text, read_texts

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_HEADER = re.compile(r"(?:async\s+)?(?:def|class)\s+(?P<name>\w+)")
Span = tuple[str, tuple[int, int]]
_CONTINUES = re.compile(r"\s|$|#|[)\]}]")


def spans(source: str, name: str) -> list[tuple[int, int]]:
    """Return the positions of a function or class as half-open ranges of line indices from 0, decorators included.

    There are several if it is defined more than once. The source may contain a syntax error.

    Examples
    --------
    >>> spans("def f():\\n    return 1\\n", "f")
    [(0, 2)]
    """
    return [span for defined, span in all_spans(source) if defined == name]


def defined_names(texts: Sequence[str]) -> list[frozenset[str]]:
    """Return the names of the top-level functions and classes of each text, even of one that does not parse."""
    return [
        frozenset(name for name, _ in (_spans_in(text, reading)))
        for text, reading in zip(texts, read_texts(parsed_spans, texts), strict=True)
    ]


def parses(source: str) -> bool:
    """Return whether a text is valid Python."""
    return not read_text(nothing, source).problem


def all_spans(source: str) -> list[Span]:
    """Return the name and position of each top-level function and class, in the file's order."""
    return _spans_in(source, read_text(parsed_spans, source))


def _spans_in(source: str, reading: Reading) -> list[Span]:
    if reading.problem:
        return _guessed_spans(source.split("\n"))
    return [(name, (begin, end)) for name, begin, end in reading.result]


def parsed_spans(tree: ast.Module, text: str) -> list[tuple[str, int, int]]:
    """Return each top-level function or class with its half-open range of lines, from 0."""
    nodes = [node for node in tree.body if isinstance(node, Definition)]
    return [(node.name, first_line(node) - 1, node.end_lineno or node.lineno) for node in nodes]


def _guessed_spans(lines: list[str]) -> list[Span]:
    """Return spans guessed from indentation: a block runs from its header to the next text in the first column."""
    spans_by_name = []
    for number, line in enumerate(lines):
        header = _HEADER.match(line)
        if header:
            spans_by_name.append((header["name"], (_with_decorators(lines, number), _block_end(lines, number))))
    return spans_by_name


def _with_decorators(lines: list[str], header: int) -> int:
    begin = header
    while begin and lines[begin - 1].startswith("@"):
        begin -= 1
    return begin


def _block_end(lines: list[str], header: int) -> int:
    end = header + 1
    while end < len(lines) and _CONTINUES.match(lines[end]):
        end += 1
    while end > header + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    return end
