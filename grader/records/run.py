"""Reports of an autograding run: events while it runs, and one outcome at its end."""

from msgspec import Struct

from grader.errors import DeepgradeError
from grader.records import Isolation, Result, Status, Timing


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


class RunFacts(Struct, frozen=True):
    """Conditions of a run: enough to grade one of its submissions again in the same way.

    Attributes
    ----------
    folder : str
        Folder or archive of the submissions.
    total, reused : int
        Number of submissions, and of those whose results were in the journal.
    tier : Isolation
    layout : str
        How the submissions lie; empty if their structure tells.
    without : tuple of str
        Tests that were left out, each as ``unit.file.test``.
    jobs : int
        Submissions graded at the same time.
    """

    folder: str
    total: int
    reused: int
    tier: Isolation = Isolation.SELF
    layout: str = ""
    without: tuple[str, ...] = ()
    jobs: int = 1


class GradingStep(Struct, frozen=True):
    """A submission that a run has graded or refused, when, and the remark on it."""

    student: str
    unit: str
    at: str
    status: Status
    remark: str = ""


class RunProgress(Struct, frozen=True):
    """Progress of the latest run.

    Attributes
    ----------
    number : int
    started : str
    facts : RunFacts
    done : tuple of GradingStep
        What this run has graded or refused so far, the latest first.
    waiting : tuple of (str, str)
        Students and units still to come, in their order.
    ended : str
        When it ended; empty if it did not, or was killed.
    problem : str
        Why it ended before its end.
    """

    number: int
    started: str
    facts: RunFacts
    done: tuple[GradingStep, ...] = ()
    waiting: tuple[tuple[str, str], ...] = ()
    ended: str = ""
    problem: str = ""


class Interrupted(DeepgradeError):
    """The user stopped the run; finished results are kept."""

    exit_code = 130
