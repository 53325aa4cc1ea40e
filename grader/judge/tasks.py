"""`@task`: which task a test belongs to, and what it is worth. Points live here and nowhere else."""

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
