"""Checks a unit's tests and misconceptions as far as their decorators tell."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from grader.course import layout
from grader.course.decorators import TestCase, misconceptions_of, tests_of
from grader.course.model import not_a_task
from grader.course.problems import Problem
from grader.course.registry import Course, Unit, load_course
from grader.course.worth import test_files


def suite_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield what is wrong with a unit's tests and misconceptions."""
    course, tasks = load_course(root), {task.name for task in unit.tasks}
    tests = list(_tests(root, unit))
    in_file = Counter((shown, test.name) for shown, test in tests)
    in_task = Counter((test.task, test.name) for _, test in tests)
    for shown, test in tests:
        where = f"{shown}, line {test.line}"
        if in_file[shown, test.name] > 1:
            yield Problem(where, f"{test.name} exists twice in this file")
        elif in_task[test.task, test.name] > 1:
            yield Problem(where, f"{test.name} exists twice among the tests of {test.task or 'no task'}")
        yield from (Problem(where, f"{test.name} {what}") for what in _test_problems(test, course, unit))
    yield from _misconception_problems(root, unit, tasks)


def _tests(root: Path, unit: Unit) -> Iterator[tuple[str, TestCase]]:
    """Yield every test of a unit with its file, visible ones first."""
    for path in test_files(root, unit.name):
        shown = path.relative_to(root).as_posix()
        yield from ((shown, test) for test in tests_of(root, path))


def _test_problems(test: TestCase, course: Course, unit: Unit) -> Iterator[str]:
    if not test.task:
        yield 'has no @task("name", points=...)'
        return
    if misplaced := not_a_task(course, unit.name, test.task):
        yield misplaced
    if test.points is None:
        yield "must say its points as a plain number"
    elif test.points <= 0:
        yield "must be worth more than nothing"


def _misconception_problems(root: Path, unit: Unit, tasks: set[str]) -> Iterator[Problem]:
    shown = layout.misconceptions(root, unit.name).relative_to(root).as_posix()
    found = misconceptions_of(root, unit.name)
    names = Counter(each.name for each in found)
    for each in found:
        where = f"{shown}, line {each.line}"
        if each.task not in tasks:
            yield Problem(where, f'{each.name} is a wrong answer to "{each.task}", no task of this unit')
        if not each.text.strip():
            yield Problem(where, f"{each.name} has no sentence for the student")
        if names[each.name] > 1:
            yield Problem(where, f"{each.name} exists twice")
