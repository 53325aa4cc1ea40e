"""Exceptions of the student's code as data: kind, message, and the lines of the student's own files."""

import traceback
from collections.abc import Collection
from pathlib import PurePath
from typing import Any

TEXT = 2000  # characters of a message that travel
BASES = 16  # classes that an exception derives from
LINES = 12  # traceback lines that travel: the innermost ones
OUT_OF_MEMORY = ("can't allocate memory", "CUDA out of memory")  # torch raises RuntimeError with these texts


def described(error: BaseException, paths: Collection[str], phase: str) -> dict[str, Any]:
    """Describe an exception.

    Parameters
    ----------
    error : BaseException
    paths : collection of str
        What tracebacks call the student's files.
    phase : str
        ``load``, ``missing`` or ``call``.

    Returns
    -------
    dict
        With keys ``kinds``, ``text``, ``where`` and ``phase``.
    """
    if isinstance(error, SyntaxError) and phase == "load":
        return {"kinds": ("SyntaxError",), "text": _syntax_text(error), "where": (), "phase": phase}
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in paths]
    where = tuple(
        f"{PurePath(frame.filename).name}, line {frame.lineno}: {(frame.line or '')[:200]}" for frame in frames
    )
    if phase == "call" and not frames and isinstance(error, TypeError):
        phase = "signature"
    return {"kinds": _kinds(error), "text": _text(error), "where": where[-LINES:], "phase": phase}


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
