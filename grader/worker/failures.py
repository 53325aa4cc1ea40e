"""Exceptions in a worker as data: class names, message, cause, and lines of the student's files.

Causes have the fields of `grader.records.Cause`.
"""

import ast
import faulthandler
import signal
import traceback
from collections.abc import Collection, Iterable, Sequence
from pathlib import PurePath
from typing import Any

from grader.worker.advice import advice, nearest, signature_advice
from grader.worker.interactive import EXIT
from grader.worker.policy import BlockedByPolicy
from grader.worker.syntax_advice import syntax_advice

CauseData = dict[str, Any]


class RefusedImport(BlockedByPolicy, ModuleNotFoundError):
    """The student's code uses a library that is not on its task's list of imports."""

    cause: CauseData | None = None


class BrokenImport(ImportError):
    """The student's code uses a name of another of its files that does not load or does not define it."""

    cause: CauseData | None = None


class MissingName(Exception):
    """The judge asks for a file or a name that does not exist."""

    def __init__(self, message: str, cause: CauseData) -> None:
        super().__init__(message)
        self.cause = cause


def missing_file(stem: str) -> CauseData:
    """Return the cause of a file that was not handed in."""
    return {"kind": "missing_file", "file": f"{stem}.py"}


def missing_name(stem: str, name: str) -> CauseData:
    """Return the cause of a name that a file does not define."""
    return {"kind": "missing_name", "file": f"{stem}.py", "name": name}


def circular_import(stem: str, name: str) -> CauseData:
    """Return the cause of a name that a file has not defined yet when a file that it imports needs it."""
    return {"kind": "circular_import", "file": f"{stem}.py", "name": name}


def unloadable(stem: str) -> CauseData:
    """Return the cause of a file that must not be run; the judge, which forbade it, knows the reason."""
    return {"kind": "unloadable", "file": f"{stem}.py"}


def syntax_error(file: str, line: int | None) -> CauseData:
    """Return the cause of a file that does not compile."""
    return {"kind": "syntax_error", "file": file, "line": line or 0}


def refused_import(file: str, line: int, module: str) -> CauseData:
    """Return the cause of using an import that is not on the list."""
    return {"kind": "refused_import", "file": file, "line": line, "name": module}


def forbidden(stem: str, name: str) -> CauseData:
    """Return the cause of a file that uses a library or operator forbidden by its task while it loads."""
    return {"kind": "forbidden", "file": f"{stem}.py", "name": name}


def exception(stem: str, name: str) -> CauseData:
    """Return the cause of a file that raises an exception of this class while it loads."""
    return {"kind": "exception", "file": f"{stem}.py", "name": name}


def where_else(name: str, names: Collection[str], source: str) -> str:
    """Return where a missing function may be: inside a class or a function, or under a similar name; may be empty."""
    outers = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    for outer in outers:
        if any(isinstance(node, ast.FunctionDef) and node.name == name for node in outer.body):
            kind = "class" if isinstance(outer, ast.ClassDef) else "function"
            return f": it stands inside of the {kind} {outer.name}, and must stand by itself, without indentation"
    near = similar(name, names)
    return f": it has {near}; the name must stay {name}" if near else ""


def similar(name: str, names: Iterable[str]) -> str:
    """Return the public name that is nearest to a missing one; empty if none is near."""
    public = [known for known in names if known[:1] != "_"]
    return nearest(name, public) or next((known for known in public if name.lower() in known.lower().split("_")), "")


def unwritten(text: str) -> CauseData:
    """Return the cause of a stub that raises, from its message: ``"perceptron.step"``."""
    return {"kind": "unwritten", "name": text.rpartition(".")[2]}


LINE = 200  # characters of a line that does not compile
TEXT = 2000  # characters of a message that are sent
BASES = 16  # base classes that are sent
LINES = 12  # innermost traceback lines that are sent
PERIODS = (1, 2, 3)  # functions that call one another in turn
REPEATED = 3  # times in a row from which on lines are written once
COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")  # names of their frames
ERROR_OUTPUT = 2  # descriptor that the judge reads
OUT_OF_MEMORY = ("can't allocate memory", "CUDA out of memory")  # torch raises RuntimeError with these texts

Frames = list[traceback.FrameSummary]


def described(
    error: BaseException, paths: Collection[str], phase: str, stem: str = "", called: tuple[Any, str] | None = None
) -> dict[str, Any]:
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
    called : tuple of (object, str), optional
        The function that was called, and its name.

    Returns
    -------
    dict
        With keys ``kinds``, ``text``, ``where``, ``phase``, ``cause`` and ``errno``.
    """
    frames = _readable([frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in paths])
    data = {"cause": _cause(error, frames, phase, stem), "errno": _errno(error)}
    if isinstance(error, SyntaxError) and phase == "load":
        return data | {"kinds": ("SyntaxError",), "text": syntax_text(error), "where": (), "phase": phase}
    where = collapsed(
        [f"{PurePath(frame.filename).name}, line {frame.lineno}: {(frame.line or '')[:LINE]}" for frame in frames]
    )
    # A TypeError raised before any line of the student's code ran: the call did not fit the function's signature.
    if phase == "call" and not frames and isinstance(error, TypeError):
        phase = "signature"
    text = _advised(_text(error), error, called if phase == "signature" else None)
    return data | {"kinds": _kinds(error), "text": text, "where": where[-LINES:], "phase": phase}


def _readable(frames: Frames) -> Frames:
    """Leave out the frames of comprehensions: before Python 3.12 their line stands there twice."""
    places = [(frame.filename, frame.lineno) for frame in frames]
    return [
        frame
        for number, frame in enumerate(frames)
        if frame.name not in COMPREHENSIONS or places[number] not in places[max(number - 1, 0) : number]
    ]


def collapsed(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the lines of a traceback with each recursion written once, and how often it went on.

    Examples
    --------
    >>> collapsed(["a", "b", "b", "b", "b", "c"])
    ('a', 'b', '(this line 3 times more)', 'c')
    >>> collapsed(["a", "b", "c", "b", "c", "b", "c"])
    ('a', 'b', 'c', '(these 2 lines 2 times more)')
    """
    shown: list[str] = []
    start = 0
    while start < len(lines):
        period, times = max(((period, _repeats(lines, start, period)) for period in PERIODS), key=lambda run: run[1])
        if times < REPEATED:
            period = times = 1
        shown += lines[start : start + period]
        if times > 1:
            shown.append(f"({'this line' if period == 1 else f'these {period} lines'} {times - 1} times more)")
        start += period * times
    return tuple(shown)


def _repeats(lines: Sequence[str], start: int, period: int) -> int:
    """Return how often the lines of a period stand in a row from a start on; at least once."""
    times = 1
    while lines[start : start + period] == lines[start + times * period : start + (times + 1) * period]:
        times += 1
    return times


def show_stack_on_signal() -> None:
    """Print the stack when the judge asks for it by a signal, whatever the student's code is doing. Not on Windows."""
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGUSR1, file=ERROR_OUTPUT, all_threads=False)


def _cause(error: BaseException, frames: Frames, phase: str, stem: str) -> CauseData | None:
    """Return the cause of the engine's own exceptions, of stubs, and of files that do not load; else None."""
    if isinstance(error, RefusedImport):
        return _of_import(error, frames, phase)
    if isinstance(error, BrokenImport | MissingName):
        return error.cause
    if isinstance(error, NotImplementedError):
        return unwritten(_text(error))
    return _of_load(error, stem) if phase == "load" else None


def _of_import(error: RefusedImport, frames: Frames, phase: str) -> CauseData | None:
    """Return the cause, with the line that uses the import if it is another line of the same file."""
    if error.cause is None:
        return None
    used = frames[-1] if frames else None
    is_same = used is not None and PurePath(used.filename).name == error.cause["file"]
    line = used.lineno if used is not None and is_same and used.lineno != error.cause["line"] else 0
    kind = "import_at_load" if phase == "load" else error.cause["kind"]
    return error.cause | {"kind": kind, "used_line": line}


def _of_load(error: BaseException, stem: str) -> CauseData:
    if isinstance(error, SyntaxError):
        return syntax_error(PurePath(error.filename or "").name, error.lineno)
    if isinstance(error, BlockedByPolicy):
        return forbidden(stem, error.what)
    return exception(stem, _kinds(error)[0])


def _errno(error: BaseException) -> int:
    """Return the errno of an `OSError`; 0 for other exceptions."""
    return error.errno if isinstance(error, OSError) and type(error.errno) is int else 0


def _kinds(error: BaseException) -> tuple[str, ...]:
    if any(text in _text(error) for text in OUT_OF_MEMORY):
        return ("MemoryError",)
    return tuple(base.__name__[:100] for base in type(error).__mro__[:BASES])


def _text(error: BaseException) -> str:
    try:
        text = str(error)[:TEXT]
        return f"{text}: {EXIT}".removeprefix(": ") if isinstance(error, SystemExit) else text
    except Exception:  # a student's __str__ may fail in any way; the kind still says what happened
        return ""


def _advised(text: str, error: BaseException, called: tuple[Any, str] | None) -> str:
    """Return an exception's message with what may have to be changed."""
    try:
        more = signature_advice(*called) if called else advice(error)
    except Exception:  # names and signatures are the student's, and may fail in any way
        return text
    return f"{text.rstrip(' .')}; {more}" if text and more else text


def syntax_text(error: SyntaxError) -> str:
    """Return place, message, advice and line of a syntax error."""
    line = (error.text or "").strip()
    place = f"{PurePath(error.filename or '').name}, line {error.lineno}"
    more = syntax_advice(error.msg, line[:LINE])
    return f"{place}: {error.msg}" + (f"; {more}" if more else "") + (f": {line[:LINE]}" if line else "")
