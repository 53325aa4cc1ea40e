"""`race`: what a timed test sees. ``race.on_cpu("gelu_fast", rtol=1e-4, atol=1e-5)`` is the whole of its body."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from grader.course import layout
from grader.course.thresholds import Thresholds, Tiers, calibration_on_gpu, read_tiers, tier_name
from grader.errors import CourseError
from grader.judge.ended import BelowGold, CheckFailed, GraderFault, NoGpu
from grader.judge.items import Facts
from grader.judge.timing import gpu
from grader.judge.timing.device import least_seconds
from grader.judge.timing.rehearsal import Compare, Function, close_to, here, rehearse
from grader.judge.timing.tiers import placed, tiers_of
from grader.judge.timing.words import REHEARSED, Measurement, measured, needed, speed_of
from grader.judge.timing.workload import Workload, workloads_text
from grader.records import Feedback, Speed, Tier

if TYPE_CHECKING:
    from grader.judge.student import Student
    from grader.judge.timing.lanes import Track
    from grader.judge.timing.on_device import CompareAll

KERNELS = "Triton compiles kernels with programs that no sealed worker may start: timed with --tier self only"
SUSPICIOUS = 1 / 5  # of torch's own time: somebody should see how


class Race:
    """Times a function of the student's against torch's own operator.

    Parameters
    ----------
    facts : Facts
        Of the test.
    student : Student
    seed : int
        Of the test; inputs follow from it.
    track : Track or None
        Where to race; without one this is a rehearsal: answers are compared, nothing is timed.

    Attributes
    ----------
    told : Feedback
        What is to be said although the test passed.
    speed : Speed or None
        What was measured, whatever tier that is; None until then.
    """

    def __init__(self, facts: Facts, student: "Student", seed: int, track: "Track | None") -> None:
        self._facts, self._student, self._seed, self._track = facts, student, seed, track
        self.told = Feedback()
        self.speed: Speed | None = None

    def on_cpu(self, task: str, *, rtol: float = 0.0, atol: float = 0.0, compare: Compare | None = None) -> None:
        """Compare the answers, then race on one CPU thread.

        Parameters
        ----------
        task : str
            The function; its workload is found by its name.
        rtol, atol : float
            How close every answer must be to the reference's.
        compare : callable, optional
            In their place, called with the student's answer and the reference's: for answers that are random.

        Raises
        ------
        CheckFailed
            An answer is wrong: speed counts for nothing then.
        BelowGold
            Right, and slower than gold; with the tier's share of the points.
        TooNoisy
            The machine cannot be believed.
        """
        workload, compare = self._workload(task), compare or self._close_to(task, rtol, atol)
        if self._track is None:
            self._rehearse(workload, here(workload), compare)
            return
        from grader.judge.timing.lanes import StudentLane
        from grader.judge.timing.measuring import MOST_SECONDS, Ours, measure

        ours = Ours(self._track, workload)
        self._rehearse(workload, ours.reference.run, compare)
        thresholds = self._thresholds(task, "cpu")
        edges = [tier.edge for tier in tiers_of(thresholds)]
        seconds = min(MOST_SECONDS, self._track.limits.test_seconds)
        result = measure(StudentLane(self._student, task), ours, workload, compare, edges=edges, seconds=seconds)
        least = least_seconds(*workload.ask("work", *workload.inputs(0)))
        self._refuse_below(least, result, "of CPU time", "the fastest thread")
        self._grant((result, thresholds))

    def on_gpu(
        self,
        task: str,
        *,
        rtol: float = 0.0,
        atol: float = 0.0,
        dtypes: Sequence[str] = ("float32",),
        compare: Compare | None = None,
    ) -> None:
        """Compare the answers on the CPU, then race on a GPU.

        Parameters
        ----------
        task : str
        rtol, atol : float
            For float32, as in `on_cpu`; other dtypes have the tolerances of `check`.
        dtypes : sequence of str
            Each is a race of its own; the lowest tier of them counts.
        compare : callable, optional
            As in `on_cpu`.

        Raises
        ------
        CheckFailed, BelowGold, TooNoisy
            As in `on_cpu`.
        NoGpu
            There is none, or none that this task's tiers were measured on: then nothing is measured, and nothing lost.
        """
        workload = self._workload(task)
        device = self._device() if self._track is not None else None
        entries = [self._thresholds_on(device, task, dtype) for dtype in dtypes] if device else []
        self._rehearse(workload, here(workload), compare or self._close_to(task, rtol, atol))
        if self._track is not None and device is not None:
            results = [
                self._race_on(device, self._track, workload, dtype, self._comparing(task, dtype, (rtol, atol), compare))
                for dtype in dtypes
            ]
            self._grant(*zip(results, entries, strict=True))

    def _device(self) -> gpu.Device:
        device = gpu.require_gpu()
        if self._track is not None and self._track.tier is Tier.WEAK:
            raise NoGpu(f"races on {device.name} need the tier sealed, this is weak: grade doctor")
        if self._track is not None and self._track.library == "triton" and self._track.tier is not Tier.SELF:
            raise NoGpu(KERNELS)
        return device

    def _race_on(
        self, device: gpu.Device, track: "Track", workload: Workload, dtype: str, compare: "CompareAll"
    ) -> Measurement:
        from grader.judge.timing.on_device import MOST_SECONDS, DeviceRace

        race = DeviceRace(device, track, workload, dtype)
        lane = race.student(track.entrant(workload.task, race.gpu_mib))
        edges = [tier.edge for tier in tiers_of(self._thresholds_on(device, workload.task, dtype))]
        result = race.measure(lane, compare, edges=edges, seconds=MOST_SECONDS)
        self._refuse_below(race.least_seconds(gpu.least_seconds), result, f"of time on {device.name}", "any card")
        return result

    def _comparing(
        self, task: str, dtype: str, tolerances: tuple[float, float], compare: Compare | None
    ) -> "CompareAll":
        """Return what compares batches: quickly on the device where float32 has tolerances, else call by call."""
        from grader.judge.timing.batches import comparing_batches

        if compare is not None or dtype != "float32":
            return comparing_batches(compare or self._close_to(task, None, None))
        return comparing_batches(self._close_to(task, *tolerances), *tolerances)

    def _thresholds_on(self, device: gpu.Device, task: str, dtype: str) -> Thresholds:
        entry = self._known_tiers().get(task, {}).get(tier_name(dtype))
        if entry is None or entry.device != device.name:
            command = calibration_on_gpu(self._facts.unit, dtype)
            raise NoGpu(f"{task} is not calibrated for {device.name}, {dtype}: {command}")
        return entry

    def _workload(self, task: str) -> Workload:
        return Workload(workloads_text(self._facts.root, self._facts.unit), task, self._seed)

    def _close_to(self, task: str, rtol: float | None, atol: float | None) -> Compare:
        signature = self._student._signatures.get(task)
        return close_to(rtol, atol, signature.result_names if signature else ())

    def _rehearse(self, workload: Workload, reference: Function, compare: Compare) -> None:
        function = getattr(self._student, workload.task)

        def ask(arguments: tuple[Any, ...]) -> Any:
            return function(*arguments)

        rehearse(workload, ask, reference, compare)
        self.told = Feedback(timed=REHEARSED)

    def _thresholds(self, task: str, device: str) -> Thresholds:
        known = self._known_tiers().get(task, {})
        if device not in known:
            raise GraderFault(f"{task} has no thresholds for the {device}: grade calibrate {self._facts.unit}")
        return known[device]

    def _known_tiers(self) -> Tiers:
        try:
            return read_tiers(layout.tiers(self._facts.root, self._facts.unit))
        except CourseError as error:
            raise GraderFault(error.message) from None

    def _refuse_below(self, least: float, result: Measurement, clock: str, fastest: str) -> None:
        if result.seconds < least:
            raise CheckFailed(
                f"a call took {1e6 * result.seconds:.1f} us {clock}; the work alone takes {1e6 * least:.1f} us "
                f"on {fastest} there is, so it was not done in these calls"
            )

    def _grant(self, *races: tuple[Measurement, Thresholds]) -> None:
        """Grant the lowest tier of all races; say what each was, and what the next tier needs where one is left."""
        places = [placed(result.ratio, tiers_of(thresholds)) for result, thresholds in races]
        self.speed = speed_of(races[0][0], places[0][0])
        lines = [measured(result, reached) for (result, _), (reached, _) in zip(races, places, strict=True)]
        missing = [needed(higher) for _, higher in places if higher is not None]
        if missing:
            credit = min(reached.credit if reached else 0.0 for reached, _ in places)
            raise BelowGold("; ".join(lines), "; ".join(missing), credit=credit)
        quick = [line for line, (result, _) in zip(lines, races, strict=True) if result.ratio < SUSPICIOUS]
        review = f"{'; '.join(quick)}: more than five times as fast as torch" if quick else ""
        self.told = Feedback(timed="; ".join(lines), review=review)
