"""Reports of an autograding run: events while it runs, and one outcome at its end."""

from msgspec import Struct

from grader.errors import DeepgradeError
from grader.records import Isolation, Result, Timing


class Started(Struct, frozen=True):
    """Event at the start of a run, when the amount of work is known.

    Attributes
    ----------
    total : int
        Number of submissions, one per student and unit.
    reused : int
        Number of them with results from the journal.
    """

    total: int
    reused: int


class Finished(Struct, frozen=True):
    """Event after each submission that is graded or refused."""

    result: Result


Event = Started | Finished


class Change(Struct, frozen=True):
    """Grade that differs from its earlier value in the journal.

    Attributes
    ----------
    student, unit : str
    what : str
        A task whose points changed, or ``status``.
    before, after : str
        Points and their maximum, or a status.
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
    """Outcome of a run.

    Attributes
    ----------
    results : tuple of Result
        Results of this run, one per student and unit, sorted by student, then by the course's order of units.
    everybody : tuple of Result
        Results of the class from the journal, in the same order, for all units that were ever part of a run.
    seconds : float
        Wall time of the run.
    ran : int
        Number of submissions whose tests were run.
    reused : int
        Number of submissions with results from the journal.
    timing : Timing
        Breakdown of the time, summed over the submissions that ran.
    changes : tuple of Change
        Scores that differ from those of an earlier run.
    tier : Isolation
        Isolation of the student code.
    notes : tuple of str
        Notes for the instructor on the run itself.
    history : tuple of (str, Change)
        Every change in the journal, with its time.
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
    """The user stopped the run; finished results are kept."""

    exit_code = 130
