"""Runners: the student's function in its worker, and reference functions in workers of the same tier."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from msgspec import structs

from grader.course.model import Limits
from grader.judge.budget import Budget, Heartbeat
from grader.judge.dry_run import AnswerSizes
from grader.judge.items import TestInfo
from grader.judge.outcomes import GraderFault, OutcomeException, TooNoisy
from grader.judge.remote import LoadRequest, RemoteTransport
from grader.judge.student import CallRequest, Student
from grader.judge.worker_pool import WorkerPool
from grader.records import Isolation
from grader.sandbox.fork_server import ForkLauncher
from grader.sandbox.launcher import Launcher
from grader.submissions.intake import Submission
from grader.timing.pairs import Arguments
from grader.timing.workload import STEM
from grader.wire import DEFAULT_SIZE_LIMITS

HOLDING = '''
kept = []


def hold(results):
    """Remember results, to send them whenever `answer` is called."""
    kept[:] = [results]


def answer(*args):
    """Do nothing but what the wire costs."""
    return kept[0]


def hold_on(device, results):
    """Remember results on a device."""
    kept[:] = [moved(results, device)]


def moved(value, device):
    """Return tensors, or what tensors are in, on a device."""
    if isinstance(value, (tuple, list)):
        return type(value)(moved(part, device) for part in value)
    if isinstance(value, dict):
        return {name: moved(part, device) for name, part in value.items()}
    return value.to(device) if hasattr(value, "to") else value
'''
HOLDERS = {"hold": "holding", "answer": "holding", "hold_on": "holding"}
OURS = {"call_seconds": 60.0, "test_seconds": 600.0, "submission_seconds": 3600.0, "cpu_seconds": 3600}


def outside_clock(transport: RemoteTransport) -> float:
    """Return the CPU time of a transport's worker.

    Raises
    ------
    TooNoisy
        The platform does not report it; wall-clock time is no substitute.
    """
    seconds = transport.cpu_seconds()
    if seconds is None:
        raise TooNoisy("this platform does not tell the CPU time of another process: timed tests are for Linux")
    return seconds


class StudentRunner:
    """A function of the student's.

    Parameters
    ----------
    student : Student
        In a sandboxed worker.
    function : str
    """

    def __init__(self, student: Student, function: str) -> None:
        assert isinstance(student._transport, RemoteTransport)
        self._transport = student._transport
        self._student, self._function = student, function

    def run(self, arguments: Arguments) -> Any:
        """Call the function. A successful call is not remembered, because sixty of them would fill the memory."""
        answer = getattr(self._student, self._function)(*arguments)
        self._student._calls.pop()
        return answer

    def renew(self) -> None:
        """End the worker; the next call starts another."""
        self._transport.close()

    def cpu_seconds(self) -> float:
        """Return the CPU time of the student's worker so far."""
        return outside_clock(self._transport)


class ReferenceRunner:
    """A function of the workloads, whose failures are the grader's own fault.

    Parameters
    ----------
    transport : RemoteTransport
    function : str
    """

    def __init__(self, transport: RemoteTransport, function: str) -> None:
        self._transport, self._function = transport, function

    def run(self, arguments: Arguments) -> Any:
        """Call the function."""
        try:
            return self._transport.call(CallRequest(self._function, arguments)).value
        except OutcomeException as outcome:
            raise GraderFault(f"{self._function} of the workloads ended: {outcome.message}") from None

    def renew(self) -> None:
        """End the worker; the next call starts another."""
        self._transport.close()

    def cpu_seconds(self) -> float:
        """Return the CPU time of the worker so far."""
        return outside_clock(self._transport)


class ReferenceWorkers:
    """Workers for the reference, opened on first use and shared by a task's races.

    Parameters
    ----------
    launcher : Launcher
        The student's launcher: same tier, same machine.
    unit : str
    limits : Limits
        Limits of the task, except on time.
    load : LoadRequest, optional
        The student's code, for races on a device, where it needs another worker.
    heartbeat : callable, optional
        Called while this process waits, to show that it is alive.
    """

    def __init__(
        self,
        launcher: Launcher,
        unit: str,
        limits: Limits,
        load: LoadRequest | None = None,
        heartbeat: Heartbeat = lambda: None,
    ) -> None:
        self._launcher, self._unit, self._load = launcher, unit, load
        self.heartbeat = heartbeat
        self.limits = limits
        self._transports: dict[tuple[str, str], RemoteTransport] = {}

    @property
    def tier(self) -> Isolation:
        """Isolation of its workers."""
        return self._launcher.tier

    @property
    def library(self) -> str:
        """Library of the student's code."""
        return self._load.library if self._load else "torch"

    @property
    def load(self) -> LoadRequest:
        """The student's code."""
        assert self._load is not None
        return self._load

    def lent(self) -> dict[str, int]:
        """Return the launcher's zygotes with a GPU, for use by another process."""
        return self._launcher.lent() if isinstance(self._launcher, ForkLauncher) else {}

    def runner(self, worker: str, text: str, function: str) -> ReferenceRunner:
        """Return a function in a reference worker.

        Parameters
        ----------
        worker : str
            Any name; the same name gives the same worker.
        text : str
            Source text of the workloads.
        function : str
            Name of a function of the workloads, or ``hold`` or ``answer``.
        """
        return ReferenceRunner(self.worker(worker, text), function)

    def worker(self, worker: str, text: str, gpu_mib: int = 0) -> RemoteTransport:
        """Return a reference worker with this much GPU memory."""
        key = (worker, text)
        if key not in self._transports:
            files = {STEM: text, "holding": HOLDING}
            load = LoadRequest(Submission(self._unit, files), HOLDERS, "torch", gpu_mib=gpu_mib)
            self._transports[key] = self._opened(load, STEM, OURS)
        return self._transports[key]

    def student_worker(self, task: str, gpu_mib: int) -> RemoteTransport:
        """Return a worker for the student's code with this much GPU memory.

        Calls have the usual time limit; copying into buffers does not count as the student's time.
        """
        assert self._load is not None
        key = (f"student_worker, {task}, {gpu_mib}", "")
        if key not in self._transports:
            seconds = {name: value for name, value in OURS.items() if name != "call_seconds"}
            load = replace(self._load, gpu_mib=gpu_mib)
            self._transports[key] = self._opened(load, self._load.task_files[task], seconds)
        return self._transports[key]

    def end(self, worker: str) -> None:
        """End a worker; its next use starts another."""
        for name, text in [key for key in self._transports if key[0] == worker]:
            self._transports.pop((name, text)).close()

    def _opened(self, load: LoadRequest, file: str, changes: Mapping[str, Any]) -> RemoteTransport:
        limits = structs.replace(self.limits, **changes)
        transport = RemoteTransport(self._launcher, load, limits, Budget(limits))
        transport.default_file = file
        transport.start_test(
            AnswerSizes(timed=True, unknown=DEFAULT_SIZE_LIMITS.frame_bytes)
        )  # torch's form is checked
        return transport

    def close(self) -> None:
        """End the workers."""
        for transport in self._transports.values():
            transport.close()
        self._transports.clear()


def reference_workers_for(pool: WorkerPool, info: TestInfo) -> ReferenceWorkers:
    """Return the reference workers for a test's race; tests with the same limits share them.

    Parameters
    ----------
    pool : WorkerPool
        The submission's workers.
    info : TestInfo
        Description of the test.
    """
    task = pool.task(info)
    limits = pool.limits(task)

    def make() -> ReferenceWorkers:
        return ReferenceWorkers(pool.launcher, info.unit, limits, pool.load_request(task), pool.heartbeat)

    return pool.resource((ReferenceWorkers, task.forbids, limits), make)
