"""Static checks of a course: registry, files, tests, misconceptions and variants must be consistent.

Whether the suites accept solutions and variants and fail misconceptions is tested elsewhere, by running them.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import ParamSpec

from grader.course import layout
from grader.course.cut import stale_files
from grader.course.decorators import misconceptions_of, tests_of
from grader.course.lint_files import (
    file_problems,
    handout_problems,
    picture_problems,
    solution_problems,
    stray_folders,
    unfinished_texts,
)
from grader.course.lint_proofs import equivalent_problems, timing_problems, variant_problems
from grader.course.lint_tests import suite_problems, task_problems
from grader.course.registry import Course
from grader.course.variants import variants_of
from grader.errors import CourseError
from grader.records.proof import Problem

__all__ = ["Problem", "counts", "lint"]

P = ParamSpec("P")

_UNIT_CHECKS = (
    file_problems,
    handout_problems,
    picture_problems,
    task_problems,
    solution_problems,
    suite_problems,
    variant_problems,
    equivalent_problems,
    unfinished_texts,
    timing_problems,
)


def lint(course: Course) -> list[Problem]:
    """Return everything that an author still has to do, without duplicates; empty if the course is complete.

    Parameters
    ----------
    course : Course

    Returns
    -------
    list of Problem

    Raises
    ------
    CourseError
        If this is a student bundle.
    """
    course.refuse_bundle("there is nothing to check")
    found = [*_guarded(_freshness, course), *_guarded(stray_folders, course)]
    for unit in course.units:
        for check in _UNIT_CHECKS:
            found += _guarded(check, course.root, unit)
    return list(dict.fromkeys(found))


def _guarded(check: Callable[P, Iterable[Problem]], *args: P.args, **kwargs: P.kwargs) -> Iterator[Problem]:
    """Yield a check's problems; a broken file ends the check with one more."""
    try:
        yield from check(*args, **kwargs)
    except CourseError as error:
        where, _, what = error.message.partition(": ")
        yield Problem(where, what) if what else Problem("course", where)


def _freshness(course: Course) -> Iterator[Problem]:
    for path in stale_files(course.root, course):
        yield Problem(layout.relative_name(path, course.root), "is not up to date: grade build")


def counts(course: Course) -> dict[str, int]:
    """Return the numbers of units, tasks, visible and hidden tests, misconceptions and variants, without running them.

    Raises
    ------
    CourseError
        If a file of tests, misconceptions or variants is not valid Python.
    """
    root = course.root
    files = [(unit.name, file) for unit in course.units for file in unit.files]
    return {
        "units": len(course.units),
        "tasks": sum(len(unit.tasks) for unit in course.units),
        "visible_tests": sum(len(tests_of(root, layout.visible_test(root, *place))) for place in files),
        "hidden_tests": sum(len(tests_of(root, layout.hidden_test(root, *place))) for place in files),
        "misconceptions": sum(len(misconceptions_of(root, unit.name)) for unit in course.units),
        "variants": sum(len(variants_of(root, unit.name)) for unit in course.units),
    }
