"""Verdicts on tests, with one table of their meanings, and causes as data."""

from enum import StrEnum

from msgspec import Struct


class Verdict(StrEnum):
    """Verdict on one test."""

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
    """Style in which a verdict is shown; its sign and colour are in `grader/report/screens.py`."""

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
        Text for the student beside the test's title; empty if the sign is enough.
    label : str
        Label before the test's message on the student's screen, if the message is not about a problem in the code.
    remark : str
        Text in the class table; empty for none.
    costs_nothing : bool
        The student is not to blame: the points of the test are not counted.
    ran : bool
        The end of the test shows the student's progress; false for a test that was skipped or not measured.
    is_done : bool
        It does not keep the task from counting as done.
    blames_code : bool
        The test found a fault in the code that it ran.
    clears_solution : bool
        It is acceptable for the course's solution; this includes tests that a machine cannot run.
    tried_again : bool
        It is not final: the next run repeats these tests, and only these.
    tried_alone : bool
        The test is repeated once at the end of the same run, while nothing else is graded.
    is_replayed : bool
        A replay of the test, and its printed output, can help the student.
    is_certain : bool
        The same code ends so in every run: neither the machine nor the moment decides.
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
    is_certain: bool = False


MEANINGS: dict[Verdict, Meaning] = {
    Verdict.PASSED: Meaning(look=Look.RIGHT, is_done=True, clears_solution=True, is_certain=True),
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
    Verdict.FAILED: Meaning(look=Look.WRONG, remark="wrong", blames_code=True, is_replayed=True, is_certain=True),
    Verdict.NOT_ATTEMPTED: Meaning(look=Look.OPEN, remark="not attempted", blames_code=True, is_certain=True),
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
        is_certain=True,
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
"""One row per verdict; if several cost a submission the same, the class table names the upper one first."""


class CauseKind(StrEnum):
    """Kind of cause."""

    MISSING_FILE = "missing_file"
    NO_RETURN = "no_return"  # this and the next three: how loading the file ended
    MEMORY = "memory"
    CPU_TIME = "cpu_time"
    PROCESS_ENDED = "process_ended"
    SYNTAX_ERROR = "syntax_error"
    IMPORT_AT_LOAD = "import_at_load"  # loading the file needs a library that may not be imported
    MISSING_NAME = "missing_name"
    CIRCULAR_IMPORT = "circular_import"  # the file defines the name only after importing a file that needs it
    FORBIDDEN = "forbidden"  # loading the file uses what the task forbids
    EXCEPTION = "exception"  # loading the file raises an exception
    REFUSED_IMPORT = "refused_import"  # a call uses a library that may not be imported
    UNWRITTEN = "unwritten"
    WRONG_RESULT = "wrong_result"  # `got`, `expected` and `differs` describe it fully
    GRADER_ENDED = "grader_ended"  # the judge's process ended during the test
    GIVEN = "given"  # the points are for the task by itself: with the reference in the place of lower tasks


_NOT_OF_A_FILE = (
    CauseKind.REFUSED_IMPORT,
    CauseKind.UNWRITTEN,
    CauseKind.WRONG_RESULT,
    CauseKind.GRADER_ENDED,
    CauseKind.GIVEN,
)


class Cause(Struct, frozen=True, omit_defaults=True):
    """Cause of a test's outcome.

    Attributes
    ----------
    kind : CauseKind
    file : str
        The submission's file at fault: ``neuron.py``.
    line : int
        Line in that file; 0 if unknown.
    name : str
        The missing function, the unwritten task, the module that may not be imported, the class of the exception, or
        the tasks that the reference replaced, separated by commas.
    used_line : int
        Line of the same file that uses the refused import; 0 if it is the line of the import itself.
    """

    kind: CauseKind
    file: str = ""
    line: int = 0
    name: str = ""
    used_line: int = 0

    @property
    def keeps_from_loading(self) -> bool:
        """Whether a file, or a name defined in it, could not be loaded."""
        return self.kind not in _NOT_OF_A_FILE
