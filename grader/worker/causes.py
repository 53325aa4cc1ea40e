"""Causes of failures in a worker, as plain data with the fields of `grader.records.Cause`."""

from typing import Any

Told = dict[str, Any]


def missing_file(stem: str) -> Told:
    """Return the cause of a file that was not handed in."""
    return {"kind": "missing_file", "file": f"{stem}.py"}


def missing_name(stem: str, name: str) -> Told:
    """Return the cause of a name that a file does not define."""
    return {"kind": "missing_name", "file": f"{stem}.py", "name": name}


def circular_import(stem: str, name: str) -> Told:
    """Return the cause of a name that a file has not defined yet when a file that it imports needs it."""
    return {"kind": "circular_import", "file": f"{stem}.py", "name": name}


def unloadable(stem: str) -> Told:
    """Return the cause of a file that must not be run; the judge, which forbade it, knows the reason."""
    return {"kind": "unloadable", "file": f"{stem}.py"}


def syntax_error(file: str, line: int | None) -> Told:
    """Return the cause of a file that does not compile."""
    return {"kind": "syntax_error", "file": file, "line": line or 0}


def refused_import(file: str, line: int, module: str) -> Told:
    """Return the cause of using an import that is not on the list."""
    return {"kind": "refused_import", "file": file, "line": line, "name": module}


def forbidden(stem: str, name: str) -> Told:
    """Return the cause of a file that uses a library or operator forbidden by its task while it loads."""
    return {"kind": "forbidden", "file": f"{stem}.py", "name": name}


def exception(stem: str, name: str) -> Told:
    """Return the cause of a file that raises an exception of this class while it loads."""
    return {"kind": "exception", "file": f"{stem}.py", "name": name}


def unwritten(text: str) -> Told:
    """Return the cause of a stub that raises, from its message: ``"perceptron.step"``."""
    return {"kind": "unwritten", "name": text.rpartition(".")[2]}
