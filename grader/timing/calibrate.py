"""`grade calibrate`: times of the solution and the naive version, and the medals between them.

Both are measured like submissions. Gold is the solution's time plus a quarter. Bronze is well below the naive version's
time, and at most four times gold. Silver is the geometric mean of the two. On a GPU the naive version starts so many
kernels that it takes hundreds of times as long as torch. It only has to be known well enough to be behind bronze, so it
is timed a few times in this process.
"""

import contextlib
import itertools
import math
import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from grader.course import layout
from grader.course.medals import Thresholds, calibration_on_gpu, read_tiers, tier_name, tiers_text, too_close
from grader.course.model import Limits, Task, Unit
from grader.course.registry import Course
from grader.errors import CourseError, NotFoundError, UnavailableError
from grader.judge.budget import Budget
from grader.judge.items import TestInfo
from grader.judge.judges import solution_files
from grader.judge.local_students import task_files
from grader.judge.outcomes import NoGpu, OutcomeException, TooNoisy
from grader.judge.protocol import Job
from grader.judge.remote import LoadRequest
from grader.judge.worker_pool import WorkerPool
from grader.metering.processes import use_one_thread
from grader.records import Isolation
from grader.records.speeds import Measurement
from grader.sandbox.launcher import Launcher, launcher_for
from grader.submissions.intake import Submission
from grader.timing.closeness import INPUTS
from grader.timing.gpu import Device, device_here
from grader.timing.gpu_state import gpu_lock
from grader.timing.hardware import cpu_name
from grader.timing.measuring import Ours, measure
from grader.timing.on_device import DeviceRace, naive_on
from grader.timing.pairs import Runner
from grader.timing.rounds import USUAL
from grader.timing.runners import ReferenceWorkers, StudentRunner
from grader.timing.workload import Workload, workloads_text

ROUNDS, ROUNDS_ON_DEVICE = 3, 2  # with fresh workers: a submission also meets the variation between workers
GOLD = 1.25  # times the solution's time
BRONZE, BRONZE_BY_GOLD = 0.7, 4.0  # times the naive version's time, and times gold; the smaller one applies
SECONDS = 120.0  # per race
LEAST_REFERENCE = 2e-3  # seconds: below this, overhead of the call dominates
LEAST_ON_DEVICE = 2e-5

LIMITS = Limits(call_seconds=30, test_seconds=1000, submission_seconds=3000, cpu_seconds=3000)


class Calibrated(Struct, frozen=True):
    """Measurements of one task, and the thresholds derived from them.

    Attributes
    ----------
    task : str
    solution, naive : tuple of Measurement
        One per round.
    thresholds : Thresholds
    kind : str
        ``cpu``, or ``gpu_`` and a dtype.
    """

    task: str
    solution: tuple[Measurement, ...]
    naive: tuple[Measurement, ...]
    thresholds: Thresholds
    kind: str = "cpu"


class Kind(NamedTuple):
    """A kind of race.

    Attributes
    ----------
    name : str
        Key of its thresholds.
    device, command : str
        Recorded in the file.
    rounds : int
    least : float
        Least seconds per call of the reference.
    round : callable
        Measures solution and naive version of a task.
    """

    name: str
    device: str
    command: str
    rounds: int
    least: float
    round: Callable[[Task, Launcher], tuple[Measurement, Measurement]]


def proposed(solution: float, naive: float, *, device: str, command: str, day: date) -> Thresholds:
    """Return the thresholds between two ratios.

    Parameters
    ----------
    solution, naive : float
        Times relative to torch's: the solution's slowest round, the naive version's fastest.
    device, command : str
    day : date

    Raises
    ------
    CourseError
        They are too close for three medals.
    """
    gold = GOLD * solution
    bronze = min(BRONZE * naive, BRONZE_BY_GOLD * gold)
    silver = math.sqrt(gold * max(bronze, gold))
    entry = Thresholds(gold, silver, bronze, solution, naive, device, day, command)
    if too_close(entry):
        raise CourseError(
            f"the naive version takes {naive / solution:.2f} x the solution's time: too little for three tiers",
            "a faster solution, or larger inputs in workloads.py",
        )
    return entry


def calibrate(
    course: Course,
    unit_name: str,
    tasks: Sequence[str],
    tier: Isolation,
    announce: Callable[[str], None],
    *,
    gpu: Sequence[str] = (),
) -> list[Calibrated]:
    """Measure a unit's timed tasks on this machine, and write their thresholds.

    Parameters
    ----------
    course : Course
        An author's checkout.
    unit_name : str
    tasks : sequence of str
        Names of tasks to measure; all timed ones if empty.
    tier : Isolation
        Isolation that submissions will run in.
    announce : callable
        Called with a description of each measurement.
    gpu : sequence of str, optional
        Dtypes to race on the machine's GPU, instead of the CPU.

    Returns
    -------
    list of Calibrated
        In the order of the tasks.

    Raises
    ------
    NotFoundError
        There is no such unit or no such timed task.
    CourseError
        The workloads or the solution fail, or the two are too close for three medals.
    UnavailableError
        The machine is too busy, or does not have the tier or a GPU.
    """
    unit = course.unit(unit_name)
    wanted = _wanted(unit, tasks, tier, on_gpu=bool(gpu))
    read_tiers(layout.tiers(course.root, unit.name))  # reports a broken file before anything is measured
    kinds = _kinds_on(course, unit, gpu) if gpu else [_kind_on_cpu(course, unit)]
    use_one_thread()
    measured = []
    with contextlib.closing(launcher_for(tier)) as launcher:
        for task, kind in itertools.product(wanted, kinds):
            measured.append(_calibrated(task, kind, launcher, announce))
            _keep(course, unit, measured[-1])
    return measured


def _keep(course: Course, unit: Unit, calibrated: Calibrated) -> None:
    """Write one task's thresholds, so that a later failure does not lose them."""
    path = layout.tiers(course.root, unit.name)
    entries = {name: dict(devices) for name, devices in read_tiers(path).items()}
    entries.setdefault(calibrated.task, {})[calibrated.kind] = calibrated.thresholds
    merged = {task.name: entries[task.name] for task in unit.tasks_on_gpu if task.name in entries}
    path.write_text(tiers_text(merged), encoding="utf-8", newline="\n")


def _wanted(unit: Unit, tasks: Sequence[str], tier: Isolation, *, on_gpu: bool) -> list[Task]:
    """Return the tasks to measure; kernels are timed without isolation only (`grader.timing.gpu_race`)."""
    kernels = on_gpu and tier is Isolation.SELF
    timed = [task for task in unit.tasks_on_gpu if task in unit.timed_tasks or kernels]
    names = [task.name for task in timed]
    for name in tasks:
        if name not in names:
            raise NotFoundError(
                f'there is no timed task "{name}" in {unit.name}', f"timed: {', '.join(names) or 'none'}"
            )
    if not names:
        raise NotFoundError(f"{unit.name} has no timed tasks", "those are the tasks of a file fast.py")
    return [task for task in timed if not tasks or task.name in tasks]


def _kind_on_cpu(course: Course, unit: Unit) -> Kind:
    def measure_both(task: Task, launcher: Launcher) -> tuple[Measurement, Measurement]:
        return _round(course, unit, task, launcher)

    return Kind("cpu", cpu_name(), f"grade calibrate {unit.name}", ROUNDS, LEAST_REFERENCE, measure_both)


def _kinds_on(course: Course, unit: Unit, dtypes: Sequence[str]) -> list[Kind]:
    """Return the kinds of races on the machine's GPU, one per dtype."""
    device = device_here()

    def kind(dtype: str) -> Kind:
        def measure_both(task: Task, launcher: Launcher) -> tuple[Measurement, Measurement]:
            with _as_author_errors(unit, task):
                return round_on(device, dtype, course, unit, task, launcher=launcher)

        command = calibration_on_gpu(unit.name, dtype)
        return Kind(tier_name(dtype), device.name, command, ROUNDS_ON_DEVICE, LEAST_ON_DEVICE, measure_both)

    return [kind(dtype) for dtype in dtypes]


def _calibrated(task: Task, kind: Kind, launcher: Launcher, announce: Callable[[str], None]) -> Calibrated:
    rounds = []
    for number in range(kind.rounds):
        announce(f"{task.name}, {kind.name}: round {number + 1} of {kind.rounds}")
        rounds.append(kind.round(task, launcher))
    solution, naive = zip(*rounds, strict=True)
    if solution[0].reference_seconds < kind.least:
        raise CourseError(
            f"torch needs {1000 * solution[0].reference_seconds:.2f} ms for a call of {task.name}: "
            f"that is too little to be timed, {1000 * kind.least:.2g} ms are the least",
            "larger inputs in workloads.py",
        )
    slowest, fastest = (
        max(measurement.ratio for measurement in solution),
        min(measurement.ratio for measurement in naive),
    )
    entry = proposed(slowest, fastest, device=kind.device, command=kind.command, day=date.today())
    return Calibrated(task.name, solution, naive, entry, kind.name)


def _round(course: Course, unit: Unit, task: Task, launcher: Launcher) -> tuple[Measurement, Measurement]:
    """Measure solution and naive version in fresh workers."""
    workload = Workload(workloads_text(course.root, unit.name), task.name, secrets.randbits(62))
    with _lanes(course, unit, task, launcher, workload) as (ours, solution, naive), _as_author_errors(unit, task):
        return _measured(solution, ours, workload), _measured(naive, ours, workload)


@contextlib.contextmanager
def _as_author_errors(unit: Unit, task: Task) -> Iterator[None]:
    """Turn the outcomes of a race into errors for an author."""
    try:
        yield
    except (TooNoisy, NoGpu) as noisy:
        raise UnavailableError(noisy.message, "wait for a quiet moment, then the same command") from None
    except OutcomeException as outcome:
        raise CourseError(f"{unit.name}.{task.name}: {outcome.message}", f"grade check --unit {unit.name}") from None


@contextlib.contextmanager
def _lanes(
    course: Course, unit: Unit, task: Task, launcher: Launcher, workload: Workload
) -> Iterator[tuple[Ours, Runner, Runner]]:
    """Open the runners of a round: the reference, the solution as a student's, the naive version."""
    submission = Submission(unit.name, solution_files(course.root, unit))
    info = TestInfo(course.root, unit.name, task.file, task.name, "calibration", 1.0, hidden=True)
    pool = WorkerPool(launcher, Job(submission, LIMITS, secrets.token_hex(8)), course, Budget(LIMITS))
    workers = ReferenceWorkers(launcher, unit.name, course.limits_of(unit.name, task.name))
    with contextlib.closing(pool), contextlib.closing(workers):
        naive = workers.runner("naive", workload.text, workload.name("naive"))
        yield Ours(workers, workload), StudentRunner(pool.student(info), task.name), naive


def _measured(runner: Runner, ours: Ours, workload: Workload) -> Measurement:
    for number in range(INPUTS):  # the dry run of a submission
        runner.run(workload.inputs(number))
        ours.reference.run(workload.inputs(number))
    return measure(runner, ours, workload, _believe, edges=(), seconds=SECONDS, least=USUAL)


def _believe(answer: Any, expected: Any) -> None:
    """Compare nothing: `grade check` proves solution and naive version correct, on every test."""


def round_on(
    device: Device, dtype: str, course: Course, unit: Unit, task: Task, *, launcher: Launcher
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
