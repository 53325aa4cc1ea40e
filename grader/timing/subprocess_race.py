"""A race on a GPU in a subprocess: `python -m grader.timing.subprocess_race`.

A judge forks, and forked processes cannot use CUDA once torch has counted the GPUs (`grader.sandbox.cuda_visibility`).
So the fork starts this program as a new process that sees the GPUs, and lends it the zygotes whose workers may use
them. It sends one request over standard input, and reads one reply. Both are the project's own data; the student's
code runs only in the workers.
"""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

from grader.course.medals import Thresholds
from grader.course.model import Limits
from grader.judge.budget import Heartbeat
from grader.judge.outcomes import GraderFault, OutcomeException, Relayed
from grader.judge.remote import LoadRequest
from grader.metering.cores import use_one_thread
from grader.metering.meter import run
from grader.records import Feedback, Isolation, Verdict
from grader.records.speeds import Measurement
from grader.sandbox import cuda_visibility
from grader.sandbox.fork_server import ForkLauncher
from grader.sandbox.launcher import housing_for
from grader.timing.card import comparing, raced, require_calibrated, require_room
from grader.timing.closeness import Closeness
from grader.timing.gpu import require_gpu
from grader.timing.gpu_lock import gpu_lock, keeping_heartbeat
from grader.timing.on_device import MOST_SECONDS
from grader.timing.runners import ReferenceWorkers
from grader.timing.workload import Workload, workloads_text

SECONDS_BESIDE = 900.0  # of the process beside each race, on a busy machine: imports, workers, inputs


class RaceRequest(Struct, frozen=True):
    """Request for a race in a subprocess.

    Attributes
    ----------
    root : str
        The course.
    load : LoadRequest
        The code.
    limits : Limits
        Limits of the task.
    tier : Isolation
    task : str
    seed : int
        Seed of the inputs.
    entries : dict of str to Thresholds
        By dtype, one race each.
    tolerances : Closeness
        For float32.
    names : tuple of str
        Names of the parts of an answer.
    zygotes : dict of str to int
        Descriptors of the lent zygotes.
    """

    root: str
    load: LoadRequest
    limits: Limits
    tier: Isolation
    task: str
    seed: int
    entries: dict[str, Thresholds]
    tolerances: Closeness
    names: tuple[str, ...]
    zygotes: dict[str, int]


class RaceReply(Struct, frozen=True):
    """Reply to a request: a measurement per dtype, or the outcome of the race."""

    results: tuple[Measurement, ...] = ()
    verdict: Verdict | None = None
    feedback: Feedback = Feedback()


def command() -> list[str]:
    """Return the command that starts the subprocess."""
    return [sys.executable, "-W", "ignore", "-m", "grader.timing.subprocess_race"]


def measured_in_subprocess(request: RaceRequest, heartbeat: Heartbeat) -> tuple[Measurement, ...]:
    """Run the races in a subprocess, while holding the lock on the GPU.

    Parameters
    ----------
    request : RaceRequest
    heartbeat : callable
        Called now and then, because waiting for the lock may take long.

    Raises
    ------
    Relayed
        Outcome of the races in the subprocess.
    GraderFault
        The subprocess gave no reply.
    """
    seconds = len(request.entries) * (MOST_SECONDS + SECONDS_BESIDE)
    try:
        with keeping_heartbeat(heartbeat), gpu_lock():
            done = _done(request, seconds)
        told = msgspec.json.decode(done.stdout, type=RaceReply)
    except subprocess.TimeoutExpired:
        raise GraderFault(f"the race on the GPU was not over after {seconds:.0f} s") from None
    except msgspec.DecodeError:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise GraderFault(f"the race on the GPU broke off: {' '.join(last)}"[:500]) from None
    if told.verdict is not None:
        raise Relayed(told.verdict, told.feedback)
    return told.results


def _done(request: RaceRequest, seconds: float) -> "subprocess.CompletedProcess[bytes]":
    return run(
        command(),
        seconds,
        input=msgspec.json.encode(request),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=tuple(request.zygotes.values()),
        env=cuda_visibility.with_sight(),
    )


def answer(request: RaceRequest) -> RaceReply:
    """Run the races."""
    workload = Workload(workloads_text(Path(request.root), request.load.submission.unit), request.task, request.seed)
    launcher = ForkLauncher(housing_for(request.tier), request.zygotes)
    with contextlib.closing(launcher):
        workers = ReferenceWorkers(launcher, request.load.submission.unit, request.limits, request.load)
        with contextlib.closing(workers):
            try:
                return RaceReply(_results(request, workers, workload))
            except OutcomeException as outcome:
                return RaceReply(verdict=outcome.verdict, feedback=outcome.feedback())


def _results(request: RaceRequest, workers: ReferenceWorkers, workload: Workload) -> tuple[Measurement, ...]:
    device = require_gpu()
    require_room(device, workers)
    for dtype, entry in request.entries.items():
        require_calibrated(entry, device, request.load.submission.unit, request.task, dtype)
    return tuple(
        raced(
            device, workers, workload, dtype, entry=entry, compare=comparing(dtype, request.tolerances, request.names)
        )
        for dtype, entry in request.entries.items()
    )


def main() -> None:
    """Read the request, run the races, write the reply."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    use_one_thread()
    told = answer(msgspec.json.decode(sys.stdin.buffer.read(), type=RaceRequest))
    out.write(msgspec.json.encode(told))
    out.flush()
    os._exit(0)  # CUDA's own shutdown would wait for workers that have ended


if __name__ == "__main__":
    main()
