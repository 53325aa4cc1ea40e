"""Notebooks with a student's code and the five tests, as the peers want them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.peers.five_tests import TESTS

Cell = dict[str, Any]


def code_cell(name: str, source: str, **metadata: Any) -> Cell:
    """Return a code cell of a notebook."""
    lines = source.splitlines(keepends=True)
    return {
        "cell_type": "code",
        "id": name,
        "metadata": metadata,
        "execution_count": None,
        "outputs": [],
        "source": lines,
    }


def write_notebook(path: Path, cells: list[Cell]) -> None:
    """Write a notebook for the kernel of the environment."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(book), encoding="utf-8")


def nbgrader_cells(code: str) -> list[Cell]:
    """Return nbgrader's cells: the student's code, and five graded tests."""
    return [_marked("code", code, solution=True), *_graded()]


def _graded() -> Iterator[Cell]:
    for number, test in enumerate(TESTS):
        call = f"import five_tests\nfive_tests.{test.__name__}(conv2d_forward)\n"
        yield _marked(f"test{number}", call, solution=False)


def _marked(name: str, source: str, *, solution: bool) -> Cell:
    marks = {"grade": not solution, "grade_id": name, "locked": not solution, "schema_version": 3}
    points = {} if solution else {"points": 1}
    return code_cell(name, source, nbgrader={**marks, **points, "solution": solution, "task": False})


def otter_test_file() -> str:
    """Return Otter's test file: five cases that take the student's function by its name."""
    cases = "\n\n".join(
        f"@test_case(points=1)\ndef {test.__name__}(conv2d_forward):\n    five_tests.{test.__name__}(conv2d_forward)"
        for test in TESTS
    )
    head = 'import five_tests\nfrom otter.test_files import test_case\n\nOK_FORMAT = False\nname = "conv"\npoints = 5'
    return f"{head}\n\n\n{cases}\n"
