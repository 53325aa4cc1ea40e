"""Functions and methods of a student's file in one canonical form, for comparison with those of others.

Comments, docstrings, annotations, decorators and formatting are gone; each statement stands on a line of its own and
knows where it stands in the file. The form is made in the parser's process.
"""

import ast
from collections.abc import Iterator, Sequence

from msgspec import Struct, convert

from grader.submissions.parsing import read_texts

Span = tuple[int, int]
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
LOOSE = ""
_INSIDE = (ast.stmt, ast.excepthandler, ast.match_case)
MOST_LINES = 20_000  # of a file that does not parse


class Definition(Struct, frozen=True):
    """A function, a method, or the statements of a class or file outside of them.

    Attributes
    ----------
    name : str
        Methods are named ``Class.method``; empty for statements outside of functions and classes.
    text : str
        The canonical form.
    spans : tuple of (int, int)
        First and last line in the file, from 1, of each line of the canonical form.
    """

    name: str
    text: str
    spans: tuple[Span, ...]


def definitions(texts: Sequence[str]) -> list[tuple[Definition, ...]]:
    """Return the definitions of each file; of one that Python cannot parse, its lines as they are.

    Parameters
    ----------
    texts : sequence of str
        Students' files.

    Returns
    -------
    list of tuple of Definition
        One tuple for each file, in the same order.
    """
    readings = read_texts(canonical, texts)
    return [
        _as_it_is(text) if reading.problem else convert(reading.result, tuple[Definition, ...])
        for text, reading in zip(texts, readings, strict=True)
    ]


def _as_it_is(text: str) -> tuple[Definition, ...]:
    lines = text.split("\n")[:MOST_LINES]
    return (Definition(LOOSE, "\n".join(lines), tuple((number, number) for number in range(1, len(lines) + 1))),)


def canonical(tree: ast.Module, text: str) -> list[dict[str, object]]:
    """Return the fields of each `Definition` of a parsed file.

    Parameters
    ----------
    tree : ast.Module
    text : str
        The file.

    Examples
    --------
    >>> source = "def f(x):  # doubles\\n    return (\\n        2 * x\\n    )\\n"
    >>> canonical(ast.parse(source), source)
    [{'name': 'f', 'text': 'def f(x):\\n    return 2 * x', 'spans': [(1, 1), (2, 4)]}]
    """
    return [_definition(name, body) for name, body in _parts(tree, LOOSE) if body]


def _parts(scope: ast.Module | ast.ClassDef, name: str) -> Iterator[tuple[str, list[ast.stmt]]]:
    """Yield each function and method by itself, so that their order does not matter, and then the other statements."""
    loose: list[ast.stmt] = []
    for node in scope.body:
        if isinstance(node, ast.ClassDef):
            yield from _parts(node, node.name)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{name}.{node.name}".lstrip("."), [node]
        elif not isinstance(node, ast.Import | ast.ImportFrom) and not _is_docstring(node):
            loose.append(node)
    yield name, loose


def _definition(name: str, body: Sequence[ast.stmt]) -> dict[str, object]:
    bare = _Unsigned().visit(ast.Module(list(body), []))
    text = ast.unparse(bare)
    spans: list[Span] = [(0, 0)] * (text.count("\n") + 1)
    for handed_in, written in zip(_statements(bare), _statements(ast.parse(text)), strict=True):
        for line in range(written.lineno - 1, _last_line(written)):
            spans[line] = (handed_in.lineno, _last_line(handed_in))
    return {"name": name, "text": text, "spans": _filled(spans)}


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    return (inner for inner in ast.walk(node) if isinstance(inner, ast.stmt))


def _last_line(node: ast.stmt) -> int:
    """Return the last line of a statement, or of the header of one that has a body."""
    if not hasattr(node, "body") and not isinstance(node, ast.Match):
        return node.end_lineno or node.lineno
    heads = [child for child in ast.iter_child_nodes(node) if not isinstance(child, _INSIDE)]
    lines = (getattr(inner, "end_lineno", 0) for head in heads for inner in ast.walk(head))
    return max(node.lineno, *lines, 0)


def _filled(spans: Sequence[Span]) -> list[Span]:
    """Give lines without a statement, such as ``else:``, the place of the line before."""
    filled: list[Span] = []
    for span in spans:
        filled.append(span if span[0] or not filled else (filled[-1][1], filled[-1][1]))
    return filled


class _Unsigned(ast.NodeTransformer):
    """Transformer that removes what says nothing about who wrote the code."""

    def visit(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node, Scope):
            node.decorator_list = []
            node.body = node.body[_is_docstring(node.body[0]) :] or [ast.Pass(lineno=node.lineno, col_offset=0)]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            plain = ast.Assign([node.target], node.value)
            return ast.copy_location(plain, node)
        return node


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
