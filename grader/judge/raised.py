"""An exception of the student's code, as the worker tells it, and how the test ends with it."""

from dataclasses import dataclass
from typing import Any

from grader.course.model import Limits
from grader.judge.ended import Blocked, DoesNotLoad, Ended, NotAttempted, OutOfMemory, StudentRaised

TEXT = 2000  # characters that are kept of anything that the worker says
LINES = 20


@dataclass(frozen=True)
class Raised:
    """What a worker tells of an exception; every field may be forged, so it is only ever shown.

    Attributes
    ----------
    kinds : tuple of str
        Names of the exception's class and of its bases.
    text : str
    phase : str
        ``load``, ``missing``, ``signature``, ``call`` or ``answer``.
    where : tuple of str
        Lines of the student's files.
    """

    kinds: tuple[str, ...]
    text: str
    phase: str
    where: tuple[str, ...]

    @property
    def kind(self) -> str:
        """The class's own name."""
        return self.kinds[0] if self.kinds else "an exception"

    def ending(self, label: str, file: str, limits: Limits) -> Ended:
        """Return how a test ends that called the function `label` in the file of this stem."""
        if "BlockedByPolicy" in self.kinds:
            return Blocked(self._load_message(file, with_kind=False), where=self.where)
        if "BrokenImport" in self.kinds:
            return DoesNotLoad(self._load_message(file, with_kind=False), where=self.where)
        if "NotImplementedError" in self.kinds:
            return NotAttempted(f"{self.text or label} is not written yet")
        if "MemoryError" in self.kinds:
            what = f"loading {file}.py" if self.phase == "load" else label
            return OutOfMemory(f"{what} needs more memory than it may use ({limits.memory_mib} MiB)", where=self.where)
        if self.phase in ("load", "missing"):
            return DoesNotLoad(self._load_message(file), where=self.where)
        return StudentRaised(self.kinds, self._call_message() + self._limit(limits), function=label, where=self.where)

    def _limit(self, limits: Limits) -> str:
        """Name the limit behind an error of the operating system."""
        told = {
            "[Errno 24]": f" (it may open {limits.open_files} files)",
            "[Errno 27]": f" (it may write {limits.disk_mib} MiB)",
            "[Errno 28]": f" (it may write {limits.disk_mib} MiB)",
        }
        return next((words for number, words in told.items() if self.text.startswith(number)), "")

    def _load_message(self, file: str, *, with_kind: bool = True) -> str:
        kind = f"{self.kind}: " if with_kind else ""
        return f"{file}.py does not load: {kind}{self.text}".rstrip(": ") if self.phase == "load" else self.text

    def _call_message(self) -> str:
        return f"{self.text}. Has the signature been changed?" if self.phase == "signature" else self.text


def raised_from(told: dict[Any, Any]) -> Raised:
    """Read a worker's account of an exception; whatever is not of the right form is left out."""
    return Raised(
        _texts(told.get("kinds")), _text(told.get("text")), _text(told.get("phase")), _texts(told.get("where"))
    )


def _text(value: Any) -> str:
    return value[:TEXT] if type(value) is str else ""


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_text(item) for item in value[:LINES]) if type(value) is tuple else ()
