"""Warm session: suites that are collected once and then grade one submission after another."""

import contextlib
import time
from collections.abc import Callable, Sequence
from functools import partial

import pytest

from grader.course import layout
from grader.course.registry import Course
from grader.judge.budget import Budget, Heartbeat, peak_mib
from grader.judge.dry_run import DryRun, recorded
from grader.judge.item_run import ItemRun, record_of
from grader.judge.items import TEST_INFO, OptionalTasks, TestInfo
from grader.judge.local_students import RunnableMisconception
from grader.judge.name_search import NameSearch
from grader.judge.naming import Observations
from grader.judge.outcomes import NotMeasured
from grader.judge.plain_tests import is_plain
from grader.judge.plugin import StudentSource
from grader.judge.protocol import Job
from grader.judge.second_runs import SecondRuns
from grader.judge.student import Student
from grader.judge.suite import Suite
from grader.judge.worker_pool import WorkerPool
from grader.records import TestRecord, Timing
from grader.sandbox.launcher import Launcher

OnRecord = Callable[[TestRecord], None]


class WarmSession:
    """Collected tests that are run on submissions.

    Parameters
    ----------
    session : pytest.Session
        Session after collection.

    Raises
    ------
    CollectionError
        A test belongs to no task of its unit.
    """

    def __init__(self, session: pytest.Session) -> None:
        self._suite = Suite(session)
        self._names = NameSearch(self._suite)

    @property
    def course(self) -> Course:
        """The course as it was when its suites were collected."""
        return self._suite.course

    @property
    def tests(self) -> tuple[TestInfo, ...]:
        """Information on each graded test, in the order of the suites."""
        return self._suite.tests

    def planned(self, job: Job) -> tuple[TestRecord, ...]:
        """Return a record of each test of the job, as if it had not been run."""
        return tuple(record_of(item.stash[TEST_INFO], NotMeasured("")) for item in self._suite.chosen(job))

    def draw_cases(self, secret: str) -> None:
        """Draw the cases of every test now, so that no submission has to wait for it."""
        self._suite.draw_cases(secret)

    def in_fork(self) -> None:
        """Note that this process was forked for one job: what hangs in a library may end it."""
        self._suite.is_fork = True

    def grade(self, job: Job, launcher: Launcher, on_record: OnRecord, heartbeat: Heartbeat = lambda: None) -> Timing:
        """Grade a submission in workers; pass on each test's record when the test ends."""
        start, computed = time.perf_counter(), time.process_time()
        budget = Budget(job.limits, heartbeat)
        sizes_of = partial(self._suite.sizes, job)
        pool = WorkerPool(launcher, job, self.course, budget, heartbeat, sizes_of=sizes_of)
        records: dict[tuple[str, bool], TestRecord] = {}
        seen = self._names.observations(job)

        def keep(record: TestRecord) -> None:
            records[record.test, record.hidden] = record
            on_record(record)

        with contextlib.closing(pool):
            measured = None if job.dry_run else pool
            bodies = self._run(job, pool.student, keep, budget, pool.printed, pool=measured, observe=seen.take)
            tested = time.process_time()
            if job.second_chances and layout.solutions(self.course.root, job.unit).is_dir():
                bodies += SecondRuns(self._suite, job, pool, budget).give(records, keep)
            repeated = time.process_time()
        self._names.name(job, seen, on_record, heartbeat)
        ended = time.process_time()
        total = time.perf_counter() - start
        return Timing(
            worker=budget.waited,
            judge=total - bodies,
            references=bodies - budget.waited,
            total=total,
            charged=budget.spent,
            by_wall=budget.by_wall,
            judge_cpu=ended - computed,
            judge_mib=peak_mib(),
            second_chances=repeated - tested,
            naming=ended - repeated,
            workers=budget.workers,
            workers_cpu=budget.workers_cpu,
        )

    def grade_here(self, job: Job, make_student: Callable[[], Student], on_record: OnRecord) -> None:
        """Grade trusted code in this process, untimed: solutions, misconceptions, simulated students."""
        self.name_here(job, self.observed_here(job, make_student, on_record), on_record)

    def observed_here(
        self, job: Job, make_student: Callable[[], Student], on_record: OnRecord = lambda record: None
    ) -> Observations:
        """Run trusted code in this process, and return what a diagnosis compares."""
        seen = self._names.observations(job)
        self._run(job, lambda info: make_student(), on_record, Budget(job.limits), str, observe=seen.take)
        return seen

    def name_here(self, job: Job, seen: Observations, on_record: OnRecord) -> None:
        """Send a second record of each failed test of trusted code whose mistake has a name."""
        self._names.name(job, seen, on_record)

    def remember(self, job: Job, wrong: RunnableMisconception, seen: Observations) -> None:
        """Keep the traces of a misconception that was run as a submission: a diagnosis need not run it again."""
        self._names.remember(job, wrong, seen)

    def dry_run(self, job: Job, make_student: Callable[[], Student], on_record: OnRecord) -> None:
        """Run the job's tests on the solution, and record their cost and the sizes of its answers."""
        note = self._suite.start_dry_run(job)

        def source(info: TestInfo) -> Student:
            return recorded(make_student(), note[info].answers)

        self._run(job, source, on_record, Budget(job.limits), str, note=note)

    def _run(
        self,
        job: Job,
        source: StudentSource,
        on_record: OnRecord,
        budget: Budget,
        printed: Callable[[], str],
        *,
        pool: WorkerPool | None = None,
        note: dict[TestInfo, DryRun] | None = None,
        observe: Callable[[ItemRun, TestRecord], None] = lambda run, record: None,
    ) -> float:
        """Run the job's tests; return the seconds that their bodies took."""
        suite, chosen = self._suite, self._suite.chosen(job)
        suite.start(job, pool)
        bodies, records = 0.0, OptionalTasks(on_record, self._optional(job), [item.stash[TEST_INFO] for item in chosen])
        for number, item in enumerate(chosen, start=1):
            info, start = item.stash[TEST_INFO], time.process_time()
            run = ItemRun(item, source, job, self.course, suite.dry_run(job, info) if note is None else None)
            if note is None:
                suite.limit(run, job, budget)
            following = (
                None if job.until_failure else self._next_of_pytest(chosen[number:], is_dry_run=note is not None)
            )
            suite.run(run, job, budget, following, may_be_direct=note is None)
            bodies += run.seconds
            record = run.record(printed())
            records.take(record, answered=run.answered)
            observe(run, record)
            if note is not None:
                note[info].verdict, note[info].cpu_seconds = record.verdict, time.process_time() - start
            if job.until_failure and record.verdict.meaning.blames_code:
                break
        records.flush()
        return bodies

    @staticmethod
    def _next_of_pytest(items: Sequence[pytest.Item], *, is_dry_run: bool) -> pytest.Item | None:
        """Return the next test that pytest runs, whose fixtures may be there already."""
        return next((item for item in items if is_dry_run or not is_plain(item)), None)

    def _optional(self, job: Job) -> set[str]:
        """Return the optional tasks whose tests are all run; a part of them cannot show whether a task is left out."""
        tasks = self.course.unit(job.unit).tasks
        return set() if job.tests else {task.name for task in tasks if task.optional}
