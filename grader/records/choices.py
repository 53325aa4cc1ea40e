"""Choices among tasks: of several options only the best few count."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Protocol, TypeVar

from msgspec import Meta, Struct


class Scored(Protocol):
    """A test with its task and the points earned in it."""

    @property
    def task(self) -> str:
        """Name of the task."""

    @property
    def earned(self) -> float:
        """Points earned."""


Test = TypeVar("Test", bound=Scored)
Option = Annotated[tuple[str, ...], Meta(min_length=1)]


class Choice(Struct, frozen=True, forbid_unknown_fields=True):
    """Options of which only the best few count.

    Attributes
    ----------
    title : str
        What the options have in common.
    choose : int
        Number of options that count.
    options : tuple of tuple of str
        Tasks of each option.
    """

    title: Annotated[str, Meta(min_length=1)]
    choose: Annotated[int, Meta(ge=1)]
    options: Annotated[tuple[Option, ...], Meta(min_length=2)]

    @property
    def tasks(self) -> tuple[str, ...]:
        """Tasks of all options."""
        return tuple(task for option in self.options for task in option)

    def best(self, points: Mapping[str, float], among: Collection[str]) -> tuple[Option, ...]:
        """Return the options that count.

        Parameters
        ----------
        points : mapping of str to float
            Points by task.
        among : collection of str
            Only options with one of these tasks are looked at.

        Returns
        -------
        tuple of tuple of str
            Those with the most points; of equal ones the earlier.
        """
        present = [option for option in self.options if not set(among).isdisjoint(option)]
        by_points = sorted(present, key=lambda option: -sum(points.get(task, 0.0) for task in option))
        return tuple(by_points[: self.choose])

    def spare(self, points: Mapping[str, float], among: Collection[str]) -> frozenset[str]:
        """Return the tasks of the options that do not count.

        Parameters
        ----------
        points : mapping of str to float
            Points by task.
        among : collection of str
            Tasks of which anything is known.

        Returns
        -------
        frozenset of str
        """
        counting = {task for option in self.best(points, among) for task in option}
        return frozenset(self.tasks) - counting


def spare_tasks(tests: Sequence[Scored], choices: Sequence[Choice]) -> frozenset[str]:
    """Return the tasks that do not count, because other options of the same choice earned more.

    Parameters
    ----------
    tests : sequence of TestRecord
        Results of some or all tasks of one unit.
    choices : sequence of Choice
        The unit's.

    Returns
    -------
    frozenset of str
    """
    earned: dict[str, float] = {}
    for test in tests:
        earned[test.task] = earned.get(test.task, 0.0) + test.earned
    return frozenset(task for choice in choices for task in choice.spare(earned, earned))


def counting(tests: Sequence[Test], choices: Sequence[Choice]) -> tuple[Test, ...]:
    """Return the tests that count, in their order.

    Parameters
    ----------
    tests : sequence of TestRecord
        Results of some or all tasks of one unit.
    choices : sequence of Choice
        The unit's.

    Returns
    -------
    tuple of TestRecord
    """
    spare = spare_tasks(tests, choices) if choices else frozenset()
    return tuple(test for test in tests if test.task not in spare)


def total(points: Mapping[str, float], choices: Sequence[Choice]) -> float:
    """Return the sum of points by task, of each choice only its best options'.

    Parameters
    ----------
    points : mapping of str to float
        Points by task.
    choices : sequence of Choice

    Returns
    -------
    float

    Examples
    --------
    >>> choice = Choice("Further ones", 1, (("elu",), ("silu",)))
    >>> total({"relu": 2.0, "elu": 3.0, "silu": 3.0}, (choice,))
    5.0
    """
    spare = {task for choice in choices for task in choice.spare(points, points)}
    return sum(worth for task, worth in points.items() if task not in spare)
