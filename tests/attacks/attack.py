"""One attack as data, and the helpers that every attack's file begins with."""

import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.attacks.past_the_list import past_the_list

HONEST_POINTS = 3.0
"""Points of every submission's honest file."""

PRELUDE = """\
import ctypes, errno, gc, os, signal, socket, subprocess, sys, threading, time
import numpy as np

def breach(what):
    text = "BREA" + "CH: " + str(what)  # the word stands in no source line, so no traceback shows it
    print(text, flush=True)
    raise RuntimeError(text)

def attempt(action, *args):
    try:
        got = action(*args)
    except (OSError, ImportError, AttributeError) as error:
        raise RuntimeError("stopped: " + type(error).__name__ + " " + str(error)) from None
    breach(repr(got)[:300])

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

def syscall(number, *args):
    if os.uname().machine != "x86_64":
        raise SystemError("these numbers of system calls are those of x86-64")
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in args]
    result = libc.syscall(ctypes.c_long(number), *wide)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result

def wrong(x):
    return np.zeros_like(x)

def claim(found):
    if not found:
        raise RuntimeError("stopped: nothing found")
    breach(found)

"""


@dataclass(frozen=True)
class Attack:
    """A submission that tries to get what it did not earn, or to do harm.

    Attributes
    ----------
    name : str
        Also the name of the student who hands it in.
    tries : str
        What it is after.
    body : str
        What stands in the student's target file, below the helpers. ``@NAME@`` and the like are filled in.
    control : str
        How the same file shows, without walls, that it is live: ``points`` (a grader in the same process passes it),
        ``breach`` (it says that it got through), ``canary`` (it prints one), ``knock`` (a listener heard it), ``mark``
        (it left a file), ``hang`` (it does not end by itself).
    no_control : str
        Why it is not run without walls.
    evidence : str
        A regular expression that the student's records must match: the attack ran, and this is how it ended.
    unit : str
    gets_through : str
        Why it is not contained yet: a hole that is known. It counts as not contained all the same.
    earned : float
        Points of the honest part.
    helpers : bool
        Whether the helpers stand above the body.
    beside : dict of str to str
        Further files in the submission.
    build : callable, optional
        Writes the submission in place of the usual files; is given its folder and the course's.
    """

    name: str
    tries: str
    body: str = ""
    control: str = ""
    no_control: str = ""
    evidence: str = "stopped:"
    unit: str = "numbers"
    gets_through: str = ""
    earned: float = HONEST_POINTS
    helpers: bool = True
    beside: dict[str, str] = field(default_factory=dict)
    build: Callable[[Path, Path], None] | None = None

    @property
    def for_this_machine(self) -> bool:
        """Whether it can be run here: numbers of system calls are those of one kind of processor."""
        return platform.machine() == "x86_64" or "syscall" not in self.body

    def source(self, filled_in: dict[str, str]) -> str:
        """Return the text of the target file."""
        text = PRELUDE + self.body if self.helpers else self.body
        for mark, value in (filled_in | {"NAME": self.name}).items():
            text = text.replace(f"@{mark}@", value)
        return past_the_list(text, "torch" if self.unit == "tensors" else "numpy") if self.helpers else text
