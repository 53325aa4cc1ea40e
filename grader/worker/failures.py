"""Exceptions of the student's code as data: class names, message, cause, and lines of the student's files."""

import traceback
from collections.abc import Collection
from pathlib import PurePath
from typing import Any

from grader.worker import causes
from grader.worker.placeholder import BrokenImport, MissingName, RefusedImport
from grader.worker.policy import BlockedByPolicy

TEXT = 2000  # characters of a message that are sent
BASES = 16  # base classes that are sent
LINES = 12  # innermost traceback lines that are sent
OUT_OF_MEMORY = ("can't allocate memory", "CUDA out of memory")  # torch raises RuntimeError with these texts

Frames = list[traceback.FrameSummary]


def described(error: BaseException, paths: Collection[str], phase: str, stem: str = "") -> dict[str, Any]:
    """Return an exception as plain data.

    Parameters
    ----------
    error : BaseException
    paths : collection of str
        Names of the student's files in tracebacks.
    phase : str
        ``load``, ``missing`` or ``call``.
    stem : str, optional
        Stem of the file to load.

    Returns
    -------
    dict
        With keys ``kinds``, ``text``, ``where``, ``phase``, ``cause`` and ``errno``.
    """
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in paths]
    told = {"cause": _cause(error, frames, phase, stem), "errno": _errno(error)}
    if isinstance(error, SyntaxError) and phase == "load":
        return told | {"kinds": ("SyntaxError",), "text": _syntax_text(error), "where": (), "phase": phase}
    where = tuple(
        f"{PurePath(frame.filename).name}, line {frame.lineno}: {(frame.line or '')[:200]}" for frame in frames
    )
    # A TypeError raised before any line of the student's code ran: the call did not fit the function's signature.
    if phase == "call" and not frames and isinstance(error, TypeError):
        phase = "signature"
    return told | {"kinds": _kinds(error), "text": _text(error), "where": where[-LINES:], "phase": phase}


def _cause(error: BaseException, frames: Frames, phase: str, stem: str) -> causes.Told | None:
    """Return the cause of the engine's own exceptions, of stubs, and of files that do not load; else None."""
    if isinstance(error, RefusedImport):
        return _of_import(error, frames, phase)
    if isinstance(error, BrokenImport | MissingName):
        return error.cause
    if isinstance(error, NotImplementedError):
        return causes.unwritten(_text(error))
    return _of_load(error, stem) if phase == "load" else None


def _of_import(error: RefusedImport, frames: Frames, phase: str) -> causes.Told | None:
    """Return the cause, with the line that uses the import if it is another line of the same file."""
    if error.cause is None:
        return None
    used = frames[-1] if frames else None
    is_same = used is not None and PurePath(used.filename).name == error.cause["file"]
    line = used.lineno if used is not None and is_same and used.lineno != error.cause["line"] else 0
    kind = "import_at_load" if phase == "load" else error.cause["kind"]
    return error.cause | {"kind": kind, "used_line": line}


def _of_load(error: BaseException, stem: str) -> causes.Told:
    if isinstance(error, SyntaxError):
        return causes.syntax_error(PurePath(error.filename or "").name, error.lineno)
    if isinstance(error, BlockedByPolicy):
        return causes.forbidden(stem, error.what)
    return causes.exception(stem, _kinds(error)[0])


def _errno(error: BaseException) -> int:
    """Return the errno of an `OSError`; 0 for other exceptions."""
    return error.errno if isinstance(error, OSError) and type(error.errno) is int else 0


def _kinds(error: BaseException) -> tuple[str, ...]:
    if any(text in _text(error) for text in OUT_OF_MEMORY):
        return ("MemoryError",)
    return tuple(base.__name__[:100] for base in type(error).__mro__[:BASES])


def _text(error: BaseException) -> str:
    try:
        return str(error)[:TEXT]
    except Exception:  # a student's __str__ may fail in any way; the kind still says what happened
        return ""


def _syntax_text(error: SyntaxError) -> str:
    line = (error.text or "").strip()
    place = f"{PurePath(error.filename or '').name}, line {error.lineno}"
    return f"{place}: {error.msg}" + (f": {line[:200]}" if line else "")
