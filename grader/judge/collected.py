"""Checks what pytest has collected: a test that belongs to no task of its unit would count for nobody."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from grader.course.model import Course, not_a_task
from grader.judge.items import FACTS, Facts


def misplaced_tests(items: Sequence[pytest.Item], course: Course) -> list[str]:
    """Return a sentence for each test whose task is no task of its unit, or that has none.

    Parameters
    ----------
    items : sequence of pytest.Item
    course : Course
        In a student bundle, tests without a task are the student's own.
    """
    found = [f"{_where(item, course.root)}: {what}" for item in items for what in _problems(item, course)]
    return list(dict.fromkeys(found))


def _problems(item: pytest.Item, course: Course) -> Iterator[str]:
    facts = item.stash.get(FACTS, None)
    name = item.name.partition("[")[0]
    if facts is not None:
        yield from (f"{name} {what}" for what in _unknown(facts, course))
    elif not course.is_bundle:
        yield f'{name} has no @task("name", points=...): it would be graded for nobody'


def _unknown(facts: Facts, course: Course) -> Iterator[str]:
    known = any(unit.name == facts.unit for unit in course.units)
    if known and (problem := not_a_task(course, facts.unit, facts.task)):
        yield problem


def _where(item: pytest.Item, root: Path) -> str:
    path = item.path.relative_to(root).as_posix() if item.path.is_relative_to(root) else item.path.name
    return f"{path}, line {(item.location[1] or 0) + 1}"
