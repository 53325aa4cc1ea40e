"""What an autograding run reports: events while it goes on, and one outcome at its end."""

from msgspec import Struct

from grader.errors import DeepgradeError
from grader.records import Isolation, Result, Timing


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
    """One grade that is no longer what the journal had.

    Attributes
    ----------
    student, unit : str
    what : str
        A task whose points changed, or ``status``.
    before, after : str
        Points, out of how many, or a status.
    why : str
        ``the submission changed``, ``the suite changed``, and so on.
    """

    student: str
    unit: str
    what: str
    before: str
    after: str
    why: str


class Outcome(Struct, frozen=True):
    """The whole run.

    Attributes
    ----------
    results : tuple of Result
        Of what this run was about: one per student and unit, by student, then in the course's order of units.
    everybody : tuple of Result
        The class as the journal knows it, in the same order: all units that were ever part of a run.
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
    tier : Isolation
        The walls that student code ran behind.
    notes : tuple of str
        What the instructor should know of the run itself.
    history : tuple of (str, Change)
        Every change that the journal knows, with its time.
    """

    results: tuple[Result, ...]
    seconds: float
    ran: int
    reused: int
    timing: Timing = Timing()
    changes: tuple[Change, ...] = ()
    tier: Isolation = Isolation.SELF
    notes: tuple[str, ...] = ()
    everybody: tuple[Result, ...] = ()
    history: tuple[tuple[str, Change], ...] = ()

    @property
    def per_second(self) -> float:
        """Submissions graded per second of wall time."""
        return self.ran / self.seconds if self.seconds else 0.0


class Interrupted(DeepgradeError):
    """The user stopped the run; what was finished is kept."""

    exit_code = 130
