"""Errors that are reported to the user: one class per cause, each with an exit code; suggestions of similar names.

The message says what is wrong and with which file, unit or task; `hint` is the next command to type.
"""

import difflib
import errno
from collections.abc import Iterable

SIMILAR = 0.6  # enough for a suggestion
ALMOST_EQUAL = 0.85  # enough to identify a folder
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}  # Windows has no EDQUOT


class DeepgradeError(Exception):
    """Base class of errors that are shown to the user in one or two lines, without a traceback.

    Parameters
    ----------
    message : str
        Description of the problem that names the file, unit, task or argument.
    hint : str, optional
        Next step or command.
    """

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NotFoundError(DeepgradeError):
    """A unit, task, file or folder that does not exist."""


class CourseError(DeepgradeError):
    """An error in the course itself: its registry, a solution or a generated file.

    Parameters
    ----------
    problem : str
        Description of the problem.
    hint : str, optional
        Next step or command.
    where : str, optional
        File, and line if known; the message begins with it.
    """

    def __init__(self, problem: str, hint: str = "", where: str = "") -> None:
        super().__init__(f"{where}: {problem}" if where else problem, hint)
        self.problem, self.where = problem, where


class RejectedError(DeepgradeError):
    """A submission that is refused before any of it runs."""


class NoRoomError(DeepgradeError):
    """The disk is full."""


def is_no_room(error: OSError) -> bool:
    """Return whether an error means that the disk, or the user's quota, is full.

    Parameters
    ----------
    error : OSError

    Returns
    -------
    bool
    """
    return error.errno in _FULL


def no_room(place: object) -> NoRoomError:
    """Return the error for a full disk.

    Parameters
    ----------
    place : object
        Path, or other name, of what could not be written.

    Returns
    -------
    NoRoomError
    """
    return NoRoomError(f"there is no room left on the disk for {place}", "make room, the same command goes on")


class UnavailableError(DeepgradeError):
    """A requirement of the command that this machine does not meet."""


def closest(name: str, names: Iterable[str], similarity: float = SIMILAR) -> str:
    """Return the most similar name; empty if none is similar enough.

    Parameters
    ----------
    name : str
    names : iterable of str
    similarity : float, optional
        The smallest ratio of `difflib` that counts.

    Returns
    -------
    str

    Examples
    --------
    >>> closest("convolutoin", ["convolution", "rnn"]), closest("notes", ["convolution", "rnn"])
    ('convolution', '')
    """
    return "".join(difflib.get_close_matches(name, list(names), n=1, cutoff=similarity))


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return a question that suggests the most similar name; empty if there is none.

    Parameters
    ----------
    name : str
    names : iterable of str

    Returns
    -------
    str

    Examples
    --------
    >>> did_you_mean("convolutoin", ["convolution", "rnn"])
    '; did you mean "convolution"?'
    """
    near = closest(name, names)
    return f'; did you mean "{near}"?' if near else ""
