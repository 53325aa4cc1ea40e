"""Collateral points: what one mistake costs in tasks other than its own, with and without second chances."""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor

from grader.autograde.plan import chosen_units
from grader.autograde.secret import course_secret
from grader.course.model import cannot_run
from grader.course.registry import Course, Unit
from grader.course.suite import Misconception, misconceptions_of
from grader.judge.client import WarmJudge
from grader.judge.local_students import signatures
from grader.judge.protocol import Job, lost_points
from grader.judge.second_chances import Substitutes
from grader.metering.processes import usable_cores
from grader.proof.dependencies import closure
from grader.proof.local_suites import MisconceptionResult
from grader.proof.wrong_code import RIGHT, WrongCode, student_files
from grader.records import Isolation, TestRecord
from grader.records.proof import Collateral, MisconceptionCost
from grader.submissions.intake import Submission

OnProgress = Callable[[str], None]


def measure_collateral(
    course: Course,
    units: Sequence[str] = (),
    on_progress: OnProgress = lambda step: None,
    *,
    names: Collection[str] = (),
) -> tuple[Collateral, ...]:
    """Grade every misconception in an otherwise right submission; Linux only.

    Parameters
    ----------
    course : Course
        An author's checkout.
    units : sequence of str, optional
        Only these; all if empty.
    on_progress : callable, optional
        Called at the beginning of each unit.
    names : collection of str, optional
        Only these misconceptions; all if empty.

    Returns
    -------
    tuple of Collateral
        In the course's order of units.

    Raises
    ------
    NotFoundError
        There is no such unit.
    CourseError
        The suites cannot be collected, or this is a student bundle.
    JudgeFailed
        The judge does not start, or ends.
    """
    course.refuse_bundle("it has no hidden tests")
    chosen, secret = chosen_units(course, units), course_secret(course)
    with WarmJudge(course.root, chosen, secret, Isolation.SELF) as judge:
        judge.wait_until_ready()
        results = []
        for unit in map(course.unit, chosen):
            on_progress(f"{unit.name}: misconceptions")
            results.append(_Measurement(course, unit, judge, secret).collateral(names))
    return tuple(results)


class _Measurement:
    """Grading of one unit's misconceptions."""

    def __init__(self, course: Course, unit: Unit, judge: WarmJudge, secret: str) -> None:
        self._course, self._unit, self._judge, self._secret = course, unit, judge, secret
        self._wrong_code = WrongCode(course.root, unit.name)
        self._substitutes = Substitutes(unit, signatures(course, unit.name))
        self._users: dict[str, list[str]] = {}
        for task in unit.tasks:
            for name in task.requires:
                self._users.setdefault(name, []).append(task.name)

    def collateral(self, names: Collection[str]) -> Collateral:
        """Return the points that misconceptions cost in tasks that require theirs; others are not graded."""
        tasks = self._users.keys() - cannot_run(self._unit).keys()
        registered = misconceptions_of(self._course.root, self._unit.name)
        known = [wrong for wrong in registered if wrong.task in tasks and (not names or wrong.name in names)]
        portable = [wrong for wrong in known if self._wrong_code.portable(wrong.name)]
        with ThreadPoolExecutor(usable_cores(), thread_name_prefix="collateral") as pool:
            costs = tuple(pool.map(self._cost, portable))
        return Collateral(
            self._unit.name,
            len(costs),
            lost=sum(cost.lost for cost in costs),
            before=sum(sum(cost.before.values()) for cost in costs),
            after=sum(sum(cost.elsewhere.values()) for cost in costs),
            pairs=sum(sum(cost.pairs.values()) for cost in costs),
            points=sum(cost.points for cost in costs),
            costs=costs,
            left_out=tuple(wrong.name for wrong in known if wrong not in portable),
        )

    def _cost(self, wrong: Misconception) -> MisconceptionCost:
        first, last = self._graded(wrong)
        before, after = (_lost_by_task(tests, without=wrong.task) for tests in (first, last))
        pairs = {task for task in after if wrong.task in self._substitutes.forward_passes(task)}
        return MisconceptionCost(
            wrong.name,
            wrong.task,
            lost=sum(test.points - test.earned for test in last if test.task == wrong.task),
            before=before,
            elsewhere={task: points for task, points in after.items() if task not in pairs},
            pairs={task: points for task, points in after.items() if task in pairs},
            points=sum(test.points for test in last if test.task != wrong.task),
        )

    def _graded(self, wrong: Misconception) -> tuple[list[TestRecord], list[TestRecord]]:
        """Return the records of a submission with a misconception, before and after second chances."""
        records: list[TestRecord] = []
        self._judge.grade(self._job(wrong), records.append)
        first: dict[tuple[str, bool], TestRecord] = {}
        last: dict[tuple[str, bool], TestRecord] = {}
        for record in records:
            first.setdefault((record.test, record.hidden), record)
            last[record.test, record.hidden] = record
        return list(first.values()), list(last.values())

    def _job(self, wrong: Misconception) -> Job:
        """Return the job of grading the misconception's task, and those that require it, on right answers otherwise."""
        answers = dict.fromkeys((task.name for task in self._unit.tasks), RIGHT)
        answer = MisconceptionResult(self._unit.name, wrong.task, wrong.name, "", {}, named=True)
        files = student_files(self._course.root, self._unit, {**answers, wrong.task: answer}, self._wrong_code)
        return Job(
            Submission(self._unit.name, files),
            self._course.limits_of(self._unit.name),
            self._secret,
            tasks=tuple(closure([wrong.task], self._users)),
            dry_run=True,
            diagnose=False,
            second_chances=True,
        )


def _lost_by_task(tests: Sequence[TestRecord], *, without: str) -> dict[str, float]:
    lost: dict[str, float] = {}
    for test in tests:
        if test.task != without and lost_points(test):
            lost[test.task] = lost.get(test.task, 0.0) + test.points - test.earned
    return lost
