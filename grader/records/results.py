"""Frozen, typed, versioned records of graded tests and submissions.

They hold only data and values derived from it. Every record is a `msgspec.Struct`: `msgspec.json.encode(record)` writes
JSON, and `msgspec.json.decode(text, type=TestRecord)` reads it.
"""

from enum import StrEnum

from msgspec import Struct, field

from grader.records.choices import Choice, counting
from grader.records.verdicts import Cause, Verdict

VERSION = 2


class Isolation(StrEnum):
    """Level of isolation under which the student's code ran."""

    SEALED = "sealed"
    WEAK = "weak"
    SELF = "self"


class Status(StrEnum):
    """Status of one submission of one unit."""

    GRADED = "graded"
    REJECTED = "rejected"
    MISSING = "missing"
    WAITING = "waiting"  # handed in, but not part of a run yet
    GRADER_ERROR = "grader_error"


STATUS_WORDS = {
    Status.GRADED: "graded",
    Status.REJECTED: "refused",
    Status.MISSING: "not submitted",
    Status.WAITING: "not graded yet",
    Status.GRADER_ERROR: "not measured",
}
"""Text that users see for each status."""


class Slices(Struct, frozen=True):
    """Part of a wrong array and of the right one, as rows of numbers: the last two axes, around the first wrong place.

    Attributes
    ----------
    place : str
        Which part: ``[0, 2, :, :]``.
    got, expected : tuple of tuple of float
        None where a number is not finite.
    """

    place: str
    got: tuple[tuple[float | None, ...], ...]
    expected: tuple[tuple[float | None, ...], ...]


class Feedback(Struct, frozen=True, omit_defaults=True):
    """Feedback of a test in the student's terms; fields without content are empty.

    Attributes
    ----------
    message : str
        The failure in one sentence (an exception of the student's code, a limit that was exceeded, a broken property).
    called : str
        The call with its arguments' types and shapes.
    given : str
        The arrays among the arguments number by number, as far as they are small.
    got, expected, differs : str
        Actual result, expected result, and the difference.
    likely : str
        Public text of the misconception that gives the same answers as the student's code.
    where : tuple of str
        Traceback lines of the student's own files, outermost first: ``"conv.py, line 12: out = x @ w"``.
    near : tuple of str
        Lines of these files that were running when the time ran out, by one sample; empty if none could be taken.
    printed : str
        End of the student's printed output during the test.
    replay : str
        The seed for ``grade replay``.
    timed : str
        Measurement of a timed test and the tier reached; also if the test passed.
    review : str
        Reason for a manual review of the measured code.
    cause : Cause or None
        Cause as data, for code that decides by it; None if it is unknown, and in older records.
    slices : Slices or None
        What can be drawn of a wrong array; only of visible tests at home.
    """

    message: str = ""
    called: str = ""
    given: str = ""
    got: str = ""
    expected: str = ""
    differs: str = ""
    likely: str = ""
    where: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    printed: str = ""
    replay: str = ""
    timed: str = ""
    review: str = ""
    cause: Cause | None = None
    slices: Slices | None = None


class Speed(Struct, frozen=True):
    """Result of a race.

    Attributes
    ----------
    ratio, low, high : float
        Student's time divided by torch's: median of the pairs, and its 95 % interval.
    pairs : int
        Number of paired measurements.
    device : str
        ``one thread of AMD EPYC``, or a GPU with the dtype.
    tier : str
        ``gold``, ``silver``, ``bronze``, or empty below bronze.
    seconds, reference_seconds : float
        Median time of a call of the student's function, and of torch's.
    workers : int
        Number of student workers that were raced, one after the other.
    mean : float
        Student's mean time divided by torch's; far above the median if calls differ in cost.
    confirmed : bool
        Below gold: a second race, while the machine was quiet, gave no better result.
    others : tuple of Speed
        Results of the same test with other dtypes.
    details : str
        What changes from race to race on a GPU: ``batches of 10.1 ms, 1980 MHz``.
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
    details: str = ""


class TestRecord(Struct, frozen=True):
    """Result of one test of one submission.

    Attributes
    ----------
    unit, task, test : str
        Names from the registry, and the test function's name.
    title : str
        Tested property in words, from the test function's name.
    hidden : bool
        Whether the test is hidden from the student.
    points, earned : float
        Maximum and earned points; ``0 <= earned <= points``.
    verdict : Verdict
    feedback : Feedback
    seconds : float
        Wall time. Only this, the measurements of timed tests and `Feedback.near` differ between two gradings of one
        submission.
    speed : Speed or None
        Measurement of a timed test; None if nothing was timed.
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
    """Breakdown of the time of one submission, in seconds of wall time unless stated otherwise.

    Attributes
    ----------
    worker, judge, references, total : float
    charged : float
        Time charged to the workers, independent of other load on the machine.
    by_wall : bool
        Whether time limits used wall time, because the platform has no better clock.
    judge_cpu : float
        CPU time of the judge's own process.
    judge_mib : float
        Peak memory of that process, including shared memory; 0 if the platform does not report it.
    second_chances, naming : float
        CPU time of the judge's own process for second runs of failed tests, and for names of mistakes.
    workers : int
        Workers that were started.
    workers_cpu : float
        CPU time of these processes, with what their start costs them.
    """

    worker: float = 0.0
    judge: float = 0.0
    references: float = 0.0
    total: float = 0.0
    charged: float = 0.0
    by_wall: bool = False
    judge_cpu: float = 0.0
    judge_mib: float = 0.0
    second_chances: float = 0.0
    naming: float = 0.0
    workers: int = 0
    workers_cpu: float = 0.0


class Result(Struct, frozen=True):
    """One submission of one unit, graded or refused.

    Attributes
    ----------
    student, unit : str
    status : Status
    tier : Isolation
        Isolation under which it ran.
    remark : str
        Remark for the class table: why it was refused, or which file does not load.
    tests : tuple of TestRecord
        In the order of the suite.
    key : str
        Hash of submission, suite, course secret and environment, which a rerun compares.
    timing : Timing
    review : tuple of str
        Places in the code for manual review: ``"conv.py, line 12: imports ctypes: ..."``.
    version : int
        Version of the record format.
    zero : bool
        The instructor decided that this refused submission counts as zero; until then it has no score.
    without : tuple of str
        Tests of the unit that the instructor excluded, as ``file.test``.
    choices : tuple of Choice
        The unit's: options of which only the best few count.
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
    choices: tuple[Choice, ...] = ()

    @property
    def counting(self) -> tuple[TestRecord, ...]:
        """Tests that count: of a choice those of the best options."""
        return counting(self.tests, self.choices)

    @property
    def earned(self) -> float:
        """Points earned by this submission."""
        return sum(test.earned for test in self.counting)

    @property
    def measured(self) -> float:
        """Maximum points of the tests that count; tests that say nothing about the student are left out."""
        return sum(test.points for test in self.counting if not test.verdict.meaning.costs_nothing)


class BriefResult(Result, frozen=True):
    """A result as `results.json` has it, with its sums and without its tests: what grades follow from.

    Attributes
    ----------
    tests : tuple of TestRecord
        Empty: they are passed over where this is read.
    earned, measured : float
        The sums of the tests.
    """

    tests: tuple[TestRecord, ...] = field(default=(), name="tests that are not read")
    earned: float = 0.0
    measured: float = 0.0
