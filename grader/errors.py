"""What can go wrong for a person at the keyboard: one class per cause, each with its exit code.

A message says what is wrong and which thing it is about; `hint` is the next command to type.
"""

import errno

_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}  # Windows has no quotas of this name


class DeepgradeError(Exception):
    """Base of every error that is told to the user in one or two lines, without a traceback.

    Parameters
    ----------
    message : str
        What is wrong, and which file, unit, task or argument it is about.
    hint : str, optional
        What to do or type next.
    """

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NotFoundError(DeepgradeError):
    """A unit, task, file or folder that does not exist."""


class CourseError(DeepgradeError):
    """The course itself is broken: its registry, a solution, a generated file."""


class RejectedError(DeepgradeError):
    """A submission that is refused before any of it runs."""


class NoRoomError(DeepgradeError):
    """The disk is full."""


def is_no_room(error: OSError) -> bool:
    """Tell whether the disk is full, or the user's share of it.

    Parameters
    ----------
    error : OSError

    Returns
    -------
    bool
    """
    return error.errno in _FULL


def no_room(place: object) -> NoRoomError:
    """Return the error that tells of a full disk; `place` is what could not be written there.

    Parameters
    ----------
    place : object
        A path, or what else names the place.

    Returns
    -------
    NoRoomError
    """
    return NoRoomError(f"there is no room left on the disk for {place}", "make room, the same command goes on")


class UnavailableError(DeepgradeError):
    """This machine lacks something that the command needs."""
