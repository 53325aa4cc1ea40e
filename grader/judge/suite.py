"""Collected tests of the suites: which of them a job wants, and how one of them is run.

A submission costs only the run protocol of its tests, not imports and collection.
"""

from collections.abc import Iterator
from typing import Literal

import pytest
from _pytest.runner import runtestprotocol
from msgspec.structs import replace

from grader.course.model import Limits
from grader.course.registry import Course, load_course
from grader.judge.budget import Budget, expected_seconds
from grader.judge.cases import PreparedTest
from grader.judge.collection import CollectionError
from grader.judge.dry_run import AnswerSizes, DryRun
from grader.judge.item_run import ItemRun
from grader.judge.items import TEST_INFO, TestInfo, misplaced_tests
from grader.judge.plain_tests import is_plain, note_if_plain, run_directly
from grader.judge.plugin import GRADED, SECRET, STUDENTS
from grader.judge.protocol import Job, seed_of
from grader.judge.side_by_side import everything_shown
from grader.judge.worker_pool import WorkerPool


class Suite:
    """Collected tests, with the dry runs that set their limits.

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
        self._config = session.config
        self.course = load_course(session.config.rootpath)
        if misplaced := misplaced_tests(session.items, self.course):
            raise CollectionError("\n".join(misplaced))
        self._items = [item for item in session.items if TEST_INFO in item.stash]
        for item in self._items:
            _prepare_for_reuse(item)
        self._item_of = {item.stash[TEST_INFO]: item for item in self._items}
        self._dry_runs: dict[TestInfo, DryRun] = {}
        self._dry_run_secret = ""
        self.is_fork = False
        self._catcher = _Catcher()
        self._config.pluginmanager.register(self._catcher, "deepgrade-catcher")

    @property
    def tests(self) -> tuple[TestInfo, ...]:
        """Information on each graded test, in the order of the suites."""
        return tuple(item.stash[TEST_INFO] for item in self._items)

    def chosen(self, job: Job) -> list[pytest.Item]:
        """Return the tests of a job in its order, visible ones first.

        What the code keeps of a hidden test must not come out in one whose output students are shown.
        """
        chosen = [item for item in self._items if _wanted(item.stash[TEST_INFO], job)]
        return sorted(chosen, key=lambda item: _place(item.stash[TEST_INFO], job))

    def item(self, test: TestInfo) -> pytest.Item:
        """Return the collected test itself."""
        return self._item_of[test]

    def draw_cases(self, secret: str) -> None:
        """Draw the cases of every test now, so that no submission has to wait for it."""
        for item in self._items:
            test = getattr(item, "obj", None)
            if isinstance(test, PreparedTest):
                test.prepare(seed_of(item.stash[TEST_INFO], secret))

    def start_dry_run(self, job: Job) -> dict[TestInfo, DryRun]:
        """Forget the dry runs of a job's tests, and return empty ones to be filled."""
        self._dry_run_secret = job.secret
        self._dry_runs |= {item.stash[TEST_INFO]: DryRun() for item in self.chosen(job)}
        return self._dry_runs

    def dry_run(self, job: Job, test: TestInfo) -> DryRun | None:
        """Return the dry run of a test, if it had the same cases."""
        return self._dry_runs.get(test) if job.secret == self._dry_run_secret and not job.token else None

    def sizes(self, job: Job, test: TestInfo) -> AnswerSizes:
        """Return the size limits of the answers in a test."""
        known = self.dry_run(job, test)
        return AnswerSizes(known.answers if known else (), timed=test.timed)

    def cost(self, job: Job, test: TestInfo) -> float:
        """Return what a test costs, without a clock: the order in which tests are compared must not follow the load."""
        known = self.dry_run(job, test)
        return float(sum(answer.whole for answer in known.answers)) if known else 0.0

    def start(self, job: Job, pool: WorkerPool | None) -> None:
        """Prepare pytest for the tests of a job."""
        self._config.stash[SECRET] = job.secret
        self._config.stash[GRADED] = (job, pool)
        self._config.option.replay_seed = job.token

    def run(
        self,
        run: ItemRun,
        job: Job,
        budget: Budget,
        following: pytest.Item | None = None,
        *,
        may_be_direct: bool = True,
    ) -> None:
        """Run one test, with a budget of its own.

        Parameters
        ----------
        run : ItemRun
        job : Job
        budget : Budget
        following : pytest.Item, optional
            The next test that pytest runs; fixtures that it shares with this one are kept.
        may_be_direct : bool
            Whether the test may be called without pytest's protocol, if nothing else of pytest's is needed.
        """
        budget.start_test(limits_of(self.course, job, run.info))
        with everything_shown(job.in_full):
            if is_plain(run.item) and may_be_direct:
                run_directly(run)
                return
            self._config.stash[STUDENTS] = run.student
            self._catcher.run = run
            runtestprotocol(run.item, log=False, nextitem=following)

    def limit(self, run: ItemRun, job: Job, budget: Budget, seconds: float | None = None) -> None:
        """Limit the judge's own time in a test: by a number of seconds, or by what the test costs on the solution."""
        known = self.dry_run(job, run.info)
        expected = expected_seconds(known.cpu_seconds if known else None, timed=run.info.timed)
        run.limit(budget, expected if seconds is None else seconds, hard=self.is_fork)


def limits_of(course: Course, job: Job, info: TestInfo) -> Limits:
    """Return the limits of a test: the job's, changed by the task, with no more time than the job allows the test."""
    unit = course.unit(job.unit)
    changes = next((task.limits for task in unit.tasks if task.name == info.task), None)
    limits = job.limits.changed_by(changes)
    allowed = job.seconds.get(info.name, limits.test_seconds)
    return replace(limits, test_seconds=min(allowed, limits.test_seconds))


def _prepare_for_reuse(item: pytest.Item) -> None:
    """Make a test with drawn cases keep them between submissions."""
    if isinstance(item, pytest.Function) and hasattr(item.obj, "hypothesis"):
        item.obj = PreparedTest(item.obj)


def _place(info: TestInfo, job: Job) -> tuple[bool, bool]:
    return info.hidden, info.task not in job.first


def _wanted(info: TestInfo, job: Job) -> bool:
    return (
        info.unit == job.unit
        and not (job.visible_only and info.hidden)
        and not (job.until_failure and not job.visible_only and not info.hidden)
        and (not job.tasks or info.task in job.tasks)
        and (not job.tests or info.name in job.tests)
        and not {info.name, info.name.partition("[")[0]}.intersection(job.without)
    )


class _Catcher:
    """Plugin that passes on how each phase of a test ends."""

    run: ItemRun | None = None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Apply the judge's own limits while the test's body runs."""
        if self.run is None:
            return (yield)
        note_if_plain(item)
        with self.run.at_work():
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Pass the result on while the test's fixtures still exist.

        The report is built here: pytest's own renders an unused traceback of the judge, for tens of milliseconds.
        """
        if self.run is not None:
            self.run.phase_ended(call)
        outcome: Literal["passed", "failed"] = "failed" if call.excinfo else "passed"
        phase: Literal["setup", "call", "teardown"] = call.when  # type: ignore[assignment]  # never "collect" for a test
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, phase)
