"""What an autograding run reports: events while it goes on, and one outcome at its end."""

from msgspec import Struct

from grader.errors import DeepgradeError
from grader.records import Result, Tier, Timing


class Started(Struct, frozen=True):
    """The work is known.

    Attributes
    ----------
    total : int
        Submissions that were handed in, one per student and unit.
    reused : int
        How many of them the journal answers.
    """

    total: int
    reused: int


class Finished(Struct, frozen=True):
    """One submission is graded or refused."""

    result: Result


Event = Started | Finished


class Change(Struct, frozen=True):
    """A regrade that brought another number of points than the journal had."""

    student: str
    unit: str
    before: float
    after: float


class Outcome(Struct, frozen=True):
    """The whole run.

    Attributes
    ----------
    results : tuple of Result
        One per student and unit, by student, then in the course's order of units.
    seconds : float
        Wall time of the run.
    ran : int
        Submissions whose tests were run now.
    reused : int
        Submissions that the journal answered.
    timing : Timing
        Where the time went, summed over those that ran now.
    changes : tuple of Change
        Scores that are no longer what an earlier run gave.
    tier : Tier
        The walls that student code ran behind.
    notes : tuple of str
        What the instructor should know of the run itself.
    """

    results: tuple[Result, ...]
    seconds: float
    ran: int
    reused: int
    timing: Timing = Timing()
    changes: tuple[Change, ...] = ()
    tier: Tier = Tier.SELF
    notes: tuple[str, ...] = ()

    @property
    def per_second(self) -> float:
        """Submissions graded per second of wall time."""
        return self.ran / self.seconds if self.seconds else 0.0


class Interrupted(DeepgradeError):
    """The user stopped the run; what was finished is kept."""

    exit_code = 130
