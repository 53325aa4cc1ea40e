"""Docstrings cut down to what somebody needs who calls a function that she has written before."""

import ast
import re
from collections.abc import Collection

from grader.course.edits import WIDTH
from grader.course.reading import parsed

KEPT_SECTIONS = ("Parameters", "Returns")
_QUOTES = re.compile(r"[rR]?(\"\"\"|''')")


def with_short_docstrings(code: str, sections: Collection[str] = KEPT_SECTIONS) -> str:
    """Return code whose docstrings have their first paragraph and some sections, and nothing else.

    Parameters
    ----------
    code : str
        Whole statements, as a formatter leaves them.
    sections : collection of str, optional
        Headings of the sections that stay.

    Examples
    --------
    >>> code = ["def f():", "    '''Return one.", "", "    Details.", "    '''", "    return 1"]
    >>> print(with_short_docstrings("\\n".join(code)))
    def f():
        '''Return one.'''
        return 1
    """
    lines = code.split("\n")
    places = [place for node in ast.walk(parsed(code, "the code")) if (place := _docstring(node))]
    for begin, end in sorted(places, reverse=True):
        lines[begin - 1 : end] = _shortened(lines[begin - 1 : end], sections)
    return "\n".join(lines)


def _docstring(node: ast.AST) -> tuple[int, int] | None:
    """Return the first and last line of the docstring of a function or class."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    if not isinstance(node, kinds) or ast.get_docstring(node) is None:
        return None
    return node.body[0].lineno, node.body[0].end_lineno or 0


def _shortened(lines: list[str], sections: Collection[str]) -> list[str]:
    opening = _QUOTES.match(lines[0].strip())
    if len(lines) == 1 or opening is None:
        return lines
    indent, quotes = lines[0][: len(lines[0]) - len(lines[0].lstrip())], opening[1]
    text = [*lines[:-1], lines[-1].rstrip().removesuffix(quotes)]
    first, *others = _paragraphs(text)
    kept = first + [line for part in _sections(others) if part[0].strip() in sections for line in ["", *part]]
    if len(kept) == 1 and len(kept[0]) + len(quotes) <= WIDTH and not kept[0].endswith((quotes[0], "\\")):
        return [kept[0] + quotes]
    return [*kept, indent + quotes]


def _paragraphs(lines: list[str]) -> list[list[str]]:
    """Return the parts between blank lines."""
    parts: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            parts[-1].append(line.rstrip())
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if part]


def _sections(paragraphs: list[list[str]]) -> list[list[str]]:
    """Return the sections, each with its heading; what stands before the first is left out."""
    sections: list[list[str]] = []
    for paragraph in paragraphs:
        if len(paragraph) > 1 and set(paragraph[1].strip()) == {"-"}:
            sections.append(list(paragraph))
        elif sections:
            sections[-1] += ["", *paragraph]
    return sections
