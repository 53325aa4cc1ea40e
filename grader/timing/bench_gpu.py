"""Measurements of `grade bench --gpu`: the same chart from batches on a GPU, in workers without isolation."""

from collections.abc import Mapping

from grader.course.medals import Edges, Timed
from grader.course.model import Course, Task, Unit
from grader.judge.worker_pool import WorkerPool
from grader.sandbox.launcher import Launcher
from grader.timing.bench import STEPS, Bench, Tell, near
from grader.timing.card import comparing
from grader.timing.closeness import USUAL, CloseTo
from grader.timing.dry_run import dry_run, here
from grader.timing.gpu import Device
from grader.timing.gpu_lock import gpu_lock
from grader.timing.on_device import MOST_SECONDS, DeviceRace, naive_on
from grader.timing.roofline import measured_roofline_on
from grader.timing.runners import ReferenceWorkers
from grader.timing.workload import Workload

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
        self, pool: WorkerPool, workers: ReferenceWorkers, workload: Workload, task: Task, tell: Tell
    ) -> Timed:
        names, runner = self._student(pool, task)
        tell(task.name, STEPS[0])
        dry_run(workload, runner.run, here(workload), CloseTo(USUAL, names))
        edges, compare = self._edges.get(task.name), comparing(DTYPE, None, names)
        with gpu_lock():
            tell(task.name, STEPS[1])
            race = DeviceRace(self._device, workers, workload, DTYPE)
            mine = race.measure(race.student, compare, edges=near(edges), seconds=MOST_SECONDS)
            workers.close()  # frees the workers' buffers before others are allocated
            self._device.forget()
            tell(task.name, STEPS[2])
            naive = naive_on(self._device, DTYPE, workload)
            tell(task.name, STEPS[3])
            operations, moved = workload.least_work(self._device.where, DTYPE)
            roofline = measured_roofline_on(self._device, DTYPE, moved)
        return Timed(task.name, mine, naive, roofline, operations, moved, edges)
