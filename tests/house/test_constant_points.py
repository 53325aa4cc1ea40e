"""Tests whose numbers never change bring at most a quarter of a task together: answers to them can be written down."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.course import suite
from grader.course.reading import read_tree
from grader.course.registry import load_course

COURSE = load_course(Path(__file__).parents[2])
SHARE = 0.25


def is_constant(function: ast.FunctionDef) -> bool:
    """Return whether a test takes nothing but the student's code: neither drawn cases, nor a generator, nor a race."""
    return [argument.arg for argument in function.args.args] == ["student"]


def marked_tests(path: Path) -> Iterator[tuple[suite.TestCase, bool]]:
    """Yield the tests of a file, each with whether its numbers never change."""
    functions = {node.name: node for node in ast.walk(read_tree(path, path.name)) if isinstance(node, ast.FunctionDef)}
    for test in suite.tests_of(COURSE.root, path):
        yield test, is_constant(functions[test.name])


@pytest.mark.parametrize("unit", [unit.name for unit in COURSE.units])
def test_tests_with_constant_numbers_bring_at_most_a_quarter_of_a_task(unit):
    worth: Counter[str] = Counter()
    constant: Counter[str] = Counter()
    for path in suite.test_files(COURSE.root, unit):
        for test, unchanging in marked_tests(path):
            worth[test.task] += (test.points or 0) * test.cases
            constant[test.task] += (test.points or 0) * test.cases * unchanging
    written = {task.name for task in COURSE.unit(unit).tasks if task.tests}  # what they catch is no number
    assert [task for task in worth if constant[task] > SHARE * worth[task] and task not in written] == []
