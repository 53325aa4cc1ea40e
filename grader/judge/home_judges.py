"""Judges that stay ready on a student's machine: one that forks (Linux), and a spare one for each run (everywhere)."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec.structs import replace

from grader.judge.client import JudgeFailed, OnRecord, Stop, WarmJudge, command_of, piped, read
from grader.judge.protocol import RACES_ALONE, Job
from grader.records import Isolation, Timing

MODULE = "grader.judge.home_service"


class HomeJudge(Protocol):
    """Protocol of a judge that is ready for the next run of one unit."""

    def wait_until_ready(self) -> None:
        """Wait until the tests are collected."""

    def grade(self, job: Job, on_record: OnRecord, stop: Stop | None = None) -> Timing:
        """Grade one job; `stop` ends it early."""

    def alive(self) -> bool:
        """Return whether another job can be graded."""

    def close(self) -> None:
        """End the judge."""


def home_judge(root: Path, unit: str, *, forks: bool | None = None) -> HomeJudge:
    """Start the fastest judge that this platform supports.

    Parameters
    ----------
    root : Path
        Folder of the course.
    unit : str
    forks : bool, optional
        Whether to fork for each run; by default, if the platform allows it.

    Returns
    -------
    HomeJudge
    """
    return ForkingJudge(root, unit) if (sys.platform == "linux" if forks is None else forks) else SpareJudge(root, unit)


class ForkingJudge(WarmJudge):
    """Judge that forks for each run. Linux only.

    Parameters
    ----------
    root : Path
    unit : str
    """

    def __init__(self, root: Path, unit: str) -> None:
        super().__init__(root, [unit])

    def _command(self, root: Path, descriptor: int, tier: Isolation, units: Iterable[str]) -> list[str]:
        return command_of("fork", str(root), *units, str(descriptor), module=MODULE)

    def grade(self, job: Job, on_record: OnRecord, stop: Stop | None = None) -> Timing:
        """Grade one job, as `grade_once` would."""
        return super().grade(replace(job, races=RACES_ALONE), on_record, stop)


class SpareJudge:
    """Judge whose process grades one job; the next process is started when that one has ended.

    Parameters
    ----------
    root : Path
    unit : str
    """

    def __init__(self, root: Path, unit: str) -> None:
        self._root, self._unit = root, unit
        self._lock = threading.Lock()
        self._spare: subprocess.Popen[bytes] | None = self._start()

    def wait_until_ready(self) -> None:
        """Do nothing: a job waits by itself, and so does the reason why the tests cannot be collected."""

    def alive(self) -> bool:
        """Return True: a process that has ended is replaced."""
        return True

    def grade(self, job: Job, on_record: OnRecord, stop: Stop | None = None) -> Timing:
        """Grade one job."""
        process = self._taken()
        if stop is not None:
            stop.ends_by(process.kill)
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with contextlib.suppress(OSError):  # it has ended: reading says why
                process.stdin.write(msgspec.json.encode(replace(job, races=RACES_ALONE)) + b"\n")
                process.stdin.close()
            return read(process.stdout, on_record)
        finally:
            _end(process)
            self._refill()

    def close(self) -> None:
        """End the process that is kept ready."""
        with self._lock:
            spare, self._spare = self._spare, None
        if spare is not None:
            _end(spare)

    def _taken(self) -> "subprocess.Popen[bytes]":
        with self._lock:
            spare, self._spare = self._spare, None
        if spare is not None and spare.poll() is not None:
            _end(spare)
            spare = None
        return spare or self._start()

    def _refill(self) -> None:
        with self._lock:
            self._spare = self._spare or self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        return piped(self._root, command_of("spare", str(self._root), self._unit, module=MODULE))


def _end(process: "subprocess.Popen[bytes]") -> None:
    for stream in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            if stream is not None:
                stream.close()
    process.kill()
    process.wait()


__all__ = ["ForkingJudge", "HomeJudge", "JudgeFailed", "SpareJudge", "Stop", "home_judge"]
