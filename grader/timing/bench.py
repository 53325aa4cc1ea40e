"""Measurements of `grade bench`: a function against torch's own, the naive version, and the roofline.

Code runs in workers without isolation, as in `grade run`, and is called as in a race. Where the kernel does not
report a worker's CPU time, wall-clock time replaces it, which no graded race would accept. With `--gpu`, the chart is
the same, from batches on a GPU.
"""

import contextlib
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from grader.course.medals import Edges, Timed, medals_of
from grader.course.model import Course, Limits, Task, Unit
from grader.judge.budget import Budget
from grader.judge.items import TestInfo
from grader.judge.outcomes import OutcomeException, TooNoisy
from grader.judge.protocol import Job
from grader.judge.worker_pool import WorkerPool
from grader.records import Feedback
from grader.sandbox.launcher import Launcher
from grader.submissions.intake import Submission
from grader.timing.closeness import USUAL, CloseTo, dry_run, here
from grader.timing.gpu import Device
from grader.timing.gpu_race import comparing
from grader.timing.gpu_state import gpu_lock
from grader.timing.hardware import measured_roofline, measured_roofline_on
from grader.timing.measuring import MOST_SECONDS, Ours, measure
from grader.timing.on_device import MOST_DEVICE_SECONDS, DeviceRace, naive_on
from grader.timing.pairs import Arguments, Runner
from grader.timing.runners import ReferenceWorkers, StudentRunner
from grader.timing.workload import Workload, workloads_text

STEPS = ("comparing answers", "timing yours", "timing the slow way", "measuring the roofline")
LIMITS = Limits(call_seconds=60, test_seconds=600, submission_seconds=3600, cpu_seconds=3600)

Announce = Callable[[str, str], None]
"""Called with the task's name and the step that starts."""


class NotTimed(Struct, frozen=True):
    """A task that was not timed.

    Attributes
    ----------
    task : str
    feedback : Feedback
        The reason: an error, or a machine that is too busy.
    noisy : bool
        Whether the machine is the reason.
    """

    task: str
    feedback: Feedback
    noisy: bool = False


class OnTheWall:
    """A runner timed by the wall clock, which every platform has; time outside its own calls does not count."""

    def __init__(self, runner: Runner) -> None:
        self._runner, self._spent = runner, 0.0

    def run(self, arguments: Arguments) -> Any:
        """Call the function."""
        start = time.perf_counter()
        answer = self._runner.run(arguments)
        self._spent += time.perf_counter() - start
        return answer

    def renew(self) -> None:
        """End the worker; the next call starts another."""
        self._runner.renew()

    def cpu_seconds(self) -> float:
        """Return the seconds that calls have taken so far."""
        return self._spent


class WallClockWorkers(ReferenceWorkers):
    """Reference workers timed by the wall clock."""

    def runner(self, worker: str, text: str, function: str) -> Runner:  # type: ignore[override]  # races ask no more of it
        """Return a function in a reference worker."""
        return OnTheWall(super().runner(worker, text, function))


class Bench:
    """Measurements of a unit's timed tasks.

    Parameters
    ----------
    course : Course
    unit : Unit
    files : mapping of str to str
        Source text by file stem.
    launcher : Launcher
    edges : mapping of str to Edges
        Medal thresholds by task, where known.
    on_the_wall : bool
        Whether to use the wall clock, because the kernel does not report the CPU time of workers.
    """

    def __init__(
        self,
        course: Course,
        unit: Unit,
        files: Mapping[str, str],
        launcher: Launcher,
        *,
        edges: Mapping[str, Edges],
        on_the_wall: bool = False,
    ) -> None:
        self._course, self._unit, self._launcher = course, unit, launcher
        self._edges, self._on_the_wall = edges, on_the_wall
        self._job = Job(Submission(unit.name, dict(files)), LIMITS, secrets.token_hex(8))
        self._text = workloads_text(course.root, unit.name)

    def timed(self, tasks: Sequence[Task], announce: Announce) -> list[Timed | NotTimed]:
        """Measure some tasks in sequence.

        Parameters
        ----------
        tasks : sequence of Task
        announce : callable

        Returns
        -------
        list of Timed or NotTimed
            In the order of the tasks.
        """
        return [self._one(task, announce) for task in tasks]

    def _one(self, task: Task, announce: Announce) -> Timed | NotTimed:
        pool = WorkerPool(self._launcher, self._job, self._course, Budget(LIMITS))
        kind = WallClockWorkers if self._on_the_wall else ReferenceWorkers
        workers = kind(self._launcher, self._unit.name, LIMITS, pool.load_request(task))
        workload = Workload(self._text, task.name, secrets.randbits(62))
        with contextlib.closing(pool), contextlib.closing(workers):
            try:
                return self._measured(pool, workers, workload, task, announce)
            except OutcomeException as outcome:
                return NotTimed(task.name, outcome.feedback(), noisy=isinstance(outcome, TooNoisy))

    def _measured(
        self, pool: WorkerPool, workers: ReferenceWorkers, workload: Workload, task: Task, announce: Announce
    ) -> Timed:
        names, runner = self._student(pool, task)
        compare = CloseTo(USUAL, names)
        ours, edges = Ours(workers, workload), self._edges.get(task.name)
        announce(task.name, STEPS[0])
        dry_run(workload, runner.run, ours.reference.run, compare)
        announce(task.name, STEPS[1])
        measurement = measure(runner, ours, workload, compare, edges=near(edges), seconds=MOST_SECONDS)
        announce(task.name, STEPS[2])
        slow = workers.runner("naive", workload.text, workload.name("naive"))
        naive = measure(slow, ours, workload, _believe, edges=(), seconds=MOST_SECONDS)
        announce(task.name, STEPS[3])
        operations, moved = workload.least_work()
        return Timed(task.name, measurement, naive, measured_roofline(moved), operations, moved, edges)

    def _student(self, pool: WorkerPool, task: Task) -> tuple[tuple[str, ...], Runner]:
        """Return the names of the parts of a task's answer, and a runner of its function."""
        info = TestInfo(self._course.root, self._unit.name, task.file, task.name, "bench", 0.0, hidden=False)
        student = pool.student(info)
        signature = student._signatures.get(task.name)
        runner = StudentRunner(student, task.name)
        names = signature.result_names if signature else ()
        return names, OnTheWall(runner) if self._on_the_wall else runner


def near(edges: Edges | None) -> list[float]:
    """Return the ratios between the medals, which a race should tell apart; empty if they are not known."""
    return [medal.edge for medal in medals_of(edges)] if edges else []


def _believe(answer: Any, expected: Any) -> None:
    """Compare nothing: `grade check` proves the naive version correct."""


DTYPE = "float32"


class DeviceBench(Bench):
    """Measurements of a unit's timed tasks on a GPU, in float32.

    Parameters
    ----------
    course : Course
    unit : Unit
    files : mapping of str to str
        Source text by file stem.
    launcher : Launcher
    edges : mapping of str to Edges
        Medal thresholds by task, where known.
    device : Device
    """

    def __init__(
        self,
        course: Course,
        unit: Unit,
        files: Mapping[str, str],
        launcher: Launcher,
        *,
        edges: Mapping[str, Edges],
        device: Device,
    ) -> None:
        super().__init__(course, unit, files, launcher, edges=edges)
        self._device = device

    def _measured(
        self, pool: WorkerPool, workers: ReferenceWorkers, workload: Workload, task: Task, announce: Announce
    ) -> Timed:
        names, runner = self._student(pool, task)
        announce(task.name, STEPS[0])
        dry_run(workload, runner.run, here(workload), CloseTo(USUAL, names))
        edges, compare = self._edges.get(task.name), comparing(DTYPE, None, names)
        with gpu_lock():
            announce(task.name, STEPS[1])
            race = DeviceRace(self._device, workers, workload, DTYPE)
            measurement = race.measure(race.student, compare, edges=near(edges), seconds=MOST_DEVICE_SECONDS)
            workers.close()  # frees the workers' buffers before others are allocated
            self._device.forget()
            announce(task.name, STEPS[2])
            naive = naive_on(self._device, DTYPE, workload)
            announce(task.name, STEPS[3])
            operations, moved = workload.least_work(self._device.where, DTYPE)
            roofline = measured_roofline_on(self._device, DTYPE, moved)
        return Timed(task.name, measurement, naive, roofline, operations, moved, edges)
