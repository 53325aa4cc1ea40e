"""Points that trivial answers earn, task by task, and those not yet justified.

`trivial.toml` lists the tests that such an answer passes, each with a reason.
"""

import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct

from grader.course import layout
from grader.course.model import cannot_run
from grader.course.reading import read_text
from grader.course.registry import Course, Unit
from grader.course.toml_reading import line_of, read_record
from grader.proof.local_suites import LocalSuites
from grader.proof.trivial_answers import ANSWERS, Answer, trivial_answers
from grader.records.proof import Problem


class Passed(Struct, frozen=True, forbid_unknown_fields=True):
    """A listed test: the trivial answers that pass it, and why."""

    task: str
    test: str
    answers: Annotated[tuple[Answer, ...], Meta(min_length=1)]
    reason: Annotated[str, Meta(min_length=1)]


class _TrivialFile(Struct, frozen=True, forbid_unknown_fields=True):
    passed: tuple[Passed, ...] = ()


def read_trivial(root: Path, unit: str) -> tuple[Passed, ...]:
    """Return a unit's listed tests; empty if it has no file.

    Raises
    ------
    CourseError
        If the file is broken; the message names file and line.
    """
    path = layout.trivial(root, unit)
    if not path.is_file():
        return ()
    return read_record(path, layout.relative_name(path, root), _TrivialFile).passed


Earned = dict[tuple[str, str], dict[Answer, float]]
"""Points of each trivial answer, by task and test."""


class Trivial(Struct, frozen=True):
    """A test that trivial answers earn points in.

    Attributes
    ----------
    task, test : str
    points : dict of str to float
        Points by answer.
    reason : str
        Why this is acceptable; empty if no reason is listed.
    """

    task: str
    test: str
    points: dict[Answer, float]
    reason: str = ""


def trivial_earnings(course: Course, suites: LocalSuites, unit: Unit) -> tuple[Trivial, ...]:
    """Run the tests on trivial answers to each task of a unit: to it alone, and to all tasks at once.

    Run `LocalSuites.solution` first, which records the functions that tests call.
    """
    earned: Earned = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some tests divide by the loss, which is zero here
        for task in unit.tasks:
            if task.name not in cannot_run(unit):
                _add(earned, task.name, suites, unit)
    reasons = {(entry.task, entry.test): entry for entry in read_trivial(course.root, unit.name)}
    return tuple(
        Trivial(task, test, points, _reason(reasons.get((task, test)), points))
        for (task, test), points in earned.items()
    )


def _reason(listed: Passed | None, points: Mapping[Answer, float]) -> str:
    return listed.reason if listed and points.keys() <= set(listed.answers) else ""


def _add(earned: Earned, task: str, suites: LocalSuites, unit: Unit) -> None:
    """Run a task's tests on every trivial answer and add the points."""
    answers = trivial_answers(suites.functions(unit), suites.results(unit))
    alone = suites.calls_of(unit, task) <= {task}
    for answer in ANSWERS:
        for replaced in _submissions(task, answers[answer], alone=alone):
            for test in suites.replaced(unit, task, replaced):
                if test.earned > 0:
                    points = earned.setdefault((task, test.test), {})
                    points[answer] = max(points.get(answer, 0.0), test.earned)


def _submissions(task: str, functions: Mapping[str, Any], *, alone: bool) -> Iterator[Mapping[str, Any]]:
    yield {task: functions[task]}
    if not alone:
        yield functions


def trivial_problems(course: Course, unit: Unit, earnings: Iterable[Trivial]) -> Iterator[Problem]:
    """Yield the tests that pay trivial answers without a reason, and listed ones that do not pay them."""
    listed = {(entry.task, entry.test): set(entry.answers) for entry in read_trivial(course.root, unit.name)}
    earned = {(entry.task, entry.test): entry.points for entry in earnings}
    for (task, test), points in earned.items():
        unlisted = [name for name in points if name not in listed.get((task, test), set())]
        if unlisted:
            sentence = f"{test} gives {max(points.values()):g} points to answers without work: {', '.join(unlisted)}"
            yield Problem(
                f"{unit.name}.{task}", f"{sentence}; let it check a value, or list it in trivial.toml with why"
            )
    for (task, test), answers in listed.items():
        spare = sorted(answers - earned.get((task, test), {}).keys())
        if spare:
            where = _where_listed(course.root, unit.name, task, test)
            edit = "take them out" if len(spare) < len(answers) else "delete the entry"
            yield Problem(where, f"lists {test} for {', '.join(spare)}, which earn nothing there: {edit}")


def _where_listed(root: Path, unit: str, task: str, test: str) -> str:
    path = layout.trivial(root, unit)
    shown = layout.relative_name(path, root)
    place = next(n for n, entry in enumerate(read_trivial(root, unit)) if (entry.task, entry.test) == (task, test))
    return f"{shown}, line {line_of(read_text(path, shown), f'$.passed[{place}]')}"
