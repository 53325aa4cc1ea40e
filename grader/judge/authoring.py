"""What suites are written with: `@task` says what a test is worth, `@misconception` names a wrong answer.

Points live here and nowhere else. A misconception is a sentence for the student and a proof for the suite.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
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

ATTRIBUTE = "__misconception__"


@dataclass(frozen=True)
class Misconception:
    """A wrong solution of one task.

    Attributes
    ----------
    task : str
        The task that it gets wrong.
    text : str
        What a student who wrote it is told.
    name : str
        Its function's name.
    function : callable
        Stands in for the task's function or class.
    """

    task: str
    text: str
    name: str
    function: Callable[..., Any]


def misconception(task: str, text: str) -> Callable[[Wrong], Wrong]:
    """Register a function or class as a wrong solution of a task.

    Parameters
    ----------
    task : str
        The task's name in the registry, without the unit.
    text : str
        One or two sentences: what is wrong, and what is right instead.
    """

    def mark(function: Wrong) -> Wrong:
        setattr(function, ATTRIBUTE, Misconception(task, text, function.__name__, function))
        return function

    return mark


def registered(module: ModuleType) -> tuple[Misconception, ...]:
    """Return the misconceptions that a module defines, in the order of their definition."""
    found = (
        vars(value).get(ATTRIBUTE) for value in vars(module).values() if callable(value) and hasattr(value, "__dict__")
    )
    return tuple(item for item in found if isinstance(item, Misconception))
