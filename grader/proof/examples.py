"""Doctests of the examples for students: those in the solutions' docstrings and in the handout.

In a handout, an example is in a Python block, and may use the names of all files of the unit, and NumPy as ``np``.
"""

import ast
import doctest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grader.course import layout
from grader.course.handout import example_blocks
from grader.course.model import files_that_load
from grader.course.reading import read_text, read_tree
from grader.course.registry import Course, Unit
from grader.records.proof import Problem

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def example_problems(course: Course, unit: Unit) -> Iterator[Problem]:
    """Yield the examples of a unit that fail.

    Parameters
    ----------
    course : Course
        An author's checkout, on `sys.path`.
    unit : Unit
    """
    from grader.judge.local_students import modules_in

    root = course.root
    modules = modules_in(layout.solutions(root, unit.name), unit)
    names: dict[str, Any] = {}
    for stem in files_that_load(unit):
        namespace = vars(modules[stem])
        names |= {name: value for name, value in namespace.items() if not name.startswith("_")}
        yield from _problems_of_docstrings(root, layout.solution_path(root, unit.name, stem), namespace)
    yield from _problems_of_handout(root, layout.handout(root, unit.name), names)


def _problems_of_docstrings(root: Path, path: Path, names: dict[str, Any]) -> Iterator[Problem]:
    shown = layout.relative_name(path, root)
    for node in ast.walk(read_tree(path, shown)):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node):
            text = ast.get_docstring(node, clean=False) or ""
            yield from _wrong(text, node.body[0].lineno, dict(names), shown)


def _problems_of_handout(root: Path, path: Path, names: dict[str, Any]) -> Iterator[Problem]:
    if not path.is_file():
        return
    import numpy as np

    shown = layout.relative_name(path, root)
    shared = {"np": np, **names}
    for line, block in example_blocks(read_text(path, shown)):
        yield from _wrong(block, line, shared, shown)


def _wrong(text: str, first: int, names: dict[str, Any], shown: str) -> Iterator[Problem]:
    """Run the examples of a text that starts at line `first` of a file; they share `names`, and may add to them."""
    try:
        test = doctest.DocTestParser().get_doctest(text, names, shown, shown, 0)
    except ValueError as error:
        yield Problem(f"{shown}, line {first}", f"an example cannot be read: {error}")
        return
    runner = _Listener()
    runner.run(test, out=lambda text: None, clear_globs=False)
    names |= test.globs
    for example, what in runner.wrong:
        wanted = " ".join(example.want.split()) or "nothing"
        yield Problem(f"{shown}, line {first + example.lineno}", f"{example.source.strip()} {what}, not {wanted}")


class _Listener(doctest.DocTestRunner):
    """Doctest runner that collects failures instead of printing them."""

    def __init__(self) -> None:
        super().__init__(verbose=False, optionflags=FLAGS)
        self.wrong: list[tuple[doctest.Example, str]] = []

    def report_failure(self, out: object, test: doctest.DocTest, example: doctest.Example, got: str) -> None:
        self.wrong.append((example, f"gives {' '.join(got.split()) or 'nothing'}"))

    def report_unexpected_exception(
        self, out: object, test: doctest.DocTest, example: doctest.Example, exc_info: Any
    ) -> None:
        self.wrong.append((example, f"raises {exc_info[0].__name__}: {exc_info[1]}"))
