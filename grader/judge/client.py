"""How the rest of the engine asks a judge: start it, hand it jobs, take records as they come."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from grader.errors import CourseError, DeepgradeError, UnavailableError
from grader.judge.protocol import Fault, Job, Message, Ready, Refusal
from grader.metering.cores import ONE_THREAD
from grader.metering.meter import arrives, ends
from grader.metering.processes import known_tree
from grader.records import Isolation, TestRecord, Timing

START_SECONDS = 600.0  # of the judge's own time: what it computes, and what it rests
GRACE_SECONDS = 60.0  # of its own time beyond the submission's limit, without a word, before a judge counts as hung
END_SECONDS = 5.0
PIECE = 1 << 16

OnRecord = Callable[[TestRecord], None]


class JudgeFailed(DeepgradeError):
    """The judge ended without an answer: a mistake of the grader's own, never of the student's."""

    exit_code = 3


class JudgeBroke(JudgeFailed):
    """The process that graded one submission ended in the middle of it.

    Parameters
    ----------
    message : str
    left : tuple of TestRecord
        The tests that it had still to run, the one that it was running first; as if they had not been run.
    """

    def __init__(self, message: str, left: tuple[TestRecord, ...]) -> None:
        super().__init__(message, "grade check")
        self.left = left


def _environment() -> dict[str, str]:
    return dict(os.environ) | ONE_THREAD | {"PYTHONHASHSEED": "0"}


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-W", "ignore", "-m", "grader.judge.service", *arguments]


def _apart() -> dict[str, Any]:
    """Return the options that keep a Ctrl-C at the terminal from reaching the judge: ending it is our affair."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"process_group": 0}


def _read(lines: Iterable[bytes], on_record: OnRecord) -> Timing:
    left: dict[tuple[str, bool], TestRecord] = {}
    broken = "the judge ended without an answer"
    try:
        for text in lines:
            message = msgspec.json.decode(text, type=Message)
            left |= {(record.test, record.hidden): record for record in message.planned}
            if message.broken:
                broken = message.broken
                break
            if message.done is not None:
                return message.done
            if message.record is not None:
                left.pop((message.record.test, message.record.hidden), None)
                on_record(message.record)
    except (OSError, msgspec.DecodeError) as error:
        broken = f"the judge hung or broke off ({error})"
    raise JudgeBroke(broken, tuple(left.values())) if left else JudgeFailed(broken, "grade check")


def _lines(line: socket.socket, judge: int, seconds: float) -> Iterator[bytes]:
    """Yield lines as they come; silence lasts for so many seconds of the time of the process that answers.

    Raises
    ------
    TimeoutError
        It was silent for longer.
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
    """Who a line comes from, where it says so."""

    pid: int = 0


def grade_once(root: Path, job: Job, on_record: OnRecord) -> Timing:
    """Grade one job in a judge that is started for it; works on every platform.

    Parameters
    ----------
    root : Path
        The course.
    job : Job
    on_record : callable
        Gets each test's record as it ends.

    Returns
    -------
    Timing

    Raises
    ------
    JudgeFailed
        The suite cannot be collected, or the judge ended.
    """
    process = subprocess.Popen(
        _command("once", str(root)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment(),
        cwd=root,
        **_apart(),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(msgspec.json.encode(job))
        process.stdin.close()
        return _read(process.stdout, on_record)
    finally:
        process.stdout.close()
        process.kill()
        process.wait()


class WarmJudge:
    """A judge with its suites collected, which grades many jobs; `grade` may be called from several threads. Linux.

    Parameters
    ----------
    root : Path
        The course.
    units : sequence of str
        Whose suites are collected.
    secret : str
        The course's. Cases are drawn for it at the start; a job with another one is graded too, more slowly.
    tier : Isolation
        The walls that student code runs behind.
    """

    def __init__(self, root: Path, units: Iterable[str], secret: str = "", tier: Isolation = Isolation.SELF) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            _command("serve", str(root), str(theirs.fileno()), tier, *units),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env=_environment(),
            cwd=root,
            **_apart(),
        )
        theirs.close()
        self.faults: tuple[Fault, ...] = ()
        self._control.send(f"{secret}\n".encode())

    def __enter__(self) -> "WarmJudge":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def alive(self) -> bool:
        """Tell whether the judge's process still runs."""
        return self._process.poll() is None

    def wait_until_ready(self) -> None:
        """Wait until the suites are collected and run on the solutions; `faults` then has what the solutions fail.

        Raises
        ------
        CourseError
            They cannot be.
        UnavailableError
            This machine does not have the tier.
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

    def grade(self, job: Job, on_record: OnRecord) -> Timing:
        """Grade one job.

        Parameters
        ----------
        job : Job
        on_record : callable
            Gets each test's record as it ends.

        Raises
        ------
        JudgeBroke, JudgeFailed
            The judge ended, or hung beyond the submission's own limit.
        """
        ours, theirs = socket.socketpair()
        with ours, theirs:
            socket.send_fds(self._control, [b"job"], [theirs.fileno()])
            theirs.close()
            ours.sendall(msgspec.json.encode(job) + b"\n")
            return _read(_lines(ours, self._process.pid, job.limits.submission_seconds + GRACE_SECONDS), on_record)

    def close(self) -> None:
        """End the judge."""
        self._control.close()
        if not ends(self._process, END_SECONDS):
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
