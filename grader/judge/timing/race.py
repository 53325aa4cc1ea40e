"""`race`: what a timed test sees. ``race.on_cpu("gelu_fast", rtol=1e-4, atol=1e-5)`` is the whole of its body."""

from typing import TYPE_CHECKING, Any

from grader.course import layout
from grader.course.thresholds import Thresholds, read_tiers
from grader.errors import CourseError
from grader.judge.ended import BelowGold, CheckFailed, GraderFault
from grader.judge.items import Facts
from grader.judge.timing import gpu
from grader.judge.timing.device import least_seconds
from grader.judge.timing.rehearsal import Compare, Function, close_to, here, rehearse
from grader.judge.timing.tiers import placed, tiers_of
from grader.judge.timing.words import REHEARSED, Measurement, measured, needed, speed_of
from grader.judge.timing.workload import Workload, workloads_text
from grader.records import Feedback, Speed

if TYPE_CHECKING:
    from grader.judge.student import Student
    from grader.judge.timing.lanes import Track

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
        self._refuse_the_impossible(workload, result)
        self._grant(result, thresholds)

    def on_gpu(self, task: str, *, rtol: float = 0.0, atol: float = 0.0, compare: Compare | None = None) -> None:
        """Compare the answers on the CPU, then race on a GPU.

        Parameters
        ----------
        task : str
        rtol, atol : float
        compare : callable, optional
            As in `on_cpu`.

        Raises
        ------
        NoGpu
            There is none: then nothing is measured, and nothing lost.
        """
        if self._track is not None:
            gpu.require_gpu()
        workload = self._workload(task)
        self._rehearse(workload, here(workload), compare or self._close_to(task, rtol, atol))

    def _workload(self, task: str) -> Workload:
        return Workload(workloads_text(self._facts.root, self._facts.unit), task, self._seed)

    def _close_to(self, task: str, rtol: float, atol: float) -> Compare:
        signature = self._student._signatures.get(task)
        return close_to(rtol, atol, signature.result_names if signature else ())

    def _rehearse(self, workload: Workload, reference: Function, compare: Compare) -> None:
        function = getattr(self._student, workload.task)

        def ask(arguments: tuple[Any, ...]) -> Any:
            return function(*arguments)

        rehearse(workload, ask, reference, compare)
        self.told = Feedback(timed=REHEARSED)

    def _thresholds(self, task: str, device: str) -> Thresholds:
        try:
            known = read_tiers(layout.tiers(self._facts.root, self._facts.unit)).get(task, {})
        except CourseError as error:
            raise GraderFault(error.message) from None
        if device not in known:
            raise GraderFault(f"{task} has no thresholds for the {device}: grade calibrate {self._facts.unit}")
        return known[device]

    def _refuse_the_impossible(self, workload: Workload, result: Measurement) -> None:
        least = least_seconds(*workload.ask("work", *workload.inputs(0)))
        if result.seconds < least:
            raise CheckFailed(
                f"a call took {1e6 * result.seconds:.1f} us of CPU time; the work alone takes {1e6 * least:.1f} us "
                "on the fastest thread there is, so it was not done in these calls"
            )

    def _grant(self, result: Measurement, thresholds: Thresholds) -> None:
        reached, higher = placed(result.ratio, tiers_of(thresholds))
        self.speed = speed_of(result, reached)
        timed = measured(result, reached)
        if higher is not None:
            raise BelowGold(timed, needed(higher), credit=reached.credit if reached else 0.0)
        review = f"{timed}: more than five times as fast as torch" if result.ratio < SUSPICIOUS else ""
        self.told = Feedback(timed=timed, review=review)
