"""Causes as a worker tells them: the fields of `grader.records.Cause`, as plain data that can travel."""

from typing import Any

Told = dict[str, Any]


def missing_file(stem: str) -> Told:
    """Tell that a file was not handed in."""
    return {"kind": "missing_file", "file": f"{stem}.py"}


def missing_name(stem: str, name: str) -> Told:
    """Tell that a file does not define a name."""
    return {"kind": "missing_name", "file": f"{stem}.py", "name": name}


def circular_import(stem: str, name: str) -> Told:
    """Tell that a file has not come to define a name when another one, which it imports, needs it."""
    return {"kind": "circular_import", "file": f"{stem}.py", "name": name}


def unloadable(stem: str) -> Told:
    """Tell that a file is one of those that may not be run: the judge, who has said so, knows why."""
    return {"kind": "unloadable", "file": f"{stem}.py"}


def syntax_error(file: str, line: int | None) -> Told:
    """Tell that a file does not compile."""
    return {"kind": "syntax_error", "file": file, "line": line or 0}


def refused_import(file: str, line: int, module: str) -> Told:
    """Tell that an import that is not on the list is used."""
    return {"kind": "refused_import", "file": file, "line": line, "name": module}


def forbidden(stem: str, name: str) -> Told:
    """Tell that a file uses a library or an operator that its task forbids, while it is loaded."""
    return {"kind": "forbidden", "file": f"{stem}.py", "name": name}


def exception(stem: str, name: str) -> Told:
    """Tell the class of what a file raises while it is loaded."""
    return {"kind": "exception", "file": f"{stem}.py", "name": name}


def unwritten(text: str) -> Told:
    """Tell which task's stub raises, from what it raises: ``"perceptron.step"``."""
    return {"kind": "unwritten", "name": text.rpartition(".")[2]}
