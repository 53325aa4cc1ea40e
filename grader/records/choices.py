"""Choices among tasks: of several options only the best few count."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Annotated, Protocol, TypeVar

from msgspec import Meta, Struct

from grader.records.verdicts import Verdict

ENOUGH_MEASURED = 0.9  # part of a unit's points that must be measured for the rest to be estimated
MOST_SELECTIONS = 10_000  # that are tried one by one


class Scored(Protocol):
    """A test with its task, its verdict and the points earned in it."""

    @property
    def task(self) -> str:
        """Name of the task."""

    @property
    def points(self) -> float:
        """Points to earn."""

    @property
    def earned(self) -> float:
        """Points earned."""

    @property
    def verdict(self) -> Verdict:
        """Verdict on it."""


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
    if _is_partly_measured(tests, choices):
        return _best_measured(tests, choices)
    earned: dict[str, float] = {}
    for test in tests:
        earned[test.task] = earned.get(test.task, 0.0) + test.earned
    return frozenset(task for choice in choices for task in choice.spare(earned, earned))


def _is_partly_measured(tests: Sequence[Scored], choices: Sequence[Choice]) -> bool:
    """Return whether points of options were not measured, so that it matters by how much the others are scaled up.

    False if there are too many selections to try: then the points that were measured decide.
    """
    optional = {task for choice in choices for task in choice.tasks}
    if not any(test.verdict.meaning.costs_nothing for test in tests if test.task in optional):
        return False
    return math.prod(math.comb(len(choice.options), choice.choose) for choice in choices) <= MOST_SELECTIONS


def _best_measured(tests: Sequence[Scored], choices: Sequence[Choice]) -> frozenset[str]:
    """Return the tasks that do not count in the selection with the largest part of its measured points.

    More points in a test can then only raise a grade, whatever was not measured. A selection of which enough was
    measured comes before any other.
    """
    return max(_selections(tests, choices), key=lambda spare: _standing(tests, spare))


def _selections(tests: Sequence[Scored], choices: Sequence[Choice]) -> Iterator[frozenset[str]]:
    """Yield the tasks that are left over by each way to choose among the options that were answered."""
    known = {test.task for test in tests}
    present = [[option for option in choice.options if not known.isdisjoint(option)] for choice in choices]
    sizes = [min(choice.choose, len(options)) for choice, options in zip(choices, present, strict=True)]
    everything = frozenset(task for choice in choices for task in choice.tasks)
    for chosen in product(*map(combinations, present, sizes)):
        yield everything - {task for options in chosen for option in options for task in option}


def _standing(tests: Sequence[Scored], spare: frozenset[str]) -> tuple[bool, float]:
    """Return whether enough was measured of what counts, and the part of it that was earned."""
    counting = [test for test in tests if test.task not in spare]
    measured = sum(test.points for test in counting if not test.verdict.meaning.costs_nothing)
    is_enough = measured >= ENOUGH_MEASURED * sum(test.points for test in counting) - 1e-9
    return is_enough, sum(test.earned for test in counting) / measured if measured else 0.0


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
