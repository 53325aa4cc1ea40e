"""Decorators for suites: `@task` gives a test its task and points, `@misconception` marks a wrong solution.

Points are defined nowhere else. A misconception gives feedback to the student and tests the suite.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

Test = TypeVar("Test", bound=Callable[..., Any])


def task(name: str, *, points: float, about: str = "", examples: int = 10) -> Callable[[Test], Test]:
    """Mark a test as part of a task.

    Parameters
    ----------
    name : str
        The task's name in the registry, without the unit.
    points : float
        Points for passing the test.
    about : str
        What a hidden test looks at, in a few words that do not give its case away: "float32, an empty batch".
        Students read it before they submit.
    examples : int
        Number of cases that hypothesis draws, for a test with ``@given`` below this decorator.

    Returns
    -------
    callable
        The decorator.

    Raises
    ------
    ValueError
        The points are not positive.
    """
    if not points > 0:
        raise ValueError(f"task {name!r}: points must be positive, not {points!r}")

    def mark(test: Test) -> Test:
        import pytest

        if hasattr(test, "hypothesis"):
            from grader.judge.cases import drawn

            test = drawn(test, examples)
        pytest.mark.task(name=name, points=float(points), about=about)(test)  # marks in place
        return test

    return mark


Wrong = TypeVar("Wrong", bound=Callable[..., Any])

TEXTS: "WeakKeyDictionary[Any, str]" = WeakKeyDictionary()
"""Texts of the misconceptions that have been imported, by function; students read them in the handout."""


def misconception(task: str, text: str, *, source: str = "") -> Callable[[Wrong], Wrong]:
    """Register a function or class as a wrong solution of a task.

    The file itself is the registry: `grader.course.suite` reads it, also for code that runs the function.

    Parameters
    ----------
    task : str
        The task's name in the registry, without the unit.
    text : str
        One or two sentences that say what is wrong and what is right.
    source : str
        Address of a page where somebody made this mistake.

    Returns
    -------
    callable
        A decorator that returns the function or class unchanged.
    """

    def unchanged(function: Wrong) -> Wrong:
        TEXTS[function] = text
        return function

    return unchanged
