"""Findings about a course: problems that its author still has to solve, and mutants that its suites notice or not."""

from enum import StrEnum

from msgspec import Struct

from grader.records.verdicts import Verdict


class Problem(Struct, frozen=True):
    """Something that an author still has to do: where, and what."""

    where: str
    what: str


class Mutant(Struct, frozen=True):
    """One mutant.

    Attributes
    ----------
    id : str
        ``owner.operator.digest``. The digest is of the owner's code and of what it became, so that it stays the same
        until that function is edited.
    unit, file : str
        Whose solution, and its file's stem.
    owner : str
        The qualified name of the function or class that is changed.
    operator : str
        What kind of mistake it is.
    line : int
        Where it begins, from 1.
    before, after : str
        The changed lines of code, on one line each.
    text : str
        The whole file with the mistake in it.
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
        """The top-level name that is changed."""
        return self.owner.partition(".")[0]


class MutantStatus(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"
    GRADER_ERROR = "grader_error"


class MutantResult(Struct, frozen=True):
    """One mutant that was run.

    Attributes
    ----------
    mutant : Mutant
    status : MutantStatus
    task : str
        The task whose tests should notice it.
    test : str
        The test that noticed it, or that the grader stumbled over.
    verdict : Verdict or None
        How that test ended.
    reason : str
        Why no test can notice it, or what went wrong in the grader.
    """

    mutant: Mutant
    status: MutantStatus
    task: str = ""
    test: str = ""
    verdict: Verdict | None = None
    reason: str = ""


class UnitTrial(Struct, frozen=True):
    """What a unit's suite made of its mutants.

    Attributes
    ----------
    unit : str
    results : tuple of MutantResult
        By file, then from top to bottom.
    problems : tuple of str
        What is wrong with the list of equivalent mutants, with its file and line.
    """

    unit: str
    results: tuple[MutantResult, ...]
    problems: tuple[str, ...] = ()

    def count(self, status: MutantStatus) -> int:
        """Return how many mutants ended like this.

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
        """How many of 100 mutants that can be noticed are."""
        able = len(self.results) - self.count(MutantStatus.EQUIVALENT)
        return 100.0 * self.count(MutantStatus.KILLED) / able if able else 100.0
