"""Findings about a course: problems for its author to solve, and mutants that its suites kill or miss."""

from enum import StrEnum

from msgspec import Struct

from grader.records.verdicts import Verdict


class Problem(Struct, frozen=True):
    """Problem that an author has to solve: its place and a description."""

    where: str
    what: str


ENOUGH_VISIBLE_MISCONCEPTIONS = 85.0  # required percentages of what the visible tests alone fail
ENOUGH_VISIBLE_MUTANTS = 70.0
MOST_COLLATERAL = 2.0  # percentage of the points of tasks that require the wrong ones


class VisibleMisconceptions(Struct, frozen=True):
    """Number of a unit's misconceptions that its visible tests fail, of how many, and the names of the others."""

    failed: int
    of: int
    survivors: tuple[str, ...] = ()

    @property
    def is_enough(self) -> bool:
        """Whether the visible tests fail as many as they should."""
        return 100.0 * self.failed >= ENOUGH_VISIBLE_MISCONCEPTIONS * self.of


# fmt: off
OPERATORS = (
    "argument", "axis", "branch", "buffer", "cache", "combination", "comparison",
    "condition", "constant", "copy", "default", "dtype", "function", "in_place",
    "keepdims", "off_by_one", "operator", "order", "reduction", "rounding", "sign",
    "slice", "statement", "term", "transposition", "view",
)
# fmt: on
"""The kinds of mistakes that `grader.proof.mutation` makes."""


class Mutant(Struct, frozen=True):
    """Mutant of a solution.

    Attributes
    ----------
    id : str
        ``owner.operator.digest``. The digest covers the owner's code before and after the change, so it stays the same
        until that function is edited.
    unit, file : str
        Unit of the solution, and stem of its file.
    owner : str
        Qualified name of the changed function or class.
    operator : str
        Mutation operator: the kind of mistake, one of `OPERATORS`.
    line : int
        First line of the change, counted from 1.
    before, after : str
        The code before and after the change, each on one line.
    text : str
        Source of the whole mutated file.
    """

    id: str
    unit: str
    file: str
    owner: str
    operator: str
    line: int
    before: str
    after: str
    text: str

    @property
    def top(self) -> str:
        """The changed top-level name."""
        return self.owner.partition(".")[0]


class MutantStatus(StrEnum):
    """Status of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"
    GRADER_ERROR = "grader_error"


class MutantResult(Struct, frozen=True):
    """Result of one mutant.

    Attributes
    ----------
    mutant : Mutant
    status : MutantStatus
    task : str
        Task whose tests should kill it.
    test : str
        Test that killed it, or in which the grader failed.
    verdict : Verdict or None
        Verdict of that test.
    reason : str
        Why no test can kill it, or the grader's error.
    """

    mutant: Mutant
    status: MutantStatus
    task: str = ""
    test: str = ""
    verdict: Verdict | None = None
    reason: str = ""


class UnitTrial(Struct, frozen=True):
    """Results of a unit's suite on its mutants.

    Attributes
    ----------
    unit : str
    results : tuple of MutantResult
        Sorted by file, then by line.
    problems : tuple of str
        Errors in the list of equivalent mutants, with file and line.
    """

    unit: str
    results: tuple[MutantResult, ...]
    problems: tuple[str, ...] = ()

    def count(self, status: MutantStatus) -> int:
        """Return the number of mutants with a status.

        Parameters
        ----------
        status : MutantStatus

        Returns
        -------
        int
        """
        return sum(result.status is status for result in self.results)

    @property
    def percent(self) -> float:
        """Percentage of killed mutants among those that are not equivalent."""
        able = len(self.results) - self.count(MutantStatus.EQUIVALENT)
        return 100.0 * self.count(MutantStatus.KILLED) / able if able else 100.0


class MisconceptionCost(Struct, frozen=True):
    """Points that one misconception costs in an otherwise right submission.

    Attributes
    ----------
    name, task : str
    lost : float
        In its own task.
    before : dict of str to float
        In tasks that require its own, by task, without second chances.
    elsewhere, pairs : dict of str to float
        The same with second chances; backward passes that are tested with this wrong forward pass are counted apart.
    points : float
        Points of the tasks that require its own.
    """

    name: str
    task: str
    lost: float
    before: dict[str, float]
    elsewhere: dict[str, float]
    pairs: dict[str, float]
    points: float


class Collateral(Struct, frozen=True):
    """Points that a unit's misconceptions cost, added up; the attributes are those of `MisconceptionCost`.

    Attributes
    ----------
    unit : str
    misconceptions : int
    lost, before, after, pairs, points : float
    costs : tuple of MisconceptionCost
        Each misconception by itself.
    left_out : tuple of str
        Misconceptions that were not graded, since they use what students do not have.
    """

    unit: str
    misconceptions: int
    lost: float
    before: float
    after: float
    pairs: float
    points: float
    costs: tuple[MisconceptionCost, ...]
    left_out: tuple[str, ...] = ()

    @property
    def percent(self) -> float:
        """Percentage of the points of requiring tasks that are still lost, beside pairs."""
        return 100 * self.after / self.points if self.points else 0.0

    @property
    def is_low(self) -> bool:
        """Whether one mistake costs one task."""
        return self.percent <= MOST_COLLATERAL
