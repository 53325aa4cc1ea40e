"""Causes of test outcomes as data, so that no code has to search messages for them."""

from enum import StrEnum

from msgspec import Struct


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


_NOT_OF_A_FILE = (CauseKind.REFUSED_IMPORT, CauseKind.UNWRITTEN, CauseKind.WRONG_RESULT, CauseKind.GRADER_ENDED)


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
        The missing function, the unwritten task, the module that may not be imported, or the class of the exception.
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
