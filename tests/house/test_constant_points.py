"""A test whose numbers never change brings at most a quarter of its task: answers to it can be written down."""

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
def test_no_test_with_constant_numbers_brings_more_than_a_quarter_of_its_task(unit):
    tests = [pair for path in suite.test_files(COURSE.root, unit) for pair in marked_tests(path)]
    worth: Counter[str] = Counter()
    for test, _ in tests:
        worth[test.task] += (test.points or 0) * test.cases
    heavy = [test.name for test, constant in tests if constant and (test.points or 0) > SHARE * worth[test.task]]
    assert heavy == []
