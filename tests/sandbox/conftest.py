"""A worker of a tier, with a student's file in it that runs whatever a test asks it to."""

import sys
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from grader.errors import UnavailableError
from grader.records import Isolation
from grader.sandbox.channel import Channel, WorkerLimits
from grader.sandbox.launcher import Launcher, launcher_for
from grader.sandbox.probe import require
from grader.wire import decode, encode

LIMITS = WorkerLimits(memory_mib=256, cpu_seconds=20, disk_mib=4, threads=16)

SOURCE = """
import ctypes, os, resource, signal, socket, sys, threading, time
import numpy as np

libc = ctypes.CDLL(None, use_errno=True)

def call(number, *args):
    result = libc.syscall(number, *args)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result

def run(text):
    names = dict(globals())
    exec(text, names)
    return names.get("r")
"""


class Refused(Exception):
    """The worker's code raised; the first argument is the exception's class, the second its message."""


class WalledWorker:
    """A worker that runs any code.

    Parameters
    ----------
    channel : Channel
    library : str
        ``numpy`` or ``torch``.
    """

    def __init__(self, channel: Channel, library: str = "numpy") -> None:
        self.channel = channel
        self._ask("load", "unit", {"m": SOURCE}, library, 1, ())

    def run(self, text: str) -> object:
        """Return what the code leaves in `r`."""
        verdict, value = self._ask("call", "m", "run", (text,), {}, False)
        if verdict != "ok":
            raise Refused(value["kinds"][0], value["text"])
        return value

    def refuses(self, text: str, *kinds: str) -> bool:
        """Tell whether the code raises one of these; by default what the kernel's refusals become."""
        with pytest.raises(Refused) as raised:
            self.run(text)
        kind, message = raised.value.args
        assert kind in (kinds or ("PermissionError", "FileNotFoundError")), f"{kind}: {message}"
        return True

    def _ask(self, *request: object) -> tuple[str, object]:
        answer = decode(self.channel.ask(encode(request), 20.0))
        assert isinstance(answer, tuple)
        return answer


@cache
def why_not(tier: Isolation) -> str:
    """Return why this machine does not have a tier; empty if it does."""
    try:
        require(tier)
    except UnavailableError as error:
        return error.message
    return ""


def launcher_or_skip(tier: Isolation) -> Launcher:
    """Return a launcher; where there is none, the test is skipped and says why."""
    if tier is not Isolation.SELF and (reason := why_not(tier)):
        pytest.skip(reason)
    return launcher_for(tier)


@pytest.fixture(scope="module", params=[Isolation.SEALED, Isolation.WEAK], ids=str)
def walled(request: pytest.FixtureRequest) -> Iterator[Launcher]:
    """Return a launcher of each tier with walls."""
    launcher = launcher_or_skip(request.param)
    yield launcher
    launcher.close()


@pytest.fixture(scope="module")
def sealed() -> Iterator[Launcher]:
    """Return a launcher of the tier sealed."""
    launcher = launcher_or_skip(Isolation.SEALED)
    yield launcher
    launcher.close()


Enter = Callable[..., WalledWorker]


@pytest.fixture
def enter() -> Iterator[Enter]:
    """Return a function that opens a worker of a launcher; all are closed at the end."""
    opened: list[Channel] = []

    def enter_one(launcher: Launcher, library: str = "numpy", limits: WorkerLimits = LIMITS) -> WalledWorker:
        opened.append(launcher.open(library, limits))
        return WalledWorker(opened[-1], library)

    yield enter_one
    for channel in opened:
        channel.close()


@pytest.fixture
def worker(walled: Launcher, enter: Enter) -> WalledWorker:
    """Return a fresh worker of each tier with walls."""
    return enter(walled)


@pytest.fixture
def sealed_worker(sealed: Launcher, enter: Enter) -> WalledWorker:
    """Return a fresh sealed worker."""
    return enter(sealed)


@pytest.fixture
def weak_worker(enter: Enter) -> Iterator[WalledWorker]:
    """Return a fresh weak worker."""
    launcher = launcher_or_skip(Isolation.WEAK)
    yield enter(launcher)
    launcher.close()


collect_ignore = [] if sys.platform == "linux" else ["test_walls.py"]
