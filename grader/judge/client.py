"""Client of a judge, which starts it, sends it jobs and receives records."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from grader.errors import CourseError, DeepgradeError, UnavailableError
from grader.judge.protocol import Fault, Job, Message, Ready, Refusal
from grader.metering.meter import arrives, ends
from grader.metering.processes import ONE_THREAD, known_tree
from grader.records import Isolation, TestRecord, Timing

START_SECONDS = 600.0  # of the judge's own time: CPU time and idle time
GRACE_SECONDS = 60.0  # of its own time without a message, beyond the submission's limit, before a judge counts as hung
END_SECONDS = 5.0
PIECE = 1 << 16

OnRecord = Callable[[TestRecord], None]


class JudgeFailed(DeepgradeError):
    """The judge ended without an answer: an error of the grader, never of the student."""

    exit_code = 3


class JudgesGone(JudgeFailed):
    """No judge is within reach any more: the run ends, and no submission is blamed."""


class JudgeBroke(JudgeFailed):
    """The process that graded a submission ended before the last test.

    Parameters
    ----------
    message : str
    left : tuple of TestRecord
        Records of the tests that are left, as if they had not been run; the first was running.
    """

    def __init__(self, message: str, left: tuple[TestRecord, ...]) -> None:
        super().__init__(message, "grade check")
        self.left = left


def _environment() -> dict[str, str]:
    return dict(os.environ) | ONE_THREAD | {"PYTHONHASHSEED": "0"}


def command_of(*arguments: str, module: str = "grader.judge.service") -> list[str]:
    """Return the command that runs one of the judge's modules."""
    return [sys.executable, "-W", "ignore", "-m", module, *arguments]


def _apart() -> dict[str, Any]:
    """Return options that keep Ctrl-C at the terminal from reaching the judge, which this process ends itself."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"process_group": 0}


def read(lines: Iterable[bytes], on_record: OnRecord) -> Timing:
    """Pass records on as they arrive; a process that ends in a second chance has sent one of every test."""
    left: dict[tuple[str, bool], TestRecord] | None = None
    broken = "the judge ended without an answer"
    try:
        for text in lines:
            message = msgspec.json.decode(text, type=Message)
            if message.planned:
                left = {(record.test, record.hidden): record for record in message.planned}
            if message.broken:
                raise _failure(message.broken, left)
            if message.done is not None:
                return message.done
            if message.record is not None:
                (left or {}).pop((message.record.test, message.record.hidden), None)
                on_record(message.record)
    except (OSError, msgspec.DecodeError) as error:
        broken = f"the judge hung or broke off ({error})"
    if left == {}:
        return Timing()
    raise _failure(broken, left)


def _failure(broken: str, left: dict[tuple[str, bool], TestRecord] | None) -> JudgeFailed:
    return JudgeBroke(broken, tuple(left.values())) if left else JudgeFailed(broken, "grade check")


def _lines(line: socket.socket, judge: int, seconds: float) -> Iterator[bytes]:
    """Yield lines as they arrive, with a timeout in seconds of the answering process's own time.

    Raises
    ------
    TimeoutError
        No line arrived in that time.
    """
    rest, process = b"", known_tree(judge)
    while arrives(line, seconds, process):
        piece = line.recv(PIECE)
        if not piece:
            return
        *whole, rest = (rest + piece).split(b"\n")
        for text in whole:
            process = known_tree(msgspec.json.decode(text, type=_Sender).pid) or process
            yield text
    raise TimeoutError(f"no word for {seconds:.0f} s of its own time")


class _Sender(msgspec.Struct):
    """Sender of a line, if it names one."""

    pid: int = 0


def piped(root: Path, command: list[str]) -> "subprocess.Popen[bytes]":
    """Start a judge's process that is spoken with by its standard input and output."""
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(), cwd=root, **_apart()
    )


def grade_once(root: Path, job: Job, on_record: OnRecord) -> Timing:
    """Grade one job in a judge that is started for it; works on every platform.

    Parameters
    ----------
    root : Path
        Folder of the course.
    job : Job
    on_record : callable
        Called with each test's record when the test ends.

    Returns
    -------
    Timing

    Raises
    ------
    JudgeFailed
        The suite cannot be collected, or the judge ended.
    """
    process = piped(root, command_of("once", str(root)))
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(msgspec.json.encode(job))
        process.stdin.close()
        return read(process.stdout, on_record)
    finally:
        process.stdout.close()
        process.kill()
        process.wait()


class Stop:
    """Request from another thread to end a run early."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._end: Callable[[], None] = lambda: None
        self.asked = False

    def ends_by(self, end: Callable[[], None]) -> None:
        """Set the function that ends the run; it is called at once if the request came first."""
        with self._lock:
            self._end = end
            asked = self.asked
        if asked:
            end()

    def ask(self) -> None:
        """End the run."""
        with self._lock:
            self.asked, end = True, self._end
        end()


def _hang_up(line: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it is closed already
        line.shutdown(socket.SHUT_RDWR)


class WarmJudge:
    """Judge that collects its suites once and grades many jobs. Linux only; several threads may call `grade`.

    Parameters
    ----------
    root : Path
        Folder of the course.
    units : sequence of str
        Units whose suites are collected.
    secret : str
        Secret of the course. Cases are drawn for it at the start; jobs with another secret are graded more slowly.
    tier : Isolation
        Isolation of the student code.
    """

    def __init__(self, root: Path, units: Iterable[str], secret: str = "", tier: Isolation = Isolation.SELF) -> None:
        self._control, remote_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            self._command(root, remote_end.fileno(), tier, units),
            pass_fds=[remote_end.fileno()],
            stdin=subprocess.DEVNULL,
            env=_environment(),
            cwd=root,
            **_apart(),
        )
        remote_end.close()
        self.faults: tuple[Fault, ...] = ()
        with contextlib.suppress(OSError):  # it has ended already: `wait_until_ready` says so
            self._control.send(f"{secret}\n".encode())

    def _command(self, root: Path, descriptor: int, tier: Isolation, units: Iterable[str]) -> list[str]:
        return command_of("serve", str(root), str(descriptor), tier, *units)

    def __enter__(self) -> "WarmJudge":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def alive(self) -> bool:
        """Return whether the judge's process still runs."""
        return self._process.poll() is None

    def wait_until_ready(self) -> None:
        """Wait until the suites are collected and run on the solutions; then `faults` has the tests that fail there.

        Raises
        ------
        CourseError
            The suites cannot be collected.
        UnavailableError
            This machine does not support the isolation.
        JudgeFailed
            The judge did not start.
        """
        came = arrives(self._control, START_SECONDS, known_tree(self._process.pid))
        message = self._control.recv(1 << 16) if came else b""
        if not message:
            raise JudgeFailed("the judge did not start", "grade check")
        answer = msgspec.json.decode(message, type=Ready | Refusal)
        if isinstance(answer, Refusal):
            kind = UnavailableError if answer.unavailable else CourseError
            raise kind(answer.message, answer.hint)
        self.faults = answer.faults

    def grade(self, job: Job, on_record: OnRecord, stop: Stop | None = None) -> Timing:
        """Grade one job.

        Parameters
        ----------
        job : Job
        on_record : callable
            Called with each test's record when the test ends.
        stop : Stop, optional
            Ends the run early, with a `JudgeFailed`.

        Raises
        ------
        JudgeBroke, JudgeFailed
            The judge ended, or hung beyond the submission's limit.
        """
        local_end, remote_end = socket.socketpair()
        with local_end, remote_end:
            socket.send_fds(self._control, [b"job"], [remote_end.fileno()])
            remote_end.close()
            if stop is not None:
                stop.ends_by(partial(_hang_up, local_end))
            local_end.sendall(msgspec.json.encode(job) + b"\n")
            return read(_lines(local_end, self._process.pid, job.limits.submission_seconds + GRACE_SECONDS), on_record)

    def close(self) -> None:
        """End the judge."""
        self._control.close()
        if not ends(self._process, END_SECONDS):
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
