"""Wrong answers that students really give: each a sentence for the student and a proof for the suite.

`tests/hidden/<unit>/misconceptions.py` registers them. When a test fails, it is run again with each misconception of
its task in the place of the student's function; the one that gives the same answers up to the failing call is named.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeVar

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
