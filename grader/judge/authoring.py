"""What suites are written with: `@task` says what a test is worth, `@misconception` names a wrong answer.

Points live here and nowhere else. A misconception is a sentence for the student and a proof for the suite.
"""

from collections.abc import Callable
from typing import Any, TypeVar

Test = TypeVar("Test", bound=Callable[..., Any])


def task(name: str, *, points: float, examples: int = 10) -> Callable[[Test], Test]:
    """Mark a test as part of a task.

    Parameters
    ----------
    name : str
        The task's name in the registry, without the unit.
    points : float
        What passing the test brings.
    examples : int
        How many cases hypothesis draws, for a test that is decorated with ``@given`` below this decorator.

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
        pytest.mark.task(name=name, points=float(points))(test)  # marks in place
        return test

    return mark


Wrong = TypeVar("Wrong", bound=Callable[..., Any])


def misconception(task: str, text: str) -> Callable[[Wrong], Wrong]:
    """Register a function or class as a wrong solution of a task.

    The registry is the file itself: `grader.course.decorators` reads it, for whoever runs the function too.

    Parameters
    ----------
    task : str
        The task's name in the registry, without the unit.
    text : str
        One or two sentences: what is wrong, and what is right instead.

    Returns
    -------
    callable
        A decorator that returns the function or class unchanged.
    """

    def unchanged(function: Wrong) -> Wrong:
        return function

    return unchanged
