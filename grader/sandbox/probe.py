"""Tests of this machine's isolation by escape attempts, never by asking what is installed.

A worker of each tier runs the attempts in `escape_tests.py`. A tier is reached only if every attempt that it
promises to block was blocked. No result is kept between runs.
"""

import os
import secrets
import select
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from grader.errors import UnavailableError
from grader.records import Isolation
from grader.sandbox import escape_tests
from grader.sandbox.channel import Channel, ChannelError, WorkerLimits
from grader.sandbox.diagnosis import Machine, Missing, missing_for, this_machine
from grader.sandbox.isolation import KEPT, is_visible, settings
from grader.sandbox.launcher import Launcher, launcher_for
from grader.wire import WireError, decode, encode
from grader.worker.limits import GPU_HOST_MIB
from grader.worker.policy import PACKAGES

READ = "a hidden file is not read"
SEE = "a hidden file's name is not even seen"
WRITE = "nothing is written outside"
SPEAK = "no network, not even to this machine"
SIGNAL = "no signal reaches the judge"
FORK = "no process is made"
LOOK = "no other process is seen"
VARIABLES = "the environment tells nothing"
MEMORY = "memory ends at the limit"
FOLDER = "an own folder, empty each time"

PROMISES: dict[Isolation, frozenset[str]] = {
    Isolation.SEALED: frozenset({READ, SEE, WRITE, SPEAK, SIGNAL, FORK, LOOK, VARIABLES, MEMORY, FOLDER}),
    Isolation.WEAK: frozenset({READ, WRITE, SPEAK, SIGNAL, FORK, LOOK, VARIABLES, MEMORY}),
    Isolation.SELF: frozenset({VARIABLES}),
}
"""Promises of each tier: the only place that defines them."""

SANDBOX_VARIABLES = ("HOME", "TMPDIR", "USER", "PWD", "LC_CTYPE")  # set by the sandbox, or by Python itself
TORCH_VARIABLES = (
    "TORCHINDUCTOR_CACHE_DIR",
    "CUDA_MODULE_LOADING",
)  # set by torch, when it is imported and starts CUDA
LIMITS = WorkerLimits(memory_mib=128, cpu_seconds=20)
HOG_MIB = 512
GPU_MIB = 1024
SECONDS = 10.0
HOLE = "# do not grade other people's code here, and report this: it is a hole"


@dataclass(frozen=True)
class EscapeTest:
    """Result of one attempt to escape.

    Attributes
    ----------
    name : str
        The promise that it tests.
    held : bool
    told : str
        Its error, or its result.
    """

    name: str
    held: bool
    told: str


@dataclass(frozen=True)
class IsolationReport:
    """Result of testing one tier.

    Attributes
    ----------
    tier : Isolation
    reached : bool
        Whether everything that the tier promises was blocked.
    escape_tests : tuple of EscapeTest
        Empty if no worker could be started.
    missing : tuple of Missing
        Reasons why it is not reached; empty if it is.
    """

    tier: Isolation
    reached: bool
    escape_tests: tuple[EscapeTest, ...] = ()
    missing: tuple[Missing, ...] = ()


def probe(tier: Isolation, machine: Machine | None = None, *, gpu: bool = False) -> IsolationReport:
    """Test one tier.

    Parameters
    ----------
    tier : Isolation
    machine : Machine, optional
        Facts that explain why it is not reached; this machine's by default.
    gpu : bool, optional
        Test a worker with a GPU, which promises the same with a higher memory limit.

    Returns
    -------
    IsolationReport
    """
    limits = replace(LIMITS, gpu_mib=GPU_MIB if gpu else 0)
    tried: tuple[EscapeTest, ...] = ()
    complaint = ""
    try:
        with closing(launcher_for(tier)) as launcher, _bait() as bait:
            tried = tuple(_try_all(launcher, bait, limits))
    except UnavailableError as error:
        complaint = error.message
    broken = [attempt for attempt in tried if attempt.name in PROMISES[tier] and not attempt.held]
    if tried and not broken:
        return IsolationReport(tier, True, tried)
    return IsolationReport(tier, False, tried, _explained(tier, machine or this_machine(), complaint, broken))


def best_tier() -> Isolation:
    """Return the strongest tier that this machine reaches."""
    return next((tier for tier in (Isolation.SEALED, Isolation.WEAK) if probe(tier).reached), Isolation.SELF)


def require_walls(folder: Path, tier: Isolation) -> None:
    """Raise unless a tier's isolation works here and hides a folder.

    Parameters
    ----------
    folder : Path
        The course.
    tier : Isolation

    Raises
    ------
    UnavailableError
        This machine does not reach the tier, or the course is in a folder that sealed workers can read.
    """
    require(tier)  # tested, not assumed
    if tier is Isolation.SEALED and is_visible(folder):
        raise UnavailableError(
            f"the course lies in {folder}, where sealed workers can read: hidden tests would be seen",
            "move the course out of the system's and the interpreter's folders",
        )


def require(tier: Isolation) -> None:
    """Raise unless this machine reaches a tier.

    Parameters
    ----------
    tier : Isolation

    Raises
    ------
    UnavailableError
        It does not; the message says what is missing and how to fix it.
    """
    report = probe(tier)
    if not report.reached:
        reasons = "; ".join(missing.what for missing in report.missing)
        mends = "\n".join(missing.mend for missing in report.missing)
        raise UnavailableError(f"the tier {tier} is not reached here: {reasons}", f"{mends}\ngrade doctor")


def _explained(tier: Isolation, machine: Machine, complaint: str, broken: list[EscapeTest]) -> tuple[Missing, ...]:
    holes = tuple(Missing(f"{attempt.name}: {attempt.told}", HOLE) for attempt in broken)
    known = missing_for(tier, machine)
    if holes or known:
        return holes + known
    return (Missing(complaint, "# none of the known causes: please report this with the output of grade doctor"),)


@dataclass(frozen=True)
class Bait:
    """Targets of the escape attempts.

    Attributes
    ----------
    folder : Path
        A world-writable folder.
    tcp, udp : socket
        Listeners of the judge's.
    """

    folder: Path
    tcp: socket.socket
    udp: socket.socket

    @property
    def secret(self) -> str:
        """A world-readable file."""
        return str(self.folder / "hidden.txt")


@contextmanager
def _bait() -> Iterator[Bait]:
    """Create targets that only the sandbox protects: file permissions allow everything."""
    with (
        tempfile.TemporaryDirectory() as name,
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        udp.bind(("127.0.0.1", 0))
        bait = Bait(Path(name).resolve(), tcp, udp)
        bait.folder.chmod(0o777)
        Path(bait.secret).write_text("the answer is 42\n", encoding="ascii")
        Path(bait.secret).chmod(0o644)
        yield bait


def _try_all(launcher: Launcher, bait: Bait, limits: WorkerLimits) -> Iterator[EscapeTest]:
    """Run all attempts in one worker, and look for its leftovers in a second one."""
    left = f"escape-{secrets.token_hex(8)}"
    with closing(_opened(launcher, limits)) as worker:
        yield _try(worker, READ, "read", bait.secret)
        yield _try(worker, SEE, "see", bait.secret)
        yield _try(worker, WRITE, "write", bait.secret, _outside(bait))
        yield _by_listeners(bait, _try(worker, SPEAK, "speak", bait.tcp.getsockname()[1], bait.udp.getsockname()[1]))
        yield _try(worker, SIGNAL, "signal_judge", os.getpid())
        yield _try(worker, FORK, "fork")
        yield _try(worker, LOOK, "look_around", os.getpid())
        yield _try(
            worker, VARIABLES, "variables", (*settings("torch"), *KEPT, PACKAGES, *SANDBOX_VARIABLES, *TORCH_VARIABLES)
        )
        yield _try(worker, MEMORY, "hog", HOG_MIB + (GPU_HOST_MIB if limits.gpu_mib else 0))
        written = _try(worker, FOLDER, "leave_behind", left)
    with closing(_opened(launcher, limits)) as worker:
        leftover = _try(worker, FOLDER, "find", left)
        yield leftover if written.held else written


def _outside(bait: Bait) -> tuple[str, ...]:
    return (str(bait.folder), tempfile.gettempdir(), sys.prefix, sys.base_prefix, "/dev/shm")


def _opened(launcher: Launcher, limits: WorkerLimits) -> Channel:
    """Start a worker with the escape attempts loaded."""
    library = "torch" if limits.gpu_mib else "numpy"
    channel = launcher.open(library, limits)
    source = Path(escape_tests.__file__).read_text(encoding="utf-8")
    try:
        _ask(channel, "load", "probe", {"escape_tests": source}, library, 1, ())
    except (ChannelError, WireError):
        lines = channel.printed().strip().splitlines()
        channel.close()
        raise UnavailableError(f"a worker does not start: {lines[-1] if lines else 'it says nothing'}") from None
    return channel


def _try(worker: Channel, name: str, function: str, *args: object) -> EscapeTest:
    """Run one escape attempt; a worker that does not answer counts as not blocked."""
    try:
        answer = _ask(worker, "call", "escape_tests", function, args, {}, False)
    except (ChannelError, WireError) as error:
        return EscapeTest(name, False, f"no answer ({type(error).__name__})")
    match answer:
        case ("ok", (bool(held), str(text))):
            return EscapeTest(name, held, text)
    return EscapeTest(name, False, f"no answer ({answer})")


def _by_listeners(bait: Bait, attempt: EscapeTest) -> EscapeTest:
    """Trust the listeners rather than the worker's answer."""
    for listener, way in ((bait.tcp, "TCP"), (bait.udp, "UDP")):
        if select.select([listener], [], [], 0)[0]:
            return EscapeTest(attempt.name, False, f"heard by {way}")
    return attempt


def _ask(channel: Channel, *request: object) -> object:
    return decode(channel.ask(encode(request), SECONDS))
