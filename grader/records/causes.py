"""Why a test ended as it did, where that is known: data, so that nobody has to search a sentence for it."""

from enum import StrEnum

from msgspec import Struct


class CauseKind(StrEnum):
    """What kind of cause it is."""

    MISSING_FILE = "missing_file"
    NO_RETURN = "no_return"  # this and the three after it: loading the file ended so
    MEMORY = "memory"
    CPU_TIME = "cpu_time"
    PROCESS_ENDED = "process_ended"
    SYNTAX_ERROR = "syntax_error"
    IMPORT_AT_LOAD = "import_at_load"  # the file cannot be loaded without a library that may not be imported
    MISSING_NAME = "missing_name"
    CIRCULAR_IMPORT = "circular_import"  # the file defines the name, but only after the file that it imports needs it
    FORBIDDEN = "forbidden"  # loading the file uses what the task forbids
    EXCEPTION = "exception"  # loading the file raises it
    REFUSED_IMPORT = "refused_import"  # a call uses a library that may not be imported
    UNWRITTEN = "unwritten"
    WRONG_RESULT = "wrong_result"  # what came, what should have come and how far apart they are say all of it
    GRADER_ENDED = "grader_ended"  # the judge's process ended in the middle of the test


_NOT_OF_A_FILE = (CauseKind.REFUSED_IMPORT, CauseKind.UNWRITTEN, CauseKind.WRONG_RESULT, CauseKind.GRADER_ENDED)


class Cause(Struct, frozen=True, omit_defaults=True):
    """One cause.

    Attributes
    ----------
    kind : CauseKind
    file : str
        The submission's file that is to blame: ``neuron.py``.
    line : int
        Where in it; 0 where no line is known.
    name : str
        The function that is missing, the task that is not written, the module that may not be imported, or the class
        of the exception.
    used_line : int
        Where in the same file an import is used that may not be made; 0 where that is its own line.
    """

    kind: CauseKind
    file: str = ""
    line: int = 0
    name: str = ""
    used_line: int = 0

    @property
    def keeps_from_loading(self) -> bool:
        """Tell whether a file, or a name of it, could not be had."""
        return self.kind not in _NOT_OF_A_FILE
