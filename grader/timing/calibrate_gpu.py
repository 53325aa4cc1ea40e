"""`grade calibrate --gpu`: times of the solution and the naive version by torch's operator on this machine's GPU.

The solution is raced like submissions. The naive version starts so many kernels that it takes hundreds of times
as long as torch. It only has to be known well enough to be behind bronze, so it is timed a few times in this process.
"""

import contextlib
import secrets
from typing import Any

from msgspec.structs import replace

from grader.course.model import Task, Unit
from grader.course.registry import Course
from grader.judge.judges import solution_files
from grader.judge.local_students import task_files
from grader.judge.remote import LoadRequest
from grader.records.speeds import Measurement
from grader.sandbox.launcher import Launcher
from grader.submissions.intake import Submission
from grader.timing import gpu
from grader.timing.gpu_lock import gpu_lock
from grader.timing.on_device import DeviceRace, naive_on
from grader.timing.runners import ReferenceWorkers
from grader.timing.statistics import USUAL
from grader.timing.workload import Workload, workloads_text

SECONDS = 120.0  # per race


def round_on(
    device: gpu.Device, dtype: str, course: Course, unit: Unit, task: Task, *, launcher: Launcher
) -> tuple[Measurement, Measurement]:
    """Measure the solution in fresh workers, and the naive version in this process."""
    workload = Workload(workloads_text(course.root, unit.name), task.name, secrets.randbits(62))
    limits = replace(course.limits_of(unit.name, task.name), call_seconds=SECONDS)
    workers = ReferenceWorkers(launcher, unit.name, limits, solution_of(course, unit, task))
    with gpu_lock():
        with contextlib.closing(workers):
            race = DeviceRace(device, workers, workload, dtype)
            solution = race.measure(race.student, _believe, edges=(), seconds=SECONDS, least=USUAL)
        device.forget()
        return solution, naive_on(device, dtype, workload)


def solution_of(course: Course, unit: Unit, task: Task) -> LoadRequest:
    """Return a unit's solutions as a submission."""
    return LoadRequest(
        Submission(unit.name, solution_files(course.root, unit)), task_files(unit), task.library, forbidden=task.forbids
    )


def _believe(answers: list[Any], expected: list[Any]) -> None:
    """Compare nothing: `grade check` proves solution and naive version correct, on every test."""
