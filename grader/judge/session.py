"""Pytest session that is collected once and then grades one submission after another.

A submission costs only the run protocol of the collected tests, not imports and collection.
"""

import contextlib
import io
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Literal

import pytest
from _pytest.runner import runtestprotocol
from msgspec.structs import replace

from grader.course import layout
from grader.course.model import Limits
from grader.course.registry import Course, load_course
from grader.judge.budget import ENDLESS_SECONDS, Budget, Heartbeat, expected_seconds, peak_mib
from grader.judge.cases import PreparedTest
from grader.judge.dry_run import AnswerSizes, DryRun, recorded
from grader.judge.item_run import ItemRun, record_of
from grader.judge.items import TEST_INFO, OptionalTasks, TestInfo, misplaced_tests
from grader.judge.local_students import LocalStudents, RunnableMisconception, runnable_misconceptions, signatures
from grader.judge.naming import Observations
from grader.judge.outcomes import NotMeasured
from grader.judge.plugin import GRADED, SECRET, STUDENTS
from grader.judge.protocol import PUBLIC_SECRET, Job, seed_of
from grader.judge.released import MOST_NAMES, released_in
from grader.judge.second_chances import Substitutes, improved, second_chances
from grader.judge.side_by_side import everything_shown
from grader.judge.student import Student
from grader.judge.traces import Trace
from grader.judge.worker_pool import WorkerPool
from grader.judge.wrong_answers import Comparing, Known, MisconceptionLike, WrongAnswers
from grader.pytest_plugin import PLUGINS  # names only: the judge imports no timing
from grader.records import TestRecord, Timing
from grader.sandbox.launcher import Launcher

PLUGINS_LEFT_OUT = (
    "cacheprovider",
    "debugging",
    "doctest",
    "faulthandler",
    "junitxml",
    "logging",
    "pastebin",
    "threadexception",
    "unraisableexception",  # collects garbage twice per session: 0.25 s
    "warnings",
)

OnRecord = Callable[[TestRecord], None]
StudentSource = Callable[[TestInfo], Student]


class CollectionError(Exception):
    """The suites cannot be collected."""


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
        self._config = session.config
        self._course = load_course(session.config.rootpath)
        if misplaced := misplaced_tests(session.items, self._course):
            raise CollectionError("\n".join(misplaced))
        self._items = [item for item in session.items if TEST_INFO in item.stash]
        for item in self._items:
            _prepare_for_reuse(item)
        self._timed = {item.stash[TEST_INFO] for item in self._items if item.stash[TEST_INFO].timed}
        self._dry_runs: dict[TestInfo, DryRun] = {}
        self._dry_run_secret = ""
        self._wrong_answers: dict[tuple[str, str, str], Known] = {}
        self.is_fork = False
        self._catcher = _Catcher()
        self._config.pluginmanager.register(self._catcher, "deepgrade-catcher")

    @property
    def course(self) -> Course:
        """The course as it was when its suites were collected."""
        return self._course

    @property
    def tests(self) -> tuple[TestInfo, ...]:
        """Information on each graded test, in the order of the suites."""
        return tuple(item.stash[TEST_INFO] for item in self._items)

    def planned(self, job: Job) -> tuple[TestRecord, ...]:
        """Return a record of each test of the job, as if it had not been run."""
        return tuple(record_of(item.stash[TEST_INFO], NotMeasured("")) for item in _chosen(self._items, job))

    def draw_cases(self, secret: str) -> None:
        """Draw the cases of every test now, so that no submission has to wait for it."""
        for item in self._items:
            test = getattr(item, "obj", None)
            if isinstance(test, PreparedTest):
                test.prepare(seed_of(item.stash[TEST_INFO], secret))

    def grade(self, job: Job, launcher: Launcher, on_record: OnRecord, heartbeat: Heartbeat = lambda: None) -> Timing:
        """Grade a submission in workers; pass on each test's record when the test ends."""
        start, computed = time.perf_counter(), time.process_time()
        budget = Budget(job.limits, heartbeat)
        pool = WorkerPool(
            launcher,
            job,
            self._course,
            budget,
            heartbeat,
            sizes_of=lambda info: self._sizes(job, info),
        )
        records: dict[tuple[str, bool], TestRecord] = {}
        seen = self._observations(job)

        def keep(record: TestRecord) -> None:
            records[record.test, record.hidden] = record
            on_record(record)

        with contextlib.closing(pool):
            measured = None if job.dry_run else pool
            bodies = self._run(job, pool.student, keep, budget, pool.printed, pool=measured, observe=seen.take)
            if job.second_chances and layout.solutions(self._course.root, job.unit).is_dir():
                bodies += self._give_second_chances(job, pool, records, keep, budget)
        self._name_mistakes(job, seen, on_record, heartbeat)
        total = time.perf_counter() - start
        return Timing(
            worker=budget.waited,
            judge=total - bodies,
            references=bodies - budget.waited,
            total=total,
            charged=budget.spent,
            by_wall=budget.by_wall,
            judge_cpu=time.process_time() - computed,
            judge_mib=peak_mib(),
        )

    def grade_here(self, job: Job, make_student: Callable[[], Student], on_record: OnRecord) -> None:
        """Grade trusted code in this process, untimed: solutions, misconceptions, simulated students."""
        self.name_here(job, self.observed_here(job, make_student, on_record), on_record)

    def observed_here(
        self, job: Job, make_student: Callable[[], Student], on_record: OnRecord = lambda record: None
    ) -> Observations:
        """Run trusted code in this process, and return what a diagnosis compares."""
        seen = self._observations(job)
        self._run(job, lambda info: make_student(), on_record, Budget(job.limits), str, observe=seen.take)
        return seen

    def name_here(self, job: Job, seen: Observations, on_record: OnRecord) -> None:
        """Send a second record of each failed test of trusted code whose mistake has a name."""
        self._name_mistakes(job, seen, on_record)

    def remember(self, job: Job, wrong: RunnableMisconception, seen: Observations) -> None:
        """Keep the traces of a misconception that was run as a submission: a diagnosis need not run it again."""
        known = self._wrong_answers.setdefault((job.unit, job.secret, job.token), {})
        known |= {(wrong, observed.test): observed.trace for observed in seen.tests()}

    def dry_run(self, job: Job, make_student: Callable[[], Student], on_record: OnRecord) -> None:
        """Run the job's tests on the solution, and record their cost and the sizes of its answers."""

        def source(info: TestInfo) -> Student:
            return recorded(make_student(), self._dry_runs[info].answers)

        self._dry_run_secret = job.secret
        self._dry_runs |= {
            item.stash[TEST_INFO]: DryRun() for item in self._items if _wanted(item.stash[TEST_INFO], job)
        }
        self._run(job, source, on_record, Budget(job.limits), str, note=self._dry_runs)

    def _known(self, job: Job, info: TestInfo) -> DryRun | None:
        """Return the dry run of a test, if it had the same cases."""
        return self._dry_runs.get(info) if job.secret == self._dry_run_secret and not job.token else None

    def _sizes(self, job: Job, info: TestInfo) -> AnswerSizes:
        known = self._known(job, info)
        return AnswerSizes(known.answers if known else (), timed=info in self._timed)

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
        chosen = _chosen(self._items, job)
        self._config.stash[SECRET] = job.secret
        self._config.stash[GRADED] = (job, pool)
        self._config.option.replay_seed = job.token
        bodies, records = 0.0, OptionalTasks(on_record, self._optional(job), [item.stash[TEST_INFO] for item in chosen])
        for item, following in zip_longest(chosen, chosen[1:]):
            info, start = item.stash[TEST_INFO], time.process_time()
            run = ItemRun(item, source, job, self._course, self._known(job, info) if note is None else None)
            self._run_item(run, job, budget, None if job.until_failure else following, is_limited=note is None)
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

    def _run_item(
        self, run: ItemRun, job: Job, budget: Budget, following: pytest.Item | None, *, is_limited: bool = True
    ) -> None:
        """Run one test, with a budget of its own."""
        item = run.item
        budget.start_test(limits_of(self._course, job, item.stash[TEST_INFO]))
        if is_limited:
            self._limit(run, job, item.stash[TEST_INFO], budget)
        self._config.stash[STUDENTS] = run.student
        self._catcher.run = run
        with everything_shown(job.in_full):
            runtestprotocol(item, log=False, nextitem=following)

    def _give_second_chances(
        self,
        job: Job,
        pool: WorkerPool,
        records: Mapping[tuple[str, bool], TestRecord],
        on_record: OnRecord,
        budget: Budget,
    ) -> float:
        """Run tests that fail beside a wrong lower task once more; return the seconds that their bodies took.

        Only these tests' own tasks can gain: the lower ones have their records, and the worker is another one.
        """
        unit, bodies = self._course.unit(job.unit), 0.0
        known = signatures(self._course, job.unit)
        items = {(item.stash[TEST_INFO].name, item.stash[TEST_INFO].hidden): item for item in _chosen(self._items, job)}
        timed = [info.name for info in self._timed if info.unit == job.unit]
        plans = second_chances(unit, Substitutes(unit, known), records, job.wrong, timed)
        again = replace(job, diagnose=False)
        for _, names, failed in plans:
            oracle = pool.oracle(names)
            for first in failed:
                item = items[first.test, first.hidden]
                source = partial(pool.student, oracle=oracle)
                dry_run = self._known(job, item.stash[TEST_INFO])
                run = ItemRun(item, source, again, self._course, dry_run, is_shown=False)
                self._run_item(run, job, budget, None)
                bodies += run.seconds
                pool.printed()  # may come from the reference
                better = improved(first, run.record(""), tuple(oracle.used))
                if better is not None:
                    on_record(better)
        return bodies

    def _observations(self, job: Job) -> Observations:
        return Observations(self._course.unit(job.unit), partial(self._cost, job))

    def _name_mistakes(
        self, job: Job, seen: Observations, on_record: OnRecord, heartbeat: Heartbeat = lambda: None
    ) -> None:
        """Send a second record of each failed test whose mistake has a name."""
        if not job.diagnose or job.until_failure:
            return
        is_bundle = self._course.is_bundle
        misconceptions, answers = self._from_release(job) if is_bundle else self._from_suite(job, heartbeat)
        for record in seen.named(misconceptions, answers, job.wrong, most=MOST_NAMES if is_bundle else 1):
            on_record(record)

    def _from_release(self, job: Job) -> tuple[Sequence[MisconceptionLike], WrongAnswers]:
        """Return what a student bundle knows: the answers in the cases of the public secret."""
        known = released_in(self._course.root, job.unit)
        if job.token or job.secret != PUBLIC_SECRET:
            return (), WrongAnswers({})
        return known.misconceptions, WrongAnswers(known.traces(self.tests))

    def _from_suite(self, job: Job, heartbeat: Heartbeat) -> tuple[Sequence[MisconceptionLike], WrongAnswers]:
        known = self._wrong_answers.setdefault((job.unit, job.secret, job.token), {})
        solution = LocalStudents(self._course, job.unit, layout.solutions(self._course.root, job.unit), wrap=True)

        def run(wrong: RunnableMisconception, test: TestInfo, student: Trace | None) -> Trace:
            heartbeat()
            wrong_code = solution.student({wrong.task: wrong.function})
            return self._wrong_answer(replace(job, diagnose=False), wrong_code, test, student)

        return runnable_misconceptions(self._course.root, job.unit), WrongAnswers(known, run)

    def _wrong_answer(self, job: Job, wrong_code: Student, test: TestInfo, student: Trace | None) -> Trace:
        """Run a misconception on a test, with the solution in all other tasks; no limit of the submission's counts."""
        signature = wrong_code._signatures.get(test.task)
        comparing = Comparing(wrong_code._transport, test.task, signature, student)
        wrong_code._transport = comparing
        item = next(item for item in self._items if item.stash[TEST_INFO] is test)
        run = ItemRun(item, lambda info: wrong_code, job, self._course, self._known(job, test), is_shown=False)
        budget = Budget(self._course.limits_of(job.unit))
        run.limit(budget, ENDLESS_SECONDS, hard=self.is_fork)
        self._run_item(run, job, budget, None, is_limited=False)
        return comparing.trace(run.observed(0.0).trace)

    def _cost(self, job: Job, test: TestInfo) -> float:
        """Return what a test costs, without a clock: the order in which tests are compared must not follow the load."""
        known = self._known(job, test)
        return float(sum(answer.whole for answer in known.answers)) if known else 0.0

    def _limit(self, run: ItemRun, job: Job, info: TestInfo, budget: Budget) -> None:
        """Limit the judge by the cost of the test on the solution."""
        known = self._known(job, info)
        expected = expected_seconds(known.cpu_seconds if known else None, timed=info in self._timed)
        run.limit(budget, expected, hard=self.is_fork)

    def _optional(self, job: Job) -> set[str]:
        """Return the optional tasks whose tests are all run; a part of them cannot show whether a task is left out."""
        tasks = self._course.unit(job.unit).tasks
        return set() if job.tests else {task.name for task in tasks if task.optional}


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


def _chosen(items: Sequence[pytest.Item], job: Job) -> list[pytest.Item]:
    """Return the tests of a job in its order, visible ones first.

    What the code keeps of a hidden test must not come out in one whose output students are shown.
    """
    chosen = [item for item in items if _wanted(item.stash[TEST_INFO], job)]
    return sorted(chosen, key=lambda item: _place(item.stash[TEST_INFO], job))


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


class _Loop:
    """Plugin that replaces pytest's run loop."""

    def __init__(self, serve: Callable[[pytest.Session], None]) -> None:
        self._serve = serve
        self.error: BaseException | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Pass the session on if all of it was collected; keep an error until pytest has ended."""
        if session.testsfailed:
            raise session.Interrupted(f"{session.testsfailed} files cannot be collected")
        try:
            self._serve(session)
        except BaseException as error:  # raised again by `run_session`, unchanged
            self.error = error
        return True


def run_session(root: Path, folders: Sequence[Path], serve: Callable[[pytest.Session], None]) -> None:
    """Collect the tests in some folders and pass the session on.

    Parameters
    ----------
    root : Path
        Folder of the course.
    folders : sequence of Path
        `exercises/<unit>`, `tests/hidden/<unit>`.
    serve : callable
        Called once with the session, which ends when it returns.

    Raises
    ------
    CollectionError
        The tests cannot be collected; the message is pytest's output.
    """
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    flags = ["-q", "-s", "--assert=plain", "--import-mode=importlib", f"--rootdir={root}", "-c", os.devnull]
    flags += ["-o", f"pythonpath={root}", "--strict-markers", *(part for name in PLUGINS for part in ("-p", name))]
    flags += [flag for name in PLUGINS_LEFT_OUT for flag in ("-p", f"no:{name}")]
    account, loop = io.StringIO(), _Loop(serve)
    with contextlib.redirect_stdout(account):
        status = pytest.main([*flags, *map(str, folders)], plugins=[loop])
    if loop.error is not None:
        raise loop.error
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise CollectionError(account.getvalue().strip()[-4000:])
