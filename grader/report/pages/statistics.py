"""Statistics of a class in a unit: difficulty and discrimination of tasks and tests, and mistakes that people share.

Difficulty is the mean share of the points, discrimination the correlation of a task's share with that of the rest of
the unit (Ebel & Frisbie, Essentials of Educational Measurement, 5th ed., ch. 13: item difficulty, item-rest
correlation).
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from msgspec import Struct

from grader.records import Result, Status, TestRecord
from grader.report.student import is_not_attempted

FEWEST = 10  # submissions of which a correlation says anything


class ItemStatistics(Struct, frozen=True):
    """A task or a test in a class.

    Attributes
    ----------
    name, task, title : str
        `task` is the task's name, also for a task itself.
    hidden : bool
    points : float
        The most that anybody could earn.
    difficulty : float
        Mean share of the points, from 0 to 1, over those who were measured.
    discrimination : float or None
        From -1 to 1; None for few submissions, or if all have the same share.
    measured, unmeasured, not_attempted : int
        Number of submissions.
    """

    name: str
    task: str
    title: str
    hidden: bool
    points: float
    difficulty: float
    discrimination: float | None
    measured: int
    unmeasured: int = 0
    not_attempted: int = 0


class SharedMistake(Struct, frozen=True):
    """A mistake with a name, and who makes it.

    Attributes
    ----------
    task, text : str
        The task, and the misconception's public text.
    students : tuple of str
    """

    task: str
    text: str
    students: tuple[str, ...]


def graded(results: Iterable[Result], unit: str) -> list[Result]:
    """Return the graded results of a unit."""
    return [result for result in results if result.unit == unit and result.status is Status.GRADED]


def task_statistics(results: Sequence[Result], titles: Mapping[str, str]) -> list[ItemStatistics]:
    """Return the statistics of each task.

    Parameters
    ----------
    results : sequence of Result
        Graded results of one unit.
    titles : mapping of str to str
        Each task's title, in the unit's order.
    """
    names = [name for name in titles if any(test.task == name for result in results for test in result.tests)]
    book, firsts = _Book(results), _firsts(results)
    return [book.item([test for test in firsts if test.task == name], titles[name]) for name in names]


def test_statistics(results: Sequence[Result]) -> list[ItemStatistics]:
    """Return the statistics of each test of one unit's graded results, in the order of the suite."""
    book = _Book(results)
    return [book.item([test], test.title) for test in _firsts(results)]


test_statistics.__test__ = False  # type: ignore[attr-defined]  # pytest: this is no test


def _firsts(results: Sequence[Result]) -> list[TestRecord]:
    """Return a record of each test of some results."""
    return list({_key(test): test for result in reversed(results) for test in result.tests}.values())


def _key(test: TestRecord) -> tuple[str, str, bool]:
    return test.task, test.test, test.hidden


class _Book:
    """Earned and possible points of every submission, added up once."""

    def __init__(self, results: Sequence[Result]) -> None:
        self._tests = [{_key(test): test for test in result.tests} for result in results]
        self._counting = [{_key(test) for test in result.counting} for result in results]
        self._totals = np.array([_sums(result.counting) for result in results])

    def item(self, tests: Sequence[TestRecord], title: str) -> ItemStatistics:
        """Return the statistics of some tests of one task, all of them or a single one."""
        keys = [_key(test) for test in tests]
        groups = [[known[key] for key in keys if key in known] for known in self._tests]
        counting = [
            [test for test in group if _key(test) in kept] for group, kept in zip(groups, self._counting, strict=True)
        ]
        rest = _shares(self._totals - np.array([_sums(group) for group in counting]))
        shares = _shares(np.array([_sums(group) for group in groups]))
        known = ~np.isnan(shares)
        return ItemStatistics(
            name=tests[0].test,
            task=tests[0].task,
            title=title,
            hidden=all(test.hidden for test in tests),
            points=max(sum(test.points for test in group) for group in groups),
            difficulty=float(shares[known].mean()) if known.any() else float("nan"),
            discrimination=correlation(shares, rest),
            measured=int(known.sum()),
            unmeasured=int((~known).sum()),
            not_attempted=sum(is_not_attempted(group) for group in groups),
        )


def _sums(tests: Iterable[TestRecord]) -> tuple[float, float]:
    """Return the earned and the possible points of the tests that were measured."""
    measured = [test for test in tests if not test.verdict.meaning.costs_nothing]
    return sum(test.earned for test in measured), sum(test.points for test in measured)


def _shares(sums: np.ndarray) -> np.ndarray:
    """Return earned by possible points, of shape (N,); NaN where none were possible."""
    earned, points = sums[:, 0], sums[:, 1]
    return np.asarray(np.divide(earned, points, out=np.full(len(sums), np.nan), where=points > 1e-9))


def correlation(shares: np.ndarray, rest: np.ndarray) -> float | None:
    """Return the correlation of two series where both are known.

    Parameters
    ----------
    shares, rest : ndarray of shape (N,)
        NaN where nothing is known.

    Returns
    -------
    float or None
        None for fewer than `FEWEST` pairs, or if one of the series is constant.
    """
    both = ~(np.isnan(shares) | np.isnan(rest))
    if both.sum() < FEWEST or np.ptp(shares[both]) < 1e-12 or np.ptp(rest[both]) < 1e-12:
        return None
    return float(np.corrcoef(shares[both], rest[both])[0, 1])


def shared_mistakes(results: Iterable[Result]) -> list[SharedMistake]:
    """Return the named mistakes of some results, the most frequent first; a student counts once for each."""
    people: dict[tuple[str, str], dict[str, None]] = {}
    for result in results:
        for test in result.tests:
            if test.feedback.likely:
                people.setdefault((test.task, test.feedback.likely), {})[result.student] = None
    mistakes = [SharedMistake(task, text, tuple(students)) for (task, text), students in people.items()]
    return sorted(mistakes, key=lambda mistake: -len(mistake.students))
