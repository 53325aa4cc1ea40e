"""Attempts to escape the sandbox, run inside a worker as if a student had written them.

Each returns whether it was blocked, and its result or error. An attempt that is not blocked does no harm.
"""

import os
import signal
import socket
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

Outcome = tuple[bool, str]

STEP = 16 << 20


def _attempt(action: Callable[[], str]) -> Outcome:
    """Run an action; return whether it was blocked, and its result or the error."""
    try:
        return False, action()
    except OSError as error:
        return True, error.strerror or type(error).__name__


def read(path: str) -> Outcome:
    """Read a file of the judge's."""
    return _attempt(lambda: f"{len(Path(path).read_bytes())} bytes read")


def see(path: str) -> Outcome:
    """Check whether a file of the judge's exists."""
    return _attempt(lambda: f"{Path(path).stat().st_size} bytes long, it answers")


def write(file: str, folders: tuple[str, ...]) -> Outcome:
    """Append to a file of the judge's, and write into world-writable folders and beside the interpreter."""
    outcomes = [_attempt(partial(_added, file)), *(_attempt(partial(_written, folder)) for folder in folders)]
    return next(
        (attempt for attempt in outcomes if not attempt[0]), (True, "; ".join(sorted({text for _, text in outcomes})))
    )


def _added(file: str) -> str:
    with Path(file).open("ab"):
        return "a file of the judge's was opened for writing"


def _written(folder: str) -> str:
    path = Path(folder) / f"escape-{os.getpid()}"
    path.open("xb").close()
    path.unlink()
    return f"written in {folder}"


def speak(tcp_port: int, udp_port: int) -> Outcome:
    """Connect to a listener on this machine, and send it a datagram."""
    outcomes = [_attempt(lambda: _connected(tcp_port)), _attempt(lambda: _sent(udp_port))]
    return next((attempt for attempt in outcomes if not attempt[0]), outcomes[0])


def _connected(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return "connected by TCP"


def _sent(port: int) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"out", ("127.0.0.1", port))
        return "sent by UDP"


def signal_judge(pid: int) -> Outcome:
    """Send the judge a signal that is ignored by default."""
    if not hasattr(signal, "SIGURG"):
        return False, "not tried: on this system any signal would end the judge"
    return _attempt(partial(_signalled, pid))


def _signalled(pid: int) -> str:
    os.kill(pid, signal.SIGURG)
    return "the signal was sent"


def fork() -> Outcome:
    """Fork a process."""
    if not hasattr(os, "fork"):
        return False, "not tried: this system has other ways"
    return _attempt(_forked)


def _forked() -> str:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return "a process was made"


def look_around(judge: int) -> Outcome:
    """Look for other processes, and read the judge's environment."""
    seen = _processes()
    if seen:
        return False, f"{seen} other processes seen"
    blocked, _ = read(f"/proc/{judge}/environ")
    return blocked, "none seen" if blocked else "the judge's environment is read"


def _processes() -> int:
    try:
        names = [path.name for path in Path("/proc").iterdir()]
    except OSError:
        return 0
    return sum(name.isdigit() and int(name) != os.getpid() for name in names)


def variables(known: tuple[str, ...]) -> Outcome:
    """Look for environment variables other than a worker's own."""
    others = sorted(set(os.environ) - set(known))
    return not others, ", ".join(others) or "nothing of the judge's"


def hog(mib: int) -> Outcome:
    """Allocate memory, up to a bound."""
    taken: list[object] = []
    try:
        while len(taken) * STEP < mib << 20:
            taken.append(np.empty(STEP, np.uint8))  # the limit counts it, though it is never touched
    except MemoryError:
        count = len(taken)
        taken.clear()
        return True, f"MemoryError after {count * STEP >> 20} MiB"
    return False, f"{mib} MiB taken"


def leave_behind(name: str) -> Outcome:
    """Write a file into the temporary folder, for the next worker to find; "blocked" means that it worked."""
    try:
        Path(tempfile.gettempdir(), name).write_text("left", encoding="ascii")
    except OSError:
        return False, "no folder to write to"
    return True, "written"


def find(name: str) -> Outcome:
    """Look for a file of an earlier worker."""
    path = Path(tempfile.gettempdir(), name)
    exists = path.exists()
    if exists:
        path.unlink()
    return not exists, "an earlier worker's file is there" if exists else "empty"
