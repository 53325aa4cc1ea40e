"""The fixture `race` of timed tests. ``race.on_cpu("gelu_fast", rtol=1e-4, share=1e-4)`` is the whole test body."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from grader.course import layout
from grader.course.medals import (
    REHEARSED,
    Thresholds,
    Tiers,
    measured,
    measurement_of,
    medals_of,
    needed,
    placed,
    read_tiers,
    speed_of,
    tier_name,
    to_review,
)
from grader.errors import CourseError
from grader.judge.items import TestInfo
from grader.judge.outcomes import BelowGold, GraderFault, NoGpu, TimedOut, TooNoisy
from grader.judge.protocol import Shared
from grader.judge.student import Student
from grader.records import Feedback, Speed
from grader.records.speeds import Measurement
from grader.sandbox import gpus
from grader.sandbox.gpus import find_driver
from grader.timing import gpu
from grader.timing.closeness import Closeness, CloseTo, Compare, Function, dry_run, here, note
from grader.timing.gpu_race import (
    RaceRequest,
    comparing,
    measured_in_subprocess,
    not_calibrated,
    raced,
    refuse_below,
    require_calibrated,
    require_tier,
)
from grader.timing.gpu_state import gpu_lock
from grader.timing.hardware import least_seconds
from grader.timing.measuring import MOST_SECONDS, Ours, measure
from grader.timing.runners import ReferenceWorkers, StudentRunner
from grader.timing.workload import Workload, workloads_text

Entries = dict[str, Thresholds | None]
"""Thresholds by dtype; None where there are none."""

Rtol = float | Mapping[str, float]
"""Relative tolerance of the answer, or of its parts by name."""

UNTIMED = "the same code could not be timed: this machine is too busy"


class Race:
    """Race of a function of the student's against torch's own operator.

    Parameters
    ----------
    info : TestInfo
        Description of the test.
    student : Student
    seed : int
        Seed of the test, from which inputs are drawn.
    workers : ReferenceWorkers or None
        Workers to race in. None for a dry run: answers are compared, nothing is timed.
    known : Shared, optional
        Result of an earlier race of the same code, which is used instead of a new one.
    races : int
        Largest number of races: a result below gold is raced again, and the better one counts.

    Attributes
    ----------
    feedback : Feedback
        Messages of a passed test.
    speed : Speed or None
        The measurement, whatever its medal; None before the race.
    """

    def __init__(
        self,
        info: TestInfo,
        student: "Student",
        seed: int,
        workers: "ReferenceWorkers | None",
        *,
        known: Shared | None = None,
        races: int = 1,
    ) -> None:
        self._info, self._student, self._seed, self._workers = info, student, seed, workers
        self._known, self._races = known, races
        self.feedback = Feedback()
        self.speed: Speed | None = None

    def without_measuring(self, student: "Student", seed: int) -> "Race":
        """Return a race of another student's function that only compares answers.

        Parameters
        ----------
        student : Student
        seed : int
            Seed of the test, from which inputs are drawn.

        Returns
        -------
        Race
        """
        return Race(self._info, student, seed, None)

    def on_cpu(
        self, task: str, *, rtol: Rtol = 0.0, atol: float = 0.0, share: float = 0.0, compare: Compare | None = None
    ) -> None:
        """Compare the answers, then race on one CPU thread.

        Parameters
        ----------
        task : str
            Name of the function, which also names its workload.
        rtol, atol, share : float
            Tolerances of every answer (`Closeness`); `rtol` may be given by name of the answer's parts.
        compare : callable, optional
            Replaces the tolerances, for random answers: called with the student's answer and the reference's.

        Raises
        ------
        CheckFailed
            An answer is wrong; its speed does not count.
        BelowGold
            Correct, but slower than gold; carries the medal's share of the points.
        TooNoisy
            The machine is too noisy.
        """
        workload, compare = self._workload(task), compare or self._close_to(task, _closeness(rtol, atol, share))
        note(self._info.test, "float32", workload, compare)
        if self._workers is None:
            self._dry_run(workload, here(workload), compare)
            return
        ours, limits = Ours(self._workers, workload), self._workers.limits
        self._dry_run(workload, ours.reference.run, compare)
        thresholds = self._thresholds(task, "cpu")
        edges, seconds = [medal.edge for medal in medals_of(thresholds)], min(MOST_SECONDS, limits.test_seconds)
        least = least_seconds(*workload.least_work())

        def race() -> list[Measurement]:
            runner = StudentRunner(self._student, task)
            result = measure(runner, ours, workload, compare, edges=edges, seconds=seconds)
            refuse_below(least, result, "of CPU time", "the fastest thread")
            return [result]

        self._settle([thresholds], race)

    def on_gpu(
        self,
        task: str,
        *,
        rtol: Rtol = 0.0,
        atol: float = 0.0,
        share: float = 0.0,
        half: tuple[float, float] | None = None,
        dtypes: Sequence[str] = ("float32",),
    ) -> None:
        """Compare the answers on the CPU, then race on a GPU.

        Parameters
        ----------
        task : str
        rtol, atol, share : float
            For float32, as in `on_cpu`; other dtypes have their own (`BY_DTYPE`).
        half : pair of float, optional
            `rtol` and `share` in bfloat16 instead of the usual ones.
        dtypes : sequence of str
            One race per dtype; the lowest medal counts.

        Raises
        ------
        CheckFailed, BelowGold, TooNoisy
            As in `on_cpu`.
        NoGpu
            There is no GPU, or the thresholds were measured on another one; nothing is measured or lost.
        """
        workload, tolerances = self._workload(task), replace(_closeness(rtol, atol, share), half=half)
        for dtype in dtypes:
            note(self._info.test, dtype, workload, self._close_to(task, tolerances.in_dtype(dtype)))
        if self._workers is None:
            self._dry_run(workload, here(workload), self._close_to(task, tolerances))
            return
        known = self._known_tiers().get(task, {})
        entries = {dtype: known.get(tier_name(dtype)) for dtype in dtypes}
        race = self._in_subprocess if gpus.hidden() else self._in_this_process
        race(self._workers, workload, entries, tolerances)

    def _in_this_process(
        self, workers: "ReferenceWorkers", workload: Workload, entries: Entries, tolerances: Closeness
    ) -> None:
        """Race in this process."""
        device, task = gpu.require_gpu(), workload.task
        require_tier(device, workers)
        wanted = {
            dtype: require_calibrated(entry, device, self._info.unit, task, dtype) for dtype, entry in entries.items()
        }
        self._dry_run(workload, here(workload), self._close_to(task, tolerances))
        compare = {dtype: comparing(dtype, tolerances, self._names(task)) for dtype in wanted}

        def race() -> list[Measurement]:
            with gpu_lock():
                return [
                    raced(device, workers, workload, dtype, entry=entry, compare=compare[dtype])
                    for dtype, entry in wanted.items()
                ]

        self._settle(list(wanted.values()), race)

    def _in_subprocess(
        self, workers: "ReferenceWorkers", workload: Workload, entries: Entries, tolerances: Closeness
    ) -> None:
        """Race in a subprocess that can see the GPU, which this process must not."""
        if not find_driver().has_gpu:
            raise NoGpu(gpu.NONE)
        wanted = {dtype: entry for dtype, entry in entries.items() if entry is not None}
        for dtype in entries.keys() - wanted.keys():  # only the subprocess sees which GPU the others are for
            raise not_calibrated(workload.task, self._info.unit, dtype, "a GPU")
        self._dry_run(workload, here(workload), self._close_to(workload.task, tolerances))
        request = RaceRequest(
            root=str(self._info.root),
            load=workers.load,
            limits=workers.limits,
            tier=workers.tier,
            task=workload.task,
            seed=self._seed,
            entries=wanted,
            tolerances=tolerances,
            names=self._names(workload.task),
            zygotes=workers.lent(),
        )
        self._settle(list(wanted.values()), lambda: list(measured_in_subprocess(request, workers.heartbeat)))

    def _workload(self, task: str) -> Workload:
        return Workload(workloads_text(self._info.root, self._info.unit), task, self._seed)

    def _close_to(self, task: str, closeness: Closeness) -> Compare:
        return CloseTo(closeness, self._names(task))

    def _names(self, task: str) -> tuple[str, ...]:
        signature = self._student._signatures.get(task)
        return signature.result_names if signature else ()

    def _dry_run(self, workload: Workload, reference: Function, compare: Compare) -> None:
        function = getattr(self._student, workload.task)

        def ask(arguments: tuple[Any, ...]) -> Any:
            return function(*arguments)

        dry_run(workload, ask, reference, compare)
        self.feedback = Feedback(timed=REHEARSED)

    def _thresholds(self, task: str, device: str) -> Thresholds:
        known = self._known_tiers().get(task, {})
        if device not in known:
            raise GraderFault(f"{task} has no thresholds for the {device}: grade calibrate {self._info.unit}")
        return known[device]

    def _known_tiers(self) -> Tiers:
        try:
            return read_tiers(layout.tiers(self._info.root, self._info.unit))
        except CourseError as error:
            raise GraderFault(error.message) from None

    def _settle(self, entries: Sequence[Thresholds], race: Callable[[], list[Measurement]]) -> None:
        """Race, unless the same code has been raced before, and grant the result.

        A second race without a result does not affect the first.
        """
        if self._known is not None:
            self._grant(entries, _known_results(self._known), self._known.speed)
            return
        results = race()
        for _ in range(1, self._races):
            if all(
                placed(result.ratio, medals_of(entry))[1] is None for result, entry in _with_entries(results, entries)
            ):
                break
            with contextlib.suppress(TooNoisy, TimedOut):  # no time for another race
                results = min(results, race(), key=lambda measurements: _rank(measurements, entries))
        self._grant(entries, results)

    def _grant(self, entries: Sequence[Thresholds], results: Sequence[Measurement], known: Speed | None = None) -> None:
        """Grant the lowest medal of all races; report each one, and what the next medal needs."""
        places = [placed(result.ratio, medals_of(entry)) for result, entry in _with_entries(results, entries)]
        first, *others = (speed_of(result, reached) for result, (reached, _) in zip(results, places, strict=True))
        self.speed = known or replace(first, others=tuple(others))
        lines = [measured(result, reached) for result, (reached, _) in zip(results, places, strict=True)]
        reviews = [f"{line}: {why}" for line, result in zip(lines, results, strict=True) if (why := to_review(result))]
        missing = [needed(higher) for _, higher in places if higher is not None]
        if missing:
            credit = min(reached.credit if reached else 0.0 for reached, _ in places)
            raise BelowGold("; ".join(lines), "; ".join(missing), credit=credit, review="; ".join(reviews))
        self.feedback = Feedback(timed="; ".join(lines), review="; ".join(reviews))


def _with_entries(
    results: Sequence[Measurement], entries: Sequence[Thresholds]
) -> Iterator[tuple[Measurement, Thresholds]]:
    return zip(results, entries, strict=True)


def _rank(results: Sequence[Measurement], entries: Sequence[Thresholds]) -> list[float]:
    """Return the sort key of a test's races: the worst ratio relative to gold first."""
    return sorted((result.ratio / entry.gold for result, entry in _with_entries(results, entries)), reverse=True)


def _known_results(known: Shared) -> list[Measurement]:
    """Return the earlier measurements of the same code.

    Raises
    ------
    TooNoisy
        It could not be measured.
    """
    if known.speed is None:
        raise TooNoisy(UNTIMED)
    return [measurement_of(speed) for speed in (known.speed, *known.speed.others)]


def _closeness(rtol: Rtol, atol: float, share: float) -> Closeness:
    return Closeness(dict(rtol) if isinstance(rtol, Mapping) else rtol, atol, share)
