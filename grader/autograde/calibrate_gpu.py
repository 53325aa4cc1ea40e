"""`grade calibrate --gpu`: solution and naive version against torch's operator on the card of this machine.

The solution is raced as submissions are. The naive version starts so many kernels that it takes hundreds of times as
long as torch; it only has to be known well enough to stand behind bronze, and is timed in this process, a few times.
"""

import contextlib
import secrets
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec.structs import replace

from grader.course import layout
from grader.course.model import Task, Unit
from grader.course.registry import Course
from grader.errors import UnavailableError
from grader.judge.ended import NoGpu
from grader.judge.remote import Submission
from grader.judge.subjects import homes
from grader.judge.timing import gpu
from grader.judge.timing.lanes import Track
from grader.judge.timing.on_device import DeviceRace
from grader.judge.timing.pairs import Arguments
from grader.judge.timing.stopping import USUAL
from grader.judge.timing.words import Measurement
from grader.judge.timing.workload import Workload, workloads_text
from grader.sandbox.launcher import Launcher
from grader.worker.trees import apart, together

SECONDS = 120.0  # of a race
AT_ONCE, TRIES = 20, 3  # calls of the reference that are timed together; how often
QUICK = 0.1  # seconds: where the naive version takes longer for inputs of a CPU's size, those will do


def device_here() -> gpu.Device:
    """Return this machine's GPU.

    Raises
    ------
    UnavailableError
        There is none.
    """
    try:
        return gpu.require_gpu()
    except NoGpu as none:
        raise UnavailableError(
            none.message, "on a machine with an NVIDIA card: the same command; grade doctor"
        ) from None


def round_on(
    device: gpu.Device, dtype: str, course: Course, unit: Unit, task: Task, *, launcher: Launcher
) -> tuple[Measurement, Measurement]:
    """Measure the solution in fresh workers, and the naive version here."""
    workload = Workload(workloads_text(course.root, unit.name), task.name, secrets.randbits(62))
    limits = replace(course.limits_of(unit.name, task.name), call_seconds=SECONDS)
    with contextlib.closing(Track(launcher, unit.name, limits, solution_of(course, unit, task))) as track:
        race = DeviceRace(device, track, workload, dtype)
        solution = race.measure(race.student, _believe, edges=(), seconds=SECONDS, least=USUAL)
    device.forget()
    return solution, naive_on(device, dtype, workload)


def naive_on(device: gpu.Device, dtype: str, workload: Workload) -> Measurement:
    """Time the naive version, in this process.

    Inputs are those of a race where it is quick, else those of a race on a CPU: the smaller they are, the better it
    stands against torch, which has to start its kernels as well.
    """
    drawn: list[Any] = []
    template = apart(workload.inputs(0, "cpu", dtype), drawn)
    measured = _naive_for(device, workload, together(template, [tensor.to(device.where) for tensor in drawn]))
    if measured.seconds < QUICK:
        measured = _naive_for(device, workload, workload.inputs(0, device.where, dtype))
    return measured


def _naive_for(device: gpu.Device, workload: Workload, arguments: Arguments) -> Measurement:
    naive = _seconds(device, partial(workload.ask, "naive", *arguments), 1)
    theirs = _seconds(device, partial(workload.ask, "reference", *arguments), AT_ONCE)
    ratio = naive / theirs
    return Measurement(ratio, ratio, ratio, 1, device.name, naive, theirs)


def _seconds(device: gpu.Device, call: Callable[[], object], calls: int) -> float:
    """Return the least time of a call by the clock on the wall, of several together; the first one warms up."""
    call()
    device.synchronize()
    spent = []
    for _ in range(TRIES):
        start = time.perf_counter()
        for _ in range(calls):
            call()
        device.synchronize()
        spent.append(time.perf_counter() - start)
    return min(spent) / calls


def solution_of(course: Course, unit: Unit, task: Task) -> Submission:
    """Return a unit's solutions as somebody's submission."""
    paths = {stem: layout.solution_path(course.root, unit.name, stem) for stem in unit.files}
    texts = {stem: path.read_text(encoding="utf-8") for stem, path in paths.items() if path.is_file()}
    return Submission(unit.name, texts, homes(unit), task.library, forbidden=task.forbids)


def _believe(answers: list[Any], expected: list[Any]) -> None:
    """Compare nothing: that solution and naive version are right is proved by `grade check`, on every test."""
