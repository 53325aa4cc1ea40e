"""Search for the names of a submission's mistakes: misconceptions are run on the tests that have failed."""

from collections.abc import Callable, Sequence
from functools import partial

from msgspec.structs import replace

from grader.course import layout
from grader.judge.budget import ENDLESS_SECONDS, Budget, Heartbeat
from grader.judge.item_run import ItemRun
from grader.judge.items import TestInfo
from grader.judge.local_students import LocalStudents, RunnableMisconception, runnable_misconceptions
from grader.judge.naming import Observations
from grader.judge.protocol import PUBLIC_SECRET, Job
from grader.judge.released import MOST_NAMES, released_in
from grader.judge.student import Student
from grader.judge.suite import Suite
from grader.judge.traces import Trace
from grader.judge.wrong_answers import Comparing, Known, MisconceptionLike, WrongAnswers
from grader.records import TestRecord

OnRecord = Callable[[TestRecord], None]


class NameSearch:
    """Search that remembers the answers of misconceptions, from one submission in this process to the next.

    Parameters
    ----------
    suite : Suite
    """

    def __init__(self, suite: Suite) -> None:
        self._suite, self._course = suite, suite.course
        self._known: dict[tuple[str, str, str], Known] = {}

    def observations(self, job: Job) -> Observations:
        """Return the empty notes on a submission."""
        return Observations(self._course.unit(job.unit), partial(self._suite.cost, job))

    def remember(self, job: Job, wrong: RunnableMisconception, seen: Observations) -> None:
        """Keep the traces of a misconception that was run as a submission: it need not be run again."""
        known = self._known_to(job)
        known |= {(wrong, observed.test): observed.trace for observed in seen.tests()}

    def name(self, job: Job, seen: Observations, on_record: OnRecord, heartbeat: Heartbeat = lambda: None) -> None:
        """Send a second record of each failed test whose mistake has a name."""
        if not job.diagnose or job.until_failure:
            return
        is_bundle = self._course.is_bundle
        misconceptions, answers = self._from_release(job) if is_bundle else self._from_suite(job, heartbeat)
        for record in seen.named(misconceptions, answers, job.wrong, most=MOST_NAMES if is_bundle else 1):
            on_record(record)

    def _known_to(self, job: Job) -> Known:
        return self._known.setdefault((job.unit, job.secret, job.token), {})

    def _from_release(self, job: Job) -> tuple[Sequence[MisconceptionLike], WrongAnswers]:
        """Return what a student bundle knows: the answers in the cases of the public secret."""
        known = released_in(self._course.root, job.unit)
        if job.token or job.secret != PUBLIC_SECRET:
            return (), WrongAnswers({})
        return known.misconceptions, WrongAnswers(known.traces(self._suite.tests))

    def _from_suite(self, job: Job, heartbeat: Heartbeat) -> tuple[Sequence[MisconceptionLike], WrongAnswers]:
        solution = LocalStudents(self._course, job.unit, layout.solutions(self._course.root, job.unit), wrap=True)

        def run(wrong: RunnableMisconception, test: TestInfo, student: Trace | None) -> Trace:
            heartbeat()
            wrong_code = solution.student({wrong.task: wrong.function})
            return self._run(replace(job, diagnose=False), wrong_code, test, student)

        return runnable_misconceptions(self._course.root, job.unit), WrongAnswers(self._known_to(job), run)

    def _run(self, job: Job, wrong_code: Student, test: TestInfo, student: Trace | None) -> Trace:
        """Run a misconception on a test, with the solution in all other tasks; no limit of the submission's counts."""
        signature = wrong_code._signatures.get(test.task)
        comparing = Comparing(wrong_code._transport, test.task, signature, student)
        wrong_code._transport = comparing
        source, dry_run = (lambda info: wrong_code), self._suite.dry_run(job, test)
        run = ItemRun(self._suite.item(test), source, job, self._course, dry_run, is_shown=False)
        budget = Budget(self._course.limits_of(job.unit))
        self._suite.limit(run, job, budget, ENDLESS_SECONDS)
        self._suite.run(run, job, budget)
        return comparing.trace(run.trace())
