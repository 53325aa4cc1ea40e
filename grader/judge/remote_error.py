"""Exceptions of the student's code as a worker reports them, and their outcomes."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from msgspec import Struct

from grader.course.model import Limits
from grader.judge.outcomes import Blocked, DoesNotLoad, NotAttempted, OutcomeException, OutOfMemory, StudentRaised
from grader.records import Cause, CauseKind
from grader.worker.failures import collapsed

TEXT = 2000  # characters that are kept of any text from a worker
LINES = 20
NAME_CHARACTERS = 100

_NAME = re.compile(r"\.*[^\W\d]\w*(?:(?:\.|::)\w+)*")  # a function, a class, a module's path, an operator of torch
_FRAME = re.compile(r'^  File "([^"\n]{1,200})\.py", line (\d{1,7}) in .{1,200}$', re.MULTILINE)
_LIMITS = {  # by errno
    24: "it may open {0.open_files} files",
    27: "it may write {0.disk_mib} MiB",
    28: "it may write {0.disk_mib} MiB",
}


class Known(Struct, frozen=True):
    """Names against which a worker's report of a cause is checked.

    Attributes
    ----------
    files : collection of str
        The unit's files, by stem.
    tasks : collection of str
        The unit's tasks.
    unloadable : mapping of str to Cause or None
        Cause for each file that the worker must not run, by stem.
    """

    files: Collection[str] = ()
    tasks: Collection[str] = ()
    unloadable: Mapping[str, Cause | None] = {}


class RemoteError(Struct, frozen=True):
    """Worker's report of an exception; every field may be forged, so it is only ever shown.

    Attributes
    ----------
    kinds : tuple of str
        Names of the exception's class and of its bases.
    text : str
    phase : str
        ``load``, ``missing``, ``signature``, ``call`` or ``answer``.
    where : tuple of str
        Lines of the student's files.
    cause : Cause or None
        Cause whose files are the unit's and whose names are valid.
    errno : int
        Error number of the operating system; 0 for other exceptions.
    """

    kinds: tuple[str, ...]
    text: str
    phase: str
    where: tuple[str, ...]
    cause: Cause | None = None
    errno: int = 0

    @property
    def kind(self) -> str:
        """Name of the exception's class."""
        return self.kinds[0] if self.kinds else "an exception"

    def outcome(self, label: str, file: str, limits: Limits) -> OutcomeException:
        """Return the outcome of a test that called the function `label` in the file with the given stem."""
        where, cause = self.where, self.cause
        if "BlockedByPolicy" in self.kinds:
            return Blocked(self._load_message(file, with_kind=False), where=where, cause=cause)
        if "BrokenImport" in self.kinds:
            return DoesNotLoad(self._load_message(file, with_kind=False), where=where, cause=cause)
        if "NotImplementedError" in self.kinds:
            return NotAttempted(f"{self.text or label} is not written yet", cause=cause)
        if "MemoryError" in self.kinds:
            return self._out_of_memory(label, file, limits)
        if self.phase in ("load", "missing"):
            return DoesNotLoad(self._load_message(file), where=where, cause=cause or self._of_load(file))
        return StudentRaised(self.kinds, self._call_message() + self._limit(limits), function=label, where=where)

    def _out_of_memory(self, label: str, file: str, limits: Limits) -> OutOfMemory:
        at_load = self.phase == "load"
        what = f"loading {file}.py" if at_load else label
        message = f"{what} needs more memory than it may use ({limits.memory_mib} MiB)"
        return OutOfMemory(message, where=self.where, cause=Cause(CauseKind.MEMORY, f"{file}.py") if at_load else None)

    def _of_load(self, file: str) -> Cause | None:
        """Return the cause that follows from the judge's own request, if the worker reported none."""
        return Cause(CauseKind.EXCEPTION, f"{file}.py", name=_name(self.kind)) if self.phase == "load" else None

    def _limit(self, limits: Limits) -> str:
        """Name the limit behind an error of the operating system."""
        return f" ({_LIMITS[self.errno].format(limits)})" if self.errno in _LIMITS else ""

    def _load_message(self, file: str, *, with_kind: bool = True) -> str:
        kind = f"{self.kind}: " if with_kind else ""
        return f"{file}.py does not load: {kind}{self.text}".rstrip(": ") if self.phase == "load" else self.text

    def _call_message(self) -> str:
        return f"{self.text}. Has the signature been changed?" if self.phase == "signature" else self.text


def remote_error(reply: dict[Any, Any], known: Known) -> RemoteError:
    """Read a worker's report of an exception; fields of the wrong form are left out."""
    return RemoteError(
        _texts(reply.get("kinds")),
        _text(reply.get("text")),
        _text(reply.get("phase")),
        _texts(reply.get("where")),
        _cause(reply.get("cause"), known),
        _number(reply.get("errno")),
    )


def _cause(reply: Any, known: Known) -> Cause | None:
    """Return the reported cause if its file and task are the unit's, otherwise None."""
    if type(reply) is not dict:
        return None
    kind, file, name = (_text(reply.get(key)) for key in ("kind", "file", "name"))
    stem = file.removesuffix(".py")
    if kind == "unloadable":
        return known.unloadable.get(stem)
    if kind not in _TOLD or (file and (stem not in known.files or file != f"{stem}.py")):
        return None
    return _checked(
        Cause(CauseKind(kind), file, _number(reply.get("line")), _name(name), _number(reply.get("used_line"))), known
    )


def _checked(cause: Cause, known: Known) -> Cause | None:
    """Return a cause if it has the fields that its kind requires, otherwise None."""
    if cause.kind is CauseKind.UNWRITTEN:
        return Cause(cause.kind, name=cause.name) if cause.name in known.tasks else None
    return cause if cause.file and (cause.name or cause.kind in _NAMELESS) else None


_NAMELESS = (CauseKind.MISSING_FILE, CauseKind.SYNTAX_ERROR)
_OWN = frozenset(  # causes that only the judge can know
    (
        CauseKind.WRONG_RESULT,
        CauseKind.GRADER_ENDED,
        CauseKind.GIVEN,
        CauseKind.NO_RETURN,
        CauseKind.CPU_TIME,
        CauseKind.PROCESS_ENDED,
    )
)
_TOLD = frozenset(CauseKind) - _OWN - {CauseKind.MEMORY}


def _name(value: str) -> str:
    return value if len(value) <= NAME_CHARACTERS and _NAME.fullmatch(value) else ""


def _number(value: Any) -> int:
    return value if type(value) is int and 0 < value < 1 << 31 else 0


def _text(value: Any) -> str:
    return value[:TEXT] if type(value) is str else ""


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_text(item) for item in value[:LINES]) if type(value) is tuple else ()


def lines_of_stack(stack: str, files: Mapping[str, str]) -> tuple[str, ...]:
    """Return the student's lines in a worker's stack, the innermost last.

    The stack may be forged: a line is taken from the submission's text, and one that it does not have is left out.

    Parameters
    ----------
    stack : str
        As Python's `faulthandler` prints it, the innermost frame first.
    files : mapping of str to str
        Source text by file stem.
    """
    lines = []
    for stem, number in reversed(_FRAME.findall(stack)):
        text = files.get(stem, "").splitlines()
        if 0 < int(number) <= len(text):
            lines.append(f"{stem}.py, line {number}: {text[int(number) - 1].strip()[:200]}")
    return collapsed(lines)[-LINES:]
