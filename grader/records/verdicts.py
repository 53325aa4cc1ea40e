"""What each verdict means: one table, from which every other module reads what it wants to know of a verdict."""

from enum import StrEnum

from msgspec import Struct


class Verdict(StrEnum):
    """How one test ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_ATTEMPTED = "not_attempted"
    CRASHED = "crashed"
    TIMED_OUT = "timed_out"
    NOT_MEASURED = "not_measured"
    OUT_OF_MEMORY = "out_of_memory"
    BLOCKED = "blocked"
    SKIPPED = "skipped"
    TOO_NOISY = "too_noisy"
    NO_GPU = "no_gpu"
    GRADER_ERROR = "grader_error"

    @property
    def meaning(self) -> "Meaning":
        """This verdict's row of the table."""
        return MEANINGS[self]


class Look(StrEnum):
    """How a verdict is drawn; the sign and the colour of each look stand in `grader/report/terminal.py`."""

    RIGHT = "right"
    WRONG = "wrong"
    OPEN = "open"
    LEFT_OUT = "left_out"
    UNMEASURED = "unmeasured"
    BROKEN = "broken"


class Meaning(Struct, frozen=True, kw_only=True):
    """One row of the table.

    Attributes
    ----------
    look : Look
    words : str
        What the student reads beside the test's title; empty where the sign says it all.
    label : str
        What stands before the test's message on the student's screen, where that tells no problem of the code's.
    remark : str
        What the class table says of it; empty where it has nothing to say.
    costs_nothing : bool
        It cannot be held against a student: the points of the test are not counted.
    ran : bool
        The test came to an end that shows how far the student is; one that was skipped or not measured did not.
    is_done : bool
        It does not stand in the way of calling the task done.
    blames_code : bool
        The test has noticed something about the code that it ran on.
    clears_solution : bool
        It says nothing against a solution that must be right; what a machine cannot run does not either.
    tried_again : bool
        It says nothing for good: the next run tries these tests again, and only these.
    tried_alone : bool
        It is tried once more at the end of the same run, while nothing else is graded.
    is_replayed : bool
        Another run of the test, and what the code printed, can show the student more.
    """

    look: Look
    words: str = ""
    label: str = ""
    remark: str = ""
    costs_nothing: bool = False
    ran: bool = True
    is_done: bool = False
    blames_code: bool = False
    clears_solution: bool = False
    tried_again: bool = False
    tried_alone: bool = False
    is_replayed: bool = False


MEANINGS: dict[Verdict, Meaning] = {
    Verdict.PASSED: Meaning(look=Look.RIGHT, is_done=True, clears_solution=True),
    Verdict.TIMED_OUT: Meaning(
        look=Look.WRONG, words="out of time", remark="timed out", blames_code=True, is_replayed=True
    ),
    Verdict.OUT_OF_MEMORY: Meaning(
        look=Look.WRONG, words="out of memory", remark="out of memory", blames_code=True, is_replayed=True
    ),
    Verdict.BLOCKED: Meaning(
        look=Look.WRONG, words="not allowed", remark="blocked", blames_code=True, is_replayed=True
    ),
    Verdict.NOT_MEASURED: Meaning(
        look=Look.UNMEASURED,
        words="not measured: the machine was too busy",
        label="because",
        remark="not measured, the machine was too busy",
        tried_again=True,
        tried_alone=True,
    ),
    Verdict.CRASHED: Meaning(look=Look.WRONG, words="crashed", remark="crashed", blames_code=True, is_replayed=True),
    Verdict.FAILED: Meaning(look=Look.WRONG, remark="wrong", blames_code=True, is_replayed=True),
    Verdict.NOT_ATTEMPTED: Meaning(look=Look.OPEN, remark="not attempted", blames_code=True),
    Verdict.GRADER_ERROR: Meaning(
        look=Look.BROKEN,
        words="the grader's own mistake: it costs no points",
        remark="grader error",
        costs_nothing=True,
        tried_again=True,
        is_replayed=True,
    ),
    Verdict.TOO_NOISY: Meaning(
        look=Look.UNMEASURED,
        words="not measured: too noisy",
        label="because",
        remark="too noisy to time, run it again",
        costs_nothing=True,
        ran=False,
        is_done=True,
        tried_again=True,
        tried_alone=True,
    ),
    Verdict.SKIPPED: Meaning(
        look=Look.LEFT_OUT,
        words="skipped",
        label="because",
        costs_nothing=True,
        ran=False,
        is_done=True,
        clears_solution=True,
    ),
    Verdict.NO_GPU: Meaning(
        look=Look.LEFT_OUT,
        words="not measured: no GPU",
        label="because",
        costs_nothing=True,
        ran=False,
        is_done=True,
        clears_solution=True,
    ),
}
"""A row for each verdict; of causes that cost a submission the same, the class table names the upper one first."""
