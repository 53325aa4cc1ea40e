"""Frozen, typed, versioned records that pass between the rooms.

Only data lives here: no behaviour beyond what follows from the fields. Every record is a `msgspec.Struct`, so JSON is
`msgspec.json.encode(record)` and back is `msgspec.json.decode(text, type=TestRecord)`.
"""

from enum import StrEnum

from msgspec import Struct

from grader.records.causes import Cause
from grader.records.verdicts import Verdict

VERSION = 2


class Isolation(StrEnum):
    """How strongly the student's code was walled off while it ran."""

    SEALED = "sealed"
    WEAK = "weak"
    SELF = "self"


class Status(StrEnum):
    """What became of one submission of one unit."""

    GRADED = "graded"
    REJECTED = "rejected"
    MISSING = "missing"
    WAITING = "waiting"  # handed in, and in no run yet
    GRADER_ERROR = "grader_error"


STATUS_WORDS = {
    Status.GRADED: "graded",
    Status.REJECTED: "refused",
    Status.MISSING: "not submitted",
    Status.WAITING: "not graded yet",
    Status.GRADER_ERROR: "not measured",
}
"""What people read of a status."""


class Feedback(Struct, frozen=True, omit_defaults=True):
    """What a test tells, each line already in the student's terms; empty where it has nothing to say.

    Attributes
    ----------
    message : str
        The failure in one sentence (an exception of the student's code, a limit that was exceeded, a broken property).
    called : str
        The call with its arguments' types and shapes.
    got, expected, differs : str
        What came, what should have come, and how far apart they are.
    likely : str
        The public text of the misconception whose answer equals the student's.
    where : tuple of str
        Traceback lines of the student's own files, outermost first: ``"conv.py, line 12: out = x @ w"``.
    printed : str
        The end of what the student's code printed during the test.
    replay : str
        The seed for ``grade replay``.
    timed : str
        What a timed test measured, and the tier that was reached; of a passed one too.
    review : str
        Why a person should look at the code behind a measurement.
    cause : Cause or None
        The same as data, for whoever decides by it; None where nothing more is known, and in older records.
    """

    message: str = ""
    called: str = ""
    got: str = ""
    expected: str = ""
    differs: str = ""
    likely: str = ""
    where: tuple[str, ...] = ()
    printed: str = ""
    replay: str = ""
    timed: str = ""
    review: str = ""
    cause: Cause | None = None


class Speed(Struct, frozen=True):
    """What a race measured.

    Attributes
    ----------
    ratio, low, high : float
        The student's time by torch's: the median of the pairs, and its interval of 95 %.
    pairs : int
        How often both were asked.
    device : str
        ``one thread of AMD EPYC``.
    tier : str
        ``gold``, ``silver``, ``bronze``, or empty below bronze.
    seconds, reference_seconds : float
        The median time of a call of the student's, and of torch's.
    workers : int
        How many of the student's were raced, one after the other.
    mean : float
        The student's mean time by torch's; far above the median where calls differ in cost.
    confirmed : bool
        Below gold: a second race, in a quiet moment, has found nothing better.
    others : tuple of Speed
        Of the same test, on other dtypes.
    """

    ratio: float
    low: float
    high: float
    pairs: int
    device: str
    tier: str = ""
    seconds: float = 0.0
    reference_seconds: float = 0.0
    workers: int = 1
    mean: float = 0.0
    confirmed: bool = False
    others: tuple["Speed", ...] = ()


class TestRecord(Struct, frozen=True):
    """One test of one submission.

    Attributes
    ----------
    unit, task, test : str
        Names from the registry, and the test function's name.
    title : str
        The property in words, from the test function's name.
    hidden : bool
        Whether the student has this test.
    points, earned : float
        What it is worth, and what it brought; ``0 <= earned <= points``.
    verdict : Verdict
    feedback : Feedback
    seconds : float
        Wall time; with what timed tests measured the only part that differs between two gradings of one submission.
    speed : Speed or None
        What a timed test measured; None where nothing was timed.
    """

    __test__ = False  # pytest: this is data, not a test class

    unit: str
    task: str
    test: str
    title: str
    hidden: bool
    points: float
    earned: float
    verdict: Verdict
    feedback: Feedback = Feedback()
    seconds: float = 0.0
    speed: Speed | None = None


class Timing(Struct, frozen=True):
    """Where the time of one submission went, in seconds of wall time.

    Attributes
    ----------
    worker, judge, references, total : float
    charged : float
        What the workers were charged for, whatever else ran on the machine.
    by_wall : bool
        Whether limits on time were held by the clock on the wall: some platforms tell nothing better.
    judge_cpu : float
        CPU time of the judge's own process.
    judge_mib : float
        The most memory that it had, what it shares with the others included; 0 where the platform does not tell.
    """

    worker: float = 0.0
    judge: float = 0.0
    references: float = 0.0
    total: float = 0.0
    charged: float = 0.0
    by_wall: bool = False
    judge_cpu: float = 0.0
    judge_mib: float = 0.0


class Result(Struct, frozen=True):
    """One submission of one unit, graded or refused.

    Attributes
    ----------
    student, unit : str
    status : Status
    tier : Isolation
        The walls that it ran behind.
    remark : str
        For the table: why it was refused, or the file that does not load.
    tests : tuple of TestRecord
        In the order of the suite.
    key : str
        Hash of submission, suite, course secret and environment: what a rerun compares.
    timing : Timing
    review : tuple of str
        Places in the code that a person should look at: ``"conv.py, line 12: imports ctypes: ..."``.
    version : int
        Of this record's form.
    zero : bool
        A person has said that this refused hand-in counts as zero; until then it has no points, and no zero either.
    without : tuple of str
        Tests of the unit that the instructor has taken out, by ``file.test``.
    """

    student: str
    unit: str
    status: Status
    tier: Isolation = Isolation.SELF
    remark: str = ""
    tests: tuple[TestRecord, ...] = ()
    key: str = ""
    timing: Timing = Timing()
    review: tuple[str, ...] = ()
    version: int = VERSION
    zero: bool = False
    without: tuple[str, ...] = ()

    @property
    def earned(self) -> float:
        """Points that this submission brought."""
        return sum(test.earned for test in self.tests)

    @property
    def measured(self) -> float:
        """Points of the tests that measured something; what says nothing of the student does not count."""
        return sum(test.points for test in self.tests if not test.verdict.meaning.costs_nothing)
