"""A race on a GPU, from its thresholds to a reliable measurement; for a judge that forks, in a subprocess.

A judge forks, and forked processes cannot use CUDA once torch has counted the GPUs (`grader.sandbox.gpus`).
So the fork starts `python -m grader.timing.gpu_race` as a new process that sees the GPUs, and lends it the zygotes
whose workers may use them. It sends one request over standard input, and reads one reply. Both are the project's own
data; the student's code runs only in the workers.
"""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

from grader.course.medals import Thresholds, calibration_on_gpu, medals_of
from grader.course.model import Limits
from grader.judge.budget import Heartbeat
from grader.judge.outcomes import CheckFailed, GraderFault, NoGpu, OutcomeException, Relayed, TooNoisy
from grader.judge.remote import LoadRequest
from grader.metering.meter import run
from grader.metering.processes import use_one_thread
from grader.records import Feedback, Isolation, Verdict
from grader.records.speeds import Measurement
from grader.sandbox import gpus
from grader.sandbox.fork_server import ForkLauncher
from grader.sandbox.launcher import housing_for
from grader.timing import gpu
from grader.timing.batches import comparing_batches
from grader.timing.closeness import USUAL, Closeness, CloseTo
from grader.timing.gpu import require_gpu
from grader.timing.gpu_state import gpu_lock, keeping_heartbeat, require_idle
from grader.timing.on_device import MOST_DEVICE_SECONDS, CompareAll, DeviceRace
from grader.timing.runners import ReferenceWorkers
from grader.timing.workload import Workload, workloads_text

KERNELS = "Triton compiles kernels with programs that no sealed worker may start: timed with --tier self only"


def comparing(dtype: str, tolerances: Closeness | None, names: tuple[str, ...]) -> CompareAll:
    """Return a function that compares batches, on the device first.

    Parameters
    ----------
    dtype : str
    tolerances : Closeness or None
        For float32; other dtypes have their own. None for the usual ones.
    names : tuple of str
        Names of the parts of an answer.
    """
    compare = CloseTo((tolerances or USUAL).in_dtype(dtype), names)
    return comparing_batches(compare, compare)


def require_calibrated(entry: Thresholds | None, device: gpu.Device, unit: str, task: str, dtype: str) -> Thresholds:
    """Return the thresholds if they were measured on this GPU.

    Raises
    ------
    NoGpu
        There are none.
    """
    if entry is None or entry.device != device.name:
        raise not_calibrated(task, unit, dtype, device.name)
    return entry


def not_calibrated(task: str, unit: str, dtype: str, card: str) -> NoGpu:
    """Return the outcome of a race without thresholds: what is missing, and the command that measures it."""
    return NoGpu(f"{task} is not calibrated for {card}, {dtype}: {calibration_on_gpu(unit, dtype)}")


def require_tier(device: gpu.Device, workers: ReferenceWorkers) -> None:
    """Raise `NoGpu` if a tier's isolation does not allow a race on a GPU."""
    if workers.tier is Isolation.WEAK:
        raise NoGpu(f"races on {device.name} need the tier sealed, this is weak: grade doctor")
    if workers.library == "triton" and workers.tier is not Isolation.SELF:
        raise NoGpu(KERNELS)


def raced(
    device: gpu.Device,
    workers: ReferenceWorkers,
    workload: Workload,
    dtype: str,
    *,
    entry: Thresholds,
    compare: CompareAll,
) -> Measurement:
    """Race the student's function against torch's operator on a GPU.

    Raises
    ------
    CheckFailed
        An answer is wrong, or the time is impossible on any GPU.
    TooNoisy
        The machine is too noisy.
    """
    require_idle(device.reading, device.name)
    race = DeviceRace(device, workers, workload, dtype)
    edges = [medal.edge for medal in medals_of(entry)]
    result = race.measure(race.student, compare, edges=edges, seconds=MOST_DEVICE_SECONDS)
    refuse_below(race.least_seconds(gpu.least_seconds), result, f"of time on {device.name}", "any card")
    return result


def refuse_below(least: float, result: Measurement, clock: str, fastest: str) -> None:
    """Raise if a call took less time than its work requires.

    The transfer time is measured by another worker, so noise there can make an honest call look too short.

    Raises
    ------
    CheckFailed
        Even the slowest worker's calls were too short, with only the least transfer time subtracted.
    TooNoisy
        The median is too short, which noise can cause; listed for review.
    """
    if result.seconds >= least:
        return
    message = (
        f"a call took {1e6 * result.seconds:.1f} us {clock}; the work alone takes {1e6 * least:.1f} us "
        f"on {fastest} there is"
    )
    if result.most_seconds < least:
        raise CheckFailed(f"{message}, so it was not done in these calls")
    raise TooNoisy(f"{message}, so it cannot be told how long it took", review=message)


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
    return [sys.executable, "-W", "ignore", "-m", "grader.timing.gpu_race"]


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
    seconds = len(request.entries) * (MOST_DEVICE_SECONDS + SECONDS_BESIDE)
    try:
        with keeping_heartbeat(heartbeat), gpu_lock():
            done = _done(request, seconds)
        reply = msgspec.json.decode(done.stdout, type=RaceReply)
    except subprocess.TimeoutExpired:
        raise GraderFault(f"the race on the GPU was not over after {seconds:.0f} s") from None
    except msgspec.DecodeError:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise GraderFault(f"the race on the GPU broke off: {' '.join(last)}"[:500]) from None
    if reply.verdict is not None:
        raise Relayed(reply.verdict, reply.feedback)
    return reply.results


def _done(request: RaceRequest, seconds: float) -> "subprocess.CompletedProcess[bytes]":
    return run(
        command(),
        seconds,
        input=msgspec.json.encode(request),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=tuple(request.zygotes.values()),
        env=gpus.with_sight(),
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
    require_tier(device, workers)
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
    reply = answer(msgspec.json.decode(sys.stdin.buffer.read(), type=RaceRequest))
    out.write(msgspec.json.encode(reply))
    out.flush()
    os._exit(0)  # CUDA's own shutdown would wait for workers that have ended


if __name__ == "__main__":
    main()
